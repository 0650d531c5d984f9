//! `*` on the left of a test: any column. And the terms of `search` and `find`.

use super::cast;
use super::name::column_expr;
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::operators::{self, Equality};
use crate::kql::bind::scope::Scope;
use crate::kql::bind::tree::{Expr, ExprNode, List};
use crate::kql::syntax::ast::{
    self, Comparison, ExprKind, ListTest, Literal, Logical, Span, StringOperation, StringTest,
};

impl Binder<'_> {
    /// `* has "x"`: any column's text.
    pub(super) fn star_test(
        &mut self,
        scope: &mut Scope<'_>,
        test: StringTest,
        right: &ast::Expr,
        span: Span,
    ) -> Bind<Expr> {
        let right = self.typed(scope, right, KustoType::String, "what is looked for")?;
        self.any_column(scope, span, |_, column| {
            let text = cast(column, KustoType::String);
            let node = ExprNode::StringTest(test, Box::new(text), Box::new(right.clone()));
            Ok(Some(Expr::new(node, KustoType::Bool, span)))
        })
    }

    /// `* == 5`: any column that can be equal without being turned into text.
    pub(super) fn star_comparison(
        &mut self,
        scope: &mut Scope<'_>,
        operator: Comparison,
        right: &ast::Expr,
        span: Span,
    ) -> Bind<Expr> {
        let right = self.expr(scope, right)?;
        self.any_column(scope, span, |binder, column| {
            let fits = match operator {
                Comparison::Equal | Comparison::NotEqual => {
                    let plain = (right.kind, false);
                    matches!(operators::equality((column.kind, false), plain), Some(Equality::As(_)))
                }
                _ => operators::ordering(column.kind, right.kind).is_some(),
            };
            if fits { binder.compare(operator, column, right.clone(), span).map(Some) } else { Ok(None) }
        })
    }

    /// `* in (…)`, `* has_any (…)`.
    pub(super) fn star_list(
        &mut self,
        scope: &mut Scope<'_>,
        test: ListTest,
        list: &[ast::Expr],
        span: Span,
    ) -> Bind<Expr> {
        let list = self.list(scope, list)?;
        let text = !matches!(test, ListTest::In | ListTest::NotIn);
        let wanted = match &list {
            List::Values(values) => values.first().map_or(KustoType::String, |value| value.kind),
            List::Table(query) => query.rel.columns.first().map_or(KustoType::String, |column| column.kind),
        };
        self.any_column(scope, span, |binder, column| {
            let column = if text { cast(column, KustoType::String) } else { column };
            if !text && column.kind != wanted && wanted != KustoType::Dynamic {
                return Ok(None);
            }
            binder.test_list(test, column, list.clone(), span).map(Some)
        })
    }

    fn any_column(
        &mut self,
        scope: &Scope<'_>,
        span: Span,
        mut test: impl FnMut(&mut Self, Expr) -> Bind<Option<Expr>>,
    ) -> Bind<Expr> {
        if !scope.sees_columns() || scope.visible == 0 {
            return self.error(span, "there are no columns here for `*` to mean");
        }
        let mut tests = Vec::new();
        for column in scope.visible_columns() {
            self.copies = self.copies.saturating_add(1);
            tests.extend(test(self, column_expr(column, span))?);
        }
        Ok(match tests.len() {
            0 => Expr::literal(crate::kql::bind::tree::Value::Bool(false), KustoType::Bool, span),
            1 => tests.remove(0),
            _ => Expr::new(ExprNode::Logical(Logical::Or, tests), KustoType::Bool, span),
        })
    }

    /// A constant that stands where a condition is wanted, in `search` and `find`: a term in any column.
    pub(super) fn search_term(&mut self, scope: &mut Scope<'_>, expr: &ast::Expr) -> Bind<Option<Expr>> {
        let Some(case_sensitive) = scope.search else { return Ok(None) };
        let mut inner = expr;
        while let ExprKind::Paren(within) = &inner.kind {
            inner = within;
        }
        match &inner.kind {
            ExprKind::Star => {
                let all = crate::kql::bind::tree::Value::Bool(true);
                Ok(Some(Expr::literal(all, KustoType::Bool, self.at(expr.span))))
            }
            ExprKind::Literal(Literal::Bool(_)) => Ok(None),
            ExprKind::Literal(_) => {
                let span = self.at(inner.span);
                let term = self.expr(scope, inner)?;
                let term = match term.as_literal() {
                    Some(crate::kql::bind::tree::Value::Long(number)) => {
                        let text = crate::kql::bind::tree::Value::String(number.to_string().into());
                        Expr::literal(text, KustoType::String, span)
                    }
                    _ => cast(term, KustoType::String),
                };
                let test = StringTest { operation: StringOperation::Search, case_sensitive, negated: false };
                let found = self.any_column(scope, span, |_, column| {
                    let text = cast(column, KustoType::String);
                    let node = ExprNode::StringTest(test, Box::new(text), Box::new(term.clone()));
                    Ok(Some(Expr::new(node, KustoType::Bool, span)))
                })?;
                Ok(Some(found))
            }
            _ => Ok(None),
        }
    }
}
