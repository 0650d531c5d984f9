//! Plugins of `evaluate` that are queries over their rows. The queries stand in `plugins.kql`; here a call becomes what they read, and
//! what they answer gets the names that Kusto gives.

use std::rc::Rc;
use std::sync::Arc;

use super::super::columns::UniqueNames;
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::env::{Binding, Env, Scalar, UserFunction};
use crate::kql::bind::expr::cast;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::tree::{Column, Definition, Expr, Node, Rel, Value};
use crate::kql::facts::{ArgumentForm, Function, Parameter, Signature};
use crate::kql::syntax::ast::{Call, FunctionDecl, LetValue, NamedExpr, StatementKind};
use crate::kql::syntax::parse;

const QUERIES: &str = include_str!("plugins.kql");

/// What a call names.
#[derive(Default)]
struct Named {
    /// The columns of the query's rows: under which name, from which column.
    roles: Vec<(String, Column)>,
    /// How many dimensions are among them.
    dimensions: usize,
    /// A condition.
    condition: Option<Expr>,
    /// Constants, by the names of their parameters.
    constants: Vec<(&'static str, Expr)>,
}

impl Named {
    fn role(&self, wanted: &str) -> Option<&Column> {
        self.roles.iter().find(|(role, _)| role == wanted).map(|(_, column)| column)
    }

    fn constant(&self, wanted: &str) -> Option<&Expr> {
        self.constants.iter().find(|(name, _)| *name == wanted).map(|(_, expr)| expr)
    }
}

/// Whether a plugin is a query.
pub(super) fn is_query(plugin: &Function) -> bool {
    body(plugin.name).is_some()
}

/// The query of a plugin, as it stands in the file.
fn body(plugin: &str) -> Option<&'static str> {
    let of = |part: &'static str| part.split_once('\n').filter(|(name, _)| name.trim() == plugin).map(|(_, body)| body);
    QUERIES.split("// === ").find_map(of)
}

/// The query as a function without parameters.
fn declared(plugin: &str, dimensions: usize) -> Option<FunctionDecl> {
    let by: String = (0..dimensions).map(|place| format!(", _d{place}")).collect();
    let text = format!("let Plugin = () {{\n{}}};", body(plugin)?.replace("$by", &by));
    let (script, _) = parse(&text);
    script.statements.into_iter().find_map(|statement| match statement.kind {
        StatementKind::Let(_, LetValue::Function(decl)) => Some(decl),
        _ => None,
    })
}

