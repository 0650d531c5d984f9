//! What operators take that choose, name, order and aggregate columns.

use crate::kql::syntax::ast::{Expr, Name, NamePattern, NamedExpr, Parameters, Span};

/// An item of `project-reorder`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReorderItem {
    /// The columns.
    pub columns: NamePattern,
    /// How the columns of a wildcard are ordered among themselves.
    pub order: Option<ReorderOrder>,
}

/// The order that `project-reorder` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReorderOrder {
    /// `asc`
    Asc,
    /// `desc`
    Desc,
    /// `granny-asc`: numbers within names in numeric order.
    GrannyAsc,
    /// `granny-desc`
    GrannyDesc,
}

/// A key of `sort`, `top`, `scan`.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// What is sorted by; a name is legal.
    pub expr: NamedExpr,
    /// `asc` or `desc`; absent means `desc`.
    pub direction: Option<Direction>,
    /// `nulls first` or `nulls last`; absent means last for `desc` and first for `asc`.
    pub nulls: Option<NullsOrder>,
    /// From the expression to the last word.
    pub span: Span,
}

/// A direction of sorting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `asc`
    Asc,
    /// `desc`
    Desc,
    /// `granny-asc`
    GrannyAsc,
    /// `granny-desc`
    GrannyDesc,
}

/// Where nulls go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullsOrder {
    /// `nulls first`
    First,
    /// `nulls last`
    Last,
}

/// A level of `top-nested`.
#[derive(Debug, Clone, PartialEq)]
pub struct TopNestedLevel {
    /// How many; all if absent.
    pub count: Option<Expr>,
    /// Of what.
    pub of: NamedExpr,
    /// `with others = …`.
    pub others: Option<Expr>,
    /// By which aggregate.
    pub by: SortKey,
}

/// `summarize`.
#[derive(Debug, Clone, PartialEq)]
pub struct Summarize {
    /// Hints.
    pub parameters: Parameters,
    /// The aggregates; may be empty.
    pub aggregates: Vec<NamedExpr>,
    /// The keys; empty without `by`.
    pub by: Vec<NamedExpr>,
    /// The old `by t bin = 1h`.
    pub bin: Option<Expr>,
}

/// `make-series`.
#[derive(Debug, Clone, PartialEq)]
pub struct MakeSeries {
    /// `kind`, hints.
    pub parameters: Parameters,
    /// The aggregates.
    pub series: Vec<SeriesItem>,
    /// The axis.
    pub on: NamedExpr,
    /// The steps of the axis.
    pub range: SeriesRange,
    /// The keys.
    pub by: Vec<NamedExpr>,
}

/// `count() default = 0`.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesItem {
    /// The aggregate.
    pub expr: NamedExpr,
    /// The value of empty bins.
    pub default: Option<Expr>,
}

/// The axis of `make-series`.
#[derive(Debug, Clone, PartialEq)]
pub enum SeriesRange {
    /// `from a to b step s`; the end does not belong to it.
    Steps {
        /// Start; the first value if absent.
        from: Option<Box<Expr>>,
        /// End; behind the last value if absent.
        to: Option<Box<Expr>>,
        /// Step.
        step: Box<Expr>,
    },
    /// `in range(a, b, s)`; the end belongs to it.
    InRange(Vec<Expr>),
}

/// `reduce`.
#[derive(Debug, Clone, PartialEq)]
pub struct Reduce {
    /// `kind`.
    pub parameters: Parameters,
    /// The text.
    pub by: NamedExpr,
    /// `with threshold = …, characters = …`.
    pub with: Parameters,
}

/// `render`.
#[derive(Debug, Clone, PartialEq)]
pub struct Render {
    /// The chart.
    pub chart: Name,
    /// Settings before `with`, in the old spelling: `kind = stacked`, `title = "t"`, `by a, b`, `with "style"`.
    pub legacy: Parameters,
    /// What stands in `with (…)`.
    pub properties: Parameters,
}
