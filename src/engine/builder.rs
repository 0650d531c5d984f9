//! Making an engine: options in, stores, catalogue, memory and a runtime of its own out.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use datafusion::object_store::ObjectStore;
use tokio::sync::OnceCell;

use super::inner::{Inner, Threads};
use super::memory;
use super::views::Views;
use super::{Answer, EngineOptions, Error, ErrorKind, QueryOptions};
use crate::catalog::{Catalog, HuntingTable};
use crate::source::{BlobCache, FetchOptions, Listing, Location};
use crate::sql::{self, Statement};

/// A query engine over locations. Cheap to clone; queries run on a runtime of its own.
#[derive(Clone)]
pub struct Engine {
    pub(super) inner: Arc<Inner>,
}

/// Builds an [`Engine`].
#[derive(Debug, Default, Clone)]
#[must_use]
pub struct EngineBuilder {
    options: EngineOptions,
    stores: Vec<(String, Arc<dyn ObjectStore>, FetchOptions)>,
}

impl EngineBuilder {
    /// Adds a location: a path or a URL.
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.options.sources.push(source.into());
        self
    }

    /// Adds a location that a store of the caller's serves, under a name such as `mine://logs`. The store is treated as a remote one.
    pub fn store(mut self, name: impl Into<String>, store: Arc<dyn ObjectStore>, fetching: FetchOptions) -> Self {
        self.stores.push((name.into(), store, fetching));
        self
    }

    /// Replaces all options.
    pub fn options(mut self, options: EngineOptions) -> Self {
        self.options = options;
        self
    }

    /// Bytes that operators may use before they spill.
    pub fn memory(mut self, bytes: usize) -> Self {
        self.options.memory = Some(bytes);
        self
    }

    /// Threads that run queries.
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = Some(threads);
        self
    }

    /// Time limit of each query.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Makes the engine. Locations are understood, and nothing is listed yet.
    ///
    /// # Errors
    /// A location or a schema file that cannot be read, by name.
    #[expect(clippy::unused_async, reason = "remote schemas will be fetched here")]
    pub async fn build(self) -> Result<Engine, Error> {
        let options = self.options;
        let mut catalog = Catalog::builtin();
        if let Some(folder) = &options.schemas {
            add_schemas(&mut catalog, folder)?;
        }
        let catalog = Arc::new(catalog);
        let cores = options.threads.unwrap_or_else(cores).max(1);
        let memory = options.memory.unwrap_or_else(memory::default_limit);
        let runtime_env = memory::runtime_env(&options, memory)?;
        let start = |name: &str, count: usize| {
            Threads::start(name, count)
                .map_err(|error| Error::new(ErrorKind::Internal, format!("no threads for queries: {error}")))
        };
        let threads = start("huntql-query", cores)?;
        let remote = options.sources.iter().any(|given| Location::is_remote(given));
        let senders = if remote { Some(start("huntql-store", 1)?) } else { None };
        let runtime = senders.as_ref().unwrap_or(&threads).runtime();
        let handle = runtime.ok_or_else(|| Error::new(ErrorKind::Internal, "the engine is shutting down"))?.handle();
        let cache = blob_cache(&options)?;
        let cache = cache.as_ref();
        let locations = options.sources.iter().map(|given| Location::open(given, &options.stores, handle, cache));
        let own = self
            .stores
            .iter()
            .map(|(name, store, fetching)| Ok(Location::over(name, Arc::clone(store), fetching.clone(), cache)));
        let locations = locations.chain(own).collect::<Result<Vec<_>, _>>();
        let locations = locations.map_err(|error| Error::new(ErrorKind::Location, error.to_string()))?;
        let listings = options.cache_dir.clone();
        Ok(Engine {
            inner: Arc::new(Inner {
                config: Mutex::new(memory::session_config(cores, memory)),
                options,
                locations: Arc::new(locations),
                listing: Arc::new(Listing::new(listings)),
                known: Arc::clone(&catalog),
                catalog: Mutex::new(catalog),
                discovered: OnceCell::new(),
                views: Arc::new(Views::default()),
                runtime_env,
                threads,
                senders,
            }),
        })
    }
}

/// Where blobs are kept, if they are.
fn blob_cache(options: &EngineOptions) -> Result<Option<Arc<BlobCache>>, Error> {
    let Some(limit) = options.cache_limit.filter(|limit| *limit > 0) else { return Ok(None) };
    let wrong = |reason: String| Error::new(ErrorKind::Setting, reason);
    let folder = options.cache_dir.as_ref().ok_or_else(|| {
        wrong("there is no folder to keep blobs in up to --cache-limit: name one with --cache-dir".to_owned())
    })?;
    let open = BlobCache::open(folder, limit);
    open.map(Some).map_err(|error| wrong(format!("--cache-dir: nothing can be kept in {}: {error}", folder.display())))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, NonZeroUsize::get)
}

/// Reads `TableName.csv` files of a folder into the catalogue.
fn add_schemas(catalog: &mut Catalog, folder: &Path) -> Result<(), Error> {
    let wrong = |path: &Path, reason: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Setting, format!("{}: {reason}", path.display()))
    };
    let entries = std::fs::read_dir(folder)
        .map_err(|error| wrong(folder, &format!("the schema folder cannot be read: {error}")))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")));
    paths.sort();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(&path, &error))?;
        catalog.insert(HuntingTable::from_getschema(&name, &text).map_err(|error| wrong(&path, &error))?);
    }
    Ok(())
}

impl Engine {
    /// Starts to build an engine.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// Runs one SQL statement.
    ///
    /// # Errors
    /// [`Error`] as a sentence, with line and column where the text is wrong.
    pub async fn sql(&self, text: &str) -> Result<Answer, Error> {
        self.sql_with(text, &QueryOptions::default()).await
    }

    /// Cuts a script at its `;` into statements.
    pub fn split_script(text: &str) -> Vec<Statement> {
        sql::split(text)
    }

    /// The hunting tables.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.inner.catalog()
    }

    /// What the engine was built with.
    pub fn options(&self) -> &EngineOptions {
        &self.inner.options
    }
}
