//! Operators that look at all rows before they say anything: `reduce`, `evaluate basket`, `evaluate diffpatterns`.
//!
//! [`table`] makes a table of what comes out, [`exec`] brings all rows together and has the work done; what the work is stands in a file of
//! its own.

mod closed;
mod exec;
mod mining;
mod reduce;
mod table;
mod terms;

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, FieldRef};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr as Plain, LogicalPlan, LogicalPlanBuilder};
use datafusion_functions_json::json_field_metadata;

use super::super::error::Result;
use super::super::lowered::name;
use super::super::projection::projected;
use crate::catalog::KustoType;
use crate::kql::bind::tree::Column;

pub use mining::lower as mining;
pub use reduce::lower as reduce;
use table::{WholeTable, Work};

/// What work makes of all rows of a plan, as a plan of these columns.
fn made(plan: LogicalPlan, work: Arc<dyn Work>, columns: &[Column]) -> Result<LogicalPlan> {
    let fields: Vec<FieldRef> = columns.iter().map(|own| Arc::new(field(&name(own.id), own.kind))).collect();
    let table = WholeTable::new(plan, work, fields);
    let scan = LogicalPlanBuilder::scan("whole", provider_as_source(Arc::new(table)), None)?.build()?;
    let unqualified: Vec<Plain> = scan
        .schema()
        .columns()
        .into_iter()
        .map(|column| {
            let name = column.name.clone();
            Plain::Column(column).alias(name)
        })
        .collect();
    projected(scan, unqualified)
}

/// A field of a Kusto type.
fn field(name: &str, kind: KustoType) -> Field {
    let field = Field::new(name, kind.arrow(), true);
    if kind == KustoType::Dynamic { field.with_metadata(json_field_metadata()) } else { field }
}
