//! `graph-match` and `graph-shortest-paths`: conditions go to the element that they are about, the rest becomes a filter over matches.

use super::pattern::Pattern;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::env::Env;
use crate::kql::bind::graph::MatchScope;
use crate::kql::bind::operator::items::{Items, Style};
use crate::kql::bind::operator::word;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::tree::{
    Column, ColumnId, Cycles, Expr, ExprNode, Graph, GraphMatch, MatchOutput, Node, PathFunction, Place, Property,
    Reference, Rel,
};
use crate::kql::syntax::ast::{self, ExprKind, Logical};

impl Binder<'_> {
    /// `output` of `graph-shortest-paths`.
    pub(super) fn shortest_output(&mut self, found: &ast::GraphMatch) -> Bind<MatchOutput> {
        Ok(match self.one_of(&found.parameters, "output", &["any", "all"])? {
            Some("all") => MatchOutput::AllShortest,
            _ => MatchOutput::AnyShortest,
        })
    }

    /// The rows, and the column that says to which part of the graph they belong, if it has parts.
    pub(super) fn graph_match(
        &mut self,
        env: &Env,
        graph: Graph,
        found: &ast::GraphMatch,
        output: MatchOutput,
    ) -> Bind<(Rel, Option<ColumnId>)> {
        if output == MatchOutput::All && word(&found.parameters, "output").is_some() {
            return self.error_with(
                self.operator,
                "`graph-match` has no `output`",
                "it is a setting of `graph-shortest-paths`",
            );
        }
        let cycles = match self.one_of(&found.parameters, "cycles", &["all", "none", "unique_edges"])? {
            Some("all") => Cycles::All,
            Some("none") => Cycles::None,
            _ => Cycles::UniqueEdges,
        };
        let mut pattern = self.pattern(env, &found.patterns)?;
        if output != MatchOutput::All {
            self.check_path(found, &pattern)?;
        }
        let may_be_empty = pattern.hops.iter().any(|hop| matches!(hop.range, Some((0, _))));
        if cycles == Cycles::None && may_be_empty && pattern.hops.len() >= pattern.nodes.len() {
            return self.error_with(
                self.operator,
                "`cycles=none` with a path that may have no edges, in a pattern that comes back to a node, is not run by huntql",
                "give the path at least one edge, as in `*1..5`",
            );
        }
        if found.project.is_empty() {
            let help = "say which columns the rows have, as in `project a.Name, b.Name`";
            return self.error_with(self.operator, "`project` is missing here", help);
        }
        let mut scope = self.match_scope(&graph, &pattern);
        let residual = match &found.predicate {
            Some(predicate) => self.conditions(env, &mut scope, &mut pattern, predicate),
            None => Ok(Vec::new()),
        };
        let mut items = Items::default();
        let mut over = Scope::bare(env);
        over.graph = Some(&mut scope);
        let projected = self.items(&mut over, &mut items, &found.project, Style::Project);
        let (residual, ()) = (residual?, projected?);
        if output != MatchOutput::All {
            self.check_ends(&scope, &pattern, &residual)?;
        }
        let part = graph.partition.map(|id| {
            let kind = graph.edges.column(id).map_or(crate::catalog::KustoType::String, |column| column.kind);
            (self.special_property(&mut scope, Place::Node(0), Property::Partition, kind), kind)
        });
        let mut read: Vec<ColumnId> = items.projection.slots().iter().filter_map(source).collect();
        let mut exprs: Vec<&Expr> = items.definitions.iter().map(|definition| &definition.expr).collect();
        exprs.extend(&residual);
        columns_of(&exprs, &mut read);
        let mut columns = Vec::with_capacity(read.len() + 1);
        for id in read {
            let kind = match (scope.reference(id), scope.call(id)) {
                (Some(reference), _) => reference.kind,
                (None, Some(call)) => kind_of(call.function),
                (None, None) => continue,
            };
            columns.push(Column { id, name: format!("_match{}", id.0).into(), kind });
        }
        let visible = columns.len();
        let part = part.map(|(id, kind)| {
            columns.push(Column { id, name: format!("_part{}", id.0).into(), kind });
            id
        });
        let calls = scope.calls.iter().filter(|call| columns.iter().any(|column| column.id == call.id));
        let calls = calls.cloned().collect();
        let Pattern { nodes, hops, has_cycle, .. } = pattern;
        let mut node = GraphMatch { graph, nodes, hops, cycles, has_cycle, output, references: Vec::new(), calls };
        node.references = used(&scope, &node, &columns);
        let mut rel = self.rel(Node::GraphMatch(Box::new(node)), columns.clone(), visible, false)?;
        for predicate in residual {
            rel = self.rel(Node::Filter { input: Box::new(rel), predicate }, columns.clone(), visible, false)?;
        }
        Ok((self.projected(items, rel, true, false)?, part))
    }

    /// Conditions that are joined by `and`, each to where it is looked at; what is over is about several elements.
    fn conditions(
        &mut self,
        env: &Env,
        scope: &mut MatchScope,
        pattern: &mut Pattern,
        predicate: &ast::Expr,
    ) -> Bind<Vec<Expr>> {
        let mut parts = Vec::new();
        conjuncts(predicate, &mut parts);
        let mut residual = Vec::new();
        let mut failed = None;
        for part in parts {
            let mut over = Scope::bare(env);
            over.graph = Some(&mut *scope);
            let bound = self.condition(&mut over, part);
            let bound = bound.and_then(|bound| self.spread(&mut over, bound, PathFunction::All));
            match bound {
                Ok(bound) => residual.extend(place(scope, pattern, bound)),
                Err(reported) => failed = Some(reported),
            }
        }
        failed.map_or(Ok(residual), Err)
    }

    /// Shortest paths are of one sequence, from one end to another.
    fn check_path(&mut self, found: &ast::GraphMatch, pattern: &Pattern) -> Bind<()> {
        if let Some(second) = found.patterns.get(1) {
            return self.error_with(
                second.span,
                "`graph-shortest-paths` takes one sequence of nodes and edges",
                "look for several with `graph-match`",
            );
        }
        if !pattern.hops.iter().any(|hop| hop.range.is_some()) {
            return self.error_with(
                self.operator,
                "`graph-shortest-paths` takes a pattern with a path, and this has single edges only",
                "give an edge a range, as in `(a)-[e*1..5]->(b)`",
            );
        }
        if pattern.has_cycle {
            return self.error_with(
                self.operator,
                "a node of this path is named twice, which `graph-shortest-paths` does not take",
                "name each node once; `graph-match` finds paths that come back",
            );
        }
        Ok(())
    }

    /// What is left over for shortest paths may be about both ends: it is the same for all paths between them.
    fn check_ends(&mut self, scope: &MatchScope, pattern: &Pattern, residual: &[Expr]) -> Bind<()> {
        let ends = [Place::Node(0), Place::Node(pattern.nodes.len().saturating_sub(1))];
        for condition in residual {
            let mut of_ends = scope.places(condition).iter().all(|place| ends.contains(place));
            condition.walk(&mut |part| {
                of_ends &= !matches!(part.node, ExprNode::Column(id) if scope.call(id).is_some());
            });
            if !of_ends {
                return self.error_with(
                    condition.span,
                    "`graph-shortest-paths` takes conditions about one element, about all of a path, or about both ends",
                    "for others use `graph-match`, and keep the shortest with `summarize arg_min(array_length(…), *) by …`",
                );
            }
        }
        Ok(())
    }
}

