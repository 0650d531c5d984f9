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
use super::super::relation::shape::absent;
use super::{all, named};
use crate::kql::bind::tree::{Rel, TopLevel, TopNested};

/// Lowers the node.
pub fn lower(planner: &mut Planner, rel: &Rel, node: &TopNested) -> Result<Lowered> {
    let rows = values(planner, node)?;
    let mut joined: Option<LogicalPlan> = None;
    for depth in (0..node.levels.len()).rev() {
        let (outer, rest) = node.levels.split_at(depth);
        let Some((level, inner)) = rest.split_first() else { continue };
        let top = ranked(planner, &rows, level, outer)?;
        let kept = match joined {
            None => top.clone(),
            Some(inner) => beside(planner, inner, top.clone(), level, outer)?,
        };
        let kept = projected(kept, shown(outer, rest))?;
        joined = Some(match rest.iter().any(|level| level.others.is_some()) {
            true => with_others(planner, &rows, kept, top, (outer, level, inner))?,
            false => kept,
        });
    }
    let Some(plan) = joined else { return Err(PlanError::refused("`top-nested` has no level")) };
    let exprs: Vec<Plain> = rel.columns.iter().map(|own| column(own.id)).collect();
    Ok(Lowered::unordered(projected(plan, exprs)?))
}

/// The columns of rows within the outer levels: the outer values, then what each of the levels has.
fn shown(outer: &[TopLevel], levels: &[TopLevel]) -> Vec<Plain> {
    keys(outer).chain(levels.iter().flat_map(|level| [column(level.of.id), column(level.by.id)])).collect()
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

/// Groups of rows, with what each of the levels is ranked by.
fn aggregated(
    planner: &mut Planner,
    rows: LogicalPlan,
    levels: &[&TopLevel],
    groups: Vec<Plain>,
) -> Result<LogicalPlan> {
    let names: Vec<Plain> = groups.clone();
    let mut aggregates = Vec::new();
    let mut outputs = Vec::new();
    for call in levels.iter().flat_map(|level| &level.calls) {
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
    for level in levels {
        exprs.push(planner.value(&level.by.expr, &plan)?.alias(name(level.by.id)));
    }
    projected(plan, exprs)
}

/// The top values of a level.
fn ranked(planner: &mut Planner, rows: &LogicalPlan, level: &TopLevel, outer: &[TopLevel]) -> Result<LogicalPlan> {
    let groups = keys(outer).chain([column(level.of.id)]).collect();
    let plan = aggregated(planner, rows.clone(), &[level], groups)?;
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

/// What a level keeps, and within each of the outer values a row that stands for what it leaves out. In this row a level has its label and
/// what it is ranked by, or nothing of both.
fn with_others(
    planner: &mut Planner,
    rows: &LogicalPlan,
    kept: LogicalPlan,
    top: LogicalPlan,
    (outer, level, inner): (&[TopLevel], &TopLevel, &[TopLevel]),
) -> Result<LogicalPlan> {
    let shared: Vec<Plain> = keys(outer).chain([column(level.of.id)]).collect();
    let (right, on) = renamed(planner, top, &shared)?;
    let (left, right_keys): (Vec<_>, Vec<_>) = on.into_iter().unzip();
    let rest = LogicalPlanBuilder::from(rows.clone())
        .join_detailed(right, JoinType::LeftAnti, (left, right_keys), None, NullEquality::NullEqualsNull)?
        .build()?;
    let mark = planner.fresh();
    let mut exprs = all(&rest);
    exprs.push(lit(1_i64).alias(&mark));
    let rest = projected(rest, exprs)?;
    let levels: Vec<&TopLevel> = std::iter::once(level).chain(inner).collect();
    let labelled: Vec<&TopLevel> = levels.iter().copied().filter(|level| level.others.is_some()).collect();
    // With a key that is the same for all, no rows make no group.
    let groups = keys(outer).chain([named(&mark)]).collect();
    let rest = aggregated(planner, rest, &labelled, groups)?;
    let mut exprs: Vec<Plain> = keys(outer).collect();
    for level in levels {
        let (label, by) = match &level.others {
            Some(others) => (planner.value(others, &rest)?, column(level.by.id)),
            None => (absent(level.of.expr.kind)?, absent(level.by.expr.kind)?.alias(name(level.by.id))),
        };
        exprs.extend([label.alias(name(level.of.id)), by]);
    }
    let rest = projected(rest, exprs)?;
    Ok(LogicalPlanBuilder::from(kept).union(rest)?.build()?)
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
