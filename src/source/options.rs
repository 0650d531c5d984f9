//! What stores are opened with: credentials and settings, by the names that object_store gives them, some for one account only.
//!
//! An option is written `NAME=VALUE`, or `NAME@SCOPE=VALUE` for one account, bucket or host. Values are secrets until the contrary is
//! known: nothing here shows them.

use std::fmt;
use std::str::FromStr;

use object_store::ClientConfigKey;
use object_store::aws::AmazonS3ConfigKey;
use object_store::azure::AzureConfigKey;
use object_store::gcp::GoogleConfigKey;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to be handed to a store.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// One option for stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOption {
    /// Its name in lower case, such as `azure_storage_account_key`.
    pub name: String,
    /// The account, bucket or host that it is for; none for all.
    pub scope: Option<String>,
    /// Its value.
    pub value: Secret,
}

impl StoreOption {
    /// Reads `NAME=VALUE` or `NAME@SCOPE=VALUE`.
    ///
    /// # Errors
    /// A sentence that holds the name and never the value.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((name, value)) = text.split_once('=') else {
            return Err("write NAME=VALUE, for example azure_storage_account_name=contosologs".to_owned());
        };
        let (name, scope) = match name.split_once('@') {
            Some((name, scope)) => (name, Some(scope.trim().to_owned())),
            None => (name, None),
        };
        let name = name.trim().to_ascii_lowercase();
        if !is_known(&name) {
            // A key that stands alone ends in `=`, too, and would be taken for a name.
            let named = match PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
                true => format!("option '{name}'"),
                false => "option whose name stands before the =".to_owned(),
            };
            return Err(format!(
                "no store knows the {named}; names are such as azure_storage_account_key, azure_storage_sas_key, \
                 aws_access_key_id, google_service_account"
            ));
        }
        Ok(Self { name, scope, value: Secret::new(value.trim()) })
    }
}

fn is_known(name: &str) -> bool {
    AzureConfigKey::from_str(name).is_ok()
        || AmazonS3ConfigKey::from_str(name).is_ok()
        || GoogleConfigKey::from_str(name).is_ok()
        || ClientConfigKey::from_str(name).is_ok()
}

/// Everything that stores are opened with.
#[derive(Debug, Clone, Default)]
pub struct StoreOptions {
    /// What the environment says, weakest.
    pub environment: Vec<StoreOption>,
    /// What was given, strongest where it is for one account.
    pub given: Vec<StoreOption>,
    /// Let data and credentials go over http, unencrypted, also to other machines.
    pub allow_http: bool,
}

/// What variables of stores begin with. Others, such as `TOKEN`, may be anybody's.
const PREFIXES: [&str; 3] = ["azure_", "aws_", "google_"];
/// Where a machine in Azure gives out tokens of its identity.
const IDENTITY: [&str; 2] = ["identity_endpoint", "msi_endpoint"];

impl StoreOptions {
    /// Takes what the environment says of stores.
    #[must_use]
    pub fn with_environment<'a>(mut self, variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        for (name, value) in variables {
            let name = name.to_ascii_lowercase();
            let ours = PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || IDENTITY.contains(&name.as_str());
            if ours && is_known(&name) && !value.is_empty() {
                self.environment.push(StoreOption { name, scope: None, value: Secret::new(value) });
            }
        }
        self
    }

    /// The options for a store of this kind and scope, as object_store's keys, each once.
    ///
    /// Credentials are not mixed: the strongest place that has any gives all of them, so that the environment's key of one account is
    /// not sent to another that a SAS is given for.
    pub(super) fn of<K: StoreKey>(&self, scope: &str, own: &[(K, String)]) -> Vec<(K, String)> {
        let read = |options: &mut dyn Iterator<Item = &StoreOption>| -> Vec<(K, String)> {
            options.filter_map(|option| Some((K::read(&option.name)?, option.value.reveal().to_owned()))).collect()
        };
        let scoped = |option: &&StoreOption| {
            option.scope.as_deref().is_some_and(|for_scope| for_scope.eq_ignore_ascii_case(scope))
        };
        let places = [
            own.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            read(&mut self.given.iter().filter(scoped)),
            of_this_account(scope, read(&mut self.given.iter().filter(|option| option.scope.is_none()))),
            of_this_account(scope, read(&mut self.environment.iter())),
        ];
        let mut taken: Vec<(K, String)> = Vec::new();
        let mut has_credentials = false;
        for place in places {
            let with_credentials = !has_credentials;
            has_credentials |= place.iter().any(|(key, _)| key.is_credential());
            for (key, value) in place {
                let known = taken.iter().any(|(earlier, _)| earlier.name() == key.name());
                if !known && (with_credentials || !key.is_credential()) {
                    taken.push((key, value));
                }
            }
        }
        taken
    }
}

/// Without the key and the SAS of another account than the one meant.
fn of_this_account<K: StoreKey>(scope: &str, mut place: Vec<(K, String)>) -> Vec<(K, String)> {
    let other = place.iter().any(|(key, value)| key.names_account() && !scope.is_empty() && value != scope);
    if other {
        place.retain(|(key, _)| !key.is_of_one_account());
    }
    place
}

