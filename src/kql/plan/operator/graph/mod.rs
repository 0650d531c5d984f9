//! Graphs: patterns that are looked for among nodes and edges.
//!
//! A graph is built of rows once, with numbers for nodes ([`build`]). What is said of one node or edge alone is computed for all of them
//! at once and says which may stand where ([`pattern`]); then matches are looked for ([`search`], [`shortest`]) and made rows ([`rows`]).
//! What is said of several elements at once is a filter above the table of matches ([`table`]).

mod adjacency;
mod build;
mod components;
mod exec;
mod formula;
mod longer;
mod matches;
mod order;
mod pattern;
mod reached;
mod rows;
mod run;
mod search;
mod shortest;
mod source;
mod states;
mod table;
#[cfg(test)]
mod tests;
mod walks;

use std::sync::Arc;

use datafusion::arrow::datatypes::FieldRef;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr as Plain, LogicalPlanBuilder};

use super::super::error::{PlanError, Result};
use super::super::lowered::{Lowered, name};
use super::super::planner::Planner;
use super::named;
use crate::catalog::KustoType;
use crate::kql::bind::tree::{Cycles, Expr, GraphMatch, GraphNodes, MatchOutput, PathFunction, Rel};
use crate::kql::syntax::ast::EdgeDirection;
use adjacency::Way;
use formula::Queries;
use pattern::Unique;
use rows::Output;
use source::source;
use table::{CallSpec, GraphTable, HopSpec, Spec};

/// Lowers `graph-match` and `graph-shortest-paths`.
pub fn lower(planner: &mut Planner, rel: &Rel, node: &GraphMatch) -> Result<Lowered> {
    let (source, reads) = source(planner, &node.graph, &node.references)?;
    let mut queries = Queries::default();
    let nodes = node.nodes.iter().map(|node| all(planner, &node.filter, &mut queries)).collect::<Result<Vec<_>>>()?;
    let mut hops = Vec::with_capacity(node.hops.len());
    for hop in &node.hops {
        let way = match hop.direction {
            EdgeDirection::Right => Way::Out,
            EdgeDirection::Left => Way::Into,
            EdgeDirection::Any => Way::Both,
        };
        let edges = all(planner, &hop.edges, &mut queries)?;
        let inner = all(planner, &hop.inner, &mut queries)?;
        hops.push(HopSpec { ends: (hop.from, hop.to), way, range: hop.range, edges, inner });
    }
    let mut calls = Vec::with_capacity(node.calls.len());
    for call in &node.calls {
        let body = match (&call.body, call.function) {
            (None, _) => None,
            (Some(body), PathFunction::Map) => Some(queries.take(planner.expr(body)?)?),
            (Some(body), _) => Some(queries.take(planner.truth(body)?)?),
        };
        calls.push(CallSpec { function: call.function, over: call.over, body });
    }
    let unique = match node.cycles {
        Cycles::All => Unique::Nothing,
        Cycles::UniqueEdges => Unique::Edges,
        Cycles::None => Unique::Nodes,
    };
    let text = identity_text(planner, source.identity)?;
    // A sequence that comes to a node again is a cycle.
    let never = node.has_cycle && node.cycles == Cycles::None;
    let mut outputs = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        let reference = node.references.iter().position(|reference| reference.id == own.id).map(Output::Reference);
        let call = || node.calls.iter().position(|call| call.id == own.id).map(Output::Call);
        outputs.push(
            reference.or_else(call).ok_or_else(|| PlanError::refused("a match gives a column that is not there"))?,
        );
    }
    let output = node.output;
    table(rel, Spec { source, reads, nodes, hops, calls, queries, text, unique, never, output, outputs })
}

/// Lowers `graph-to-table nodes`: the matches of a pattern of one node.
pub fn nodes(planner: &mut Planner, rel: &Rel, node: &GraphNodes) -> Result<Lowered> {
    let (source, reads) = source(planner, &node.graph, &node.references)?;
    let text = identity_text(planner, source.identity)?;
    let mut outputs = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        let place = node.references.iter().position(|reference| reference.id == own.id);
        outputs.push(Output::Reference(place.ok_or_else(|| PlanError::refused("a node lacks a column that is read"))?));
    }
    let spec = Spec {
        source,
        reads,
        nodes: vec![None],
        hops: Vec::new(),
        calls: Vec::new(),
        queries: Queries::default(),
        text,
        unique: Unique::Nothing,
        never: false,
        output: MatchOutput::All,
        outputs,
    };
    table(rel, spec)
}

fn table(rel: &Rel, spec: Spec) -> Result<Lowered> {
    let fields: Vec<FieldRef> = rel.columns.iter().map(|own| Arc::new(own.kind.field(&name(own.id)))).collect();
    let table = Arc::new(GraphTable::new(spec, fields));
    let scan = LogicalPlanBuilder::scan("graph", provider_as_source(table), None)?.build()?;
    let own = scan.schema().columns().into_iter().zip(&rel.columns);
    let own: Vec<Plain> = own.map(|(field, own)| Plain::Column(field).alias(name(own.id))).collect();
    Ok(Lowered::unordered(LogicalPlanBuilder::from(scan).project(own)?.build()?))
}

/// Conditions that must all hold.
fn all(planner: &mut Planner, conditions: &[Expr], queries: &mut Queries) -> Result<Option<Plain>> {
    let mut found: Option<Plain> = None;
    for condition in conditions {
        let condition = queries.take(planner.truth(condition)?)?;
        found = Some(match found {
            Some(before) => before.and(condition),
            None => condition,
        });
    }
    Ok(found)
}

/// The identity of a node as text: the field of the identity, and the expression over it.
fn identity_text(planner: &mut Planner, kind: KustoType) -> Result<(FieldRef, Plain)> {
    let name = "identity";
    let text = planner.convert(named(name), kind, KustoType::String)?;
    Ok((Arc::new(kind.field(name)), text))
}
