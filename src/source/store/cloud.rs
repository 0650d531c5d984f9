//! The stores that are not Azure's: S3, Google's, and plain web servers.

use std::sync::Arc;

use object_store::ClientConfigKey;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreScheme};
use tokio::runtime::Handle;
use url::{Position, Url};

use super::super::options::{StoreKey, StoreOptions};
use super::transport::Transport;
use super::{Opened, client_options, plain_http, plain_http_endpoint, refused, retries};

/// The path that a URL has in its store, and what stands before it.
fn place(url: &Url) -> Result<(String, Path), String> {
    let mut url = url.clone();
    // A name and a password before the host are nobody's business. They can always be taken off where there is a host.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    let url = &url;
    let (_, prefix) = ObjectStoreScheme::parse(url).map_err(|error| error.to_string())?;
    let whole = url[..Position::AfterPath].trim_end_matches('/');
    let path = url.path().trim_matches('/');
    // The bucket may be the first part of the URL's path.
    let parts = if prefix.as_ref().is_empty() { 0 } else { prefix.parts().count() };
    let bucket: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let kept = bucket.len().saturating_sub(parts);
    let origin = whole.strip_suffix(path).unwrap_or(whole).trim_end_matches('/');
    let base = std::iter::once(origin).chain(bucket.into_iter().take(kept)).collect::<Vec<_>>().join("/");
    Ok((base, prefix))
}

fn has<K: StoreKey>(config: &[(K, String)], name: &str) -> bool {
    config.iter().any(|(key, value)| key.name() == name && !value.is_empty())
}

fn value<'a, K: StoreKey>(config: &'a [(K, String)], name: &str) -> Option<&'a str> {
    config.iter().find(|(key, _)| key.name() == name).map(|(_, value)| value.as_str())
}

fn on<K: StoreKey>(config: &[(K, String)], name: &str) -> bool {
    value(config, name).is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on"))
}

pub(super) fn s3(url: &Url, options: &StoreOptions, runtime: &Handle) -> Result<Opened, String> {
    let (base, prefix) = place(url)?;
    let bucket = url.host_str().unwrap_or_default();
    let mut config = options.of::<AmazonS3ConfigKey>(bucket, &[]);
    config.retain(|(key, _)| !matches!(key, AmazonS3ConfigKey::Bucket));
    let keys = [("aws_access_key_id", "AWS_ACCESS_KEY_ID"), ("aws_secret_access_key", "AWS_SECRET_ACCESS_KEY")];
    let missing: Vec<&str> = keys.iter().filter(|(name, _)| !has(&config, name)).map(|(_, name)| *name).collect();
    let elsewhere = [
        "aws_web_identity_token_file",
        "aws_container_credentials_relative_uri",
        "aws_container_credentials_full_uri",
        "aws_metadata_endpoint",
    ];
    match missing.as_slice() {
        [] => {}
        _ if on(&config, "aws_skip_signature") || elsewhere.iter().any(|name| has(&config, name)) => {}
        [one] => return Err(format!("half of the credentials is missing: set {one} as well")),
        _ => {
            return Err("there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
                        AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN, AWS_METADATA_ENDPOINT for the role of this machine, \
                        or AWS_SKIP_SIGNATURE=true for public data"
                .to_owned());
        }
    }
    let endpoint = value(&config, "aws_endpoint_url_s3").or_else(|| value(&config, "aws_endpoint"));
    let plain = plain_http_endpoint(endpoint, options)?;
    let builder = AmazonS3Builder::new()
        .with_url(url[..Position::AfterPath].to_owned())
        .with_client_options(client_options(plain))
        .with_retry(retries())
        .with_http_connector(Transport::new(runtime.clone()));
    let builder = config.into_iter().fold(builder, |builder, (key, value)| builder.with_config(key, value));
    let store: Arc<dyn ObjectStore> = Arc::new(builder.build().map_err(|error| refused(&error))?);
    Ok(Opened { store, base, prefix })
}

/// Where Google's command line keeps what it logged in with, below the user's home.
const LOGIN: &str = ".config/gcloud/application_default_credentials.json";

pub(super) fn google(url: &Url, options: &StoreOptions, runtime: &Handle) -> Result<Opened, String> {
    let (base, prefix) = place(url)?;
    let bucket = url.host_str().unwrap_or_default();
    let mut config = options.of::<GoogleConfigKey>(bucket, &[]);
    config.retain(|(key, _)| !matches!(key, GoogleConfigKey::Bucket));
    let any = ["google_service_account", "google_service_account_key", "google_application_credentials"];
    let logged_in = dirs::home_dir().is_some_and(|home| home.join(LOGIN).is_file());
    if !any.iter().any(|name| has(&config, name)) && !on(&config, "google_skip_signature") && !logged_in {
        return Err(
            "there are no credentials: set GOOGLE_SERVICE_ACCOUNT or GOOGLE_APPLICATION_CREDENTIALS to the file with \
                    them, log in with gcloud, or set GOOGLE_SKIP_SIGNATURE=true for public data"
                .to_owned(),
        );
    }
    let plain = plain_http_endpoint(value(&config, "google_base_url"), options)?;
    let builder = GoogleCloudStorageBuilder::new()
        .with_url(url[..Position::AfterPath].to_owned())
        .with_client_options(client_options(plain))
        .with_retry(retries())
        .with_http_connector(Transport::new(runtime.clone()));
    let builder = config.into_iter().fold(builder, |builder, (key, value)| builder.with_config(key, value));
    let store: Arc<dyn ObjectStore> = Arc::new(builder.build().map_err(|error| refused(&error))?);
    Ok(Opened { store, base, prefix })
}

pub(super) fn web(url: &Url, options: &StoreOptions, runtime: &Handle) -> Result<Opened, String> {
    let (base, prefix) = place(url)?;
    let plain = plain_http(url, options)?;
    let config = options.of::<ClientConfigKey>(url.host_str().unwrap_or_default(), &[]);
    let builder = HttpBuilder::new()
        .with_url(url[..Position::BeforePath].to_owned())
        .with_client_options(client_options(plain))
        .with_retry(retries())
        .with_http_connector(Transport::new(runtime.clone()));
    let builder = config.into_iter().fold(builder, |builder, (key, value)| builder.with_config(key, value));
    let store: Arc<dyn ObjectStore> = Arc::new(builder.build().map_err(|error| refused(&error))?);
    Ok(Opened { store, base, prefix })
}
