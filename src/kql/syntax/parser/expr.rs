//! Expressions with operators. From weak to strong:
//!
//! `or`; `and`; `== != in has_any between` and the like; `< <= > >=`; `+ -`; `* / %`; `has contains =~ matches regex :` and the like;
//! a sign. Comparisons and tests do not chain.

use super::Parser;
use super::pipeline::Level;
use crate::kql::syntax::ast::{
    Arithmetic, Comparison, Expr, ExprKind, ListTest, Literal, Logical, NamedExpr, Sign, Span, StringOperation,
    StringTest, Target,
};
use crate::kql::syntax::diagnostic::Diagnostic;
use crate::kql::syntax::lexer::{Gap, Mark, TokenKind};
use crate::kql::syntax::words;

/// An operator between two operands.
#[derive(Clone, Copy)]
enum Infix {
    Logical(Logical),
    Comparison(Comparison),
    List(ListTest),
    Between { negated: bool },
    Arithmetic(Arithmetic),
    Text(StringTest),
}

/// How strongly operators bind.
const EQUALITY: u8 = 3;
const RELATION: u8 = 4;
const TEXT: u8 = 7;

impl Infix {
    /// How strongly it binds, from 1.
    fn power(self) -> u8 {
        match self {
            Self::Logical(Logical::Or) => 1,
            Self::Logical(Logical::And) => 2,
            Self::Comparison(Comparison::Equal | Comparison::NotEqual) | Self::List(_) | Self::Between { .. } => {
                EQUALITY
            }
            Self::Comparison(_) => RELATION,
            Self::Arithmetic(Arithmetic::Add | Arithmetic::Subtract) => 5,
            Self::Arithmetic(_) => 6,
            Self::Text(_) => TEXT,
        }
    }

    /// Whether `a op b op c` is legal.
    fn chains(self) -> bool {
        matches!(self, Self::Logical(_) | Self::Arithmetic(_))
    }
}

