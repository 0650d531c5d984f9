//! `search` and `find`: one predicate over several tables.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use super::{one_table_name, word};
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::env::{Binding, Env, Scalar};
use crate::kql::bind::expr::cast;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::table::NamedTable;
use crate::kql::bind::tree::{Column, Definition, Expr, Node, Rel, Value};
use crate::kql::bind::types::{common_of, kind_of};
use crate::kql::facts::words::SEARCH_KINDS;
use crate::kql::syntax::ast::{self, ExprKind, FindColumnKind, NamePattern};

/// A column that some of the tables have: its name and common type.
struct Known {
    name: Arc<str>,
    kind: KustoType,
    /// How many tables have it.
    tables: usize,
}

/// The columns that `find` shows.
struct Chosen {
    /// Their names and types.
    columns: Vec<(Arc<str>, KustoType)>,
    /// Whether the others come packed.
    pack: bool,
}

impl Binder<'_> {
    pub(super) fn search(&mut self, env: &Env, input: Option<Rel>, search: &ast::Search) -> Bind<Rel> {
        let kind = self.one_of(&search.parameters, "kind", &SEARCH_KINDS)?;
        let case_sensitive = kind == Some("case_sensitive");
        let tables = match input {
            Some(rel) if search.tables.is_empty() => vec![NamedTable { name: one_table_name(&rel), rel }],
            Some(_) => {
                return self.error(self.operator, "`search in (…)` reads tables of its own, and stands first");
            }
            None => self.searched(env, &search.tables)?,
        };
        let legs = self.matching_rows(env, tables, &search.predicate, case_sensitive)?;
        self.united(legs, false, Some("$table"))
    }

    /// The tables to look through: those named, or all.
    fn searched(&mut self, env: &Env, tables: &[ast::Expr]) -> Bind<Vec<NamedTable>> {
        if tables.is_empty() {
            let all = NamePattern { text: "*".to_owned(), wildcard: true, span: self.operator };
            return self.matching(env, &all);
        }
        let all: Vec<Bind<Vec<NamedTable>>> = tables.iter().map(|table| self.tables_of(env, table)).collect();
        Ok(all.into_iter().collect::<Bind<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// The rows of each table that meet the predicate. A column that only other tables have is null.
    fn matching_rows(
        &mut self,
        env: &Env,
        tables: Vec<NamedTable>,
        predicate: &ast::Expr,
        case_sensitive: bool,
    ) -> Bind<Vec<NamedTable>> {
        let mut mentioned = Vec::new();
        mentions(predicate, &mut mentioned);
        let mut known = known_columns(&tables);
        known.retain(|column| mentioned.iter().any(|name| **name == *column.name));
        let mut legs = Vec::with_capacity(tables.len());
        let mut failed = None;
        for table in tables {
            let mut inner = env.clone();
            for column in &known {
                if !table.rel.columns.iter().any(|own| own.name == column.name) {
                    let null = Expr::literal(Value::Null, KustoType::Dynamic, predicate.span);
                    let null = cast(null, column.kind);
                    inner.set(&column.name, Binding::Scalar(Rc::new(Scalar::new(null, None))));
                }
            }
            let mut scope = Scope::row(&inner, &table.rel.columns, table.rel.visible);
            scope.search = Some(case_sensitive);
            let bound = self.condition(&mut scope, predicate);
            match bound {
                Ok(predicate) => {
                    let (columns, visible) = (table.rel.columns.clone(), table.rel.visible);
                    let node = Node::Filter { input: Box::new(table.rel), predicate };
                    let rel = self.rel(node, columns, visible, false)?;
                    legs.push(NamedTable { name: table.name, rel });
                }
                Err(reported) => failed = Some(reported),
            }
        }
        failed.map_or(Ok(legs), Err)
    }

    pub(super) fn find(&mut self, env: &Env, find: &ast::Find) -> Bind<Rel> {
        let source = word(&find.parameters, "withsource").or_else(|| word(&find.parameters, "with_source"));
        let source = source.map_or("source_", |(name, _)| name);
        let tables = self.searched(env, &find.tables)?;
        let known = known_columns(&tables);
        let mut mentioned = Vec::new();
        let everything = mentions(&find.predicate, &mut mentioned);
        let is_known = |name: &str| known.iter().any(|column| *column.name == *name);
        mentioned.retain(|name| is_known(name));
        // A table that has none of the columns in the predicate is left out, unless the predicate is over all columns.
        let several = tables.len() > 1;
        let tables: Vec<NamedTable> = tables
            .into_iter()
            .filter(|table| {
                everything
                    || !several
                    || mentioned.iter().any(|name| table.rel.columns.iter().any(|column| *column.name == **name))
            })
            .collect();
        if tables.is_empty() {
            return self.error(find.predicate.span, "no table has a column that this predicate names");
        }
        let known = known_columns(&tables);
        let chosen = self.found_columns(find, &known, tables.len(), &mentioned)?;
        let legs = self.matching_rows(env, tables, &find.predicate, false)?;
        let mut found = Vec::with_capacity(legs.len());
        for leg in legs {
            let rel = self.found_rows(leg.rel, &chosen)?;
            found.push(NamedTable { name: leg.name, rel });
        }
        self.united(found, false, Some(source))
    }

    /// The columns of `find`, and whether the rest is packed.
    fn found_columns(
        &mut self,
        find: &ast::Find,
        known: &[Known],
        tables: usize,
        mentioned: &[String],
    ) -> Bind<Chosen> {
        let mut columns: Vec<(Arc<str>, KustoType)> = Vec::new();
        let mut pack = false;
        if find.project.is_empty() || find.smart {
            for column in known {
                let wanted = column.tables == tables || mentioned.iter().any(|name| **name == *column.name);
                if wanted {
                    columns.push((Arc::clone(&column.name), column.kind));
                } else {
                    pack = true;
                }
            }
        } else {
            let source = word(&find.parameters, "withsource").or_else(|| word(&find.parameters, "with_source"));
            for item in &find.project {
                match &item.kind {
                    FindColumnKind::PackAll => pack = true,
                    FindColumnKind::Star => {
                        columns.extend(known.iter().map(|column| (Arc::clone(&column.name), column.kind)));
                    }
                    FindColumnKind::Column(name, _) if source.is_some_and(|(source, _)| source == name.text) => {}
                    FindColumnKind::Column(name, ty) => {
                        let Some(column) = known.iter().find(|column| *column.name == name.text) else {
                            let near = crate::kql::bind::suggest::nearest(
                                &name.text,
                                known.iter().map(|column| &*column.name),
                            );
                            let text = format!("no table has a column `{name}`");
                            return match crate::kql::bind::suggest::did_you_mean(&near) {
                                Some(help) => self.error_with(name.span, text, help),
                                None => self.error(name.span, text),
                            };
                        };
                        let kind = ty.as_ref().map_or(column.kind, |ty| kind_of(ty.scalar));
                        columns.push((Arc::clone(&column.name), kind));
                    }
                }
            }
        }
        let away: HashSet<&str> = find
            .project_away
            .iter()
            .filter_map(|item| match &item.kind {
                FindColumnKind::Column(name, _) => Some(name.text.as_str()),
                _ => None,
            })
            .collect();
        if find.project_away.iter().any(|item| matches!(item.kind, FindColumnKind::Star)) {
            columns.clear();
        }
        // A column that is named before a `*` is not added again.
        let mut seen: HashSet<Arc<str>> = HashSet::new();
        columns.retain(|(name, _)| !away.contains(&**name) && seen.insert(Arc::clone(name)));
        Ok(Chosen { columns, pack })
    }

    /// The chosen columns of a table, null where it lacks one, and the others packed.
    fn found_rows(&mut self, rel: Rel, chosen: &Chosen) -> Bind<Rel> {
        let Chosen { columns: chosen, pack } = chosen;
        let span = self.operator;
        let mut columns: Vec<Column> = Vec::with_capacity(chosen.len() + 1);
        let mut definitions = Vec::new();
        for (name, kind) in chosen {
            match rel.columns.iter().find(|column| column.name == *name) {
                Some(column) if column.kind == *kind => columns.push(column.clone()),
                found => {
                    let value = match found {
                        Some(column) => Expr::column(column.id, column.kind, span),
                        None => Expr::literal(Value::Null, KustoType::Dynamic, span),
                    };
                    let column = self.column(Arc::clone(name), *kind);
                    definitions.push(Definition { id: column.id, expr: cast(value, *kind) });
                    columns.push(column);
                }
            }
        }
        if *pack {
            let mut args = vec![Expr::literal(Value::Bool(false), KustoType::Bool, span)];
            for column in rel.visible_columns() {
                if !chosen.iter().any(|(name, _)| *name == column.name) {
                    args.push(Expr::literal(Value::String((*column.name).into()), KustoType::String, span));
                    args.push(Expr::column(column.id, column.kind, span));
                }
            }
            let packed = self.function_call("pack_all", args, KustoType::Dynamic, span)?;
            let column = self.column("pack_", KustoType::Dynamic);
            definitions.push(Definition { id: column.id, expr: packed });
            columns.push(column);
        }
        let visible = columns.len();
        self.rel(Node::Project { input: Box::new(rel), definitions }, columns, visible, false)
    }
}

/// The columns of tables by name; one of several types is of their common type, or dynamic.
fn known_columns(tables: &[NamedTable]) -> Vec<Known> {
    let mut known: Vec<Known> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for table in tables {
        for column in table.rel.visible_columns() {
            match places.get(&column.name) {
                None => {
                    places.insert(Arc::clone(&column.name), known.len());
                    known.push(Known { name: Arc::clone(&column.name), kind: column.kind, tables: 1 });
                }
                Some(place) => {
                    if let Some(same) = known.get_mut(*place) {
                        same.kind = common_of([same.kind, column.kind]).unwrap_or(KustoType::Dynamic);
                        same.tables += 1;
                    }
                }
            }
        }
    }
    known
}

/// Collects the names in a predicate; true if it is over all columns (`*`, or a term that stands alone).
fn mentions(predicate: &ast::Expr, names: &mut Vec<String>) -> bool {
    match &predicate.kind {
        ExprKind::Star | ExprKind::Literal(ast::Literal::String(_)) => true,
        ExprKind::Paren(inner) => mentions(inner, names),
        // Not `any`: the names of all parts are wanted.
        ExprKind::Logical(_, parts) => parts.iter().filter(|part| mentions(part, names)).count() > 0,
        ExprKind::Comparison(_, tested, _) | ExprKind::StringTest(_, tested, _) | ExprKind::ListTest(_, tested, _) => {
            named(predicate, names);
            matches!(tested.kind, ExprKind::Star)
        }
        _ => {
            named(predicate, names);
            false
        }
    }
}

/// Collects all names in an expression.
fn named(expr: &ast::Expr, names: &mut Vec<String>) {
    match &expr.kind {
        ExprKind::Name(name) => names.push(name.text.clone()),
        ExprKind::Paren(inner) | ExprKind::Member(inner, _) | ExprKind::Signed(_, inner) => named(inner, names),
        ExprKind::Comparison(_, a, b)
        | ExprKind::StringTest(_, a, b)
        | ExprKind::Arithmetic(_, a, b)
        | ExprKind::Index(a, b) => [a, b].into_iter().for_each(|part| named(part, names)),
        ExprKind::ListTest(_, value, list) => {
            named(value, names);
            list.iter().for_each(|part| named(part, names));
        }
        ExprKind::Logical(_, parts) => parts.iter().for_each(|part| named(part, names)),
        ExprKind::Between { value, low, high, .. } => {
            [value, low, high].into_iter().for_each(|part| named(part, names))
        }
        ExprKind::Call(call) => call.arguments.iter().for_each(|argument| named(&argument.expr, names)),
        _ => {}
    }
}
