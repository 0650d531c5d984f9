//! The planner: every node of the bound tree to the function that lowers it.

use std::collections::{HashMap, HashSet};

use datafusion::logical_expr::{Expr, LogicalPlan};

use super::error::{PlanError, Result};
use super::lowered::{Lowered, column, columns};
use super::needed::needed;
use super::operator::{
    apply, expand, external, graph, make_series, parse, parse_kv, pattern_scan, plugin, top_nested, whole, window,
};
use super::projection::projected;
use super::relation::{aggregate, join, shape, source, union};
use super::tables::Tables;
use crate::kql::bind::tree::{ColumnId, GroupId, Node, Rel, Script, Shared, SharedId};

/// What is planned so far.
pub struct Planner<'a> {
    /// The script's shared relations.
    pub shared: &'a [Shared],
    /// The caller's tables.
    pub tables: &'a dyn Tables,
    /// The columns that anything needs. Others are there, but may be null.
    pub needed: HashSet<ColumnId>,
    /// Shared relations that were planned.
    pub lowered: HashMap<SharedId, Lowered>,
    /// Queries that stand for a value, each of which is computed once.
    pub scalars: HashMap<u32, Expr>,
    /// What the rows of a group are, for the subquery of an apply.
    pub groups: HashMap<GroupId, Lowered>,
    names: u32,
}

impl<'a> Planner<'a> {
    /// A planner of one script.
    pub fn new(script: &'a Script, tables: &'a dyn Tables) -> Self {
        let needed = needed(script);
        Self {
            shared: &script.shared,
            tables,
            needed,
            lowered: HashMap::new(),
            scalars: HashMap::new(),
            groups: HashMap::new(),
            names: 0,
        }
    }

    /// A field's name that nothing else has.
    pub fn fresh(&mut self) -> String {
        self.names += 1;
        format!("k{}", self.names)
    }

    /// A result: visible columns with Kusto's names, rows in their order.
    pub fn result(&mut self, rel: &Rel) -> Result<LogicalPlan> {
        let lowered = self.ordered(rel)?.sorted()?;
        let visible = rel.visible_columns().iter().map(|own| column(own.id).alias(own.name.as_ref()));
        projected(lowered.plan, visible.collect::<Vec<Expr>>())
    }

    /// A relation, its rows in no order: just the fields of its columns.
    pub fn rel(&mut self, rel: &Rel) -> Result<LogicalPlan> {
        let lowered = self.ordered(rel)?;
        if lowered.plan.schema().fields().len() == rel.columns.len() {
            return Ok(lowered.plan);
        }
        projected(lowered.plan, columns(rel))
    }

    /// A relation with the order of its rows.
    pub fn ordered(&mut self, rel: &Rel) -> Result<Lowered> {
        match &rel.node {
            Node::Scan { table } => source::scan(self, rel, table),
            Node::Values { rows } => source::values(self, rel, rows),
            Node::OneRow => source::one_row(),
            Node::Range { from, to, step } => source::range(self, rel, [from, to, step]),
            Node::Use { shared } => source::shared(self, rel, *shared),
            Node::GroupRows { group } => source::group_rows(self, *group),
            Node::External(external) => external::lower(self, rel, external),
            Node::Filter { input, predicate } => shape::filter(self, input, predicate),
            Node::Project { input, definitions } => shape::project(self, rel, input, definitions),
            Node::Aggregate { input, keys, calls } => aggregate::lower(self, rel, input, keys, calls),
            Node::Join { kind, left, right, on } => join::lower(self, rel, *kind, (left, right), on),
            Node::Union { legs } => union::lower(self, rel, legs),
            Node::Sort { input, keys } => shape::sort(self, rel, input, keys),
            Node::Limit { input, count } => shape::limit(self, input, count),
            Node::Sample { input, count } => shape::sample(self, rel, input, count),
            Node::Consume { input } => shape::consume(self, input),
            Node::Expand(node) => expand::lower(self, rel, node),
            Node::Window { input, calls } => window::lower(self, rel, input, calls),
            Node::Apply { input, grouping, group, subquery } => {
                apply::lower(self, rel, input, grouping, *group, subquery)
            }
            Node::MakeSeries(node) => make_series::lower(self, rel, node),
            Node::Parse(node) => parse::lower(self, rel, node),
            Node::ParseKv(node) => parse_kv::lower(self, rel, node),
            Node::Plugin(node) => plugin::lower(self, rel, node),
            Node::PatternScan(node) => pattern_scan::lower(self, rel, node),
            Node::TopNested(node) => top_nested::lower(self, rel, node),
            Node::Reduce(node) => whole::reduce(self, rel, node),
            Node::GraphMatch(node) => graph::lower(self, rel, node),
            Node::GraphNodes(node) => graph::nodes(self, rel, node),
        }
    }
}

/// A refusal of an operator that is not run yet.
pub fn unsupported<T>(operator: &str) -> Result<T> {
    Err(PlanError::refused(format!("huntql does not run `{operator}` yet; take it out of the query")))
}
