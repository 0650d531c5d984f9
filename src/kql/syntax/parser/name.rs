//! Names: plain, bracketed, and with wildcards.

use super::Parser;
use crate::kql::syntax::ast::{Name, NamePattern, Span};
use crate::kql::syntax::diagnostic::Diagnostic;
use crate::kql::syntax::lexer::{Gap, Mark, TokenKind};
use crate::kql::syntax::words;

impl Parser<'_> {
    /// The name that stands here, if there is one: `x`, `['x y']`.
    pub(super) fn opt_name(&mut self) -> Option<Name> {
        self.opt_bracketed_name().or_else(|| self.opt_word(words::may_be_name))
    }

    /// As [`Self::opt_name`] where names are declared, which more of the keywords may be.
    pub(super) fn opt_declared_name(&mut self) -> Option<Name> {
        self.opt_bracketed_name().or_else(|| self.opt_word(words::may_be_declared))
    }

    /// A name that must be there.
    pub(super) fn name(&mut self) -> Name {
        self.opt_name().unwrap_or_else(|| self.missing_name())
    }

    /// A declared name that must be there.
    pub(super) fn declared_name(&mut self) -> Name {
        self.opt_declared_name().unwrap_or_else(|| self.missing_name())
    }

    fn missing_name(&mut self) -> Name {
        let span = self.peek().span;
        match self.word() {
            "" if self.at_mark(Mark::Equal) => self.error(Diagnostic::error(span, "expected a name, found `=`")),
            "" => self.expected("a name"),
            keyword => {
                self.error(self.keyword_as_name(keyword, span));
                self.recovering = true;
            }
        }
        Name::new("", Span::new(span.start, span.start))
    }

    /// The error about a keyword that stands where a name should.
    pub(super) fn keyword_as_name(&self, keyword: &str, span: Span) -> Diagnostic {
        Diagnostic::error(span, format!("expected a name, found the keyword `{keyword}`"))
            .with_help(format!("as a name it is written `['{keyword}']`"))
    }

    pub(super) fn opt_word(&mut self, may_be: impl Fn(&str) -> bool) -> Option<Name> {
        let word = self.word();
        (!word.is_empty() && may_be(word)).then(|| Name::new(word, self.bump().span))
    }

    /// How many tokens the bracketed name that stands so far ahead has.
    pub(super) fn bracketed_name_length(&self, offset: usize) -> Option<usize> {
        self.mark_at(offset, Mark::OpenBracket).then_some(())?;
        let mut length = 1;
        while self.peek_at(offset + length).kind == TokenKind::Text {
            length += 1;
        }
        (length > 1 && self.mark_at(offset + length, Mark::CloseBracket)).then_some(length + 1)
    }

    /// `['x y']`
    pub(super) fn opt_bracketed_name(&mut self) -> Option<Name> {
        self.bracketed_name_length(0)?;
        let open = self.bump().span;
        let text = self.opt_text()?;
        self.close(open, Mark::CloseBracket);
        Some(Name::new(text.value, self.since(open)))
    }

    /// How many tokens the pattern that stands so far ahead has, if it has a `*`.
    pub(super) fn wildcard_length(&self, offset: usize) -> Option<usize> {
        let word = |offset: usize| words::may_be_declared(self.word_at(offset)) && !self.word_at(offset).is_empty();
        let adjacent = |offset: usize| self.peek_at(offset).gap == Gap::None;
        let mut length = if self.mark_at(offset, Mark::Star) {
            1
        } else if word(offset) && self.mark_at(offset + 1, Mark::Star) && adjacent(offset + 1) {
            2
        } else {
            return None;
        };
        while adjacent(offset + length)
            && (self.mark_at(offset + length, Mark::Star)
                || word(offset + length)
                || self.peek_at(offset + length).kind == TokenKind::Long)
        {
            length += 1;
        }
        Some(length)
    }

    /// `T*`
    pub(super) fn opt_wildcard(&mut self) -> Option<NamePattern> {
        let length = self.wildcard_length(0)?;
        let start = self.peek().span;
        for _ in 0..length {
            self.bump();
        }
        let span = self.since(start);
        Some(NamePattern { text: self.text(span).to_owned(), wildcard: true, span })
    }

    /// `[T*]`
    pub(super) fn opt_bracketed_wildcard(&mut self) -> Option<NamePattern> {
        if !self.at_mark(Mark::OpenBracket) || self.wildcard_length(1).is_none() {
            return None;
        }
        let open = self.bump().span;
        let pattern = self.opt_wildcard()?;
        self.close(open, Mark::CloseBracket);
        Some(NamePattern { span: self.since(open), ..pattern })
    }

    /// A name or a pattern, which must be there.
    pub(super) fn name_pattern(&mut self) -> NamePattern {
        if let Some(pattern) = self.opt_wildcard() {
            return pattern;
        }
        let name = self.name();
        NamePattern { text: name.text, wildcard: false, span: name.span }
    }
}
