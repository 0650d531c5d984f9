//! Graph operators.

use super::Printer;
use crate::kql::syntax::ast::{
    EdgeDirection, GraphMatch, GraphOutputKind, GraphPattern, MakeGraph, NodeSource, OperatorKind, PatternElement,
};

impl Printer {
    pub(super) fn graph_operator(&mut self, kind: &OperatorKind) {
        match kind {
            OperatorKind::MakeGraph(graph) => self.make_graph(graph),
            OperatorKind::GraphMatch(graph) => {
                self.text("graph-match ");
                self.graph_match(graph);
            }
            OperatorKind::GraphShortestPaths(graph) => {
                self.text("graph-shortest-paths ");
                self.graph_match(graph);
            }
            OperatorKind::GraphToTable(outputs) => {
                self.text("graph-to-table ");
                self.list(outputs, |p, output| {
                    p.text(match output.kind {
                        GraphOutputKind::Nodes => "nodes",
                        GraphOutputKind::Edges => "edges",
                    });
                    p.clause(" as ", output.name.as_ref(), Self::name);
                    p.text(" ");
                    p.parameters(&output.parameters);
                });
            }
            OperatorKind::GraphMarkComponents(parameters) => {
                self.text("graph-mark-components ");
                self.parameters(parameters);
            }
            OperatorKind::GraphWhereNodes(predicate) => self.clause("graph-where-nodes ", Some(predicate), Self::expr),
            OperatorKind::GraphWhereEdges(predicate) => self.clause("graph-where-edges ", Some(predicate), Self::expr),
            _ => {}
        }
    }

    fn make_graph(&mut self, graph: &MakeGraph) {
        self.text("make-graph ");
        self.parameters(&graph.parameters);
        self.name(&graph.source);
        self.text(if graph.directed { " --> " } else { " -- " });
        self.name(&graph.target);
        match &graph.nodes {
            Some(NodeSource::ImplicitId(name)) => self.clause(" with_node_id = ", Some(name), Self::name),
            Some(NodeSource::Tables(tables)) => {
                self.text(" with ");
                self.list(tables, |p, table| {
                    p.expr(&table.table);
                    p.text(" on ");
                    p.name(&table.key);
                });
            }
            None => {}
        }
        if let Some(partitioned) = &graph.partitioned_by {
            self.text(" partitioned-by ");
            self.expr(&partitioned.column);
            self.text(" (");
            self.expr(&partitioned.subquery);
            self.text(")");
        }
    }

    fn graph_match(&mut self, graph: &GraphMatch) {
        self.parameters(&graph.parameters);
        self.list(&graph.patterns, Self::graph_pattern);
        self.clause(" where ", graph.predicate.as_deref(), Self::expr);
        if !graph.project.is_empty() {
            self.text(" project ");
            self.named_exprs(&graph.project);
        }
    }

    fn graph_pattern(&mut self, pattern: &GraphPattern) {
        for element in &pattern.elements {
            match element {
                PatternElement::Node(name, _) => {
                    self.text("(");
                    self.clause("", name.as_ref(), Self::name);
                    self.text(")");
                }
                PatternElement::Edge { direction, name: None, range: None, .. } => self.text(match direction {
                    EdgeDirection::Right => "-->",
                    EdgeDirection::Left => "<--",
                    EdgeDirection::Any => "--",
                }),
                PatternElement::Edge { direction, name, range, .. } => {
                    self.text(if *direction == EdgeDirection::Left { "<-[" } else { "-[" });
                    self.clause("", name.as_ref(), Self::name);
                    if let Some(range) = range {
                        self.text("*");
                        self.expr(&range.low);
                        self.text(" .. ");
                        self.expr(&range.high);
                    }
                    self.text(if *direction == EdgeDirection::Right { "]->" } else { "]-" });
                }
            }
        }
    }
}
