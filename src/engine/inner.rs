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
    /// Taken when the engine goes.
    pub runtime: Option<Runtime>,
    /// Sends requests to remote stores, if there are any; taken when the engine goes.
    pub sender: Option<Runtime>,
}

impl Inner {
    pub fn runtime(&self) -> Option<&Runtime> {
        self.runtime.as_ref()
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

impl Drop for Inner {
    fn drop(&mut self) {
        // An engine may go inside async code, where waiting for its runtime would panic.
        for runtime in [self.runtime.take(), self.sender.take()].into_iter().flatten() {
            runtime.shutdown_background();
        }
    }
}
