//! `summarize`, `distinct`, `count`: groups of rows.

use datafusion::logical_expr::{Expr as Plain, LogicalPlanBuilder};

use super::super::error::Result;
use super::super::lowered::{Lowered, column, name};
use super::super::planner::Planner;
use super::super::projection::projected;
use crate::kql::bind::tree::{AggregateCall, Definition, Rel};

/// Groups by the keys, and the calls over each. Lists follow the order of the rows.
pub fn lower(
    planner: &mut Planner,
    rel: &Rel,
    input: &Rel,
    keys: &[Definition],
    calls: &[AggregateCall],
) -> Result<Lowered> {
    let Lowered { plan, order } = planner.ordered(input)?;
    let mut groups = Vec::with_capacity(keys.len());
    for key in keys {
        groups.push(planner.value(&key.expr, &plan)?.alias(name(key.id)));
    }
    let mut aggregates = Vec::with_capacity(calls.len());
    let mut outputs = Vec::new();
    for call in calls {
        let lowered = planner.aggregate(call, &order)?;
        aggregates.push(lowered.call);
        outputs.extend(lowered.outputs);
    }
    let grouped = LogicalPlanBuilder::from(plan).aggregate(groups, aggregates)?.build()?;
    let mut exprs: Vec<Plain> = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        exprs.push(match outputs.iter().find(|(output, _)| output.id == own.id) {
            Some((_, value)) => {
                let typed = planner.typed(value.clone().unalias(), own.kind, &grouped)?;
                typed.alias(name(own.id))
            }
            None => column(own.id),
        });
    }
    Ok(Lowered::unordered(projected(grouped, exprs)?))
}
