//! What operators take that combine tables, or make rows of their own.

use crate::kql::syntax::ast::{Call, ColumnDecl, Expr, Name, Parameters, Span, Statement, TypeName};

/// `join` or `lookup`.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// `kind` and hints.
    pub parameters: Parameters,
    /// The right side.
    pub right: Box<Expr>,
    /// The condition; absent is legal for the grammar.
    pub condition: Option<JoinCondition>,
}

/// The condition of a join.
#[derive(Debug, Clone, PartialEq)]
pub enum JoinCondition {
    /// `on a, $left.b == $right.c`.
    On(Vec<Expr>),
    /// `where …`, of which the grammar knows and the documentation does not.
    Where(Box<Expr>),
}

/// What `macro-expand` goes over.
#[derive(Debug, Clone, PartialEq)]
pub enum EntityGroup {
    /// A group that has a name, or a call that yields one.
    Named(Expr),
    /// `entity_group [cluster("a").database("b"), …]`.
    Members(Vec<Expr>),
}

/// `macro-expand`.
#[derive(Debug, Clone, PartialEq)]
pub struct MacroExpand {
    /// As of `union`.
    pub parameters: Parameters,
    /// The entity group.
    pub group: EntityGroup,
    /// The name of the member within.
    pub name: Option<Name>,
    /// What is run for each member.
    pub statements: Vec<Statement>,
}

/// `range x from a to b step s`.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The column.
    pub name: Name,
    /// The first value.
    pub from: Expr,
    /// The last value, if a step hits it.
    pub to: Expr,
    /// The step.
    pub step: Expr,
}

/// `search`.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// `kind`, `datascope`.
    pub parameters: Parameters,
    /// The tables of `in (…)`; empty means all, or the source.
    pub tables: Vec<Expr>,
    /// The predicate; a bare literal is a term, [`crate::kql::syntax::ast::ExprKind::Star`] is everything.
    pub predicate: Expr,
}

/// `find`.
#[derive(Debug, Clone, PartialEq)]
pub struct Find {
    /// `withsource`, `datascope`.
    pub parameters: Parameters,
    /// The tables of `in (…)`; empty means all.
    pub tables: Vec<Expr>,
    /// The predicate.
    pub predicate: Expr,
    /// `project …`.
    pub project: Vec<FindColumn>,
    /// Whether `project-smart` is written; its columns are the default.
    pub smart: bool,
    /// `__projectAway …`, undocumented.
    pub project_away: Vec<FindColumn>,
}

/// A column of `find … project`.
#[derive(Debug, Clone, PartialEq)]
pub struct FindColumn {
    /// What it is.
    pub kind: FindColumnKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a column of `find … project`.
#[derive(Debug, Clone, PartialEq)]
pub enum FindColumnKind {
    /// A column, and its type if it has several.
    Column(Name, Option<TypeName>),
    /// `pack(*)`: the remaining columns as a bag.
    PackAll,
    /// `*`
    Star,
}

/// `evaluate`.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluate {
    /// Hints.
    pub parameters: Parameters,
    /// The plugin.
    pub call: Call,
    /// The columns that come out, if declared.
    pub schema: Option<EvaluateSchema>,
}

/// `: (*, a: long)`.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluateSchema {
    /// Whether the input's columns come too.
    pub star: bool,
    /// The columns.
    pub columns: Vec<ColumnDecl>,
    /// The parentheses and what is in them.
    pub span: Span,
}
