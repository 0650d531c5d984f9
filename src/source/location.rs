//! A location: the path or URL that a user names, and the store that serves it.

use std::path::Path as FilePath;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, parse_url_opts};
use url::Url;

/// A place that holds data.
#[derive(Debug, Clone)]
pub struct Location {
    given: String,
    store_url: Url,
    store: Arc<dyn ObjectStore>,
    prefix: Path,
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
    /// Understands a path or a URL. Nothing is listed yet; a local path must exist.
    ///
    /// # Errors
    /// [`LocationError`] if there is no such path, or the URL's store is not known.
    pub fn parse(given: &str) -> Result<Self, LocationError> {
        let unreadable = |reason: &dyn std::fmt::Display| LocationError::Unreadable {
            given: given.to_owned(),
            reason: reason.to_string(),
        };
        match Url::parse(given) {
            // A single letter is a drive, not a scheme.
            Ok(url) if url.scheme().len() > 1 && url.scheme() != "file" => {
                let environment = std::env::vars().map(|(name, value)| (name.to_ascii_lowercase(), value));
                let (store, prefix) = parse_url_opts(&url, environment).map_err(|error| unreadable(&error))?;
                let mut store_url = url.clone();
                store_url.set_path("");
                store_url.set_query(None);
                Ok(Self { given: given.to_owned(), store_url, store: Arc::from(store), prefix })
            }
            Ok(url) if url.scheme() == "file" => {
                let path = url.to_file_path().map_err(|()| unreadable(&"not a local file URL"))?;
                Self::local(given, &path)
            }
            _ => Self::local(given, FilePath::new(given)),
        }
    }

    fn local(given: &str, path: &FilePath) -> Result<Self, LocationError> {
        let absolute = path.canonicalize().map_err(|_| LocationError::Missing(given.to_owned()))?;
        let prefix = Path::from_absolute_path(&absolute)
            .map_err(|error| LocationError::Unreadable { given: given.to_owned(), reason: error.to_string() })?;
        let store_url = Url::parse("file:///")
            .map_err(|error| LocationError::Unreadable { given: given.to_owned(), reason: error.to_string() })?;
        Ok(Self { given: given.to_owned(), store_url, store: Arc::new(LocalFileSystem::new()), prefix })
    }

    /// The location as the user gave it.
    pub fn given(&self) -> &str {
        &self.given
    }

    /// The URL of the store, without any path: blobs are paths in it.
    pub fn store_url(&self) -> &Url {
        &self.store_url
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// The path in the store below which, or at which, the data lies.
    pub fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// A blob's name as people write it: a path for local files, a URL for others.
    pub fn name_of(&self, blob: &Path) -> String {
        if self.store_url.scheme() == "file" {
            format!("/{}", percent_decoded(blob))
        } else {
            format!("{}/{blob}", self.store_url.as_str().trim_end_matches('/'))
        }
    }
}

fn percent_decoded(path: &Path) -> String {
    percent_encoding::percent_decode_str(path.as_ref()).decode_utf8_lossy().into_owned()
}