impl Parser<'_> {
    /// An expression, which must be there, without a `|` outside of brackets.
    pub(super) fn expression(&mut self) -> Expr {
        self.nested(super::missing_at, |parser| parser.binary(0))
    }

    /// `x = a`, `(x, y) = a`, or `a`.
    pub(super) fn named_expr(&mut self) -> NamedExpr {
        let start = self.peek().span;
        let target = self.opt_target();
        let expr = self.expression();
        NamedExpr { target, expr, span: self.since(start) }
    }

    /// An argument of a call: as [`Self::named_expr`], or `*`.
    pub(super) fn argument(&mut self) -> NamedExpr {
        if self.at_mark(Mark::Star) && (self.mark_at(1, Mark::CloseParen) || self.mark_at(1, Mark::Comma)) {
            return self.star_argument();
        }
        self.named_expr()
    }

    /// `*`, with the parser at it.
    pub(super) fn star_argument(&mut self) -> NamedExpr {
        let span = self.bump().span;
        NamedExpr { target: None, expr: Expr { kind: ExprKind::Star, span }, span }
    }

    /// What stands before a `=`, and the `=`.
    fn opt_target(&mut self) -> Option<Target> {
        if let Some(length) = self.bracketed_name_length(0) {
            return self.mark_at(length, Mark::Equal).then(|| self.one_target());
        }
        if !self.word().is_empty() {
            if self.mark_at(1, Mark::Equal) {
                return Some(self.one_target());
            }
            return self.opt_dashed_target();
        }
        let length = self.name_list_length()?;
        if !self.mark_at(length, Mark::Equal) {
            return None;
        }
        let open = self.bump().span;
        let names = self.comma_list(Some(Mark::CloseParen), Self::declared_name);
        self.close(open, Mark::CloseParen);
        let span = self.since(open);
        self.bump();
        Some(Target::Many(names, span))
    }

    fn one_target(&mut self) -> Target {
        let name = match self.opt_declared_name() {
            Some(name) => name,
            None => {
                let (keyword, span) = (self.word(), self.peek().span);
                let diagnostic = self.keyword_as_name(keyword, span);
                self.mild_error(diagnostic);
                self.bump();
                crate::kql::syntax::ast::Name::new(keyword, span)
            }
        };
        self.bump();
        Target::One(name)
    }

    /// `first-seen = …`: clearly a name, which needs brackets.
    fn opt_dashed_target(&mut self) -> Option<Target> {
        let part = |parser: &Self, at: usize| {
            parser.peek_at(at).gap == Gap::None
                && (parser.mark_at(at, Mark::Minus) || parser.peek_at(at).kind == TokenKind::Word)
        };
        let mut length = 1;
        while part(self, length) {
            length += 1;
        }
        if length == 1 || !self.mark_at(length, Mark::Equal) {
            return None;
        }
        let start = self.peek().span;
        for _ in 0..length {
            self.bump();
        }
        let span = self.since(start);
        let name = self.text(span);
        self.mild_error(
            Diagnostic::error(span, format!("`{name}` is a subtraction, not a name"))
                .with_help(format!("as a name it is written `['{name}']`")),
        );
        self.bump();
        Some(Target::One(crate::kql::syntax::ast::Name::new(name, span)))
    }

    /// How many tokens the `(x, y)` that stands here has.
    fn name_list_length(&self) -> Option<usize> {
        self.at_mark(Mark::OpenParen).then_some(())?;
        let mut length = 1;
        while !self.mark_at(length, Mark::CloseParen) {
            length += match self.bracketed_name_length(length) {
                Some(name) => name,
                None if words::may_be_declared(self.word_at(length)) && !self.word_at(length).is_empty() => 1,
                None => return None,
            };
            match self.peek_at(length).kind {
                TokenKind::Mark(Mark::Comma) => length += 1,
                TokenKind::Mark(Mark::CloseParen) => {}
                _ => return None,
            }
        }
        Some(length + 1)
    }

    /// Operands and the operators between them that bind at least so strongly.
    pub(super) fn binary(&mut self, least: u8) -> Expr {
        // Operands beside each other do not add up: only what is made here stands on top of them.
        let beside = std::mem::take(&mut self.height);
        let mut left = self.opt_any_column().unwrap_or_else(|| self.signed());
        // What stands at the left binds as strongly as its operator; a stronger one, or the same again that does not chain, cannot follow.
        let mut below = u8::MAX;
        while let Some(infix) = self.peek_infix() {
            let power = infix.power();
            if power < least || power >= below {
                break;
            }
            below = if infix.chains() { power + 1 } else { power };
            left = self.infix(left, infix);
        }
        self.height = beside.max(self.height);
        left
    }

    fn infix(&mut self, left: Expr, infix: Infix) -> Expr {
        let start = left.span;
        self.bump();
        if matches!(infix, Infix::Text(StringTest { operation: StringOperation::MatchesRegex, .. })) {
            self.bump();
        }
        let right_power = infix.power() + 1;
        let kind = match infix {
            Infix::Logical(logical) => {
                let right = self.binary(right_power);
                return self.join_logical(logical, left, right);
            }
            Infix::List(test) => ExprKind::ListTest(test, Box::new(left), self.test_list(test)),
            Infix::Between { negated } => self.between(left, negated),
            Infix::Comparison(comparison) => {
                let right = self.binary(right_power);
                ExprKind::Comparison(comparison, Box::new(left), Box::new(right))
            }
            Infix::Arithmetic(arithmetic) => {
                let right = self.binary(right_power);
                ExprKind::Arithmetic(arithmetic, Box::new(left), Box::new(right))
            }
            Infix::Text(test) => {
                let right = self.signed();
                ExprKind::StringTest(test, Box::new(left), Box::new(right))
            }
        };
        self.grow();
        Expr { kind, span: self.since(start) }
    }

    /// Adds an operand to a chain of `and` or `or`, which stays flat.
    fn join_logical(&mut self, logical: Logical, left: Expr, right: Expr) -> Expr {
        let span = self.since(left.span);
        match left.kind {
            ExprKind::Logical(chain, mut operands) if chain == logical => {
                operands.push(right);
                Expr { kind: ExprKind::Logical(logical, operands), span }
            }
            kind => {
                self.grow();
                let left = Expr { kind, span: left.span };
                Expr { kind: ExprKind::Logical(logical, vec![left, right]), span }
            }
        }
    }

    fn peek_infix(&self) -> Option<Infix> {
        let token = self.peek();
        Some(match token.kind {
            TokenKind::Mark(mark) => match mark {
                Mark::EqualEqual => Infix::Comparison(Comparison::Equal),
                Mark::NotEqual => Infix::Comparison(Comparison::NotEqual),
                Mark::Less => Infix::Comparison(Comparison::Less),
                Mark::LessEqual => Infix::Comparison(Comparison::LessOrEqual),
                Mark::Greater => Infix::Comparison(Comparison::Greater),
                Mark::GreaterEqual => Infix::Comparison(Comparison::GreaterOrEqual),
                Mark::Plus => Infix::Arithmetic(Arithmetic::Add),
                Mark::Minus => Infix::Arithmetic(Arithmetic::Subtract),
                Mark::Star => Infix::Arithmetic(Arithmetic::Multiply),
                Mark::Slash => Infix::Arithmetic(Arithmetic::Divide),
                Mark::Percent => Infix::Arithmetic(Arithmetic::Modulo),
                _ => Infix::Text(self.text_infix(0)?),
            },
            TokenKind::Word => match self.text(token.span) {
                "and" => Infix::Logical(Logical::And),
                "or" => Infix::Logical(Logical::Or),
                "between" => Infix::Between { negated: false },
                "!between" => Infix::Between { negated: true },
                // The axis of `make-series … on x in range(…)`.
                "in" if self.word_at(1) == "range" => return None,
                word => match words::list_test(word) {
                    Some(test) => Infix::List(test),
                    None => Infix::Text(self.text_infix(0)?),
                },
            },
            _ => return None,
        })
    }

    /// The operator on text that stands so far ahead.
    fn text_infix(&self, offset: usize) -> Option<StringTest> {
        let test = |operation, negated| Some(StringTest { operation, case_sensitive: false, negated });
        match self.peek_at(offset).kind {
            TokenKind::Mark(Mark::EqualTilde) => test(StringOperation::Equal, false),
            TokenKind::Mark(Mark::NotTilde) => test(StringOperation::Equal, true),
            TokenKind::Mark(Mark::Colon) => test(StringOperation::Search, false),
            TokenKind::Word => match self.word_at(offset) {
                "matches" if self.word_at(offset + 1) == "regex" => {
                    Some(StringTest { operation: StringOperation::MatchesRegex, case_sensitive: true, negated: false })
                }
                word => words::string_test(word),
            },
            _ => None,
        }
    }

    /// `*` as the left side of `has`, `==` and the like.
    fn opt_any_column(&mut self) -> Option<Expr> {
        let tested = self.at_mark(Mark::Star) && (self.text_infix(1).is_some() || self.mark_at(1, Mark::EqualEqual));
        tested.then(|| Expr { kind: ExprKind::Star, span: self.bump().span })
    }

    /// An operand with or without a sign.
    pub(super) fn signed(&mut self) -> Expr {
        let sign = match self.peek().kind {
            TokenKind::Mark(Mark::Minus) => Sign::Minus,
            TokenKind::Mark(Mark::Plus) => Sign::Plus,
            _ => return self.operand(),
        };
        let start = self.bump().span;
        if sign == Sign::Minus && self.peek().kind == TokenKind::Long && self.text(self.peek().span) == LEAST_LONG {
            self.bump();
            return Expr { kind: ExprKind::Literal(Literal::Long(Some(i64::MIN))), span: self.since(start) };
        }
        let operand = self.operand();
        self.grow();
        Expr { kind: ExprKind::Signed(sign, Box::new(operand)), span: self.since(start) }
    }

    /// `(a, b)` behind `in` and the like. The whole list may be a query.
    fn test_list(&mut self, test: ListTest) -> Vec<Expr> {
        let Some(open) = self.eat_mark(Mark::OpenParen) else {
            let diagnostic = Diagnostic::error(self.peek().span, format!("expected `(`, found {}", self.found()));
            self.error(diagnostic.with_help(format!(
                "`{}` takes a list in parentheses, even of one: `in (List)`",
                words::list_test_text(test)
            )));
            return Vec::new();
        };
        let mut list = vec![self.list_element(true)];
        while self.eat_mark(Mark::Comma).is_some() {
            list.push(self.list_element(false));
        }
        self.close(open, Mark::CloseParen);
        list
    }

    fn list_element(&mut self, first: bool) -> Expr {
        self.warn_of_joined_texts();
        if first { self.query(Level::Nested) } else { self.expression() }
    }

    /// Texts in a row are one text. In a list that is rather a forgotten comma.
    pub(super) fn warn_of_joined_texts(&mut self) {
        if self.peek().kind == TokenKind::Text && self.peek_at(1).kind == TokenKind::Text {
            let span = Span::new(self.peek().span.end, self.peek_at(1).span.start);
            self.warn(
                Diagnostic::warning(
                    span,
                    "two texts in a row are joined to one; a comma seems to be missing between them",
                )
                .with_help("if they are meant to be one text, write it as one"),
            );
        }
    }

    /// `(a .. b)`
    fn between(&mut self, value: Expr, negated: bool) -> ExprKind {
        let open = self.peek().span;
        self.expect_mark(Mark::OpenParen);
        let low = self.expression();
        if self.eat_mark(Mark::DotDot).is_none() {
            let diagnostic = Diagnostic::error(self.peek().span, format!("expected `..`, found {}", self.found()));
            self.error(diagnostic.with_help("write `x between (low .. high)`; both ends belong to the range"));
        }
        let high = self.expression();
        self.close(open, Mark::CloseParen);
        ExprKind::Between { negated, value: Box::new(value), low: Box::new(low), high: Box::new(high) }
    }
}

/// The digits of the least long, which have no positive counterpart.
const LEAST_LONG: &str = "9223372036854775808";
