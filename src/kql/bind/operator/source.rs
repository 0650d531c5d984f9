//! Operators that make rows of their own, and those that say what becomes of rows.

use super::items::{Items, Style};
use super::word;
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder, Reported};
use crate::kql::bind::env::{Binding, Env};
use crate::kql::bind::expr::{BoundArgument, cast};
use crate::kql::bind::operators;
use crate::kql::bind::scope::{Scope, Windows};
use crate::kql::bind::tree::{Node, Reduce, Rel, Render, Value};
use crate::kql::bind::types::{common, is_summable, kind_of};
use crate::kql::facts::words::{CHARTS, RENDER_PROPERTIES};
use crate::kql::facts::{self, FunctionClass};
use crate::kql::syntax::ast::{
    self, Arithmetic, ColumnDecl, Expr, ExprKind, Literal, Name, NamedExpr, ParameterValue, Parameters, Sign,
    StringLiteral,
};
use crate::kql::syntax::value::TICKS_PER_SECOND;

impl Binder<'_> {
    pub(super) fn print(&mut self, env: &Env, list: &[NamedExpr]) -> Bind<Rel> {
        let one_row = self.rel(Node::OneRow, Vec::new(), 0, true)?;
        let mut calls = Vec::new();
        let mut scope = Scope::bare(env);
        scope.windows = Windows::Yes(&mut calls);
        let mut items = Items::default();
        self.items(&mut scope, &mut items, list, Style::Print(0))?;
        if !calls.is_empty() {
            return self
                .error(self.operator, "`print` has one row, and functions of neighbouring rows have no meaning in it");
        }
        self.projected(items, one_row, false, true)
    }

    pub(super) fn range(&mut self, env: &Env, range: &ast::Range) -> Bind<Rel> {
        let mut scope = Scope::bare(env);
        let parts = self.exprs(&mut scope, [&range.from, &range.to, &range.step])?;
        let [from, to, step] = <[_; 3]>::try_from(parts).map_err(|_| Reported)?;
        for (part, expr) in [(&from, &range.from), (&to, &range.to), (&step, &range.step)] {
            if !is_summable(part.kind) {
                return self.error(
                    expr.span,
                    format!("a range goes over numbers or times, and this is of type {}", part.kind),
                );
            }
        }
        let ends = common(from.kind, to.kind);
        let int = [from.kind, to.kind, step.kind].iter().all(|kind| *kind == KustoType::Int);
        let kind = match ends {
            Some(_) if int => Some(KustoType::Int),
            Some(ends) => operators::arithmetic(Arithmetic::Add, ends, step.kind).map(|typed| typed.result),
            None => None,
        };
        let Some(kind) = kind else {
            let message = format!("a range from {} to {} has no step of type {}", from.kind, to.kind, step.kind);
            return self.error_with(range.step.span, message, "the step of datetimes is a timespan, as `1d`");
        };
        if matches!(step.as_literal(), Some(Value::Long(0) | Value::Int(0) | Value::Timespan(0))) {
            return self.error(range.step.span, "a step of zero leads nowhere");
        }
        let step_kind = if kind == KustoType::DateTime { KustoType::Timespan } else { kind };
        let column = self.column(range.name.text.as_str(), kind);
        let node = Node::Range { from: cast(from, kind), to: cast(to, kind), step: cast(step, step_kind) };
        self.rel(node, vec![column], 1, true)
    }

    pub(super) fn get_schema(&mut self, input: &Rel, parameters: &Parameters) -> Bind<Rel> {
        let text = |text: &str| Value::String(text.into());
        if word(parameters, "kind").is_some_and(|(kind, _)| kind == "csl") {
            let list: Vec<String> =
                input.visible_columns().iter().map(|column| format!("{}:{}", column.name, column.kind)).collect();
            let column = self.column("Schema", KustoType::String);
            return self.rel(Node::Values { rows: vec![vec![text(&list.join(","))]] }, vec![column], 1, true);
        }
        let rows = input
            .visible_columns()
            .iter()
            .zip(0_i64..)
            .map(|(column, place)| {
                vec![text(&column.name), Value::Long(place), text(net_name(column.kind)), text(column.kind.name())]
            })
            .collect();
        let columns = vec![
            self.column("ColumnName", KustoType::String),
            self.column("ColumnOrdinal", KustoType::Long),
            self.column("DataType", KustoType::String),
            self.column("ColumnType", KustoType::String),
        ];
        self.rel(Node::Values { rows }, columns, 4, true)
    }

    pub(super) fn assert_schema(&mut self, input: Rel, columns: &[ColumnDecl]) -> Bind<Rel> {
        let same =
            input.visible_columns().len() == columns.len()
                && input.visible_columns().iter().zip(columns).all(|(column, wanted)| {
                    *column.name == wanted.name.text && column.kind == kind_of(wanted.ty.scalar)
                });
        if same {
            return Ok(input);
        }
        let found: Vec<String> =
            input.visible_columns().iter().map(|column| format!("{}: {}", column.name, column.kind)).collect();
        self.error_with(self.operator, "the columns are others", format!("they are ({})", found.join(", ")))
    }

    /// `as name`: the rows may be used under the name from here on.
    pub(super) fn name_rows(&mut self, input: Rel, parameters: &Parameters, name: &Name) -> Bind<Rel> {
        if crate::kql::bind::expr::holds_group(&input) {
            return self.error(name.span, "rows of a group cannot be named");
        }
        let once = super::flag(parameters, "hint.materialized").unwrap_or(false);
        let shared = self.share(Some(name.text.clone()), input, once)?;
        self.named.insert(name.text.clone(), shared);
        self.use_shared(shared)
    }

    pub(super) fn render(&mut self, input: Rel, render: &ast::Render) -> Bind<Rel> {
        if !CHARTS.contains(&render.chart.text.as_str()) {
            let near = crate::kql::bind::suggest::nearest(&render.chart.text, CHARTS);
            let help = crate::kql::bind::suggest::did_you_mean(&near)
                .unwrap_or_else(|| format!("it is one of {}", CHARTS.join(", ")));
            return self.error_with(render.chart.span, format!("there is no chart `{}`", render.chart), help);
        }
        let mut properties = Vec::new();
        for property in render.legacy.0.iter().chain(&render.properties.0) {
            let name = property.name.text.as_str();
            if !RENDER_PROPERTIES.contains(&name) && name != "with" {
                self.warn(
                    property.span,
                    format!("charts have no property `{name}`"),
                    format!("it is one of {}", RENDER_PROPERTIES.join(", ")),
                );
                continue;
            }
            let values = match &property.value {
                ParameterValue::Word(word) => vec![word.text.clone()],
                ParameterValue::Names(names) => names.iter().map(|name| name.text.clone()).collect(),
                ParameterValue::Expr(expr) => vec![constant_text(expr)],
            };
            properties.push((name.to_owned(), values));
        }
        self.render = Some(Render { chart: render.chart.text.clone(), properties });
        Ok(input)
    }

    /// `invoke f(x)`: the rows are the function's first argument.
    pub(super) fn invoke(&mut self, env: &Env, input: Rel, expr: &Expr) -> Bind<Rel> {
        let call = match &expr.kind {
            ExprKind::Call(call) => call,
            ExprKind::Paren(inner) => return self.invoke(env, input, inner),
            _ => return self.error(expr.span, "`invoke` calls a function of the script, as `invoke f(x)`"),
        };
        let name = call.name.text.as_str();
        let function = match env.get(name) {
            Some(Binding::Function(function)) => Some(std::rc::Rc::clone(function)),
            Some(Binding::Broken) => return Err(Reported),
            Some(Binding::Absent(absent)) => return self.tell(&std::rc::Rc::clone(absent)),
            Some(_) => return self.error(call.name.span, format!("`{name}` is not a function")),
            None => self.stored(name),
        };
        let Some(function) = function else {
            if let Some(function) = facts::of_class(name, FunctionClass::Table) {
                let why = function.refused.unwrap_or("it takes no rows");
                return self.error_with(call.span, format!("`{name}` is not run by huntql"), why);
            }
            let mut known = self.schemas.function_names();
            known.extend(
                env.iter().filter(|(_, binding)| matches!(binding, Binding::Function(_))).map(|(name, _)| name.clone()),
            );
            let near = crate::kql::bind::suggest::nearest(name, known.iter().map(String::as_str));
            let message = format!("there is no function `{name}` to invoke");
            return match crate::kql::bind::suggest::did_you_mean(&near) {
                Some(help) => self.error_with(call.name.span, message, help),
                None => self.error(call.name.span, message),
            };
        };
        let span = self.at(call.span);
        // The service takes a bare column for its name: `invoke FileProfile(SHA1)`.
        let mut written = call.arguments.clone();
        if name == "FileProfile"
            && env.get(name).is_none()
            && let Some(first) = written.first_mut()
            && let ExprKind::Name(column) = &first.expr.kind
            && env.get(&column.text).is_none()
        {
            let text = StringLiteral { value: column.text.clone(), obfuscated: false, span: column.span };
            first.expr.kind = ExprKind::Literal(Literal::String(text));
        }
        let arguments =
            std::iter::once(BoundArgument::Rel(input)).chain(written.iter().map(BoundArgument::Written)).collect();
        self.call_table(&mut Scope::bare(env), &function, arguments, span)
    }

    pub(super) fn reduce(&mut self, env: &Env, input: Rel, reduce: &ast::Reduce) -> Bind<Rel> {
        let mut scope = Scope::row(env, &input.columns, input.visible);
        let source = self.typed(&mut scope, &reduce.by.expr, KustoType::String, "what is reduced")?;
        let keep_rows = word(&reduce.parameters, "kind").is_some_and(|(kind, _)| kind == "source");
        let threshold = match reduce.with.get("threshold").map(|parameter| &parameter.value) {
            None => 0.1,
            Some(ParameterValue::Expr(expr)) => match self.expr(&mut Scope::bare(env), expr)?.as_literal() {
                Some(Value::Real(threshold)) if (0.0..=1.0).contains(threshold) => *threshold,
                _ => return self.error(expr.span, "the threshold is a number from 0.0 to 1.0"),
            },
            Some(_) => return self.error(self.operator, "the threshold is a number from 0.0 to 1.0"),
        };
        let characters = word(&reduce.with, "characters").map_or(String::new(), |(text, _)| text.to_owned());
        let mut columns = if keep_rows { input.visible_columns().to_vec() } else { Vec::new() };
        let made = [
            self.column("Pattern", KustoType::String),
            self.column("Count", KustoType::Long),
            self.column("Representative", KustoType::String),
        ];
        let outputs = [made[0].id, made[1].id, made[2].id];
        columns.extend(made);
        let visible = columns.len();
        self.note(self.operator, "`reduce`: Kusto does not describe in full how it finds patterns; it may find others");
        let node = Reduce { input, source, threshold, characters, outputs, keep_rows };
        self.rel(Node::Reduce(Box::new(node)), columns, visible, false)
    }
}

