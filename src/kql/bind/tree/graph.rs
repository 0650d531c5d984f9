//! Graphs, and the relations that are made of them.
//!
//! A [`Graph`] is no relation: only the nodes [`GraphMatch`] and [`GraphNodes`] read it. What they read of a node or an edge is a
//! [`Reference`], a column of its own for each element of the pattern, so that `a.Name` and `b.Name` are two columns.

use super::{Column, ColumnId, Expr, Rel};
use crate::catalog::KustoType;
use crate::kql::syntax::ast::EdgeDirection;

/// What `make-graph` makes: rows that are edges, and what is known of the nodes between which they go.
///
/// A node is there for every value of the sources, the targets and the keys of the node tables. Null and `""` are values like any other.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// A row an edge; its columns are the properties of the edges.
    pub edges: Rel,
    /// The node where an edge starts, over `edges`.
    pub source: Expr,
    /// The node where it ends, of the type of `source`.
    pub target: Expr,
    /// `partitioned-by`: nodes of equal identity in rows of different values are different nodes.
    pub partition: Option<ColumnId>,
    /// The tables of nodes.
    pub tables: Vec<NodeTable>,
    /// The properties of the nodes: the visible ones, then those that are there by name only.
    pub properties: Vec<NodeProperty>,
    /// How many of the properties are visible.
    pub visible: usize,
    /// The numberings of connected parts, in the order in which they were asked for.
    pub components: Vec<Components>,
}

/// A table of nodes. Of several rows with one key the first counts.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeTable {
    /// The rows.
    pub rel: Rel,
    /// The identity of the node, over `rel`, of the type of [`Graph::source`].
    pub key: Expr,
    /// The column of `rel` that [`Graph::partition`] is compared with.
    pub partition: Option<ColumnId>,
}

/// A property of the nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeProperty {
    /// Its name, type and identity; uses of a graph have [`Reference`]s to it.
    pub column: Column,
    /// Where its value is found.
    pub source: PropertySource,
}

/// Where the value of a property is found.
#[derive(Debug, Clone, PartialEq)]
pub enum PropertySource {
    /// The columns of some node tables, by the table's place: the first value that is neither null nor empty.
    Tables {
        /// Table and column.
        columns: Vec<(usize, ColumnId)>,
        /// Whether it is the node's identity where no table has a row for the node.
        is_key: bool,
    },
    /// The identity of the node.
    Identity,
    /// The number of the node's part, by the place among [`Graph::components`].
    Component(usize),
}

/// What counts as a connected part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Components {
    /// Nodes between which there is a way, whatever the direction of the edges.
    Weak,
    /// Nodes between which there is a way in both directions.
    Strong,
}

/// A row for every node of a graph. The columns are references to properties of the node, [`Place::Node`] 0.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphNodes {
    /// The graph.
    pub graph: Graph,
    /// What is read of the nodes.
    pub references: Vec<Reference>,
}

/// A row for every match of a pattern. The columns are references to nodes and single edges, and outputs of the calls over paths.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphMatch {
    /// The graph.
    pub graph: Graph,
    /// The nodes of the pattern: each name once, and each that has no name.
    pub nodes: Vec<PatternNode>,
    /// The edges of the pattern, as they are written.
    pub hops: Vec<Hop>,
    /// Which cycles a match may have.
    pub cycles: Cycles,
    /// Whether a sequence of the pattern comes to a named node again.
    pub has_cycle: bool,
    /// Which matches are wanted.
    pub output: MatchOutput,
    /// What is read of elements: by filters, by calls, and by what is above.
    pub references: Vec<Reference>,
    /// `all`, `any`, `map` over paths.
    pub calls: Vec<PathCall>,
}

/// A node of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternNode {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// What must hold of it, over references to it.
    pub filter: Vec<Expr>,
}

/// An edge of a pattern, or as many in a row as a range says.
#[derive(Debug, Clone, PartialEq)]
pub struct Hop {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The node on its left, by place.
    pub from: usize,
    /// The node on its right.
    pub to: usize,
    /// Where the edges point.
    pub direction: EdgeDirection,
    /// The least and greatest number of edges; absent for a single edge.
    pub range: Option<(u32, u32)>,
    /// What must hold of each edge.
    pub edges: Vec<Expr>,
    /// What must hold of each node between two of the edges.
    pub inner: Vec<Expr>,
}

/// Which cycles a match may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cycles {
    /// All.
    All,
    /// Those that have no edge twice, the default.
    UniqueEdges,
    /// None: no node is met twice.
    None,
}

