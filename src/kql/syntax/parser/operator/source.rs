//! Operators that a query may start with, and those that run functions and plugins.

use crate::kql::syntax::ast::{
    Call, Evaluate, EvaluateSchema, Expr, ExprKind, Find, FindColumn, FindColumnKind, Logical, OperatorKind, Range,
    Search,
};
use crate::kql::syntax::lexer::Mark;
use crate::kql::syntax::parser::Parser;
use crate::kql::syntax::parser::cursor::PARENS;
use crate::kql::syntax::parser::primary::Calls;

impl Parser<'_> {
    pub(super) fn range(&mut self) -> OperatorKind {
        let name = self.name();
        self.expect_word("from");
        let from = self.expression();
        self.expect_word("to");
        let to = self.expression();
        self.expect_word("step");
        OperatorKind::Range(Range { name, from, to, step: self.expression() })
    }

    pub(super) fn search(&mut self) -> OperatorKind {
        let parameters = self.parameters(&["datascope"], true);
        let tables = self.in_tables();
        let predicate = self.search_predicate();
        OperatorKind::Search(Search { parameters, tables, predicate })
    }

    /// A condition; `*` alone and before `and` is everything.
    fn search_predicate(&mut self) -> Expr {
        let Some(star) = self.opt_everything() else { return self.expression() };
        if self.eat_word("and").is_none() {
            return star;
        }
        let rest = self.expression();
        let span = star.span.to(rest.span);
        Expr { kind: ExprKind::Logical(Logical::And, vec![star, rest]), span }
    }

    /// `in (T, U*)`, if it stands here.
    fn in_tables(&mut self) -> Vec<Expr> {
        if self.eat_word("in").is_none() {
            return Vec::new();
        }
        self.required_list(PARENS, |parser| {
            let table = parser.entity();
            if parser.at_mark(Mark::Bar) && parser.word_at(1) == "as" { parser.with_as(table) } else { table }
        })
    }

    pub(super) fn find(&mut self) -> OperatorKind {
        let parameters = self.parameters(&["datascope"], false);
        let in_clause = self.word() == "in";
        let tables = self.in_tables();
        if self.eat_word("where").is_none() && (in_clause || !parameters.is_empty()) {
            self.expected("`where` and a condition");
        }
        let predicate = self.expression();
        let project = if self.eat_word("project").is_some() { self.find_columns() } else { Vec::new() };
        let smart = self.eat_word("project-smart").is_some();
        let project_away = if self.eat_word("__projectAway").is_some() { self.find_columns() } else { Vec::new() };
        OperatorKind::Find(Find { parameters, tables, predicate, project, smart, project_away })
    }

    fn find_columns(&mut self) -> Vec<FindColumn> {
        self.comma_list(None, |parser| {
            let start = parser.peek().span;
            let kind = if parser.eat_mark(Mark::Star).is_some() {
                FindColumnKind::Star
            } else if parser.word() == "pack" && parser.mark_at(1, Mark::OpenParen) {
                parser.bump();
                let open = parser.bump().span;
                parser.expect_mark(Mark::Star);
                parser.close(open, Mark::CloseParen);
                FindColumnKind::PackAll
            } else {
                let name = parser.name();
                let ty = parser.eat_mark(Mark::Colon).map(|_| parser.any_type());
                FindColumnKind::Column(name, ty)
            };
            FindColumn { kind, span: parser.since(start) }
        })
    }

    pub(super) fn evaluate(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], false);
        let call = self.named_call("a plugin, as `pivot(…)`");
        let schema = self.eat_mark(Mark::Colon).map(|_| self.evaluate_schema());
        OperatorKind::Evaluate(Evaluate { parameters, call, schema })
    }

    fn named_call(&mut self, what: &str) -> Call {
        match self.opt_name() {
            Some(name) => self.call(name),
            None => {
                self.expected(what);
                let span = self.here();
                Call { name: crate::kql::syntax::ast::Name::new("", span), arguments: Vec::new(), span }
            }
        }
    }

    /// `(*, a: long)`
    fn evaluate_schema(&mut self) -> EvaluateSchema {
        let Some(open) = self.eat_mark(Mark::OpenParen) else {
            self.expected("`(` and the columns, as `(name: string, count: long)`");
            return EvaluateSchema { star: false, columns: Vec::new(), span: self.here() };
        };
        self.eat_mark(Mark::Comma);
        let star = self.eat_mark(Mark::Star).is_some();
        self.eat_mark(Mark::Comma);
        let columns = self.columns_until(open);
        EvaluateSchema { star, columns, span: self.since(open) }
    }

    pub(super) fn invoke(&mut self) -> OperatorKind {
        let start = self.peek().span;
        let call = self.named_call("a function, as `f(…)`");
        let mut expr = Expr { kind: ExprKind::Call(call), span: self.since(start) };
        while self.at_mark(Mark::Dot) {
            expr = self.member(expr, Calls::Allowed);
            self.grow();
        }
        OperatorKind::Invoke(expr)
    }
}
