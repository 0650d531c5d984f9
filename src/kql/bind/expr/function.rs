//! Functions that the script or the caller declares: their bodies are put in where they are called.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::cast;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::env::{Binding, Env, Scalar, UserFunction};
use crate::kql::bind::graph::Flow;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::suggest;
use crate::kql::bind::tree::{Expr, ExprNode, GroupId, Node, Rel};
use crate::kql::bind::types::kind_of;
use crate::kql::syntax::ast::{ColumnDecl, NamedExpr, ParamDecl, ParamType, Span};

/// How deep calls may nest.
const MAX_CALLS: u32 = 40;
/// How many calls of declared functions a script may stand for.
const MAX_PUT_IN: u32 = 10_000;

/// An argument of a call: written, or the rows before `invoke`.
pub(in crate::kql::bind) enum BoundArgument<'e> {
    /// Written.
    Written(&'e NamedExpr),
    /// A table.
    Rel(Rel),
}

impl Binder<'_> {
    /// The stored function of this name.
    pub fn stored(&mut self, name: &str) -> Option<Rc<UserFunction>> {
        let decl = self.schemas.function(name)?;
        Some(Rc::new(UserFunction { name: name.to_owned(), decl, env: Env::default(), stored: true }))
    }

    /// Calls a function that gives a scalar.
    pub(super) fn call_scalar(
        &mut self,
        scope: &mut Scope<'_>,
        function: &Rc<UserFunction>,
        arguments: &[NamedExpr],
        span: Span,
    ) -> Bind<Expr> {
        let arguments = arguments.iter().map(BoundArgument::Written).collect();
        let env = self.call_env(scope, function, arguments, span)?;
        let function = Rc::clone(function);
        let mut expr = self.in_body(&function, span, |binder| {
            let env = binder.body_env(env, &function)?;
            let Some(result) = &function.decl.body.result else {
                return binder.error(span, format!("`{}` has no result", function.name));
            };
            binder.expr(&mut Scope::bare(&env), result)
        })?;
        expr.span = span;
        Ok(expr)
    }

    /// Calls a function that gives a table.
    pub fn call_table(
        &mut self,
        scope: &mut Scope<'_>,
        function: &Rc<UserFunction>,
        arguments: Vec<BoundArgument<'_>>,
        span: Span,
    ) -> Bind<Rel> {
        let flow = self.call_flow(scope, function, arguments, span)?;
        self.rows_of(flow, span)
    }

    /// Calls a function that gives a table or a graph.
    pub fn call_flow(
        &mut self,
        scope: &mut Scope<'_>,
        function: &Rc<UserFunction>,
        arguments: Vec<BoundArgument<'_>>,
        span: Span,
    ) -> Bind<Flow> {
        let env = self.call_env(scope, function, arguments, span)?;
        let function = Rc::clone(function);
        self.in_body(&function, span, |binder| {
            let env = binder.body_env(env, &function)?;
            let Some(result) = &function.decl.body.result else {
                return binder.error(span, format!("`{}` has no result", function.name));
            };
            binder.flow(&env, result)
        })
    }

    /// Runs `work` inside a body: nesting is bounded, numbers of unnamed columns start anew, and places of stored functions are the call.
    fn in_body<T>(&mut self, function: &UserFunction, span: Span, work: impl FnOnce(&mut Self) -> Bind<T>) -> Bind<T> {
        if self.calls >= MAX_CALLS {
            return self.error_with(
                span,
                format!("`{}` is called too deep inside other functions", function.name),
                format!("functions cannot call themselves; huntql takes {MAX_CALLS} calls inside each other"),
            );
        }
        self.put_in = self.put_in.saturating_add(1);
        if self.put_in > MAX_PUT_IN {
            return self.error_with(
                span,
                "the functions of this script call each other so often that the whole is too large to run",
                "compute tables that are used often once, with `let x = materialize(f())`",
            );
        }
        self.calls += 1;
        let unnamed = std::mem::replace(&mut self.unnamed, 1);
        let outer = self.stored_call;
        if function.stored && outer.is_none() {
            self.stored_call = Some(span);
        }
        let done = self.deeper(span, work);
        self.stored_call = outer;
        self.unnamed = unnamed;
        self.calls -= 1;
        done
    }

    /// The body's `let`s on top of its parameters.
    fn body_env(&mut self, mut env: Env, function: &UserFunction) -> Bind<Env> {
        for statement in &function.decl.body.statements {
            self.declare(&mut env, statement)?;
        }
        Ok(env)
    }

    /// What the body of a function sees: what it saw when it was declared, and its parameters.
    fn call_env(
        &mut self,
        scope: &mut Scope<'_>,
        function: &UserFunction,
        arguments: Vec<BoundArgument<'_>>,
        span: Span,
    ) -> Bind<Env> {
        let parameters = &function.decl.parameters;
        let mut given: Vec<Option<BoundArgument<'_>>> = parameters.iter().map(|_| None).collect();
        for (place, argument) in arguments.into_iter().enumerate() {
            let named = match &argument {
                BoundArgument::Written(argument) => argument.name(),
                BoundArgument::Rel(_) => None,
            };
            let place = match named {
                None => place,
                Some(name) => match parameters.iter().position(|parameter| parameter.name.text == name.text) {
                    Some(place) => place,
                    None => {
                        let known = parameters.iter().map(|parameter| parameter.name.text.as_str());
                        let message = format!("`{}` has no parameter `{name}`", function.name);
                        return match suggest::did_you_mean(&suggest::nearest(&name.text, known)) {
                            Some(help) => self.error_with(name.span, message, help),
                            None => self.error(name.span, message),
                        };
                    }
                },
            };
            let Some(slot) = given.get_mut(place) else {
                let count = parameters.len();
                return self.error(span, format!("`{}` takes {count} arguments, and has more here", function.name));
            };
            if slot.is_some() {
                let name = parameters.get(place).map_or("", |parameter| parameter.name.text.as_str());
                return self.error(span, format!("`{name}` of `{}` is given twice", function.name));
            }
            *slot = Some(argument);
        }
        let mut env = function.env.clone();
        for (parameter, argument) in parameters.iter().zip(given) {
            let binding = self.parameter(scope, function, parameter, argument, span)?;
            env.set(&parameter.name.text, binding);
        }
        Ok(env)
    }

    fn parameter(
        &mut self,
        scope: &mut Scope<'_>,
        function: &UserFunction,
        parameter: &ParamDecl,
        argument: Option<BoundArgument<'_>>,
        span: Span,
    ) -> Bind<Binding> {
        let name = &parameter.name.text;
        match (&parameter.ty, argument) {
            (ParamType::Scalar(ty), Some(BoundArgument::Written(argument))) => {
                let expr = self.named_expr(scope, argument)?;
                let expr = cast(expr, kind_of(ty.scalar));
                let row_level = depends_on_row(&expr).then_some(self.level);
                Ok(Binding::Scalar(Rc::new(Scalar::new(expr, row_level))))
            }
            (ParamType::Scalar(ty), None) => match &parameter.default {
                Some(default) => {
                    let env = function.env.clone();
                    let expr = self.expr(&mut Scope::bare(&env), default)?;
                    Ok(Binding::Scalar(Rc::new(Scalar::new(cast(expr, kind_of(ty.scalar)), None))))
                }
                None => self.error(span, format!("`{}` is called without its `{name}`", function.name)),
            },
            (ParamType::Scalar(_), Some(BoundArgument::Rel(_))) => self.error_with(
                span,
                format!("the first parameter of `{}` is no table", function.name),
                "`invoke` gives its rows to the first parameter, declared as `(T: (a: string, …))`",
            ),
            (ParamType::Table(columns, _), Some(argument)) => {
                let rel = self.table_argument(scope, argument)?;
                self.check_columns(&rel, columns, function, span)?;
                self.table_binding(name, rel)
            }
            (ParamType::AnyTable(_), Some(argument)) => {
                let rel = self.table_argument(scope, argument)?;
                self.table_binding(name, rel)
            }
            (_, None) => self.error(span, format!("`{}` is called without its table `{name}`", function.name)),
        }
    }

    fn table_argument(&mut self, scope: &mut Scope<'_>, argument: BoundArgument<'_>) -> Bind<Rel> {
        match argument {
            BoundArgument::Rel(rel) => Ok(rel),
            BoundArgument::Written(argument) => self.table(scope.env, &argument.expr),
        }
    }

    /// What a name means that stands for a table.
    pub fn table_binding(&mut self, name: &str, rel: Rel) -> Bind<Binding> {
        if holds_group(&rel) {
            return Ok(Binding::GroupTable(Rc::new(RefCell::new(Some(rel)))));
        }
        Ok(Binding::Table(self.share(Some(name.to_owned()), rel, false)?))
    }

    /// Checks that a table has the columns that a parameter declares; others come along.
    fn check_columns(&mut self, rel: &Rel, columns: &[ColumnDecl], function: &UserFunction, span: Span) -> Bind<()> {
        for wanted in columns {
            let (name, kind) = (wanted.name.text.as_str(), kind_of(wanted.ty.scalar));
            let message = match rel.columns.iter().find(|column| &*column.name == name) {
                Some(column) if column.kind == kind => continue,
                Some(column) => {
                    format!("`{}` wants `{name}` of type {kind}, and it is of type {}", function.name, column.kind)
                }
                None => format!("`{}` wants a column `{name}`, which the table has not", function.name),
            };
            return self.error(span, message);
        }
        Ok(())
    }

    /// The declaration of a function, to be called later.
    pub fn user_function(name: &str, decl: &crate::kql::syntax::ast::FunctionDecl, env: &Env) -> Binding {
        let function =
            UserFunction { name: name.to_owned(), decl: Arc::new(decl.clone()), env: env.clone(), stored: false };
        Binding::Function(Rc::new(function))
    }
}

/// Whether an expression reads columns of the row it stands over.
fn depends_on_row(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |part| found |= matches!(part.node, ExprNode::Column(_) | ExprNode::StepState(..)));
    found
}

/// Whether a relation holds the rows of a group outside it.
pub(in crate::kql::bind) fn holds_group(rel: &Rel) -> bool {
    fn free(rel: &Rel, bound: &mut Vec<GroupId>) -> bool {
        let mark = bound.len();
        match &rel.node {
            Node::GroupRows { group } => return !bound.contains(group),
            Node::Apply { group, .. } => bound.push(*group),
            _ => {}
        }
        let mut found = false;
        rel.inputs(&mut |input| found = found || free(input, bound));
        bound.truncate(mark);
        found
    }
    free(rel, &mut Vec::new())
}
