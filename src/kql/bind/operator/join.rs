//! `join` and `lookup`.

use std::collections::HashSet;
use std::sync::Arc;

use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::columns::{UniqueNames, make_unique};
use crate::kql::bind::env::Env;
use crate::kql::bind::expr::cast;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::tree::{Column, ColumnId, Expr, JoinKey, JoinKind, Node, Rel};
use crate::kql::bind::types::common;
use crate::kql::facts::words::{JOIN_KINDS, LOOKUP_KINDS};
use crate::kql::syntax::ast::{self, Comparison, ExprKind, JoinCondition, Logical, Span};

impl Binder<'_> {
    pub(super) fn join(&mut self, env: &Env, left: Rel, join: &ast::Join) -> Bind<Rel> {
        let kind = match self.one_of(&join.parameters, "kind", &JOIN_KINDS)? {
            None | Some("innerunique") => JoinKind::InnerUnique,
            Some("leftouter") => JoinKind::LeftOuter,
            Some("rightouter") => JoinKind::RightOuter,
            Some("fullouter") => JoinKind::FullOuter,
            Some("leftsemi") => JoinKind::LeftSemi,
            Some("leftanti" | "anti" | "leftantisemi") => JoinKind::LeftAnti,
            Some("rightsemi") => JoinKind::RightSemi,
            Some("rightanti" | "rightantisemi") => JoinKind::RightAnti,
            Some(_) => JoinKind::Inner,
        };
        let right = self.table(env, &join.right)?;
        let on = self.join_keys(env, &left, &right, join.condition.as_ref())?;
        let sides = match kind {
            JoinKind::LeftSemi | JoinKind::LeftAnti => [Some(&left), None],
            JoinKind::RightSemi | JoinKind::RightAnti => [None, Some(&right)],
            _ => [Some(&left), Some(&right)],
        };
        let (columns, visible) = beside(sides, &HashSet::new());
        let node = Node::Join { kind, left: Box::new(left), right: Box::new(right), on };
        self.rel(node, columns, visible, false)
    }

    pub(super) fn lookup(&mut self, env: &Env, left: Rel, join: &ast::Join) -> Bind<Rel> {
        let kind = match self.one_of(&join.parameters, "kind", &LOOKUP_KINDS)? {
            Some("inner") => JoinKind::Inner,
            _ => JoinKind::LeftOuter,
        };
        let right = self.table(env, &join.right)?;
        let on = self.join_keys(env, &left, &right, join.condition.as_ref())?;
        // The keys of the right side are those of the left.
        let mut keys: HashSet<ColumnId> = HashSet::new();
        for key in &on {
            key.right.walk(&mut |part| keys.extend(part.as_column()));
        }
        let (columns, visible) = beside([Some(&left), Some(&right)], &keys);
        let node = Node::Join { kind, left: Box::new(left), right: Box::new(right), on };
        self.rel(node, columns, visible, false)
    }

    fn join_keys(
        &mut self,
        env: &Env,
        left: &Rel,
        right: &Rel,
        condition: Option<&JoinCondition>,
    ) -> Bind<Vec<JoinKey>> {
        let on = match condition {
            Some(JoinCondition::On(on)) => on,
            Some(JoinCondition::Where(expr)) => {
                return self.error_with(
                    expr.span,
                    "`where` of a join is not documented",
                    "write `on a, $left.b == $right.c`",
                );
            }
            None => {
                return self.error_with(
                    self.operator,
                    "there is no condition to join on",
                    "write `on Column`, or `on $left.a == $right.b`",
                );
            }
        };
        let mut keys = Vec::with_capacity(on.len());
        let mut failed = None;
        for expr in on {
            if let Err(reported) = self.join_key(env, left, right, expr, &mut keys) {
                failed = Some(reported);
            }
        }
        failed.map_or(Ok(keys), Err)
    }

    fn join_key(&mut self, env: &Env, left: &Rel, right: &Rel, expr: &ast::Expr, keys: &mut Vec<JoinKey>) -> Bind<()> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.join_key(env, left, right, inner, keys),
            ExprKind::Logical(Logical::And, parts) => {
                parts.iter().try_for_each(|part| self.join_key(env, left, right, part, keys))
            }
            ExprKind::Name(name) => {
                let on = |rel: &Rel| rel.columns.iter().find(|column| *column.name == name.text).cloned();
                match (on(left), on(right)) {
                    (Some(a), Some(b)) => {
                        let span = self.at(name.span);
                        let side = |column: &Column| Expr::column(column.id, column.kind, span);
                        let key = self.key(side(&a), side(&b), name.span)?;
                        keys.push(key);
                        Ok(())
                    }
                    (found, _) => {
                        let (side, columns) =
                            if found.is_some() { ("right", &right.columns) } else { ("left", &left.columns) };
                        let known = columns.iter().map(|column| &*column.name);
                        let near = crate::kql::bind::suggest::nearest(&name.text, known);
                        let message = format!("the {side} side has no column `{name}`");
                        match crate::kql::bind::suggest::did_you_mean(&near) {
                            Some(help) => self.error_with(name.span, message, help),
                            None => self.error_with(
                                name.span,
                                message,
                                "write `on $left.a == $right.b` if the names differ",
                            ),
                        }
                    }
                }
            }
            ExprKind::Comparison(Comparison::Equal, a, b) => {
                let mut scope = Scope::row(env, &left.columns, left.visible);
                scope.right = Some(&right.columns);
                let (a, b) = match (side_of(a), side_of(b)) {
                    (Some(Side::Left), Some(Side::Right)) => (a, b),
                    (Some(Side::Right), Some(Side::Left)) => (b, a),
                    _ => return self.wrong_condition(expr.span),
                };
                let (a, b) = self.both(&mut scope, a, b)?;
                let key = self.key(a, b, expr.span)?;
                keys.push(key);
                Ok(())
            }
            _ => self.wrong_condition(expr.span),
        }
    }

    fn wrong_condition<T>(&mut self, span: Span) -> Bind<T> {
        self.error_with(
            span,
            "a join takes equal columns only",
            "write `on a`, or `on $left.a == $right.b`; compute columns with `extend` before, and test others with `where` behind",
        )
    }

    /// A pair of equal columns.
    fn key(&mut self, left: Expr, right: Expr, span: Span) -> Bind<JoinKey> {
        let (a, b) = (left.kind, right.kind);
        if a == KustoType::Dynamic && b == KustoType::Dynamic {
            self.note(span, "dynamic keys are joined by their text");
            let text = KustoType::String;
            return Ok(JoinKey { left: cast(left, text), right: cast(right, text) });
        }
        let both = if a == KustoType::Dynamic || b == KustoType::Dynamic { None } else { common(a, b) };
        match both {
            Some(kind) => Ok(JoinKey { left: cast(left, kind), right: cast(right, kind) }),
            None => self.error_with(
                span,
                format!("the keys are of types {a} and {b}"),
                "bring both to one type before, as with `extend x = tostring(x)`",
            ),
        }
    }
}