/// Which matches are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchOutput {
    /// All: `graph-match`.
    All,
    /// For each pair of the first and last node one match with the fewest edges: `graph-shortest-paths`.
    AnyShortest,
    /// For each such pair all matches with the fewest edges.
    AllShortest,
}

/// Something that is read of an element of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The column that it is.
    pub id: ColumnId,
    /// Its type.
    pub kind: KustoType,
    /// Of which element.
    pub place: Place,
    /// What.
    pub property: Property,
}

/// An element of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The node of this place among the nodes.
    Node(usize),
    /// The single edge of this place among the hops.
    Edge(usize),
    /// Each edge of the hop of this place in its turn; for calls over paths only.
    PathEdge(usize),
    /// Each node between two edges of the hop of this place; for calls over paths only.
    InnerNode(usize),
}

/// What is read of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Property {
    /// A column of the edges, or a property of the nodes.
    Column(ColumnId),
    /// How many edges end at the node, a `long`.
    InDegree,
    /// How many edges start at it.
    OutDegree,
    /// The identity of the node as text.
    Identity,
    /// The value of [`Graph::partition`] to which the node belongs.
    Partition,
}

/// A call over the elements of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct PathCall {
    /// The column of the value: a truth value, an array, or a `long`.
    pub id: ColumnId,
    /// What it does.
    pub function: PathFunction,
    /// Over what: [`Place::PathEdge`] or [`Place::InnerNode`].
    pub over: Place,
    /// The condition, or the element of the array as `dynamic`; over references to `over` and to nodes and single edges.
    pub body: Option<Expr>,
}

/// What a call over a path does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathFunction {
    /// Whether the condition holds for all elements.
    All,
    /// Whether it holds for one.
    Any,
    /// The array of the values.
    Map,
    /// How many elements there are.
    Length,
}

impl Graph {
    /// The property of this name; visible ones first.
    pub fn property(&self, id: ColumnId) -> Option<&NodeProperty> {
        self.properties.iter().find(|property| property.column.id == id)
    }

    /// The relations that it is made of.
    pub fn inputs<'a>(&'a self, see: &mut dyn FnMut(&'a Rel)) {
        see(&self.edges);
        self.tables.iter().for_each(|table| see(&table.rel));
    }

    /// The same for changing them.
    pub fn inputs_mut(&mut self, see: &mut dyn FnMut(&mut Rel)) {
        see(&mut self.edges);
        self.tables.iter_mut().for_each(|table| see(&mut table.rel));
    }

    /// Its own expressions, each over one of its relations.
    pub fn exprs<'a>(&'a self, see: &mut dyn FnMut(&'a Expr)) {
        see(&self.source);
        see(&self.target);
        self.tables.iter().for_each(|table| see(&table.key));
    }

    /// The same for changing them.
    pub fn exprs_mut(&mut self, see: &mut dyn FnMut(&mut Expr)) {
        see(&mut self.source);
        see(&mut self.target);
        self.tables.iter_mut().for_each(|table| see(&mut table.key));
    }

    /// The columns of its relations that are read for these references, those of its own expressions aside.
    pub fn reads(&self, references: &[Reference]) -> Vec<ColumnId> {
        let mut read: Vec<ColumnId> = self.partition.into_iter().collect();
        read.extend(self.tables.iter().filter_map(|table| table.partition));
        for reference in references {
            let Property::Column(id) = reference.property else { continue };
            match self.property(id).map(|property| &property.source) {
                Some(PropertySource::Tables { columns, .. }) => read.extend(columns.iter().map(|(_, id)| *id)),
                Some(_) => {}
                None => read.push(id),
            }
        }
        read
    }
}

impl GraphMatch {
    /// The expressions over elements of the pattern.
    pub fn exprs<'a>(&'a self, see: &mut dyn FnMut(&'a Expr)) {
        self.nodes.iter().flat_map(|node| &node.filter).for_each(&mut *see);
        self.hops.iter().flat_map(|hop| hop.edges.iter().chain(&hop.inner)).for_each(&mut *see);
        self.calls.iter().filter_map(|call| call.body.as_ref()).for_each(see);
    }

    /// The same for changing them.
    pub fn exprs_mut(&mut self, see: &mut dyn FnMut(&mut Expr)) {
        self.nodes.iter_mut().flat_map(|node| &mut node.filter).for_each(&mut *see);
        self.hops.iter_mut().flat_map(|hop| hop.edges.iter_mut().chain(&mut hop.inner)).for_each(&mut *see);
        self.calls.iter_mut().filter_map(|call| call.body.as_mut()).for_each(see);
    }
}
