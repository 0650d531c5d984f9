//! A subquery over groups of rows as one query over all rows: groups become keys.
//!
//! It is done where what the subquery says of each group can be said of all groups at once: filters, new columns, aggregates, the first
//! rows of an order, functions of neighbouring rows. For other operators (joins, `make-series`, …) there is no such query here, and the
//! groups are run one by one.
//!
//! An aggregate without keys gives a row to every group, also to one whose rows were all filtered out. Below such an aggregate a filter
//! becomes a truth that is carried along, and the aggregate is one of the rows for which it holds.

use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Expr as Plain, ExprFunctionExt, LogicalPlanBuilder, cast, lit};

use super::super::error::{PlanError, Result};
use super::super::lowered::{Lowered, column, name};
use super::super::planner::Planner;
use super::super::projection::projected;
use super::{all, named, window};
use crate::catalog::KustoType;
use crate::kql::bind::tree::{AggregateCall, Column, ColumnId, Definition, Expr, ExprNode, GroupId, List, Node, Rel};
use crate::kql::syntax::ast::Span;

/// What is lifted: the subquery of a group, with `input` in the place of the group's rows and the columns `keys` passed through, of which
/// the first tells the groups apart.
pub struct Lift<'a> {
    /// The group.
    pub group: GroupId,
    /// The rows of all groups.
    pub input: &'a Rel,
    /// The columns that are passed through.
    pub keys: &'a [Column],
}

impl Lift<'_> {
    /// The subquery as one query over all rows; `None` if it is no such query.
    pub fn rel(&self, planner: &mut Planner, subquery: &Rel) -> Result<Option<Rel>> {
        let node = match &subquery.node {
            Node::GroupRows { group } if *group == self.group => return Ok(Some(self.input.clone())),
            Node::Filter { input, predicate } => match self.below(planner, input)? {
                Some(input) => Node::Filter { input, predicate: predicate.clone() },
                None => return Ok(None),
            },
            Node::Project { input, definitions } => match self.below(planner, input)? {
                Some(input) => Node::Project { input, definitions: definitions.clone() },
                None => return Ok(None),
            },
            Node::Sort { input, keys } => match self.below(planner, input)? {
                Some(input) => Node::Sort { input, keys: keys.clone() },
                None => return Ok(None),
            },
            Node::Parse(parse) => match self.rel(planner, &parse.input)? {
                Some(input) => Node::Parse(Box::new(crate::kql::bind::tree::Parse { input, ..parse.as_ref().clone() })),
                None => return Ok(None),
            },
            Node::ParseKv(parse) => match self.rel(planner, &parse.input)? {
                Some(input) => {
                    Node::ParseKv(Box::new(crate::kql::bind::tree::ParseKv { input, ..parse.as_ref().clone() }))
                }
                None => return Ok(None),
            },
            Node::Expand(expand) if expand.row.is_none() => match self.rel(planner, &expand.input)? {
                Some(input) => {
                    Node::Expand(Box::new(crate::kql::bind::tree::Expand { input, ..expand.as_ref().clone() }))
                }
                None => return Ok(None),
            },
            Node::Aggregate { input, keys, calls } if !keys.is_empty() || keeps_groups(input) => {
                match self.below(planner, input)? {
                    Some(input) => Node::Aggregate { input, keys: self.with_keys(keys), calls: calls.clone() },
                    None => return Ok(None),
                }
            }
            Node::Aggregate { input, calls, .. } => return self.of_all_groups(planner, subquery, input, calls),
            Node::Limit { input, count } => return self.first(planner, subquery, input, count),
            Node::Window { input, calls } => {
                let Some(input) = self.rel(planner, input)? else { return Ok(None) };
                let lowered = planner.ordered(&input)?;
                let columns = self.columns(subquery);
                let lowered = window::over(planner, lowered, &columns, calls, &self.group_key())?;
                return Ok(Some(self.planned(planner, subquery, lowered)));
            }
            _ => return Ok(None),
        };
        Ok(Some(Rel { node, columns: self.columns(subquery), ..shell(subquery) }))
    }

    fn below(&self, planner: &mut Planner, input: &Rel) -> Result<Option<Box<Rel>>> {
        Ok(self.rel(planner, input)?.map(Box::new))
    }

    /// The columns of a node, and the keys.
    fn columns(&self, subquery: &Rel) -> Vec<Column> {
        let missing = self.keys.iter().filter(|key| subquery.column(key.id).is_none());
        let hidden = missing.map(|key| Column { name: format!("_key{}", key.id.0).into(), ..key.clone() });
        subquery.columns.iter().cloned().chain(hidden).collect()
    }

    fn with_keys(&self, own: &[Definition]) -> Vec<Definition> {
        let passed = self.keys.iter().filter(|key| own.iter().all(|own| own.id != key.id));
        let passed = passed.map(|key| Definition { id: key.id, expr: Expr::column(key.id, key.kind, Span::default()) });
        own.iter().cloned().chain(passed).collect()
    }

    fn group_key(&self) -> Vec<Plain> {
        self.keys.first().map(|key| column(key.id)).into_iter().collect()
    }

    /// A plan as a relation: it stands where the rows of a group would.
    fn planned(&self, planner: &mut Planner, subquery: &Rel, lowered: Lowered) -> Rel {
        let free = |id: &u32| !planner.groups.contains_key(&GroupId(*id));
        let group = GroupId((0..u32::MAX).rev().find(free).unwrap_or_default());
        planner.groups.insert(group, lowered);
        Rel { node: Node::GroupRows { group }, columns: self.columns(subquery), ..shell(subquery) }
    }

    /// The first rows of each group.
    fn first(&self, planner: &mut Planner, subquery: &Rel, input: &Rel, count: &Expr) -> Result<Option<Rel>> {
        let Some(count) = count.as_literal().map(|count| count.as_long().unwrap_or(0)) else { return Ok(None) };
        let Some(input) = self.rel(planner, input)? else { return Ok(None) };
        let Lowered { plan, order } = planner.ordered(&input)?;
        let own = all(&plan);
        let rank = planner.fresh();
        let mut number = row_number().partition_by(self.group_key());
        if !order.is_empty() {
            number = number.order_by(order.clone());
        }
        let number = number.build()?.alias(&rank);
        let among = cast(named(&rank), KustoType::Long.arrow()).lt_eq(lit(count));
        let plan = LogicalPlanBuilder::from(plan).window(vec![number])?.filter(among)?.project(own)?.build()?;
        let exprs = self.columns(subquery).iter().map(|own| column(own.id)).collect();
        let lowered = Lowered { plan, order }.project(exprs)?;
        Ok(Some(self.planned(planner, subquery, lowered)))
    }

    /// An aggregate without keys above filters.
    fn of_all_groups(
        &self,
        planner: &mut Planner,
        subquery: &Rel,
        input: &Rel,
        calls: &[AggregateCall],
    ) -> Result<Option<Rel>> {
        let mut truths = Vec::new();
        let Some(soft) = soften(planner, input, &mut truths) else { return Ok(None) };
        let Some(lifted) = self.rel(planner, &soft)? else { return Ok(None) };
        let Lowered { plan, order } = planner.ordered(&lifted)?;
        let holds = truths.iter().map(|truth| column(*truth)).reduce(Plain::and);
        let mut aggregates = Vec::with_capacity(calls.len());
        let mut outputs = Vec::new();
        for call in calls {
            let lowered = planner.aggregate(call, &order)?;
            aggregates.push(filtered(lowered.call, holds.clone())?);
            outputs.extend(lowered.outputs);
        }
        let keys: Vec<Plain> = self.keys.iter().map(|key| column(key.id)).collect();
        let plan = LogicalPlanBuilder::from(plan).aggregate(keys, aggregates)?.build()?;
        let mut exprs = Vec::new();
        for own in self.columns(subquery) {
            exprs.push(match outputs.iter().find(|(output, _)| output.id == own.id) {
                Some((_, value)) => planner.typed(value.clone().unalias(), own.kind, &plan)?.alias(name(own.id)),
                None => column(own.id),
            });
        }
        let plan = projected(plan, exprs)?;
        Ok(Some(self.planned(planner, subquery, Lowered::unordered(plan))))
    }
}