impl Binder<'_> {
    /// A call of a plugin that [`is_query`].
    pub(super) fn plugin_query(&mut self, env: &Env, input: Rel, call: &Call, plugin: &'static Function) -> Bind<Rel> {
        let named = self.named_arguments(env, &input, call, plugin)?;
        let names = output_names(plugin.name, &named, &input);
        let Some(decl) = declared(plugin.name, named.dimensions) else {
            return self.error(call.span, format!("the query of `{}` cannot be read", plugin.name));
        };
        let rows = self.plugin_rows(input, &named)?;
        let mut inner = Env::default();
        let rows = self.table_binding("Rows", rows)?;
        inner.set("Rows", rows);
        for (name, expr) in named.constants {
            inner.set(name, Binding::Scalar(Rc::new(Scalar::new(expr, None))));
        }
        let function = UserFunction { name: plugin.name.to_owned(), decl: Arc::new(decl), env: inner, stored: true };
        let scope_env = Env::default();
        let rel = self.call_table(&mut Scope::bare(&scope_env), &Rc::new(function), Vec::new(), call.span)?;
        let mut columns: Vec<Column> = rel.visible_columns().to_vec();
        let mut unique = UniqueNames::default();
        for (column, name) in columns.iter_mut().zip(names) {
            column.name = unique.unique(&name);
        }
        let (visible, serialized) = (columns.len(), rel.serialized);
        self.rel(Node::Project { input: Box::new(rel), definitions: Vec::new() }, columns, visible, serialized)
    }

    /// The arguments, each with what it is to the query.
    fn named_arguments(&mut self, env: &Env, input: &Rel, call: &Call, plugin: &'static Function) -> Bind<Named> {
        let Some(signature) = plugin.signatures.first() else {
            return self.error(call.span, format!("`{}` is not known well enough to be run", plugin.name));
        };
        let mut named = Named::default();
        for (place, argument) in call.arguments.iter().enumerate() {
            let Some(parameter) = parameter_of(signature, place, argument) else {
                let known: Vec<&str> = signature.parameters.iter().map(|parameter| parameter.name).collect();
                let help = format!("it takes {}", known.join(", "));
                return self.error_with(argument.span, format!("`{}` does not take this", call.name), help);
            };
            self.name_argument(env, input, call, parameter, argument, &mut named)?;
        }
        for parameter in &signature.parameters {
            let given = match parameter.form {
                ArgumentForm::Column => named.role(role(parameter.name)).is_some(),
                _ if parameter.name == "Condition" => named.condition.is_some(),
                _ => named.constant(parameter.name).is_some(),
            };
            if parameter.min > 0 && !given {
                let message = format!("`{}` is given no `{}`", call.name, parameter.name);
                return self.error(call.span, message);
            }
        }
        if named.constant("NumRowsAfter").is_none()
            && let Some(before) = named.constant("NumRows").cloned()
        {
            named.constants.push(("NumRowsAfter", before));
        }
        Ok(named)
    }

    fn name_argument(
        &mut self,
        env: &Env,
        input: &Rel,
        call: &Call,
        parameter: &'static Parameter,
        argument: &NamedExpr,
        named: &mut Named,
    ) -> Bind<()> {
        let mut scope = Scope::row(env, &input.columns, input.visible);
        if parameter.form == ArgumentForm::Column {
            let Some(column) = self.plain_column(&scope, &argument.expr) else {
                let message = format!("`{}` of `{}` is a column of the rows before", parameter.name, call.name);
                return self.error(argument.span, message);
            };
            if column.kind == KustoType::Dynamic {
                let message = format!("`{}` is dynamic, and `{}` takes no such columns", column.name, call.name);
                return self.error_with(argument.span, message, "make another with `extend x = tostring(…)` before");
            }
            let name = match parameter.repeats() {
                true => format!("_d{}", named.dimensions),
                false => role(parameter.name).to_owned(),
            };
            named.dimensions += usize::from(parameter.repeats());
            named.roles.push((name, column));
            return Ok(());
        }
        if parameter.name == "Condition" {
            let condition = self.named_expr(&mut scope, argument)?;
            if condition.kind != KustoType::Bool {
                return self
                    .error(argument.span, format!("this is of type {}, and a condition is wanted", condition.kind));
            }
            named.condition = Some(condition);
            return Ok(());
        }
        let mut value = self.named_expr(&mut Scope::bare(env), argument)?;
        if value.kind == KustoType::Int {
            value = cast(value, KustoType::Long);
        }
        if let Some(timeline) = named.role("_time") {
            let wanted = wanted_kind(parameter.name, timeline.kind);
            let fits = wanted.is_none_or(|wanted| wanted == value.kind || (is_number(wanted) && is_number(value.kind)));
            if let (false, Some(wanted)) = (fits, wanted) {
                let message = format!(
                    "`{}` of `{}` is of type {}, and with a timeline of type {} it must be {wanted}",
                    parameter.name, call.name, value.kind, timeline.kind
                );
                return self.error(argument.span, message);
            }
        }
        let positive = matches!(parameter.name, "Step" | "Period" | "BinSize" | "BinsPerWindow");
        let length = match value.as_literal() {
            Some(Value::Long(length) | Value::Timespan(length)) => Some(*length),
            _ => None,
        };
        if positive && length.is_some_and(|length| length <= 0) {
            return self.error(argument.span, format!("`{}` of `{}` must be positive", parameter.name, call.name));
        }
        named.constants.push((parameter.name, value));
        Ok(())
    }

    /// The rows as the query reads them.
    fn plugin_rows(&mut self, input: Rel, named: &Named) -> Bind<Rel> {
        let mut sources: Vec<(String, Column)> = named.roles.clone();
        if sources.is_empty() {
            let own = input.visible_columns().iter().cloned().enumerate();
            sources.extend(own.map(|(place, column)| (format!("_c{place}"), column)));
        }
        let mut columns = Vec::with_capacity(sources.len() + 1);
        let mut definitions = Vec::with_capacity(sources.len() + 1);
        for (name, source) in sources {
            let column = self.column(name, source.kind);
            definitions.push(Definition { id: column.id, expr: Expr::column(source.id, source.kind, self.operator) });
            columns.push(column);
        }
        if let Some(condition) = &named.condition {
            let column = self.column("_condition", KustoType::Bool);
            definitions.push(Definition { id: column.id, expr: condition.clone() });
            columns.push(column);
        }
        let (visible, serialized) = (columns.len(), input.serialized);
        self.rel(Node::Project { input: Box::new(input), definitions }, columns, visible, serialized)
    }
}

