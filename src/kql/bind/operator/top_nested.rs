//! `top-nested`.

use std::sync::Arc;

use super::items::Style;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::columns::UniqueNames;
use crate::kql::bind::env::Env;
use crate::kql::bind::expr::cast;
use crate::kql::bind::scope::{Aggregates, Scope};
use crate::kql::bind::table::arc;
use crate::kql::bind::tree::{AggregateCall, Column, Definition, Node, Rel, TopLevel, TopNested};
use crate::kql::bind::types::widens;
use crate::kql::syntax::ast::{Direction, TopNestedLevel};

impl Binder<'_> {
    pub(super) fn top_nested(&mut self, env: &Env, input: Rel, list: &[TopNestedLevel]) -> Bind<Rel> {
        let mut names = UniqueNames::default();
        let mut columns = Vec::with_capacity(list.len() * 2);
        let mut levels = Vec::with_capacity(list.len());
        for level in list {
            let count = level.count.as_ref().map(|count| self.count(env, count)).transpose()?;
            let mut scope = Scope::row(env, &input.columns, input.visible);
            let of = self.named_expr(&mut scope, &level.of)?;
            let of_name = match level.of.name() {
                Some(name) => arc(name),
                None => self.name_of(&scope, &level.of.expr, Style::Project),
            };
            let of_column = self.column(names.unique(&of_name), of.kind);
            let others = match &level.others {
                None => None,
                Some(others) => {
                    let bound = self.expr(&mut Scope::bare(env), others)?;
                    if bound.kind != of.kind && !widens(bound.kind, of.kind) {
                        let message = format!("`others` is of type {}, and the values are {}", bound.kind, of.kind);
                        return self.error(others.span, message);
                    }
                    Some(cast(bound, of.kind))
                }
            };
            let mut calls: Vec<AggregateCall> = Vec::new();
            let mut scope = Scope::row(env, &input.columns, input.visible);
            scope.aggregates = Aggregates::Yes(&mut calls);
            let by = self.named_expr(&mut scope, &level.by.expr)?;
            let by_name: Arc<str> = match level.by.expr.name() {
                Some(name) => arc(name),
                None => format!("aggregated_{}", of_column.name).into(),
            };
            let by_column = self.column(names.unique(&by_name), by.kind);
            levels.push(TopLevel {
                count,
                of: Definition { id: of_column.id, expr: of },
                others,
                calls,
                by: Definition { id: by_column.id, expr: by },
                descending: !matches!(level.by.direction, Some(Direction::Asc | Direction::GrannyAsc)),
            });
            let pair: [Column; 2] = [of_column, by_column];
            columns.extend(pair);
        }
        let visible = columns.len();
        self.rel(Node::TopNested(Box::new(TopNested { input, levels })), columns, visible, true)
    }
}
