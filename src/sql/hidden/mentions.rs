//! Which columns a SELECT names, with and without a qualifier.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, JoinConstraint, ObjectName, OrderBy, PipeOperator, Query, Select, SelectItem, SetExpr, Visit, Visitor,
};

use crate::sql::{scope, wildcard};

/// The columns that a SELECT and what belongs to it name, those of its subqueries included.
#[derive(Default)]
pub(super) struct Mentions {
    unqualified: HashSet<String>,
    qualified: Vec<(Vec<Ident>, String)>,
}

impl Mentions {
    /// The names in a SELECT, in the ORDER BY of its query and in the pipe behind it.
    pub fn new(select: &Select, order_by: Option<&OrderBy>, pipes: &[PipeOperator]) -> Self {
        let mut mentions = Self::of_pipes(pipes);
        // The visitor never breaks.
        let _ = select.visit(&mut mentions);
        if let Some(order_by) = order_by {
            let _ = order_by.visit(&mut mentions);
        }
        mentions
    }

    /// The names in a pipe.
    pub fn of_pipes(pipes: &[PipeOperator]) -> Self {
        let mut mentions = Self::default();
        for operator in pipes {
            let _ = operator.visit(&mut mentions);
            if let PipeOperator::Join(join) = operator {
                mentions.using(scope::constraint(&join.join_operator));
            }
        }
        mentions
    }

    /// True if the column is named without a qualifier.
    pub fn unqualified(&self, column: &str) -> bool {
        self.unqualified.contains(column)
    }

    /// True if the column is named as one of the source called `source`.
    pub fn qualified(&self, source: &ObjectName, column: &str) -> bool {
        self.qualified.iter().any(|(qualifier, name)| name == column && scope::qualifies(qualifier, source))
    }

    /// True if the column is named at all.
    pub fn any(&self, column: &str) -> bool {
        self.unqualified(column) || self.qualified.iter().any(|(_, name)| name == column)
    }

    fn using(&mut self, constraint: Option<&JoinConstraint>) {
        if let Some(JoinConstraint::Using(columns)) = constraint {
            let names = columns.iter().flat_map(|name| scope::parts(name).pop().map(str::to_owned));
            self.unqualified.extend(names);
        }
    }
}

impl Visitor for Mentions {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(name) => {
                self.unqualified.insert(name.value.clone());
            }
            Expr::CompoundIdentifier(parts) => {
                if let [qualifier @ .., name] = parts.as_slice() {
                    self.qualified.push((qualifier.to_vec(), name.value.clone()));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for join in select.from.iter().flat_map(|item| &item.joins) {
            self.using(scope::constraint(&join.join_operator));
        }
        for item in &select.projection {
            if let SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) = item {
                self.unqualified.extend(wildcard::excluded(options));
            }
        }
        ControlFlow::Continue(())
    }
}

/// The columns that a query gives under a name that its text holds.
pub(super) fn explicit_outputs(query: &Query) -> BTreeSet<String> {
    let mut body = query.body.as_ref();
    // A set operation takes its names from its first SELECT.
    while let SetExpr::SetOperation { left, .. } = body {
        body = left;
    }
    let name = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name.value.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().map(|name| name.value.clone()),
        _ => None,
    };
    match body {
        SetExpr::Select(select) => select.projection.iter().filter_map(name).collect(),
        SetExpr::Query(query) => explicit_outputs(query),
        _ => BTreeSet::new(),
    }
}
