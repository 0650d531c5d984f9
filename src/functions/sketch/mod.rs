//! Sketches: small values that stand for many. `hll` counts different values, `tdigest` ranks them; both are JSON, can be kept in a
//! column and be merged later. The aggregates that make them are in `aggregate::sketch`; here is what reads them.
//!
//! | file | what |
//! |---|---|
//! | `hll` | the sketch that counts |
//! | `digest` | the sketch that ranks |
//! | `counts`, `ranks` | functions of them |
//!
//! Both are exact while they are small, and estimates beyond. They look like Kusto's, whose layout for large ones is not documented:
//! sketches made elsewhere are read as long as they are small.

mod counts;
mod digest;
mod hll;
mod ranks;

use datafusion::logical_expr::ScalarUDF;

pub(in crate::functions) use self::{digest::Digest, hll::Hll};

/// The functions of these families.
pub(super) fn functions() -> Vec<ScalarUDF> {
    [counts::functions, ranks::functions].into_iter().flat_map(|family| family()).collect()
}
