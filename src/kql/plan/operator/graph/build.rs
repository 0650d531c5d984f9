//! Rows of edges and nodes to a graph: identities become numbers, once, and everything after that is about numbers.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, Scalar, StringViewArray, UInt32Array,
};
use datafusion::arrow::compute::kernels::cmp::neq;
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::{and_kleene, cast, is_not_null, is_null, take};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::EmitTo;
use datafusion::physical_plan::aggregates::group_values::{GroupValues, new_group_values};
use datafusion::physical_plan::aggregates::order::GroupOrdering;
use tokio::task::yield_now;

use super::adjacency::Adjacency;
use super::components::number;
use super::formula::Formula;
use super::source::NodeValue;
use crate::kql::bind::tree::Components;

/// A graph that is built.
#[derive(Debug)]
pub struct Built {
    /// The edges by their nodes.
    pub graph: Arc<Adjacency>,
    /// The rows of the edges; an edge's number is its row.
    pub edges: RecordBatch,
    /// What is read of the nodes.
    pub values: Vec<ArrayRef>,
}

/// What the nodes of a graph are.
struct Nodes {
    count: usize,
    identity: ArrayRef,
    part: Option<ArrayRef>,
    /// For each table the row of every node, null if it has none.
    rows: Vec<UInt32Array>,
}

/// What is wanted of a graph.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// Whether it has parts.
    pub has_parts: bool,
    /// The numberings of connected parts.
    pub components: &'a [Components],
    /// What is read of nodes.
    pub values: &'a [NodeValue],
    /// The identity as text, of the identity.
    pub text: &'a Formula,
}

/// Builds a graph of rows. What it takes in memory besides the rows is reserved.
pub async fn build(
    edges: RecordBatch,
    tables: Vec<RecordBatch>,
    wanted: &Wanted<'_>,
    held: &MemoryReservation,
) -> Result<Built> {
    let keys = if wanted.has_parts { 2 } else { 1 };
    let schema = edges.schema();
    let fields: Vec<Field> = schema.fields().iter().take(keys).map(|field| field.as_ref().clone()).collect();
    let mut interner = new_group_values(Arc::new(Schema::new(fields)), &GroupOrdering::None)?;
    let key = |batch: &RecordBatch, at: usize| -> Vec<ArrayRef> {
        let part = wanted.has_parts.then(|| Arc::clone(batch.column(0)));
        part.into_iter().chain([Arc::clone(batch.column(at))]).collect()
    };
    if edges.num_columns() <= keys || tables.iter().any(|table| table.num_columns() < keys) {
        return Err(internal_datafusion_err!("the inputs of a graph lack identities"));
    }
    let source = intern(interner.as_mut(), &key(&edges, keys - 1)).await?;
    let target = intern(interner.as_mut(), &key(&edges, keys)).await?;
    let mut numbers = Vec::with_capacity(tables.len());
    for table in &tables {
        numbers.push(intern(interner.as_mut(), &key(table, keys - 1)).await?);
    }
    let count = interner.len();
    let per_node = 4 * (numbers.len() + 3 * wanted.components.len());
    held.try_grow(
        Adjacency::bytes(count, source.len()).saturating_add(interner.size()).saturating_add(per_node * count),
    )?;
    let rows = numbers.iter().map(|numbers| first_rows(numbers, count)).collect();
    let mut emitted = interner.emit(EmitTo::All)?;
    let identity = emitted.pop().ok_or_else(|| internal_datafusion_err!("nodes have no identity"))?;
    let nodes = Nodes { count, identity, part: emitted.pop(), rows };
    yield_now().await;
    let graph = Adjacency::new(count, source, target);
    yield_now().await;
    let components = components(&graph, &nodes, wanted.components)?;
    let mut values = Vec::with_capacity(wanted.values.len());
    for value in wanted.values {
        let array = node_value(value, &graph, &nodes, &tables, &components, wanted.text)?;
        held.try_grow(array.get_array_memory_size())?;
        values.push(array);
        yield_now().await;
    }
    Ok(Built { graph: Arc::new(graph), edges, values })
}

/// The numbers of identities.
async fn intern(interner: &mut dyn GroupValues, keys: &[ArrayRef]) -> Result<Vec<u32>> {
    const ROWS: usize = 1 << 16;
    let rows = keys.first().map_or(0, |key| key.len());
    let mut numbers = Vec::with_capacity(rows);
    let mut some = Vec::new();
    let mut at = 0;
    while at < rows {
        let count = ROWS.min(rows - at);
        let keys: Vec<ArrayRef> = keys.iter().map(|key| key.slice(at, count)).collect();
        interner.intern(&keys, &mut some)?;
        for number in &some {
            let number = u32::try_from(*number).ok().filter(|number| *number < u32::MAX);
            numbers.push(number.ok_or_else(|| internal_datafusion_err!("a graph has too many nodes"))?);
        }
        at += count;
        yield_now().await;
    }
    if u32::try_from(rows).is_err() {
        return Err(internal_datafusion_err!("a graph has too many edges or rows of nodes"));
    }
    Ok(numbers)
}

