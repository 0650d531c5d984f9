//! The tabular operators, each to the few nodes that it means.

mod by_query;
mod evaluate;
mod expand;
mod graph;
mod items;
mod join;
mod mining;
mod parse;
mod rows;
mod scan;
mod search;
mod series;
mod shape;
mod shape_lookup;
mod source;
mod summarize;
mod top_nested;
mod union;

pub(super) use by_query::with_several_results;
pub(super) use items::Items;

use super::binder::{Bind, Binder};
use super::env::Env;
use super::scope::{Scope, Windows};
use super::tree::{Column, Node, Rel, WindowCall};
use crate::kql::facts::{self, operators};
use crate::kql::syntax::ast::{Operator, OperatorKind, ParameterValue, Parameters, Span};

impl Binder<'_> {
    /// Binds one operator over the rows before it.
    pub fn operator(&mut self, env: &Env, input: Option<Rel>, operator: &Operator) -> Bind<Rel> {
        let outer = std::mem::replace(&mut self.operator, operator.keyword);
        let bound = match (&operator.kind, input) {
            (OperatorKind::Union(parameters, tables), input) => self.union(env, input, parameters, tables),
            (OperatorKind::Search(search), input) => self.search(env, input, search),
            (OperatorKind::Print(items), None) => self.print(env, items),
            (OperatorKind::Range(range), None) => self.range(env, range),
            (OperatorKind::Find(find), None) => self.find(env, find),
            (OperatorKind::Print(_) | OperatorKind::Range(_) | OperatorKind::Find(_), Some(_)) => self.error_with(
                operator.keyword,
                "this operator makes rows of its own, and stands first",
                "to add columns use `extend`",
            ),
            (_, Some(input)) => self.piped_operator(env, input, operator),
            (_, None) => self.without_rows(operator),
        };
        self.operator = outer;
        bound
    }

    /// An operator that lacks the rows it needs; what is not run anyway is refused for that.
    fn without_rows(&mut self, operator: &Operator) -> Bind<Rel> {
        if let OperatorKind::Evaluate(evaluate) = &operator.kind
            && let Some(plugin) = facts::of_class(&evaluate.call.name.text, facts::FunctionClass::Plugin)
            && let Some(why) = plugin.refused
        {
            let message = format!("the plugin `{}` is not run by huntql", plugin.name);
            return self.error_with(evaluate.call.name.span, message, why);
        }
        if keyword(&operator.kind).is_some() {
            return self.refused_operator(operator);
        }
        let help = "start with a table: `T | …`";
        self.error_with(operator.keyword, "this operator needs rows before it", help)
    }

    fn piped_operator(&mut self, env: &Env, input: Rel, operator: &Operator) -> Bind<Rel> {
        match &operator.kind {
            OperatorKind::Where(_, predicate) => self.filter(env, input, predicate),
            OperatorKind::Extend(items) => self.extend(env, input, items, false),
            OperatorKind::Serialize(_, items) => self.extend(env, input, items, true),
            OperatorKind::Project(items) => self.project(env, input, items),
            OperatorKind::ProjectAway(patterns) => self.project_away(input, patterns),
            OperatorKind::ProjectKeep(patterns) => self.project_keep(input, patterns),
            OperatorKind::ProjectRename(items) => self.project_rename(input, items),
            OperatorKind::ProjectReorder(items) => self.project_reorder(input, items),
            OperatorKind::ProjectByNames(names) => self.project_by_names(env, input, names),
            OperatorKind::Summarize(summarize) => self.summarize(env, input, summarize),
            OperatorKind::Distinct(_, items) => self.distinct(env, input, items),
            OperatorKind::Count(name) => self.count_rows(input, name.as_ref()),
            OperatorKind::Join(join) => self.join(env, input, join),
            OperatorKind::Lookup(join) => self.lookup(env, input, join),
            OperatorKind::Sort(_, keys) => self.sort(env, input, keys),
            OperatorKind::Top(_, count, key) => self.top(env, input, count, key),
            OperatorKind::TopNested(levels) => self.top_nested(env, input, levels),
            OperatorKind::TopHitters(count, of, by) => self.top_hitters(env, input, count, of, by.as_ref()),
            OperatorKind::Take(_, count) => self.take(env, input, count),
            OperatorKind::Sample(_, count) => self.sample(env, input, count),
            OperatorKind::SampleDistinct(_, count, of) => self.sample_distinct(env, input, count, of),
            OperatorKind::MvExpand(expand) => self.mv_expand(env, input, expand),
            OperatorKind::MvApply(apply) => self.mv_apply(env, input, apply),
            OperatorKind::Partition(partition) => self.partition(env, input, partition),
            OperatorKind::Parse(parse) => self.parse(env, input, parse),
            OperatorKind::ParseKv(parse) => self.parse_kv(env, input, parse),
            OperatorKind::MakeSeries(series) => self.make_series(env, input, series),
            OperatorKind::Reduce(reduce) => self.reduce(env, input, reduce),
            OperatorKind::Scan(scan) => self.pattern_scan(env, input, scan),
            OperatorKind::Evaluate(evaluate) => self.evaluate(env, input, evaluate),
            OperatorKind::Invoke(call) => self.invoke(env, input, call),
            _ => self.other_operator(input, operator),
        }
    }

    fn other_operator(&mut self, input: Rel, operator: &Operator) -> Bind<Rel> {
        match &operator.kind {
            OperatorKind::As(parameters, name) => self.name_rows(input, parameters, name),
            OperatorKind::Consume(_) => self.rel(Node::Consume { input: Box::new(input) }, Vec::new(), 0, false),
            OperatorKind::Render(render) => self.render(input, render),
            OperatorKind::GetSchema(parameters) => self.get_schema(&input, parameters),
            OperatorKind::AssertSchema(columns) => self.assert_schema(input, columns),
            OperatorKind::ExecuteAndCache => Ok(input),
            OperatorKind::Fork(_) | OperatorKind::Facet(_) => self.error_with(
                operator.keyword,
                "this operator has several results, and stands last in a query",
                "put it at the end, outside of brackets",
            ),
            OperatorKind::MakeGraph(_) => self.error_with(
                operator.keyword,
                "`make-graph` makes a graph, and rows are wanted here",
                "put `graph-match` or `graph-to-table` behind it",
            ),
            OperatorKind::GraphMatch(_) => self.no_graph("graph-match"),
            OperatorKind::GraphShortestPaths(_) => self.no_graph("graph-shortest-paths"),
            OperatorKind::GraphToTable(_) => self.no_graph("graph-to-table"),
            OperatorKind::GraphMarkComponents(_) => self.no_graph("graph-mark-components"),
            OperatorKind::Missing => self.error(operator.keyword, "an operator is missing here"),
            _ => self.refused_operator(operator),
        }
    }

    fn refused_operator(&mut self, operator: &Operator) -> Bind<Rel> {
        let name = keyword(&operator.kind).unwrap_or("this operator");
        let why = operators::operator(name).and_then(|operator| operator.refused);
        let why = why.unwrap_or("it is not documented, and huntql does not run it");
        self.error_with(operator.keyword, format!("`{name}` is parsed, and not run by huntql"), why)
    }

    /// Binds over a row with window functions allowed; what they compute becomes columns of the relation that comes back.
    pub(super) fn over_rows<T>(
        &mut self,
        env: &Env,
        input: Rel,
        work: impl FnOnce(&mut Self, &mut Scope<'_>) -> Bind<T>,
    ) -> Bind<(Rel, T)> {
        let mut calls: Vec<(u32, WindowCall)> = Vec::new();
        let mut scope = Scope::row(env, &input.columns, input.visible);
        scope.windows = if input.serialized { Windows::Yes(&mut calls) } else { Windows::Unordered };
        let done = work(self, &mut scope)?;
        let mut rel = input;
        let mut layer = 0;
        while !calls.is_empty() {
            let (now, later): (Vec<_>, Vec<_>) = calls.into_iter().partition(|(at, _)| *at <= layer);
            calls = later;
            layer += 1;
            if now.is_empty() {
                continue;
            }
            let now: Vec<WindowCall> = now.into_iter().map(|(_, call)| call).collect();
            let (mut columns, visible, serialized) = (rel.columns.clone(), rel.visible, rel.serialized);
            columns.extend(now.iter().map(helper));
            rel = self.rel(Node::Window { input: Box::new(rel), calls: now }, columns, visible, serialized)?;
        }
        Ok((rel, done))
    }
}

