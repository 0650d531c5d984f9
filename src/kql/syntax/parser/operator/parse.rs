//! Operators that take text apart: `parse`, `parse-where`, `parse-kv`.

use crate::kql::syntax::ast::{OperatorKind, Parse, ParseKv, ParseStep, ParseStepKind};
use crate::kql::syntax::lexer::{Mark, TokenKind};
use crate::kql::syntax::parser::Parser;

impl Parser<'_> {
    pub(super) fn parse_operator(&mut self, filter: bool) -> OperatorKind {
        let parameters = self.parameters(&["flags"], true);
        let input = self.expression();
        self.expect_word("with");
        let mut pattern = Vec::new();
        while let Some(step) = self.opt_parse_step() {
            pattern.push(step);
        }
        OperatorKind::Parse(Parse { filter, parameters, input, pattern })
    }

    fn opt_parse_step(&mut self) -> Option<ParseStep> {
        let start = self.peek().span;
        if self.recovering {
            return None;
        }
        let kind = match self.peek().kind {
            TokenKind::Mark(Mark::Star) => {
                self.bump();
                ParseStepKind::Skip
            }
            TokenKind::Text => ParseStepKind::Text(self.opt_text()?),
            _ => {
                let name = self.opt_declared_name()?;
                let ty = self.eat_mark(Mark::Colon).map(|_| self.declared_type());
                ParseStepKind::Column(name, ty)
            }
        };
        Some(ParseStep { kind, span: self.since(start) })
    }

    pub(super) fn parse_kv(&mut self) -> OperatorKind {
        let input = self.expression();
        self.expect_word("as");
        let keys = self.row_schema();
        let properties =
            self.with_properties(&["pair_delimiter", "kv_delimiter", "regex", "quote", "escape", "greedy"]);
        OperatorKind::ParseKv(ParseKv { input, keys, properties })
    }
}
