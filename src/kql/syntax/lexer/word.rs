//! Words: names, keywords, word operators, and the typed literals that start with one.

use super::{Lexer, TokenKind, is_line_end, is_word_byte};
use crate::kql::syntax::ast::ScalarType;
use crate::kql::syntax::diagnostic::Diagnostic;
use crate::kql::syntax::words;

impl Lexer<'_> {
    /// What starts with a letter, `_` or `$`.
    pub(super) fn scan_word(&mut self) -> TokenKind {
        if let Some(length) = self.guid_length() {
            self.at += length;
            return TokenKind::RawGuid;
        }
        let length = self.word_length(1);
        let word = self.source.get(self.at..self.at + length).unwrap_or_default();
        if matches!(word, "h" | "H")
            && let Some(kind) = self.scan_obfuscated()
        {
            return kind;
        }
        let start = self.at;
        self.at += length;
        if self.rest().starts_with(|next: char| !next.is_ascii() && next.is_alphabetic()) {
            return self.scan_foreign_word(start);
        }
        if matches!(word, "true" | "True" | "TRUE" | "false" | "False" | "FALSE") {
            return TokenKind::Bool;
        }
        match self.byte(0) {
            Some(b'(') => {
                if let Some(scalar) = typed_literal(word) {
                    return self.scan_typed(scalar);
                }
            }
            Some(b'-') => self.at += self.hyphenated(word).unwrap_or(0),
            Some(b'~') if word == "in" => self.at += 1,
            _ => {}
        }
        TokenKind::Word
    }

    /// How many bytes of a word stand here, of which so many are known to belong to it.
    pub(super) fn word_length(&self, known: usize) -> usize {
        known + self.count(known, is_word_byte)
    }

    /// `!has`, `!in~`: the word that stands behind the `!` is a negated operator or an error.
    pub(super) fn scan_negated_word(&mut self) -> TokenKind {
        let start = self.at;
        let length = self.word_length(1);
        let word = self.source.get(self.at..self.at + length).unwrap_or_default();
        if !words::is_negated_operator(word) {
            self.at += 1;
            let span = self.since(start);
            self.diagnostics
                .push(Diagnostic::error(span, "unexpected `!`").with_help("write `not(…)` to negate a condition"));
            return TokenKind::Bad;
        }
        self.at += length;
        if word == "!in" && self.byte(0) == Some(b'~') {
            self.at += 1;
        }
        TokenKind::Word
    }

    /// `h"…"`, with the lexer before the `h`.
    fn scan_obfuscated(&mut self) -> Option<TokenKind> {
        match self.byte(1) {
            Some(b'"' | b'\'') => {
                self.at += 1;
                Some(self.scan_text(false))
            }
            Some(b'@') if matches!(self.byte(2), Some(b'"' | b'\'')) => {
                self.at += 2;
                Some(self.scan_text(true))
            }
            _ if self.at_fence(self.at + 1) => {
                self.at += 1;
                Some(self.scan_fenced())
            }
            _ => None,
        }
    }

    /// The length of the rest of a hyphenated word, with the lexer at its first hyphen: of `-away` if the word is `project`.
    fn hyphenated(&self, word: &str) -> Option<usize> {
        words::HYPHENATED
            .iter()
            .filter_map(|compound| compound.strip_prefix(word))
            .filter(|rest| self.rest().starts_with(*rest))
            .map(str::len)
            .filter(|length| !self.byte(*length).is_some_and(is_word_byte))
            .max()
    }

    /// `datetime(…)`, with the lexer at the parenthesis.
    fn scan_typed(&mut self, scalar: ScalarType) -> TokenKind {
        let start = self.at;
        let rest = self.rest();
        let end = rest.find(|character| character == ')' || is_line_end(character)).unwrap_or(rest.len());
        self.at += end;
        if self.byte(0) == Some(b')') {
            self.at += 1;
        } else {
            let open = crate::kql::syntax::ast::Span::new(start as u32, start as u32 + 1);
            self.diagnostics.push(Diagnostic::error(open, "this `(` is not closed on its line"));
        }
        TokenKind::Typed(scalar)
    }
}

/// The type whose literals are written with this word and parentheses.
fn typed_literal(word: &str) -> Option<ScalarType> {
    Some(match word {
        "bool" => ScalarType::Bool,
        "int" | "int32" => ScalarType::Int,
        "long" | "int64" => ScalarType::Long,
        "real" | "double" => ScalarType::Real,
        "decimal" => ScalarType::Decimal,
        "datetime" | "date" => ScalarType::DateTime,
        "timespan" | "time" => ScalarType::Timespan,
        "guid" => ScalarType::Guid,
        _ => return None,
    })
}
