//! `evaluate`: plugins that change the shape of rows, some by what is in them.

use std::collections::HashSet;
use std::sync::Arc;

use super::items::append_hidden;
use super::join::beside;
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::columns::UniqueNames;
use crate::kql::bind::env::Env;
use crate::kql::bind::expr::cast;
use crate::kql::bind::schema::{Answer, ProbeError, Question};
use crate::kql::bind::scope::{Aggregates, Scope};
use crate::kql::bind::suggest;
use crate::kql::bind::tree::{
    AggregateCall, Column, ColumnId, CommonCounts, Definition, Expr, NetworkLookup, Node, Output, Pivot, Plugin, Rel,
    Unpack, UnpackConflict, Value,
};
use crate::kql::facts::{self, FunctionClass};
use crate::kql::syntax::ast::{Call, Evaluate, EvaluateSchema, NamedExpr, Span};

/// More columns than this are not made of data.
const MAX_FOUND_COLUMNS: usize = 1_000;

/// More sketches than this are not compared.
const MAX_SKETCHES: usize = 16;

impl Binder<'_> {
    pub(super) fn evaluate(&mut self, env: &Env, input: Rel, evaluate: &Evaluate) -> Bind<Rel> {
        let call = &evaluate.call;
        let Some(plugin) = facts::of_class(&call.name.text, FunctionClass::Plugin) else {
            let known = facts::functions().iter().filter(|function| function.class == FunctionClass::Plugin);
            let near = suggest::nearest(&call.name.text, known.map(|function| function.name));
            let message = format!("there is no plugin `{}`", call.name);
            return match suggest::did_you_mean(&near) {
                Some(help) => self.error_with(call.name.span, message, help),
                None => self.error(call.name.span, message),
            };
        };
        if let Some(why) = plugin.refused {
            return self.error_with(call.span, format!("the plugin `{}` is not run by huntql", plugin.name), why);
        }
        if super::by_query::has_several_results(plugin.name) {
            return self.error_with(
                call.span,
                format!("`{}` has several results, and stands last in a query", plugin.name),
                "put it at the end, outside of brackets",
            );
        }
        self.note_difference(plugin, call.name.span);
        match plugin.name {
            "bag_unpack" => self.bag_unpack(env, input, call, evaluate.schema.as_ref()),
            "pivot" => self.pivot(env, input, call, evaluate.schema.as_ref()),
            "narrow" => self.narrow(input, call),
            "ipv4_lookup" | "ipv6_lookup" => self.network_lookup(env, input, call),
            "geo_line_lookup" | "geo_polygon_lookup" => self.shape_lookup(env, input, call),
            "identity" => Ok(input),
            "basket" | "diffpatterns" => self.mining(env, input, call),
            "dcount_intersect" => self.common_counts(env, input, call),
            _ if super::by_query::is_query(plugin) => self.plugin_query(env, input, call, plugin),
            name => self.error(call.name.span, format!("the plugin `{name}` is not run by huntql")),
        }
    }

    /// How many values the first sketch has seen, the first two, and so on.
    fn common_counts(&mut self, env: &Env, input: Rel, call: &Call) -> Bind<Rel> {
        if !(2..=MAX_SKETCHES).contains(&call.arguments.len()) {
            let message = format!("`dcount_intersect` takes 2 to {MAX_SKETCHES} sketches of `hll`");
            return self.error(call.span, message);
        }
        let mut sketches = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            let sketch = self.named_expr(&mut Scope::row(env, &input.columns, input.visible), argument)?;
            if sketch.kind != KustoType::Dynamic {
                let message = format!("this is of type {}, and sketches of `hll` are dynamic", sketch.kind);
                return self.error(argument.span, message);
            }
            sketches.push(sketch);
        }
        let mut columns = input.visible_columns().to_vec();
        let mut names = UniqueNames::default();
        columns.iter().for_each(|column| names.add(&column.name));
        let mut counts = Vec::with_capacity(sketches.len());
        for place in 0..sketches.len() {
            let column = self.column(names.unique(&format!("s{place}").as_str().into()), KustoType::Long);
            counts.push(column.id);
            columns.push(column);
        }
        let visible = columns.len();
        append_hidden(&mut columns, input.hidden_columns());
        let node = CommonCounts { input, sketches, counts };
        self.rel(Node::Plugin(Box::new(Plugin::CommonCounts(node))), columns, visible, false)
    }

    fn narrow(&mut self, input: Rel, call: &Call) -> Bind<Rel> {
        if !call.arguments.is_empty() {
            return self.error(call.span, "`narrow` takes no arguments");
        }
        let columns = vec![
            self.column("Row", KustoType::Long),
            self.column("Column", KustoType::String),
            self.column("Value", KustoType::String),
        ];
        self.rel(Node::Plugin(Box::new(Plugin::Narrow(input))), columns, 3, false)
    }

    fn bag_unpack(&mut self, env: &Env, input: Rel, call: &Call, schema: Option<&EvaluateSchema>) -> Bind<Rel> {
        let arguments =
            self.plugin_arguments(call, &["column", "column_prefix", "columnsConflict", "ignoredProperties"])?;
        let Some(bag_argument) = arguments[0] else {
            return self.error_with(
                call.span,
                "`bag_unpack` is given no column",
                "write `evaluate bag_unpack(Column)`",
            );
        };
        let mut scope = Scope::row(env, &input.columns, input.visible);
        let bag_column = self.plain_column(&scope, &bag_argument.expr);
        let bag = self.named_expr(&mut scope, bag_argument)?;
        let Some(bag_column) = bag_column.filter(|column| column.kind == KustoType::Dynamic) else {
            return self.error_with(
                bag_argument.span,
                format!(
                    "`bag_unpack` takes a dynamic column, and this is {}",
                    match bag.kind {
                        KustoType::Dynamic => "an expression".to_owned(),
                        kind => format!("of type {kind}"),
                    }
                ),
                "make one with `extend x = parse_json(…)` before",
            );
        };
        let prefix = self.option_text(env, arguments[1])?.unwrap_or_default();
        let conflict = match self.option_text(env, arguments[2])?.as_deref() {
            None | Some("error") => UnpackConflict::Error,
            Some("replace_source") => UnpackConflict::ReplaceSource,
            Some("keep_source") => UnpackConflict::KeepSource,
            Some(other) => {
                let message = format!("`columnsConflict` cannot be `{other}`");
                return self.error_with(call.span, message, "it is `error`, `replace_source` or `keep_source`");
            }
        };
        let ignored = self.option_names(env, arguments[3])?;
        let kept: Vec<Column> =
            input.visible_columns().iter().filter(|column| column.id != bag_column.id).cloned().collect();
        match schema {
            Some(schema) => self.unpack_declared(input, bag, &prefix, &kept, conflict, schema),
            None => {
                let question = Question::Keys { rel: input, bag };
                let Answer::Keys(keys) = self.ask(&question, call.span, "bag_unpack")? else {
                    return self.error(call.span, "the answer about keys is none");
                };
                let Question::Keys { rel, bag } = question else { return Err(crate::kql::bind::binder::Reported) };
                let keys = keys.into_iter().filter(|(key, _)| !ignored.contains(key)).collect();
                self.unpack_found(rel, bag, &prefix, kept, conflict, keys, call.span)
            }
        }
    }

    /// The columns are declared: those that the input has come from there, the others are keys.
    fn unpack_declared(
        &mut self,
        input: Rel,
        bag: Expr,
        prefix: &str,
        kept: &[Column],
        conflict: UnpackConflict,
        schema: &EvaluateSchema,
    ) -> Bind<Rel> {
        let declared = self.declared_columns(&schema.columns)?;
        let mut columns: Vec<Column> = Vec::new();
        if schema.star {
            columns.extend(kept.iter().filter(|own| declared.iter().all(|column| column.name != own.name)).cloned());
        }
        let mut keys = Vec::new();
        let mut converted = Vec::new();
        for column in declared {
            match kept.iter().find(|own| own.name == column.name) {
                Some(own) if own.kind == column.kind && conflict != UnpackConflict::ReplaceSource => {
                    columns.push(own.clone())
                }
                Some(own) if conflict != UnpackConflict::ReplaceSource => {
                    let expr = cast(Expr::column(own.id, own.kind, self.operator), column.kind);
                    converted.push(Definition { id: column.id, expr });
                    columns.push(column);
                }
                _ => {
                    let key = column.name.strip_prefix(prefix).unwrap_or(&column.name).to_owned();
                    keys.push((key, Output { id: column.id, kind: column.kind }));
                    columns.push(column);
                }
            }
        }
        let mut input = input;
        if !converted.is_empty() {
            let mut all = input.columns.clone();
            all.extend(converted.iter().map(|definition| Column {
                id: definition.id,
                name: format!("_converted{}", definition.id.0).into(),
                kind: definition.expr.kind,
            }));
            let visible = input.visible;
            input = self.rel(Node::Project { input: Box::new(input), definitions: converted }, all, visible, false)?;
        }
        let visible = columns.len();
        let node = Plugin::Unpack(Unpack { input, bag, keys, conflict });
        self.rel(Node::Plugin(Box::new(node)), columns, visible, false)
    }

    #[allow(clippy::too_many_arguments)] // The parts of one call.
    fn unpack_found(
        &mut self,
        input: Rel,
        bag: Expr,
        prefix: &str,
        mut columns: Vec<Column>,
        conflict: UnpackConflict,
        found: Vec<(String, KustoType)>,
        span: Span,
    ) -> Bind<Rel> {
        let mut keys = Vec::new();
        for (key, kind) in found {
            let name: Arc<str> = format!("{prefix}{key}").into();
            let column = self.column(Arc::clone(&name), kind);
            let output = Output { id: column.id, kind };
            match (columns.iter_mut().find(|own| own.name == name), conflict) {
                (None, _) => columns.push(column),
                (Some(_), UnpackConflict::KeepSource) => continue,
                (Some(own), UnpackConflict::ReplaceSource) => *own = column,
                (Some(_), UnpackConflict::Error) => {
                    return self.error_with(
                        span,
                        format!("the bag has a key `{key}`, and there is a column `{name}` already"),
                        "give a prefix, as with `bag_unpack(Column, 'p_')`, or say `columnsConflict='keep_source'`",
                    );
                }
            }
            keys.push((key, output));
        }
        for (key, column) in self.expected_columns(prefix, None, &columns, span) {
            keys.push((key, Output { id: column.id, kind: column.kind }));
            columns.push(column);
        }
        let visible = columns.len();
        append_hidden(&mut columns, input.hidden_columns());
        let node = Plugin::Unpack(Unpack { input, bag, keys, conflict });
        self.rel(Node::Plugin(Box::new(node)), columns, visible, false)
    }

    /// Columns that the script names and no row gave: columns without values, behind the others. In pairs with their keys.
    fn expected_columns(
        &mut self,
        prefix: &str,
        kind: Option<KustoType>,
        found: &[Column],
        span: Span,
    ) -> Vec<(String, Column)> {
        self.shaped = true;
        let is_free = |(name, _): &&(String, KustoType)| found.iter().all(|column| *column.name != **name);
        let wanted: Vec<(String, KustoType)> =
            self.expected.iter().filter(|(name, _)| name.starts_with(prefix)).filter(is_free).cloned().collect();
        let mut columns = Vec::with_capacity(wanted.len());
        for (name, text_or_bag) in wanted {
            let text = format!("no row gives a column `{name}`, so it has no values");
            self.note(span, text.clone());
            self.warn(span, text, "Kusto would not know the name; look at its spelling if rows were to be expected");
            let column = self.column(name.as_str(), kind.unwrap_or(text_or_bag));
            columns.push((name.strip_prefix(prefix).unwrap_or(&name).to_owned(), column));
        }
        columns
    }

    fn pivot(&mut self, env: &Env, input: Rel, call: &Call, schema: Option<&EvaluateSchema>) -> Bind<Rel> {
        let Some((pivot_argument, rest)) = call.arguments.split_first() else {
            return self.error_with(call.span, "`pivot` is given no column", "write `evaluate pivot(Column, count())`");
        };
        let mut scope = Scope::row(env, &input.columns, input.visible);
        let pivot_column = self.plain_column(&scope, &pivot_argument.expr);
        let pivot = self.named_expr(&mut scope, pivot_argument)?;
        if pivot_column.is_none() || pivot.kind == KustoType::Dynamic {
            return self.error_with(
                pivot_argument.span,
                "`pivot` takes a column that is not dynamic",
                "make one with `extend x = tostring(…)` before",
            );
        }
        let (aggregate, used) = self.pivot_aggregate(env, &input, rest.first())?;
        let kind = aggregate.outputs.first().map_or(KustoType::Long, |output| output.kind);
        let groups = self.pivot_groups(env, &input, rest.get(1..).unwrap_or_default(), pivot_column.as_ref(), &used)?;
        let pivot = cast(pivot, KustoType::String);
        let mut columns: Vec<Column> = Vec::new();
        let mut definitions = Vec::new();
        for group in groups {
            let id = self.column_id();
            definitions.push(Definition { id, expr: Expr::column(group.id, group.kind, self.operator) });
            columns.push(Column { id, ..group });
        }
        let mut values = Vec::new();
        let mut input = input;
        match schema {
            Some(schema) => {
                let mut shown = Vec::new();
                for column in self.declared_columns(&schema.columns)? {
                    match columns.iter().find(|group| group.name == column.name) {
                        Some(group) => shown.push(group.clone()),
                        None => {
                            values.push((column.name.to_string(), Output { id: column.id, kind: column.kind }));
                            shown.push(column);
                        }
                    }
                }
                if schema.star {
                    let left = columns.iter().filter(|group| shown.iter().all(|column| column.id != group.id)).cloned();
                    let left: Vec<Column> = left.collect();
                    shown.splice(0..0, left);
                }
                columns = shown;
            }
            None => {
                let question = Question::Values { rel: input, text: pivot.clone() };
                let Answer::Values(found) = self.ask(&question, call.span, "pivot")? else {
                    return self.error(call.span, "the answer about values is none");
                };
                let Question::Values { rel, .. } = question else { return Err(crate::kql::bind::binder::Reported) };
                input = rel;
                let mut names = UniqueNames::default();
                columns.iter().for_each(|column| names.add(&column.name));
                for value in found {
                    let column = self.column(names.unique(&value.as_str().into()), kind);
                    values.push((value, Output { id: column.id, kind }));
                    columns.push(column);
                }
                for (value, column) in self.expected_columns("", Some(kind), &columns, call.span) {
                    values.push((value, Output { id: column.id, kind }));
                    columns.push(column);
                }
            }
        }
        let visible = columns.len();
        let node = Plugin::Pivot(Pivot { input, groups: definitions, pivot, values, call: aggregate });
        self.rel(Node::Plugin(Box::new(node)), columns, visible, false)
    }

    /// The aggregate of `pivot`, `count()` if there is none, and the columns that it reads.
    fn pivot_aggregate(
        &mut self,
        env: &Env,
        input: &Rel,
        argument: Option<&NamedExpr>,
    ) -> Bind<(AggregateCall, HashSet<ColumnId>)> {
        let Some(argument) = argument else {
            let output = self.column("count_", KustoType::Long);
            return Ok((self.plain_call("count", Vec::new(), &output)?, HashSet::new()));
        };
        let mut calls: Vec<AggregateCall> = Vec::new();
        let mut scope = Scope::row(env, &input.columns, input.visible);
        scope.aggregates = Aggregates::Yes(&mut calls);
        let bound = self.named_expr(&mut scope, argument)?;
        let (Some(call), None, Some(_)) = (calls.pop(), calls.pop(), bound.as_column()) else {
            return self.error_with(
                argument.span,
                "`pivot` takes one aggregate",
                "write it alone, as `sum(x)` or `count()`",
            );
        };
        let mut used = HashSet::new();
        for arg in &call.args {
            arg.walk(&mut |part| used.extend(part.as_column()));
        }
        Ok((call, used))
    }

    /// The columns by which `pivot` groups: those named, else all that are not used otherwise.
    fn pivot_groups(
        &mut self,
        env: &Env,
        input: &Rel,
        named: &[NamedExpr],
        pivot: Option<&Column>,
        used: &HashSet<ColumnId>,
    ) -> Bind<Vec<Column>> {
        let groups: Vec<Column> = if named.is_empty() {
            let free = |column: &&Column| pivot.is_none_or(|pivot| pivot.id != column.id) && !used.contains(&column.id);
            input.visible_columns().iter().filter(free).cloned().collect()
        } else {
            let scope = Scope::row(env, &input.columns, input.visible);
            let mut groups = Vec::new();
            for argument in named {
                match self.plain_column(&scope, &argument.expr) {
                    Some(column) => groups.push(column),
                    None => return self.error(argument.span, "`pivot` groups by columns"),
                }
            }
            groups
        };
        if let Some(column) = groups.iter().find(|column| column.kind == KustoType::Dynamic) {
            let message = format!("`{}` is dynamic, and dynamic values do not make groups", column.name);
            return self.error_with(self.operator, message, "choose the columns with `project` before");
        }
        Ok(groups)
    }

    fn network_lookup(&mut self, env: &Env, input: Rel, call: &Call) -> Bind<Rel> {
        let v6 = call.name.text == "ipv6_lookup";
        let mut keep_unmatched = false;
        let mut written: Vec<&NamedExpr> = Vec::new();
        for argument in &call.arguments {
            let named = argument.name().is_some_and(|name| name.text == "return_unmatched");
            let truth = match &argument.expr.kind {
                crate::kql::syntax::ast::ExprKind::Literal(crate::kql::syntax::ast::Literal::Bool(value)) => *value,
                _ => None,
            };
            match truth {
                Some(value) => keep_unmatched = value,
                None if named => return self.error(argument.span, "`return_unmatched` is `true` or `false`"),
                None => written.push(argument),
            }
        }
        let [table, address, network, extra @ ..] = written.as_slice() else {
            return self.error_with(
                call.span,
                format!("`{}` is given too little", call.name),
                format!("write `evaluate {}(Table, Address, Network)`", call.name),
            );
        };
        let table = self.table(env, &table.expr)?;
        let scope = Scope::row(env, &input.columns, input.visible);
        let Some(address_column) = self.plain_column(&scope, &address.expr) else {
            return self.error(address.span, "the address is a column of the rows before");
        };
        let of_table = Scope::row(env, &table.columns, table.visible);
        let Some(network_column) = self.plain_column(&of_table, &network.expr) else {
            return self.error(network.span, "the network is a column of the table");
        };
        for (column, argument) in [(&address_column, address), (&network_column, network)] {
            if column.kind != KustoType::String {
                return self.error(
                    argument.span,
                    format!("`{}` is of type {}, and a string is wanted", column.name, column.kind),
                );
            }
        }
        let mut keys = Vec::new();
        for argument in extra {
            let pair = (self.plain_column(&scope, &argument.expr), self.plain_column(&of_table, &argument.expr));
            match pair {
                (Some(a), Some(b)) if a.kind == b.kind => keys.push((a.id, b.id)),
                _ => return self.error(argument.span, "a further key is a column of both tables, of one type"),
            }
        }
        let without: HashSet<ColumnId> = keys.iter().map(|(_, of_table)| *of_table).collect();
        let (columns, visible) = beside([Some(&input), Some(&table)], &without);
        let node = NetworkLookup {
            input,
            table,
            address: address_column.id,
            network: network_column.id,
            keys,
            keep_unmatched,
            v6,
        };
        self.rel(Node::Plugin(Box::new(Plugin::NetworkLookup(node))), columns, visible, false)
    }

    /// Arguments by place or name.
    pub(super) fn plugin_arguments<'c, const N: usize>(
        &mut self,
        call: &'c Call,
        names: &[&str; N],
    ) -> Bind<[Option<&'c NamedExpr>; N]> {
        let mut found = [None; N];
        for (place, argument) in call.arguments.iter().enumerate() {
            let place = match argument.name() {
                None => Some(place),
                Some(name) => names.iter().position(|known| name.text.eq_ignore_ascii_case(known)),
            };
            match place.and_then(|place| found.get_mut(place)) {
                Some(slot) => *slot = Some(argument),
                None => {
                    let help = format!("it takes {}", names.join(", "));
                    return self.error_with(argument.span, format!("`{}` does not take this", call.name), help);
                }
            }
        }
        Ok(found)
    }

    fn option_text(&mut self, env: &Env, argument: Option<&NamedExpr>) -> Bind<Option<String>> {
        let Some(argument) = argument else { return Ok(None) };
        match self.named_expr(&mut Scope::bare(env), argument)?.as_literal() {
            Some(Value::String(text)) => Ok(Some(text.to_string())),
            _ => self.error(argument.span, "a constant text is wanted here"),
        }
    }

    fn option_names(&mut self, env: &Env, argument: Option<&NamedExpr>) -> Bind<Vec<String>> {
        let Some(argument) = argument else { return Ok(Vec::new()) };
        match self.named_expr(&mut Scope::bare(env), argument)?.as_literal() {
            Some(Value::Dynamic(json)) => match serde_json::from_str(json) {
                Ok(names) => Ok(names),
                Err(_) => self.error(argument.span, "an array of texts is wanted here"),
            },
            _ => self.error(argument.span, "a constant array is wanted here, as `dynamic(['a', 'b'])`"),
        }
    }

    /// Asks what is in the rows.
    fn ask(&mut self, question: &Question, span: Span, plugin: &str) -> Bind<Answer> {
        let rel = match question {
            Question::Keys { rel, .. } | Question::Values { rel, .. } => rel,
        };
        let by_hand = format!("declare the columns: `evaluate {plugin}(…) : (A: string, B: long)`");
        if crate::kql::bind::expr::holds_group(rel) {
            let message =
                format!("the columns of `{plugin}` depend on the rows, and inside of groups they cannot be looked up");
            return self.error_with(span, message, by_hand);
        }
        if self.diagnostics.iter().any(crate::kql::syntax::Diagnostic::is_error) {
            // A query with errors is not run, not even to look.
            return Err(crate::kql::bind::binder::Reported);
        }
        match self.probe.ask(question, &self.shared) {
            Ok(answer) => {
                let count = match &answer {
                    Answer::Keys(keys) => keys.len(),
                    Answer::Values(values) => values.len(),
                };
                if count > MAX_FOUND_COLUMNS {
                    let message =
                        format!("`{plugin}` would make {count} columns, and {MAX_FOUND_COLUMNS} are the most");
                    return self.error_with(span, message, by_hand);
                }
                Ok(answer)
            }
            Err(ProbeError::Pending) => {
                self.pending = true;
                Err(crate::kql::bind::binder::Reported)
            }
            Err(ProbeError::Failed(why)) => {
                self.error(span, format!("the rows could not be looked at to find the columns of `{plugin}`: {why}"))
            }
            Err(ProbeError::Unavailable) => {
                let message =
                    format!("the columns of `{plugin}` depend on the rows, and there are none to look at here");
                self.error_with(span, message, by_hand)
            }
        }
    }
}
