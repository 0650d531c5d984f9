//! What keeps rows or picks some of them: filters, new columns, orders, limits, samples.

use std::sync::Arc;

use datafusion::functions_aggregate::count::count_udaf;
use datafusion::logical_expr::{Expr as Plain, Filter, LogicalPlan, LogicalPlanBuilder, SortExpr, lit};

use super::super::error::{PlanError, Result};
use super::super::expr::dress;
use super::super::lowered::{Lowered, column, columns, name};
use super::super::planner::Planner;
use super::super::projection::projected;
use super::join;
use crate::catalog::KustoType;
use crate::kql::bind::tree::{Definition, Expr, ExprNode, JoinKind, List, Node, Rel, SortKey};
use crate::kql::syntax::ast::Logical;

/// `where`. A condition that looks values up in a table, alone or among others joined by `and`, becomes a join.
pub fn filter(planner: &mut Planner, input: &Rel, predicate: &Expr) -> Result<Lowered> {
    let mut parts = conjuncts(predicate);
    // Of the left rows with one key any stands for all, and Kusto takes one that passes.
    let before = match &input.node {
        Node::Join { kind: JoinKind::InnerUnique, left, .. } => {
            let of_left = |part: &&Expr| reads_only(part, left);
            let (first, rest) = parts.into_iter().partition(of_left);
            parts = rest;
            first
        }
        _ => Vec::new(),
    };
    let Lowered { mut plan, order } = match &input.node {
        Node::Join { kind, left, right, on } if !before.is_empty() => {
            let condition = before.iter().copied().cloned().collect::<Vec<Expr>>();
            let span = predicate.span;
            let condition = Expr::new(ExprNode::Logical(Logical::And, condition), KustoType::Bool, span);
            let columns = left.columns.clone();
            let node = Node::Filter { input: left.clone(), predicate: condition };
            let passing = Rel { node, columns, ..left.as_ref().clone() };
            join::lower(planner, input, *kind, (&passing, right), on)?
        }
        _ => planner.ordered(input)?,
    };
    let mut conditions = Vec::new();
    let mut lookups = Vec::new();
    for part in parts {
        match &part.node {
            ExprNode::In { value, list: List::Table(query), case_sensitive: true, negated } => {
                lookups.push((value, query, *negated));
            }
            _ => conditions.push(planner.truth(part)?),
        }
    }
    if let Some(condition) = conditions.into_iter().reduce(Plain::and) {
        plan = LogicalPlan::Filter(Filter::try_new(condition, Arc::new(plan))?);
    }
    for (value, query, negated) in lookups {
        plan = join::lookup(planner, plan, value, query, negated)?;
    }
    Ok(Lowered { plan, order })
}

/// Whether a condition is about columns of one relation, and always the same of one row.
fn reads_only(condition: &Expr, rel: &Rel) -> bool {
    let mut only = true;
    condition.walk(&mut |part| {
        only &= match &part.node {
            ExprNode::Column(id) => rel.column(*id).is_some(),
            ExprNode::Call(call) => !matches!(call.function.name, "rand" | "new_guid"),
            _ => part.query().is_none(),
        };
    });
    only
}

/// The conditions that must all be true.
fn conjuncts(predicate: &Expr) -> Vec<&Expr> {
    let mut open = vec![predicate];
    let mut all = Vec::new();
    while let Some(next) = open.pop() {
        match &next.node {
            ExprNode::Logical(Logical::And, parts) => open.extend(parts.iter().rev()),
            _ => all.push(next),
        }
    }
    all
}

/// `extend`, `project` and their kind.
pub fn project(planner: &mut Planner, rel: &Rel, input: &Rel, definitions: &[Definition]) -> Result<Lowered> {
    let lowered = planner.ordered(input)?;
    let mut exprs = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        match definitions.iter().find(|definition| definition.id == own.id) {
            Some(definition) => exprs.push(planner.value(&definition.expr, &lowered.plan)?.alias(name(own.id))),
            None => exprs.push(column(own.id)),
        }
    }
    lowered.project(exprs)
}

/// `sort`: the order by which the rows will be put.
pub fn sort(planner: &mut Planner, rel: &Rel, input: &Rel, keys: &[SortKey]) -> Result<Lowered> {
    let Lowered { plan, .. } = planner.ordered(input)?;
    let (plan, order) = sort_keys(planner, plan, keys)?;
    Lowered { plan, order }.project(columns(rel))
}

