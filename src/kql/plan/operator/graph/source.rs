//! What a graph is made of, as plans, and where in them its references are.

use std::sync::Arc;

use datafusion::arrow::datatypes::FieldRef;
use datafusion::logical_expr::{Expr as Plain, LogicalPlan, LogicalPlanBuilder};

use super::super::super::error::{PlanError, Result};
use super::super::super::lowered::{column, name};
use super::super::super::planner::Planner;
use crate::catalog::KustoType;
use crate::kql::bind::tree::{ColumnId, Components, Expr, Graph, Place, Property, PropertySource, Reference, Rel};

/// The inputs of a graph.
///
/// An input has, in this order: the part, if the graph has parts; what tells nodes apart, of the edges source and target, of a table the
/// key; and the columns that are read.
#[derive(Debug)]
pub struct Source {
    /// The edges.
    pub edges: LogicalPlan,
    /// The tables of nodes.
    pub tables: Vec<LogicalPlan>,
    /// Whether the graph has parts.
    pub has_parts: bool,
    /// The numberings of connected parts.
    pub components: Vec<Components>,
    /// What is read of nodes.
    pub values: Vec<NodeValue>,
    /// The type of the identities.
    pub identity: KustoType,
}

/// Something that is read of every node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeValue {
    /// Columns of tables, by table and column: the first value that is neither null nor empty.
    Tables {
        /// Table and place of the column in it.
        columns: Vec<(usize, usize)>,
        /// Whether nodes without a row have their identity there.
        is_key: bool,
        /// Whether it is text, which is never null.
        is_text: bool,
    },
    /// The identity.
    Identity,
    /// The identity as text.
    Text,
    /// How many edges end at the node.
    InDegree,
    /// How many edges start at it.
    OutDegree,
    /// The part.
    Part,
    /// The number of the connected part, by numbering.
    Component(usize),
}

/// Where a reference is found.
#[derive(Debug, Clone)]
pub struct Read {
    /// The element.
    pub place: Place,
    /// Its value.
    pub from: From,
    /// The field that expressions know it as.
    pub field: FieldRef,
}

/// What holds the values of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// A column of the edges, by place.
    Edges(usize),
    /// A value of nodes, by place.
    Nodes(usize),
}

/// The inputs of a graph, and for each reference where it is.
pub fn source(planner: &mut Planner, graph: &Graph, references: &[Reference]) -> Result<(Source, Vec<Read>)> {
    let own = |place: Place| matches!(place, Place::Edge(_) | Place::PathEdge(_));
    let of_edges = references.iter().filter(|reference| own(reference.place));
    let of_nodes = references.iter().filter(|reference| !own(reference.place));
    let wanted = columns(of_edges.filter_map(|reference| match reference.property {
        Property::Column(id) => Some(id),
        _ => None,
    }));
    let edges = input(planner, &graph.edges, graph.partition, &[&graph.source, &graph.target], &wanted)?;

    let sources: Vec<&PropertySource> = of_nodes
        .filter_map(|reference| match reference.property {
            Property::Column(id) => graph.property(id).map(|property| &property.source),
            _ => None,
        })
        .collect();
    let mut tables = Vec::with_capacity(graph.tables.len());
    let mut places: Vec<Vec<ColumnId>> = Vec::with_capacity(graph.tables.len());
    for (at, table) in graph.tables.iter().enumerate() {
        let read = sources.iter().flat_map(|source| match source {
            PropertySource::Tables { columns, .. } => columns.as_slice(),
            _ => &[],
        });
        let read = columns(read.filter(|(table, _)| *table == at).map(|(_, id)| *id));
        tables.push(input(planner, &table.rel, table.partition, &[&table.key], &read)?);
        places.push(read);
    }
    let has_parts = graph.partition.is_some();
    let first = usize::from(has_parts);
    let mut source = Source {
        edges,
        tables,
        has_parts,
        components: graph.components.clone(),
        values: Vec::new(),
        identity: graph.source.kind,
    };
    let mut reads = Vec::with_capacity(references.len());
    for reference in references {
        let from = match own(reference.place) {
            true => {
                let Property::Column(id) = reference.property else { return Err(missing()) };
                let place = wanted.iter().position(|wanted| *wanted == id).ok_or_else(missing)?;
                From::Edges(first + 2 + place)
            }
            false => {
                let value = node_value(graph, reference, &places, first + 1)?;
                let known = source.values.iter().position(|known| *known == value);
                From::Nodes(known.unwrap_or_else(|| {
                    source.values.push(value);
                    source.values.len() - 1
                }))
            }
        };
        let field = reference.kind.field(&name(reference.id));
        reads.push(Read { place: reference.place, from, field: Arc::new(field) });
    }
    Ok((source, reads))
}

fn missing() -> PlanError {
    PlanError::refused("a graph is asked for a property that it does not have")
}

/// Each column once.
fn columns(all: impl Iterator<Item = ColumnId>) -> Vec<ColumnId> {
    let mut found = Vec::new();
    for id in all {
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

fn input(
    planner: &mut Planner,
    rel: &Rel,
    partition: Option<ColumnId>,
    keys: &[&Expr],
    read: &[ColumnId],
) -> Result<LogicalPlan> {
    let plan = planner.rel(rel)?;
    let mut exprs: Vec<Plain> = Vec::with_capacity(read.len() + 3);
    if let Some(partition) = partition {
        let name = planner.fresh();
        exprs.push(column(partition).alias(name));
    }
    for key in keys {
        let name = planner.fresh();
        exprs.push(planner.value(key, &plan)?.alias(name));
    }
    exprs.extend(read.iter().map(|id| column(*id)));
    Ok(LogicalPlanBuilder::from(plan).project(exprs)?.build()?)
}

/// What is read of nodes for a reference. `first` is the place of the first column that a table is read for.
fn node_value(graph: &Graph, reference: &Reference, places: &[Vec<ColumnId>], first: usize) -> Result<NodeValue> {
    Ok(match reference.property {
        Property::InDegree => NodeValue::InDegree,
        Property::OutDegree => NodeValue::OutDegree,
        Property::Identity => NodeValue::Text,
        Property::Partition => NodeValue::Part,
        Property::Column(id) => match &graph.property(id).ok_or_else(missing)?.source {
            PropertySource::Identity => NodeValue::Identity,
            PropertySource::Component(place) => NodeValue::Component(*place),
            PropertySource::Tables { columns, is_key } => {
                let mut found = Vec::with_capacity(columns.len());
                for (table, id) in columns {
                    let place = places.get(*table).and_then(|ids| ids.iter().position(|other| other == id));
                    found.push((*table, first + place.ok_or_else(missing)?));
                }
                NodeValue::Tables { columns: found, is_key: *is_key, is_text: reference.kind == KustoType::String }
            }
        },
    })
}
