//! Expressions over a pattern: properties of its nodes and edges, and the functions that are about them.
//!
//! A path is as many edges as its range says. What is said of a path without `all`, `any` or `map` is said of each of its edges: a
//! condition holds if it holds for all, a value is the array of the values. See [`Binder::spread`].

use super::{Raw, cast};
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::scope::Scope;
use crate::kql::bind::suggest;
use crate::kql::bind::tree::{Expr, ExprNode, PathCall, PathFunction, Place, Property, Value};
use crate::kql::facts::Function;
use crate::kql::syntax::ast::{self, Call, ExprKind, Name, NamedExpr, Span};

/// Where the functions of this file stand.
const WHERE: &str = "it stands in `where` and `project` of `graph-match` and `graph-shortest-paths`";

impl Binder<'_> {
    /// `a.b`, if `a` is an element of the pattern.
    pub(super) fn element_property(
        &mut self,
        scope: &Scope<'_>,
        owner: &Name,
        name: &Name,
        span: Span,
    ) -> Option<Bind<Expr>> {
        let graph = scope.graph.as_deref()?;
        if scope.visible_column(&owner.text).is_some() {
            return None;
        }
        let place = graph.element(&owner.text)?;
        if let (Some(inside), Place::PathEdge(_)) = (graph.inside, place)
            && inside != place
        {
            let message = format!("`{owner}` is another path than the one that this call goes over");
            return Some(self.error_with(span, message, "name the property alone, as in `map(inner_nodes(e), Name)`"));
        }
        let columns = &graph.at(place)?.columns;
        Some(match columns.iter().find(|column| *column.name == name.text) {
            Some(column) => Ok(Expr::column(column.id, column.kind, span)),
            None => {
                let what = if matches!(place, Place::Node(_)) { "node" } else { "edge" };
                let message = format!("the {what} `{owner}` has no property `{name}`");
                let near = suggest::nearest(&name.text, columns.iter().map(|column| &*column.name));
                match suggest::did_you_mean(&near) {
                    Some(help) => self.error_with(name.span, message, help),
                    None if columns.is_empty() => {
                        let help = "name a table of nodes in `make-graph … with T on Id`, or `with_node_id=Id`";
                        self.error_with(name.span, message, help)
                    }
                    None => self.error(name.span, message),
                }
            }
        })
    }

    /// Refuses the name of an element where a scalar is wanted.
    pub(super) fn element_alone(&mut self, scope: &Scope<'_>, name: &Name) -> Bind<()> {
        let Some(place) = scope.graph.as_deref().and_then(|graph| graph.element(&name.text)) else { return Ok(()) };
        let (what, help) = match place {
            Place::Node(_) => {
                ("a node", format!("name a property of it, as `{name}.Name`, or write `node_id({name})`"))
            }
            Place::PathEdge(_) | Place::InnerNode(_) => {
                ("a path", format!("write `map({name}, …)`, `all({name}, …)` or `array_length({name})`"))
            }
            Place::Edge(_) => ("an edge", format!("name a property of it, as `{name}.Name`")),
        };
        self.error_with(name.span, format!("`{name}` is {what} of the pattern, and a scalar is wanted here"), help)
    }

    /// A function about elements of a pattern; none if the call is no such one.
    pub(super) fn of_match(
        &mut self,
        scope: &mut Scope<'_>,
        function: &'static Function,
        call: &Call,
        span: Span,
    ) -> Option<Bind<Raw>> {
        let name = function.name;
        if name == "array_length" {
            return self.path_length(scope, call, span).map(|bound| bound.map(Raw::from));
        }
        if scope.graph.is_none() {
            return Some(self.error_with(call.name.span, format!("`{name}` has no meaning here"), WHERE));
        }
        let bound = match name {
            "all" => self.path_call(scope, PathFunction::All, function, call, span),
            "any" => self.path_call(scope, PathFunction::Any, function, call, span),
            "map" => self.path_call(scope, PathFunction::Map, function, call, span),
            "node_id" => self.of_node(scope, Property::Identity, KustoType::String, call, span),
            "node_degree_in" => self.of_node(scope, Property::InDegree, KustoType::Long, call, span),
            "node_degree_out" => self.of_node(scope, Property::OutDegree, KustoType::Long, call, span),
            "labels" => self.labels(scope, call, span),
            _ => self.error_with(
                span,
                "`inner_nodes` has no meaning here",
                "it is the first argument of `all`, `any` and `map`",
            ),
        };
        Some(bound.map(Raw::from))
    }

    /// `array_length(e)` of a path.
    fn path_length(&mut self, scope: &mut Scope<'_>, call: &Call, span: Span) -> Option<Bind<Expr>> {
        let [argument] = call.arguments.as_slice() else { return None };
        let ExprKind::Name(name) = &argument.expr.kind else { return None };
        if scope.visible_column(&name.text).is_some() {
            return None;
        }
        let graph = scope.graph.as_deref_mut()?;
        let over @ Place::PathEdge(_) = graph.element(&name.text)? else { return None };
        let id = self.column_id();
        graph.calls.push(PathCall { id, function: PathFunction::Length, over, body: None });
        Some(Ok(Expr::column(id, KustoType::Long, span)))
    }

    /// `all`, `any`, `map`.
    fn path_call(
        &mut self,
        scope: &mut Scope<'_>,
        function: PathFunction,
        known: &Function,
        call: &Call,
        span: Span,
    ) -> Bind<Expr> {
        let [path, body] = call.arguments.as_slice() else {
            return self.wrong_count(known, call.arguments.len(), call.name.span);
        };
        let over = self.path(scope, path)?;
        let Some(graph) = scope.graph.as_deref_mut() else { return self.error(span, WHERE) };
        if graph.inside.is_some() {
            let message = format!("`{}` stands inside another call that goes over a path", known.name);
            return self.error_with(span, message, "take them apart, and combine what they give");
        }
        let (columns, visible) =
            graph.at(over).map_or((Vec::new(), 0), |columns| (columns.columns.clone(), columns.visible));
        graph.inside = Some(over);
        let mut inner = Scope::row(scope.env, &columns, visible);
        inner.graph = scope.graph.as_deref_mut();
        let bound = match function {
            PathFunction::Map => self.named_expr(&mut inner, body).map(|value| cast(value, KustoType::Dynamic)),
            _ => self.condition(&mut inner, &body.expr),
        };
        let Some(graph) = scope.graph.as_deref_mut() else { return self.error(span, WHERE) };
        graph.inside = None;
        let (id, body) = (self.column_id(), Some(bound?));
        graph.calls.push(PathCall { id, function, over, body });
        let kind = if function == PathFunction::Map { KustoType::Dynamic } else { KustoType::Bool };
        Ok(Expr::column(id, kind, span))
    }

    /// The path that a call goes over: `e` or `inner_nodes(e)`.
    fn path(&mut self, scope: &Scope<'_>, argument: &NamedExpr) -> Bind<Place> {
        let mut inner = &argument.expr;
        while let ExprKind::Paren(within) = &inner.kind {
            inner = within;
        }
        let (name, nodes): (&ast::Expr, bool) = match &inner.kind {
            ExprKind::Call(call) if call.name.text == "inner_nodes" => match call.arguments.as_slice() {
                [edge] => (&edge.expr, true),
                _ => return self.error(call.span, "`inner_nodes` takes one path, as in `inner_nodes(e)`"),
            },
            _ => (inner, false),
        };
        let place = match &name.kind {
            ExprKind::Name(name) => scope.graph.as_deref().and_then(|graph| graph.element(&name.text)),
            _ => None,
        };
        match place {
            Some(Place::PathEdge(hop)) if nodes => Ok(Place::InnerNode(hop)),
            Some(place @ Place::PathEdge(_)) => Ok(place),
            _ => self.error_with(
                argument.span,
                "a path of the pattern is wanted here",
                "a path is an edge with a range, as `-[e*1..5]->`; write `e`, or `inner_nodes(e)`",
            ),
        }
    }

    /// `node_id` and the degrees.
    fn of_node(
        &mut self,
        scope: &mut Scope<'_>,
        property: Property,
        kind: KustoType,
        call: &Call,
        span: Span,
    ) -> Bind<Expr> {
        let place = match call.arguments.as_slice() {
            [] => scope.graph.as_deref().and_then(|graph| graph.inside).filter(|at| matches!(at, Place::InnerNode(_))),
            [argument] => match &argument.expr.kind {
                ExprKind::Name(name) => scope
                    .graph
                    .as_deref()
                    .and_then(|graph| graph.element(&name.text))
                    .filter(|at| matches!(at, Place::Node(_))),
                _ => None,
            },
            _ => None,
        };
        let (Some(place), Some(graph)) = (place, scope.graph.as_deref_mut()) else {
            return self.error_with(
                span,
                format!("`{}` is of a node", call.name),
                format!(
                    "write `{0}(a)` with a node `a` of the pattern, or `{0}()` over `inner_nodes(e)` in `all`, `any` and `map`",
                    call.name
                ),
            );
        };
        let id = self.special_property(graph, place, property, kind);
        Ok(Expr::column(id, kind, span))
    }

    /// `labels`: graphs of `make-graph` have none.
    fn labels(&mut self, scope: &Scope<'_>, call: &Call, span: Span) -> Bind<Expr> {
        let graph = scope.graph.as_deref();
        let is_element = match call.arguments.as_slice() {
            [] => graph.is_some_and(|graph| graph.inside.is_some()),
            [argument] => match &argument.expr.kind {
                ExprKind::Name(name) => graph.and_then(|graph| graph.element(&name.text)).is_some(),
                _ => false,
            },
            _ => false,
        };
        if !is_element {
            return self.error_with(span, "`labels` is of a node or an edge of the pattern", "write `labels(a)`");
        }
        self.note(span, "`labels` is empty: a graph of `make-graph` has no labels");
        Ok(Expr::literal(Value::Dynamic("[]".into()), KustoType::Dynamic, span))
    }

    /// What is said of a path is said of each of its edges: the expression as a call over them, if it names a property of one.
    pub fn spread(&mut self, scope: &mut Scope<'_>, expr: Expr, function: PathFunction) -> Bind<Expr> {
        let Some(graph) = scope.graph.as_deref_mut() else { return Ok(expr) };
        if graph.inside.is_some() {
            return Ok(expr);
        }
        let paths: Vec<Place> =
            graph.places(&expr).into_iter().filter(|place| matches!(place, Place::PathEdge(_))).collect();
        let over = match paths.as_slice() {
            [] => return Ok(expr),
            [one] => *one,
            _ => {
                return self.error_with(
                    expr.span,
                    "this is about the edges of two paths at once",
                    "say it with `all`, `any` or `map` for each of them",
                );
            }
        };
        let mut has_call = false;
        expr.walk(&mut |part| has_call |= matches!(part.node, ExprNode::Column(id) if graph.call(id).is_some()));
        if has_call {
            return self.error_with(
                expr.span,
                "this is about each edge of a path, and about all of them",
                "put what is about each edge into `all`, `any` or `map`",
            );
        }
        let (id, span) = (self.column_id(), expr.span);
        let (kind, body) = match function {
            PathFunction::Map => (KustoType::Dynamic, cast(expr, KustoType::Dynamic)),
            _ => (KustoType::Bool, expr),
        };
        graph.calls.push(PathCall { id, function, over, body: Some(body) });
        Ok(Expr::column(id, kind, span))
    }
}
