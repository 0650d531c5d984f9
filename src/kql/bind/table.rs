//! Tabular expressions: what is a table, where its rows come from, and pipelines over it.

use std::rc::Rc;
use std::sync::Arc;

use super::binder::{Bind, Binder, MAX_DEPTH, Reported, columns_of};
use super::env::{Binding, Env, UserFunction};
use super::expr::BoundArgument;
use super::graph::Flow;
use super::schema::TableSchema;
use super::scope::Scope;
use super::suggest;
use super::tree::{Node, Rel, Value};
use crate::kql::facts::{self, FunctionClass};
use crate::kql::syntax::ast::{self, Call, Expr, ExprKind, Name, NamePattern, OperatorKind, Pipeline, Span};

/// How many bodies are looked through to tell whether a function gives a table.
const MAX_BODIES: usize = 40;

/// A table under a name that wildcards can find.
pub(super) struct NamedTable {
    /// The table's or view's name.
    pub name: String,
    /// Its rows.
    pub rel: Rel,
}

impl Binder<'_> {
    /// Whether an expression is a table in this place.
    pub fn is_table(&mut self, scope: &Scope<'_>, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Paren(inner) => self.is_table(scope, inner),
            ExprKind::Name(name) if scope.visible_column(&name.text).is_some() => false,
            ExprKind::Call(call) if scope.env.get(&call.name.text).is_none() => {
                facts::of_class(&call.name.text, FunctionClass::Table).is_some()
                    || facts::scalar(&call.name.text).is_none() && self.is_tabular(scope.env, expr, 0)
            }
            _ => self.is_tabular(scope.env, expr, 0),
        }
    }

    fn is_tabular(&mut self, env: &Env, expr: &Expr, bodies: usize) -> bool {
        match &expr.kind {
            ExprKind::Pipe(_)
            | ExprKind::DataTable { .. }
            | ExprKind::ExternalData { .. }
            | ExprKind::Materialize(_)
            | ExprKind::ToTable(..)
            | ExprKind::Wildcard(_)
            | ExprKind::MemberWildcard(..)
            | ExprKind::MemberCall(..) => true,
            ExprKind::Paren(inner) => self.is_tabular(env, inner, bodies),
            ExprKind::Member(owner, _) => matches!(&owner.kind, ExprKind::Call(call)
                if is_entity(&call.name.text) || matches!(env.get(&call.name.text), Some(Binding::Pattern(_)))),
            ExprKind::Name(Name { text, .. }) | ExprKind::Call(Call { name: Name { text, .. }, .. }) => {
                match env.get(text) {
                    Some(
                        Binding::Table(_)
                        | Binding::GroupTable(_)
                        | Binding::Graph(_)
                        | Binding::Broken
                        | Binding::Absent(_)
                        | Binding::Pattern(_),
                    ) => true,
                    Some(Binding::Function(function)) => self.gives_table(&Rc::clone(function), bodies),
                    Some(Binding::Scalar(_) | Binding::Refused(_)) => false,
                    None if matches!(expr.kind, ExprKind::Call(_)) => match self.stored(text) {
                        Some(function) => self.gives_table(&function, bodies),
                        None => facts::of_class(text, FunctionClass::Table).is_some(),
                    },
                    None => {
                        self.named_rows(text).is_some()
                            || self.schemas.table(text).is_some()
                            || self.stored(text).is_some_and(|function| self.gives_table(&function, bodies))
                    }
                }
            }
            _ => false,
        }
    }

    /// Whether the body of a function is a table.
    fn gives_table(&mut self, function: &UserFunction, bodies: usize) -> bool {
        let Some(result) = &function.decl.body.result else { return false };
        if bodies >= MAX_BODIES {
            return false;
        }
        // A name that the function itself declares: a parameter, or a `let` of its body.
        let mut inner = result;
        while let ExprKind::Paren(within) = &inner.kind {
            inner = within;
        }
        if let ExprKind::Name(name) = &inner.kind {
            for statement in &function.decl.body.statements {
                match &statement.kind {
                    ast::StatementKind::Let(declared, ast::LetValue::Expr(value)) if declared.text == name.text => {
                        return self.is_tabular(&function.env, value, bodies + 1);
                    }
                    _ => {}
                }
            }
            if let Some(parameter) = function.decl.parameters.iter().find(|parameter| parameter.name.text == name.text)
            {
                return !matches!(parameter.ty, ast::ParamType::Scalar(_));
            }
        }
        self.is_tabular(&function.env, result, bodies + 1)
    }

    /// Binds a table.
    pub fn table(&mut self, env: &Env, expr: &Expr) -> Bind<Rel> {
        let flow = self.flow(env, expr)?;
        self.rows_of(flow, expr.span)
    }

    /// Binds a table or a graph.
    pub fn flow(&mut self, env: &Env, expr: &Expr) -> Bind<Flow> {
        let span = self.at(expr.span);
        self.deeper(span, |binder| match &expr.kind {
            ExprKind::Paren(inner) => binder.flow(env, inner),
            ExprKind::Name(name) => binder.named_flow(env, name),
            ExprKind::Pipe(pipeline) => binder.piped_flow(env, pipeline, None),
            ExprKind::Call(call) => binder.flow_call(env, call, span),
            _ => binder.other_table(env, expr, span).map(Flow::Rows),
        })
    }

    fn other_table(&mut self, env: &Env, expr: &Expr, span: Span) -> Bind<Rel> {
        match &expr.kind {
            ExprKind::DataTable { columns, cells, .. } => self.datatable(env, columns, cells, span),
            ExprKind::ExternalData { columns, sources, properties, .. } => {
                self.external(env, columns, sources, properties, span)
            }
            ExprKind::Materialize(inner) => {
                let rel = self.table(env, inner)?;
                let shared = self.share(None, rel, true)?;
                self.use_shared(shared)
            }
            ExprKind::ToTable(_, inner) => self.table(env, inner),
            ExprKind::Member(owner, name) => {
                if let ExprKind::Call(call) = &owner.kind
                    && let Some(Binding::Pattern(pattern)) = env.get(&call.name.text)
                {
                    let pattern = Rc::clone(pattern);
                    let flow = self.pattern_flow(env, &pattern, call, Some(name), span)?;
                    return self.rows_of(flow, span);
                }
                self.check_entity(owner)?;
                self.named_table(&Env::default(), name)
            }
            ExprKind::MemberCall(owner, call) => {
                self.check_entity(owner)?;
                if is_entity(&call.name.text) {
                    return self
                        .error(span, format!("`{}` names a place of tables; a table's name must follow", call.name));
                }
                let flow = self.flow_call(&Env::default(), call, span)?;
                self.rows_of(flow, span)
            }
            ExprKind::Wildcard(pattern) | ExprKind::MemberWildcard(_, pattern) => self.error_with(
                span,
                format!("`{}` may mean several tables", pattern.text),
                format!("write `union {}`", pattern.text),
            ),
            ExprKind::Missing => self.error(span, "a table is missing here"),
            _ => self.error_with(
                span,
                "a table is wanted here, and this is a scalar",
                "`print x = …` makes a table of one row",
            ),
        }
    }

    /// A table by its name, `let`s first.
    pub fn named_table(&mut self, env: &Env, name: &Name) -> Bind<Rel> {
        let flow = self.named_flow(env, name)?;
        self.rows_of(flow, name.span)
    }

    fn named_flow(&mut self, env: &Env, name: &Name) -> Bind<Flow> {
        let span = self.at(name.span);
        match env.get(&name.text) {
            Some(Binding::Table(shared)) => return self.use_shared(*shared).map(Flow::Rows),
            Some(Binding::Graph(graph)) => return self.use_graph(&Rc::clone(graph)).map(Flow::Graph),
            Some(Binding::GroupTable(rel)) => {
                let Some(rel) = rel.borrow_mut().take() else {
                    return self.error_with(
                        span,
                        format!("`{name}` stands for the rows of a group, and is used twice"),
                        "use it once, or call the function outside of `partition` and `mv-apply`",
                    );
                };
                return Ok(Flow::Rows(rel));
            }
            Some(Binding::Function(function)) => {
                let function = Rc::clone(function);
                return self.call_flow(&mut Scope::bare(env), &function, Vec::new(), span);
            }
            Some(Binding::Pattern(_)) => {
                let help = format!("write `{name}(\"…\")`");
                return self.error_with(span, format!("`{name}` is a pattern, and is called"), help);
            }
            Some(Binding::Scalar(_)) => {
                return self.error_with(
                    span,
                    format!("`{name}` is a scalar, and a table is wanted here"),
                    format!("`print {name}` makes a table of one row"),
                );
            }
            Some(Binding::Broken) => return Err(Reported),
            Some(Binding::Absent(absent)) => return self.tell(&Rc::clone(absent)),
            Some(Binding::Refused(why)) => {
                return self.error_with(span, format!("`{name}` is not run by huntql"), *why);
            }
            None => {}
        }
        if let Some(shared) = self.named_rows(&name.text) {
            return self.use_shared(shared).map(Flow::Rows);
        }
        if let Some(schema) = self.schemas.table(&name.text) {
            if schema.name != name.text {
                self.note(span, format!("`{name}` is read as `{}`", schema.name));
            }
            return self.scan(&schema).map(Flow::Rows);
        }
        if let Some(function) = self.stored(&name.text) {
            return self.call_flow(&mut Scope::bare(env), &function, Vec::new(), span);
        }
        self.unknown_table(env, name)
    }

    fn unknown_table<T>(&mut self, env: &Env, name: &Name) -> Bind<T> {
        let mut known = self.schemas.table_names();
        known.extend(self.schemas.function_names());
        known.extend(env.iter().map(|(name, _)| name.clone()));
        let near = suggest::nearest(&name.text, known.iter().map(String::as_str));
        let message = format!("there is no table `{name}`");
        let help = suggest::did_you_mean(&near)
            .unwrap_or_else(|| "`union isfuzzy=true` passes over tables that are missing".to_owned());
        self.error_missing(name.span, message, Some(help))
    }

    /// The rows of a table of the schemas.
    pub fn scan(&mut self, schema: &TableSchema) -> Bind<Rel> {
        let columns = schema.columns.iter().map(|(name, kind)| self.column(Arc::clone(name), *kind)).collect();
        self.rel(Node::Scan { table: schema.name.clone() }, columns, schema.visible.min(schema.columns.len()), false)
    }

    fn flow_call(&mut self, env: &Env, call: &Call, span: Span) -> Bind<Flow> {
        let name = call.name.text.as_str();
        let declared = match env.get(name) {
            Some(Binding::Function(function)) => Some(Rc::clone(function)),
            Some(Binding::Broken) => return Err(Reported),
            Some(Binding::Absent(absent)) => return self.tell(&Rc::clone(absent)),
            Some(Binding::Refused(why)) => {
                return self.error_with(call.name.span, format!("`{name}` is not run by huntql"), *why);
            }
            Some(Binding::Pattern(pattern)) => {
                let pattern = Rc::clone(pattern);
                return self.pattern_flow(env, &pattern, call, None, span);
            }
            Some(_) => return self.error(call.name.span, format!("`{name}` is not a function")),
            None => self.stored(name),
        };
        if let Some(function) = declared {
            let arguments = call.arguments.iter().map(BoundArgument::Written).collect();
            return self.call_flow(&mut Scope::bare(env), &function, arguments, span);
        }
        if name == "table" {
            return self.table_by_name(env, call, span).map(Flow::Rows);
        }
        if let Some(function) = facts::of_class(name, FunctionClass::Table) {
            let why = function
                .refused
                .unwrap_or("it names a place of tables; a table's name must follow, as in `database(\"d\").T`");
            return self.error_with(call.span, format!("`{name}` is not run by huntql"), why);
        }
        if facts::scalar(name).is_some() {
            return self.error_with(
                call.span,
                format!("`{name}` gives a scalar, and a table is wanted here"),
                format!("`print {name}(…)` makes a table of one row"),
            );
        }
        let mut known = self.schemas.function_names();
        known.extend(
            env.iter().filter(|(_, binding)| matches!(binding, Binding::Function(_))).map(|(name, _)| name.clone()),
        );
        let message = format!("there is no function `{name}`");
        if name.starts_with("_Im_") || name.starts_with("_ASim_") {
            let help = "ASIM parsers are stored in a Sentinel workspace; name the tables they read";
            return self.error_missing(call.name.span, message, Some(help.to_owned()));
        }
        let help = suggest::did_you_mean(&suggest::nearest(name, known.iter().map(String::as_str)));
        self.error_missing(call.name.span, message, help)
    }

    /// `table("T")`: the name may be a variable.
    fn table_by_name(&mut self, env: &Env, call: &Call, span: Span) -> Bind<Rel> {
        let bound = match call.arguments.first() {
            Some(argument) => Some(self.named_expr(&mut Scope::bare(env), argument)?),
            None => None,
        };
        match bound.as_ref().and_then(super::tree::Expr::as_literal) {
            Some(Value::String(text)) => self.named_table(&Env::default(), &Name::new(&**text, span)),
            _ => self.error(span, "`table` takes the name of a table, as a constant text"),
        }
    }

    /// `database("d")` is this place; other entities are refused.
    fn check_entity(&mut self, owner: &Expr) -> Bind<()> {
        match &owner.kind {
            ExprKind::Paren(inner) => self.check_entity(inner),
            ExprKind::Call(call) if call.name.text == "database" => {
                self.note(call.span, "`database(…)` is passed over: huntql has one set of tables");
                Ok(())
            }
            ExprKind::Call(call) => {
                let why = facts::of_class(&call.name.text, FunctionClass::Table).and_then(|function| function.refused);
                let why = why.unwrap_or("huntql sees only its own sources");
                self.error_with(call.span, format!("`{}` is not run by huntql", call.name), why)
            }
            ExprKind::MemberCall(outer, _) | ExprKind::Member(outer, _) => self.check_entity(outer),
            ExprKind::Name(name) => self.error(owner.span, format!("`{name}` is no place of tables")),
            _ => self.error(owner.span, "this is no place of tables"),
        }
    }

    /// A pipeline; `input` is what it reads if it has no source of its own.
    pub fn pipeline(&mut self, env: &Env, pipeline: &Pipeline, input: Option<Rel>) -> Bind<Rel> {
        let flow = self.piped_flow(env, pipeline, input)?;
        self.rows_of(flow, pipeline.span)
    }

    fn piped_flow(&mut self, env: &Env, pipeline: &Pipeline, input: Option<Rel>) -> Bind<Flow> {
        if pipeline.operators.len() > MAX_DEPTH as usize {
            return self
                .error(pipeline.span, format!("this has more operators than huntql takes, which is {MAX_DEPTH}"));
        }
        let mut flow = match &pipeline.source {
            Some(source) => Some(self.flow(env, source)?),
            None => input.map(Flow::Rows),
        };
        for operator in &pipeline.operators {
            let before = match &flow {
                Some(Flow::Rows(rel)) => Some((columns_of(rel), rel.serialized)),
                _ => None,
            };
            match (self.step(env, flow, operator), before) {
                (Ok(bound), _) => flow = Some(bound),
                // The rows are wrong from here on, but their columns are known: what follows may have errors of its own to tell.
                (Err(_), Some(((columns, visible), serialized))) if keeps_columns(&operator.kind) && !self.pending => {
                    flow =
                        Some(Flow::Rows(self.rel(Node::Values { rows: Vec::new() }, columns, visible, serialized)?));
                }
                (Err(reported), _) => return Err(reported),
            }
        }
        match flow {
            Some(flow) => Ok(flow),
            None => self.error(pipeline.span, "a table is missing here"),
        }
    }

    /// A subquery that reads rows which its surroundings give: of `mv-apply`, `partition`, `fork`, `facet`.
    pub fn piped(&mut self, env: &Env, expr: &Expr, input: Rel) -> Bind<Rel> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.piped(env, inner, input),
            ExprKind::Pipe(pipeline) => {
                let span = self.at(expr.span);
                self.deeper(span, |binder| binder.pipeline(env, pipeline, Some(input)))
            }
            _ => self.error(expr.span, "operators are wanted here, as in `(where x == 1 | count)`"),
        }
    }

    /// The tables that an element of `union`, `search in` or `find in` means, with their names.
    pub fn tables_of(&mut self, env: &Env, expr: &Expr) -> Bind<Vec<NamedTable>> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.tables_of(env, inner),
            ExprKind::Wildcard(pattern) => self.matching(env, pattern),
            ExprKind::Star => {
                let all = NamePattern { text: "*".to_owned(), wildcard: true, span: expr.span };
                self.matching(env, &all)
            }
            ExprKind::MemberWildcard(owner, pattern) => {
                self.check_entity(owner)?;
                self.matching(&Env::default(), pattern)
            }
            ExprKind::Name(name) => {
                let rel = self.table(env, expr)?;
                let own = match &rel.node {
                    Node::Scan { table } => table.clone(),
                    _ => name.text.clone(),
                };
                Ok(vec![NamedTable { name: own, rel }])
            }
            _ => {
                let rel = self.table(env, expr)?;
                Ok(vec![NamedTable { name: source_name(expr).unwrap_or_default(), rel }])
            }
        }
    }

    /// All tables and views whose names match.
    pub fn matching(&mut self, env: &Env, pattern: &NamePattern) -> Bind<Vec<NamedTable>> {
        let mut found = Vec::new();
        let mut names = self.schemas.table_names();
        names.sort_unstable();
        names.dedup();
        for name in names.into_iter().filter(|name| matches(&pattern.text, name)) {
            if let Some(schema) = self.schemas.table(&name) {
                found.push(NamedTable { rel: self.scan(&schema)?, name });
            }
        }
        let mut views: Vec<(String, Rc<UserFunction>)> = env
            .iter()
            .filter_map(|(name, binding)| match binding {
                Binding::Function(function) if function.decl.view && matches(&pattern.text, name) => {
                    Some((name.clone(), Rc::clone(function)))
                }
                _ => None,
            })
            .collect();
        views.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, view) in views {
            let rel = self.call_table(&mut Scope::bare(env), &view, Vec::new(), pattern.span)?;
            found.push(NamedTable { name, rel });
        }
        if found.is_empty() {
            return self.error(pattern.span, format!("no table is called like `{}`", pattern.text));
        }
        Ok(found)
    }
}

