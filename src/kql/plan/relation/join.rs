//! Joins, and look-ups of values in tables.

use datafusion::common::{Column, JoinType, NullEquality};
use datafusion::logical_expr::{Expr as Plain, LogicalPlan, LogicalPlanBuilder, lit};

use super::super::error::Result;
use super::super::expr::{aggregate_call, dress, member, record};
use super::super::lowered::{Lowered, column, name};
use super::super::planner::Planner;
use super::super::projection::projected;
use super::shape::absent;
use crate::catalog::KustoType;
use crate::kql::bind::tree::{Column as Own, ColumnId, Expr, JoinKey, JoinKind, Node, Rel, ScalarQuery};

/// A join's sides with a column for every key.
struct Sides {
    left: LogicalPlan,
    right: LogicalPlan,
    left_keys: Vec<Column>,
    right_keys: Vec<Column>,
    /// Text is never null, and joins that need not look at nulls are planned better.
    equality: NullEquality,
}

/// A join.
pub fn lower(
    planner: &mut Planner,
    rel: &Rel,
    kind: JoinKind,
    (left, right): (&Rel, &Rel),
    on: &[JoinKey],
) -> Result<Lowered> {
    let mut sides = sides(planner, left, right, on)?;
    if kind == JoinKind::InnerUnique && !is_unique(left, on) {
        sides.left = any_of_each(planner, left, sides.left, &sides.left_keys)?;
    }
    // Which side a hash table is built of: the one that only filters, else the left, which Kusto wants to be the smaller.
    let (join_type, swapped) = match kind {
        JoinKind::InnerUnique | JoinKind::Inner => (JoinType::Inner, false),
        JoinKind::LeftOuter => (JoinType::Left, false),
        JoinKind::RightOuter => (JoinType::Right, false),
        JoinKind::FullOuter => (JoinType::Full, false),
        JoinKind::LeftSemi => (JoinType::RightSemi, true),
        JoinKind::LeftAnti => (JoinType::RightAnti, true),
        JoinKind::RightSemi => (JoinType::RightSemi, false),
        JoinKind::RightAnti => (JoinType::RightAnti, false),
    };
    let plan = match swapped {
        true => joined((sides.right, sides.right_keys), (sides.left, sides.left_keys), join_type, sides.equality)?,
        false => joined((sides.left, sides.left_keys), (sides.right, sides.right_keys), join_type, sides.equality)?,
    };
    let may_be_absent = |id: ColumnId| match kind {
        JoinKind::LeftOuter => right.column(id).is_some(),
        JoinKind::RightOuter => left.column(id).is_some(),
        JoinKind::FullOuter => true,
        _ => false,
    };
    let fields = rel.columns.iter().map(|own| match own.kind == KustoType::String && may_be_absent(own.id) {
        true => dress(column(own.id), own.kind).alias(name(own.id)),
        false => column(own.id),
    });
    Ok(Lowered::unordered(projected(plan, fields.collect::<Vec<_>>())?))
}

fn sides(planner: &mut Planner, left: &Rel, right: &Rel, on: &[JoinKey]) -> Result<Sides> {
    let (mut left, mut right) = (planner.rel(left)?, planner.rel(right)?);
    let (mut left_keys, mut right_keys) = (Vec::new(), Vec::new());
    let (lefts, rights): (Vec<_>, Vec<_>) = on.iter().map(|key| (&key.left, &key.right)).unzip();
    left = with_keys(planner, left, &lefts, &mut left_keys)?;
    right = with_keys(planner, right, &rights, &mut right_keys)?;
    let texts = on.iter().all(|key| key.left.kind == KustoType::String);
    let equality = if texts { NullEquality::NullEqualsNothing } else { NullEquality::NullEqualsNull };
    Ok(Sides { left, right, left_keys, right_keys, equality })
}

