//! Graphs while a script is bound: what a pipeline carries, what a `let` keeps, and what expressions over a pattern can name.

use std::rc::Rc;
use std::sync::Arc;

use super::binder::{Bind, Binder};
use super::tree::{
    Column, ColumnId, Definition, Expr, ExprNode, Graph, Node, NodeTable, PathCall, Place, Property, PropertySource,
    Reference, Rel, SharedId,
};
use crate::catalog::KustoType;
use crate::kql::syntax::ast::Span;

/// What a pipeline carries: rows, or a graph, which only graph operators take.
pub(super) enum Flow {
    /// Rows.
    Rows(Rel),
    /// A graph.
    Graph(Box<Graph>),
}

/// A graph that a name stands for. Its relations are shared, and every use has columns of its own.
pub(super) struct NamedGraph {
    graph: Graph,
    edges: SharedId,
    tables: Vec<SharedId>,
}

impl Binder<'_> {
    /// The rows of a flow; a graph is refused.
    pub fn rows_of(&mut self, flow: Flow, span: Span) -> Bind<Rel> {
        match flow {
            Flow::Rows(rel) => Ok(rel),
            Flow::Graph(_) => self.error_with(
                span,
                "this is a graph, and a table is wanted here",
                "`| graph-to-table nodes` makes a table of it, as do `graph-match` and `graph-shortest-paths`",
            ),
        }
    }

    /// Keeps a graph under a name.
    pub fn name_graph(&mut self, graph: Graph) -> Bind<Rc<NamedGraph>> {
        let mut graph = graph;
        // What the identities are, as columns: the shared relations are all that a use has.
        graph.source = self.as_column(&mut graph.edges, graph.source)?;
        graph.target = self.as_column(&mut graph.edges, graph.target)?;
        let mut tables = Vec::with_capacity(graph.tables.len());
        for table in &mut graph.tables {
            table.key = self.as_column(&mut table.rel, table.key.clone())?;
            tables.push(self.share(None, table.rel.clone(), false)?);
        }
        let edges = self.share(None, graph.edges.clone(), false)?;
        Ok(Rc::new(NamedGraph { graph, edges, tables }))
    }

    /// A use of a graph that has a name.
    pub fn use_graph(&mut self, named: &NamedGraph) -> Bind<Box<Graph>> {
        let old = &named.graph;
        let edges = self.use_shared(named.edges)?;
        let mut tables = Vec::with_capacity(old.tables.len());
        let mut renames = Renames::default();
        renames.add(&old.edges, &edges);
        for (table, shared) in old.tables.iter().zip(&named.tables) {
            let rel = self.use_shared(*shared)?;
            renames.add(&table.rel, &rel);
            let partition = table.partition.map(|id| renames.of(id));
            tables.push(NodeTable { key: renames.expr(&table.key), rel, partition });
        }
        let mut properties = old.properties.clone();
        for property in &mut properties {
            property.column.id = self.column_id();
            if let PropertySource::Tables { columns, .. } = &mut property.source {
                columns.iter_mut().for_each(|(_, id)| *id = renames.of(*id));
            }
        }
        let source = renames.expr(&old.source);
        let target = renames.expr(&old.target);
        let partition = old.partition.map(|id| renames.of(id));
        let (visible, components) = (old.visible, old.components.clone());
        Ok(Box::new(Graph { edges, source, target, partition, tables, properties, visible, components }))
    }

    /// An expression as a column of its relation, a hidden one if there is none yet.
    fn as_column(&mut self, rel: &mut Rel, expr: Expr) -> Bind<Expr> {
        if expr.as_column().is_some() {
            return Ok(expr);
        }
        let (kind, span) = (expr.kind, expr.span);
        let id = self.column_id();
        let mut columns = rel.columns.clone();
        columns.push(Column { id, name: format!("_node{}", id.0).into(), kind });
        let (visible, serialized) = (rel.visible, rel.serialized);
        let definitions = vec![Definition { id, expr }];
        let node = Node::Project { input: Box::new(rel.clone()), definitions };
        *rel = self.rel(node, columns, visible, serialized)?;
        Ok(Expr::column(id, kind, span))
    }
}

/// Columns of shared relations, and what they are called in a use.
#[derive(Default)]
struct Renames(Vec<(ColumnId, ColumnId)>);

