//! Azure's blob storage: a container, or an account with all its containers of Defender's.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::azure::{AzureConfigKey as Key, MicrosoftAzure, MicrosoftAzureBuilder};
use object_store::path::Path;
use tokio::runtime::Handle;
use url::Url;

use super::super::options::StoreOptions;
use super::account::{Account, AccountStore};
use super::transport::Transport;
use super::{Opened, client_options, plain_http_endpoint, refused, retries};

/// What a URL of Azure's says.
#[derive(Default)]
struct Place {
    account: Option<String>,
    /// Where the account answers, if not in Azure's public cloud.
    endpoint: Option<String>,
    container: Option<String>,
    base: String,
    path: String,
    sas: Option<String>,
}

/// True for hosts of Azure's storage, in all its clouds.
pub(super) fn serves(host: &str) -> bool {
    account_of(host).is_some() || host.ends_with(".fabric.microsoft.com")
}

/// Account and cloud of a host such as `contoso.blob.core.windows.net`.
fn account_of(host: &str) -> Option<(&str, &str)> {
    let (account, rest) = host.split_once('.')?;
    let cloud = rest.strip_prefix("blob.").or_else(|| rest.strip_prefix("dfs."))?;
    cloud.starts_with("core.").then_some((account, cloud))
}

impl Place {
    fn read(url: &Url) -> Result<Self, String> {
        let host = url.host_str().unwrap_or_default();
        let path = percent_encoding::percent_decode_str(url.path().trim_start_matches('/')).decode_utf8_lossy();
        let path = path.into_owned();
        let sas = url.query().filter(|query| query.contains("sig=")).map(str::to_owned);
        let full = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut place = Self { sas, path, ..Self::default() };
        let of_host = if url.scheme() == "https" || !url.username().is_empty() { host } else { "" };
        if let Some((account, cloud)) = account_of(of_host) {
            place.account = full(account);
            let usual = cloud == "core.windows.net";
            place.endpoint = (!usual).then(|| format!("https://{account}.blob.{cloud}"));
        } else {
            place.account = full(of_host);
        }
        match (url.scheme(), url.username()) {
            ("https", _) => {
                let (container, rest) = place.path.split_once('/').unwrap_or((&place.path, ""));
                (place.container, place.path) = (full(container), rest.to_owned());
                place.base = [Some(format!("https://{host}")), place.container.clone()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join("/");
            }
            (scheme, "") if host.contains('.') => {
                return Err(format!(
                    "'{host}' is no container; write {scheme}://container/prefix, or abfss://container@{host}/prefix"
                ));
            }
            (scheme, "") => {
                place.container = full(host);
                place.base = format!("{scheme}://{host}");
            }
            (scheme, container) => {
                place.container = full(container);
                place.base = format!("{scheme}://{container}@{host}");
            }
        }
        Ok(place)
    }
}

pub(super) fn open(url: &Url, options: &StoreOptions, runtime: &Handle) -> Result<Opened, String> {
    let place = Place::read(url)?;
    let fabric = url.host_str().is_some_and(|host| host.ends_with(".fabric.microsoft.com"));
    let own: Vec<(Key, String)> = [
        place.account.clone().map(|account| (Key::AccountName, account)),
        place.sas.clone().map(|sas| (Key::SasKey, sas)),
        fabric.then(|| (Key::UseFabricEndpoint, "true".to_owned())),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut config = options.of::<Key>(place.account.as_deref().unwrap_or_default(), &own);
    config.retain(|(key, _)| !matches!(key, Key::ContainerName));
    let known = Known(&config);
    known.complete()?;
    let emulator = known.on(Key::UseEmulator);
    let endpoint = known.value(Key::Endpoint).map(str::to_owned).or(place.endpoint);
    let plain = plain_http_endpoint(endpoint.as_deref(), options)? || emulator;
    let builder = MicrosoftAzureBuilder::new().with_client_options(client_options(plain)).with_retry(retries());
    let mut builder = config.iter().fold(builder, |builder, (key, value)| builder.with_config(*key, value));
    if let Some(endpoint) = &endpoint {
        builder = builder.with_endpoint(endpoint.clone());
    }
    let account = known.value(Key::AccountName).unwrap_or("devstoreaccount1").to_owned();
    let open = {
        let runtime = runtime.clone();
        move |container: &str| -> object_store::Result<MicrosoftAzure> {
            let transport = Transport::new(runtime.clone());
            builder.clone().with_container_name(container).with_http_connector(transport).build()
        }
    };
    let prefix = Path::parse(&place.path).map_err(|error| error.to_string())?;
    if let Some(container) = &place.container {
        let store: Arc<dyn ObjectStore> = Arc::new(open(container).map_err(|error| refused(&error))?);
        return Ok(Opened { store, base: place.base, prefix });
    }
    let service = match (&endpoint, emulator) {
        (Some(endpoint), _) => endpoint.trim_end_matches('/').to_owned(),
        (None, true) => format!("http://127.0.0.1:10000/{account}"),
        (None, false) => format!("https://{account}.blob.core.windows.net"),
    };
    let base = if url.scheme() == "https" { place.base } else { format!("https://{account}.blob.core.windows.net") };
    let account = Account { name: account, service, skips_signature: known.on(Key::SkipSignature) };
    let transport = Transport::new(runtime.clone());
    let store = AccountStore::new(account, Box::new(open), &transport, &client_options(plain))
        .map_err(|error| refused(&error))?;
    Ok(Opened { store: Arc::new(store), base, prefix })
}

/// What is known about who asks.
struct Known<'a>(&'a [(Key, String)]);

impl Known<'_> {
    fn value(&self, key: Key) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
    }

    fn has(&self, key: Key) -> bool {
        self.value(key).is_some_and(|value| !value.is_empty())
    }

    fn on(&self, key: Key) -> bool {
        self.value(key)
            .is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on" | "y"))
    }

    /// Says what is missing. Without this, object_store asks a service that exists only on Azure's machines, and hangs elsewhere.
    fn complete(&self) -> Result<(), String> {
        let emulator = self.on(Key::UseEmulator);
        if !self.has(Key::AccountName) && !emulator {
            return Err("it is not said which storage account: set AZURE_STORAGE_ACCOUNT_NAME, or write \
                        abfss://container@account.dfs.core.windows.net/prefix"
                .to_owned());
        }
        let alone = [Key::Token, Key::AccessKey, Key::SasKey, Key::MsiEndpoint, Key::ObjectId, Key::MsiResourceId];
        let fabric = [
            Key::FabricTokenServiceUrl,
            Key::FabricWorkloadHost,
            Key::FabricSessionToken,
            Key::FabricClusterIdentifier,
        ];
        let enough = emulator
            || alone.into_iter().any(|key| self.has(key))
            || self.on(Key::UseAzureCli)
            || self.on(Key::SkipSignature)
            || fabric.into_iter().all(|key| self.has(key));
        if enough {
            return Ok(());
        }
        let of_application = [
            (self.has(Key::ClientId), "AZURE_CLIENT_ID"),
            (self.has(Key::AuthorityId), "AZURE_TENANT_ID"),
            (
                self.has(Key::ClientSecret) || self.has(Key::FederatedTokenFile),
                "AZURE_CLIENT_SECRET (or AZURE_FEDERATED_TOKEN_FILE)",
            ),
        ];
        let (given, missing): (Vec<_>, Vec<_>) = of_application.into_iter().partition(|(given, _)| *given);
        let names =
            |list: Vec<(bool, &'static str)>| list.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(" and ");
        match (given.is_empty(), missing.is_empty()) {
            (_, true) => Ok(()),
            (false, _) => Err(format!(
                "{} alone is no credential: set {} as well, or AZURE_MSI_ENDPOINT for the identity of this machine",
                names(given),
                names(missing)
            )),
            (true, _) => Err("there are no credentials: set one of AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_KEY, \
                              AZURE_STORAGE_TOKEN, AZURE_CLIENT_ID with AZURE_CLIENT_SECRET and AZURE_TENANT_ID, \
                              AZURE_USE_AZURE_CLI=true, AZURE_MSI_ENDPOINT for the identity of this machine, or \
                              AZURE_SKIP_SIGNATURE=true for public data"
                .to_owned()),
        }
    }
}