/// The plan with a column for each key that is not one already.
fn with_keys(planner: &mut Planner, plan: LogicalPlan, keys: &[&Expr], found: &mut Vec<Column>) -> Result<LogicalPlan> {
    let mut exprs: Vec<Plain> = plan.schema().columns().into_iter().map(Plain::Column).collect();
    let own = exprs.len();
    for key in keys {
        let column = match key.as_column() {
            Some(id) => Column::new_unqualified(name(id)),
            None => {
                let fresh = planner.fresh();
                exprs.push(planner.value(key, &plan)?.alias(&fresh));
                Column::new_unqualified(fresh)
            }
        };
        found.push(column);
    }
    match exprs.len() > own {
        true => projected(plan, exprs),
        false => Ok(plan),
    }
}

fn joined(
    (left, left_keys): (LogicalPlan, Vec<Column>),
    (right, right_keys): (LogicalPlan, Vec<Column>),
    join_type: JoinType,
    equality: NullEquality,
) -> Result<LogicalPlan> {
    let builder = LogicalPlanBuilder::from(left);
    Ok(match (left_keys.is_empty(), join_type) {
        (true, JoinType::Inner) => builder.cross_join(right)?,
        (true, _) => builder.join_on(right, join_type, [lit(true)])?,
        _ => builder.join_detailed(right, join_type, (left_keys, right_keys), None, equality)?,
    }
    .build()?)
}

/// Whether no two rows have the same keys, by the form of the relation.
fn is_unique(rel: &Rel, on: &[JoinKey]) -> bool {
    let has = |id: ColumnId| on.iter().any(|key| key.left.as_column() == Some(id));
    match &rel.node {
        Node::Aggregate { keys, .. } => keys.iter().all(|key| has(key.id)),
        Node::Filter { input, .. } | Node::Project { input, .. } | Node::Sort { input, .. } => is_unique(input, on),
        _ => false,
    }
}

/// Any one row of those with the same keys.
fn any_of_each(planner: &mut Planner, rel: &Rel, plan: LogicalPlan, keys: &[Column]) -> Result<LogicalPlan> {
    let is_key = |own: &&Own| keys.iter().any(|key| key.name == name(own.id));
    let needed: Vec<&Own> = rel.columns.iter().filter(|own| !is_key(own) && planner.needed.contains(&own.id)).collect();
    let grouped: Vec<Plain> = keys.iter().cloned().map(Plain::Column).collect();
    let whole = planner.fresh();
    let any = match needed.is_empty() {
        true => Vec::new(),
        false => {
            let row = record(needed.iter().map(|own| (name(own.id), column(own.id))));
            vec![aggregate_call("take_any", vec![row])?.alias(&whole)]
        }
    };
    let row = Plain::Column(Column::new_unqualified(whole));
    let mut exprs: Vec<Plain> = grouped.clone();
    for own in rel.columns.iter().filter(|own| !is_key(own)) {
        let cell = match planner.needed.contains(&own.id) {
            true => dress(member(row.clone(), &name(own.id)), own.kind),
            false => absent(own.kind)?,
        };
        exprs.push(cell.alias(name(own.id)));
    }
    Ok(LogicalPlanBuilder::from(plan).aggregate(grouped, any)?.project(exprs)?.build()?)
}

/// Rows whose value is among those of a query's first column, or is not. Null is in no list.
pub fn lookup(
    planner: &mut Planner,
    plan: LogicalPlan,
    value: &Expr,
    query: &ScalarQuery,
    negated: bool,
) -> Result<LogicalPlan> {
    let own = plan.schema().columns();
    let mut keys = Vec::new();
    let plan = with_keys(planner, plan, &[value], &mut keys)?;
    let list = planner.rel(&query.rel)?;
    let Some(first) = query.rel.columns.first() else { return Ok(plan) };
    let fresh = planner.fresh();
    let mut item = column(first.id);
    if first.kind != value.kind {
        item = planner.convert(item, first.kind, value.kind)?;
    }
    let list = LogicalPlanBuilder::from(list).project(vec![item.alias(&fresh)])?.distinct()?.build()?;
    let join_type = if negated { JoinType::RightAnti } else { JoinType::RightSemi };
    let list = (list, vec![Column::new_unqualified(fresh)]);
    let plan = joined(list, (plan, keys), join_type, NullEquality::NullEqualsNothing)?;
    projected(plan, own.into_iter().map(Plain::Column).collect::<Vec<_>>())
}
