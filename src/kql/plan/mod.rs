//! Bound tree to DataFusion's logical plan.
//!
//! What comes out is made of DataFusion's own nodes and of the functions of [`crate::functions`]; where neither serves there is a small
//! node of our own. The room knows no text of queries, opens nothing and runs nothing: tables come from its caller's [`Tables`].
//!
//! Between nodes a relation has one field for each of its columns, in their order, called `c` and the column's number, without qualifier,
//! of the Arrow type of the column's Kusto type. Text is never null; dynamic values are marked in the field. Names that people gave appear
//! only in the last projection of a result. An order is a property that a relation carries along, and rows are put into it only where
//! somebody can tell: at the end, before a limit, in functions of neighbouring rows, in lists. See [`lowered`].

mod error;
mod expr;
mod lowered;
mod needed;
mod once;
mod operator;
mod planner;
mod projection;
mod relation;
mod tables;
#[cfg(test)]
mod tests;

pub use error::PlanError;
pub use tables::Tables;

use std::thread;

use datafusion::logical_expr::LogicalPlan;

use super::bind::tree::{Note, Render, Script};
use planner::Planner;

/// A script that can be run.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What the script answers, in order.
    pub results: Vec<PlannedResult>,
    /// What a reader should know of how the script was taken.
    pub notes: Vec<Note>,
}

/// One result table.
#[derive(Debug, Clone)]
pub struct PlannedResult {
    /// The name by `as` or of a `fork` leg.
    pub name: Option<String>,
    /// The plan. Its fields bear Kusto's names, are the visible columns only, and dynamic ones are marked.
    pub plan: LogicalPlan,
    /// How `render` wants it drawn.
    pub render: Option<Render>,
}

/// The stack on which a script is planned: a bound tree may be some hundred levels deep, and each takes some kilobytes.
const STACK: usize = 64 << 20;

/// Plans a bound script.
///
/// # Errors
/// If a table is not there or a part of the script cannot be run, by name.
pub fn plan(script: &Script, tables: &dyn Tables) -> Result<Planned, PlanError> {
    let results = thread::scope(|scope| {
        let thread = thread::Builder::new().name("kql plan".to_owned()).stack_size(STACK);
        match thread.spawn_scoped(scope, || results(script, tables)) {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(error) => Err(PlanError::refused(format!("there is no thread to plan the script on: {error}"))),
        }
    })?;
    Ok(Planned { results, notes: script.notes.clone() })
}

fn results(script: &Script, tables: &dyn Tables) -> Result<Vec<PlannedResult>, PlanError> {
    let mut planner = Planner::new(script, tables);
    let results = script.results.iter().map(|result| {
        let plan = planner.result(&result.rel)?;
        Ok(PlannedResult { name: result.name.clone(), plan, render: result.render.clone() })
    });
    results.collect()
}