/// The keys of one kind of store.
pub(super) trait StoreKey: Clone {
    /// The key that a name stands for.
    fn read(name: &str) -> Option<Self>;
    /// Its one name.
    fn name(&self) -> &str;
    /// True if it says who asks.
    fn is_credential(&self) -> bool;
    /// True if its value is the account.
    fn names_account(&self) -> bool {
        false
    }
    /// True if its value is good for one account only.
    fn is_of_one_account(&self) -> bool {
        false
    }
}

impl StoreKey for AzureConfigKey {
    fn read(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    fn name(&self) -> &str {
        self.as_ref()
    }

    fn is_credential(&self) -> bool {
        !matches!(
            self,
            Self::AccountName
                | Self::ContainerName
                | Self::Endpoint
                | Self::UseEmulator
                | Self::AuthorityHost
                | Self::DisableTagging
                | Self::UseFabricEndpoint
                | Self::Client(_)
        )
    }

    fn names_account(&self) -> bool {
        matches!(self, Self::AccountName)
    }

    fn is_of_one_account(&self) -> bool {
        matches!(self, Self::AccountName | Self::AccessKey | Self::SasKey | Self::Endpoint)
    }
}

impl StoreKey for AmazonS3ConfigKey {
    fn read(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    fn name(&self) -> &str {
        self.as_ref()
    }

    fn is_credential(&self) -> bool {
        matches!(
            self,
            Self::AccessKeyId
                | Self::SecretAccessKey
                | Self::Token
                | Self::WebIdentityTokenFile
                | Self::RoleArn
                | Self::ContainerCredentialsRelativeUri
                | Self::ContainerCredentialsFullUri
                | Self::ContainerAuthorizationTokenFile
                | Self::SkipSignature
                | Self::MetadataEndpoint
        )
    }
}

impl StoreKey for GoogleConfigKey {
    fn read(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    fn name(&self) -> &str {
        self.as_ref()
    }

    fn is_credential(&self) -> bool {
        matches!(
            self,
            Self::ServiceAccount | Self::ServiceAccountKey | Self::ApplicationCredentials | Self::SkipSignature
        )
    }
}

impl StoreKey for ClientConfigKey {
    fn read(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    fn name(&self) -> &str {
        self.as_ref()
    }

    fn is_credential(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(environment: &[(&str, &str)], given: &[&str]) -> StoreOptions {
        let given = given.iter().map(|text| StoreOption::parse(text).expect("option")).collect();
        StoreOptions { given, ..StoreOptions::default() }.with_environment(environment.iter().copied())
    }

    fn told(options: &StoreOptions, scope: &str) -> String {
        let mut told: Vec<_> = options
            .of::<AzureConfigKey>(scope, &[])
            .iter()
            .map(|(key, value)| format!("{}={value}", key.name()))
            .collect();
        told.sort();
        told.join(" ")
    }

    #[test]
    fn credentials_of_two_places_are_not_mixed() {
        let environment =
            [("AZURE_STORAGE_ACCOUNT_KEY", "a2V5"), ("TOKEN", "x"), ("AZURE_STORAGE_ENDPOINT", "https://e")];
        let options = options(&environment, &["azure_storage_sas_key@two=sv=1&sig=2", "azure_client_id=me"]);
        insta::assert_snapshot!(told(&options, "two"), @"azure_storage_endpoint=https://e azure_storage_sas_key=sv=1&sig=2");
        insta::assert_snapshot!(told(&options, "one"), @"azure_storage_client_id=me azure_storage_endpoint=https://e");
    }

    #[test]
    fn a_key_is_for_the_account_that_is_named_beside_it() {
        let environment = [("AZURE_STORAGE_ACCOUNT_KEY", "a2V5"), ("AZURE_STORAGE_ACCOUNT_NAME", "one")];
        let options = options(&environment, &[]);
        insta::assert_snapshot!(told(&options, "one"), @"azure_storage_account_key=a2V5 azure_storage_account_name=one");
        insta::assert_snapshot!(told(&options, "two"), @"");
        insta::assert_snapshot!(told(&options, ""), @"azure_storage_account_key=a2V5 azure_storage_account_name=one");
    }

    #[test]
    fn values_are_never_shown() {
        let options = options(&[("AZURE_STORAGE_ACCOUNT_KEY", "c2VjcmV0")], &["azure_storage_token@x=c2VjcmV0"]);
        assert!(!format!("{options:?}").contains("c2VjcmV0"));
        let error = StoreOption::parse("azure_storage_acount_key=c2VjcmV0").expect_err("error");
        assert!(error.contains("azure_storage_acount_key") && !error.contains("c2VjcmV0"), "{error}");
        for key in ["c2VjcmV0", "c2VjcmV0LWtleQ=="] {
            let error = StoreOption::parse(key).expect_err("error").to_ascii_lowercase();
            assert!(!error.contains("c2vjcmv0"), "{error}");
        }
    }
}
