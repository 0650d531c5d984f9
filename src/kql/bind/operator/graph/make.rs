//! `make-graph`.

use std::sync::Arc;

use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::env::Env;
use crate::kql::bind::expr::cast;
use crate::kql::bind::graph::Flow;
use crate::kql::bind::tree::{
    Column, ColumnId, Definition, Expr, Graph, Grouping, Node, NodeProperty, NodeTable, PropertySource, Rel,
};
use crate::kql::bind::types::common;
use crate::kql::syntax::ast::{self, ExprKind, MakeGraph, Name, NodeSource, PartitionedBy, Span};

impl Binder<'_> {
    pub(super) fn make_graph(&mut self, env: &Env, edges: Rel, make: &MakeGraph) -> Bind<Flow> {
        if !make.directed {
            return self.error_with(
                self.operator,
                "`make-graph` with `--` is not documented, and not run by huntql",
                "write `Source --> Target`, and match edges of any direction with `(a)-[e]-(b)`",
            );
        }
        let (source, target) = (self.identity(&edges, &make.source), self.identity(&edges, &make.target));
        let (source, target) = (source?, target?);
        let mut kind = self.one_type(&source, &target)?;
        let mut tables = Vec::new();
        if let Some(NodeSource::Tables(list)) = &make.nodes {
            if list.len() > 2 {
                return self.error(self.operator, "`make-graph` takes one or two tables of nodes");
            }
            for table in list {
                let rel = self.table(env, &table.table)?;
                let key = self.identity(&rel, &table.key)?;
                kind = self.one_type(&cast(source.clone(), kind), &key)?;
                tables.push(NodeTable { rel, key, partition: None });
            }
        }
        let (properties, visible) = match &make.nodes {
            None => (Vec::new(), 0),
            Some(NodeSource::ImplicitId(name)) => {
                let column = self.column(name.text.as_str(), source.kind);
                (vec![NodeProperty { column, source: PropertySource::Identity }], 1)
            }
            Some(NodeSource::Tables(_)) => self.properties(&mut tables)?,
        };
        for table in &mut tables {
            table.key = cast(table.key.clone(), kind);
        }
        let (source, target) = (cast(source, kind), cast(target, kind));
        let graph =
            Graph { edges, source, target, partition: None, tables, properties, visible, components: Vec::new() };
        match &make.partitioned_by {
            None => Ok(Flow::Graph(Box::new(graph))),
            Some(partitioned) => self.partitioned(env, graph, partitioned).map(Flow::Rows),
        }
    }

    /// A column that says which node is meant.
    fn identity(&mut self, rel: &Rel, name: &Name) -> Bind<Expr> {
        let column = self.input_column(&rel.columns, name)?;
        let (id, kind) = (column.id, column.kind);
        if kind == KustoType::Dynamic {
            return self.error_with(
                name.span,
                format!("`{name}` is dynamic, and dynamic values do not tell nodes apart"),
                format!("convert it with `extend {name} = tostring({name})` before"),
            );
        }
        Ok(Expr::column(id, kind, self.at(name.span)))
    }

    /// The type in which two identities are compared.
    fn one_type(&mut self, one: &Expr, other: &Expr) -> Bind<KustoType> {
        match common(one.kind, other.kind) {
            Some(kind) => Ok(kind),
            None => self.error_with(
                other.span,
                format!("this is of type {}, and other identities of nodes are of type {}", other.kind, one.kind),
                "convert one of them, as with `tostring(x)`",
            ),
        }
    }

    /// The properties of nodes of some tables: columns of one name are one property, `dynamic` if their types differ.
    fn properties(&mut self, tables: &mut [NodeTable]) -> Bind<(Vec<NodeProperty>, usize)> {
        self.unify_types(tables)?;
        let mut properties: Vec<NodeProperty> = Vec::new();
        let visible = tables.iter().flat_map(|table| table.rel.visible_columns().iter().map(|column| &column.name));
        let mut names: Vec<Arc<str>> = Vec::new();
        visible.for_each(|name| {
            if !names.contains(name) {
                names.push(Arc::clone(name));
            }
        });
        let count = names.len();
        for column in tables.iter().flat_map(|table| table.rel.hidden_columns()) {
            if !names.contains(&column.name) {
                names.push(Arc::clone(&column.name));
            }
        }
        for name in names {
            let mut columns = Vec::new();
            let mut kind = KustoType::Dynamic;
            let mut is_key = false;
            for (place, table) in tables.iter().enumerate() {
                let Some(column) = table.rel.columns.iter().find(|column| column.name == name) else { continue };
                columns.push((place, column.id));
                kind = column.kind;
                is_key |= table.key.as_column() == Some(column.id);
            }
            let column = self.column(name, kind);
            properties.push(NodeProperty { column, source: PropertySource::Tables { columns, is_key } });
        }
        Ok((properties, count))
    }

    /// Columns of one name and different types become `dynamic` in all tables.
    fn unify_types(&mut self, tables: &mut [NodeTable]) -> Bind<()> {
        let all: Vec<Column> = tables.iter().flat_map(|table| table.rel.columns.clone()).collect();
        let differs = |column: &Column| all.iter().any(|other| other.name == column.name && other.kind != column.kind);
        for table in tables {
            let mut definitions = Vec::new();
            let mut columns = table.rel.columns.clone();
            for column in columns.iter_mut().filter(|column| differs(column) && column.kind != KustoType::Dynamic) {
                let expr = cast(Expr::column(column.id, column.kind, self.operator), KustoType::Dynamic);
                // The key is compared as what it is.
                let id = self.column_id();
                *column = Column { id, name: Arc::clone(&column.name), kind: KustoType::Dynamic };
                definitions.push(Definition { id, expr });
            }
            if definitions.is_empty() {
                continue;
            }
            let visible = table.rel.visible;
            if let Some(key) = table.key.as_column()
                && !columns.iter().any(|column| column.id == key)
            {
                columns.push(Column { id: key, name: format!("_node{}", key.0).into(), kind: table.key.kind });
            }
            let node = Node::Project { input: Box::new(table.rel.clone()), definitions };
            table.rel = self.rel(node, columns, visible, false)?;
        }
        Ok(())
    }

    /// `partitioned-by Column (operators)`: graph operators, then maybe operators over the rows of each part.
    fn partitioned(&mut self, env: &Env, mut graph: Graph, partitioned: &PartitionedBy) -> Bind<Rel> {
        let ExprKind::Name(name) = &partitioned.column.kind else {
            return self.error(partitioned.column.span, "`partitioned-by` is by a column of the edges");
        };
        let column = self.input_column(&graph.edges.columns, name)?.clone();
        if column.kind == KustoType::Dynamic {
            let help = "convert it with `extend x = tostring(x)` before";
            return self.error_with(
                name.span,
                format!("`{name}` is dynamic, and dynamic values do not make parts"),
                help,
            );
        }
        graph.partition = Some(column.id);
        for table in &mut graph.tables {
            let own = table.rel.columns.iter().find(|own| own.name == column.name);
            match own {
                Some(own) if own.kind == column.kind => table.partition = Some(own.id),
                _ => {
                    let message =
                        format!("a table of nodes has no column `{name}` of type {}, as the edges have", column.kind);
                    return self.error_with(name.span, message, "both say to which part a row belongs");
                }
            }
        }
        let mut subquery = &*partitioned.subquery;
        while let ExprKind::Paren(inner) = &subquery.kind {
            subquery = inner;
        }
        let ExprKind::Pipe(pipeline) = &subquery.kind else {
            return self.error(subquery.span, "graph operators are wanted here, as in `(graph-match …)`");
        };
        self.parts(env, graph, &pipeline.operators, subquery.span)
    }

    fn parts(&mut self, env: &Env, graph: Graph, operators: &[ast::Operator], span: Span) -> Bind<Rel> {
        let mut graph = graph;
        let mut rest = operators.iter();
        let (rows, part) = loop {
            let Some(operator) = rest.next() else {
                return self.rows_of(Flow::Graph(Box::new(graph)), span);
            };
            let outer = std::mem::replace(&mut self.operator, operator.keyword);
            let bound = self.of_part(env, graph, operator);
            self.operator = outer;
            match bound? {
                Part::Graph(next) => graph = *next,
                Part::Rows(rows, part) => break (*rows, part),
            }
        };
        let rest = rest.as_slice();
        let Some(first) = rest.first() else {
            return Ok(rows);
        };
        let Some(part) = part else {
            return self.error_with(
                first.keyword,
                "the rows before it do not say to which part of the graph they belong",
                "put this operator behind the parentheses",
            );
        };
        let (group, own) = self.group_rows(&rows, false)?;
        let mut flow = Flow::Rows(own);
        for operator in rest {
            flow = self.step(env, Some(flow), operator)?;
        }
        let subquery = self.rows_of(flow, span)?;
        if makes_rows_of_none(&subquery) {
            return self.error_with(
                first.keyword,
                "this gives a row also for a part of the graph without matches, which huntql does not run",
                "put it behind the parentheses, grouped by the column of the parts",
            );
        }
        let columns = subquery.visible_columns().to_vec();
        let visible = columns.len();
        let grouping = Grouping::Key(part);
        let node = Node::Apply { input: Box::new(rows), grouping, group, subquery: Box::new(subquery) };
        self.rel(node, columns, visible, false)
    }
}

/// What a graph operator makes of a graph in parts.
pub(super) enum Part {
    /// A graph.
    Graph(Box<Graph>),
    /// Rows, and the column that says to which part they belong.
    Rows(Box<Rel>, Option<ColumnId>),
}

/// Whether a subquery over the rows of a group has rows where the group has none.
fn makes_rows_of_none(rel: &Rel) -> bool {
    match &rel.node {
        Node::GroupRows { .. } => false,
        Node::Filter { input, .. }
        | Node::Project { input, .. }
        | Node::Sort { input, .. }
        | Node::Limit { input, .. }
        | Node::Sample { input, .. }
        | Node::Window { input, .. } => makes_rows_of_none(input),
        Node::Aggregate { input, keys, .. } => keys.is_empty() || makes_rows_of_none(input),
        Node::Expand(expand) => makes_rows_of_none(&expand.input),
        Node::Parse(parse) => makes_rows_of_none(&parse.input),
        Node::ParseKv(parse) => makes_rows_of_none(&parse.input),
        _ => true,
    }
}