/// The first row of every node.
fn first_rows(numbers: &[u32], count: usize) -> UInt32Array {
    let mut rows: Vec<Option<u32>> = vec![None; count];
    for (row, node) in (0..).zip(numbers) {
        if let Some(slot) = rows.get_mut(*node as usize) {
            slot.get_or_insert(row);
        }
    }
    rows.into()
}

fn components(graph: &Adjacency, nodes: &Nodes, wanted: &[Components]) -> Result<Vec<ArrayRef>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let parts = match &nodes.part {
        Some(part) => {
            let fields = vec![Field::new("part", part.data_type().clone(), true)];
            let mut interner = new_group_values(Arc::new(Schema::new(fields)), &GroupOrdering::None)?;
            let mut numbers = Vec::new();
            interner.intern(&[Arc::clone(part)], &mut numbers)?;
            Some(numbers.into_iter().map(|number| u32::try_from(number).unwrap_or(u32::MAX)).collect::<Vec<u32>>())
        }
        None => None,
    };
    let numbered = wanted.iter().map(|kind| Arc::new(Int64Array::from(number(graph, *kind, parts.as_deref()))) as _);
    Ok(numbered.collect())
}

fn node_value(
    value: &NodeValue,
    graph: &Adjacency,
    nodes: &Nodes,
    tables: &[RecordBatch],
    components: &[ArrayRef],
    text: &Formula,
) -> Result<ArrayRef> {
    let degree = |of: &dyn Fn(u32) -> usize| -> ArrayRef {
        let all = 0..u32::try_from(nodes.count).unwrap_or(u32::MAX);
        Arc::new(all.map(|node| i64::try_from(of(node)).unwrap_or(i64::MAX)).collect::<Int64Array>())
    };
    let missing = || internal_datafusion_err!("a graph lacks what is read of its nodes");
    Ok(match value {
        NodeValue::Identity => Arc::clone(&nodes.identity),
        NodeValue::Text => text.values(vec![Arc::clone(&nodes.identity)], nodes.count)?,
        NodeValue::InDegree => degree(&|node| graph.arriving(node).len()),
        NodeValue::OutDegree => degree(&|node| graph.leaving(node).len()),
        NodeValue::Part => Arc::clone(nodes.part.as_ref().ok_or_else(missing)?),
        NodeValue::Component(place) => Arc::clone(components.get(*place).ok_or_else(missing)?),
        NodeValue::Tables { columns, is_key, is_text } => {
            let mut merged: Option<ArrayRef> = None;
            for (table, place) in columns {
                let rows = nodes.rows.get(*table).ok_or_else(missing)?;
                let column = tables.get(*table).and_then(|table| table.columns().get(*place)).ok_or_else(missing)?;
                let found = take(column, rows, None)?;
                merged = Some(match merged {
                    Some(first) => {
                        let found = cast(&found, first.data_type())?;
                        zip(&is_there(&first, *is_text)?, &first, &found)?
                    }
                    None => found,
                });
            }
            let mut merged = merged.ok_or_else(missing)?;
            if *is_key {
                let identity = cast(&nodes.identity, merged.data_type())?;
                merged = zip(&without_rows(nodes)?, &identity, &merged)?;
            }
            if *is_text { filled(&merged)? } else { merged }
        }
    })
}

/// Whether a value is there: neither null nor, if it is text, empty.
fn is_there(values: &ArrayRef, is_text: bool) -> Result<BooleanArray> {
    if !is_text {
        return Ok(is_not_null(values)?);
    }
    let full = neq(values, &Scalar::new(StringViewArray::from(vec![""])))?;
    Ok(and_kleene(&is_not_null(values)?, &full)?)
}

/// Which nodes have no row in any table.
fn without_rows(nodes: &Nodes) -> Result<BooleanArray> {
    let mut none = BooleanArray::from(vec![true; nodes.count]);
    for rows in &nodes.rows {
        none = and_kleene(&none, &is_null(rows)?)?;
    }
    Ok(none)
}

/// Text that is never null.
fn filled(values: &ArrayRef) -> Result<ArrayRef> {
    if values.null_count() == 0 || *values.data_type() != DataType::Utf8View {
        return Ok(Arc::clone(values));
    }
    let texts = values.as_string_view();
    let empty = Scalar::new(StringViewArray::from(vec![""]));
    Ok(zip(&is_not_null(texts)?, &texts, &empty)?)
}
