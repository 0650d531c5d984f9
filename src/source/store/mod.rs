//! From a URL to the store that serves it, with the credentials for it, or a sentence that says which are missing.
//!
//! Nothing is asked of a network here.

mod account;
mod azure;
mod cloud;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use tokio::runtime::Handle;
use url::{Host, Url};

use super::options::StoreOptions;

pub use transport::{Appended, Traffic, Witness, metered};

/// An opened store.
pub(super) struct Opened {
    pub(super) store: Arc<dyn ObjectStore>,
    /// What stands before a blob's path in its name.
    pub(super) base: String,
    /// The path in the store below which, or at which, the data lies.
    pub(super) prefix: Path,
}

/// Opens the store of a URL.
///
/// # Errors
/// A sentence without the location's name, to stand behind it.
pub(super) fn open(url: &Url, options: &StoreOptions, runtime: &Handle) -> Result<Opened, String> {
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "az" | "azure" | "adl" | "abfs" | "abfss" => azure::open(url, options, runtime),
        "https" if azure::serves(host) => azure::open(url, options, runtime),
        "s3" | "s3a" => cloud::s3(url, options, runtime),
        "https" if host.ends_with(".amazonaws.com") || host.ends_with(".r2.cloudflarestorage.com") => {
            cloud::s3(url, options, runtime)
        }
        "gs" => cloud::google(url, options, runtime),
        "http" | "https" => cloud::web(url, options, runtime),
        scheme => Err(format!("no store is known for {scheme}://; there are az, abfss, s3, gs and https")),
    }
}

/// Says whether plain http may be used to get to a URL.
fn plain_http(url: &Url, options: &StoreOptions) -> Result<bool, String> {
    if url.scheme() != "http" {
        return Ok(false);
    }
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if loopback || options.allow_http {
        return Ok(true);
    }
    Err(format!(
        "{} is reached over http, where anybody on the way reads data and credentials; use https, or allow it with --allow-http",
        url.host_str().unwrap_or_default()
    ))
}

/// The same of an endpoint that options name.
fn plain_http_endpoint(endpoint: Option<&str>, options: &StoreOptions) -> Result<bool, String> {
    match endpoint.map(Url::parse) {
        None => Ok(false),
        Some(Ok(url)) => plain_http(&url, options),
        Some(Err(error)) => Err(format!("the endpoint that the options name is no URL ({error})")),
    }
}

/// How long a request may take, and how long to go on when it fails. A request is for a few megabytes at most.
fn client_options(allow_http: bool) -> ClientOptions {
    ClientOptions::new()
        .with_allow_http(allow_http)
        .with_connect_timeout(Duration::from_secs(10))
        .with_timeout(Duration::from_secs(120))
}

fn retries() -> RetryConfig {
    let backoff =
        BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(10), base: 2.0 };
    RetryConfig { backoff, max_retries: 8, retry_timeout: Duration::from_secs(90) }
}

/// What a store's builder does not like, in its innermost words: what is above names types.
fn refused(error: &object_store::Error) -> String {
    format!("the store cannot be opened with these credentials and settings: {}", super::words::innermost(error))
}

#[cfg(test)]
mod tests {
    use super::super::options::StoreOption;
    use super::*;

    fn told(url: &str, given: &[&str]) -> String {
        let given = given.iter().map(|text| StoreOption::parse(text).expect("option")).collect();
        let options = StoreOptions { given, ..StoreOptions::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
        match open(&Url::parse(url).expect("url"), &options, runtime.handle()) {
            Ok(opened) => format!("{} | {}", opened.base, opened.prefix),
            Err(sentence) => format!("error: {sentence}"),
        }
    }

    const KEY: &str = "azure_storage_account_key=c2VjcmV0";
    const NAME: &str = "azure_storage_account_name=contoso";

    #[test]
    fn azure_in_all_its_spellings() {
        let named = [
            "az://logs/a/b",
            "abfss://logs@contoso.dfs.core.windows.net/a/b",
            "https://contoso.blob.core.windows.net/logs/a/b",
            "https://contoso.blob.core.windows.net",
            "https://contoso.blob.core.usgovcloudapi.net/logs",
            "az://",
        ];
        let told: Vec<String> = named.iter().map(|url| told(url, &[NAME, KEY])).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        az://logs | a/b
        abfss://logs@contoso.dfs.core.windows.net | a/b
        https://contoso.blob.core.windows.net/logs | a/b
        https://contoso.blob.core.windows.net | 
        https://contoso.blob.core.usgovcloudapi.net/logs | 
        https://contoso.blob.core.windows.net | 
        ");
    }

    #[test]
    fn what_is_missing_is_said() {
        let cases: [(&str, &[&str]); 12] = [
            ("az://logs", &[]),
            ("az://logs", &[NAME]),
            ("az://logs", &[NAME, "azure_client_secret=c2VjcmV0"]),
            ("az://logs", &[NAME, "azure_client_id=me"]),
            ("az://logs", &[NAME, "azure_storage_account_key=secret!"]),
            ("https://contoso.blob.core.windows.net/logs", &["azure_storage_account_name=other", KEY]),
            ("az://logs", &[NAME, KEY, "azure_storage_endpoint=http://10.0.0.1"]),
            ("s3://logs", &[]),
            ("s3://logs", &["aws_access_key_id=me"]),
            ("gs://logs", &["google_service_account=/no/such/file"]),
            ("http://example.org/x", &[]),
            ("ftp://example.org/x", &[]),
        ];
        let told: Vec<String> = cases.iter().map(|(url, given)| told(url, given)).collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn other_clouds() {
        let aws = ["aws_access_key_id=me", "aws_secret_access_key=c2VjcmV0"];
        insta::assert_snapshot!(told("s3://logs/a", &aws), @"s3://logs | a");
        insta::assert_snapshot!(told("https://s3.eu-central-1.amazonaws.com/logs/a", &aws), @"https://s3.eu-central-1.amazonaws.com/logs | a");
        insta::assert_snapshot!(told("gs://logs/a", &["google_skip_signature=true"]), @"gs://logs | a");
        insta::assert_snapshot!(told("https://example.org/a/b.json", &[]), @"https://example.org | a/b.json");
        insta::assert_snapshot!(told("http://127.0.0.1:1234/a", &[]), @"http://127.0.0.1:1234 | a");
    }
}
