//! `make-series`.

use super::flag;
use super::items::{Items, Style};
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::columns::{Slot, Source};
use crate::kql::bind::env::Env;
use crate::kql::bind::expr::cast;
use crate::kql::bind::scope::{Aggregates, Scope};
use crate::kql::bind::table::arc;
use crate::kql::bind::tree::{AggregateCall, Column, Expr, MakeSeries, Node, Rel, SeriesAxis, SeriesCall, Value};
use crate::kql::bind::types::{is_number, widens};
use crate::kql::syntax::ast::{self, NamedExpr, SeriesItem, SeriesRange};

impl Binder<'_> {
    pub(super) fn make_series(&mut self, env: &Env, input: Rel, series: &ast::MakeSeries) -> Bind<Rel> {
        let mut items = Items::default();
        let mut scope = Scope::row(env, &input.columns, input.visible);
        let keys = self.keys(&mut scope, &mut items, &series.by, false)?;
        let mut calls = Vec::with_capacity(series.series.len());
        for item in &series.series {
            let call = self.one_series(env, &input, item, &mut items)?;
            calls.push(call);
        }
        let axis = self.axis(env, &input, &series.on, &series.range, &mut items)?;
        let nonempty = super::word(&series.parameters, "kind").is_some_and(|(kind, _)| kind == "nonempty")
            || flag(&series.parameters, "nonempty").unwrap_or(false);
        let mut columns = Vec::new();
        for (place, slot) in items.projection.into_slots().into_iter().enumerate() {
            let key = keys.columns.get(place);
            columns.extend(match (key, slot.source) {
                (Some(key), _) => Some(Column { name: slot.name, ..key.clone() }),
                (None, Source::Column(id)) => Some(Column { id, name: slot.name, kind: slot.kind }),
                (None, Source::Definition(_)) => None,
            });
        }
        let visible = columns.len();
        let node = MakeSeries { input, keys: keys.definitions, series: calls, axis, nonempty };
        self.rel(Node::MakeSeries(Box::new(node)), columns, visible, false)
    }

    fn one_series(&mut self, env: &Env, input: &Rel, item: &SeriesItem, items: &mut Items) -> Bind<SeriesCall> {
        let mut calls: Vec<AggregateCall> = Vec::new();
        let mut scope = Scope::row(env, &input.columns, input.visible);
        scope.aggregates = Aggregates::Yes(&mut calls);
        let value = self.named_expr(&mut scope, &item.expr)?;
        let name = match item.expr.name() {
            Some(name) => arc(name),
            None => self.name_of(&scope, &item.expr.expr, Style::Summarize),
        };
        let default = match &item.default {
            Some(default) => {
                let bound = self.expr(&mut Scope::bare(env), default)?;
                let fits = bound.kind == value.kind
                    || widens(bound.kind, value.kind)
                    || is_number(bound.kind) && is_number(value.kind);
                if !fits {
                    let message = format!("the default is of type {}, and the series of {}", bound.kind, value.kind);
                    return self.error(default.span, message);
                }
                cast(bound, value.kind)
            }
            None if is_number(value.kind) => {
                cast(Expr::literal(Value::Long(0), KustoType::Long, value.span), value.kind)
            }
            None => Expr::literal(Value::Null, value.kind, value.span),
        };
        let id = self.column_id();
        let slot = Slot { name, kind: KustoType::Dynamic, source: Source::Column(id), identity: None };
        match item.expr.name() {
            Some(name) => self.declare_slot(items, slot, name.span, false)?,
            None => items.projection.add(slot, false),
        }
        Ok(SeriesCall { calls, value, id, default })
    }

    fn axis(
        &mut self,
        env: &Env,
        input: &Rel,
        on: &NamedExpr,
        range: &SeriesRange,
        items: &mut Items,
    ) -> Bind<SeriesAxis> {
        let mut scope = Scope::row(env, &input.columns, input.visible);
        let expr = self.named_expr(&mut scope, on)?;
        let name = match (on.name(), self.plain_column(&scope, &on.expr)) {
            (Some(name), _) => arc(name),
            (None, Some(column)) => column.name,
            (None, None) => self.name_of(&scope, &on.expr, Style::Project),
        };
        let kind = expr.kind;
        if !(is_number(kind) || matches!(kind, KustoType::DateTime | KustoType::Timespan)) {
            return self.error_with(
                on.span,
                format!("an axis is a number or a time, and this is of type {kind}"),
                "convert it, as with `todatetime(x)`",
            );
        }
        let (from, to, step, includes_end) = match range {
            SeriesRange::Steps { from, to, step } => (from.as_deref(), to.as_deref(), step.as_ref(), false),
            SeriesRange::InRange(parts) => match parts.as_slice() {
                [from, to, step] => (Some(from), Some(to), step, true),
                _ => return self.error(on.span, "`in range(…)` takes a start, an end and a step"),
            },
        };
        let from = from.map(|from| self.bound_of_axis(env, from, kind)).transpose()?;
        let to = to.map(|to| self.bound_of_axis(env, to, kind)).transpose()?;
        let step_kind = if kind == KustoType::DateTime { KustoType::Timespan } else { kind };
        let step = self.bound_of_axis(env, step, step_kind)?;
        let (slot, id) = self.new_slot(name, KustoType::Dynamic);
        items.projection.add(slot, false);
        Ok(SeriesAxis { expr, id, from, to, includes_end, step })
    }

    /// An end or step of an axis: the same for all rows.
    fn bound_of_axis(&mut self, env: &Env, expr: &ast::Expr, kind: KustoType) -> Bind<Expr> {
        let bound = self.expr(&mut Scope::bare(env), expr)?;
        let fits = bound.kind == kind || widens(bound.kind, kind) || is_number(bound.kind) && is_number(kind);
        if fits {
            return Ok(cast(bound, kind));
        }
        self.error(expr.span, format!("{kind} is wanted here, and this is of type {}", bound.kind))
    }
}