/// Whether an operator gives the columns that it is given.
fn keeps_columns(kind: &OperatorKind) -> bool {
    matches!(
        kind,
        OperatorKind::Where(..)
            | OperatorKind::Sort(..)
            | OperatorKind::Top(..)
            | OperatorKind::Take(..)
            | OperatorKind::Sample(..)
            | OperatorKind::Render(_)
    )
}

/// Whether a function names a place of tables.
fn is_entity(name: &str) -> bool {
    matches!(name, "database" | "cluster" | "workspace" | "app" | "resource" | "adx" | "arg")
}

/// Whether a name matches a pattern in which `*` is any run of characters.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

/// The name that `as` gives to the rows of a subquery, or the table that a pipeline of one source reads.
fn source_name(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Pipe(pipeline) => pipeline.operators.iter().rev().find_map(|operator| match &operator.kind {
            ast::OperatorKind::As(_, name) => Some(name.text.clone()),
            _ => None,
        }),
        ExprKind::Call(call) => Some(call.name.text.clone()),
        _ => None,
    }
}

/// A shared name for a column.
pub(super) fn arc(name: &Name) -> Arc<str> {
    name.text.as_str().into()
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_is_any_run_of_characters() {
        for (pattern, name, expected) in [
            ("Device*", "DeviceEvents", true),
            ("*Events", "DeviceEvents", true),
            ("D*v*s", "DeviceEvents", true),
            ("*", "", true),
            ("a*a", "a", false),
            ("ab", "ab", true),
            ("ab", "abc", false),
            ("*b*", "abc", true),
            ("*b*", "ac", false),
            ("a**c", "abc", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
