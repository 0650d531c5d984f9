//! `union`: rows of several tables, by the names of their columns.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{flag, word};
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::columns::UniqueNames;
use crate::kql::bind::env::Env;
use crate::kql::bind::table::NamedTable;
use crate::kql::bind::tree::{Column, ColumnId, Definition, Expr, Leg, Node, Rel, Value};
use crate::kql::facts::words::UNION_KINDS;
use crate::kql::syntax::ast::{self, ExprKind, Name, Parameters, Span};

/// A column of a union before it has an identity: a name and type, and what it is in each leg.
struct Unified {
    name: Arc<str>,
    /// The name that the legs' columns have.
    own: Arc<str>,
    kind: KustoType,
}

impl Binder<'_> {
    pub(super) fn union(
        &mut self,
        env: &Env,
        input: Option<Rel>,
        parameters: &Parameters,
        tables: &[ast::Expr],
    ) -> Bind<Rel> {
        let kind = self.one_of(parameters, "kind", &UNION_KINDS)?;
        let fuzzy = flag(parameters, "isfuzzy").or_else(|| flag(parameters, "__isFuzzy")).unwrap_or(false);
        let source = word(parameters, "withsource").or_else(|| word(parameters, "with_source")).map(|(name, _)| name);
        let mut legs: Vec<NamedTable> = Vec::new();
        if let Some(rel) = input {
            let name = match &rel.node {
                Node::Scan { table } => table.clone(),
                _ => String::new(),
            };
            legs.push(NamedTable { name, rel });
        }
        let mut failed = None;
        for table in tables {
            if fuzzy && let Some(missing) = self.missing_source(env, table) {
                self.passed_over(table.span, format!("`{missing}` is not there, and `isfuzzy` passes over it"));
                continue;
            }
            let before = self.diagnostics.len();
            match self.tables_of(env, table) {
                Ok(found) => legs.extend(found),
                Err(reported) => match if fuzzy { self.take_missing(before) } else { None } {
                    Some(errors) => {
                        let said: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
                        let text = format!("{}, and `isfuzzy` passes over what reads it", said.join(", "));
                        self.passed_over(table.span, text);
                    }
                    None => failed = Some(reported),
                },
            }
        }
        if let Some(reported) = failed {
            return Err(reported);
        }
        if legs.is_empty() {
            return self.error(self.operator, "none of the tables is there");
        }
        self.united(legs, kind == Some("inner"), source)
    }

    fn passed_over(&mut self, span: Span, text: String) {
        self.note(span, text.clone());
        self.warn(span, text, "leave it out, or add its schema");
    }

    /// What an element of a fuzzy union reads, if it is not there.
    fn missing_source(&mut self, env: &Env, expr: &ast::Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.missing_source(env, inner),
            ExprKind::Pipe(pipeline) => self.missing_source(env, pipeline.source.as_ref()?),
            ExprKind::Name(Name { text, .. }) => {
                let known = env.get(text).is_some()
                    || self.named_rows(text).is_some()
                    || self.schemas.table(text).is_some()
                    || self.schemas.function(text).is_some();
                (!known).then(|| text.clone())
            }
            ExprKind::Member(owner, name) => match &owner.kind {
                ExprKind::Call(call) if call.name.text != "database" => Some(format!("{}(…).{name}", call.name)),
                ExprKind::MemberCall(..) => Some(name.text.clone()),
                _ => None,
            },
            ExprKind::Call(call) => {
                let name = &call.name.text;
                let known = env.get(name).is_some()
                    || self.schemas.function(name).is_some()
                    || crate::kql::facts::named(name).next().is_some();
                (!known).then(|| name.clone())
            }
            ExprKind::Wildcard(pattern) => {
                let pattern = &pattern.text;
                let names = self.schemas.table_names();
                let mut known = names.iter().map(String::as_str).chain(env.iter().map(|(name, _)| name.as_str()));
                (!known.any(|name| crate::kql::bind::table::matches(pattern, name))).then(|| pattern.clone())
            }
            _ => None,
        }
    }

    /// The rows of several tables, with a column that names each row's table if wanted.
    pub(super) fn united(&mut self, legs: Vec<NamedTable>, inner: bool, source: Option<&str>) -> Bind<Rel> {
        let unified = unify(&legs, inner);
        if let Some(name) = source.filter(|name| unified.iter().any(|column| *column.name == **name)) {
            let message = format!("the tables have a column `{name}` already, which cannot say where a row is from");
            return self.error_with(self.operator, message, "give the column of sources another name");
        }
        let mut columns: Vec<Column> = Vec::with_capacity(unified.len() + 1);
        let source_column = source.map(|name| self.column(name, KustoType::String));
        columns.extend(source_column.clone());
        for column in &unified {
            columns.push(self.column(Arc::clone(&column.name), column.kind));
        }
        let visible = columns.len();
        let hidden = hidden_names(&legs, &columns);
        for (name, kind) in &hidden {
            columns.push(self.column(Arc::clone(name), *kind));
        }
        let mut bound = Vec::with_capacity(legs.len());
        for (place, leg) in legs.into_iter().enumerate() {
            let named = |own: &str, kind: KustoType| {
                leg.rel
                    .columns
                    .iter()
                    .find(|column| *column.name == *own && column.kind == kind)
                    .map(|column| column.id)
            };
            let fields: Vec<_> = unified
                .iter()
                .map(|column| named(&column.own, column.kind))
                .chain(hidden.iter().map(|(name, kind)| named(name, *kind)))
                .collect();
            let (input, fields) = match &source_column {
                None => (leg.rel, fields),
                Some(column) => {
                    let name = if leg.name.is_empty() { format!("union_arg{place}") } else { leg.name };
                    let (rel, id) = self.tagged(leg.rel, column, name)?;
                    (rel, std::iter::once(Some(id)).chain(fields).collect())
                }
            };
            bound.push(Leg { input, fields });
        }
        self.rel(Node::Union { legs: bound }, columns, visible, false)
    }

    /// A relation with a column that holds a text.
    pub(super) fn tagged(&mut self, rel: Rel, like: &Column, text: String) -> Bind<(Rel, ColumnId)> {
        let column = self.column(Arc::clone(&like.name), KustoType::String);
        let id = column.id;
        let expr = Expr::literal(Value::String(text.into()), KustoType::String, self.operator);
        let mut columns = vec![column];
        let visible = rel.visible + 1;
        columns.extend(rel.columns.iter().cloned());
        let definitions = vec![Definition { id, expr }];
        let rel = self.rel(Node::Project { input: Box::new(rel), definitions }, columns, visible, false)?;
        Ok((rel, id))
    }
}

