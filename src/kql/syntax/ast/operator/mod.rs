//! Tabular operators: what may stand between `|` and `|`, and what a query may start with.

mod columns;
mod rows;
mod tables;

use crate::kql::syntax::ast::{
    ColumnDecl, Expr, GraphMatch, GraphOutput, MakeGraph, Name, NamePattern, NamedExpr, Parameters, Span,
};

pub use columns::{
    Direction, MakeSeries, NullsOrder, Reduce, Render, ReorderItem, ReorderOrder, SeriesItem, SeriesRange, SortKey,
    Summarize, TopNestedLevel,
};
pub use rows::{
    Facet, ForkLeg, MvApply, MvExpand, MvItem, Parse, ParseKv, ParseStep, ParseStepKind, Partition, PartitionBy, Scan,
    ScanAssignment, ScanOutput, ScanStep,
};
pub use tables::{
    EntityGroup, Evaluate, EvaluateSchema, Find, FindColumn, FindColumnKind, Join, JoinCondition, MacroExpand, Range,
    Search,
};

/// `source | operator | operator …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// What the first operator reads. Without one, the first operator is a source itself (`print`, `range`, `union`, …) or reads the
    /// input that its surroundings give it (`mv-apply`, `partition`, `fork`, `facet`).
    pub source: Option<Expr>,
    /// The operators: one at least.
    pub operators: Vec<Operator>,
    /// From the source to the last operator.
    pub span: Span,
}

/// An operator and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Operator {
    /// What it is.
    pub kind: OperatorKind,
    /// The word that names it: `where`, `mv-expand`.
    pub keyword: Span,
    /// From the word to the end of the operator.
    pub span: Span,
}

/// The operators. Aliases (`filter`, `limit`, `order`, `mvexpand`, `mvapply`) are the same as what they stand for.
#[derive(Debug, Clone, PartialEq)]
pub enum OperatorKind {
    /// `where x == 1`. A predicate with a name (`where x = true`) is legal and does not compare; there is a warning.
    Where(Parameters, NamedExpr),
    /// `extend a = 1, …`.
    Extend(Vec<NamedExpr>),
    /// `project a, b = 1, …`.
    Project(Vec<NamedExpr>),
    /// `project-away a, b*`.
    ProjectAway(Vec<NamePattern>),
    /// `project-keep a, b*`.
    ProjectKeep(Vec<NamePattern>),
    /// `project-rename new = old`.
    ProjectRename(Vec<NamedExpr>),
    /// `project-reorder a, b* asc`.
    ProjectReorder(Vec<ReorderItem>),
    /// `project-by-names "a", dynamic(["b"])`.
    ProjectByNames(Vec<Expr>),
    /// `summarize count() by a`.
    Summarize(Summarize),
    /// `join kind=inner (T) on a`.
    Join(Join),
    /// `lookup (T) on a`.
    Lookup(Join),
    /// `union kind=outer T, (U | take 1), V*`, with or without a source before it.
    Union(Parameters, Vec<Expr>),
    /// `sort by a, b asc nulls last`.
    Sort(Parameters, Vec<SortKey>),
    /// `top 5 by a desc`.
    Top(Parameters, Expr, Box<SortKey>),
    /// `top-nested 3 of a by sum(x), …`.
    TopNested(Vec<TopNestedLevel>),
    /// `top-hitters 3 of a by b`.
    TopHitters(Expr, NamedExpr, Option<NamedExpr>),
    /// `take 5`, `limit 5`.
    Take(Parameters, Expr),
    /// `sample 5`.
    Sample(Parameters, Expr),
    /// `sample-distinct 5 of a`.
    SampleDistinct(Parameters, Expr, NamedExpr),
    /// `distinct a, b`, `distinct *`.
    Distinct(Parameters, Vec<NamedExpr>),
    /// `count`, `count as n`.
    Count(Option<Name>),
    /// `mv-expand a, b to typeof(long) limit 5`.
    MvExpand(MvExpand),
    /// `mv-apply x = a to typeof(long) on ( … )`.
    MvApply(MvApply),
    /// `parse`, `parse-where`.
    Parse(Parse),
    /// `parse-kv`.
    ParseKv(ParseKv),
    /// `make-series`.
    MakeSeries(MakeSeries),
    /// `range x from 1 to 10 step 1`.
    Range(Range),
    /// `print a = 1, 2`.
    Print(Vec<NamedExpr>),
    /// `search in (T) "x"`, with or without a source before it.
    Search(Search),
    /// `find in (T) where … project …`.
    Find(Find),
    /// `getschema`.
    GetSchema(Parameters),
    /// `serialize`, `serialize n = row_number()`.
    Serialize(Parameters, Vec<NamedExpr>),
    /// `scan`.
    Scan(Scan),
    /// `partition by a ( … )`.
    Partition(Partition),
    /// `__partitionby a ( … )`.
    PartitionBy(PartitionBy),
    /// `fork (…) name = (…)`.
    Fork(Vec<ForkLeg>),
    /// `facet by a, b with ( … )`.
    Facet(Facet),
    /// `reduce by a with threshold = 0.1`.
    Reduce(Reduce),
    /// `evaluate pivot(a) : (b: long)`.
    Evaluate(Evaluate),
    /// `invoke f(x)`: a [`crate::kql::syntax::ast::ExprKind::Call`], or calls on an entity.
    Invoke(Expr),
    /// `as name`.
    As(Parameters, Name),
    /// `consume`.
    Consume(Parameters),
    /// `render timechart with (title = "t")`.
    Render(Render),
    /// `assert-schema (a: long)`.
    AssertSchema(Vec<ColumnDecl>),
    /// `__executeAndCache`.
    ExecuteAndCache,
    /// `macro-expand group as name ( … )`.
    MacroExpand(MacroExpand),
    /// `make-graph a --> b with T on id`.
    MakeGraph(MakeGraph),
    /// `graph-match (a)-[e]->(b) where … project …`.
    GraphMatch(GraphMatch),
    /// `graph-shortest-paths (a)-[e*1..5]->(b) where … project …`.
    GraphShortestPaths(GraphMatch),
    /// `graph-to-table nodes as N, edges as E`.
    GraphToTable(Vec<GraphOutput>),
    /// `graph-mark-components kind = weak`.
    GraphMarkComponents(Parameters),
    /// `graph-where-nodes predicate`.
    GraphWhereNodes(Expr),
    /// `graph-where-edges predicate`.
    GraphWhereEdges(Expr),
    /// What stands here is no operator; there is an error among the diagnostics.
    Missing,
}
