//! `scan`: sequences of rows that match steps.
//!
//! Rows are taken one after the other in their order, so this is no query over all rows at once but a machine of its own: [`machine`] says
//! what a row does to the state of the steps, [`run`] brings it the rows, [`table`] makes a table of what comes out.

mod machine;
mod run;
mod table;

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr as Plain, LogicalPlanBuilder};
use datafusion_functions_json::json_field_metadata;

use super::super::error::{PlanError, Result};
use super::super::lowered::{Lowered, name};
use super::super::planner::Planner;
use super::super::projection::projected;
use super::super::relation::shape::sort_keys;
use super::{all, named};
use crate::catalog::KustoType;
use crate::kql::bind::tree::{PatternScan, Rel};
use table::{ScanStep, ScanTable, Source};

/// Lowers the node.
pub fn lower(planner: &mut Planner, rel: &Rel, node: &PatternScan) -> Result<Lowered> {
    let mut input = planner.ordered(&node.input)?;
    if !node.order.is_empty() {
        let (plan, order) = sort_keys(planner, input.plan, &node.order)?;
        input = Lowered { plan, order };
    }
    let mut starts = Vec::with_capacity(node.declared.len());
    for declared in &node.declared {
        starts.push(planner.expr(&declared.expr)?);
    }
    let mut queries = Queries::default();
    let mut steps = Vec::with_capacity(node.steps.len());
    for step in &node.steps {
        let mut assignments = Vec::with_capacity(step.assignments.len());
        for (id, value) in &step.assignments {
            let place = node.declared.iter().position(|declared| declared.id == *id);
            let place =
                place.ok_or_else(|| PlanError::at(value.span, "a step of `scan` sets declared columns only"))?;
            let value = planner.expr(value)?;
            assignments.push((place, queries.take(planner, value)?));
        }
        let condition = planner.truth(&step.condition)?;
        let condition = queries.take(planner, condition)?;
        steps.push(ScanStep { optional: step.optional, output: step.output, condition, assignments });
    }

    // What subqueries answer stands beside the row's own columns.
    let mut exprs = all(&input.plan);
    let own = exprs.len() + queries.found.len();
    exprs.extend(queries.found.into_iter().map(|(query, name)| query.alias(name)));
    for key in &node.partition {
        let name = planner.fresh();
        exprs.push(planner.value(key, &input.plan)?.alias(name));
    }
    let keys = own..exprs.len();
    let plan = projected(input.plan, exprs)?;
    let Lowered { plan, .. } = Lowered { plan, order: input.order }.sorted()?;

    // What expressions see of a row: its columns and the declared ones.
    // Before a step has taken a row there is nothing, whatever the column.
    let nullable = |field: &FieldRef| Arc::new(field.as_ref().clone().with_nullable(true));
    let mut row: Vec<FieldRef> = plan.schema().fields().iter().take(own).map(nullable).collect();
    for declared in &node.declared {
        row.push(Arc::new(field(&name(declared.id), declared.expr.kind)));
    }

    let mut sources = Vec::with_capacity(rel.columns.len() + 1);
    let mut fields = Vec::with_capacity(rel.columns.len() + 1);
    for column in &rel.columns {
        let place = row.iter().position(|field| *field.name() == name(column.id));
        sources.push(match place {
            Some(place) if place < own => Source::Input(place),
            Some(place) => Source::Declared(place - own),
            None if column.id == node.match_id => Source::Match,
            None => return Err(PlanError::refused("`scan` gives a column that is not there")),
        });
        fields.push(Arc::new(field(&name(column.id), column.kind)));
    }
    let place = planner.fresh();
    sources.push(Source::Place);
    fields.push(Arc::new(Field::new(&place, DataType::Int64, true)));
    let table = ScanTable::new(plan, row, own, keys, starts, steps, sources, fields);
    let scan = LogicalPlanBuilder::scan("scanned", provider_as_source(Arc::new(table)), None)?.build()?;
    let unqualified = scan.schema().columns().into_iter().map(|field| {
        let name = field.name.clone();
        Plain::Column(field).alias(name)
    });
    let unqualified: Vec<Plain> = unqualified.collect();
    let plan = projected(scan, unqualified)?;
    Ok(Lowered { plan, order: vec![named(&place).sort(true, true)] })
}

/// What steps compute of subqueries alone, each with the name of the column that holds its answer: the machine runs no queries.
#[derive(Default)]
struct Queries {
    found: Vec<(Plain, String)>,
}

impl Queries {
    /// The expression with columns in the place of its subqueries.
    fn take(&mut self, planner: &mut Planner, expr: Plain) -> Result<Plain> {
        let taken = expr.transform_down(|part| {
            let asks = part.exists(|inner| Ok(matches!(inner, Plain::ScalarSubquery(_))))?;
            if !asks || part.any_column_refs() {
                return Ok(Transformed::no(part));
            }
            let known = self.found.iter().find(|(query, _)| *query == part).map(|(_, name)| name.clone());
            let name = known.unwrap_or_else(|| {
                let name = planner.fresh();
                self.found.push((part, name.clone()));
                name
            });
            Ok(Transformed::yes(named(&name)))
        })?;
        Ok(taken.data)
    }
}

/// A field of a Kusto type.
fn field(name: &str, kind: KustoType) -> Field {
    let field = Field::new(name, kind.arrow(), true);
    if kind == KustoType::Dynamic { field.with_metadata(json_field_metadata()) } else { field }
}