/// The table that rows are straight from, or nothing.
pub(super) fn one_table_name(rel: &Rel) -> String {
    match &rel.node {
        Node::Scan { table } => table.clone(),
        Node::Filter { input, .. }
        | Node::Project { input, .. }
        | Node::Sort { input, .. }
        | Node::Limit { input, .. } => one_table_name(input),
        _ => String::new(),
    }
}

/// A hidden column for what a window function computes.
fn helper(call: &WindowCall) -> Column {
    Column { id: call.id, name: format!("_window{}", call.id.0).into(), kind: call.kind }
}

/// The word of an operator that is refused.
fn keyword(kind: &OperatorKind) -> Option<&'static str> {
    Some(match kind {
        OperatorKind::GraphWhereNodes(_) => "graph-where-nodes",
        OperatorKind::GraphWhereEdges(_) => "graph-where-edges",
        OperatorKind::MacroExpand(_) => "macro-expand",
        OperatorKind::PartitionBy(_) => "__partitionby",
        _ => return None,
    })
}

/// A setting that is a word or a text.
pub(super) fn word<'p>(parameters: &'p Parameters, name: &str) -> Option<(&'p str, Span)> {
    let parameter = parameters.get(name)?;
    match &parameter.value {
        ParameterValue::Word(word) => Some((word.text.as_str(), word.span)),
        ParameterValue::Expr(expr) => match &expr.kind {
            crate::kql::syntax::ast::ExprKind::Literal(crate::kql::syntax::ast::Literal::String(text)) => {
                Some((text.value.as_str(), expr.span))
            }
            crate::kql::syntax::ast::ExprKind::Name(name) => Some((name.text.as_str(), name.span)),
            _ => None,
        },
        ParameterValue::Names(_) => None,
    }
}

