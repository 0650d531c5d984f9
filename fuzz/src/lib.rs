//! What the fuzz targets check; the tests run the same.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

pub mod kql;
pub mod line;