/// The parameter that an argument is for, by place or name.
fn parameter_of(signature: &'static Signature, place: usize, argument: &NamedExpr) -> Option<&'static Parameter> {
    let by_name = |name: &str| signature.parameters.iter().find(|known| known.name.eq_ignore_ascii_case(name));
    match argument.name() {
        Some(name) if by_name(&name.text).is_some() => by_name(&name.text),
        _ => signature.parameters.get(place).or_else(|| signature.parameters.last().filter(|last| last.repeats())),
    }
}

/// What the query calls the column of a parameter.
fn role(parameter: &str) -> &'static str {
    match parameter {
        "IdColumn" => "_id",
        "TimelineColumn" | "IndexColumn" => "_time",
        "ValueColumn" => "_value",
        _ => "_d0",
    }
}

/// The type that a constant has beside a timeline; `None` if that does not matter.
fn wanted_kind(parameter: &str, timeline: KustoType) -> Option<KustoType> {
    match parameter {
        "Start" | "End" => Some(timeline),
        "LookbackWindow" | "LookBackWindow" | "Period" | "Step" | "BinSize" => match timeline {
            KustoType::DateTime => Some(KustoType::Timespan),
            other => Some(other),
        },
        _ => None,
    }
}

fn is_number(kind: KustoType) -> bool {
    matches!(kind, KustoType::Int | KustoType::Long | KustoType::Real | KustoType::Decimal)
}

/// What the columns of the answer are called, in order.
fn output_names(plugin: &str, named: &Named, input: &Rel) -> Vec<Arc<str>> {
    let values: &[&str] = match plugin {
        "active_users_count" => &["dcount"],
        "activity_counts_metrics" => &["count", "dcount", "new_dcount", "aggregated_dcount"],
        "activity_metrics" => &["dcount_values", "dcount_newvalues", "retention_rate", "churn_rate"],
        "sliding_window_counts" => &["Count", "Dcount"],
        _ => &[],
    };
    let name = |column: &Column| Arc::clone(&column.name);
    if named.roles.is_empty() {
        return input.visible_columns().iter().map(name).collect();
    }
    let mut names: Vec<Arc<str>> = named.role("_time").map(name).into_iter().collect();
    names.extend(named.roles.iter().filter(|(role, _)| role.starts_with("_d")).map(|(_, column)| name(column)));
    names.extend(values.iter().map(|value| Arc::from(*value)));
    if let Some(value) = named.role("_value") {
        let text = |name: &str| named.constant(name).and_then(number_text).unwrap_or_default();
        let rolling = format!("rolling_{}_percentile_{}_{}", text("BinsPerWindow"), value.name, text("Percentile"));
        names.push(rolling.into());
    }
    names
}

/// A constant number as it stands in the name of a column.
fn number_text(expr: &Expr) -> Option<String> {
    match expr.as_literal()? {
        Value::Int(number) => Some(number.to_string()),
        Value::Long(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        _ => None,
    }
}
