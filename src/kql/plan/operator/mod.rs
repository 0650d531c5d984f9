//! Operators that are no others' spelling, one file each.

pub mod apply;
pub mod expand;
pub mod external;
pub mod graph;
mod group;
mod lift;
pub mod make_series;
pub mod parse;
pub mod parse_kv;
pub mod pattern_scan;
pub mod plugin;
mod shape_lookup;
#[cfg(test)]
mod tests;
mod text;
pub mod top_nested;
pub mod whole;
pub mod window;

use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan};

/// All columns of a plan.
fn all(plan: &LogicalPlan) -> Vec<Expr> {
    plan.schema().columns().into_iter().map(Expr::Column).collect()
}

/// A column by a name that this room gave.
fn named(name: &str) -> Expr {
    Expr::Column(Column::new_unqualified(name))
}
