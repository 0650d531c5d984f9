//! Expressions. The tree holds the parentheses that were written, so none are added.

use super::Printer;
use crate::kql::syntax::ast::{
    Arithmetic, Call, ColumnDecl, Comparison, Expr, ExprKind, Logical, NamedExpr, Pipeline, Sign, Target,
};
use crate::kql::syntax::words;

impl Printer {
    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Wildcard(pattern) => self.wildcard(&pattern.text),
            ExprKind::Star => self.text("*"),
            ExprKind::Member(target, name) => {
                self.before_dot(target);
                self.name(name);
            }
            ExprKind::MemberWildcard(target, pattern) => {
                self.before_dot(target);
                self.wildcard(&pattern.text);
            }
            ExprKind::MemberCall(target, call) => {
                self.before_dot(target);
                self.call(call);
            }
            ExprKind::Index(target, index) => {
                self.expr(target);
                self.text("[");
                self.expr(index);
                self.text("]");
            }
            ExprKind::Call(call) => self.call(call),
            ExprKind::Signed(sign, operand) => {
                self.text(match sign {
                    Sign::Minus => "-",
                    Sign::Plus => "+",
                });
                self.expr(operand);
            }
            ExprKind::Arithmetic(operator, left, right) => self.infix(left, arithmetic(*operator), right),
            ExprKind::Comparison(operator, left, right) => self.infix(left, comparison(*operator), right),
            ExprKind::StringTest(test, left, right) => self.infix(left, words::string_test_text(*test), right),
            ExprKind::ListTest(test, left, list) => {
                self.expr(left);
                self.text(" ");
                self.text(words::list_test_text(*test));
                self.text(" (");
                self.list(list, Self::expr);
                self.text(")");
            }
            ExprKind::Between { negated, value, low, high } => {
                self.expr(value);
                self.text(if *negated { " !between (" } else { " between (" });
                self.infix(low, "..", high);
                self.text(")");
            }
            ExprKind::Logical(logical, operands) => {
                let separator = match logical {
                    Logical::And => " and ",
                    Logical::Or => " or ",
                };
                self.separated(operands, separator, Self::expr);
            }
            ExprKind::Paren(inner) => {
                self.text("(");
                self.expr(inner);
                self.text(")");
            }
            ExprKind::Pipe(pipeline) => self.pipeline(pipeline, " | "),
            ExprKind::Missing => {}
            _ => self.tabular(expr),
        }
    }

    /// The forms that begin with a keyword.
    fn tabular(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::ToScalar(parameters, inner) => {
                self.text("toscalar");
                self.kind_and_query(parameters, inner);
            }
            ExprKind::ToTable(parameters, inner) => {
                self.text("totable");
                self.kind_and_query(parameters, inner);
            }
            ExprKind::Materialize(inner) => {
                self.text("materialize(");
                self.expr(inner);
                self.text(")");
            }
            ExprKind::DataTable { parameters, columns, cells } => {
                self.text("datatable ");
                self.parameters(parameters);
                self.schema(columns);
                self.text("[");
                self.list(cells, Self::expr);
                self.text("]");
            }
            ExprKind::ExternalData { parameters, columns, sources, properties } => {
                self.text("externaldata ");
                self.parameters(parameters);
                self.schema(columns);
                self.text("[");
                self.list(sources, Self::expr);
                self.text("]");
                self.properties(properties, false);
            }
            _ => {}
        }
    }

    fn kind_and_query(&mut self, parameters: &crate::kql::syntax::ast::Parameters, inner: &Expr) {
        if !parameters.is_empty() {
            self.text(" ");
        }
        self.parameters(parameters);
        self.text("(");
        self.expr(inner);
        self.text(")");
    }

    /// A pattern in brackets, which is right in every place where one may stand.
    fn wildcard(&mut self, pattern: &str) {
        self.text("[");
        self.text(pattern);
        self.text("]");
    }

    /// What stands before a member, and the dot. A blank keeps it apart from a number, of which it would be the point.
    fn before_dot(&mut self, target: &Expr) {
        self.expr(target);
        self.text(if matches!(target.kind, ExprKind::Literal(_)) { " ." } else { "." });
    }

    fn infix(&mut self, left: &Expr, operator: &str, right: &Expr) {
        self.expr(left);
        self.text(" ");
        self.text(operator);
        self.text(" ");
        self.expr(right);
    }

    pub(super) fn call(&mut self, call: &Call) {
        self.name(&call.name);
        self.text("(");
        self.list(&call.arguments, Self::named_expr);
        self.text(")");
    }

    pub(super) fn named_expr(&mut self, named: &NamedExpr) {
        match &named.target {
            Some(Target::One(name)) => {
                self.name(name);
                self.text(" = ");
            }
            Some(Target::Many(names, _)) => {
                self.text("(");
                self.list(names, Self::name);
                self.text(") = ");
            }
            None => {}
        }
        self.expr(&named.expr);
    }

    pub(super) fn named_exprs(&mut self, list: &[NamedExpr]) {
        self.list(list, Self::named_expr);
    }

    pub(super) fn exprs(&mut self, list: &[Expr]) {
        self.list(list, Self::expr);
    }

    /// `(a: string, b: long)`
    pub(super) fn schema(&mut self, columns: &[ColumnDecl]) {
        self.text("(");
        self.columns(columns);
        self.text(")");
    }

    pub(super) fn columns(&mut self, columns: &[ColumnDecl]) {
        self.list(columns, |printer, column| {
            printer.name(&column.name);
            printer.text(": ");
            printer.text(words::type_name(column.ty.scalar));
        });
    }

    /// A pipeline with `bar` between its parts.
    pub(super) fn pipeline(&mut self, pipeline: &Pipeline, bar: &str) {
        if let Some(source) = &pipeline.source {
            self.expr(source);
            self.text(bar);
        }
        self.separated(&pipeline.operators, bar, Self::operator);
    }
}

fn arithmetic(operator: Arithmetic) -> &'static str {
    match operator {
        Arithmetic::Add => "+",
        Arithmetic::Subtract => "-",
        Arithmetic::Multiply => "*",
        Arithmetic::Divide => "/",
        Arithmetic::Modulo => "%",
    }
}

fn comparison(operator: Comparison) -> &'static str {
    match operator {
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}
