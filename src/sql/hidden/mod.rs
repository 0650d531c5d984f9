//! Hidden columns: there when a statement names them, left out of `*`.
//!
//! The engine shows every hunting table of a statement with its visible columns and, of its hidden ones, those that the statement
//! names ([`crate::sql::Parsed::hidden`]). This pass edits the tree so that nobody else notices that they are there:
//!
//! - a `*` over hunting tables leaves them out;
//! - in a join, a table whose hidden columns are not meant is wrapped in a subquery without them, so that `TenantId` of a table that
//!   shows it does not become ambiguous because the other table hides one;
//! - in a pipe (`FROM t |> WHERE _File = … `) they flow to the step that gives rows a new shape, or to the end, and no further.
//!
//! What a subquery, CTE or view selects by name is an ordinary column from there on.

mod mentions;
mod pipe;
mod star;
mod wrap;

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Join, JoinConstraint, ObjectName, OrderBy, PipeOperator, Query, Select, SelectItem, SetExpr, TableFactor,
    TableWithJoins, VisitMut, VisitorMut, With,
};

use crate::sql::dictionary::{Dictionary, Relation};
use crate::sql::{SqlError, scope};
use mentions::{Mentions, explicit_outputs};

/// Hides the hidden columns `named` in a statement from whatever does not name them.
pub(super) fn hide(
    statement: &mut Statement,
    named: &BTreeSet<String>,
    dictionary: &Dictionary,
) -> Result<(), SqlError> {
    if named.is_empty() {
        return Ok(());
    }
    let mut hider = Hider { dictionary, named, ctes: Vec::new(), outputs: HashMap::new(), withs: Vec::new() };
    match scope::visit_mut(statement, &mut hider) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(*error),
    }
}

struct Hider<'a> {
    dictionary: &'a Dictionary,
    named: &'a BTreeSet<String>,
    /// The CTEs in scope.
    ctes: Vec<String>,
    /// What each CTE selects by name.
    outputs: HashMap<String, BTreeSet<String>>,
    /// The WITH clauses of the queries that are being visited, with the number of CTEs in scope outside of them.
    withs: Vec<(Option<With>, usize)>,
}

/// A source of a FROM clause, and what it may show.
struct Source {
    qualifier: Option<ObjectName>,
    /// The hidden columns that it shows.
    shown: Vec<String>,
    /// Its other columns, or those that are known; none stands for a source that may have any column.
    others: Option<BTreeSet<String>>,
}

impl Source {
    fn is_called(&self, name: &ObjectName) -> bool {
        self.qualifier.as_ref().is_some_and(|own| scope::parts(own) == scope::parts(name))
    }

    fn may_have(&self, column: &str) -> bool {
        self.shown.iter().any(|shown| shown == column)
            || self.others.as_ref().is_none_or(|others| others.contains(column))
    }
}

impl VisitorMut for Hider<'_> {
    type Break = Box<SqlError>;

    /// Visits the CTEs here, one after the other, because a CTE sees only those in front of it: in
    /// `WITH t AS (SELECT * FROM t) …` the inner `t` is the table.
    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        let outside = self.ctes.len();
        let mut with = query.with.take();
        if let Some(with) = &mut with {
            for cte in &mut with.cte_tables {
                let name = cte.alias.name.value.clone();
                self.outputs.insert(name.clone(), explicit_outputs(&cte.query));
                if with.recursive {
                    self.ctes.push(name.clone());
                }
                VisitMut::visit(&mut cte.query, self)?;
                if !with.recursive {
                    self.ctes.push(name);
                }
            }
        }
        self.withs.push((with, outside));
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        let Query { body, order_by, pipe_operators, .. } = query;
        let done = match body.as_mut() {
            SetExpr::Select(select) => self.select(select, order_by.as_ref(), pipe_operators),
            other => selects(other).into_iter().try_for_each(|select| self.select(select, None, &mut Vec::new())),
        };
        if let Some((with, outside)) = self.withs.pop() {
            query.with = with;
            self.ctes.truncate(outside);
        }
        done.map_or_else(|error| ControlFlow::Break(Box::new(error)), ControlFlow::Continue)
    }
}

