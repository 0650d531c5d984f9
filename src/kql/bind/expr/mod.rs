//! Scalar expressions: names resolved, types found, conversions made explicit.

mod aggregate;
mod call;
mod compare;
mod function;
mod graph;
mod literal;
mod name;
mod special;
mod star;

pub(super) use function::{BoundArgument, holds_group};

use self::name::column_expr;
use super::binder::{Bind, Binder};
use super::operators;
use super::scope::Scope;
use super::tree::{Column, ColumnId, Expr, ExprNode, Value};
use super::types::{common_of, is_integer};
use crate::catalog::KustoType;
use crate::kql::syntax::ast::{self, ExprKind, Logical, NamedExpr, Sign, Span};

/// A bound expression that may have several values.
pub(super) struct Raw {
    /// The value; the first one if there are several.
    pub expr: Expr,
    /// The several values; empty if there is one without a name of its own.
    pub fields: Vec<RawField>,
}

/// One of several values.
pub(super) struct RawField {
    /// The name of its column.
    pub name: String,
    /// The value.
    pub expr: Expr,
    /// The column of the input that it repeats, if it does.
    pub identity: Option<ColumnId>,
}

impl From<Expr> for Raw {
    fn from(expr: Expr) -> Self {
        Self { expr, fields: Vec::new() }
    }
}

