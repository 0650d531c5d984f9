//! Operators that choose, name and order columns.

use std::cmp::Ordering;
use std::sync::Arc;

use super::items::{Items, Style, append_hidden};
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::columns::Projection;
use crate::kql::bind::env::Env;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::suggest;
use crate::kql::bind::table::{arc, matches};
use crate::kql::bind::tree::{Column, Node, Rel, Value};
use crate::kql::syntax::ast::{self, ExprKind, Name, NamePattern, NamedExpr, ReorderItem, ReorderOrder};

impl Binder<'_> {
    pub(super) fn extend(&mut self, env: &Env, mut input: Rel, list: &[NamedExpr], serialize: bool) -> Bind<Rel> {
        if serialize {
            input.serialized = true;
        }
        if list.is_empty() {
            // A bare `serialize` only says that the order counts.
            let (columns, visible) = (input.columns.clone(), input.visible);
            return self.rel(Node::Project { input: Box::new(input), definitions: Vec::new() }, columns, visible, true);
        }
        let serialized = input.serialized;
        // `serialize` adds; only `extend` replaces.
        let style = if serialize { Style::Project } else { Style::Extend };
        let (input, items) = self.over_rows(env, input, |binder, scope| {
            let mut items = Items::default();
            items.projection.add_input(scope.visible_columns(), false);
            binder.items(scope, &mut items, list, style)?;
            Ok(items)
        })?;
        self.projected(items, input, true, serialized)
    }

    pub(super) fn project(&mut self, env: &Env, input: Rel, list: &[NamedExpr]) -> Bind<Rel> {
        let serialized = input.serialized;
        let (input, items) = self.over_rows(env, input, |binder, scope| {
            let mut items = Items::default();
            binder.items(scope, &mut items, list, Style::Project)?;
            Ok(items)
        })?;
        self.projected(items, input, false, serialized)
    }

    pub(super) fn project_away(&mut self, input: Rel, patterns: &[NamePattern]) -> Bind<Rel> {
        let gone = self.named_columns(&input, patterns)?;
        let visible: Vec<Column> = input
            .visible_columns()
            .iter()
            .filter(|column| !gone.iter().any(|away| away.id == column.id))
            .cloned()
            .collect();
        let hidden: Vec<Column> = input
            .hidden_columns()
            .iter()
            .filter(|column| !gone.iter().any(|away| away.id == column.id))
            .cloned()
            .collect();
        self.chosen(input, visible, &hidden)
    }

    pub(super) fn project_keep(&mut self, input: Rel, patterns: &[NamePattern]) -> Bind<Rel> {
        let kept = self.named_columns(&input, patterns)?;
        let columns = input.columns.iter().filter(|column| kept.iter().any(|keep| keep.id == column.id)).cloned();
        let columns = columns.collect();
        self.chosen(input, columns, &[])
    }

    /// The columns of the input in this order, and hidden ones behind them.
    fn chosen(&mut self, input: Rel, mut columns: Vec<Column>, hidden: &[Column]) -> Bind<Rel> {
        let (visible, serialized) = (columns.len(), input.serialized);
        append_hidden(&mut columns, hidden);
        self.rel(Node::Project { input: Box::new(input), definitions: Vec::new() }, columns, visible, serialized)
    }

    /// The columns that names and wildcards mean; a wildcard finds visible ones only.
    fn named_columns(&mut self, input: &Rel, patterns: &[NamePattern]) -> Bind<Vec<Column>> {
        let mut found = Vec::new();
        let mut failed = None;
        for pattern in patterns {
            match self.pattern_columns(input, pattern) {
                Ok(columns) => found.extend(columns),
                Err(reported) => failed = Some(reported),
            }
        }
        failed.map_or(Ok(found), Err)
    }

    fn pattern_columns(&mut self, input: &Rel, pattern: &NamePattern) -> Bind<Vec<Column>> {
        if !pattern.wildcard {
            let name = Name::new(pattern.text.as_str(), pattern.span);
            return Ok(vec![self.input_column(&input.columns, &name)?.clone()]);
        }
        let found: Vec<Column> =
            input.visible_columns().iter().filter(|column| matches(&pattern.text, &column.name)).cloned().collect();
        if found.is_empty() {
            let known = input.visible_columns().iter().map(|column| &*column.name);
            let near = suggest::nearest(pattern.text.trim_matches('*'), known);
            let message = format!("no column is called like `{}`", pattern.text);
            return match suggest::did_you_mean(&near) {
                Some(help) => self.error_with(pattern.span, message, help),
                None => self.error(pattern.span, message),
            };
        }
        Ok(found)
    }

    pub(super) fn project_rename(&mut self, input: Rel, list: &[NamedExpr]) -> Bind<Rel> {
        let mut projection = Projection::default();
        projection.add_input(input.visible_columns(), true);
        // A hidden column that is renamed becomes a visible one.
        let mut shown: Vec<Column> = Vec::new();
        for item in list {
            let (Some(new), ExprKind::Name(old)) = (item.name(), &item.expr.kind) else {
                return self.error_with(item.span, "a new name for a column is wanted here", "write `new = old`");
            };
            let column = self.input_column(&input.columns, old)?.clone();
            let is_hidden = input.hidden_columns().iter().any(|hidden| hidden.id == column.id);
            let new_name = arc(new);
            let renamed = if is_hidden {
                shown.push(Column { name: Arc::clone(&new_name), ..column });
                projection.slots().iter().all(|slot| slot.name != new_name)
            } else {
                projection.rename(&old.text, &new_name).is_ok()
            };
            if !renamed {
                return self.error(new.span, format!("there is a column `{new}` already"));
            }
        }
        let mut columns = Vec::with_capacity(input.columns.len());
        for (slot, column) in projection.slots().iter().zip(input.visible_columns()) {
            columns.push(Column { id: column.id, name: Arc::clone(&slot.name), kind: column.kind });
        }
        columns.extend(shown);
        let hidden = input.hidden_columns().to_vec();
        self.chosen(input, columns, &hidden)
    }

    pub(super) fn project_reorder(&mut self, input: Rel, list: &[ReorderItem]) -> Bind<Rel> {
        let mut columns: Vec<Column> = Vec::with_capacity(input.columns.len());
        for item in list {
            let mut found = self.pattern_columns(&input, &item.columns)?;
            if let Some(order) = item.order {
                found.sort_by(|a, b| ordered(order, &a.name, &b.name));
            }
            for column in found {
                if columns.iter().all(|other| other.id != column.id) {
                    columns.push(column);
                }
            }
        }
        for column in input.visible_columns() {
            if columns.iter().all(|other| other.id != column.id) {
                columns.push(column.clone());
            }
        }
        let hidden = input.hidden_columns().to_vec();
        self.chosen(input, columns, &hidden)
    }

    /// `project-by-names`: the names are computed from constants.
    pub(super) fn project_by_names(&mut self, env: &Env, input: Rel, names: &[ast::Expr]) -> Bind<Rel> {
        let mut columns: Vec<Column> = Vec::new();
        for expr in names {
            let bound = self.expr(&mut Scope::bare(env), expr)?;
            let texts: Vec<String> = match bound.as_literal() {
                Some(Value::String(text)) => vec![text.to_string()],
                Some(Value::Dynamic(json)) => match serde_json::from_str::<Vec<String>>(json) {
                    Ok(texts) => texts,
                    Err(_) => return self.error(expr.span, "an array of texts is wanted here"),
                },
                _ => return self.error(expr.span, "the names of columns are constant here"),
            };
            for text in texts {
                for column in input.visible_columns().iter().filter(|column| matches(&text, &column.name)) {
                    if columns.iter().all(|other| other.id != column.id) {
                        columns.push(column.clone());
                    }
                }
            }
        }
        self.chosen(input, columns, &[])
    }
}

