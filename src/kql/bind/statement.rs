//! Scripts: statements in order, and what each answers.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use super::binder::{Bind, Binder, MAX_EXPANDED};
use super::constant;
use super::env::{Absent, Binding, Env, Pattern, Scalar};
use super::graph::Flow;
use super::operator::with_several_results;
use super::scope::Scope;
use super::tree::{Column, Definition, Expr, Node, QueryResult, Rel, SharedId, Value};
use super::types::kind_of;
use crate::catalog::KustoType;
use crate::kql::syntax::ast::{
    self, ExprKind, Facet, ForkLeg, LetValue, OperatorKind, ParamDecl, ParamType, Pipeline, Script, Statement,
    StatementKind,
};

impl Binder<'_> {
    /// Binds the statements of a script, each by itself: one that fails does not hide the errors of others.
    pub fn script(&mut self, script: &Script) -> Vec<QueryResult> {
        let mut env = Env::default();
        let mut results = Vec::new();
        for directive in &script.directives {
            self.note(directive.span, format!("the line `#{}` is for other tools, and passed over", directive.text));
        }
        let mut queries = 0;
        for statement in &script.statements {
            match &statement.kind {
                StatementKind::Query(expr) => {
                    queries += 1;
                    if let Ok(bound) = self.query(&env, expr) {
                        results.extend(bound);
                    }
                }
                // What failed is not known afterwards, and each use of it says so.
                _ => {
                    let Err(_) = self.declare(&mut env, statement) else { continue };
                }
            }
            if self.pending {
                break;
            }
        }
        // What nothing used is told at last.
        for absent in std::mem::take(&mut self.absent) {
            if !absent.used.get() {
                let Err(_) = self.tell::<()>(&absent) else { continue };
            }
        }
        if queries > 0 && results.is_empty() && self.diagnostics.iter().all(|said| !said.is_error()) && !self.pending {
            let end = script.span.after();
            let Err(_) = self.error_with::<()>(
                end,
                "`graph-to-table` only names its two tables here",
                "name those to show behind it, as in `…; N; E`",
            ) else {
                return results;
            };
        }
        if queries == 0 && !script.statements.is_empty() && self.diagnostics.iter().all(|said| !said.is_error()) {
            let end = script.span.after();
            let Err(_) =
                self.error_with::<()>(end, "there is no query behind the `let`s", "name the table to show, as `T`")
            else {
                return results;
            };
        }
        results
    }

    /// Binds a statement that is no query.
    pub fn declare(&mut self, env: &mut Env, statement: &Statement) -> Bind<()> {
        match &statement.kind {
            StatementKind::Query(expr) => self.error(expr.span, "a query has no meaning here"),
            StatementKind::Let(name, value) => {
                self.operator = self.at(name.span);
                let before = self.diagnostics.len();
                let binding = match value {
                    LetValue::Function(function) => Self::user_function(&name.text, function, env),
                    LetValue::EntityGroup(_) => Binding::Refused("huntql has no entity groups"),
                    LetValue::Expr(expr) => match self.let_value(env, &name.text, expr) {
                        Ok(binding) => binding,
                        Err(reported) => match self.take_missing(before) {
                            Some(errors) => {
                                let absent = Rc::new(Absent { errors, used: Cell::new(false) });
                                self.absent.push(Rc::clone(&absent));
                                Binding::Absent(absent)
                            }
                            None => {
                                env.set(&name.text, Binding::Broken);
                                return Err(reported);
                            }
                        },
                    },
                };
                env.set(&name.text, binding);
                Ok(())
            }
            StatementKind::Set(name, value) => {
                let value = match value {
                    None => None,
                    Some(expr) => match &expr.kind {
                        // `set option = word`
                        ExprKind::Name(word) => Some(Value::String(word.text.as_str().into())),
                        _ => match self.expr(&mut Scope::bare(env), expr)?.as_literal() {
                            Some(value) => Some(value.clone()),
                            None => return self.error(expr.span, "a setting is a constant"),
                        },
                    },
                };
                if !matches!(name.text.as_str(), "query_bin_auto_size" | "query_bin_auto_at") {
                    self.note(statement.span, format!("`set {name}` is for the service, and has no effect"));
                }
                self.settings.push((name.text.clone(), value));
                Ok(())
            }
            StatementKind::DeclareParameters(parameters) => {
                let mut failed = None;
                for parameter in parameters {
                    if let Err(reported) = self.query_parameter(env, parameter) {
                        env.set(&parameter.name.text, Binding::Broken);
                        failed = Some(reported);
                    }
                }
                failed.map_or(Ok(()), Err)
            }
            StatementKind::DeclarePattern(pattern) => {
                let declared = Pattern { decl: pattern.clone(), env: env.clone() };
                env.set(&pattern.name.text, Binding::Pattern(Rc::new(declared)));
                Ok(())
            }
            StatementKind::AliasDatabase(name, _) => {
                self.note(
                    statement.span,
                    format!("`alias database {name}` is passed over: huntql has one set of tables"),
                );
                Ok(())
            }
            StatementKind::Restrict(..) => self.error_with(
                statement.span,
                "`restrict access` is not run by huntql",
                "it guards a service; leave it out",
            ),
        }
    }

    fn let_value(&mut self, env: &Env, name: &str, expr: &ast::Expr) -> Bind<Binding> {
        let scope = Scope::bare(env);
        if self.is_table(&scope, expr) {
            let mut inner = expr;
            while let ExprKind::Paren(within) = &inner.kind {
                inner = within;
            }
            // `let T = materialize(…)` is one shared relation, not two.
            let (rel, once) = match &inner.kind {
                ExprKind::Materialize(source) => (self.table(env, source)?, true),
                _ => match self.flow(env, expr)? {
                    Flow::Rows(rel) => (rel, false),
                    Flow::Graph(graph) => return Ok(Binding::Graph(self.name_graph(*graph)?)),
                },
            };
            return Ok(Binding::Table(self.share(Some(name.to_owned()), rel, once)?));
        }
        let mut scope = Scope::bare(env);
        let bound = self.expr(&mut scope, expr)?;
        Ok(Binding::Scalar(Rc::new(Scalar::new(bound, None))))
    }

    /// A parameter of the script: the caller's value, else its default.
    fn query_parameter(&mut self, env: &mut Env, parameter: &ParamDecl) -> Bind<()> {
        let name = &parameter.name;
        let ParamType::Scalar(ty) = &parameter.ty else {
            return self.error(parameter.span, "a parameter of a query is a scalar");
        };
        let kind = kind_of(ty.scalar);
        let span = self.at(parameter.span);
        let given = self.parameters.get(&name.text);
        let value = match (given, &parameter.default) {
            (Some(text), _) => match parameter_value(text, kind) {
                Some(value) => value,
                None => return self.error(parameter.span, format!("`{text}`, given for `{name}`, is no {kind}")),
            },
            (None, Some(default)) => {
                let bound = self.expr(&mut Scope::bare(env), default)?;
                match constant::convert(&bound, kind) {
                    Some(value) => value,
                    None => {
                        return self
                            .error(default.span, format!("the default of `{name}` is no constant of type {kind}"));
                    }
                }
            }
            (None, None) => {
                let help = format!(
                    "give it with `--param {name}=…` or, in the shell, `.param {name}=…`; or write a default: `{name}: {kind} = …`"
                );
                return self.error_with(parameter.span, format!("the parameter `{name}` has no value"), help);
            }
        };
        let expr = Expr::literal(value, kind, span);
        env.set(&name.text, Binding::Scalar(Rc::new(Scalar::new(expr, None))));
        Ok(())
    }

    /// Binds a query statement: one result, or several if it ends in `fork` or `facet`.
    fn query(&mut self, env: &Env, expr: &ast::Expr) -> Bind<Vec<QueryResult>> {
        self.operator = self.at(expr.span);
        self.render = None;
        let mut inner = expr;
        while let ExprKind::Paren(within) = &inner.kind {
            inner = within;
        }
        if let ExprKind::Pipe(pipeline) = &inner.kind
            && let Some((last, before)) = pipeline.operators.split_last()
            && let OperatorKind::GraphToTable(outputs) = &last.kind
            && outputs.len() > 1
        {
            let flow = self.flow_before(env, pipeline, before)?;
            self.graph_to_tables(flow, outputs, last)?;
            return Ok(Vec::new());
        }
        if let ExprKind::Pipe(pipeline) = &inner.kind
            && let Some((last, before)) = pipeline.operators.split_last()
            && matches!(last.kind, OperatorKind::Fork(_) | OperatorKind::Facet(_))
        {
            let shared = self.forked(env, pipeline, before, last)?;
            return match &last.kind {
                OperatorKind::Fork(legs) => self.fork(env, shared, legs),
                OperatorKind::Facet(facet) => self.facet(env, shared, facet),
                _ => Ok(Vec::new()),
            };
        }
        if let ExprKind::Pipe(pipeline) = &inner.kind
            && let Some((last, before)) = pipeline.operators.split_last()
            && let Some((call, plugin)) = with_several_results(last)
        {
            let shared = self.forked(env, pipeline, before, last)?;
            return self.plugin_results(env, |binder| binder.use_shared(shared), call, plugin);
        }
        let scope = Scope::bare(env);
        if !self.is_table(&scope, expr) && matches!(inner.kind, ExprKind::Literal(_) | ExprKind::Arithmetic(..)) {
            return self.error_with(expr.span, "a scalar alone is no query", "`print x = …` makes a table of one row");
        }
        let rel = self.table(env, expr)?;
        let name = last_name(inner);
        Ok(vec![self.result(name, rel)?])
    }

    fn result(&mut self, name: Option<String>, rel: Rel) -> Bind<QueryResult> {
        if self.expanded(&rel) > MAX_EXPANDED {
            return self.error_with(
                self.operator,
                "the `let`s of this script use each other so often that the whole is too large to run",
                "compute the tables that are used often once, with `materialize`",
            );
        }
        Ok(QueryResult { name, rel, render: self.render.take() })
    }

    /// The rows before `fork` or `facet`, computed once.
    fn forked(
        &mut self,
        env: &Env,
        pipeline: &Pipeline,
        before: &[ast::Operator],
        last: &ast::Operator,
    ) -> Bind<SharedId> {
        match self.flow_before(env, pipeline, before)? {
            Some(flow) => {
                let rel = self.rows_of(flow, last.keyword)?;
                self.share(None, rel, true)
            }
            None => self.error(last.keyword, "this operator needs rows before it"),
        }
    }

    /// What comes to the last operator of a pipeline.
    fn flow_before(&mut self, env: &Env, pipeline: &Pipeline, before: &[ast::Operator]) -> Bind<Option<Flow>> {
        let mut flow = match &pipeline.source {
            Some(source) => Some(self.flow(env, source)?),
            None => None,
        };
        for operator in before {
            flow = Some(self.step(env, flow, operator)?);
        }
        Ok(flow)
    }

    fn fork(&mut self, env: &Env, shared: SharedId, legs: &[ForkLeg]) -> Bind<Vec<QueryResult>> {
        let mut results = Vec::with_capacity(legs.len());
        for (place, leg) in legs.iter().enumerate() {
            let rows = self.use_shared(shared)?;
            let rel = self.piped(env, &leg.subquery, rows)?;
            let name = match &leg.name {
                Some(name) => name.text.clone(),
                None if place == 0 => "Results".to_owned(),
                None => format!("Results_{}", place + 1),
            };
            results.push(self.result(Some(name), rel)?);
        }
        Ok(results)
    }

    fn facet(&mut self, env: &Env, shared: SharedId, facet: &Facet) -> Bind<Vec<QueryResult>> {
        let mut results = Vec::with_capacity(facet.by.len() + 1);
        if let Some(with) = &facet.with {
            let rows = self.use_shared(shared)?;
            let rel = self.piped(env, with, rows)?;
            results.push(self.result(None, rel)?);
        }
        for (place, by) in facet.by.iter().enumerate() {
            let rows = self.use_shared(shared)?;
            let scope = Scope::row(env, &rows.columns, rows.visible);
            let Some(column) = self.plain_column(&scope, by) else {
                return self.error(by.span, "`facet` is by columns");
            };
            if column.kind == KustoType::Dynamic {
                let help = "convert it with `extend x = tostring(x)` before";
                return self.error_with(by.span, format!("`{}` is dynamic", column.name), help);
            }
            let key = self.column(Arc::clone(&column.name), column.kind);
            let count = self.column(format!("count_{}", column.name), KustoType::Long);
            let call = self.plain_call("count", Vec::new(), &count)?;
            let keys = vec![Definition { id: key.id, expr: Expr::column(column.id, column.kind, by.span) }];
            let columns: Vec<Column> = vec![key, count];
            let node = Node::Aggregate { input: Box::new(rows), keys, calls: vec![call] };
            let rel = self.rel(node, columns, 2, false)?;
            let name = if place == 0 { "Facet".to_owned() } else { format!("Facet_{}", place + 1) };
            results.push(self.result(Some(name), rel)?);
        }
        Ok(results)
    }
}

/// The name that the last `as` of a query gives.
fn last_name(expr: &ast::Expr) -> Option<String> {
    let ExprKind::Pipe(pipeline) = &expr.kind else { return None };
    pipeline.operators.iter().rev().find_map(|operator| match &operator.kind {
        OperatorKind::As(_, name) => Some(name.text.clone()),
        _ => None,
    })
}

/// The caller's text as a constant: bare, or as a literal of its type.
fn parameter_value(text: &str, kind: KustoType) -> Option<Value> {
    let literal = format!("{}(", kind.name());
    let bare = text.strip_prefix(&literal).and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
    match kind {
        // A parameter's text may be JSON.
        KustoType::Dynamic => {
            let json: serde_json::Value = serde_json::from_str(bare).ok()?;
            Some(if json.is_null() { Value::Null } else { Value::Dynamic(json.to_string().into()) })
        }
        KustoType::String => Some(Value::String(text.into())),
        _ => constant::from_text(bare, kind),
    }
}
