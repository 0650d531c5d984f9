//! Graph nodes in the text of [`Script::dump`](super::Script::dump).

use super::{Expr, Graph, GraphMatch, GraphNodes, PathCall, Place, Property, PropertySource, Reference};
use crate::kql::syntax::ast::EdgeDirection;

/// How an expression is written.
type Write = fn(&Expr) -> String;

/// `graph-match` and `graph-shortest-paths`.
pub(super) fn graph_match(found: &GraphMatch, write: Write) -> String {
    let all = |exprs: &[Expr]| exprs.iter().map(write).collect::<Vec<_>>().join(" and ");
    let nodes = found.nodes.iter().enumerate().map(|(place, node)| {
        let filter = if node.filter.is_empty() { String::new() } else { format!(" if {}", all(&node.filter)) };
        format!("n{place}{filter}")
    });
    let hops = found.hops.iter().enumerate().map(|(place, hop)| {
        let arrow = match hop.direction {
            EdgeDirection::Right => "->",
            EdgeDirection::Left => "<-",
            EdgeDirection::Any => "--",
        };
        let range = hop.range.map_or(String::new(), |(low, high)| format!("*{low}..{high}"));
        let edges = if hop.edges.is_empty() { String::new() } else { format!(" if {}", all(&hop.edges)) };
        let inner = if hop.inner.is_empty() { String::new() } else { format!(" inner {}", all(&hop.inner)) };
        format!("e{place}{range} n{}{arrow}n{}{edges}{inner}", hop.from, hop.to)
    });
    let calls = found.calls.iter().map(|call| path_call(call, write));
    let parts: Vec<String> = nodes.chain(hops).collect();
    format!(
        "match {:?} {:?} {} [{}] reads {} {}",
        found.output,
        found.cycles,
        graph(&found.graph, write),
        parts.join(", "),
        references(&found.references),
        calls.collect::<Vec<_>>().join(", ")
    )
    .trim_end()
    .to_owned()
}

/// `graph-to-table nodes`.
pub(super) fn graph_nodes(nodes: &GraphNodes, write: Write) -> String {
    format!("nodes {} reads {}", graph(&nodes.graph, write), references(&nodes.references))
}

fn graph(graph: &Graph, write: Write) -> String {
    let tables = graph.tables.iter().map(|table| format!(" on {}", write(&table.key)));
    let partition = graph.partition.map_or(String::new(), |id| format!(" by #{}", id.0));
    let components = graph.components.iter().map(|components| format!(" {components:?}"));
    let properties = graph.properties.iter().map(|property| {
        let source = match &property.source {
            PropertySource::Tables { columns, is_key } => {
                let columns = columns.iter().map(|(table, id)| format!("{table}.#{}", id.0));
                let key = if *is_key { Some("id".to_owned()) } else { None };
                columns.chain(key).collect::<Vec<_>>().join(" or ")
            }
            PropertySource::Identity => "id".to_owned(),
            PropertySource::Component(place) => format!("component {place}"),
        };
        format!("#{} = {source}", property.column.id.0)
    });
    format!(
        "{} --> {}{}{partition}{} ({})",
        write(&graph.source),
        write(&graph.target),
        tables.collect::<String>(),
        components.collect::<String>(),
        properties.collect::<Vec<_>>().join(", ")
    )
}

fn references(list: &[Reference]) -> String {
    let of = |reference: &Reference| {
        let property = match reference.property {
            Property::Column(id) => format!("#{}", id.0),
            other => format!("{other:?}"),
        };
        format!("#{} = {}.{property}", reference.id.0, place(reference.place))
    };
    list.iter().map(of).collect::<Vec<_>>().join(", ")
}

fn place(place: Place) -> String {
    match place {
        Place::Node(at) => format!("n{at}"),
        Place::Edge(at) => format!("e{at}"),
        Place::PathEdge(at) => format!("e{at}[]"),
        Place::InnerNode(at) => format!("inner{at}[]"),
    }
}

fn path_call(call: &PathCall, write: Write) -> String {
    let body = call.body.as_ref().map_or(String::new(), |body| format!(": {}", write(body)));
    format!("#{} = {:?} {}{body}", call.id.0, call.function, place(call.over))
}