/// A named call of an aggregate, of the rows for which a condition holds.
fn filtered(call: Plain, holds: Option<Plain>) -> Result<Plain> {
    let Plain::Alias(alias) = call else { return Err(PlanError::refused("a call of an aggregate has no name")) };
    let Plain::AggregateFunction(AggregateFunction { func, mut params }) = *alias.expr else {
        return Err(PlanError::refused("an aggregate in a subquery over groups is more than one call"));
    };
    params.filter = holds.map(Box::new);
    Ok(Plain::AggregateFunction(AggregateFunction { func, params }).alias(alias.name))
}

/// The rows with filters turned into truths that are carried along; `None` if something else drops rows.
fn soften(planner: &mut Planner, rel: &Rel, truths: &mut Vec<ColumnId>) -> Option<Rel> {
    if keeps_groups(rel) {
        return Some(rel.clone());
    }
    let node = match &rel.node {
        Node::Filter { input, predicate } if !reads_table(predicate) => {
            let input = Box::new(soften(planner, input, truths)?);
            // No column of the script has so great a number.
            let fresh = planner.fresh().trim_start_matches('k').parse::<u32>().ok()?;
            let id = ColumnId(u32::MAX - fresh);
            truths.push(id);
            Node::Project { input, definitions: vec![Definition { id, expr: predicate.clone() }] }
        }
        Node::Project { input, definitions } => {
            Node::Project { input: Box::new(soften(planner, input, truths)?), definitions: definitions.clone() }
        }
        Node::Sort { input, keys } => {
            Node::Sort { input: Box::new(soften(planner, input, truths)?), keys: keys.clone() }
        }
        _ => return None,
    };
    let mut columns = rel.columns.clone();
    let missing = truths.iter().filter(|id| rel.column(**id).is_none());
    let truth = |id: &ColumnId| Column { id: *id, name: format!("_if{}", id.0).into(), kind: KustoType::Bool };
    columns.extend(missing.map(truth));
    Some(Rel { node, columns, ..shell(rel) })
}

/// Whether a condition looks values up in a table, which is done by a join and not beside other columns.
fn reads_table(condition: &Expr) -> bool {
    let mut found = false;
    condition.walk(&mut |part| {
        found |= matches!(
            &part.node,
            ExprNode::In { list: List::Table(_), .. } | ExprNode::HasTerms { list: List::Table(_), .. }
        );
    });
    found
}

/// A relation's facts without its rows.
fn shell(rel: &Rel) -> Rel {
    Rel { node: Node::OneRow, columns: Vec::new(), visible: rel.visible, serialized: rel.serialized, depth: rel.depth }
}

/// Whether every group that has rows below still has some above.
fn keeps_groups(rel: &Rel) -> bool {
    match &rel.node {
        Node::GroupRows { .. } => true,
        Node::Project { input, .. } | Node::Sort { input, .. } | Node::Window { input, .. } => keeps_groups(input),
        Node::Limit { input, count } => {
            count.as_literal().and_then(|count| count.as_long()).is_some_and(|count| count > 0) && keeps_groups(input)
        }
        Node::Parse(parse) => !parse.filter && keeps_groups(&parse.input),
        Node::ParseKv(parse) => keeps_groups(&parse.input),
        _ => false,
    }
}