/// The parts of a condition that must all hold.
fn conjuncts<'e>(expr: &'e ast::Expr, parts: &mut Vec<&'e ast::Expr>) {
    match &expr.kind {
        ExprKind::Paren(inner) => conjuncts(inner, parts),
        ExprKind::Logical(Logical::And, operands) => operands.iter().for_each(|operand| conjuncts(operand, parts)),
        _ => parts.push(expr),
    }
}

/// Puts a condition to the one element that it is about; gives it back if it is about several.
fn place(scope: &MatchScope, pattern: &mut Pattern, condition: Expr) -> Option<Expr> {
    if let ExprNode::Column(id) = condition.node
        && let Some(call) = scope.call(id)
    {
        let Some(body) = &call.body else { return Some(condition) };
        let own = call.function == PathFunction::All && scope.places(body).iter().all(|place| *place == call.over);
        let filter = match call.over {
            Place::PathEdge(at) => pattern.hops.get_mut(at).map(|hop| &mut hop.edges),
            Place::InnerNode(at) => pattern.hops.get_mut(at).map(|hop| &mut hop.inner),
            Place::Node(_) | Place::Edge(_) => None,
        };
        return match filter {
            Some(filter) if own => {
                filter.push(body.clone());
                None
            }
            _ => Some(condition),
        };
    }
    let mut has_call = false;
    condition.walk(&mut |part| has_call |= matches!(part.node, ExprNode::Column(id) if scope.call(id).is_some()));
    let filter = match (has_call, scope.places(&condition).as_slice()) {
        (false, [Place::Node(at)]) => pattern.nodes.get_mut(*at).map(|node| &mut node.filter),
        (false, [Place::Edge(at)]) => pattern.hops.get_mut(*at).map(|hop| &mut hop.edges),
        _ => None,
    };
    match filter {
        Some(filter) => {
            filter.push(condition);
            None
        }
        None => Some(condition),
    }
}

fn source(slot: &crate::kql::bind::columns::Slot) -> Option<ColumnId> {
    match slot.source {
        crate::kql::bind::columns::Source::Column(id) => Some(id),
        crate::kql::bind::columns::Source::Definition(_) => None,
    }
}

/// Adds the columns of expressions, each once.
fn columns_of(exprs: &[&Expr], found: &mut Vec<ColumnId>) {
    for expr in exprs {
        expr.walk(&mut |part| {
            if let ExprNode::Column(id) = part.node {
                found.push(id);
            }
        });
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|id| seen.insert(*id));
}

/// The references that a match reads: for its filters and calls, and for what is above it.
fn used(scope: &MatchScope, node: &GraphMatch, columns: &[Column]) -> Vec<Reference> {
    let mut exprs: Vec<&Expr> = Vec::new();
    node.exprs(&mut |expr| exprs.push(expr));
    let mut read: Vec<ColumnId> = columns.iter().map(|column| column.id).collect();
    columns_of(&exprs, &mut read);
    read.into_iter().filter_map(|id| scope.reference(id)).cloned().collect()
}

fn kind_of(function: PathFunction) -> crate::catalog::KustoType {
    use crate::catalog::KustoType;
    match function {
        PathFunction::All | PathFunction::Any => KustoType::Bool,
        PathFunction::Map => KustoType::Dynamic,
        PathFunction::Length => KustoType::Long,
    }
}
