//! `summarize`.

use std::sync::Arc;

use super::items::{Items, Style};
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::columns::{Slot, Source};
use crate::kql::bind::env::Env;
use crate::kql::bind::scope::{Aggregates, Scope};
use crate::kql::bind::tree::{AggregateCall, Column, ColumnId, Definition, Expr, Node, Rel};
use crate::kql::syntax::ast::{NamedExpr, Summarize};

/// The keys of a grouping.
pub(super) struct Keys {
    /// What the rows are grouped by.
    pub definitions: Vec<Definition>,
    /// The columns of the keys.
    pub columns: Vec<Column>,
    /// Of each, what it is in the list of items.
    sources: Vec<Source>,
    /// The columns of the input that are keys as they are.
    pub plain: Vec<ColumnId>,
}

impl Binder<'_> {
    pub(super) fn summarize(&mut self, env: &Env, input: Rel, summarize: &Summarize) -> Bind<Rel> {
        if let Some(bin) = &summarize.bin {
            return self.error_with(bin.span, "`by … bin = …` is an old spelling", "write `by bin(x, 1h)`");
        }
        if summarize.aggregates.is_empty() && summarize.by.is_empty() {
            return self.error(self.operator, "`summarize` has neither aggregates nor `by`");
        }
        let mut items = Items::default();
        let mut scope = Scope::row(env, &input.columns, input.visible);
        let keys = self.keys(&mut scope, &mut items, &summarize.by, true)?;
        let mut calls: Vec<AggregateCall> = Vec::new();
        let mut scope = Scope::row(env, &input.columns, input.visible);
        scope.keys = &keys.plain;
        scope.aggregates = Aggregates::Yes(&mut calls);
        self.items(&mut scope, &mut items, &summarize.aggregates, Style::Summarize)?;
        self.grouping(input, keys, items, calls)
    }

    /// Binds the keys of `by`: the first items of the list.
    pub(super) fn keys(
        &mut self,
        scope: &mut Scope<'_>,
        items: &mut Items,
        by: &[NamedExpr],
        skip_plain: bool,
    ) -> Bind<Keys> {
        self.items(scope, items, by, Style::Project)?;
        let plain = by.iter().filter_map(|key| self.plain_column(scope, &key.expr)).map(|column| column.id).collect();
        let mut keys = Keys { definitions: Vec::new(), columns: Vec::new(), sources: Vec::new(), plain };
        let slots: Vec<Slot> = items.projection.slots().to_vec();
        for slot in slots {
            if slot.kind == KustoType::Dynamic {
                return self.error_with(
                    by.get(keys.columns.len()).map_or(self.operator, |key| key.span),
                    format!("`{}` is dynamic, and dynamic values do not make groups", slot.name),
                    "convert it, as with `tostring(x)`",
                );
            }
            let expr = match slot.source {
                Source::Column(id) => Expr::column(id, slot.kind, self.operator),
                Source::Definition(place) => match items.definitions.get(place) {
                    Some(definition) => definition.expr.clone(),
                    None => continue,
                },
            };
            let column = self.column(Arc::clone(&slot.name), slot.kind);
            keys.definitions.push(Definition { id: column.id, expr });
            keys.columns.push(column);
            keys.sources.push(slot.source);
            if let Some(id) = slot.identity
                && skip_plain
            {
                items.projection.skip(id);
            }
        }
        Ok(keys)
    }

    /// The aggregate node, and above it what is computed from its outputs.
    fn grouping(&mut self, input: Rel, keys: Keys, items: Items, calls: Vec<AggregateCall>) -> Bind<Rel> {
        let Items { projection, definitions } = items;
        let mut columns = keys.columns.clone();
        for output in calls.iter().flat_map(|call| &call.outputs) {
            columns.push(Column {
                id: output.id,
                name: format!("_aggregate{}", output.id.0).into(),
                kind: output.kind,
            });
        }
        let slots = projection.into_slots();
        // A key keeps its source in the list, unless an aggregate took its place.
        let key_of = |place: usize, slot: &Slot| match keys.sources.get(place) {
            Some(source) if *source == slot.source => keys.columns.get(place).map(|column| column.id),
            _ => None,
        };
        let direct: Option<Vec<ColumnId>> = slots
            .iter()
            .enumerate()
            .map(|(place, slot)| match (key_of(place, slot), slot.source) {
                (Some(key), _) => Some(key),
                (None, Source::Column(id)) => Some(id),
                (None, Source::Definition(_)) => None,
            })
            .collect();
        let same = direct.is_some_and(|ids| ids.iter().eq(columns.iter().map(|column| &column.id)));
        if same {
            for (column, slot) in columns.iter_mut().zip(&slots) {
                column.name = Arc::clone(&slot.name);
            }
        }
        let visible = columns.len();
        let node = Node::Aggregate { input: Box::new(input), keys: keys.definitions.clone(), calls };
        let grouped = self.rel(node, columns, visible, false)?;
        if same {
            return Ok(grouped);
        }
        let mut above = Items { projection: Default::default(), definitions };
        for (place, mut slot) in slots.into_iter().enumerate() {
            if let Some(key) = key_of(place, &slot) {
                slot.source = Source::Column(key);
            }
            slot.identity = None;
            above.projection.add(slot, false);
        }
        self.projected(above, grouped, false, false)
    }
}
