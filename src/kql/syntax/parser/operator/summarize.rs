//! `summarize`, `make-series`, `reduce`.

use crate::kql::syntax::ast::{MakeSeries, OperatorKind, Reduce, SeriesItem, SeriesRange, Summarize};
use crate::kql::syntax::lexer::Mark;
use crate::kql::syntax::parser::Parser;
use crate::kql::syntax::parser::cursor::PARENS;

impl Parser<'_> {
    pub(super) fn summarize(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], true);
        let aggregates = if self.word() == "by" || self.at_stage_end() { Vec::new() } else { self.named_exprs() };
        let (mut by, mut bin) = (Vec::new(), None);
        if self.eat_word("by").is_some() {
            by = self.named_exprs();
            if self.word() == "bin" && self.eat_word("bin").is_some() {
                self.expect_mark(Mark::Equal);
                bin = Some(self.expression());
            }
        }
        OperatorKind::Summarize(Summarize { parameters, aggregates, by, bin })
    }

    pub(super) fn make_series(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], true);
        let series = self.comma_list(None, |parser| {
            let expr = parser.named_expr();
            let default = parser.eat_word("default").map(|_| {
                parser.expect_mark(Mark::Equal);
                parser.expression()
            });
            SeriesItem { expr, default }
        });
        self.expect_word("on");
        let on = self.named_expr();
        let range = self.series_range();
        let by = if self.eat_word("by").is_some() { self.named_exprs() } else { Vec::new() };
        OperatorKind::MakeSeries(MakeSeries { parameters, series, on, range, by })
    }

    fn series_range(&mut self) -> SeriesRange {
        if self.eat_word("in").is_some() {
            self.expect_word("range");
            return SeriesRange::InRange(self.bracketed_list(PARENS, false, Self::expression));
        }
        let from = self.eat_word("from").map(|_| Box::new(self.expression()));
        let to = self.eat_word("to").map(|_| Box::new(self.expression()));
        self.expect_word("step");
        SeriesRange::Steps { from, to, step: Box::new(self.expression()) }
    }

    pub(super) fn reduce(&mut self) -> OperatorKind {
        const WITH: [&str; 2] = ["threshold", "characters"];
        let parameters = self.parameters(&WITH, false);
        self.expect_word("by");
        let by = self.named_expr();
        let with = if self.eat_word("with").is_some() { self.bare_properties(&WITH) } else { Default::default() };
        OperatorKind::Reduce(Reduce { parameters, by, with })
    }
}
