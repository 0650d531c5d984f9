//! `scan`.

use crate::kql::syntax::ast::{OperatorKind, Scan, ScanAssignment, ScanOutput, ScanStep};
use crate::kql::syntax::lexer::Mark;
use crate::kql::syntax::parser::Parser;

impl Parser<'_> {
    pub(super) fn scan(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], false);
        let mut order_by = Vec::new();
        if self.eat_word("order").is_some() {
            self.expect_word("by");
            order_by = self.comma_list(None, Self::sort_key);
        }
        let mut partition_by = Vec::new();
        if self.eat_word("partition").is_some() {
            self.expect_word("by");
            partition_by = self.exprs();
        }
        let declare = if self.eat_word("declare").is_some() { self.bracketed_declarations() } else { Vec::new() };
        self.expect_word("with");
        let mut steps = Vec::new();
        match self.eat_mark(Mark::OpenParen) {
            Some(open) => {
                while self.word() == "step" && !self.recovering {
                    steps.push(self.scan_step());
                }
                self.close(open, Mark::CloseParen);
            }
            None => self.expected("`(` and the steps"),
        }
        OperatorKind::Scan(Scan { parameters, order_by, partition_by, declare, steps })
    }

    /// `step name optional output = last: condition => x = 1;`, with the parser at its word.
    fn scan_step(&mut self) -> ScanStep {
        let start = self.bump().span;
        let name = self.declared_name();
        let optional = self.eat_word("optional").is_some();
        let output = self.eat_word("output").and_then(|_| {
            self.expect_mark(Mark::Equal);
            self.scan_output()
        });
        self.expect_mark(Mark::Colon);
        let condition = self.expression();
        let assignments = match self.eat_mark(Mark::Arrow) {
            Some(_) => self.comma_list(None, |parser| {
                let name = parser.declared_name();
                parser.expect_mark(Mark::Equal);
                ScanAssignment { name, value: parser.expression() }
            }),
            None => Vec::new(),
        };
        self.expect_mark(Mark::Semicolon);
        ScanStep { name, optional, output, condition, assignments, span: self.since(start) }
    }

    fn scan_output(&mut self) -> Option<ScanOutput> {
        let output = match self.word() {
            "all" => ScanOutput::All,
            "last" => ScanOutput::Last,
            "none" => ScanOutput::None,
            _ => {
                self.expected("`all`, `last` or `none`");
                return None;
            }
        };
        self.bump();
        Some(output)
    }
}
