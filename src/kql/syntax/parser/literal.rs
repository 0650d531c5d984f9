//! Literals: tokens to exact values.

use super::Parser;
use crate::kql::syntax::ast::{Expr, ExprKind, Literal, ScalarType, Span, StringLiteral, TypeOf};
use crate::kql::syntax::diagnostic::Diagnostic;
use crate::kql::syntax::lexer::{Gap, Mark, Token, TokenKind};
use crate::kql::syntax::value::{self, Moment};
use crate::kql::syntax::words;

impl Parser<'_> {
    /// The literal that stands here, if one does; without a sign.
    pub(super) fn opt_literal(&mut self) -> Option<Literal> {
        let token = self.peek();
        let literal = match token.kind {
            TokenKind::Text => return self.opt_text().map(Literal::String),
            TokenKind::Word => {
                return match self.word() {
                    "dynamic" if self.mark_at(1, Mark::OpenParen) => Some(Literal::Dynamic(Box::new(self.dynamic()))),
                    "typeof" if self.mark_at(1, Mark::OpenParen) => Some(Literal::TypeOf(self.type_of())),
                    _ => None,
                };
            }
            TokenKind::Bool => Literal::Bool(Some(self.text(token.span).eq_ignore_ascii_case("true"))),
            TokenKind::Long => Literal::Long(Some(self.long(self.text(token.span), token.span))),
            TokenKind::Real => Literal::Real(value::real(self.text(token.span)).or(Some(0.0))),
            TokenKind::Timespan => Literal::Timespan(Some(self.timespan(self.text(token.span), token.span))),
            TokenKind::Typed(scalar) => self.typed(scalar, token),
            TokenKind::RawGuid => {
                let text = self.text(token.span);
                self.mild_error(
                    Diagnostic::error(token.span, "a GUID is written with its type")
                        .with_help(format!("write `guid({text})`, or `\"{text}\"` to compare with a string column")),
                );
                Literal::Guid(value::guid(text))
            }
            _ => return None,
        };
        self.bump();
        Some(literal)
    }

    /// As [`Self::opt_literal`], with its place; a number may have a sign right before it.
    pub(super) fn opt_literal_expr(&mut self) -> Option<Expr> {
        let start = self.peek().span;
        let literal = self.opt_signed_number().or_else(|| self.opt_literal())?;
        Some(Expr { kind: ExprKind::Literal(literal), span: self.since(start) })
    }

    /// `-5`, `+1.5`, `-1h`.
    fn opt_signed_number(&mut self) -> Option<Literal> {
        let minus = match self.peek().kind {
            TokenKind::Mark(Mark::Minus) => true,
            TokenKind::Mark(Mark::Plus) => false,
            _ => return None,
        };
        let number = self.peek_at(1);
        if number.gap != Gap::None || !matches!(number.kind, TokenKind::Long | TokenKind::Real | TokenKind::Timespan) {
            return None;
        }
        let start = self.bump().span;
        self.bump();
        let span = self.since(start);
        let written = self.text(number.span);
        Some(match number.kind {
            TokenKind::Long if minus && !written.starts_with("0x") => {
                Literal::Long(Some(self.long(self.text(span), span)))
            }
            TokenKind::Long => {
                let magnitude = self.long(written, span);
                Literal::Long(Some(if minus { magnitude.wrapping_neg() } else { magnitude }))
            }
            TokenKind::Real => Literal::Real(value::real(self.text(span)).or(Some(0.0))),
            _ => {
                let ticks = self.timespan(written, span);
                Literal::Timespan(Some(if minus { -ticks } else { ticks }))
            }
        })
    }

    fn long(&mut self, text: &str, span: Span) -> i64 {
        value::long(text).unwrap_or_else(|| {
            self.mild_error(
                Diagnostic::error(span, format!("`{text}` does not fit a long"))
                    .with_help(format!("the largest is {}; write `real(…)`, `decimal(…)` or a text", i64::MAX)),
            );
            0
        })
    }

    fn timespan(&mut self, text: &str, span: Span) -> i64 {
        value::with_unit(text).unwrap_or_else(|| {
            let message = format!("`{text}` does not fit a timespan");
            self.mild_error(Diagnostic::error(span, message).with_help("the longest is 10675199 days"));
            0
        })
    }

    /// Texts in a row, which are one.
    pub(super) fn opt_text(&mut self) -> Option<StringLiteral> {
        let start = self.peek().span;
        let mut literal: Option<StringLiteral> = None;
        while self.peek().kind == TokenKind::Text {
            let span = self.bump().span;
            let part = value::unquote(self.text(span));
            if part.replaced {
                self.warn(
                    Diagnostic::warning(span, "an escape sequence in this text is no character; U+FFFD stands for it")
                        .with_help("characters above U+FFFF are written `\\U0001F600`, or as two of `\\ud83d\\ude00`"),
                );
            }
            match &mut literal {
                Some(literal) => {
                    literal.value.push_str(&part.value);
                    literal.obfuscated |= part.obfuscated;
                    literal.span = start.to(span);
                }
                None => literal = Some(StringLiteral { value: part.value, obfuscated: part.obfuscated, span }),
            }
        }
        literal
    }

    /// A text that must be there.
    pub(super) fn string(&mut self) -> StringLiteral {
        self.opt_text().unwrap_or_else(|| {
            self.expected("a text in quotes");
            StringLiteral { value: String::new(), obfuscated: false, span: self.here() }
        })
    }

    /// `datetime(…)` and the like: the parentheses are within the token.
    fn typed(&mut self, scalar: ScalarType, token: Token) -> Literal {
        let written = self.text(token.span);
        let closed = written.ends_with(')');
        let inside = written.split_once('(').map_or("", |(_, inside)| inside.strip_suffix(')').unwrap_or(inside));
        let inside = inside.trim_matches(crate::kql::syntax::lexer::is_blank);
        let unquoted = (inside.len() > 1 && inside.starts_with(['"', '\'', '@'])).then(|| value::unquote(inside).value);
        let text = unquoted.as_deref().map_or(inside, str::trim);
        if text == "null" {
            return null_of(scalar);
        }
        if text.is_empty() && scalar == ScalarType::DateTime {
            return Literal::Now;
        }
        literal_of(scalar, text).unwrap_or_else(|| {
            if closed {
                let name = words::type_name(scalar);
                self.mild_error(
                    Diagnostic::error(token.span, format!("`{text}` is not a valid {name}")).with_help(help_of(scalar)),
                );
            }
            null_of(scalar)
        })
    }

    /// `typeof(…)`, with the parser at it.
    fn type_of(&mut self) -> TypeOf {
        let start = self.bump().span;
        let argument = self.type_argument();
        TypeOf { argument, span: self.since(start) }
    }
}

