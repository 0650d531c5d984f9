//! Looking at tokens, taking them, and finding the way again after an error.

use super::{MAX_ERRORS, Parser};
use crate::kql::syntax::ast::Span;
use crate::kql::syntax::diagnostic::{Diagnostic, Severity};
use crate::kql::syntax::lexer::{Gap, Mark, Token, TokenKind};

/// So many tokens are looked through for the bracket that closes another. Farther away it is more likely another's.
const CLOSER_WITHIN: usize = 5_000;

impl<'s> Parser<'s> {
    /// The token that is looked at.
    pub(super) fn peek(&self) -> Token {
        self.peek_at(0)
    }

    /// The token so many behind it; behind the end there is nothing but the end.
    pub(super) fn peek_at(&self, offset: usize) -> Token {
        let end = || {
            let end = self.source.len() as u32;
            Token { kind: TokenKind::End, span: Span::new(end, end), gap: Gap::None }
        };
        self.tokens.get(self.at + offset).or(self.tokens.last()).copied().unwrap_or_else(end)
    }

    /// Takes the token that is looked at; the end stays.
    pub(super) fn bump(&mut self) -> Token {
        let token = self.peek();
        if token.kind != TokenKind::End {
            self.at += 1;
            self.last_end = token.span.end;
        }
        token
    }

    pub(super) fn at_end(&self) -> bool {
        self.peek().kind == TokenKind::End
    }

