//! Reads the rows of a graph, builds it, and looks for matches, a batch at a time.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{Result, ScalarValue, internal_datafusion_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use futures::StreamExt;
use futures::future::try_join_all;

use super::adjacency::Way;
use super::build::{Wanted, build};
use super::formula::Formula;
use super::matches::Matches;
use super::pattern::{Chosen, Hop, Pattern, Unique};
use super::rows::{Call, Output, Rows};
use super::search::{Progress, Search};
use super::shortest::Shortest;
use super::source::{NodeValue, Read};
use crate::kql::bind::tree::{Components, MatchOutput};

/// What a search does before others have their turn.
const WORK: usize = 1 << 16;

/// What there is to do, compiled.
#[derive(Debug)]
pub struct Work {
    /// Whether the graph has parts.
    pub has_parts: bool,
    /// The numberings of connected parts.
    pub components: Vec<Components>,
    /// What is read of nodes.
    pub values: Vec<NodeValue>,
    /// The identity as text.
    pub text: Formula,
    /// Where references are.
    pub reads: Vec<Read>,
    /// How many tables of nodes there are.
    pub tables: usize,
    /// What must hold of each node.
    pub nodes: Vec<Option<Formula>>,
    /// The hops.
    pub hops: Vec<HopWork>,
    /// The calls over paths.
    pub calls: Vec<Call>,
    /// What a match may have only once.
    pub unique: Unique,
    /// Whether nothing can match.
    pub never: bool,
    /// Which matches are wanted.
    pub output: MatchOutput,
    /// The columns.
    pub outputs: Vec<Output>,
    /// Their fields.
    pub schema: SchemaRef,
}

/// A hop.
#[derive(Debug)]
pub struct HopWork {
    /// The nodes at its ends.
    pub ends: (usize, usize),
    /// How its edges are walked.
    pub way: Way,
    /// The least and greatest number of edges; absent for a single edge.
    pub range: Option<(u32, u32)>,
    /// What must hold of each edge.
    pub edges: Option<Formula>,
    /// What must hold of each node between.
    pub inner: Option<Formula>,
}

/// A run: what is read first, then what is found.
pub enum Run {
    /// The inputs, which are not read yet.
    Inputs(Vec<SendableRecordBatchStream>, Arc<Work>, Arc<TaskContext>),
    /// The graph, and how far the search is.
    Found(Box<Found>),
}

/// A graph in which matches are looked for.
pub struct Found {
    rows: Rows,
    finder: Finder,
    nodes: usize,
    hops: usize,
    size: usize,
    _held: MemoryReservation,
}

enum Finder {
    Nothing,
    All(Box<Search>),
    Shortest(Box<Shortest>),
}

impl Run {
    /// The next rows, and the run that goes on.
    pub async fn next(self) -> Result<Option<(RecordBatch, Self)>> {
        let mut found = match self {
            Self::Inputs(inputs, work, context) => Box::new(Found::new(inputs, &work, &context).await?),
            Self::Found(found) => found,
        };
        let mut matches = Matches::new(found.nodes, found.hops);
        loop {
            let progress = match &mut found.finder {
                Finder::Nothing => Progress::Done,
                Finder::All(search) => search.fill(&mut matches, found.size, WORK),
                Finder::Shortest(shortest) => shortest.fill(&mut matches, found.size, WORK),
            };
            match progress {
                Progress::Paused => tokio::task::yield_now().await,
                Progress::Done if matches.len == 0 => return Ok(None),
                Progress::Done => {
                    found.finder = Finder::Nothing;
                    break;
                }
                Progress::Full => break,
            }
        }
        let batch = found.rows.of(&matches)?;
        Ok(Some((batch, Self::Found(found))))
    }
}