enum Side {
    Left,
    Right,
}

/// The side that `$left.a` or `$right.a` names.
fn side_of(expr: &ast::Expr) -> Option<Side> {
    match &expr.kind {
        ExprKind::Paren(inner) => side_of(inner),
        ExprKind::Member(owner, _) => match &owner.kind {
            ExprKind::Name(name) if name.text == "$left" => Some(Side::Left),
            ExprKind::Name(name) if name.text == "$right" => Some(Side::Right),
            _ => None,
        },
        _ => None,
    }
}

/// The columns of two sides: the visible ones under unique names, then the hidden ones under names that are free.
pub(super) fn beside(sides: [Option<&Rel>; 2], without: &HashSet<ColumnId>) -> (Vec<Column>, usize) {
    let both = || sides.iter().flatten();
    let kept = |column: &&Column| !without.contains(&column.id);
    let mut columns: Vec<Column> = both().flat_map(|rel| rel.visible_columns()).filter(kept).cloned().collect();
    make_unique(&mut columns);
    let visible = columns.len();
    let mut names = UniqueNames::default();
    columns.iter().for_each(|column| names.add(&column.name));
    for column in both().flat_map(|rel| rel.hidden_columns()).filter(kept) {
        let name = names.unique(&column.name);
        columns.push(Column { id: column.id, name: Arc::clone(&name), kind: column.kind });
    }
    (columns, visible)
}
