//! Tabular operators: what may stand between `|` and `|`, and what a query may start with.

use super::{
    Call, ColumnDecl, Expr, GraphMatch, GraphOutput, Literal, MakeGraph, Name, NamePattern, NamedExpr, ParamDecl,
    Parameters, Span, Statement, StringLiteral, TypeName, TypeOf,
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
    /// `invoke f(x)`: a [`super::ExprKind::Call`], or calls on an entity.
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
    /// The predicate; a bare literal is a term, [`super::ExprKind::Star`] is everything.
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

/// What `macro-expand` goes over.
#[derive(Debug, Clone, PartialEq)]
pub enum EntityGroup {
    /// A group that has a name, or a call that yields one.
    Named(Expr),
    /// `entity_group [cluster("a").database("b"), …]`.
    Members(Vec<Expr>),
}
