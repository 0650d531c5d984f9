//! `top-nested`: the top values, within each of them the top values of another expression, and so on.
//!
//! Every level is an aggregate of the rows by the values of its own and the outer levels, ranked within the outer ones. The levels are
//! joined by the values that they share.

use datafusion::common::{JoinType, NullEquality};
use datafusion::logical_expr::{Expr as Plain, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder, lit};

use super::super::error::{PlanError, Result};
use super::super::lowered::{Lowered, column, name};
use super::super::planner::Planner;
use super::super::projection::projected;
use super::{all, named};
use crate::kql::bind::tree::{Rel, TopLevel, TopNested};

/// Lowers the node.
pub fn lower(planner: &mut Planner, rel: &Rel, node: &TopNested) -> Result<Lowered> {
    let inner = node.levels.len().saturating_sub(1);
    if node.levels.iter().take(inner).any(|level| level.others.is_some()) {
        return Err(PlanError::refused(
            "huntql runs `with others` on the last level of `top-nested` only; take it off the outer levels",
        ));
    }
    let rows = values(planner, node)?;
    let mut joined: Option<LogicalPlan> = None;
    for depth in (0..node.levels.len()).rev() {
        let Some((level, outer)) = node.levels.get(..=depth).and_then(<[TopLevel]>::split_last) else { continue };
        let top = ranked(planner, &rows, level, outer)?;
        let top = match &level.others {
            Some(_) => with_others(planner, &rows, top, level, outer)?,
            None => top,
        };
        joined = Some(match joined {
            None => top,
            Some(inner) => beside(planner, inner, top, level, outer)?,
        });
    }
    let Some(plan) = joined else { return Err(PlanError::refused("`top-nested` has no level")) };
    let exprs: Vec<Plain> = rel.columns.iter().map(|own| column(own.id)).collect();
    Ok(Lowered::unordered(projected(plan, exprs)?))
}

/// The rows with the values of all levels behind their columns.
fn values(planner: &mut Planner, node: &TopNested) -> Result<LogicalPlan> {
    let plan = planner.rel(&node.input)?;
    let mut exprs = all(&plan);
    for level in &node.levels {
        if node.input.column(level.of.id).is_none() {
            exprs.push(planner.value(&level.of.expr, &plan)?.alias(name(level.of.id)));
        }
    }
    projected(plan, exprs)
}

fn keys(outer: &[TopLevel]) -> impl Iterator<Item = Plain> {
    outer.iter().map(|level| column(level.of.id))
}

/// The values of a level within those of the outer ones, with what they are ranked by.
fn aggregated(planner: &mut Planner, rows: LogicalPlan, level: &TopLevel, groups: Vec<Plain>) -> Result<LogicalPlan> {
    let names: Vec<Plain> = groups.clone();
    let mut aggregates = Vec::with_capacity(level.calls.len());
    let mut outputs = Vec::new();
    for call in &level.calls {
        let lowered = planner.aggregate(call, &[])?;
        aggregates.push(lowered.call);
        outputs.extend(lowered.outputs);
    }
    let plan = LogicalPlanBuilder::from(rows).aggregate(groups, aggregates)?.build()?;
    let mut exprs = names.clone();
    for (output, value) in outputs {
        exprs.push(planner.typed(value.unalias(), output.kind, &plan)?.alias(name(output.id)));
    }
    let plan = projected(plan, exprs)?;
    let mut exprs = names;
    exprs.push(planner.value(&level.by.expr, &plan)?.alias(name(level.by.id)));
    projected(plan, exprs)
}

