//! The matches of a pattern, as a table: planning it plans the inputs of the graph and compiles what is said of its elements.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::adjacency::Way;
use super::exec::GraphExec;
use super::formula::{Formula, Queries};
use super::pattern::Unique;
use super::rows::{Call, Output};
use super::run::{HopWork, Work};
use super::source::{Read, Source};
use crate::kql::bind::tree::{MatchOutput, PathFunction, Place};

/// A pattern over a graph, its expressions not compiled yet. They read references by name.
#[derive(Debug)]
pub struct Spec {
    /// What the graph is made of.
    pub source: Source,
    /// Where the references are.
    pub reads: Vec<Read>,
    /// What must hold of each node.
    pub nodes: Vec<Option<Expr>>,
    /// The hops.
    pub hops: Vec<HopSpec>,
    /// The calls over paths.
    pub calls: Vec<CallSpec>,
    /// The queries that expressions hold.
    pub queries: Queries,
    /// The field of the identity, and the identity as text over it.
    pub text: (FieldRef, Expr),
    /// What a match may have only once.
    pub unique: Unique,
    /// Whether nothing can match.
    pub never: bool,
    /// Which matches are wanted.
    pub output: MatchOutput,
    /// The columns.
    pub outputs: Vec<Output>,
}

/// A hop.
#[derive(Debug)]
pub struct HopSpec {
    /// The nodes at its ends.
    pub ends: (usize, usize),
    /// How its edges are walked.
    pub way: Way,
    /// The least and greatest number of edges; absent for a single edge.
    pub range: Option<(u32, u32)>,
    /// What must hold of each edge.
    pub edges: Option<Expr>,
    /// What must hold of each node between.
    pub inner: Option<Expr>,
}

/// A call over paths.
#[derive(Debug)]
pub struct CallSpec {
    /// What it does.
    pub function: PathFunction,
    /// Over what.
    pub over: Place,
    /// What it looks at, of every element.
    pub body: Option<Expr>,
}

/// The matches.
#[derive(Debug)]
pub struct GraphTable {
    spec: Spec,
    schema: SchemaRef,
}

impl GraphTable {
    /// The matches of a pattern; the fields are those of its outputs.
    pub fn new(spec: Spec, fields: Vec<FieldRef>) -> Self {
        Self { spec, schema: Arc::new(Schema::new(fields)) }
    }

    fn work(&self, state: &dyn Session, outputs: Vec<Output>, schema: SchemaRef) -> Result<Work> {
        let spec = &self.spec;
        let fields: Vec<FieldRef> = spec.reads.iter().map(|read| Arc::clone(&read.field)).collect();
        let one = |expr: &Option<Expr>| {
            expr.as_ref().map(|expr| Formula::new(state, expr, &fields, &spec.queries)).transpose()
        };
        let mut hops = Vec::with_capacity(spec.hops.len());
        for hop in &spec.hops {
            let (edges, inner) = (one(&hop.edges)?, one(&hop.inner)?);
            hops.push(HopWork { ends: hop.ends, way: hop.way, range: hop.range, edges, inner });
        }
        let mut calls = Vec::with_capacity(spec.calls.len());
        for call in &spec.calls {
            calls.push(Call { function: call.function, over: call.over, body: one(&call.body)? });
        }
        let (field, text) = &spec.text;
        let text = Formula::new(state, text, std::slice::from_ref(field), &Queries::default())?;
        Ok(Work {
            has_parts: spec.source.has_parts,
            components: spec.source.components.clone(),
            values: spec.source.values.clone(),
            text: text.with(&[])?,
            reads: spec.reads.clone(),
            tables: spec.source.tables.len(),
            nodes: spec.nodes.iter().map(one).collect::<Result<_>>()?,
            hops,
            calls,
            unique: spec.unique,
            never: spec.never,
            output: spec.output,
            outputs,
            schema,
        })
    }
}

#[async_trait]
impl TableProvider for GraphTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all: Vec<usize> = (0..self.spec.outputs.len()).collect();
        let chosen = projection.unwrap_or(&all);
        let outputs = chosen.iter().filter_map(|place| self.spec.outputs.get(*place).copied()).collect();
        let schema = Arc::new(self.schema.project(chosen)?);
        let work = self.work(state, outputs, schema)?;
        let source = &self.spec.source;
        let mut inputs = Vec::new();
        for plan in std::iter::once(&source.edges).chain(&source.tables).chain(&self.spec.queries.0) {
            inputs.push(state.create_physical_plan(plan).await?);
        }
        Ok(Arc::new(GraphExec::new(inputs, Arc::new(work))))
    }
}
