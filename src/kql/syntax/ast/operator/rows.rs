//! What operators take that turn a row into others: expansion, parsing of text, scans, subqueries.

use crate::kql::syntax::ast::{
    ColumnDecl, Expr, Literal, Name, NamedExpr, ParamDecl, Parameters, SortKey, Span, StringLiteral, TypeName, TypeOf,
};

/// `mv-expand`.
#[derive(Debug, Clone, PartialEq)]
pub struct MvExpand {
    /// `kind`, `bagexpansion`, `with_itemindex`.
    pub parameters: Parameters,
    /// What is expanded, in parallel.
    pub items: Vec<MvItem>,
    /// `limit n`.
    pub limit: Option<Expr>,
}

/// `x = a to typeof(long)`.
#[derive(Debug, Clone, PartialEq)]
pub struct MvItem {
    /// The array.
    pub expr: NamedExpr,
    /// The type of the elements.
    pub to: Option<TypeOf>,
}

/// `mv-apply`.
#[derive(Debug, Clone, PartialEq)]
pub struct MvApply {
    /// `with_itemindex`.
    pub parameters: Parameters,
    /// What is expanded, in parallel.
    pub items: Vec<MvItem>,
    /// `limit n`.
    pub limit: Option<Expr>,
    /// `id guid(…)`, undocumented.
    pub context_id: Option<Expr>,
    /// The subquery, a pipeline without a source.
    pub subquery: Box<Expr>,
}

/// `parse` or `parse-where`.
#[derive(Debug, Clone, PartialEq)]
pub struct Parse {
    /// Whether rows that do not match are dropped: `parse-where`.
    pub filter: bool,
    /// `kind`, `flags`.
    pub parameters: Parameters,
    /// The text that is parsed.
    pub input: Expr,
    /// The pattern.
    pub pattern: Vec<ParseStep>,
}

/// A part of the pattern of `parse`.
#[derive(Debug, Clone, PartialEq)]
pub struct ParseStep {
    /// What it is.
    pub kind: ParseStepKind,
    /// Where it stands.
    pub span: Span,
}

/// The parts of the pattern of `parse`.
#[derive(Debug, Clone, PartialEq)]
pub enum ParseStepKind {
    /// `*`: skip.
    Skip,
    /// A text that must follow.
    Text(StringLiteral),
    /// A column; text if no type is given.
    Column(Name, Option<TypeName>),
}

/// `parse-kv`.
#[derive(Debug, Clone, PartialEq)]
pub struct ParseKv {
    /// The text that is parsed.
    pub input: Expr,
    /// The keys and the types of their values.
    pub keys: Vec<ColumnDecl>,
    /// What stands in `with (…)`.
    pub properties: Parameters,
}

/// `scan`.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// `with_match_id`, `kind`.
    pub parameters: Parameters,
    /// `order by`, undocumented.
    pub order_by: Vec<SortKey>,
    /// `partition by`, undocumented.
    pub partition_by: Vec<Expr>,
    /// `declare (…)`.
    pub declare: Vec<ParamDecl>,
    /// The steps.
    pub steps: Vec<ScanStep>,
}

/// `step name optional output = last : condition => x = 1;`.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanStep {
    /// The name.
    pub name: Name,
    /// Whether matches may pass without it.
    pub optional: bool,
    /// Which of its records come out.
    pub output: Option<ScanOutput>,
    /// Which records it takes.
    pub condition: Expr,
    /// What it sets.
    pub assignments: Vec<ScanAssignment>,
    /// From `step` to the `;`.
    pub span: Span,
}

/// Which records of a step come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanOutput {
    /// `all`
    All,
    /// `last`
    Last,
    /// `none`
    None,
}

/// `x = …` of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanAssignment {
    /// What is set.
    pub name: Name,
    /// To what.
    pub value: Expr,
}

/// `partition`.
#[derive(Debug, Clone, PartialEq)]
pub struct Partition {
    /// Hints.
    pub parameters: Parameters,
    /// The key.
    pub by: Expr,
    /// `in (…)`: the values of the key, a call or dynamic.
    pub scope: Option<Expr>,
    /// The subquery: a pipeline without a source in parentheses, or a whole query in braces.
    pub subquery: Box<Expr>,
    /// Whether it stands in braces, where `T` must be named.
    pub braces: bool,
}

/// `__partitionby`.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionBy {
    /// Hints.
    pub parameters: Parameters,
    /// The key.
    pub by: Expr,
    /// `id guid(…)`.
    pub id: Option<Literal>,
    /// The subquery, a pipeline without a source.
    pub subquery: Box<Expr>,
}

/// `name = ( … )` of `fork`.
#[derive(Debug, Clone, PartialEq)]
pub struct ForkLeg {
    /// The name of the result.
    pub name: Option<Name>,
    /// The subquery, a pipeline without a source.
    pub subquery: Expr,
}

/// `facet`.
#[derive(Debug, Clone, PartialEq)]
pub struct Facet {
    /// The columns.
    pub by: Vec<Expr>,
    /// What is done with the rows beside: a pipeline without a source.
    pub with: Option<Box<Expr>>,
}
