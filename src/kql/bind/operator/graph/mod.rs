//! Graph operators: what makes a graph of rows, what changes one, and what makes rows of it again.

mod make;
mod matching;
mod pattern;
mod tables;

use super::keyword;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::env::Env;
use crate::kql::bind::graph::Flow;
use crate::kql::bind::tree::{Graph, MatchOutput};
use crate::kql::syntax::ast::{Operator, OperatorKind};

impl Binder<'_> {
    /// Binds one operator over what comes to it, rows or a graph.
    pub fn step(&mut self, env: &Env, input: Option<Flow>, operator: &Operator) -> Bind<Flow> {
        match (&operator.kind, input) {
            (_, Some(Flow::Graph(graph))) => self.at_operator(operator, |binder| binder.over(env, *graph, operator)),
            (OperatorKind::MakeGraph(make), Some(Flow::Rows(rows))) => {
                self.at_operator(operator, |binder| binder.make_graph(env, rows, make))
            }
            (_, Some(Flow::Rows(rows))) => self.operator(env, Some(rows), operator).map(Flow::Rows),
            (_, None) => self.operator(env, None, operator).map(Flow::Rows),
        }
    }

    /// Errors about the whole of an operator are told at its word.
    fn at_operator<T>(&mut self, operator: &Operator, work: impl FnOnce(&mut Self) -> Bind<T>) -> Bind<T> {
        let outer = std::mem::replace(&mut self.operator, operator.keyword);
        let bound = work(self);
        self.operator = outer;
        bound
    }

    fn over(&mut self, env: &Env, graph: Graph, operator: &Operator) -> Bind<Flow> {
        match &operator.kind {
            OperatorKind::GraphMatch(found) => {
                self.graph_match(env, graph, found, MatchOutput::All).map(|found| Flow::Rows(found.0))
            }
            OperatorKind::GraphShortestPaths(found) => {
                let output = self.shortest_output(found)?;
                self.graph_match(env, graph, found, output).map(|found| Flow::Rows(found.0))
            }
            OperatorKind::GraphToTable(outputs) => self.graph_to_table(graph, outputs).map(|found| Flow::Rows(found.0)),
            OperatorKind::GraphMarkComponents(parameters) => self.mark_components(graph, parameters).map(Flow::Graph),
            OperatorKind::MakeGraph(_) => {
                self.error_with(self.operator, "this is a graph already", "`make-graph` takes the rows of its edges")
            }
            _ if keyword(&operator.kind).is_some() => self.refused_operator(operator).map(Flow::Rows),
            OperatorKind::As(..) => self.error_with(
                self.operator,
                "a graph gets its name by `let`",
                "write `let G = Edges | make-graph …;`, then `G | graph-match …`",
            ),
            _ => self.error_with(
                self.operator,
                "this operator takes rows, and a graph comes to it",
                "`graph-match`, `graph-shortest-paths` and `graph-to-table` make rows of a graph",
            ),
        }
    }
}
