//! Quoted texts. Only where they end is found here; what they mean is in `literal::text`.

use super::{Lexer, TokenKind, is_line_end};
use crate::kql::syntax::ast::Span;
use crate::kql::syntax::diagnostic::Diagnostic;

/// How a text of several lines is quoted.
pub(in crate::kql::syntax) const FENCES: [&str; 2] = ["```", "~~~"];

impl Lexer<'_> {
    /// A text in quotes, from the quote on. A backslash keeps a quote from ending it, unless it is verbatim; there two quotes are one.
    pub(super) fn scan_text(&mut self, verbatim: bool) -> TokenKind {
        let start = self.at;
        let Some(quote) = self.byte(0) else { return TokenKind::Bad };
        self.at += 1;
        loop {
            let Some(character) = self.rest().chars().next().filter(|c| *c != '\r' && *c != '\n') else {
                self.unfinished(start, quote);
                return TokenKind::Text;
            };
            if character == char::from(quote) {
                self.at += 1;
                if !(verbatim && self.byte(0) == Some(quote)) {
                    return TokenKind::Text;
                }
                self.at += 1;
            } else if character == '\\' && !verbatim {
                self.escape(quote);
            } else {
                self.at += character.len_utf8();
            }
        }
    }

    /// Steps over `\` and what belongs to it.
    fn escape(&mut self, quote: u8) {
        let start = self.at;
        let hex_digits = |lexer: &Self, count: usize| {
            (2..2 + count).all(|i| lexer.byte(i).is_some_and(|byte| byte.is_ascii_hexdigit())).then_some(2 + count)
        };
        let length = match self.byte(1) {
            Some(b'\\' | b'\'' | b'"' | b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'0'..=b'7') => Some(2),
            Some(b'u') => hex_digits(self, 4),
            Some(b'U') => hex_digits(self, 8),
            Some(b'x') => hex_digits(self, 2),
            _ => None,
        };
        if let Some(length) = length {
            self.at += length;
            return;
        }
        self.at += 1;
        let next = self.rest().chars().next().filter(|c| !is_line_end(*c));
        let span = Span::new(start as u32, (self.at + next.map_or(0, char::len_utf8)) as u32);
        let written = span.text(self.source);
        let quote = char::from(quote);
        self.diagnostics.push(
            Diagnostic::error(span, format!("`{written}` is no escape sequence"))
                .with_help(format!("double the backslash, or write the text verbatim: `@{quote}…{quote}`")),
        );
    }

    fn unfinished(&mut self, start: usize, quote: u8) {
        let quote = char::from(quote);
        self.diagnostics.push(
            Diagnostic::error(Span::new(start as u32, start as u32 + 1), format!("this `{quote}` is never closed"))
                .with_help(format!(
                    "close it on the same line with `{quote}`; text of several lines is quoted with ```"
                )),
        );
    }

    /// Whether three of one quote stand at this byte.
    pub(super) fn at_fence(&self, at: usize) -> bool {
        self.source.get(at..).is_some_and(|rest| FENCES.iter().any(|fence| rest.starts_with(fence)))
    }

    /// A text of several lines, from its fence on.
    pub(super) fn scan_fenced(&mut self) -> TokenKind {
        let start = self.at;
        let rest = self.rest();
        let (fence, inner) = rest.split_at_checked(3).unwrap_or((rest, ""));
        match inner.find(fence) {
            Some(end) => self.at += 3 + end + 3,
            None => {
                self.at += rest.len();
                self.diagnostics.push(Diagnostic::error(
                    Span::new(start as u32, start as u32 + 3),
                    format!("this {fence} is never closed"),
                ));
            }
        }
        TokenKind::Text
    }

    /// A text in quotation marks that a word processor made. It is an error; to its end it is one token, so that there is one error.
    pub(super) fn scan_typographic(&mut self, first: char, closing: &[char]) -> TokenKind {
        let start = self.at;
        self.at += first.len_utf8();
        let rest = self.rest();
        // Whichever comes first: looking for the end of the line each time would make a line of such marks quadratic.
        let end = rest.find(|character: char| is_line_end(character) || closing.contains(&character));
        let closed = end.filter(|end| rest.get(*end..).is_some_and(|rest| rest.starts_with(closing)));
        let plain = if closing.contains(&'\'') { '\'' } else { '"' };
        self.diagnostics.push(
            Diagnostic::error(self.since(start), format!("`{first}` is not a quotation mark of KQL"))
                .with_help(format!("write `{plain}`; word processors and web pages replace it")),
        );
        match closed {
            Some(end) => {
                let length = rest.get(end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
                self.at += end + length;
                TokenKind::Text
            }
            None => TokenKind::Bad,
        }
    }
}
