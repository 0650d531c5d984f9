//! `externaldata`: cells come as text from whoever reads the files, and are converted to the columns' types here.

use datafusion::logical_expr::{LogicalPlanBuilder, ident, lit};

use super::super::error::Result;
use super::super::expr::call;
use super::super::lowered::{self, Lowered};
use super::super::planner::{Planner, unsupported};
use crate::catalog::KustoType;
use crate::kql::bind::tree::{External, Rel};

/// Lowers the node.
pub fn lower(planner: &mut Planner, rel: &Rel, node: &External) -> Result<Lowered> {
    let Some(rows) = planner.tables.external(node, &rel.columns) else { return unsupported("externaldata") };
    let cells = rel.columns.iter().map(|column| {
        // What a file does not have is empty text.
        let text = datafusion::functions::expr_fn::coalesce(vec![ident(column.name.as_ref()), lit("")]);
        let cell = match column.kind {
            KustoType::Dynamic => call("parse_json", vec![text])?,
            kind => planner.convert(text, KustoType::String, kind)?,
        };
        Ok(cell.alias(lowered::name(column.id)))
    });
    let cells = cells.collect::<Result<Vec<_>>>()?;
    Ok(Lowered::unordered(LogicalPlanBuilder::from(rows?).project(cells)?.build()?))
}