/// The top values of a level.
fn ranked(planner: &mut Planner, rows: &LogicalPlan, level: &TopLevel, outer: &[TopLevel]) -> Result<LogicalPlan> {
    let groups = keys(outer).chain([column(level.of.id)]).collect();
    let plan = aggregated(planner, rows.clone(), level, groups)?;
    let Some(count) = &level.count else { return Ok(plan) };
    let own = all(&plan);
    let rank = planner.fresh();
    let order = vec![
        column(level.by.id).sort(!level.descending, !level.descending),
        // Of equals those that come first by their value, so that the answer is always the same.
        column(level.of.id).sort(true, true),
    ];
    let number = datafusion::functions_window::expr_fn::row_number();
    let number = number.partition_by(keys(outer).collect()).order_by(order).build()?.alias(&rank);
    let most = planner.expr(count)?;
    let number_column = datafusion::logical_expr::cast(named(&rank), datafusion::arrow::datatypes::DataType::Int64);
    Ok(LogicalPlanBuilder::from(plan).window(vec![number])?.filter(number_column.lt_eq(most))?.project(own)?.build()?)
}

/// The top values, and a row that stands for those that are left out, within each of the outer values.
fn with_others(
    planner: &mut Planner,
    rows: &LogicalPlan,
    top: LogicalPlan,
    level: &TopLevel,
    outer: &[TopLevel],
) -> Result<LogicalPlan> {
    let Some(others) = &level.others else { return Ok(top) };
    let shared: Vec<Plain> = keys(outer).chain([column(level.of.id)]).collect();
    let (right, on) = renamed(planner, top.clone(), &shared)?;
    let left = on.iter().map(|(left, _)| left.clone()).collect::<Vec<_>>();
    let right_keys = on.iter().map(|(_, right)| right.clone()).collect::<Vec<_>>();
    let rest = LogicalPlanBuilder::from(rows.clone())
        .join_detailed(right, JoinType::LeftAnti, (left, right_keys), None, NullEquality::NullEqualsNull)?
        .build()?;
    let mark = planner.fresh();
    let mut exprs = all(&rest);
    exprs.push(lit(1_i64).alias(&mark));
    let rest = projected(rest, exprs)?;
    // With a key that is the same for all, no rows make no group.
    let groups = keys(outer).chain([named(&mark)]).collect();
    let rest = aggregated(planner, rest, level, groups)?;
    let label = planner.value(others, &rest)?;
    let mut exprs: Vec<Plain> = keys(outer).collect();
    exprs.push(label.alias(name(level.of.id)));
    exprs.push(column(level.by.id));
    let rest = projected(rest, exprs)?;
    Ok(LogicalPlanBuilder::from(top).union(rest)?.build()?)
}

/// The rows of inner levels with those of the level around them.
fn beside(
    planner: &mut Planner,
    inner: LogicalPlan,
    level_rows: LogicalPlan,
    level: &TopLevel,
    outer: &[TopLevel],
) -> Result<LogicalPlan> {
    let shared: Vec<Plain> = keys(outer).chain([column(level.of.id)]).collect();
    let (right, on) = renamed(planner, level_rows, &shared)?;
    let mut exprs = all(&inner);
    exprs.push(column(level.by.id));
    let (left, right_keys): (Vec<_>, Vec<_>) = on.into_iter().unzip();
    let plan = LogicalPlanBuilder::from(inner)
        .join_detailed(right, JoinType::Inner, (left, right_keys), None, NullEquality::NullEqualsNull)?
        .project(exprs)?
        .build()?;
    Ok(plan)
}

/// A plan with other names for some of its columns, and the pairs of the old and the new names.
#[allow(clippy::type_complexity)] // Pairs of columns.
fn renamed(
    planner: &mut Planner,
    plan: LogicalPlan,
    shared: &[Plain],
) -> Result<(LogicalPlan, Vec<(datafusion::common::Column, datafusion::common::Column)>)> {
    let mut on = Vec::with_capacity(shared.len());
    let mut exprs = Vec::new();
    for expr in all(&plan) {
        match (&expr, shared.contains(&expr)) {
            (Plain::Column(old), true) => {
                let fresh = planner.fresh();
                on.push((old.clone(), datafusion::common::Column::new_unqualified(&fresh)));
                exprs.push(expr.alias(fresh));
            }
            _ => exprs.push(expr),
        }
    }
    Ok((projected(plan, exprs)?, on))
}
