//! Operators that choose and order rows.

use std::sync::Arc;

use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder, columns_of};
use crate::kql::bind::env::Env;
use crate::kql::bind::expr::cast;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::tree::{AggregateCall, Column, Definition, Expr, Node, Output, Rel, SortKey};
use crate::kql::facts::{self, FunctionClass};
use crate::kql::syntax::ast::{self, Direction, ExprKind, Name, NamedExpr, NullsOrder};

impl Binder<'_> {
    pub(super) fn filter(&mut self, env: &Env, input: Rel, predicate: &NamedExpr) -> Bind<Rel> {
        if let Some(ast::Target::One(name)) = &predicate.target
            && matches!(&predicate.expr.kind, ExprKind::Literal(value) if !matches!(value, ast::Literal::Bool(_)))
        {
            let message = "`=` gives a value a name, and compares nothing";
            return self.error_with(predicate.span, message, format!("write `{} == …`", name.text));
        }
        let (input, predicate) =
            self.over_rows(env, input, |binder, scope| binder.condition(scope, &predicate.expr))?;
        let (columns, visible) = columns_of(&input);
        let serialized = input.serialized;
        self.rel(Node::Filter { input: Box::new(input), predicate }, columns, visible, serialized)
    }

    pub(super) fn take(&mut self, env: &Env, input: Rel, count: &ast::Expr) -> Bind<Rel> {
        let count = self.count(env, count)?;
        let (columns, visible) = columns_of(&input);
        let serialized = input.serialized;
        self.rel(Node::Limit { input: Box::new(input), count }, columns, visible, serialized)
    }

    pub(super) fn sample(&mut self, env: &Env, input: Rel, count: &ast::Expr) -> Bind<Rel> {
        let count = self.count(env, count)?;
        let (columns, visible) = columns_of(&input);
        self.rel(Node::Sample { input: Box::new(input), count }, columns, visible, false)
    }

    pub(super) fn sort(&mut self, env: &Env, input: Rel, keys: &[ast::SortKey]) -> Bind<Rel> {
        let (input, keys) = self.over_rows(env, input, |binder, scope| {
            let all: Vec<Bind<SortKey>> = keys.iter().map(|key| binder.sort_key(scope, key, false)).collect();
            all.into_iter().collect::<Bind<Vec<SortKey>>>()
        })?;
        let (columns, visible) = columns_of(&input);
        self.rel(Node::Sort { input: Box::new(input), keys }, columns, visible, true)
    }

    pub(super) fn top(&mut self, env: &Env, input: Rel, count: &ast::Expr, key: &ast::SortKey) -> Bind<Rel> {
        let count = self.count(env, count)?;
        let (input, key) = self.over_rows(env, input, |binder, scope| binder.sort_key(scope, key, true))?;
        let (columns, visible) = columns_of(&input);
        let sort = Node::Sort { input: Box::new(input), keys: vec![key] };
        let sorted = self.rel(sort, columns.clone(), visible, true)?;
        self.rel(Node::Limit { input: Box::new(sorted), count }, columns, visible, true)
    }

    /// A key of an order. `top` takes dynamic values by their text, `sort` does not.
    pub(super) fn sort_key(&mut self, scope: &mut Scope<'_>, key: &ast::SortKey, dynamic: bool) -> Bind<SortKey> {
        let mut expr = self.named_expr(scope, &key.expr)?;
        if expr.kind == KustoType::Dynamic {
            if !dynamic {
                return self.error_with(
                    key.span,
                    "a dynamic value has no order",
                    "convert it, as with `tostring(x)` or `tolong(x)`",
                );
            }
            self.note(key.span, "a dynamic value is ordered by its text");
            expr = cast(expr, KustoType::String);
        }
        let descending = !matches!(key.direction, Some(Direction::Asc | Direction::GrannyAsc));
        let nulls_first = match key.nulls {
            Some(NullsOrder::First) => true,
            Some(NullsOrder::Last) => false,
            None => !descending,
        };
        let natural = matches!(key.direction, Some(Direction::GrannyAsc | Direction::GrannyDesc));
        Ok(SortKey { expr, descending, nulls_first, natural })
    }

    pub(super) fn distinct(&mut self, env: &Env, input: Rel, list: &[NamedExpr]) -> Bind<Rel> {
        let mut items = super::Items::default();
        let mut scope = Scope::row(env, &input.columns, input.visible);
        self.items(&mut scope, &mut items, list, super::items::Style::Project)?;
        let star = list.iter().any(|item| matches!(item.expr.kind, ExprKind::Star));
        let projected = self.projected(items, input, false, false)?;
        if let Some(column) = projected.columns.iter().find(|column| column.kind == KustoType::Dynamic) {
            let message = format!("`{}` is dynamic, and dynamic values cannot be told apart", column.name);
            let help = match star {
                true => format!("name the columns, or write `extend {0} = tostring({0})` before", column.name),
                false => "convert it, as with `tostring(x)`".to_owned(),
            };
            return self.error_with(self.operator, message, help);
        }
        self.grouped(projected)
    }

    /// The distinct rows of a relation.
    pub(super) fn grouped(&mut self, input: Rel) -> Bind<Rel> {
        let mut keys = Vec::with_capacity(input.visible);
        let mut columns = Vec::with_capacity(input.visible);
        for column in input.visible_columns() {
            let id = self.column_id();
            keys.push(Definition { id, expr: Expr::column(column.id, column.kind, self.operator) });
            columns.push(Column { id, name: Arc::clone(&column.name), kind: column.kind });
        }
        let visible = columns.len();
        self.rel(Node::Aggregate { input: Box::new(input), keys, calls: Vec::new() }, columns, visible, false)
    }

    pub(super) fn sample_distinct(&mut self, env: &Env, input: Rel, count: &ast::Expr, of: &NamedExpr) -> Bind<Rel> {
        let count = self.count(env, count)?;
        let distinct = self.distinct(env, input, std::slice::from_ref(of))?;
        let (columns, visible) = columns_of(&distinct);
        self.rel(Node::Limit { input: Box::new(distinct), count }, columns, visible, false)
    }

    pub(super) fn count_rows(&mut self, input: Rel, name: Option<&Name>) -> Bind<Rel> {
        let column = self.column(name.map_or("Count", |name| name.text.as_str()), KustoType::Long);
        let call = self.plain_call("count", Vec::new(), &column)?;
        let node = Node::Aggregate { input: Box::new(input), keys: Vec::new(), calls: vec![call] };
        self.rel(node, vec![column], 1, false)
    }

    /// A call of an aggregate that is known to exist.
    pub fn plain_call(&mut self, name: &str, args: Vec<Expr>, output: &Column) -> Bind<AggregateCall> {
        match facts::of_class(name, FunctionClass::Aggregate) {
            Some(function) => {
                let outputs = vec![Output { id: output.id, kind: output.kind }];
                Ok(AggregateCall { function, args, outputs })
            }
            None => self.error(self.operator, format!("the facts lack `{name}`")),
        }
    }

    /// `top-hitters n of x by y`: the sums (or counts) of each value, the greatest first.
    pub(super) fn top_hitters(
        &mut self,
        env: &Env,
        input: Rel,
        count: &ast::Expr,
        of: &NamedExpr,
        by: Option<&NamedExpr>,
    ) -> Bind<Rel> {
        let count = self.count(env, count)?;
        let mut items = super::Items::default();
        let mut scope = Scope::row(env, &input.columns, input.visible);
        self.item(&mut scope, &mut items, of, super::items::Style::Project)?;
        let weight = by.map(|by| self.named_expr(&mut scope, by)).transpose()?;
        let measured = by.unwrap_or(of);
        let measured = measured
            .name()
            .map(|name| name.text.clone())
            .unwrap_or_else(|| self.name_of(&scope, &measured.expr, super::items::Style::Project).to_string());
        let Some(slot) = items.projection.slots().first().cloned() else {
            return self.error(of.span, "a value is wanted here");
        };
        let key = match slot.source {
            crate::kql::bind::columns::Source::Column(id) => Expr::column(id, slot.kind, of.span),
            crate::kql::bind::columns::Source::Definition(place) => match items.definitions.into_iter().nth(place) {
                Some(definition) => definition.expr,
                None => return self.error(of.span, "a value is wanted here"),
            },
        };
        let value = self.column(slot.name, slot.kind);
        let (rank, call) = match weight {
            Some(weight) => {
                let kind = crate::kql::bind::types::promoted(weight.kind);
                if !crate::kql::bind::types::is_number(kind) {
                    return self.error(weight.span, format!("a number is wanted here, and this is of type {kind}"));
                }
                let rank = self.column(format!("approximate_sum_{measured}"), kind);
                let call = self.plain_call("sum", vec![weight], &rank)?;
                (rank, call)
            }
            None => {
                let rank = self.column(format!("approximate_count_{measured}"), KustoType::Long);
                let call = self.plain_call("count", Vec::new(), &rank)?;
                (rank, call)
            }
        };
        let columns = vec![value.clone(), rank.clone()];
        let keys = vec![Definition { id: value.id, expr: key }];
        let grouped =
            self.rel(Node::Aggregate { input: Box::new(input), keys, calls: vec![call] }, columns.clone(), 2, false)?;
        let by_rank = SortKey {
            expr: Expr::column(rank.id, rank.kind, self.operator),
            descending: true,
            nulls_first: false,
            natural: false,
        };
        let sorted =
            self.rel(Node::Sort { input: Box::new(grouped), keys: vec![by_rank] }, columns.clone(), 2, true)?;
        self.rel(Node::Limit { input: Box::new(sorted), count }, columns, 2, true)
    }
}