/// The value of the text of a typed literal.
fn literal_of(scalar: ScalarType, text: &str) -> Option<Literal> {
    Some(match scalar {
        ScalarType::Bool => Literal::Bool(Some(match text.to_ascii_lowercase().as_str() {
            "true" => true,
            "false" => false,
            _ => return None,
        })),
        ScalarType::Int => Literal::Int(Some(match text {
            "min" => i32::MIN,
            "max" => i32::MAX,
            _ => value::int(text)?,
        })),
        ScalarType::Long => Literal::Long(Some(match text {
            "min" => i64::MIN,
            "max" => i64::MAX,
            _ => value::long(text)?,
        })),
        ScalarType::Real => Literal::Real(Some(match text {
            "min" => f64::MIN,
            "max" => f64::MAX,
            _ => value::real(text)?,
        })),
        ScalarType::Decimal => Literal::Decimal(Some(value::decimal(text)?.to_owned())),
        ScalarType::DateTime => match value::datetime(text)? {
            Moment::At(ticks) => Literal::DateTime(Some(ticks)),
            Moment::TimeOfDay(ticks) => Literal::TimeToday(ticks),
        },
        ScalarType::Timespan => Literal::Timespan(Some(value::timespan(text)?)),
        ScalarType::Guid => Literal::Guid(Some(value::guid(text)?)),
        ScalarType::String | ScalarType::Dynamic => return None,
    })
}

fn null_of(scalar: ScalarType) -> Literal {
    match scalar {
        ScalarType::Bool => Literal::Bool(None),
        ScalarType::Int => Literal::Int(None),
        ScalarType::Long => Literal::Long(None),
        ScalarType::Real => Literal::Real(None),
        ScalarType::Decimal => Literal::Decimal(None),
        ScalarType::DateTime => Literal::DateTime(None),
        ScalarType::Timespan => Literal::Timespan(None),
        // There are no typed literals of the last two.
        ScalarType::Guid | ScalarType::String | ScalarType::Dynamic => Literal::Guid(None),
    }
}

fn help_of(scalar: ScalarType) -> &'static str {
    match scalar {
        ScalarType::Bool => "write `bool(true)`, `bool(false)` or `bool(null)`; `tobool(x)` converts",
        ScalarType::Int => "write `int(5)`, within 32 bits; `toint(x)` converts",
        ScalarType::Long => "write `long(5)`, within 64 bits; `tolong(x)` converts",
        ScalarType::Real => "write `real(1.5)`, `real(nan)`, `real(+inf)`; `todouble(x)` converts",
        ScalarType::Decimal => "write `decimal(1.5)`; `todecimal(x)` converts",
        ScalarType::DateTime => {
            "write `datetime(2024-01-31)` or `datetime(2024-01-31 23:59:59)`; `todatetime(x)` converts"
        }
        ScalarType::Timespan => "write `timespan(1.02:03:04)`, `timespan(30min)` or `30min`; `totimespan(x)` converts",
        ScalarType::Guid => "write `guid(74be27de-1e4e-49d9-b579-fe0b331d3642)`; `toguid(x)` converts",
        ScalarType::String | ScalarType::Dynamic => "",
    }
}
