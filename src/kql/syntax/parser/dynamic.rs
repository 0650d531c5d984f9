//! `dynamic(…)`: JSON, with literals of KQL in it.

use super::Parser;
use super::cursor::BRACKETS;
use crate::kql::syntax::ast::{DynamicEntry, DynamicKind, DynamicValue, Literal, ScalarType, Span, StringLiteral};
use crate::kql::syntax::diagnostic::Diagnostic;
use crate::kql::syntax::lexer::{Mark, TokenKind};

impl Parser<'_> {
    /// `dynamic(…)`, with the parser at it.
    pub(super) fn dynamic(&mut self) -> DynamicValue {
        self.bump();
        let Some(open) = self.eat_mark(Mark::OpenParen) else {
            self.expected("`(`");
            return null(self.here());
        };
        let value = self.dynamic_value();
        self.close(open, Mark::CloseParen);
        value
    }

    fn dynamic_value(&mut self) -> DynamicValue {
        self.nested(null, Self::dynamic_value_within)
    }

    fn dynamic_value_within(&mut self) -> DynamicValue {
        let token = self.peek();
        let start = token.span;
        let kind = match token.kind {
            TokenKind::Mark(Mark::OpenBracket) => DynamicKind::Array(self.bracketed_list(BRACKETS, false, |parser| {
                parser.warn_of_joined_texts();
                parser.dynamic_value()
            })),
            TokenKind::Mark(Mark::OpenBrace) => {
                DynamicKind::Bag(self.bracketed_list((Mark::OpenBrace, Mark::CloseBrace), false, Self::dynamic_entry))
            }
            TokenKind::Word if self.word() == "null" => {
                self.bump();
                DynamicKind::Null
            }
            TokenKind::Word if self.word() == "dynamic" && self.mark_at(1, Mark::OpenParen) => return self.dynamic(),
            TokenKind::Mark(Mark::Minus) if matches!(self.peek_at(1).kind, TokenKind::Long | TokenKind::Real) => {
                self.bump();
                self.negative_number(start)
            }
            TokenKind::Typed(ScalarType::Int) => {
                self.error(
                    Diagnostic::error(start, "a dynamic holds longs, not ints")
                        .with_help("write the number without `int(…)`"),
                );
                return null(start);
            }
            TokenKind::Word => return self.no_dynamic_value(),
            _ => match self.opt_literal() {
                Some(literal) => DynamicKind::Scalar(literal),
                None => return self.no_dynamic_value(),
            },
        };
        DynamicValue { kind, span: self.since(start) }
    }

    fn negative_number(&mut self, start: Span) -> DynamicKind {
        if self.text(self.peek().span) == "9223372036854775808" {
            self.bump();
            return DynamicKind::Scalar(Literal::Long(Some(i64::MIN)));
        }
        match self.opt_literal() {
            Some(Literal::Long(Some(number))) => DynamicKind::Scalar(Literal::Long(Some(number.wrapping_neg()))),
            Some(Literal::Real(Some(number))) => DynamicKind::Scalar(Literal::Real(Some(-number))),
            _ => null(start).kind,
        }
    }

    fn no_dynamic_value(&mut self) -> DynamicValue {
        let span = self.peek().span;
        let diagnostic = Diagnostic::error(span, format!("expected a value of JSON, found {}", self.found()));
        let help = match self.peek().kind {
            TokenKind::Word => {
                "a dynamic literal holds constants only; `pack_array(a, b)` and `bag_pack(\"k\", v)` take expressions"
            }
            TokenKind::Mark(Mark::CloseBracket | Mark::CloseBrace) => "no comma stands behind the last value",
            _ => "write `dynamic([1, \"a\"])`, `dynamic({\"k\": true})` or `dynamic(null)`",
        };
        self.error(diagnostic.with_help(help));
        null(span)
    }

    fn dynamic_entry(&mut self) -> DynamicEntry {
        let key = if self.peek().kind == TokenKind::Text {
            let span = self.bump().span;
            let part = crate::kql::syntax::value::unquote(self.text(span));
            StringLiteral { value: part.value, obfuscated: part.obfuscated, span }
        } else {
            self.expected("a key in quotes");
            StringLiteral { value: String::new(), obfuscated: false, span: self.here() }
        };
        self.expect_mark(Mark::Colon);
        DynamicEntry { key, value: self.dynamic_value() }
    }
}

fn null(span: Span) -> DynamicValue {
    DynamicValue { kind: DynamicKind::Null, span }
}