impl Found {
    async fn new(inputs: Vec<SendableRecordBatchStream>, work: &Work, context: &TaskContext) -> Result<Self> {
        let held = MemoryConsumer::new("graph").register(context.memory_pool());
        let mut rows = try_join_all(inputs.into_iter().map(|input| read(input, &held))).await?.into_iter();
        let edges = rows.next().ok_or_else(|| internal_datafusion_err!("a graph has no edges"))?;
        let tables = rows.by_ref().take(work.tables).collect();
        let queries = rows.map(|rows| value(&rows)).collect::<Result<Vec<_>>>()?;
        let wanted =
            Wanted { has_parts: work.has_parts, components: &work.components, values: &work.values, text: &work.text };
        let built = build(edges, tables, &wanted, &held).await?;
        let graph = Arc::clone(&built.graph);
        let mut calls = Vec::with_capacity(work.calls.len());
        for call in &work.calls {
            let body = call.body.as_ref().map(|body| body.with(&queries)).transpose()?;
            calls.push(Call { body, ..call.clone() });
        }
        let (reads, outputs, schema) = (work.reads.clone(), work.outputs.clone(), Arc::clone(&work.schema));
        let rows = Rows { built, reads, calls, outputs, schema };
        let pattern = pattern(work, &rows, &queries).await?;
        let finder = match work.output {
            _ if work.never => Finder::Nothing,
            MatchOutput::All => {
                held.try_grow((graph.nodes() + graph.edges()) / 8 + graph.nodes() * 4 * work.hops.len())?;
                Finder::All(Box::new(Search::new(graph, pattern, u32::MAX)))
            }
            MatchOutput::AnyShortest | MatchOutput::AllShortest => {
                held.try_grow(Shortest::bytes(&pattern, graph.nodes()))?;
                Finder::Shortest(Box::new(Shortest::new(graph, pattern, work.output == MatchOutput::AllShortest)))
            }
        };
        let (nodes, hops) = (work.nodes.len(), work.hops.len());
        Ok(Self { rows, finder, nodes, hops, size: context.session_config().batch_size(), _held: held })
    }
}

/// All rows of an input.
async fn read(mut input: SendableRecordBatchStream, held: &MemoryReservation) -> Result<RecordBatch> {
    let schema = input.schema();
    let mut batches = Vec::new();
    while let Some(batch) = input.next().await.transpose()? {
        held.try_grow(batch.get_array_memory_size())?;
        batches.push(batch);
    }
    Ok(concat_batches(&schema, &batches)?)
}

/// The value of a query: the first cell, null if there is none.
fn value(rows: &RecordBatch) -> Result<ScalarValue> {
    let column = rows.columns().first().ok_or_else(|| internal_datafusion_err!("a query for a value has no column"))?;
    match rows.num_rows() {
        0 => ScalarValue::try_new_null(column.data_type()),
        _ => ScalarValue::try_from_array(column, 0),
    }
}

/// The pattern with what its elements may be.
async fn pattern(work: &Work, rows: &Rows, queries: &[ScalarValue]) -> Result<Pattern> {
    let count = rows.built.graph.nodes();
    let edge_count = rows.built.graph.edges();
    let mut nodes = Vec::with_capacity(work.nodes.len());
    for node in &work.nodes {
        nodes.push(chosen(node.as_ref(), rows, queries, count).await?);
    }
    let mut hops = Vec::with_capacity(work.hops.len());
    for hop in &work.hops {
        let edges = chosen(hop.edges.as_ref(), rows, queries, edge_count).await?;
        let inner = chosen(hop.inner.as_ref(), rows, queries, count).await?;
        let (from, to) = hop.ends;
        hops.push(Hop { from, to, way: hop.way, range: hop.range, edges, inner });
    }
    Ok(Pattern { nodes, hops, unique: work.unique })
}

async fn chosen(formula: Option<&Formula>, rows: &Rows, queries: &[ScalarValue], count: usize) -> Result<Chosen> {
    let Some(formula) = formula else { return Ok(Chosen::default()) };
    let formula = formula.with(queries)?;
    let columns = formula.reads.iter().map(|read| rows.all(*read).map(Arc::clone)).collect::<Result<Vec<_>>>()?;
    tokio::task::yield_now().await;
    Ok(Chosen::of(formula.truth(&columns, count)?))
}
