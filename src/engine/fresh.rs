//! What came into the locations since an earlier run.

use datafusion::common::DataFusionError;

use super::{Engine, Error, ErrorKind};
use crate::scan::fresh::{Fresh, Marks, fresh};

impl Engine {
    /// Looks for data that came since each of these marks was made: what to read ([`crate::source::Scope::extents`]), and the marks for
    /// the next time, the same for all.
    ///
    /// # Errors
    /// If a location cannot be listed or a blob cannot be looked into.
    pub async fn fresh(&self, marks: &[&Marks]) -> Result<Fresh, Error> {
        let found = fresh(&self.inner.locations, &self.inner.listing, marks).await;
        found.map_err(|error: DataFusionError| Error::new(ErrorKind::Location, error.find_root().to_string()))
    }
}
