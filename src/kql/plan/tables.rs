//! What a planner asks of its caller.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::{LogicalPlan, ScalarUDF};

use crate::kql::bind::tree::{Column, External};

/// What a script is planned against.
pub trait Tables: Sync {
    /// The rows of a table, as a scan; its fields bear the names of the schemas, hidden columns included. `None` if there is no such table.
    fn scan(&self, table: &str) -> Option<Result<LogicalPlan>>;

    /// The time that the whole script takes for now, in nanoseconds since 1970.
    fn now(&self) -> i64;

    /// A function that needs more than its arguments, such as a database of places; `None` if there is none of this name.
    fn function(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        let _ = name;
        None
    }

    /// The rows of files outside as text: a field of type `Utf8View` for each column, under its name; null where there is no cell. `None` if
    /// no files are read here.
    fn external(&self, external: &External, columns: &[Column]) -> Option<Result<LogicalPlan>> {
        let _ = (external, columns);
        None
    }
}
