//! A whole storage account as one store: the first part of a path is the container.
//!
//! object_store knows containers one by one and cannot list them, so that one request is made here. Only containers of Defender's are
//! found; reading only.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use http::{Method, Request, StatusCode};
use object_store::azure::{AzureAuthorizer, MicrosoftAzure};
use object_store::client::{HttpClient, HttpConnector, HttpRequestBody};
use object_store::path::{Path, PathPart};
use object_store::{
    ClientOptions, CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use super::super::words::{innermost, redacted};
use super::transport::Transport;

/// What the streaming API calls its containers, before the table.
const CONTAINERS: &str = "insights-logs-advancedhunting-";
/// Log Analytics' export calls its containers so.
const EXPORTS: &str = "am-";
/// Containers that are listed at once.
const AT_ONCE: usize = 8;

/// The account.
pub(super) struct Account {
    pub(super) name: String,
    /// The URL that it answers at, without a slash at its end.
    pub(super) service: String,
    pub(super) skips_signature: bool,
}

type Open = Box<dyn Fn(&str) -> Result<MicrosoftAzure> + Send + Sync>;

/// The store.
#[derive(Clone)]
pub(super) struct AccountStore(Arc<Containers>);

struct Containers {
    account: Account,
    open: Open,
    client: HttpClient,
    /// Knows how to get credentials; its own container is never read.
    any: MicrosoftAzure,
    opened: Mutex<HashMap<String, Arc<MicrosoftAzure>>>,
}

impl AccountStore {
    /// A store over the account; `open` opens one of its containers.
    pub(super) fn new(account: Account, open: Open, transport: &Transport, options: &ClientOptions) -> Result<Self> {
        let client = transport.connect(options)?;
        let any = open("$root")?;
        Ok(Self(Arc::new(Containers { account, open, client, any, opened: Mutex::new(HashMap::new()) })))
    }
}

impl Containers {
    fn container(&self, name: &str) -> Result<Arc<MicrosoftAzure>> {
        let mut containers = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = containers.get(name) {
            return Ok(Arc::clone(store));
        }
        let store = Arc::new((self.open)(name)?);
        containers.insert(name.to_owned(), Arc::clone(&store));
        Ok(store)
    }

    /// The container that a path lies in, and the path in it.
    fn split(&self, path: &Path) -> Result<(String, Arc<MicrosoftAzure>, Path)> {
        let (container, rest) = path.as_ref().split_once('/').unwrap_or((path.as_ref(), ""));
        let store = self.container(container)?;
        Ok((container.to_owned(), store, Path::parse(rest)?))
    }

    /// The names of the containers that can hold tables, in order.
    async fn names(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut marker = String::new();
        loop {
            let page = self.page(&marker).await?;
            let found = texts(&page, "Name").filter(|name| name.starts_with(CONTAINERS) || name.starts_with(EXPORTS));
            names.extend(found.map(str::to_owned));
            match texts(&page, "NextMarker").next().map(unescape).filter(|next| !next.is_empty()) {
                Some(next) => marker = next,
                None => return Ok(names),
            }
        }
    }

    /// One page of the list of containers, as XML.
    async fn page(&self, marker: &str) -> Result<String> {
        let mut tries = 0;
        loop {
            match self.try_page(marker).await {
                Err(error) if tries < 4 && matches!(error, Error::Generic { .. }) => {
                    tries += 1;
                    tokio::time::sleep(std::time::Duration::from_millis(200 << tries)).await;
                }
                result => return result,
            }
        }
    }

    async fn try_page(&self, marker: &str) -> Result<String> {
        let marker: String = url::form_urlencoded::byte_serialize(marker.as_bytes()).collect();
        let query = if marker.is_empty() { "comp=list".to_owned() } else { format!("comp=list&marker={marker}") };
        let mut request = Request::builder()
            .method(Method::GET)
            .uri(format!("{}/?{query}", self.account.service))
            .body(HttpRequestBody::empty())
            .map_err(|error| generic(error.to_string()))?;
        if !self.account.skips_signature {
            let credential = self.any.credentials().get_credential().await?;
            AzureAuthorizer::new(&credential, &self.account.name).authorize(&mut request);
        }
        // The error of a request may name its URL, and that a SAS.
        let response = self.client.execute(request).await.map_err(|error| generic(redacted(&innermost(&error))))?;
        let status = response.status();
        let body = response.into_body().bytes().await.map_err(|error| generic(error.to_string()))?;
        let body = String::from_utf8_lossy(&body).into_owned();
        if status.is_success() {
            return Ok(body);
        }
        let code = texts(&body, "Code").next().unwrap_or("no code");
        let source = format!(
            "the list of containers was refused ({} {code}); it needs a key, a token, or a SAS for the account with sp=rl and srt=sco",
            status.as_u16()
        );
        let path = self.account.service.clone();
        Err(match status {
            StatusCode::FORBIDDEN => Error::PermissionDenied { path, source: source.into() },
            StatusCode::UNAUTHORIZED => Error::Unauthenticated { path, source: source.into() },
            StatusCode::NOT_FOUND => Error::NotFound { path, source: source.into() },
            status if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                Error::NotSupported { source: source.into() }
            }
            _ => generic(source),
        })
    }
}

