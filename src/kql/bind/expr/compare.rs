//! Comparisons and tests.

use std::sync::Arc;

use super::cast;
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::operators::{self, Equality};
use crate::kql::bind::scope::Scope;
use crate::kql::bind::tree::{Definition, Expr, ExprNode, List, Node, Rel, ScalarQuery};
use crate::kql::syntax::ast::{self, Arithmetic, Comparison, ListTest, Span, StringTest};

impl Binder<'_> {
    pub(super) fn comparison(
        &mut self,
        scope: &mut Scope<'_>,
        operator: Comparison,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Bind<Expr> {
        let (left, right) = self.both(scope, left, right)?;
        self.compare(operator, left, right, span)
    }

    /// Compares two bound values.
    pub(super) fn compare(&mut self, operator: Comparison, left: Expr, right: Expr, span: Span) -> Bind<Expr> {
        let (a, b) = (left.kind, right.kind);
        let both = match operator {
            Comparison::Equal | Comparison::NotEqual => self.equality(&left, &right, span)?,
            _ => match operators::ordering(a, b) {
                Some(kind) => kind,
                None => {
                    let help = match (a, b) {
                        (KustoType::String, KustoType::String) => {
                            "texts are ordered with `strcmp(a, b) > 0`".to_owned()
                        }
                        (KustoType::Dynamic, other) | (other, KustoType::Dynamic) => {
                            format!("convert the dynamic value, as with `to{other}(x)`")
                        }
                        (KustoType::DateTime, _) | (_, KustoType::DateTime) => {
                            "write a constant as `datetime(2024-01-31)`, or convert with `todatetime(x)`".to_owned()
                        }
                        _ => format!("convert one of them, as with `to{a}(x)`"),
                    };
                    return self.error_with(span, format!("{a} and {b} have no order between them"), help);
                }
            },
        };
        let node = ExprNode::Comparison(operator, Box::new(cast(left, both)), Box::new(cast(right, both)));
        Ok(Expr::new(node, KustoType::Bool, span))
    }

    /// The type as which two values are compared for equality.
    fn equality(&mut self, left: &Expr, right: &Expr, span: Span) -> Bind<KustoType> {
        let (a, b) = (left.kind, right.kind);
        let literal = |expr: &Expr| expr.as_literal().is_some();
        match operators::equality((a, literal(left)), (b, literal(right))) {
            Some(Equality::As(kind)) => Ok(kind),
            Some(Equality::AsText) => {
                let message = if a == b {
                    "two dynamic values are compared by their text".to_owned()
                } else {
                    format!("{a} and {b} are compared by their text")
                };
                self.note(span, message.clone());
                self.warn(span, message, "convert one of them, as with `tolong(x)` or `tostring(x)`");
                Ok(KustoType::String)
            }
            None => self.error_with(
                span,
                format!("{a} and {b} cannot be equal"),
                format!("convert one of them, as with `to{b}(x)`"),
            ),
        }
    }

    pub(super) fn string_test(
        &mut self,
        scope: &mut Scope<'_>,
        test: StringTest,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Bind<Expr> {
        let (left, right) = self.both(scope, left, right)?;
        let (left, right) = (self.text_operand(left), self.text_operand(right));
        let node = ExprNode::StringTest(test, Box::new(left?), Box::new(right?));
        Ok(Expr::new(node, KustoType::Bool, span))
    }

    /// An operand of a test on text.
    fn text_operand(&mut self, operand: Expr) -> Bind<Expr> {
        match operand.kind {
            KustoType::String | KustoType::Dynamic => Ok(cast(operand, KustoType::String)),
            kind => self.error_with(
                operand.span,
                format!("a text is wanted here, and this is of type {kind}"),
                "take its text with `tostring(x)`, or compare with `==`",
            ),
        }
    }

    pub(super) fn between(
        &mut self,
        scope: &mut Scope<'_>,
        negated: bool,
        [value, low, high]: [&ast::Expr; 3],
        span: Span,
    ) -> Bind<Expr> {
        let parts = [self.expr(scope, value), self.expr(scope, low), self.expr(scope, high)];
        let [value, low, high] = parts;
        let (value, low, mut high) = (value?, low?, high?);
        if low.kind == KustoType::DateTime && high.kind == KustoType::Timespan {
            let place = high.span;
            let sum = ExprNode::Arithmetic(Arithmetic::Add, Box::new(low.clone()), Box::new(high));
            high = Expr::new(sum, KustoType::DateTime, place);
        }
        let Some(both) = operators::between(value.kind, low.kind, high.kind) else {
            return self.error_with(
                span,
                format!("`between` is not defined for {}, {} and {}", value.kind, low.kind, high.kind),
                "it takes numbers, datetimes or timespans; the end may be a timespan that is counted from the start",
            );
        };
        let part = |expr| Box::new(cast(expr, both));
        let node = ExprNode::Between { value: part(value), low: part(low), high: part(high), negated };
        Ok(Expr::new(node, KustoType::Bool, span))
    }

    pub(super) fn list_test(
        &mut self,
        scope: &mut Scope<'_>,
        test: ListTest,
        value: &ast::Expr,
        list: &[ast::Expr],
        span: Span,
    ) -> Bind<Expr> {
        let value = self.expr(scope, value);
        let list = self.list(scope, list)?;
        self.test_list(test, value?, list, span)
    }

    /// The right side of `in` and its like: scalars, or the one table.
    pub(super) fn list(&mut self, scope: &mut Scope<'_>, list: &[ast::Expr]) -> Bind<List> {
        if let [only] = list
            && self.is_table(scope, only)
        {
            let rel = self.subquery(scope.env, only)?;
            if rel.visible == 0 {
                return self.error(only.span, "this table has no columns");
            }
            let id = self.query_id();
            return Ok(List::Table(ScalarQuery { id, rel: Arc::new(rel) }));
        }
        Ok(List::Values(self.exprs(scope, list)?))
    }

    /// Tests a bound value against a bound list.
    pub(super) fn test_list(&mut self, test: ListTest, value: Expr, list: List, span: Span) -> Bind<Expr> {
        let on_text = !matches!(test, ListTest::In | ListTest::NotIn);
        if on_text && !matches!(value.kind, KustoType::String | KustoType::Dynamic) {
            return self.error_with(
                value.span,
                format!("a text is wanted here, and this is of type {}", value.kind),
                "take its text with `tostring(x)`, or use `in`",
            );
        }
        let value = if on_text { cast(value, KustoType::String) } else { value };
        let (value, list) = match list {
            List::Values(values) => self.align_values(value, values, span)?,
            List::Table(query) => self.align_table(value, query, span)?,
        };
        let (value, node) = (Box::new(value), |case_sensitive, negated| (case_sensitive, negated));
        let node = match test {
            ListTest::HasAny => ExprNode::HasTerms { value, list, all: false },
            ListTest::HasAll => ExprNode::HasTerms { value, list, all: true },
            ListTest::In | ListTest::NotIn | ListTest::InTilde | ListTest::NotInTilde => {
                let (case_sensitive, negated) = node(
                    matches!(test, ListTest::In | ListTest::NotIn),
                    matches!(test, ListTest::NotIn | ListTest::NotInTilde),
                );
                ExprNode::In { value, list, case_sensitive, negated }
            }
        };
        Ok(Expr::new(node, KustoType::Bool, span))
    }

    /// Brings a value and the values it is looked for among to one type.
    fn align_values(&mut self, value: Expr, values: Vec<Expr>, span: Span) -> Bind<(Expr, List)> {
        // One type for all: the first value that is not an array decides it.
        let mut kind = value.kind;
        for element in values.iter().filter(|element| element.kind != KustoType::Dynamic) {
            let stand_in = Expr::new(value.node_hint(), kind, span);
            kind = self.equality(&stand_in, element, element.span)?;
        }
        if kind == KustoType::Dynamic {
            // A dynamic value among the elements of arrays.
            kind = KustoType::String;
        }
        let values = values
            .into_iter()
            .map(|element| if element.kind == KustoType::Dynamic { element } else { cast(element, kind) })
            .collect();
        Ok((cast(value, kind), List::Values(values)))
    }

    fn align_table(&mut self, value: Expr, query: ScalarQuery, span: Span) -> Bind<(Expr, List)> {
        let Some(column) = query.rel.visible_columns().first() else {
            return self.error(span, "this table has no columns");
        };
        let (id, name, found) = (column.id, Arc::clone(&column.name), column.kind);
        let kind = if found == KustoType::Dynamic && value.kind != KustoType::Dynamic {
            value.kind
        } else {
            self.equality(&value, &Expr::column(id, found, span), span)?
        };
        let value = cast(value, kind);
        if found == kind || found == KustoType::Dynamic {
            return Ok((value, List::Table(query)));
        }
        let mut converted = self.column(name, kind);
        converted.id = self.column_id();
        let definition = Definition { id: converted.id, expr: cast(Expr::column(id, found, span), kind) };
        let input: Rel = Arc::unwrap_or_clone(query.rel);
        let node = Node::Project { input: Box::new(input), definitions: vec![definition] };
        let rel = self.rel(node, vec![converted], 1, false)?;
        Ok((value, List::Table(ScalarQuery { id: query.id, rel: Arc::new(rel) })))
    }

    /// `toscalar(…)`.
    pub(super) fn scalar_query(&mut self, scope: &mut Scope<'_>, inner: &ast::Expr, span: Span) -> Bind<Expr> {
        if !self.is_table(scope, inner) {
            // A scalar is itself, but cannot see the row.
            return self.below(|binder| binder.expr(&mut Scope::bare(scope.env), inner));
        }
        let rel = self.subquery(scope.env, inner)?;
        let Some(kind) = rel.visible_columns().first().map(|column| column.kind) else {
            return self.error(inner.span, "this table has no columns");
        };
        let id = self.query_id();
        Ok(Expr::new(ExprNode::ScalarQuery(ScalarQuery { id, rel: Arc::new(rel) }), kind, span))
    }

    /// Binds a table inside an expression: it cannot see the row.
    pub(super) fn subquery(&mut self, env: &crate::kql::bind::env::Env, expr: &ast::Expr) -> Bind<Rel> {
        self.below(|binder| binder.table(env, expr))
    }

    fn below<T>(&mut self, work: impl FnOnce(&mut Self) -> Bind<T>) -> Bind<T> {
        self.level += 1;
        let done = work(self);
        self.level -= 1;
        done
    }
}

impl Expr {
    /// The node, if it is a constant: what decides how a text is compared.
    fn node_hint(&self) -> ExprNode {
        match &self.node {
            ExprNode::Literal(value) => ExprNode::Literal(value.clone()),
            _ => ExprNode::Column(crate::kql::bind::tree::ColumnId(0)),
        }
    }
}
