//! Operands: literals, names, calls, parentheses, and the paths that start from them.

use super::Parser;
use super::cursor::{BRACKETS, PARENS};
use super::pipeline::Level;
use crate::kql::syntax::ast::{Call, Expr, ExprKind, Name, Parameters, Span};
use crate::kql::syntax::diagnostic::Diagnostic;
use crate::kql::syntax::lexer::{Mark, TokenKind};
use crate::kql::syntax::words;

/// Whether a name with a `(` behind it is a call. Behind `partition by x` it is not: there the subquery starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Calls {
    Allowed,
    Forbidden,
}

impl Parser<'_> {
    /// An operand and its path: `f(x).a["b"][0]`.
    pub(super) fn operand(&mut self) -> Expr {
        let mut expr = self.primary();
        loop {
            expr = if self.at_mark(Mark::Dot) {
                self.member(expr, Calls::Allowed)
            } else if self.at_mark(Mark::OpenBracket) {
                self.index(expr)
            } else {
                return expr;
            };
            self.grow();
        }
    }

    /// `.name`, `.['name']`, `.[0]`, `.f(…)`, `.T*`, with the parser at the dot.
    pub(super) fn member(&mut self, target: Expr, calls: Calls) -> Expr {
        let start = target.span;
        self.bump();
        let target = Box::new(target);
        if let Some(pattern) = self.opt_bracketed_wildcard() {
            return Expr { kind: ExprKind::MemberWildcard(target, pattern), span: self.since(start) };
        }
        if let Some(name) = self.opt_bracketed_name() {
            let kind = self.name_or_call(name, calls);
            let kind = match kind {
                Ok(name) => ExprKind::Member(target, name),
                Err(call) => ExprKind::MemberCall(target, call),
            };
            return Expr { kind, span: self.since(start) };
        }
        if self.at_mark(Mark::OpenBracket) {
            return self.index(*target);
        }
        if let Some(name) = self.opt_word(|word| words::may_be_name(word) || words::may_start_path(word)) {
            let kind = match self.name_or_call(name, calls) {
                Ok(name) => ExprKind::Member(target, name),
                Err(call) => ExprKind::MemberCall(target, call),
            };
            return Expr { kind, span: self.since(start) };
        }
        match (self.peek().kind, self.word()) {
            (TokenKind::Word, keyword) if !keyword.is_empty() => {
                let span = self.peek().span;
                self.error(
                    Diagnostic::error(span, format!("expected a name after `.`, found the keyword `{keyword}`"))
                        .with_help(format!("write `.['{keyword}']`")),
                );
            }
            (TokenKind::Long, _) => {
                let span = self.peek().span;
                let number = self.text(span);
                self.error(
                    Diagnostic::error(span, format!("expected a name after `.`, found `{number}`"))
                        .with_help(format!("an element of an array is `[{number}]`")),
                );
            }
            _ => self.expected("a name after `.`"),
        }
        let span = self.since(start);
        Expr { kind: ExprKind::Member(target, Name::new("", span.after())), span }
    }

    /// The name, or as `Err` the call that it starts.
    fn name_or_call(&mut self, name: Name, calls: Calls) -> Result<Name, Call> {
        let called = calls == Calls::Allowed && self.at_mark(Mark::OpenParen);
        if called { Err(self.call(name)) } else { Ok(name) }
    }

    /// `[expression]`, with the parser at the bracket.
    fn index(&mut self, target: Expr) -> Expr {
        let start = target.span;
        let open = self.bump().span;
        let index = self.expression();
        self.close(open, Mark::CloseBracket);
        Expr { kind: ExprKind::Index(Box::new(target), Box::new(index)), span: self.since(start) }
    }

    /// `(…)` behind the name of a function.
    pub(super) fn call(&mut self, name: Name) -> Call {
        let start = name.span;
        let arguments = self.bracketed_list(PARENS, false, Self::argument);
        Call { name, arguments, span: self.since(start) }
    }

    fn primary(&mut self) -> Expr {
        let start = self.peek().span;
        if let Some(literal) = self.opt_literal() {
            return Expr { kind: ExprKind::Literal(literal), span: self.since(start) };
        }
        match self.peek().kind {
            TokenKind::Word => self.word_operand(),
            TokenKind::Mark(Mark::OpenParen) => self.parenthesized(),
            TokenKind::Mark(Mark::OpenBracket) => self.bracketed_operand(),
            TokenKind::Mark(Mark::OpenBrace) => {
                self.error(
                    Diagnostic::error(start, "expected an expression, found `{`")
                        .with_help("a property bag is written `dynamic({\"key\": 1})` or `bag_pack(\"key\", 1)`"),
                );
                self.missing()
            }
            _ => {
                self.expected("an expression");
                self.missing()
            }
        }
    }

    /// What starts with a word and is no literal.
    fn word_operand(&mut self) -> Expr {
        let start = self.peek().span;
        let word = self.word();
        let called = self.mark_at(1, Mark::OpenParen);
        let kind = match word {
            "datatable" => self.datatable(),
            "externaldata" | "external_data" => self.externaldata(),
            "toscalar" | "totable" if called || self.word_at(1) == "kind" => {
                self.bump();
                let parameters = self.kind_parameter();
                let inner = Box::new(self.query_in_parens());
                if word == "toscalar" {
                    ExprKind::ToScalar(parameters, inner)
                } else {
                    ExprKind::ToTable(parameters, inner)
                }
            }
            "materialize" if called => {
                self.bump();
                ExprKind::Materialize(Box::new(self.query_in_parens()))
            }
            "inline_external_table" if called || self.word_at(1) == "kind" => self.inline_external_table(),
            "materialized-view-combine" | "__contextual_datatable" => return self.refused(word),
            // The names of hints are single words of the grammar; a column `hint` with a member of that name is written in brackets.
            "hint" if self.parameter_name_length(0, &[]).is_some() => return self.keyword_operand(word),
            _ if words::may_be_name(word) || words::may_start_path(word) => {
                let name = Name::new(word, self.bump().span);
                match self.name_or_call(name, calls_of(word)) {
                    Ok(name) => ExprKind::Name(name),
                    Err(call) => ExprKind::Call(call),
                }
            }
            _ => return self.keyword_operand(word),
        };
        if self.word() == "datascope" && self.mark_at(1, Mark::Equal) {
            return self.refused("datascope");
        }
        Expr { kind, span: self.since(start) }
    }

    /// A keyword where an operand should be: a column with that name, or something has been left out before it.
    fn keyword_operand(&mut self, keyword: &str) -> Expr {
        let span = self.peek().span;
        let used_as_name = match self.peek_at(1).kind {
            TokenKind::Mark(mark) => {
                !matches!(mark, Mark::OpenParen | Mark::OpenBracket | Mark::Equal | Mark::Minus | Mark::Plus)
            }
            TokenKind::Word => {
                let next = self.word_at(1);
                matches!(next, "and" | "or" | "between" | "!between" | "matches")
                    || words::string_test(next).is_some()
                    || words::list_test(next).is_some()
            }
            _ => false,
        };
        if used_as_name {
            let diagnostic = self.keyword_as_name(keyword, span);
            self.mild_error(diagnostic);
            let name = Name::new(keyword, self.bump().span);
            return Expr { kind: ExprKind::Name(name), span };
        }
        self.expected("an expression");
        self.missing()
    }

    /// A construct that Microsoft's grammar knows, and this one knows not to be of use.
    pub(super) fn refused(&mut self, what: &str) -> Expr {
        let span = self.peek().span;
        self.error(
            Diagnostic::error(span, format!("`{what}` is not supported"))
                .with_help("it belongs to the storage of Azure Data Explorer; name a table instead"),
        );
        self.missing()
    }

    fn parenthesized(&mut self) -> Expr {
        let open = self.bump().span;
        let inner = self.query(Level::Nested);
        if self.at_mark(Mark::Comma) {
            let span = self.peek().span;
            self.error(
                Diagnostic::error(span, "expected `)`, found `,`")
                    .with_help("lists stand behind `in`, `has_any`, `has_all` only: `x has_any (\"a\", \"b\")`"),
            );
        }
        self.close(open, Mark::CloseParen);
        Expr { kind: ExprKind::Paren(Box::new(inner)), span: self.since(open) }
    }

    /// `( … )` with a query in it, the parentheses not being part of the tree.
    fn query_in_parens(&mut self) -> Expr {
        let Some(open) = self.eat_mark(Mark::OpenParen) else {
            self.expected("`(`");
            return self.missing();
        };
        let inner = self.query(Level::Nested);
        self.close(open, Mark::CloseParen);
        inner
    }

    /// `['name']`, `[T*]`
    fn bracketed_operand(&mut self) -> Expr {
        let start = self.peek().span;
        if let Some(pattern) = self.opt_bracketed_wildcard() {
            return Expr { kind: ExprKind::Wildcard(pattern), span: self.since(start) };
        }
        if let Some(name) = self.opt_bracketed_name() {
            let kind = match self.name_or_call(name, Calls::Allowed) {
                Ok(name) => ExprKind::Name(name),
                Err(call) => ExprKind::Call(call),
            };
            return Expr { kind, span: self.since(start) };
        }
        self.error(
            Diagnostic::error(start, "expected an expression, found `[`")
                .with_help("an array is written `dynamic([1, 2])` or `pack_array(a, b)`, a name `['my column']`"),
        );
        self.missing()
    }

    fn datatable(&mut self) -> ExprKind {
        self.bump();
        let parameters = self.parameters(&[], false);
        let columns = self.row_schema();
        let cells = self.cells();
        ExprKind::DataTable { parameters, columns, cells }
    }

    /// `["a", 1, …,]`
    fn cells(&mut self) -> Vec<Expr> {
        if self.at_mark(Mark::OpenBracket) && self.mark_at(1, Mark::Comma) {
            // A comma before the first is let pass, as one behind the last.
            let open = self.bump().span;
            self.bump();
            let empty = self.at_mark(Mark::CloseBracket);
            let cells = if empty { Vec::new() } else { self.comma_list(Some(Mark::CloseBracket), Self::cell) };
            self.close(open, Mark::CloseBracket);
            return cells;
        }
        self.bracketed_list(BRACKETS, true, Self::cell)
    }

    fn cell(&mut self) -> Expr {
        self.warn_of_joined_texts();
        if let Some(literal) = self.opt_literal_expr() {
            return literal;
        }
        let diagnostic = Diagnostic::error(self.peek().span, format!("expected a literal, found {}", self.found()));
        let help = match self.word() {
            "null" => "a null has a type: `long(null)`, `datetime(null)`; of a string it is `\"\"`",
            _ => "cells of `datatable` are constants; compute with `extend` behind it",
        };
        self.error(diagnostic.with_help(help));
        self.missing()
    }

    /// `kind = nooptimization` before the parenthesis of `toscalar`.
    fn kind_parameter(&mut self) -> Parameters {
        if self.word() == "kind" && self.mark_at(1, Mark::Equal) {
            self.parameters(&[], true)
        } else {
            Parameters::default()
        }
    }

    /// A table, view, or query in parentheses, as inputs of `union`: `T`, `T*`, `database("d").T`, `f(1)`, `(T | take 1)`.
    pub(super) fn entity(&mut self) -> Expr {
        let start = self.peek().span;
        if self.at_mark(Mark::OpenParen) {
            return self.parenthesized();
        }
        if let Some(pattern) = self.opt_wildcard() {
            return Expr { kind: ExprKind::Wildcard(pattern), span: self.since(start) };
        }
        let mut expr = match self.peek().kind {
            TokenKind::Mark(Mark::OpenBracket) => self.bracketed_operand(),
            _ => match self.opt_word(|word| words::may_be_name(word) || words::may_start_path(word)) {
                Some(name) => {
                    let kind = match self.name_or_call(name, Calls::Allowed) {
                        Ok(name) => ExprKind::Name(name),
                        Err(call) => ExprKind::Call(call),
                    };
                    Expr { kind, span: self.since(start) }
                }
                None => {
                    self.expected("a table");
                    return self.missing();
                }
            },
        };
        loop {
            expr = if self.at_mark(Mark::Dot) {
                if self.wildcard_length(1).is_some() {
                    self.bump();
                    let Some(pattern) = self.opt_wildcard() else { return expr };
                    return Expr { kind: ExprKind::MemberWildcard(Box::new(expr), pattern), span: self.since(start) };
                }
                self.member(expr, Calls::Allowed)
            } else if self.at_mark(Mark::OpenBracket) {
                self.index(expr)
            } else {
                return expr;
            };
            self.grow();
        }
    }

    /// `a.b["c"]`, without calls: a column and the path into it.
    pub(super) fn path(&mut self) -> Expr {
        let start = self.peek().span;
        let name = self.opt_bracketed_name();
        let name = name.or_else(|| self.opt_word(|word| words::may_be_name(word) || words::may_start_path(word)));
        let Some(name) = name else {
            self.expected("a column");
            return self.missing();
        };
        let mut expr = Expr { kind: ExprKind::Name(name), span: self.since(start) };
        loop {
            expr = if self.at_mark(Mark::Dot) {
                self.member(expr, Calls::Forbidden)
            } else if self.at_mark(Mark::OpenBracket) {
                self.index(expr)
            } else {
                return expr;
            };
            self.grow();
        }
    }

    /// A place right behind what was read.
    pub(super) fn here(&self) -> Span {
        let at = self.peek().span.start;
        Span::new(at, at)
    }
}

/// Keywords that may start a path are no functions.
fn calls_of(word: &str) -> Calls {
    if words::may_be_name(word) { Calls::Allowed } else { Calls::Forbidden }
}