/// The SELECTs that a set operation combines; nested queries are visited on their own.
fn selects(body: &mut SetExpr) -> Vec<&mut Select> {
    let mut found = Vec::new();
    let mut open = vec![body];
    while let Some(next) = open.pop() {
        match next {
            SetExpr::Select(select) => found.push(select.as_mut()),
            SetExpr::SetOperation { left, right, .. } => open.extend([right.as_mut(), left.as_mut()]),
            _ => {}
        }
    }
    found
}

impl Hider<'_> {
    /// The hunting table that a source reads.
    fn table(&self, factor: &TableFactor) -> Option<&Arc<Relation>> {
        let parts = scope::parts(scope::table_name(factor)?);
        let is_cte = matches!(parts[..], [name] if self.ctes.iter().any(|cte| cte == name));
        if is_cte { None } else { self.dictionary.relation(&parts) }
    }

    /// The hidden columns that the engine shows in a source.
    fn shown(&self, factor: &TableFactor) -> Vec<String> {
        let hidden = self.table(factor).map_or(&[][..], |table| table.hidden());
        hidden.iter().filter(|column| self.named.contains(*column)).cloned().collect()
    }

    fn source(&self, factor: &TableFactor) -> Source {
        let others = match (self.table(factor), factor) {
            (Some(relation), _) => Some(relation.visible().iter().cloned().collect()),
            // A table that is wrapped already.
            (None, TableFactor::Derived { subquery, .. }) => self.wrapped_columns(subquery),
            _ => None,
        };
        Source { qualifier: scope::qualifier(factor), shown: self.shown(factor), others }
    }

    /// The columns of `(SELECT * FROM table)`.
    fn wrapped_columns(&self, query: &Query) -> Option<BTreeSet<String>> {
        let select = query.body.as_select()?;
        let ([SelectItem::Wildcard(_)], [from]) = (&select.projection[..], &select.from[..]) else { return None };
        let table = self.table(&from.relation).filter(|_| from.joins.is_empty())?;
        Some(table.visible().iter().cloned().collect())
    }

    fn select(
        &self,
        select: &mut Select,
        order_by: Option<&OrderBy>,
        pipes: &mut Vec<PipeOperator>,
    ) -> Result<(), SqlError> {
        let is_joined = scope::sources(&select.from).len()
            + pipes.iter().filter(|p| matches!(p, PipeOperator::Join(_))).count()
            > 1;
        if is_joined {
            let mentions = Mentions::new(select, order_by, pipes);
            self.wrap_unmeant(select, pipes, &mentions)?;
        }
        let mut sources: Vec<Source> =
            scope::sources(&select.from).into_iter().map(|factor| self.source(factor)).collect();
        sources.extend(joined_by_pipes(pipes).map(|join| self.source(&join.relation)));
        let shown: BTreeSet<&String> = sources.iter().flat_map(|source| &source.shown).collect();
        if shown.is_empty() {
            return Ok(());
        }
        if let Some(column) = shown.first().filter(|_| has_natural_join(&select.from)) {
            return Err(SqlError::new(format!(
                "NATURAL JOIN would also join on {column}, which the statement names: name the columns with USING (…)"
            )));
        }
        let flowing = pipe::flowing(select, pipes, &shown);
        star::hide(select, &sources, &flowing);
        pipe::end_flow(pipes, &sources, &flowing);
        Ok(())
    }
}

fn joined_by_pipes(pipes: &[PipeOperator]) -> impl Iterator<Item = &Join> {
    pipes.iter().filter_map(|operator| match operator {
        PipeOperator::Join(join) => Some(join),
        _ => None,
    })
}

fn has_natural_join(from: &[TableWithJoins]) -> bool {
    let is_natural = |join: &Join| matches!(scope::constraint(&join.join_operator), Some(JoinConstraint::Natural));
    from.iter().flat_map(|item| &item.joins).any(is_natural)
}