/// The order of names that `project-reorder` is told.
fn ordered(order: ReorderOrder, a: &str, b: &str) -> Ordering {
    match order {
        ReorderOrder::Asc => a.cmp(b),
        ReorderOrder::Desc => b.cmp(a),
        ReorderOrder::GrannyAsc => natural(a, b),
        ReorderOrder::GrannyDesc => natural(b, a),
    }
}

/// Compares texts with the numbers in them as numbers.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let (Some(x), Some(y)) = (a.first(), b.first()) else { return a.len().cmp(&b.len()) };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (left, right) = (digits(a), digits(b));
            let order = left.len().cmp(&right.len()).then_with(|| left.cmp(right));
            if order != Ordering::Equal {
                return order;
            }
            let skip = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (a, b) = (a.get(skip(a)..).unwrap_or_default(), b.get(skip(b)..).unwrap_or_default());
        } else if x == y {
            (a, b) = (a.get(1..).unwrap_or_default(), b.get(1..).unwrap_or_default());
        } else {
            return x.cmp(y);
        }
    }
}

/// The number at the start, without leading zeros.
fn digits(text: &[u8]) -> &[u8] {
    let end = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let start = text.iter().take(end).take_while(|byte| **byte == b'0').count();
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = ["c20", "c3", "c03x", "b9", "c3x"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["b9", "c3", "c03x", "c3x", "c20"]);
    }
}
