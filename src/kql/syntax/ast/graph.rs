//! Graph operators.

use super::{Expr, Name, NamedExpr, Parameters, Span};

/// `make-graph source --> target with … partitioned-by …`.
#[derive(Debug, Clone, PartialEq)]
pub struct MakeGraph {
    /// Hints.
    pub parameters: Parameters,
    /// The column of the edges' start.
    pub source: Name,
    /// Whether edges have a direction: `-->` and not `--`.
    pub directed: bool,
    /// The column of the edges' end.
    pub target: Name,
    /// Where the nodes come from.
    pub nodes: Option<NodeSource>,
    /// `partitioned-by a ( … )`.
    pub partitioned_by: Option<PartitionedBy>,
}

/// Where the nodes of a graph come from.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeSource {
    /// `with T on id, U on id`.
    Tables(Vec<NodeTable>),
    /// `with_node_id = name`.
    ImplicitId(Name),
}

/// `T on id`.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeTable {
    /// The table.
    pub table: Expr,
    /// Its key.
    pub key: Name,
}

/// `partitioned-by column ( … )`.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionedBy {
    /// The column.
    pub column: Expr,
    /// The subquery, a pipeline without a source.
    pub subquery: Box<Expr>,
}

/// `graph-match` or `graph-shortest-paths`.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphMatch {
    /// `cycles`, `output`.
    pub parameters: Parameters,
    /// The patterns.
    pub patterns: Vec<GraphPattern>,
    /// `where …`.
    pub predicate: Option<Box<Expr>>,
    /// `project …`; empty if absent.
    pub project: Vec<NamedExpr>,
}

/// `(a)-[e]->(b)`.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphPattern {
    /// Nodes and edges as written.
    pub elements: Vec<PatternElement>,
    /// Where it stands.
    pub span: Span,
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum PatternElement {
    /// `(a)`, `()`.
    Node(Option<Name>, Span),
    /// `-[e*1..5]->`, `<--`.
    Edge {
        /// The direction.
        direction: EdgeDirection,
        /// The name.
        name: Option<Name>,
        /// How many edges in a row.
        range: Option<Box<EdgeRange>>,
        /// Where it stands.
        span: Span,
    },
}

/// Where an edge points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeDirection {
    /// `-->`
    Right,
    /// `<--`
    Left,
    /// `--`
    Any,
}

/// `*1..5`.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeRange {
    /// The least number.
    pub low: Expr,
    /// The greatest number.
    pub high: Expr,
}

/// `nodes as N with_node_id = id`.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphOutput {
    /// Nodes or edges.
    pub kind: GraphOutputKind,
    /// The name of the table.
    pub name: Option<Name>,
    /// `with_node_id`, `with_source_id`, `with_target_id`.
    pub parameters: Parameters,
    /// Where it stands.
    pub span: Span,
}

/// Nodes or edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphOutputKind {
    /// `nodes`
    Nodes,
    /// `edges`
    Edges,
}
