//! What an engine holds: options, locations, catalogue, and the runtime that its queries run on.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::SessionConfig;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use super::EngineOptions;
use super::views::Views;
use crate::catalog::Catalog;
use crate::source::{Listing, Location};

/// Everything that the clones of an engine share.
pub struct Inner {
    pub options: EngineOptions,
    pub locations: Arc<Vec<Location>>,
    pub listing: Arc<Listing>,
    /// The tables that schemas know.
    pub known: Arc<Catalog>,
    /// The tables that schemas know, and those discovered.
    pub catalog: Mutex<Arc<Catalog>>,
    /// Done once: the search for tables that no schema knows.
    pub discovered: OnceCell<()>,
    pub views: Arc<Views>,
    pub config: Mutex<SessionConfig>,
    pub runtime_env: Arc<RuntimeEnv>,
    pub threads: Threads,
    /// Send requests to remote stores, if there are any; stores know how to reach them, and they end with the engine.
    #[expect(dead_code, reason = "held so that they go on")]
    pub senders: Option<Threads>,
}

impl Inner {
    pub fn runtime(&self) -> Option<&Runtime> {
        self.threads.runtime()
    }

    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn keep_catalog(&self, catalog: Arc<Catalog>) {
        *self.catalog.lock().unwrap_or_else(PoisonError::into_inner) = catalog;
    }

    /// What `SET` changed holds for the statements after it.
    pub fn keep_config(&self, config: SessionConfig) {
        *self.config.lock().unwrap_or_else(PoisonError::into_inner) = config;
    }

    pub fn config(&self) -> SessionConfig {
        self.config.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Threads that work is run on. They may go inside async code, where waiting for their end would panic.
pub struct Threads(Option<Runtime>);

impl Threads {
    /// Starts threads of this name.
    ///
    /// # Errors
    /// The system gives none.
    pub fn start(name: &str, count: usize) -> std::io::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        Ok(Self(Some(builder.worker_threads(count).thread_name(name).enable_all().build()?)))
    }

    /// What runs on them; none while they end.
    pub fn runtime(&self) -> Option<&Runtime> {
        self.0.as_ref()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