/// Sort keys over a plan, with columns behind its own for keys that are none.
pub fn sort_keys(planner: &mut Planner, plan: LogicalPlan, keys: &[SortKey]) -> Result<(LogicalPlan, Vec<SortExpr>)> {
    let mut exprs: Vec<Plain> = plan.schema().columns().into_iter().map(Plain::Column).collect();
    let own = exprs.len();
    let mut order = Vec::new();
    for key in keys {
        if key.natural {
            return Err(PlanError::at(key.expr.span, "huntql does not sort by `granny-asc` or `granny-desc`"));
        }
        let by = match key.expr.as_column() {
            Some(id) => column(id),
            None => {
                let name = planner.fresh();
                exprs.push(planner.value(&key.expr, &plan)?.alias(&name));
                Plain::Column(datafusion::common::Column::new_unqualified(name))
            }
        };
        if key.expr.kind == KustoType::Real {
            // NaN goes with the nulls, next to the numbers.
            let number = datafusion::functions::core::nullif().call(vec![by.clone(), lit(f64::NAN)]);
            let name = planner.fresh();
            exprs.push(number.alias(&name));
            let number = Plain::Column(datafusion::common::Column::new_unqualified(name));
            order.push(number.sort(!key.descending, key.nulls_first));
        }
        order.push(by.sort(!key.descending, key.nulls_first));
    }
    let plan = match exprs.len() > own {
        true => projected(plan, exprs)?,
        false => plan,
    };
    Ok((plan, order))
}

/// `take`, and the end of `top`.
pub fn limit(planner: &mut Planner, input: &Rel, count: &Expr) -> Result<Lowered> {
    let Lowered { plan, order } = planner.ordered(input)?.sorted()?;
    let plan = LogicalPlanBuilder::from(plan).limit_by_expr(None, Some(how_many(planner, count)?))?.build()?;
    Ok(Lowered { plan, order })
}

/// A number of rows: none if it is negative or null.
fn how_many(planner: &mut Planner, count: &Expr) -> Result<Plain> {
    if let Some(value) = count.as_literal() {
        return Ok(lit(value.as_long().unwrap_or(0).max(0)));
    }
    let count = planner.expr(count)?;
    let count = datafusion::functions::core::greatest().call(vec![count, lit(0_i64)]);
    Ok(count)
}

/// `sample`: the first rows in a random order.
pub fn sample(planner: &mut Planner, rel: &Rel, input: &Rel, count: &Expr) -> Result<Lowered> {
    let plan = planner.rel(input)?;
    let chance = planner.fresh();
    let mut exprs = columns(rel);
    exprs.push(datafusion::functions::math::random().call(vec![]).alias(&chance));
    let chance = Plain::Column(datafusion::common::Column::new_unqualified(chance));
    let count = how_many(planner, count)?;
    let plan = LogicalPlanBuilder::from(plan)
        .project(exprs)?
        .sort(vec![chance.sort(true, true)])?
        .limit_by_expr(None, Some(count))?
        .project(columns(rel))?
        .build()?;
    Ok(Lowered::unordered(plan))
}

/// `consume`: all rows are read and counted, and the one row with their number is left out.
pub fn consume(planner: &mut Planner, input: &Rel) -> Result<Lowered> {
    let plan = planner.rel(input)?;
    let counted = planner.fresh();
    let count = count_udaf().call(vec![lit(1_i64)]).alias(&counted);
    let count_column = Plain::Column(datafusion::common::Column::new_unqualified(counted));
    let plan = LogicalPlanBuilder::from(plan)
        .aggregate(Vec::<Plain>::new(), vec![count])?
        .filter(count_column.lt(lit(0_i64)))?
        .project(Vec::<Plain>::new())?
        .build()?;
    Ok(Lowered::unordered(plan))
}

/// Whether a relation has at most one row by its form.
pub fn is_single(rel: &Rel) -> bool {
    match &rel.node {
        Node::OneRow => true,
        Node::Aggregate { keys, .. } => keys.is_empty(),
        Node::Filter { input, .. } | Node::Project { input, .. } | Node::Sort { input, .. } => is_single(input),
        Node::Limit { count, .. } => count.as_literal().and_then(|value| value.as_long()).is_some_and(|n| n <= 1),
        _ => false,
    }
}

/// A null of each column's type, or `""`: what stands for absent values.
pub fn absent(kind: KustoType) -> Result<Plain> {
    Ok(dress(
        Plain::Literal(datafusion::common::ScalarValue::try_new_null(&kind.arrow()).map_err(PlanError::from)?, None),
        kind,
    ))
}
