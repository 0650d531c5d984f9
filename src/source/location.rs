//! A location: the path or URL that a user names, and the store that serves it.

use std::path::Path as FilePath;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};
use tokio::runtime::Handle;
use url::Url;

use super::cache::BlobCache;
use super::fetch::{Fetch, FetchOptions, Remote};
use super::options::StoreOptions;
use super::store::{self, Opened, Traffic};
use super::words::{redacted, shown};

/// A place that holds data.
#[derive(Debug, Clone)]
pub struct Location {
    given: String,
    /// What stands before a blob's path in its name.
    base: String,
    prefix: Path,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Local(Arc<dyn ObjectStore>),
    Remote(Arc<Remote>),
}

/// Gives the bytes of a location's blobs to one scan.
#[derive(Debug, Clone)]
pub enum BlobStore {
    /// Files, which are opened and read on the spot.
    Local(Arc<dyn ObjectStore>),
    /// A store that is reached over a network.
    Remote(Arc<Fetch>),
}

/// Why a location cannot be used; a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// Nothing is there.
    #[error("there is no file or folder '{0}': check the path given to --source")]
    Missing(String),
    /// The text is no path and no URL.
    #[error("'{given}' is no location: give a path, or a URL such as az://container/prefix ({reason})")]
    Unreadable {
        /// What the user gave.
        given: String,
        /// Why it is none.
        reason: String,
    },
    /// The URL's store cannot be opened.
    #[error("'{given}': {reason}")]
    Unopened {
        /// What the user gave, without secrets.
        given: String,
        /// What is missing or wrong.
        reason: String,
    },
    /// The store answered with an error.
    #[error("'{given}' cannot be listed: {reason}")]
    Store {
        /// What the user gave.
        given: String,
        /// The store's words.
        reason: String,
    },
}

impl Location {
    /// Understands a path or a URL. Nothing is listed yet and nothing asked of a network; a local path must exist. Requests are sent from
    /// the threads of `runtime`. Closed blobs are kept in the cache, if they are remote.
    ///
    /// # Errors
    /// [`LocationError`] if there is no such path, the URL's store is not known, or credentials for it are missing.
    pub fn open(
        given: &str,
        options: &StoreOptions,
        runtime: &Handle,
        cache: Option<&Arc<BlobCache>>,
    ) -> Result<Self, LocationError> {
        match Url::parse(given) {
            // A single letter is a drive, not a scheme.
            Ok(url) if url.scheme().len() > 1 && url.scheme() != "file" => {
                let given = shown(&url);
                let Opened { store, base, prefix } = store::open(&url, options, runtime)
                    .map_err(|reason| LocationError::Unopened { given: given.clone(), reason })?;
                let remote = remote(store, FetchOptions::default(), cache, &base);
                Ok(Self { given, base, prefix, kind: Kind::Remote(remote) })
            }
            Ok(url) if url.scheme() == "file" => {
                let path = url.to_file_path().map_err(|()| LocationError::Unreadable {
                    given: given.to_owned(),
                    reason: "not a local file URL".to_owned(),
                })?;
                Self::local(given, &path)
            }
            _ => Self::local(given, FilePath::new(given)),
        }
    }

    /// True if a location is reached over a network, as far as its text tells.
    pub fn is_remote(given: &str) -> bool {
        Url::parse(given).is_ok_and(|url| url.scheme().len() > 1 && url.scheme() != "file")
    }

    /// The location that a store of the caller's serves, under a name of the caller's.
    pub fn over(
        name: &str,
        store: Arc<dyn ObjectStore>,
        options: FetchOptions,
        cache: Option<&Arc<BlobCache>>,
    ) -> Self {
        let base = name.trim_end_matches('/').to_owned();
        let remote = remote(store, options, cache, &base);
        Self { given: name.to_owned(), base, prefix: Path::default(), kind: Kind::Remote(remote) }
    }

    fn local(given: &str, path: &FilePath) -> Result<Self, LocationError> {
        let absolute = path.canonicalize().map_err(|_| LocationError::Missing(redacted(given)))?;
        let prefix = Path::from_absolute_path(&absolute)
            .map_err(|error| LocationError::Unreadable { given: redacted(given), reason: error.to_string() })?;
        let kind = Kind::Local(Arc::new(LocalFileSystem::new()));
        Ok(Self { given: given.to_owned(), base: String::new(), prefix, kind })
    }

    /// The location as the user gave it, without secrets.
    pub fn given(&self) -> &str {
        &self.given
    }

    /// True if nothing has to be fetched.
    pub fn is_local(&self) -> bool {
        matches!(self.kind, Kind::Local(_))
    }

    /// True, once, if a blob turned out to be another than listed.
    pub(super) fn take_stale(&self) -> bool {
        matches!(&self.kind, Kind::Remote(remote) if remote.take_stale())
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        match &self.kind {
            Kind::Local(store) => store,
            Kind::Remote(remote) => remote.store(),
        }
    }

    /// What gives the bytes of blobs to one scan, which will ask for them about in this order.
    pub fn blobs(&self, planned: impl IntoIterator<Item = ObjectMeta>, traffic: &Arc<Traffic>) -> BlobStore {
        match &self.kind {
            Kind::Local(store) => BlobStore::Local(Arc::clone(store)),
            Kind::Remote(remote) => {
                BlobStore::Remote(Arc::new(Fetch::new(Arc::clone(remote), planned, Arc::clone(traffic))))
            }
        }
    }

    /// The path in the store below which, or at which, the data lies.
    pub fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// A blob's name as people write it: a path for local files, a URL for others.
    pub fn name_of(&self, blob: &Path) -> String {
        match self.kind {
            Kind::Local(_) => format!("/{}", percent_decoded(blob)),
            Kind::Remote(_) => format!("{}/{blob}", self.base),
        }
    }
}

fn remote(
    store: Arc<dyn ObjectStore>,
    options: FetchOptions,
    cache: Option<&Arc<BlobCache>>,
    base: &str,
) -> Arc<Remote> {
    let remote = Remote::new(store, options);
    Arc::new(match cache {
        Some(cache) => remote.kept_in(Arc::clone(cache), base.to_owned()),
        None => remote,
    })
}

fn percent_decoded(path: &Path) -> String {
    percent_encoding::percent_decode_str(path.as_ref()).decode_utf8_lossy().into_owned()
}
