//! Lists of named expressions, as `project`, `extend`, `print` and `summarize` have them, to columns.

use std::collections::HashSet;
use std::sync::Arc;

use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::columns::{Projection, Slot, Source, slot_of};
use crate::kql::bind::expr::Raw;
use crate::kql::bind::naming::Names;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::table::arc;
use crate::kql::bind::tree::{Column, ColumnId, Definition, Expr, ExprNode, Node, PathFunction, Rel};
use crate::kql::syntax::ast::{self, ExprKind, Name, NamedExpr, Span, Target};

/// The columns of an operator and what defines them.
#[derive(Default)]
pub(in crate::kql::bind) struct Items {
    pub projection: Projection,
    pub definitions: Vec<Definition>,
}

/// How a list is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kql::bind) enum Style {
    /// The columns are these.
    Project,
    /// These columns are added or replaced.
    Extend,
    /// `print`: an unnamed one is called `print_` and its place.
    Print(usize),
    /// The expressions are over aggregates.
    Summarize,
}

impl Binder<'_> {
    /// Binds the items of a list, all of them before it fails.
    pub fn items(&mut self, scope: &mut Scope<'_>, items: &mut Items, list: &[NamedExpr], style: Style) -> Bind<()> {
        let all: Vec<Bind<()>> = list
            .iter()
            .enumerate()
            .map(|(place, item)| {
                let style = if matches!(style, Style::Print(_)) { Style::Print(place) } else { style };
                self.item(scope, items, item, style)
            })
            .collect();
        all.into_iter().collect()
    }

    /// Binds one item.
    pub fn item(&mut self, scope: &mut Scope<'_>, items: &mut Items, item: &NamedExpr, style: Style) -> Bind<()> {
        if item.target.is_none() && matches!(item.expr.kind, ExprKind::Star) && scope.sees_columns() {
            for column in scope.visible_columns() {
                items.projection.add(slot_of(column), true);
            }
            return Ok(());
        }
        let plain = self.plain_column(scope, &item.expr);
        let mut raw = self.raw(scope, &item.expr)?;
        raw.expr = self.spread(scope, raw.expr, PathFunction::Map)?;
        match &item.target {
            Some(Target::One(name)) => self.one_name(items, name, &item.expr, raw, style),
            Some(Target::Many(names, span)) => self.many_names(items, names, *span, raw, style),
            None => match plain {
                Some(column) => {
                    let slot = slot_of(&column);
                    self.declare_slot(items, slot, item.span, false)
                }
                None => self.unnamed(scope, items, &item.expr, raw, style),
            },
        }
    }

    fn one_name(&mut self, items: &mut Items, name: &Name, expr: &ast::Expr, raw: Raw, style: Style) -> Bind<()> {
        let several = !raw.fields.is_empty();
        let replace = several || matches!(expr.kind, ExprKind::Name(_)) || style == Style::Extend;
        let slot = self.defined(items, arc(name), raw.expr, None);
        self.declare_slot(items, slot, name.span, replace)?;
        if several && !matches!(style, Style::Print(_)) {
            for field in raw.fields.into_iter().skip(1) {
                let slot = self.defined(items, field.name.into(), field.expr, field.identity);
                items.projection.add(slot, false);
            }
        }
        Ok(())
    }

    fn many_names(&mut self, items: &mut Items, names: &[Name], span: Span, raw: Raw, style: Style) -> Bind<()> {
        if raw.fields.is_empty() {
            let [name] = names else {
                return self.error_with(
                    span,
                    "this expression has one value, and cannot have several names",
                    "several values come from `arg_max`, `arg_min`, `percentiles`, `series_fit_line` and the like",
                );
            };
            let slot = self.defined(items, arc(name), raw.expr, None);
            return self.declare_slot(items, slot, name.span, style == Style::Extend);
        }
        if let Some(name) = names.get(raw.fields.len()) {
            let count = raw.fields.len();
            return self.error(name.span, format!("the expression has {count} values, and none for `{name}`"));
        }
        for (place, field) in raw.fields.into_iter().enumerate() {
            match names.get(place) {
                Some(name) => {
                    let slot = self.defined(items, arc(name), field.expr, None);
                    self.declare_slot(items, slot, name.span, style == Style::Extend)?;
                }
                None if matches!(style, Style::Print(_)) => {}
                None => {
                    let slot = self.defined(items, field.name.into(), field.expr, field.identity);
                    items.projection.add(slot, style == Style::Extend);
                }
            }
        }
        Ok(())
    }

    fn unnamed(
        &mut self,
        scope: &mut Scope<'_>,
        items: &mut Items,
        expr: &ast::Expr,
        raw: Raw,
        style: Style,
    ) -> Bind<()> {
        if let Style::Print(place) = style
            && raw.fields.len() <= 1
        {
            let slot = self.defined(items, format!("print_{place}").into(), raw.expr, None);
            items.projection.add(slot, false);
            return Ok(());
        }
        if !raw.fields.is_empty() {
            for field in raw.fields {
                let slot = self.defined(items, field.name.into(), field.expr, field.identity);
                items.projection.add(slot, false);
            }
            return Ok(());
        }
        let name = self.name_of(scope, expr, style);
        let slot = self.defined(items, name, raw.expr, None);
        items.projection.add(slot, style == Style::Extend);
        Ok(())
    }

    /// The name of an unnamed expression.
    pub fn name_of(&mut self, scope: &Scope<'_>, expr: &ast::Expr, style: Style) -> Arc<str> {
        let has_column = |name: &str| scope.visible_column(name).is_some();
        let found = match style {
            Style::Summarize => self.aggregate_name(scope, expr),
            _ => Names::new(scope.env, false, &has_column).of(expr),
        };
        match found {
            Some(name) => name.into(),
            None => self.next_unnamed(scope, style == Style::Extend),
        }
    }

    /// `ColumnN` with the next number that means nothing else.
    fn next_unnamed(&mut self, scope: &Scope<'_>, beside_input: bool) -> Arc<str> {
        loop {
            let name = format!("Column{}", self.unnamed);
            self.unnamed = self.unnamed.saturating_add(1);
            let taken = scope.env.get(&name).is_some()
                || self.schemas.table(&name).is_some()
                || beside_input && scope.columns.iter().any(|column| *column.name == *name);
            if !taken {
                return name.into();
            }
        }
    }

    /// A column that holds an expression: a column of the input as it is, anything else by a definition.
    pub fn defined(&mut self, items: &mut Items, name: Arc<str>, expr: Expr, identity: Option<ColumnId>) -> Slot {
        let kind = expr.kind;
        if let ExprNode::Column(id) = expr.node {
            return Slot { name, kind, source: Source::Column(id), identity };
        }
        let definition = Definition { id: self.column_id(), expr };
        items.definitions.push(definition);
        Slot { name, kind, source: Source::Definition(items.definitions.len() - 1), identity }
    }

    pub fn declare_slot(&mut self, items: &mut Items, slot: Slot, span: Span, replace: bool) -> Bind<()> {
        let name = Arc::clone(&slot.name);
        match items.projection.declare(slot, replace) {
            Ok(()) => Ok(()),
            Err(_) => self.error_with(
                span,
                format!("the column `{name}` is there twice"),
                format!("give one another name, as with `{name}_2 = …`"),
            ),
        }
    }

    /// The columns of the items over their input. With `hidden`, the input's hidden columns come along under names that are free.
    pub fn projected(&mut self, items: Items, input: Rel, hidden: bool, serialized: bool) -> Bind<Rel> {
        let Items { projection, mut definitions } = items;
        let mut columns: Vec<Column> = Vec::new();
        let mut passed: HashSet<ColumnId> = HashSet::new();
        let mut used = vec![false; definitions.len()];
        for slot in projection.into_slots() {
            let id = match slot.source {
                Source::Column(id) if passed.insert(id) => id,
                // The same column once more: under an identity of its own.
                Source::Column(id) => {
                    let own = self.column_id();
                    definitions.push(Definition { id: own, expr: Expr::column(id, slot.kind, self.operator) });
                    used.push(true);
                    own
                }
                Source::Definition(place) => {
                    if let Some(used) = used.get_mut(place) {
                        *used = true;
                    }
                    match definitions.get(place) {
                        Some(definition) => definition.id,
                        None => continue,
                    }
                }
            };
            columns.push(Column { id, name: slot.name, kind: slot.kind });
        }
        // What was replaced again is not computed.
        let mut used = used.into_iter();
        definitions.retain(|_| used.next().unwrap_or(true));
        let visible = columns.len();
        if hidden {
            append_hidden(&mut columns, input.hidden_columns());
        }
        self.rel(Node::Project { input: Box::new(input), definitions }, columns, visible, serialized)
    }

    /// A name that must be a column of the input.
    pub fn input_column<'c>(&mut self, columns: &'c [Column], name: &Name) -> Bind<&'c Column> {
        match columns.iter().find(|column| *column.name == name.text) {
            Some(column) => Ok(column),
            None => {
                let known = columns.iter().map(|column| &*column.name);
                let near = crate::kql::bind::suggest::nearest(&name.text, known);
                let message = format!("`{name}` is not a column here");
                match crate::kql::bind::suggest::did_you_mean(&near) {
                    Some(help) => self.error_with(name.span, message, help),
                    None => self.error(name.span, message),
                }
            }
        }
    }

    /// A slot for a new column of a node, which is no expression.
    pub fn new_slot(&mut self, name: Arc<str>, kind: KustoType) -> (Slot, ColumnId) {
        let id = self.column_id();
        (Slot { name, kind, source: Source::Column(id), identity: None }, id)
    }
}

/// Adds hidden columns whose names and identities are free.
pub(super) fn append_hidden(columns: &mut Vec<Column>, hidden: &[Column]) {
    let visible = columns.len();
    for column in hidden {
        let taken = columns
            .get(..visible)
            .unwrap_or_default()
            .iter()
            .any(|other| other.name == column.name || other.id == column.id);
        if !taken {
            columns.push(column.clone());
        }
    }
}
