//! Matches to rows: what is read of their nodes and edges, and what calls over their paths give.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StringViewBuilder, UInt32Array,
};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{Result, internal_datafusion_err, internal_err};

use super::build::Built;
use super::formula::{Formula, bits};
use super::matches::{Matches, Paths};
use super::source::{From, Read};
use crate::kql::bind::tree::{PathFunction, Place};

/// A column of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// A reference, by place.
    Reference(usize),
    /// A call, by place.
    Call(usize),
}

/// A call over paths.
#[derive(Debug, Clone)]
pub struct Call {
    /// What it does.
    pub function: PathFunction,
    /// Over what.
    pub over: Place,
    /// What it looks at, of every element.
    pub body: Option<Formula>,
}

/// Makes rows of matches.
#[derive(Debug)]
pub struct Rows {
    /// The graph.
    pub built: Built,
    /// Where references are.
    pub reads: Vec<Read>,
    /// The calls.
    pub calls: Vec<Call>,
    /// The columns of the rows.
    pub outputs: Vec<Output>,
    /// Their fields.
    pub schema: SchemaRef,
}

impl Rows {
    /// The values of a reference, of all nodes or edges.
    pub fn all(&self, read: usize) -> Result<&ArrayRef> {
        let found = self.reads.get(read).and_then(|read| match read.from {
            From::Edges(place) => self.built.edges.columns().get(place),
            From::Nodes(place) => self.built.values.get(place),
        });
        found.ok_or_else(|| internal_datafusion_err!("a graph lacks a property that is read"))
    }

    /// The rows of matches.
    pub fn of(&self, matches: &Matches) -> Result<RecordBatch> {
        let mut columns = Vec::with_capacity(self.outputs.len());
        for (output, field) in self.outputs.iter().zip(self.schema.fields()) {
            let column = match output {
                Output::Reference(read) => {
                    let place = self.reads.get(*read).map(|read| read.place);
                    take(self.all(*read)?, &UInt32Array::from(ids(matches, place)?.to_vec()), None)?
                }
                Output::Call(call) => self.call(*call, matches)?,
            };
            columns.push(if column.data_type() == field.data_type() {
                column
            } else {
                cast(&column, field.data_type())?
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(matches.len));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }

    fn call(&self, call: usize, matches: &Matches) -> Result<ArrayRef> {
        let Some(call) = self.calls.get(call) else { return internal_err!("a match lacks a call over its paths") };
        let (elements, ends) = elements(matches, call.over)?;
        let Some(body) = &call.body else {
            let mut start = 0;
            let lengths = ends.iter().map(|end| i64::try_from(end - std::mem::replace(&mut start, *end)).ok());
            return Ok(Arc::new(lengths.collect::<Int64Array>()));
        };
        let mut columns = Vec::with_capacity(body.reads.len());
        for read in &body.reads {
            let place = self.reads.get(*read).map(|read| read.place);
            let ids = match place == Some(call.over) {
                true => UInt32Array::from(elements.to_vec()),
                false => spread(ids(matches, place)?, ends),
            };
            columns.push(take(self.all(*read)?, &ids, None)?);
        }
        let values = body.values(columns, elements.len())?;
        match call.function {
            PathFunction::All => tests(&values, ends, true),
            PathFunction::Any => tests(&values, ends, false),
            PathFunction::Map | PathFunction::Length => arrays(&values, ends),
        }
    }
}

/// The node or single edge of every match.
fn ids(matches: &Matches, place: Option<Place>) -> Result<&[u32]> {
    let found = match place {
        Some(Place::Node(at)) => matches.nodes.get(at).map(Vec::as_slice),
        Some(Place::Edge(at)) => matches.hops.get(at).map(|hop: &Paths| hop.edges.as_slice()),
        _ => None,
    };
    found.ok_or_else(|| internal_datafusion_err!("a match lacks an element that is read"))
}

/// The elements of the paths of all matches, and where those of each match end.
fn elements(matches: &Matches, over: Place) -> Result<(&[u32], &[usize])> {
    let found = match over {
        Place::PathEdge(at) => matches.hops.get(at).map(|hop| (hop.edges.as_slice(), hop.edge_ends.as_slice())),
        Place::InnerNode(at) => matches.hops.get(at).map(|hop| (hop.inner.as_slice(), hop.inner_ends.as_slice())),
        Place::Node(_) | Place::Edge(_) => None,
    };
    found.ok_or_else(|| internal_datafusion_err!("a match lacks a path that is read"))
}

/// What belongs to a match, for each of its elements.
fn spread(ids: &[u32], ends: &[usize]) -> UInt32Array {
    let mut start = 0;
    let counts = ends.iter().map(|end| end - std::mem::replace(&mut start, *end));
    ids.iter().zip(counts).flat_map(|(id, count)| std::iter::repeat_n(*id, count)).collect::<Vec<u32>>().into()
}

/// Whether all elements of a match are true, or one.
fn tests(values: &ArrayRef, ends: &[usize], all: bool) -> Result<ArrayRef> {
    let truth = bits(values)?;
    let mut start = 0;
    let found = ends.iter().map(|end| {
        let own = truth.slice(start, end - start);
        start = *end;
        Some(if all { own.count_set_bits() == own.len() } else { own.count_set_bits() > 0 })
    });
    Ok(Arc::new(found.collect::<BooleanArray>()))
}

/// The values of a match, which are JSON each, as an array.
fn arrays(values: &ArrayRef, ends: &[usize]) -> Result<ArrayRef> {
    let values = cast(values, &DataType::Utf8View)?;
    let mut values = values.as_string_view().iter();
    let mut built = StringViewBuilder::with_capacity(ends.len());
    let mut text = String::new();
    let mut start = 0;
    for end in ends {
        text.clear();
        text.push('[');
        for (at, value) in values.by_ref().take(end - start).enumerate() {
            if at > 0 {
                text.push(',');
            }
            text.push_str(value.unwrap_or("null"));
        }
        text.push(']');
        built.append_value(&text);
        start = *end;
    }
    Ok(Arc::new(built.finish()))
}
