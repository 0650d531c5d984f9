//! The bound tree: a script in which every name is resolved, every expression typed and every output column named.
//!
//! It is small on purpose. Operators of the language that are spellings of the same thing are one node here (`extend`, `project-away` and
//! `project-rename` are a [`Node::Project`]), so that a planner has about twenty relational nodes and as many forms of expression to
//! lower.
//!
//! Rules that hold for every tree:
//!
//! - A [`ColumnId`] is given out once. Where a node lists an input's id among its own columns, the value passes through; a new id is
//!   defined in exactly one place, by a [`Definition`] or an output of a call. Two uses of one `let` never share ids.
//! - Names are Kusto's and unique among a relation's columns, hidden ones included. They matter to people; between nodes only ids do.
//! - Operands have the types that their operator needs: an implicit conversion is an [`ExprNode::Cast`] node.
//! - `now()` and `ago()` stay calls; all of a script's are the same time.
//! - Nothing is approximated: what the binder took in a way that a reader may not expect is among [`Script::notes`].
//!
//! No DataFusion here; of Arrow not even the types, which follow from [`KustoType`].

mod dump;
mod expr;
mod graph;
mod graph_dump;
mod rel;
mod special;
mod value;
mod walk;

use std::sync::Arc;

pub use expr::{Call, Definition, Expr, ExprNode, List, ScalarQuery};
pub use graph::{
    Components, Cycles, Graph, GraphMatch, GraphNodes, Hop, MatchOutput, NodeProperty, NodeTable, PathCall,
    PathFunction, PatternNode, Place, Property, PropertySource, Reference,
};
pub use rel::{
    AggregateCall, BagExpansion, Expand, ExpandItem, Grouping, JoinKey, JoinKind, Leg, Node, Output, Rel, SortKey,
    WindowCall,
};
pub use special::{
    CommonCounts, External, MakeSeries, Mining, NetworkLookup, Parse, ParseKind, ParseKv, ParsePart, PatternScan,
    Pivot, Plugin, Reduce, SeriesAxis, SeriesCall, ShapeLookup, Split, Step, StepOutput, TopLevel, TopNested, Unpack,
    UnpackConflict,
};
pub use value::Value;

use crate::catalog::KustoType;
use crate::kql::syntax::ast::Span;

/// A column's identity within one script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(pub u32);

/// A relation that several places use, by its place in [`Script::shared`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SharedId(pub u32);

/// The rows that a subquery is given, group by group: see [`Node::Apply`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub u32);

/// A column of a relation.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its identity.
    pub id: ColumnId,
    /// Kusto's name for it here; a rename keeps the id.
    pub name: Arc<str>,
    /// Its type.
    pub kind: KustoType,
}

/// A bound script.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// What the script answers, in order: one a query statement, several for `fork` and `facet`.
    pub results: Vec<QueryResult>,
    /// Relations that are used by [`Node::Use`]; one only uses those before it.
    pub shared: Vec<Shared>,
    /// `set` statements in written order, `None` where no value is given.
    pub settings: Vec<(String, Option<Value>)>,
    /// What a reader should know of how the script was taken.
    pub notes: Vec<Note>,
}

/// One result table.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryResult {
    /// The name by `as` or of a `fork` leg.
    pub name: Option<String>,
    /// The rows. Only its visible columns are shown.
    pub rel: Rel,
    /// How `render` wants it drawn.
    pub render: Option<Render>,
}

/// What `render` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Render {
    /// The chart, one of `facts::words::CHARTS`.
    pub chart: String,
    /// Properties as `(name, values)`: `("ycolumns", ["a", "b"])`.
    pub properties: Vec<(String, Vec<String>)>,
}

/// A relation that several places may use.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// The name it was given by `let` or `as`; none for the input of a `fork`.
    pub name: Option<String>,
    /// The relation. Its hidden columns may be used as well.
    pub rel: Rel,
    /// Whether it must be computed once: `materialize`, `as hint.materialized=true`, the input of `fork` and `facet`. Otherwise a use
    /// stands for the text, and computing it anew is right.
    pub once: bool,
}

/// Something a reader should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// A sentence.
    pub text: String,
    /// What it is about.
    pub span: Span,
}