/// A setting that is true or false.
pub(super) fn flag(parameters: &Parameters, name: &str) -> Option<bool> {
    let parameter = parameters.get(name)?;
    match &parameter.value {
        ParameterValue::Word(word) => word.text.to_ascii_lowercase().parse().ok(),
        ParameterValue::Expr(expr) => match &expr.kind {
            crate::kql::syntax::ast::ExprKind::Literal(crate::kql::syntax::ast::Literal::Bool(value)) => *value,
            crate::kql::syntax::ast::ExprKind::Literal(crate::kql::syntax::ast::Literal::Long(value)) => {
                value.map(|value| value != 0)
            }
            _ => None,
        },
        ParameterValue::Names(_) => None,
    }
}

impl Binder<'_> {
    /// A setting that must be one of some words.
    pub(super) fn one_of<'p>(
        &mut self,
        parameters: &'p Parameters,
        name: &str,
        words: &[&str],
    ) -> Bind<Option<&'p str>> {
        let Some(parameter) = parameters.get(name) else { return Ok(None) };
        match word(parameters, name) {
            Some((found, _)) if words.contains(&found) => Ok(Some(found)),
            found => {
                let span = found.map_or(parameter.span, |(_, span)| span);
                self.error_with(span, format!("`{name}` cannot be this"), format!("it is one of {}", words.join(", ")))
            }
        }
    }
}