impl Binder<'_> {
    /// Binds an expression to one value.
    pub fn expr(&mut self, scope: &mut Scope<'_>, expr: &ast::Expr) -> Bind<Expr> {
        Ok(self.raw(scope, expr)?.expr)
    }

    /// The key of the `partition` around, if an expression names it: `toscalar(x)`.
    fn partition_key(&self, scope: &Scope<'_>, expr: &ast::Expr) -> Option<Column> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.partition_key(scope, inner),
            ExprKind::Name(name) if scope.sees_columns() => {
                let column = scope.hidden_column(&name.text)?;
                self.partition_keys.contains(&column.id).then(|| column.clone())
            }
            _ => None,
        }
    }

    /// Binds an argument or operand that may be named; the name has no meaning.
    pub fn named_expr(&mut self, scope: &mut Scope<'_>, named: &NamedExpr) -> Bind<Expr> {
        self.expr(scope, &named.expr)
    }

    /// Binds every expression of a list before it fails, so that all errors are told.
    pub fn exprs<'e>(
        &mut self,
        scope: &mut Scope<'_>,
        exprs: impl IntoIterator<Item = &'e ast::Expr>,
    ) -> Bind<Vec<Expr>> {
        let all: Vec<Bind<Expr>> = exprs.into_iter().map(|expr| self.expr(scope, expr)).collect();
        all.into_iter().collect()
    }

    /// Binds a truth value; a number or dynamic value counts as one.
    pub fn condition(&mut self, scope: &mut Scope<'_>, expr: &ast::Expr) -> Bind<Expr> {
        let bound = match self.search_term(scope, expr)? {
            Some(term) => term,
            None => self.expr(scope, expr)?,
        };
        match bound.kind {
            KustoType::Bool => Ok(bound),
            KustoType::Dynamic => Ok(cast(bound, KustoType::Bool)),
            kind => self.error_with(
                expr.span,
                format!("a condition is wanted here, and this is of type {kind}"),
                "compare it with something: `x == 1`, `isnotempty(x)`",
            ),
        }
    }

    /// Binds an expression that must have a type.
    pub fn typed(&mut self, scope: &mut Scope<'_>, expr: &ast::Expr, kind: KustoType, what: &str) -> Bind<Expr> {
        let bound = self.expr(scope, expr)?;
        if bound.kind == kind || super::types::widens(bound.kind, kind) {
            Ok(cast(bound, kind))
        } else {
            self.error(expr.span, format!("{what} is of type {kind}, and this is of type {}", bound.kind))
        }
    }

    /// Binds a count that is the same for all rows: the operand of `take` and its like.
    pub fn count(&mut self, env: &super::env::Env, expr: &ast::Expr) -> Bind<Expr> {
        let bound = self.expr(&mut Scope::bare(env), expr)?;
        if is_integer(bound.kind) || bound.kind == KustoType::Dynamic {
            Ok(cast(bound, KustoType::Long))
        } else {
            self.error(expr.span, format!("a whole number is wanted here, and this is of type {}", bound.kind))
        }
    }

    /// Binds an expression that may have several values.
    pub fn raw(&mut self, scope: &mut Scope<'_>, expr: &ast::Expr) -> Bind<Raw> {
        let span = self.at(expr.span);
        match &expr.kind {
            ExprKind::Paren(inner) => self.deeper(span, |binder| binder.raw(scope, inner)),
            ExprKind::Name(name) => self.name(scope, name),
            ExprKind::Literal(literal) => Ok(self.literal(literal, span)?.into()),
            ExprKind::Call(call) => self.deeper(span, |binder| binder.call(scope, call)),
            ExprKind::Member(value, name) => self.deeper(span, |binder| binder.member(scope, value, name, span)),
            ExprKind::Index(value, key) => self.deeper(span, |binder| binder.index(scope, value, key, span)),
            _ => Ok(self.deeper(span, |binder| binder.operation(scope, expr, span))?.into()),
        }
    }

    fn operation(&mut self, scope: &mut Scope<'_>, expr: &ast::Expr, span: Span) -> Bind<Expr> {
        match &expr.kind {
            ExprKind::Signed(sign, operand) => self.signed(scope, *sign, operand, span),
            ExprKind::Arithmetic(operator, left, right) => self.arithmetic(scope, *operator, left, right, span),
            ExprKind::Comparison(operator, left, right) => match &left.kind {
                ExprKind::Star => self.star_comparison(scope, *operator, right, span),
                _ => self.comparison(scope, *operator, left, right, span),
            },
            ExprKind::StringTest(test, left, right) => match &left.kind {
                ExprKind::Star => self.star_test(scope, *test, right, span),
                _ => self.string_test(scope, *test, left, right, span),
            },
            ExprKind::ListTest(test, value, list) => match &value.kind {
                ExprKind::Star => self.star_list(scope, *test, list, span),
                _ => self.list_test(scope, *test, value, list, span),
            },
            ExprKind::Between { negated, value, low, high } => self.between(scope, *negated, [value, low, high], span),
            ExprKind::Logical(operator, operands) => self.logical(scope, *operator, operands, span),
            ExprKind::ToScalar(_, inner) => match self.partition_key(scope, inner) {
                Some(column) => Ok(column_expr(&column, span)),
                None => self.scalar_query(scope, inner, span),
            },
            ExprKind::Missing => self.error(span, "an expression is missing here"),
            ExprKind::Star => self.error(span, "`*` has no meaning here"),
            ExprKind::Wildcard(pattern) | ExprKind::MemberWildcard(_, pattern) => self.error_with(
                span,
                format!("`{}` has no meaning here", pattern.text),
                "wildcards name tables in `union`, and columns in `project-away` and its like",
            ),
            ExprKind::MemberCall(_, call) => self.error(
                span,
                format!("`{}` belongs to another cluster or workspace, and gives no scalar here", call.name),
            ),
            _ => self.error_with(
                span,
                "this is a table, and a scalar is wanted here",
                "`toscalar(…)` takes the first column of its first row",
            ),
        }
    }

    fn signed(&mut self, scope: &mut Scope<'_>, sign: Sign, operand: &ast::Expr, span: Span) -> Bind<Expr> {
        let operand = self.expr(scope, operand)?;
        let Some(kind) = operators::signed(operand.kind) else {
            return self.error(span, format!("{} has no sign", operand.kind));
        };
        let operand = cast(operand, kind);
        if sign == Sign::Plus {
            return Ok(operand);
        }
        let folded = match operand.as_literal() {
            Some(Value::Long(number)) => number.checked_neg().map(Value::Long),
            Some(Value::Real(number)) => Some(Value::Real(-number)),
            Some(Value::Timespan(ticks)) => ticks.checked_neg().map(Value::Timespan),
            _ => None,
        };
        Ok(match folded {
            Some(value) => Expr::literal(value, kind, span),
            None => Expr::new(ExprNode::Negate(Box::new(operand)), kind, span),
        })
    }

    fn arithmetic(
        &mut self,
        scope: &mut Scope<'_>,
        operator: ast::Arithmetic,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Bind<Expr> {
        let (left, right) = self.both(scope, left, right)?;
        let Some(typed) = operators::arithmetic(operator, left.kind, right.kind) else {
            let message = format!("`{}` is not defined for {} and {}", sign_of(operator), left.kind, right.kind);
            return match (left.kind, right.kind) {
                (KustoType::String, _) | (_, KustoType::String) => {
                    self.error_with(span, message, "texts are put together with `strcat(a, b)`")
                }
                _ => self.error_with(span, message, "convert one of them, as with `tolong(x)` or `totimespan(x)`"),
            };
        };
        let node = ExprNode::Arithmetic(operator, Box::new(cast(left, typed.left)), Box::new(cast(right, typed.right)));
        Ok(Expr::new(node, typed.result, span))
    }

    fn logical(&mut self, scope: &mut Scope<'_>, operator: Logical, operands: &[ast::Expr], span: Span) -> Bind<Expr> {
        let all: Vec<Bind<Expr>> = operands.iter().map(|operand| self.condition(scope, operand)).collect();
        let operands = all.into_iter().collect::<Bind<Vec<Expr>>>()?;
        Ok(Expr::new(ExprNode::Logical(operator, operands), KustoType::Bool, span))
    }

    /// Binds two operands before it fails.
    pub fn both(&mut self, scope: &mut Scope<'_>, left: &ast::Expr, right: &ast::Expr) -> Bind<(Expr, Expr)> {
        let (left, right) = (self.expr(scope, left), self.expr(scope, right));
        Ok((left?, right?))
    }
}