    pub(super) fn text(&self, span: Span) -> &'s str {
        span.text(self.source)
    }

    /// The word so many tokens ahead; empty if there is none.
    pub(super) fn word_at(&self, offset: usize) -> &'s str {
        let token = self.peek_at(offset);
        if token.kind == TokenKind::Word { self.text(token.span) } else { "" }
    }

    /// The word that is looked at; empty if it is none.
    pub(super) fn word(&self) -> &'s str {
        self.word_at(0)
    }

    pub(super) fn mark_at(&self, offset: usize, mark: Mark) -> bool {
        self.peek_at(offset).kind == TokenKind::Mark(mark)
    }

    pub(super) fn at_mark(&self, mark: Mark) -> bool {
        self.mark_at(0, mark)
    }

    pub(super) fn eat_mark(&mut self, mark: Mark) -> Option<Span> {
        self.at_mark(mark).then(|| self.bump().span)
    }

    pub(super) fn eat_word(&mut self, word: &str) -> Option<Span> {
        (self.word() == word).then(|| self.bump().span)
    }

    pub(super) fn expect_mark(&mut self, mark: Mark) {
        if self.eat_mark(mark).is_none() {
            self.expected(&format!("`{}`", mark.text()));
        }
    }

    pub(super) fn expect_word(&mut self, word: &str) {
        if self.eat_word(word).is_none() {
            self.expected(&format!("`{word}`"));
        }
    }

    /// From a place to the end of the last token that was taken.
    pub(super) fn since(&self, start: Span) -> Span {
        Span::new(start.start, self.last_end.max(start.start))
    }

    /// Says something, unless an error has been told and the parser has not found its way since.
    pub(super) fn error(&mut self, diagnostic: Diagnostic) {
        debug_assert_eq!(diagnostic.severity, Severity::Error);
        if !self.recovering {
            self.recovering = true;
            self.errors += 1;
            self.diagnostics.push(diagnostic);
            if self.errors >= MAX_ERRORS {
                self.give_up();
            }
        }
    }

    /// As [`Self::error`], but the parser knows how to go on.
    pub(super) fn mild_error(&mut self, diagnostic: Diagnostic) {
        if !self.recovering {
            self.error(diagnostic);
            self.recovering = false;
        }
    }

    pub(super) fn warn(&mut self, diagnostic: Diagnostic) {
        if !self.recovering && self.warnings < MAX_ERRORS {
            self.warnings += 1;
            self.diagnostics.push(diagnostic);
        }
    }

    /// Says what should stand where the parser looks.
    pub(super) fn expected(&mut self, what: &str) {
        let token = self.peek();
        if token.kind == TokenKind::Bad {
            // The lexer has said what is wrong with it.
            self.recovering = true;
            return;
        }
        let diagnostic = Diagnostic::error(token.span, format!("expected {what}, found {}", self.found()));
        self.error(match self.help_for_token() {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        });
    }

    /// What the token that is looked at is called in a message.
    pub(super) fn found(&self) -> String {
        let token = self.peek();
        match token.kind {
            TokenKind::End => "the end of the text".to_owned(),
            TokenKind::Text => "a text".to_owned(),
            _ => {
                let text = self.text(token.span);
                match text.char_indices().nth(40) {
                    Some((at, _)) => format!("`{}…`", text.get(..at).unwrap_or_default()),
                    None => format!("`{text}`"),
                }
            }
        }
    }

    /// Leaves the rest of the text unread.
    pub(super) fn give_up(&mut self) {
        self.at = self.tokens.len().saturating_sub(1);
        self.recovering = true;
    }

    /// After an error, goes to where the parser knows its way: to the `|`, `;` or closing bracket that belongs to what is open here.
    pub(super) fn synchronize(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.peek().kind {
                TokenKind::End => return,
                TokenKind::Mark(Mark::Bar | Mark::Semicolon) if depth == 0 => return,
                TokenKind::Mark(mark) if is_opener(mark) => depth += 1,
                TokenKind::Mark(mark) if is_closer(mark) => {
                    if depth == 0 {
                        return;
                    }
                    depth -= 1;
                }
                TokenKind::Word if self.paragraphs && depth == 0 && self.peek().gap == Gap::Paragraph => return,
                _ => {}
            }
            self.bump();
        }
    }

    /// Takes the bracket that closes the one at `open`. If something else stands here, goes behind the bracket if there is one.
    pub(super) fn close(&mut self, open: Span, closer: Mark) {
        if self.eat_mark(closer).is_some() {
            self.recovering = false;
            return;
        }
        match self.closer_ahead(closer) {
            Some(offset) => {
                if self.at_mark(Mark::Bar) {
                    self.unexpected_bar(closer);
                } else {
                    self.expected(&format!("`,` or `{}`", closer.text()));
                }
                while self.at < offset {
                    self.bump();
                }
                self.bump();
                self.recovering = false;
            }
            None => {
                let bracket = self.text(open);
                self.error(Diagnostic::error(open, format!("this `{bracket}` is never closed")).with_help(format!(
                    "`{}` is missing before {}",
                    closer.text(),
                    self.found()
                )));
            }
        }
    }

    fn unexpected_bar(&mut self, closer: Mark) {
        let span = self.peek().span;
        self.error(
            Diagnostic::error(span, format!("expected `,` or `{}`, found `|`", closer.text()))
                .with_help("put a query that stands inside of something in parentheses of its own: `(T | …)`"),
        );
    }

    /// Where the bracket stands that closes what is open here, if it is not too far away.
    fn closer_ahead(&self, closer: Mark) -> Option<usize> {
        let mut depth = 0_usize;
        for at in self.at..(self.at + CLOSER_WITHIN).min(self.tokens.len()) {
            match self.tokens.get(at)?.kind {
                TokenKind::Mark(mark) if depth == 0 && mark == closer => return Some(at),
                TokenKind::Mark(mark) if is_opener(mark) => depth += 1,
                TokenKind::Mark(mark) if is_closer(mark) => depth = depth.checked_sub(1)?,
                TokenKind::Mark(Mark::Semicolon) if depth == 0 && closer != Mark::CloseBrace => return None,
                TokenKind::End => return None,
                _ => {}
            }
        }
        None
    }

    /// `element, element, …` until no comma follows; an element must be behind each, unless `trailing` lets a closing bracket be there.
    pub(super) fn comma_list<T>(&mut self, trailing: Option<Mark>, mut element: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut list = Vec::new();
        loop {
            list.push(element(self));
            if self.eat_mark(Mark::Comma).is_none() || trailing.is_some_and(|closer| self.at_mark(closer)) {
                return list;
            }
        }
    }

    /// `(element, …)` or `[element, …]` from the bracket on, which must be there; the list may be empty.
    pub(super) fn bracketed_list<T>(
        &mut self,
        brackets: (Mark, Mark),
        trailing: bool,
        element: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        let (opener, closer) = brackets;
        let Some(open) = self.eat_mark(opener) else {
            self.expected(&format!("`{}`", opener.text()));
            return Vec::new();
        };
        let list = if self.at_mark(closer) { Vec::new() } else { self.comma_list(trailing.then_some(closer), element) };
        self.close(open, closer);
        list
    }

    /// As [`Self::bracketed_list`], of one element at least.
    pub(super) fn required_list<T>(&mut self, brackets: (Mark, Mark), element: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let (opener, closer) = brackets;
        let Some(open) = self.eat_mark(opener) else {
            self.expected(&format!("`{}`", opener.text()));
            return Vec::new();
        };
        let list = self.comma_list(None, element);
        self.close(open, closer);
        list
    }
}

/// The pairs of brackets.
pub(super) const PARENS: (Mark, Mark) = (Mark::OpenParen, Mark::CloseParen);
/// See [`PARENS`].
pub(super) const BRACKETS: (Mark, Mark) = (Mark::OpenBracket, Mark::CloseBracket);

pub(super) fn is_opener(mark: Mark) -> bool {
    matches!(mark, Mark::OpenParen | Mark::OpenBracket | Mark::OpenBrace)
}

pub(super) fn is_closer(mark: Mark) -> bool {
    matches!(mark, Mark::CloseParen | Mark::CloseBracket | Mark::CloseBrace)
}
