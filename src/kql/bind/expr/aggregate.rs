//! Aggregates: each becomes a call of the node below, and the expression a column of it.

use super::{Raw, RawField};
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder, Reported};
use crate::kql::bind::naming::Names;
use crate::kql::bind::scope::{Aggregates, Scope, Windows};
use crate::kql::bind::tree::{AggregateCall, Column, ColumnId, Expr, Output, Value};
use crate::kql::bind::types::promoted;
use crate::kql::facts::{self, Function, FunctionClass};
use crate::kql::syntax::ast::{self, Call, ExprKind, NamedExpr, Span};

impl Binder<'_> {
    pub(super) fn aggregate(
        &mut self,
        scope: &mut Scope<'_>,
        function: &'static Function,
        call: &Call,
        span: Span,
    ) -> Bind<Raw> {
        self.warn_if_deprecated(function, call.name.span);
        self.note_difference(function, call.name.span);
        match function.canonical().name {
            "arg_max" | "arg_min" => self.arg_extreme(scope, function, call, span),
            "take_any" => self.take_any(scope, function, call, span),
            "percentile" | "percentiles" => self.percentiles(scope, function, call, 1, span),
            "percentilew" | "percentilesw" => self.percentiles(scope, function, call, 2, span),
            _ => {
                let arguments = self.inside(scope, |binder, inner| binder.arguments(inner, &call.arguments))?;
                let (_, args, kind) = self.resolve(function, arguments, call.name.span)?;
                Ok(self.push_call(scope, function, args, kind, span)?.into())
            }
        }
    }

    /// Binds over the rows of the group.
    fn inside<T>(&mut self, scope: &Scope<'_>, work: impl FnOnce(&mut Self, &mut Scope<'_>) -> Bind<T>) -> Bind<T> {
        let mut inner = Scope {
            env: scope.env,
            columns: scope.columns,
            visible: scope.visible,
            right: None,
            aggregates: Aggregates::Inside,
            windows: Windows::No,
            graph: None,
            steps: scope.steps,
            search: None,
            keys: scope.keys,
        };
        work(self, &mut inner)
    }

    fn push_call(
        &mut self,
        scope: &mut Scope<'_>,
        function: &'static Function,
        args: Vec<Expr>,
        kind: KustoType,
        span: Span,
    ) -> Bind<Expr> {
        let id = self.column_id();
        self.push(scope, AggregateCall { function: function.canonical(), args, outputs: vec![Output { id, kind }] })?;
        Ok(Expr::column(id, kind, span))
    }

    fn push(&mut self, scope: &mut Scope<'_>, call: AggregateCall) -> Bind<()> {
        let Aggregates::Yes(calls) = &mut scope.aggregates else { return Err(Reported) };
        calls.push(call);
        Ok(())
    }

    /// `arg_max(x, a, b)`, `arg_max(x, *)`: the extreme and other columns of its row.
    fn arg_extreme(
        &mut self,
        scope: &mut Scope<'_>,
        function: &'static Function,
        call: &Call,
        span: Span,
    ) -> Bind<Raw> {
        let Some((first, rest)) = call.arguments.split_first() else {
            return self.wrong_count(function, 0, call.name.span);
        };
        let old = function.deprecated.is_some();
        let short = if function.canonical().name == "arg_max" { "max" } else { "min" };
        let names = |binder: &Self, argument: &NamedExpr| binder.argument_name(scope, Some(argument));
        let primary = names(self, first);
        let first_name = primary.clone().unwrap_or_else(|| if old { String::new() } else { format!("{short}_") });
        let picked: Vec<Option<String>> = rest.iter().map(|argument| names(self, argument)).collect();
        let mut items = vec![self.picked(scope, first, first_name)?];
        if items[0].identity.is_some_and(|id| scope.keys.contains(&id)) {
            items[0].identity = None;
        }
        if !crate::kql::bind::types::is_orderable(items[0].expr.kind) {
            return self.error_with(
                first.span,
                format!("{} has no greatest value", items[0].expr.kind),
                "convert it, as with `tostring(x)` or `tolong(x)`",
            );
        }
        let star = rest.iter().any(|argument| matches!(argument.expr.kind, ExprKind::Star));
        let lead = primary.unwrap_or_default();
        for (place, (argument, name)) in rest.iter().zip(picked).enumerate() {
            if matches!(argument.expr.kind, ExprKind::Star) {
                push_star(scope, &mut items, span);
                continue;
            }
            let name = name.unwrap_or_else(|| match old {
                true => format!("arg{}", place + 1),
                false => format!("{short}_{lead}_arg{}", place + 1),
            });
            let item = self.picked(scope, argument, name)?;
            push_item(scope, &mut items, item, star);
        }
        if old {
            // The old names put the extreme's name before the others, and `max_` before all.
            for (place, item) in items.iter_mut().enumerate() {
                let own = std::mem::take(&mut item.name);
                item.name = if place == 0 { format!("{short}_{own}") } else { format!("{short}_{lead}_{own}") };
                item.identity = None;
            }
        }
        self.push_fields(scope, function, items, Vec::new(), span)
    }

    /// `take_any(a, b)`, `take_any(*)`: values of any one row.
    fn take_any(&mut self, scope: &mut Scope<'_>, function: &'static Function, call: &Call, span: Span) -> Bind<Raw> {
        if call.arguments.is_empty() {
            return self.wrong_count(function, 0, call.name.span);
        }
        let old = function.deprecated.is_some();
        if old
            && let [only] = call.arguments.as_slice()
            && !matches!(only.expr.kind, ExprKind::Star)
        {
            let args = self.inside(scope, |binder, inner| Ok(vec![binder.named_expr(inner, only)?]))?;
            let kind = args.first().map_or(KustoType::Dynamic, |arg| arg.kind);
            return Ok(self.push_call(scope, function, args, kind, span)?.into());
        }
        let star = call.arguments.iter().any(|argument| matches!(argument.expr.kind, ExprKind::Star));
        let mut items: Vec<RawField> = Vec::new();
        for (place, argument) in call.arguments.iter().enumerate() {
            if matches!(argument.expr.kind, ExprKind::Star) {
                push_star(scope, &mut items, span);
                continue;
            }
            let fallback = if old { format!("arg{place}") } else { format!("any_arg{place}") };
            let name = self.argument_name(scope, Some(argument)).unwrap_or(fallback);
            let item = self.picked(scope, argument, name)?;
            push_item(scope, &mut items, item, star);
        }
        if old {
            for item in &mut items {
                item.name = format!("any_{}", item.name);
                item.identity = None;
            }
        }
        if items.is_empty() {
            return self.error(span, format!("`{}` finds no columns that are not keys", function.name));
        }
        self.push_fields(scope, function, items, Vec::new(), span)
    }

    /// `percentiles(x, 5, 95)`: a call for each.
    fn percentiles(
        &mut self,
        scope: &mut Scope<'_>,
        function: &'static Function,
        call: &Call,
        before: usize,
        span: Span,
    ) -> Bind<Raw> {
        let most =
            if function.name == "percentile" || function.name == "percentilew" { before + 1 } else { usize::MAX };
        if call.arguments.len() <= before || call.arguments.len() > most {
            return self.wrong_count(function, call.arguments.len(), call.name.span);
        }
        let single = if before == 1 { "percentile" } else { "percentilew" };
        let Some(single) = facts::of_class(single, FunctionClass::Aggregate) else { return Err(Reported) };
        let name = self.argument_name(scope, call.arguments.first()).unwrap_or_default();
        let mut bound = self
            .inside(scope, |binder, inner| binder.exprs(inner, call.arguments.iter().map(|argument| &argument.expr)))?;
        let percentages = bound.split_off(before);
        let kind = bound.first().map_or(KustoType::Dynamic, |value| promoted(value.kind));
        let mut fields = Vec::new();
        for percentage in percentages {
            let text = match percentage.as_literal() {
                Some(Value::Long(number)) => number.to_string(),
                Some(Value::Int(number)) => number.to_string(),
                Some(Value::Real(number)) => number.to_string(),
                Some(Value::Decimal(digits)) => digits.to_string(),
                _ => {
                    return self.error(percentage.span, "a percentage is a constant number");
                }
            };
            let fragment: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
            let mut args = bound.clone();
            args.push(percentage);
            let expr = self.push_call(scope, single, args, kind, span)?;
            fields.push(RawField { name: format!("percentile_{name}_{fragment}"), expr, identity: None });
        }
        let expr = match fields.first() {
            Some(first) => first.expr.clone(),
            None => return Err(Reported),
        };
        Ok(Raw { expr, fields })
    }

    /// An argument that comes out as a column.
    fn picked(&mut self, scope: &Scope<'_>, argument: &NamedExpr, name: String) -> Bind<RawField> {
        self.inside(scope, |binder, inner| {
            let expr = binder.named_expr(inner, argument)?;
            let plain = binder.plain_column(inner, &argument.expr);
            // A column under a new name is another column.
            let identity = plain.filter(|_| argument.target.is_none()).map(|column| column.id);
            Ok(RawField { name, expr, identity })
        })
    }

    /// One call that makes a column of each item.
    fn push_fields(
        &mut self,
        scope: &mut Scope<'_>,
        function: &'static Function,
        items: Vec<RawField>,
        mut args: Vec<Expr>,
        span: Span,
    ) -> Bind<Raw> {
        let mut outputs = Vec::with_capacity(items.len());
        let mut fields = Vec::with_capacity(items.len());
        for item in items {
            let output = Output { id: self.column_id(), kind: item.expr.kind };
            outputs.push(output);
            fields.push(RawField {
                name: item.name,
                expr: Expr::column(output.id, output.kind, span),
                identity: item.identity,
            });
            args.push(item.expr);
        }
        self.push(scope, AggregateCall { function: function.canonical(), args, outputs })?;
        match fields.first() {
            Some(first) => Ok(Raw { expr: first.expr.clone(), fields }),
            None => Err(Reported),
        }
    }

    /// How an expression over aggregates would be called.
    pub fn aggregate_name(&self, scope: &Scope<'_>, expr: &ast::Expr) -> Option<String> {
        let has_column = |name: &str| scope.visible_column(name).is_some();
        Names::new(scope.env, true, &has_column).of(expr)
    }
}

/// Adds a `*`: the visible columns that are neither keys nor there already.
fn push_star(scope: &Scope<'_>, items: &mut Vec<RawField>, span: Span) {
    for column in scope.visible_columns() {
        let seen = items.iter().any(|item| item.identity == Some(column.id));
        if !seen && !scope.keys.contains(&column.id) {
            items.push(star_item(column, span));
        }
    }
}

/// Adds a column; one that is there already or is a key is left out beside a `*`, else it is a column of its own.
fn push_item(scope: &Scope<'_>, items: &mut Vec<RawField>, mut item: RawField, star: bool) {
    let is_there = |id| items.iter().any(|other| other.identity == Some(id)) || scope.keys.contains(&id);
    if item.identity.is_some_and(is_there) {
        if star {
            return;
        }
        item.identity = None;
    }
    items.push(item);
}

fn star_item(column: &Column, span: Span) -> RawField {
    let identity: Option<ColumnId> = Some(column.id);
    RawField { name: column.name.to_string(), expr: Expr::column(column.id, column.kind, span), identity }
}
