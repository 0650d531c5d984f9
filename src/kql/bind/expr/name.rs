//! Names, members and elements.

use std::rc::Rc;

use super::{Raw, cast};
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder, MAX_COPIES, MAX_HEIGHT, Reported};
use crate::kql::bind::env::{Binding, Scalar};
use crate::kql::bind::scope::Scope;
use crate::kql::bind::suggest;
use crate::kql::bind::tree::{Column, Expr, ExprNode, Value};
use crate::kql::bind::types::is_integer;
use crate::kql::facts;
use crate::kql::syntax::ast::{self, ExprKind, Name, Span};

impl Binder<'_> {
    /// A name: a visible column, else a `let` or parameter, else a hidden column.
    pub(super) fn name(&mut self, scope: &mut Scope<'_>, name: &Name) -> Bind<Raw> {
        let span = self.at(name.span);
        if scope.sees_columns()
            && let Some(column) = scope.visible_column(&name.text)
        {
            return Ok(column_expr(column, span).into());
        }
        if let Some(right) = scope.right
            && let Some(column) = right.iter().find(|column| *column.name == name.text)
        {
            return Ok(column_expr(column, span).into());
        }
        self.element_alone(scope, name)?;
        match scope.env.get(&name.text) {
            Some(Binding::Scalar(scalar)) => return Ok(self.put_in(&Rc::clone(scalar), name)?.into()),
            Some(Binding::Function(function)) => {
                let function = Rc::clone(function);
                return Ok(self.call_scalar(scope, &function, &[], span)?.into());
            }
            Some(Binding::Graph(_)) => {
                return self.error(span, format!("`{name}` is a graph, and a scalar is wanted here"));
            }
            Some(Binding::Table(_) | Binding::GroupTable(_) | Binding::Pattern(_)) => {
                return self.error_with(
                    span,
                    format!("`{name}` is a table, and a scalar is wanted here"),
                    "`toscalar(…)` takes the first column of its first row",
                );
            }
            Some(Binding::Broken) => return Err(Reported),
            Some(Binding::Absent(absent)) => return self.tell(&Rc::clone(absent)),
            Some(Binding::Refused(why)) => {
                return self.error_with(span, format!("`{name}` is not run by huntql"), *why);
            }
            None => {}
        }
        if scope.sees_columns()
            && let Some(column) = scope.hidden_column(&name.text)
        {
            return Ok(column_expr(column, span).into());
        }
        if let Some(function) = self.stored(&name.text) {
            return Ok(self.call_scalar(scope, &function, &[], span)?.into());
        }
        self.unknown_name(scope, name)
    }

    fn unknown_name<T>(&mut self, scope: &Scope<'_>, name: &Name) -> Bind<T> {
        let text = name.text.as_str();
        if !scope.sees_columns() && scope.columns.iter().any(|column| *column.name == *text) {
            return self.error_with(
                name.span,
                format!("`{name}` has many values in a group, and one is wanted"),
                format!("put it behind `by`, or take one with `take_any({name})`, `max({name})` and the like"),
            );
        }
        if text == "null" {
            return self.error_with(
                name.span,
                "there is no bare `null`",
                "write `int(null)`, or test with `isnull(x)`",
            );
        }
        if self.schemas.table(text).is_some() {
            return self.error_with(
                name.span,
                format!("`{name}` is a table, and a scalar is wanted here"),
                "`toscalar(…)` takes the first column of its first row",
            );
        }
        if facts::named(text).next().is_some() {
            return self.error_with(
                name.span,
                format!("`{name}` is a function, and wants parentheses"),
                format!("write `{name}()`"),
            );
        }
        if self.shaped && scope.sees_columns() && scope.visible > 0 {
            let is_owner = self.owner == Some(name.span);
            let kind = if is_owner { KustoType::Dynamic } else { KustoType::String };
            match self.unseen.iter_mut().find(|(known, _)| *known == name.text) {
                Some((_, known)) if is_owner => *known = kind,
                Some(_) => {}
                None => self.unseen.push((name.text.clone(), kind)),
            }
        }
        let mut known: Vec<&str> = scope.env.iter().map(|(known, _)| known.as_str()).collect();
        if scope.sees_columns() {
            known.extend(scope.columns.iter().map(|column| &*column.name));
        }
        known.extend(scope.right.into_iter().flatten().map(|column| &*column.name));
        let near = suggest::nearest(text, known.iter().copied());
        let what = if scope.columns.is_empty() { "a scalar or variable" } else { "a column or variable" };
        match suggest::did_you_mean(&near) {
            Some(help) => self.error_with(name.span, format!("`{name}` is not {what} here"), help),
            None if scope.visible > 0 && scope.visible <= 12 && scope.sees_columns() => {
                let columns: Vec<&str> = scope.visible_columns().iter().map(|column| &*column.name).collect();
                let help = format!("the columns here are {}", columns.join(", "));
                self.error_with(name.span, format!("`{name}` is not {what} here"), help)
            }
            None => self.error(name.span, format!("`{name}` is not {what} here")),
        }
    }

    /// Puts in what a name stands for.
    fn put_in(&mut self, scalar: &Scalar, name: &Name) -> Bind<Expr> {
        if scalar.row_level.is_some_and(|level| level != self.level) {
            return self.error_with(
                name.span,
                format!("`{name}` depends on the row outside, which this subquery cannot see"),
                "use `join` or `lookup` to bring the two together",
            );
        }
        self.copies = self.copies.saturating_add(scalar.size);
        if self.copies > MAX_COPIES {
            return self.error_with(
                name.span,
                "the `let`s of this script use each other so often that the whole is too large to run",
                "compute values that are used often once, with `toscalar(print …)`",
            );
        }
        if self.height + scalar.height > MAX_HEIGHT {
            return self.error_with(
                name.span,
                format!("`{name}` nests too deep once the `let`s before it are put in"),
                format!("huntql takes {MAX_HEIGHT} levels; compute a part of it with `toscalar(print …)`"),
            );
        }
        let mut expr = scalar.expr.clone();
        expr.span = self.at(name.span);
        Ok(expr)
    }

    /// `a.b`: a member of a dynamic, or a column of one side of a join, or the state of a step.
    pub(super) fn member(&mut self, scope: &mut Scope<'_>, value: &ast::Expr, name: &Name, span: Span) -> Bind<Raw> {
        if let ExprKind::Name(owner) = &value.kind {
            if let Some(property) = self.element_property(scope, owner, name, span) {
                return property.map(Raw::from);
            }
            let side = match (owner.text.as_str(), scope.right) {
                ("$left", Some(_)) => Some(scope.columns),
                ("$right", Some(right)) => Some(right),
                _ => None,
            };
            if let Some(columns) = side {
                return match columns.iter().find(|column| *column.name == name.text) {
                    Some(column) => Ok(column_expr(column, span).into()),
                    None => {
                        let known = columns.iter().map(|column| &*column.name);
                        let message = format!("the {} side has no column `{name}`", &owner.text[1..]);
                        match suggest::did_you_mean(&suggest::nearest(&name.text, known)) {
                            Some(help) => self.error_with(name.span, message, help),
                            None => self.error(name.span, message),
                        }
                    }
                };
            }
            if let Some((place, (_, columns))) =
                scope.steps.iter().enumerate().find(|(_, (step, _))| *step == owner.text)
            {
                return match columns.iter().find(|column| *column.name == name.text) {
                    Some(column) => {
                        let place = u32::try_from(place).unwrap_or(u32::MAX);
                        Ok(Expr::new(ExprNode::StepState(place, column.id), column.kind, span).into())
                    }
                    None => self.error(name.span, format!("step `{owner}` has no column `{name}`")),
                };
            }
        }
        self.own(value);
        let value = self.expr(scope, value)?;
        let key = Expr::literal(Value::String(name.text.as_str().into()), KustoType::String, self.at(name.span));
        Ok(self.element(value, key, span)?.into())
    }

    /// `a[b]`.
    pub(super) fn index(&mut self, scope: &mut Scope<'_>, value: &ast::Expr, key: &ast::Expr, span: Span) -> Bind<Raw> {
        self.own(value);
        let raw = self.raw(scope, value)?;
        let key = self.expr(scope, key)?;
        if raw.fields.len() > 1
            && let Some(place) = key.as_literal().and_then(Value::as_long).and_then(|place| usize::try_from(place).ok())
            && let Some(field) = raw.fields.into_iter().nth(place)
        {
            return Ok(field.expr.into());
        }
        Ok(self.element(raw.expr, key, span)?.into())
    }

    /// Remembers that a member or element of this is asked for.
    fn own(&mut self, value: &ast::Expr) {
        if let ExprKind::Name(name) = &value.kind {
            self.owner = Some(name.span);
        }
    }

    fn element(&mut self, value: Expr, key: Expr, span: Span) -> Bind<Expr> {
        if value.kind != KustoType::Dynamic {
            return self.error_with(
                span,
                format!("only a dynamic value has members, and this is of type {}", value.kind),
                match value.kind {
                    KustoType::String => "read text as JSON with `parse_json(x)` first",
                    _ => "leave the part behind the value out",
                },
            );
        }
        let key = match key.kind {
            KustoType::String | KustoType::Dynamic => key,
            kind if is_integer(kind) => cast(key, KustoType::Long),
            kind => {
                return self.error(
                    key.span,
                    format!("a member is named by a text or a whole number, and this is of type {kind}"),
                );
            }
        };
        Ok(Expr::new(ExprNode::Member(Box::new(value), Box::new(key)), KustoType::Dynamic, span))
    }
}

pub(super) fn column_expr(column: &Column, span: Span) -> Expr {
    Expr::column(column.id, column.kind, span)
}
