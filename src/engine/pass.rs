//! Queries that read the data together: planned first, then read for in one pass.

use std::sync::Arc;

use super::answer::AbortOnDrop;
use super::{Engine, Error, ErrorKind};
use crate::scan::pass::Pass;

/// A pass that is under way; dropping it stops it, and the queries that still wait for rows fail.
pub struct Passing(#[expect(dead_code, reason = "held for its drop")] AbortOnDrop);

impl Engine {
    /// Begins to read for the queries that were planned with this pass ([`super::QueryOptions::pass`]). Until then they wait.
    ///
    /// # Errors
    /// If the engine is shutting down.
    pub fn begin(&self, pass: &Pass) -> Result<Passing, Error> {
        let inner = &self.inner;
        let runtime = inner.runtime().ok_or_else(|| Error::new(ErrorKind::Internal, "the engine is shutting down"))?;
        let (pass, env) = (pass.clone(), Arc::clone(&inner.runtime_env));
        let tasks = inner.config().target_partitions();
        let task = runtime.spawn(async move { pass.run(env, tasks).await });
        Ok(Passing(AbortOnDrop(task.abort_handle())))
    }
}
