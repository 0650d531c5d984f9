//! The tabular operators: how they are written, what they do, and which huntql does not run.

/// An operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// The word it starts with.
    pub name: &'static str,
    /// Its form, optional parts in brackets.
    pub usage: &'static str,
    /// What it does, in one line.
    pub doc: &'static str,
    /// Why huntql does not run it.
    pub refused: Option<&'static str>,
}

const GRAPH: Option<&str> = Some("it is not documented; filter the rows before `make-graph`");

const fn runs(name: &'static str, usage: &'static str, doc: &'static str) -> Operator {
    Operator { name, usage, doc, refused: None }
}

const fn refused(name: &'static str, usage: &'static str, doc: &'static str, why: Option<&'static str>) -> Operator {
    Operator { name, usage, doc, refused: why }
}

/// The operators under their usual names, in alphabetical order.
pub const OPERATORS: [Operator; 54] = [
    runs("as", "as Name", "Names the rows for later statements."),
    runs("assert-schema", "assert-schema (Column: type, …)", "Fails unless the columns are these."),
    runs("consume", "consume", "Reads the rows and shows none."),
    runs("count", "count [as Column]", "How many rows."),
    runs("datatable", "datatable (Column: type, …) [value, …]", "Rows written in the query."),
    runs("distinct", "distinct Column, … | *", "Distinct rows of some columns."),
    runs("evaluate", "evaluate plugin(…) [: (Column: type, …)]", "Runs a plugin."),
    runs("extend", "extend [Column =] expression, …", "Adds or replaces columns."),
    runs(
        "externaldata",
        "externaldata (Column: type, …) [\"address\", …] [with (format = …)]",
        "Rows of files outside.",
    ),
    runs("facet", "facet by Column, … [with (operators)]", "A table of counts for every column."),
    runs("find", "find [in (Table, …)] where predicate [project …]", "Rows of several tables that meet a condition."),
    runs("fork", "fork [name =] (operators) …", "Several results of one input."),
    runs("getschema", "getschema", "The columns and their types as rows."),
    runs(
        "graph-mark-components",
        "graph-mark-components [kind = weak | strong]",
        "Numbers connected parts of a graph.",
    ),
    runs("graph-match", "graph-match (a)-[e]->(b) [where …] project …", "Finds patterns in a graph."),
    runs(
        "graph-shortest-paths",
        "graph-shortest-paths (a)-[e*1..5]->(b) [where …] project …",
        "Finds shortest paths in a graph.",
    ),
    runs("graph-to-table", "graph-to-table nodes | edges", "The nodes or edges of a graph as rows."),
    refused("graph-where-edges", "graph-where-edges predicate", "Keeps some edges of a graph.", GRAPH),
    refused("graph-where-nodes", "graph-where-nodes predicate", "Keeps some nodes of a graph.", GRAPH),
    runs("invoke", "invoke function(…)", "Calls a function with the rows as its first argument."),
    runs("join", "join [kind = …] (Table) on Column, …", "Pairs rows of two tables by equal keys."),
    runs("lookup", "lookup [kind = …] (Table) on Column, …", "Adds columns of a small table by equal keys."),
    refused(
        "macro-expand",
        "macro-expand group as name (…)",
        "Runs a query for every member of a group.",
        Some("huntql has no entity groups"),
    ),
    runs("make-graph", "make-graph Source --> Target [with Table on Key]", "A graph of rows."),
    runs(
        "make-series",
        "make-series aggregate [default = x] on Axis [from a] [to b] step c [by Key, …]",
        "Aggregates over equal steps, as arrays.",
    ),
    runs(
        "mv-apply",
        "mv-apply [x =] Array [to typeof(type)] on (operators)",
        "Runs operators on the elements of each row.",
    ),
    runs("mv-expand", "mv-expand [x =] Array [to typeof(type)], … [limit n]", "A row for every element of an array."),
    runs("parse", "parse Text with \"text\" Column: type *", "Cuts columns out of a text by a pattern."),
    runs("parse-kv", "parse-kv Text as (Key: type, …) [with (…)]", "Cuts columns out of pairs of keys and values."),
    runs("parse-where", "parse-where Text with \"text\" Column: type *", "The same, and drops rows that do not match."),
    runs("partition", "partition by Column (operators)", "Runs operators on the rows of every value by itself."),
    runs("print", "print [Column =] expression, …", "One row of computed values."),
    runs("project", "project [Column =] expression, …", "Just these columns."),
    runs("project-away", "project-away Column, Prefix*", "All columns but these."),
    runs("project-by-names", "project-by-names \"Column\", …", "The columns whose names are computed."),
    runs("project-keep", "project-keep Column, Prefix*", "Just these columns, in their order."),
    runs("project-rename", "project-rename New = Old, …", "Other names for columns."),
    runs("project-reorder", "project-reorder Column, Prefix* [asc | desc], …", "These columns first."),
    runs("range", "range Column from a to b step c", "Rows of equally spaced values."),
    runs("reduce", "reduce by Text", "Patterns of similar texts."),
    runs("render", "render chart [with (…)]", "Draws the rows."),
    runs("sample", "sample n", "Some rows at random."),
    runs("sample-distinct", "sample-distinct n of Column", "Some distinct values."),
    runs("scan", "scan with (step name: condition => x = …; …)", "Sequences of rows that match steps."),
    runs("search", "search [in (Table, …)] \"term\"", "Rows of all or some tables that hold a term."),
    runs("serialize", "serialize [Column = expression, …]", "Fixes the order of the rows."),
    runs("sort", "sort by Column [asc | desc] [nulls first | last], …", "Orders the rows, greatest first."),
    runs("summarize", "summarize [Column =] aggregate, … [by Key, …]", "Aggregates over groups of rows."),
    runs("take", "take n", "Any n rows."),
    runs("top", "top n by Column [asc | desc]", "The first n rows of an order."),
    runs("top-hitters", "top-hitters n of Column [by Number]", "The most frequent values."),
    runs("top-nested", "top-nested [n] of Column by aggregate, …", "The top values within the top values."),
    runs("union", "union [kind = …] [withsource = Column] Table, …", "The rows of several tables."),
    runs("where", "where predicate", "The rows that meet a condition."),
];

/// Other spellings of operators, with what they stand for.
pub const ALIASES: [(&str, &str); 5] =
    [("filter", "where"), ("limit", "take"), ("mvapply", "mv-apply"), ("mvexpand", "mv-expand"), ("order", "sort")];

impl Operator {
    /// Whether a query may begin with it.
    pub fn begins(&self) -> bool {
        matches!(self.name, "datatable" | "externaldata" | "find" | "print" | "range" | "search" | "union")
    }

    /// Whether it may stand behind a `|`.
    pub fn follows(&self) -> bool {
        !self.begins() || matches!(self.name, "search" | "union")
    }
}

/// The operator of this name or alias.
pub fn operator(name: &str) -> Option<&'static Operator> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, meant)| meant);
    OPERATORS.iter().find(|operator| operator.name == name)
}
