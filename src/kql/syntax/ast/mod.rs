//! The syntax tree of KQL: what was written, with the place of every part, and nothing of what it means.
//!
//! Names are as written and refer to nothing yet; operators and functions are not checked for what they take. That is the binder's job.
//! The tree follows the language of Microsoft's open grammar; where that grammar has two spellings for one thing (`sort` and `order`), the
//! tree has one.
//!
//! - A text is a [`Script`]: [`Statement`]s that share their `let`s.
//! - Scalar and tabular expressions are both [`Expr`]: which one a name is, only the binder can tell. Something with a `|`, or that starts
//!   with an operator such as `print`, is an [`ExprKind::Pipe`].
//! - Long chains are flat: pipelines, `and`, `or`, lists. What can nest is bounded in depth by the parser, so passes may recurse.
//! - Trees that come with an error among the diagnostics may contain [`ExprKind::Missing`] and must not be run.

mod expr;
mod graph;
mod literal;
mod operator;
mod parameter;
mod statement;

use std::fmt;

pub use expr::{
    Arithmetic, Call, Comparison, Expr, ExprKind, ListTest, Logical, NamedExpr, Sign, StringOperation, StringTest,
    Target,
};
pub use graph::{
    EdgeDirection, EdgeRange, GraphMatch, GraphOutput, GraphOutputKind, GraphPattern, MakeGraph, NodeSource, NodeTable,
    PartitionedBy, PatternElement,
};
pub use literal::{DynamicEntry, DynamicKind, DynamicValue, Literal, StringLiteral};
pub use operator::{
    Direction, EntityGroup, Evaluate, EvaluateSchema, Facet, Find, FindColumn, FindColumnKind, ForkLeg, Join,
    JoinCondition, MacroExpand, MakeSeries, MvApply, MvExpand, MvItem, NullsOrder, Operator, OperatorKind, Parse,
    ParseKv, ParseStep, ParseStepKind, Partition, PartitionBy, Pipeline, Range, Reduce, Render, ReorderItem,
    ReorderOrder, Scan, ScanAssignment, ScanOutput, ScanStep, Search, SeriesItem, SeriesRange, SortKey, Summarize,
    TopNestedLevel,
};
pub use parameter::{Parameter, ParameterValue, Parameters};
pub use statement::{
    ColumnDecl, Directive, FunctionBody, FunctionDecl, LetValue, ParamDecl, ParamType, PatternArm, PatternDecl,
    ScalarType, Statement, StatementKind, TypeArgument, TypeName, TypeOf,
};

/// A stretch of the source text, in bytes: `start` is the first, `end` is one behind the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One behind the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`.
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span at the end of this one.
    pub fn after(self) -> Self {
        Self { start: self.end, end: self.end }
    }

    /// The text it covers; empty if the span does not belong to `source`.
    pub fn text(self, source: &str) -> &str {
        source.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// A name as it is meant: of `['my column']` the text is `my column`. Letter case counts in KQL.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    /// The name without brackets and quotes.
    pub text: String,
    /// The name as written, brackets included.
    pub span: Span,
}

impl Name {
    /// A name at a place.
    pub fn new(text: impl Into<String>, span: Span) -> Self {
        Self { text: text.into(), span }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A name in which `*` may stand for any run of characters, as `project-away` and `union` take it.
#[derive(Debug, Clone, PartialEq)]
pub struct NamePattern {
    /// The pattern without brackets and quotes.
    pub text: String,
    /// Whether a `*` in `text` is a wildcard. In `['a*b']` it is an ordinary character.
    pub wildcard: bool,
    /// The pattern as written.
    pub span: Span,
}

/// One text: statements that are run in order and share their `let`s and settings.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Script {
    /// Lines for the client (`#connect …`) before the first statement.
    pub directives: Vec<Directive>,
    /// The statements in order. Every [`StatementKind::Query`] among them yields a result.
    pub statements: Vec<Statement>,
    /// From the first token to the last.
    pub span: Span,
}