impl Renames {
    fn add(&mut self, old: &Rel, new: &Rel) {
        self.0.extend(old.columns.iter().zip(&new.columns).map(|(old, new)| (old.id, new.id)));
    }

    fn of(&self, id: ColumnId) -> ColumnId {
        self.0.iter().find(|(old, _)| *old == id).map_or(id, |(_, new)| *new)
    }

    fn expr(&self, expr: &Expr) -> Expr {
        let mut expr = expr.clone();
        expr.walk_mut(&mut |part| {
            if let ExprNode::Column(id) = &mut part.node {
                *id = self.of(*id);
            }
        });
        expr
    }
}

/// What expressions of `graph-match` can name, and what they named.
pub(super) struct MatchScope {
    /// The named elements of the pattern.
    pub elements: Vec<(String, Place)>,
    /// The columns of every element that expressions may read.
    pub columns: Vec<PlaceColumns>,
    /// The calls over paths so far.
    pub calls: Vec<PathCall>,
    /// Inside such a call: over what it is.
    pub inside: Option<Place>,
}

/// The columns of an element.
pub(super) struct PlaceColumns {
    /// The element.
    pub place: Place,
    /// Its columns, each a reference of its own.
    pub columns: Vec<Column>,
    /// How many of them are visible.
    pub visible: usize,
    /// What each of the columns is.
    pub references: Vec<Reference>,
}

impl MatchScope {
    /// The element of this name. A path is named by its edges.
    pub fn element(&self, name: &str) -> Option<Place> {
        self.elements.iter().find(|(known, _)| known == name).map(|(_, place)| *place)
    }

    /// The columns of an element.
    pub fn at(&self, place: Place) -> Option<&PlaceColumns> {
        self.columns.iter().find(|columns| columns.place == place)
    }

    /// What a column is, if it is a reference.
    pub fn reference(&self, id: ColumnId) -> Option<&Reference> {
        self.columns.iter().flat_map(|columns| &columns.references).find(|reference| reference.id == id)
    }

    /// The call over a path that a column stands for.
    pub fn call(&self, id: ColumnId) -> Option<&PathCall> {
        self.calls.iter().find(|call| call.id == id)
    }

    /// The elements that an expression reads, those inside its calls over paths left out.
    pub fn places(&self, expr: &Expr) -> Vec<Place> {
        let mut places = Vec::new();
        expr.walk(&mut |part| {
            if let ExprNode::Column(id) = part.node
                && let Some(reference) = self.reference(id)
                && !places.contains(&reference.place)
            {
                places.push(reference.place);
            }
        });
        places
    }
}

impl Binder<'_> {
    /// The columns of an element: of a node the graph's properties, of an edge those of the edges.
    pub fn place_columns(&mut self, graph: &Graph, place: Place) -> PlaceColumns {
        let (own, visible): (Vec<&Column>, usize) = match place {
            Place::Node(_) | Place::InnerNode(_) => {
                (graph.properties.iter().map(|property| &property.column).collect(), graph.visible)
            }
            Place::Edge(_) | Place::PathEdge(_) => (graph.edges.columns.iter().collect(), graph.edges.visible),
        };
        let mut found = PlaceColumns { place, columns: Vec::with_capacity(own.len()), visible, references: Vec::new() };
        for column in own {
            let id = self.column_id();
            let property = Property::Column(column.id);
            found.columns.push(Column { id, name: Arc::clone(&column.name), kind: column.kind });
            found.references.push(Reference { id, kind: column.kind, place, property });
        }
        found
    }

    /// What is no column of an element: its degree, its identity.
    pub fn special_property(
        &mut self,
        scope: &mut MatchScope,
        place: Place,
        property: Property,
        kind: KustoType,
    ) -> ColumnId {
        let found = scope.columns.iter_mut().find(|columns| columns.place == place);
        let known = found.as_ref().and_then(|columns| {
            columns.references.iter().find(|reference| reference.property == property).map(|reference| reference.id)
        });
        if let Some(id) = known {
            return id;
        }
        let id = self.column_id();
        if let Some(columns) = found {
            columns.references.push(Reference { id, kind, place, property });
        }
        id
    }
}
