//! Plugins of `evaluate` that are queries over their rows. Here a call becomes what its query reads, and what the query answers gets the
//! names that Kusto gives.
//!
//! | file | what |
//! |---|---|
//! | `plugins.kql` | queries that are the same for every call |
//! | `text` | the query of a call: one of these, or made for its arguments |
//! | `arguments` | what a call names |

mod arguments;
mod text;

use std::rc::Rc;
use std::sync::Arc;

use self::arguments::Named;
use super::super::columns::UniqueNames;
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::env::{Binding, Env, Scalar, UserFunction};
use crate::kql::bind::scope::Scope;
use crate::kql::bind::tree::{Column, Definition, Expr, Node, QueryResult, Rel, Value};
use crate::kql::facts::{self, Function, FunctionClass};
use crate::kql::syntax::ast::{Call, FunctionDecl, LetValue, OperatorKind, StatementKind};
use crate::kql::syntax::{ast, parse};

pub(super) use self::text::is_query;

/// The query as a function without parameters.
fn declared(text: &str) -> Option<FunctionDecl> {
    let (script, _) = parse(&format!("let Plugin = () {{\n{text}}};"));
    script.statements.into_iter().find_map(|statement| match statement.kind {
        StatementKind::Let(_, LetValue::Function(decl)) => Some(decl),
        _ => None,
    })
}

/// Whether a plugin answers several tables, and so stands last.
pub(super) fn has_several_results(plugin: &str) -> bool {
    matches!(plugin, "funnel_sequence" | "preview")
}

/// The plugin with several results that an operator calls.
pub(in crate::kql::bind) fn with_several_results(operator: &ast::Operator) -> Option<(&Call, &'static Function)> {
    let OperatorKind::Evaluate(evaluate) = &operator.kind else { return None };
    let plugin = facts::of_class(&evaluate.call.name.text, FunctionClass::Plugin)?;
    has_several_results(plugin.name).then_some((&evaluate.call, plugin))
}

impl Binder<'_> {
    /// A call of a plugin that [`is_query`].
    pub(super) fn plugin_query(&mut self, env: &Env, input: Rel, call: &Call, plugin: &'static Function) -> Bind<Rel> {
        let named = self.named_arguments(env, &input, call, plugin)?;
        let names = output_names(plugin.name, &named, &input);
        let texts = text::queries(plugin.name, &named);
        match texts.into_iter().next() {
            Some(text) => self.answered(call, plugin, input, named, &text, names),
            None => self.unread(call, plugin),
        }
    }

    /// A call of a plugin that answers several tables, each under a name.
    pub(in crate::kql::bind) fn plugin_results(
        &mut self,
        env: &Env,
        shared: impl Fn(&mut Self) -> Bind<Rel>,
        call: &Call,
        plugin: &'static Function,
    ) -> Bind<Vec<QueryResult>> {
        self.note_difference(plugin, call.name.span);
        let input = shared(self)?;
        let named = self.named_arguments(env, &input, call, plugin)?;
        let texts = text::queries(plugin.name, &named);
        if texts.is_empty() {
            return self.unread(call, plugin);
        }
        let mut results = Vec::with_capacity(texts.len());
        for (place, text) in texts.iter().enumerate() {
            let input = shared(self)?;
            let named = self.named_arguments(env, &input, call, plugin)?;
            let names = result_names(plugin.name, place, &named, &input);
            let rel = self.answered(call, plugin, input, named, text, names)?;
            let name = if place == 0 { "Results".to_owned() } else { format!("Results_{}", place + 1) };
            results.push(QueryResult { name: Some(name), rel, render: None });
        }
        Ok(results)
    }

    fn unread<T>(&mut self, call: &Call, plugin: &Function) -> Bind<T> {
        let message = format!("`{}` cannot be run with these arguments", plugin.name);
        self.error_with(call.span, message, "the states of a sequence and its periods are constant arrays")
    }

    /// What a query answers over the rows, under names.
    fn answered(
        &mut self,
        call: &Call,
        plugin: &Function,
        input: Rel,
        mut named: Named,
        text: &str,
        names: Vec<Arc<str>>,
    ) -> Bind<Rel> {
        let Some(decl) = declared(text) else {
            return self.error(call.span, format!("the query of `{}` cannot be read", plugin.name));
        };
        let rows = self.plugin_rows(input, &named)?;
        let mut inner = Env::default();
        let rows = self.table_binding("Rows", rows)?;
        inner.set("Rows", rows);
        if let Some(lookback) = named.lookback.take() {
            let lookback = self.table_binding("Lookback", lookback)?;
            inner.set("Lookback", lookback);
        }
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

    /// The rows as the query reads them.
    fn plugin_rows(&mut self, input: Rel, named: &Named) -> Bind<Rel> {
        let mut sources: Vec<(String, Column)> = named.roles.clone();
        if sources.is_empty() {
            let own = input.visible_columns().iter().cloned().enumerate();
            sources.extend(own.map(|(place, column)| (format!("_c{place}"), column)));
        }
        let mut columns = Vec::with_capacity(sources.len() + named.conditions.len());
        let mut definitions = Vec::with_capacity(sources.len() + named.conditions.len());
        for (name, source) in sources {
            let column = self.column(name, source.kind);
            definitions.push(Definition { id: column.id, expr: Expr::column(source.id, source.kind, self.operator) });
            columns.push(column);
        }
        for (place, (_, condition)) in named.conditions.iter().enumerate() {
            let column = self.column(format!("_condition{place}"), KustoType::Bool);
            definitions.push(Definition { id: column.id, expr: condition.clone() });
            columns.push(column);
        }
        let (visible, serialized) = (columns.len(), input.serialized);
        self.rel(Node::Project { input: Box::new(input), definitions }, columns, visible, serialized)
    }
}

