//! What a column is called that nobody named.

use super::env::{Binding, Env};
use crate::kql::facts::{self, Function, FunctionClass, Naming};
use crate::kql::syntax::ast::{Call, Expr, ExprKind, Literal};

/// Resolves a call the way naming needs it: only functions of the language have rules.
pub(super) struct Names<'x> {
    env: &'x Env,
    /// Whether aggregates come before scalar functions.
    aggregates: bool,
    /// Whether the row has a column of a name.
    has_column: &'x dyn Fn(&str) -> bool,
}

impl<'x> Names<'x> {
    pub fn new(env: &'x Env, aggregates: bool, has_column: &'x dyn Fn(&str) -> bool) -> Self {
        Self { env, aggregates, has_column }
    }

    /// The name that an expression gives its column; none means `ColumnN`.
    pub fn of(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.of(inner),
            ExprKind::Name(name) => Some(name.text.clone()),
            ExprKind::Member(value, name) => match &value.kind {
                ExprKind::Name(side) if side.text.starts_with('$') => Some(name.text.clone()),
                _ => Some(self.path(value, &name.text)),
            },
            ExprKind::Index(value, key) => Some(self.path(value, &index_text(key))),
            ExprKind::Call(call) => self.of_call(call),
            _ => None,
        }
        .filter(|name| !name.is_empty())
    }

    fn path(&self, value: &Expr, key: &str) -> String {
        match self.of(value) {
            Some(left) if !left.trim().is_empty() => format!("{left}_{key}"),
            _ => key.to_owned(),
        }
    }

    /// The name that a call gives its column.
    pub fn of_call(&self, call: &Call) -> Option<String> {
        let function = self.function(&call.name.text)?;
        let first = || call.arguments.first().and_then(|argument| self.of_argument(argument));
        match function.naming {
            Naming::Default | Naming::Fields(_) => None,
            Naming::First => first(),
            Naming::Only if call.arguments.len() == 1 => first(),
            Naming::Only => None,
            Naming::Prefix(prefix) => Some(format!("{prefix}_{}", first().unwrap_or_default())),
            Naming::Fixed(name) => Some(name.to_owned()),
            Naming::Literal => match &call.arguments.first()?.expr.kind {
                ExprKind::Literal(Literal::String(text)) if (self.has_column)(&text.value) => Some(text.value.clone()),
                _ => None,
            },
        }
    }

    /// The name of an argument: the one it is given, or that of its expression.
    pub fn of_argument(&self, argument: &crate::kql::syntax::ast::NamedExpr) -> Option<String> {
        match argument.name() {
            Some(name) => Some(name.text.clone()),
            None => self.of(&argument.expr),
        }
    }

    fn function(&self, name: &str) -> Option<&'static Function> {
        if matches!(self.env.get(name), Some(Binding::Function(_))) {
            return None;
        }
        let aggregate = facts::of_class(name, FunctionClass::Aggregate);
        if self.aggregates { aggregate.or_else(|| facts::scalar(name)) } else { facts::scalar(name) }
    }
}

/// The part of a name that an index gives: the text or number, if it is written as one.
fn index_text(key: &Expr) -> String {
    match &key.kind {
        ExprKind::Literal(Literal::String(text)) => text.value.clone(),
        ExprKind::Literal(Literal::Long(Some(number))) => number.to_string(),
        ExprKind::Literal(Literal::Int(Some(number))) => number.to_string(),
        _ => String::new(),
    }
}