fn generic(words: String) -> Error {
    Error::Generic { store: "Azure account", source: words.into() }
}

/// The texts of all elements of a name, in order. The names of containers hold nothing that XML escapes.
fn texts<'a>(xml: &'a str, element: &str) -> impl Iterator<Item = &'a str> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let start = rest.find(&open)? + open.len();
        let end = start + rest.get(start..)?.find(&close)?;
        let text = rest.get(start..end)?;
        rest = rest.get(end + close.len()..)?;
        Some(text)
    })
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
}

/// The path of a blob of a container, from the account on.
fn within(container: &str, path: &Path) -> Path {
    Path::from_iter(std::iter::once(PathPart::from(container)).chain(path.parts()))
}

fn placed(container: &str, meta: ObjectMeta) -> ObjectMeta {
    ObjectMeta { location: within(container, &meta.location), ..meta }
}

impl fmt::Debug for AccountStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for AccountStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Azure account {}", self.0.account.name)
    }
}

#[async_trait]
impl ObjectStore for AccountStore {
    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Err(read_only())
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(read_only())
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let (container, store, path) = self.0.split(location)?;
        let result = store.get_opts(&path, options).await?;
        Ok(GetResult { meta: placed(&container, result.meta), ..result })
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        stream::once(async { Err(read_only()) }).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let store = Arc::clone(&self.0);
        let prefix = prefix.cloned().unwrap_or_default();
        if !prefix.as_ref().is_empty() {
            return store.list_one(&prefix, None);
        }
        let containers = async move {
            let names = store.names().await?;
            let lists = names.into_iter().map(move |name| Ok::<_, Error>(store.list_one(&Path::from(name), None)));
            Ok::<_, Error>(stream::iter(lists).try_flatten_unordered(AT_ONCE))
        };
        stream::once(containers).try_flatten().boxed()
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        let prefix = prefix.cloned().unwrap_or_default();
        if prefix.as_ref().is_empty() {
            let offset = offset.clone();
            let later = move |meta: &ObjectMeta| futures::future::ready(meta.location > offset);
            return self.list(None).try_filter(later).boxed();
        }
        self.0.list_one(&prefix, Some(offset))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let prefix = prefix.cloned().unwrap_or_default();
        if prefix.as_ref().is_empty() {
            let common_prefixes = self.0.names().await?.into_iter().map(Path::from).collect();
            return Ok(ListResult { common_prefixes, objects: Vec::new() });
        }
        let (container, store, path) = self.0.split(&prefix)?;
        let result = store.list_with_delimiter(Some(&path).filter(|path| !path.as_ref().is_empty())).await?;
        Ok(ListResult {
            common_prefixes: result.common_prefixes.iter().map(|path| within(&container, path)).collect(),
            objects: result.objects.into_iter().map(|meta| placed(&container, meta)).collect(),
        })
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(read_only())
    }
}

impl Containers {
    /// Lists below a prefix that begins with a container.
    fn list_one(&self, prefix: &Path, offset: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (container, store, path) = match self.split(prefix) {
            Ok(found) => found,
            Err(error) => return stream::once(async { Err(error) }).boxed(),
        };
        let path = Some(path).filter(|path| !path.as_ref().is_empty());
        let offset =
            offset.and_then(|offset| offset.prefix_match(&Path::from(container.as_str())).map(Path::from_iter));
        let listed = match offset {
            Some(offset) => store.list_with_offset(path.as_ref(), &offset),
            None => store.list(path.as_ref()),
        };
        listed.map_ok(move |meta| placed(&container, meta)).boxed()
    }
}

fn read_only() -> Error {
    Error::NotSupported { source: "the whole account is read only".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_the_list() {
        let xml = "<?xml version=\"1.0\"?><EnumerationResults><Containers><Container><Name>am-x</Name><Properties/></Container>\
                   <Container><Name>insights-logs-advancedhunting-deviceinfo</Name></Container></Containers><NextMarker>a&amp;b</NextMarker></EnumerationResults>";
        assert_eq!(texts(xml, "Name").collect::<Vec<_>>(), ["am-x", "insights-logs-advancedhunting-deviceinfo"]);
        assert_eq!(texts(xml, "NextMarker").next().map(unescape).as_deref(), Some("a&b"));
        assert_eq!(texts("<Name>cut", "Name").next(), None);
    }
}