fn sign_of(operator: ast::Arithmetic) -> char {
    match operator {
        ast::Arithmetic::Add => '+',
        ast::Arithmetic::Subtract => '-',
        ast::Arithmetic::Multiply => '*',
        ast::Arithmetic::Divide => '/',
        ast::Arithmetic::Modulo => '%',
    }
}

/// The expression as a value of this type: itself, a constant of that type, or a conversion.
pub(super) fn cast(expr: Expr, kind: KustoType) -> Expr {
    if expr.kind == kind {
        return expr;
    }
    let span = expr.span;
    #[allow(clippy::cast_precision_loss)] // Kusto's own conversion of a long to a real.
    let folded = match (expr.as_literal(), kind) {
        (Some(Value::Null), KustoType::String) => Some(Value::String("".into())),
        (Some(Value::Null), _) => Some(Value::Null),
        (Some(Value::Int(number)), KustoType::Long) => Some(Value::Long(i64::from(*number))),
        (Some(Value::Int(number)), KustoType::Real) => Some(Value::Real(f64::from(*number))),
        (Some(Value::Long(number)), KustoType::Real) => Some(Value::Real(*number as f64)),
        _ => None,
    };
    match folded {
        Some(value) => Expr::literal(value, kind, span),
        None => Expr::new(ExprNode::Cast(Box::new(expr)), kind, span),
    }
}

/// The common type of several values, dynamic ones aside if there are others.
pub(super) fn common_not_dynamic(kinds: &[KustoType]) -> Option<KustoType> {
    let typed: Vec<KustoType> = kinds.iter().copied().filter(|kind| *kind != KustoType::Dynamic).collect();
    if typed.is_empty() { common_of(kinds.iter().copied()) } else { common_of(typed) }
}
