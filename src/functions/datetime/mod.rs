//! Stub.
use datafusion::logical_expr::ScalarUDF;
pub(super) fn functions() -> Vec<ScalarUDF> {
    Vec::new()
}