/// The columns of a union: by name, those of one name and several types apart, in the order in which names first come.
fn unify(legs: &[NamedTable], inner: bool) -> Vec<Unified> {
    let mut order: Vec<Arc<str>> = Vec::new();
    let mut kinds: HashMap<Arc<str>, Vec<KustoType>> = HashMap::new();
    for column in legs.iter().flat_map(|leg| leg.rel.visible_columns()) {
        let of_name = kinds.entry(Arc::clone(&column.name)).or_insert_with(|| {
            order.push(Arc::clone(&column.name));
            Vec::new()
        });
        if !of_name.contains(&column.kind) {
            of_name.push(column.kind);
        }
    }
    let everywhere = |name: &str, kind: KustoType| {
        legs.iter()
            .all(|leg| leg.rel.visible_columns().iter().any(|column| *column.name == *name && column.kind == kind))
    };
    let mut names = UniqueNames::default();
    // A name that needs no type behind it is its column's, also if another comes to be called so earlier.
    let whole = |own: &Arc<str>| kinds.get(own).is_some_and(|of_name| of_name.len() == 1);
    order.iter().filter(|own| whole(own)).for_each(|own| names.add(own));
    let mut unified = Vec::new();
    for own in order {
        let of_name = kinds.get(&own).map(Vec::as_slice).unwrap_or_default();
        for kind in of_name {
            if inner && !everywhere(&own, *kind) {
                continue;
            }
            let name = match of_name.len() {
                1 => Arc::clone(&own),
                _ => names.unique(&format!("{own}_{kind}").into()),
            };
            unified.push(Unified { name, own: Arc::clone(&own), kind: *kind });
        }
    }
    unified
}

/// The hidden columns of the legs whose names no visible one has: the first type counts.
fn hidden_names(legs: &[NamedTable], visible: &[Column]) -> Vec<(Arc<str>, KustoType)> {
    let mut seen: HashSet<&str> = visible.iter().map(|column| &*column.name).collect();
    let mut hidden = Vec::new();
    for column in legs.iter().flat_map(|leg| leg.rel.hidden_columns()) {
        if seen.insert(&column.name) {
            hidden.push((Arc::clone(&column.name), column.kind));
        }
    }
    hidden
}
