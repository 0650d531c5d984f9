//! `make-series`: aggregates laid on an axis of equal steps.
//!
//! The steps are numbered. Rows are grouped by the keys and the number of their step, then by the keys alone, with numbers and values
//! gathered as lists; the lists become the arrays.

use datafusion::common::ScalarValue;
use datafusion::functions_aggregate::array_agg::array_agg_udaf;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::logical_expr::{Expr as Plain, LogicalPlan, LogicalPlanBuilder, lit};

use super::super::error::Result;
use super::super::lowered::{Lowered, column, name};
use super::super::planner::Planner;
use super::super::projection::projected;
use super::{all, named};
use crate::functions::shape::{Axis, series};
use crate::kql::bind::tree::{MakeSeries, Rel};

/// Where the steps are, as expressions without columns.
struct Steps {
    /// Where the first begins; null where it depends on the rows.
    start: Plain,
    step: Plain,
    /// The number behind the last, if it does not depend on the rows.
    behind: Option<Plain>,
}

/// Lowers the node.
pub fn lower(planner: &mut Planner, rel: &Rel, node: &MakeSeries) -> Result<Lowered> {
    let Lowered { plan, order } = planner.ordered(&node.input)?;
    let steps = steps(planner, node)?;
    let number = planner.fresh();
    let plan = numbered(planner, plan, node, &steps, &number)?;

    let (plan, values) = values(planner, plan, node, &number, &order)?;

    // By the keys alone.
    let gathered = planner.fresh();
    let [least, greatest, there] = [planner.fresh(), planner.fresh(), planner.fresh()];
    let gather = |value: &str, list: &str| array_agg_udaf().call(vec![named(value)]).alias(list);
    let mut aggregates = vec![
        gather(&number, &gathered),
        min_udaf().call(vec![named(&number)]).alias(&least),
        max_udaf().call(vec![named(&number)]).alias(&greatest),
        count_udaf().call(vec![named(&number)]).alias(&there),
    ];
    let lists: Vec<String> = values.iter().map(|_| planner.fresh()).collect();
    aggregates.extend(values.iter().zip(&lists).map(|(value, list)| gather(value, list)));
    let keys: Vec<Plain> = node.keys.iter().map(|key| column(key.id)).collect();
    let mut builder = LogicalPlanBuilder::from(plan).aggregate(keys, aggregates)?;
    if node.keys.is_empty() && !node.nonempty {
        builder = builder.filter(named(&there).gt(lit(0_i64)))?;
    }
    let plan = builder.build()?;

    let first = if node.axis.from.is_some() { lit(0_i64) } else { named(&least) };
    let behind = steps.behind.unwrap_or_else(|| named(&greatest) + lit(1_i64));
    let mut exprs = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        let list = node.series.iter().zip(&lists).find(|(call, _)| call.id == own.id);
        exprs.push(match list {
            Some((call, list)) => {
                let default = planner.value(&call.default, &plan)?;
                let args = vec![named(&gathered), first.clone(), behind.clone(), default, named(list)];
                series().call(args).alias(name(own.id))
            }
            None if own.id == node.axis.id => {
                let args = vec![first.clone(), behind.clone(), steps.start.clone(), steps.step.clone()];
                Axis::Labels.function().call(args).alias(name(own.id))
            }
            None => column(own.id),
        });
    }
    Ok(Lowered::unordered(projected(plan, exprs)?))
}

fn steps(planner: &mut Planner, node: &MakeSeries) -> Result<Steps> {
    let axis = &node.axis;
    let null = || ScalarValue::try_new_null(&axis.expr.kind.arrow()).map(|null| Plain::Literal(null, None));
    let start = match &axis.from {
        Some(from) => planner.expr(from)?,
        None => null()?,
    };
    let step = planner.expr(&axis.step)?;
    let behind = match &axis.to {
        Some(to) => {
            let end = if axis.includes_end { Axis::EndIncluded } else { Axis::End };
            Some(end.function().call(vec![planner.expr(to)?, start.clone(), step.clone()]))
        }
        None => None,
    };
    Ok(Steps { start, step, behind })
}

/// The rows that lie on the axis, with the number of their step behind their columns.
fn numbered(
    planner: &mut Planner,
    plan: LogicalPlan,
    node: &MakeSeries,
    steps: &Steps,
    number: &str,
) -> Result<LogicalPlan> {
    let mut exprs = all(&plan);
    let place = planner.value(&node.axis.expr, &plan)?;
    let args = vec![place, steps.start.clone(), steps.step.clone()];
    exprs.push(Axis::Step.function().call(args).alias(number));
    let mut on_axis = named(number).is_not_null();
    if node.axis.from.is_some() {
        on_axis = on_axis.and(named(number).gt_eq(lit(0_i64)));
    }
    if let Some(behind) = &steps.behind {
        on_axis = on_axis.and(named(number).lt(behind.clone()));
    }
    Ok(LogicalPlanBuilder::from(plan).project(exprs)?.filter(on_axis)?.build()?)
}

/// The keys, the number and a value for each series, a row for each key and step that has rows; and what the values are called.
fn values(
    planner: &mut Planner,
    plan: LogicalPlan,
    node: &MakeSeries,
    number: &str,
    order: &[datafusion::logical_expr::SortExpr],
) -> Result<(LogicalPlan, Vec<String>)> {
    let mut groups = Vec::with_capacity(node.keys.len() + 1);
    for key in &node.keys {
        groups.push(planner.value(&key.expr, &plan)?.alias(name(key.id)));
    }
    groups.push(named(number));
    let mut aggregates = Vec::new();
    let mut outputs = Vec::new();
    for call in node.series.iter().flat_map(|series| &series.calls) {
        let lowered = planner.aggregate(call, order)?;
        aggregates.push(lowered.call);
        outputs.extend(lowered.outputs);
    }
    let plan = LogicalPlanBuilder::from(plan).aggregate(groups, aggregates)?.build()?;
    let own = || node.keys.iter().map(|key| column(key.id)).chain([named(number)]);
    let mut exprs: Vec<Plain> = own().collect();
    for (output, value) in outputs {
        let value = planner.typed(value.unalias(), output.kind, &plan)?;
        exprs.push(value.alias(name(output.id)));
    }
    let plan = projected(plan, exprs)?;
    let mut exprs: Vec<Plain> = own().collect();
    let mut names = Vec::with_capacity(node.series.len());
    for series in &node.series {
        let value = planner.fresh();
        exprs.push(planner.value(&series.value, &plan)?.alias(&value));
        names.push(value);
    }
    Ok((projected(plan, exprs)?, names))
}
