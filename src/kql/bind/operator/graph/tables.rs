//! `graph-to-table` and `graph-mark-components`.

use super::make::Part;
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::env::Env;
use crate::kql::bind::expr::{cast, holds_group};
use crate::kql::bind::graph::Flow;
use crate::kql::bind::operator::word;
use crate::kql::bind::tree::{
    Column, ColumnId, Components, Definition, Expr, Graph, GraphNodes, MatchOutput, Node, NodeProperty, Place,
    Property, PropertySource, Reference, Rel,
};
use crate::kql::syntax::ast::{GraphOutput, GraphOutputKind, Name, Operator, OperatorKind, Parameters};

impl Binder<'_> {
    /// A graph operator within `partitioned-by`.
    pub(super) fn of_part(&mut self, env: &Env, graph: Graph, operator: &Operator) -> Bind<Part> {
        match &operator.kind {
            OperatorKind::GraphMatch(found) => self
                .graph_match(env, graph, found, MatchOutput::All)
                .map(|(rows, part)| Part::Rows(Box::new(rows), part)),
            OperatorKind::GraphShortestPaths(found) => {
                let output = self.shortest_output(found)?;
                self.graph_match(env, graph, found, output).map(|(rows, part)| Part::Rows(Box::new(rows), part))
            }
            OperatorKind::GraphToTable(outputs) => {
                self.graph_to_table(graph, outputs).map(|(rows, part)| Part::Rows(Box::new(rows), part))
            }
            OperatorKind::GraphMarkComponents(parameters) => self.mark_components(graph, parameters).map(Part::Graph),
            _ => self.error_with(
                self.operator,
                "graph operators come first in `partitioned-by`",
                "write `partitioned-by Column (graph-match … project …)`",
            ),
        }
    }

    /// One table of a graph.
    pub(super) fn graph_to_table(&mut self, graph: Graph, outputs: &[GraphOutput]) -> Bind<(Rel, Option<ColumnId>)> {
        let [output] = outputs else {
            return self.error_with(
                self.operator,
                "this gives several tables, and stands last in a statement",
                "end the statement behind it, and use the tables by name: `… | graph-to-table nodes as N, edges as E; N`",
            );
        };
        let (rel, part) = self.table_of(graph, output)?;
        match &output.name {
            None => Ok((rel, part)),
            // Another use of the rows has other columns, so that the part is not known there.
            Some(name) => Ok((self.named_output(rel, name)?, None)),
        }
    }

    /// Both tables of a graph, each under its name.
    pub fn graph_to_tables(&mut self, flow: Option<Flow>, outputs: &[GraphOutput], operator: &Operator) -> Bind<()> {
        let outer = std::mem::replace(&mut self.operator, operator.keyword);
        let bound = self.both_tables(flow, outputs);
        self.operator = outer;
        bound
    }

    fn both_tables(&mut self, flow: Option<Flow>, outputs: &[GraphOutput]) -> Bind<()> {
        let Some(Flow::Graph(graph)) = flow else { return self.no_graph("graph-to-table") };
        let kinds: Vec<GraphOutputKind> = outputs.iter().map(|output| output.kind).collect();
        if outputs.len() != 2 || kinds.first() == kinds.get(1) {
            return self.error(self.operator, "`graph-to-table` gives `nodes`, `edges`, or one of each");
        }
        let named = self.name_graph(*graph)?;
        for output in outputs {
            let Some(name) = &output.name else {
                return self.error_with(
                    output.span,
                    "of two tables each needs a name",
                    "write `nodes as N, edges as E`",
                );
            };
            let graph = self.use_graph(&named)?;
            let (rel, _) = self.table_of(*graph, output)?;
            self.named_output(rel, name)?;
        }
        Ok(())
    }

    /// Refuses rows where a graph is wanted.
    pub(in crate::kql::bind) fn no_graph<T>(&mut self, operator: &str) -> Bind<T> {
        self.error_with(
            self.operator,
            format!("`{operator}` takes a graph, and rows come to it"),
            "make a graph of the rows with `| make-graph Source --> Target` before",
        )
    }

    fn named_output(&mut self, rel: Rel, name: &Name) -> Bind<Rel> {
        if holds_group(&rel) {
            return self.error(name.span, "rows of a group cannot be named");
        }
        let shared = self.share(Some(name.text.clone()), rel, false)?;
        self.named.insert(name.text.clone(), shared);
        self.use_shared(shared)
    }

    fn table_of(&mut self, graph: Graph, output: &GraphOutput) -> Bind<(Rel, Option<ColumnId>)> {
        match output.kind {
            GraphOutputKind::Nodes => self.nodes_of(graph, output),
            GraphOutputKind::Edges => self.edges_of(graph, output),
        }
    }

    /// The hash of an identity, which is what Kusto shows of it.
    fn hash(&mut self, identity: Expr) -> Bind<Expr> {
        let span = identity.span;
        self.function_call("hash", vec![cast(identity, KustoType::String)], KustoType::Long, span)
    }

    fn edges_of(&mut self, graph: Graph, output: &GraphOutput) -> Bind<(Rel, Option<ColumnId>)> {
        let ends = [("with_source_id", &graph.source), ("with_target_id", &graph.target)];
        let mut columns = Vec::new();
        let mut definitions = Vec::new();
        for (setting, identity) in ends {
            let Some(name) = self.setting(&output.parameters, setting)? else { continue };
            let column = self.column(name, KustoType::Long);
            definitions.push(Definition { id: column.id, expr: self.hash(identity.clone())? });
            columns.push(column);
        }
        self.refuse_setting(output, "with_node_id", "nodes")?;
        columns.extend(graph.edges.columns.iter().cloned());
        let visible = columns.len() - graph.edges.hidden_columns().len();
        let part = graph.partition;
        self.unique(output, &columns)?;
        let node = Node::Project { input: Box::new(graph.edges), definitions };
        Ok((self.rel(node, columns, visible, false)?, part))
    }

    fn nodes_of(&mut self, graph: Graph, output: &GraphOutput) -> Bind<(Rel, Option<ColumnId>)> {
        self.refuse_setting(output, "with_source_id", "edges")?;
        self.refuse_setting(output, "with_target_id", "edges")?;
        let found = self.place_columns(&graph, Place::Node(0));
        let (mut read, mut references, mut visible) = (found.columns, found.references, found.visible);
        let mut columns = Vec::new();
        let mut definitions = Vec::new();
        if let Some(name) = self.setting(&output.parameters, "with_node_id")? {
            let identity = self.column("_node", KustoType::String);
            let property = Property::Identity;
            references.push(Reference { id: identity.id, kind: identity.kind, place: Place::Node(0), property });
            let column = self.column(name, KustoType::Long);
            let expr = self.hash(Expr::column(identity.id, identity.kind, self.operator))?;
            definitions.push(Definition { id: column.id, expr });
            read.push(identity);
            columns.push(column);
            visible += 1;
        }
        columns.extend(read.iter().filter(|column| &*column.name != "_node").cloned());
        let part = graph.partition.map(|id| {
            let kind = graph.edges.column(id).map_or(KustoType::String, |column| column.kind);
            let id = self.column_id();
            let column = Column { id, name: format!("_part{}", id.0).into(), kind };
            let property = Property::Partition;
            references.push(Reference { id: column.id, kind, place: Place::Node(0), property });
            read.push(column.clone());
            columns.push(column.clone());
            column.id
        });
        self.unique(output, &columns)?;
        let node = Node::GraphNodes(Box::new(GraphNodes { graph, references }));
        let count = read.len();
        let rel = self.rel(node, read, count, false)?;
        let node = Node::Project { input: Box::new(rel), definitions };
        Ok((self.rel(node, columns, visible, false)?, part))
    }

    fn unique(&mut self, output: &GraphOutput, columns: &[Column]) -> Bind<()> {
        for (at, column) in columns.iter().enumerate() {
            if columns.iter().take(at).any(|other| other.name == column.name) {
                let message = format!("there is a column `{}` already", column.name);
                return self.error_with(output.span, message, "give the identity another name");
            }
        }
        Ok(())
    }

    fn setting(&mut self, parameters: &Parameters, name: &str) -> Bind<Option<String>> {
        match (parameters.get(name), word(parameters, name)) {
            (None, _) => Ok(None),
            (Some(_), Some((text, _))) => Ok(Some(text.to_owned())),
            (Some(parameter), None) => self.error(parameter.span, format!("`{name}` is the name of a column")),
        }
    }

    fn refuse_setting(&mut self, output: &GraphOutput, name: &str, of: &str) -> Bind<()> {
        match output.parameters.get(name) {
            Some(parameter) => self.error(parameter.span, format!("`{name}` is a setting of `{of}`")),
            None => Ok(()),
        }
    }

    /// `graph-mark-components`: a property more.
    pub(super) fn mark_components(&mut self, mut graph: Graph, parameters: &Parameters) -> Bind<Box<Graph>> {
        let components = match self.one_of(parameters, "kind", &["weak", "strong"])? {
            Some("strong") => Components::Strong,
            _ => Components::Weak,
        };
        let name = self.setting(parameters, "with_component_id")?.unwrap_or_else(|| "ComponentId".to_owned());
        if graph.properties.iter().any(|property| *property.column.name == *name) {
            let message = format!("the nodes have a property `{name}` already");
            return self.error_with(self.operator, message, "name the new one with `with_component_id = …`");
        }
        let source = PropertySource::Component(graph.components.len());
        graph.components.push(components);
        let column = self.column(name, KustoType::Long);
        graph.properties.insert(graph.visible, NodeProperty { column, source });
        graph.visible += 1;
        Ok(Box::new(graph))
    }
}