/// What the columns of the answer are called, in order.
fn output_names(plugin: &str, named: &Named, input: &Rel) -> Vec<Arc<str>> {
    let values: &[&str] = match plugin {
        "active_users_count" => &["dcount"],
        "activity_counts_metrics" => &["count", "dcount", "new_dcount", "aggregated_dcount"],
        "activity_engagement" => &["dcount_activities_inner", "dcount_activities_outer", "activity_ratio"],
        "activity_metrics" => &["dcount_values", "dcount_newvalues", "retention_rate", "churn_rate"],
        "funnel_sequence_completion" => &["Period", "dcount"],
        "new_activity_metrics" => {
            &["dcount_new_values", "dcount_retained_values", "dcount_churn_values", "retention_rate", "churn_rate"]
        }
        "schema_merge" => &["ColumnName", "ColumnOrdinal", "DataType", "ColumnType"],
        "sequence_detect" => &["Duration"],
        "session_count" => &["count_sessions"],
        "sliding_window_counts" => &["Count", "Dcount"],
        _ => &[],
    };
    let name = |column: &Column| Arc::clone(&column.name);
    if named.roles.is_empty() && values.is_empty() {
        return input.visible_columns().iter().map(name).collect();
    }
    let time = named.role("_time");
    let mut names: Vec<Arc<str>> = match (plugin, time) {
        ("new_activity_metrics", Some(time)) => {
            vec![format!("from_{}", time.name).into(), format!("to_{}", time.name).into()]
        }
        ("sequence_detect", _) => Vec::new(),
        _ => time.map(name).into_iter().collect(),
    };
    names.extend(named.roles.iter().filter(|(role, _)| role.starts_with("_d")).map(|(_, column)| name(column)));
    names.extend(named.role("_state").map(name).filter(|_| plugin == "funnel_sequence_completion"));
    if let ("sequence_detect", Some(time)) = (plugin, time) {
        names.extend(named.conditions.iter().map(|(step, _)| Arc::from(format!("{step}_{}", time.name))));
    }
    names.extend(values.iter().map(|value| Arc::from(*value)));
    if let Some(value) = named.role("_value") {
        let text = |name: &str| named.constant(name).and_then(number_text).unwrap_or_default();
        let rolling = format!("rolling_{}_percentile_{}_{}", text("BinsPerWindow"), value.name, text("Percentile"));
        names.push(rolling.into());
    }
    names
}

/// The same for one of several results.
fn result_names(plugin: &str, place: usize, named: &Named, input: &Rel) -> Vec<Arc<str>> {
    let own = |names: &[&str]| -> Vec<Arc<str>> {
        let time = named.role("_time").map(|column| Arc::clone(&column.name));
        time.into_iter().chain(names.iter().map(|name| Arc::from(*name))).collect()
    };
    match (plugin, place) {
        ("preview", 0) => input.visible_columns().iter().map(|column| Arc::clone(&column.name)).collect(),
        ("preview", _) => vec![Arc::from("Count")],
        (_, 0) => own(&["prev", "next", "dcount", "samples"]),
        (_, 1) => own(&["prev", "dcount", "samples"]),
        _ => own(&["next", "dcount", "samples"]),
    }
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