/// .NET's name of a type, as `getschema` prints it.
fn net_name(kind: KustoType) -> &'static str {
    match kind {
        KustoType::String => "System.String",
        KustoType::DateTime => "System.DateTime",
        KustoType::Long => "System.Int64",
        KustoType::Int => "System.Int32",
        KustoType::Bool => "System.SByte",
        KustoType::Real => "System.Double",
        KustoType::Decimal => "System.Data.SqlTypes.SqlDecimal",
        KustoType::Guid => "System.Guid",
        KustoType::Dynamic => "System.Object",
        KustoType::Timespan => "System.TimeSpan",
    }
}

/// A time in ticks since the year 1, to the second.
fn iso(ticks: i64) -> String {
    /// Seconds from the year 1 to 1970.
    const EPOCH: i64 = 62_135_596_800;
    let time = chrono::DateTime::from_timestamp(ticks.div_euclid(TICKS_PER_SECOND) - EPOCH, 0);
    time.map(|time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

/// The text of a constant among properties of a chart.
fn constant_text(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => text.value.clone(),
        ExprKind::Literal(Literal::Bool(Some(value))) => value.to_string(),
        ExprKind::Literal(Literal::Int(Some(value))) => value.to_string(),
        ExprKind::Literal(Literal::Long(Some(value))) => value.to_string(),
        ExprKind::Literal(Literal::DateTime(Some(ticks))) => iso(*ticks),
        ExprKind::Signed(Sign::Minus, inner) => format!("-{}", constant_text(inner)),
        ExprKind::Signed(Sign::Plus, inner) => constant_text(inner),
        ExprKind::Literal(Literal::Real(Some(value))) => value.to_string(),
        ExprKind::Name(name) => name.text.clone(),
        ExprKind::Paren(inner) => constant_text(inner),
        _ => String::new(),
    }
}
