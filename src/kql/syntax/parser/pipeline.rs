//! Queries: a source and operators, in statements, in parentheses, and as the subqueries of operators.

use super::Parser;
use super::operator::Place;
use crate::kql::syntax::ast::{Expr, ExprKind, Operator, OperatorKind, Pipeline};
use crate::kql::syntax::diagnostic::Diagnostic;
use crate::kql::syntax::lexer::{Gap, Mark, TokenKind};
use crate::kql::syntax::words;

/// Where a query stands, which tells what may follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// It is a statement.
    Query,
    /// It is the value of a `let`.
    Let,
    /// It stands in brackets.
    Nested,
}

impl Parser<'_> {
    /// A scalar expression, a table, or a pipeline that starts with a table or with an operator such as `print`.
    pub(super) fn query(&mut self, level: Level) -> Expr {
        self.nested(super::missing_at, |parser| parser.query_within(level))
    }

    fn query_within(&mut self, level: Level) -> Expr {
        if self.at_leading_operator() {
            let first = self.operator(Place::First);
            return self.pipeline(None, vec![first], level);
        }
        let source = self.binary(0);
        self.finish_stage(level);
        if self.at_mark(Mark::Bar) || self.at_operator_without_bar() {
            return self.pipeline(Some(source), Vec::new(), level);
        }
        source
    }

    /// A subquery that reads what its surroundings give it: `where … | take 1`.
    pub(super) fn subquery(&mut self) -> Expr {
        let first = self.operator(Place::Subquery);
        self.pipeline(None, vec![first], Level::Nested)
    }

    /// The operators that follow.
    fn pipeline(&mut self, source: Option<Expr>, mut operators: Vec<Operator>, level: Level) -> Expr {
        let start = source.as_ref().map(|source| source.span).or(operators.first().map(|first| first.span));
        let start = start.unwrap_or(self.peek().span);
        if source.is_none() {
            self.finish_stage(level);
        }
        loop {
            if self.eat_mark(Mark::Bar).is_some() {
                self.recovering = false;
            } else if self.at_operator_without_bar() {
                let span = self.peek().span;
                self.mild_error(Diagnostic::error(span, format!("a `|` is missing before `{}`", self.word())));
            } else {
                break;
            }
            operators.push(self.operator(Place::Piped));
            self.finish_stage(level);
        }
        let span = self.since(start);
        Expr { kind: ExprKind::Pipe(Box::new(Pipeline { source, operators, span })), span }
    }

    /// `( … )` around a subquery.
    pub(super) fn subquery_in_parens(&mut self) -> Expr {
        let Some(open) = self.eat_mark(Mark::OpenParen) else {
            self.expected("`(` and a subquery");
            return self.missing();
        };
        let subquery = self.nested(super::missing_at, Self::subquery);
        self.close(open, Mark::CloseParen);
        subquery
    }

    /// A subquery of one operator, without parentheses.
    pub(super) fn lone_operator(&mut self) -> Expr {
        let operator = self.operator(Place::Subquery);
        let span = operator.span;
        Expr { kind: ExprKind::Pipe(Box::new(Pipeline { source: None, operators: vec![operator], span })), span }
    }

    /// A table under another name: `T | as U` in `find in (…)`, with the parser at the `|`.
    pub(super) fn with_as(&mut self, table: Expr) -> Expr {
        self.bump();
        let operator = self.operator(Place::Piped);
        let span = table.span.to(operator.span);
        Expr { kind: ExprKind::Pipe(Box::new(Pipeline { source: Some(table), operators: vec![operator], span })), span }
    }

    /// At the end of an operator: if what follows cannot, says so and goes to where the next one may start.
    pub(super) fn finish_stage(&mut self, level: Level) {
        if !self.recovering {
            if self.at_operator_without_bar() || self.at_new_statement(level) {
                return;
            }
            match self.peek().kind {
                TokenKind::End | TokenKind::Mark(Mark::Bar | Mark::Semicolon) => return,
                TokenKind::Mark(mark) if super::cursor::is_closer(mark) || mark == Mark::Comma => {
                    if level == Level::Nested || (self.enclosed > 0 && mark != Mark::Comma) {
                        return;
                    }
                    self.surplus(mark);
                }
                _ if level == Level::Nested => return,
                TokenKind::Word if self.peek().gap >= Gap::Line && self.help_for_token().is_none() => {
                    let diagnostic = Diagnostic::error(
                        self.peek().span,
                        format!("expected `|`, `;` or the end of the query, found {}", self.found()),
                    );
                    self.error(diagnostic.with_help("a `;` separates queries, a `|` goes on with one"));
                }
                _ => self.expected("`|`, `;` or the end of the query"),
            }
        }
        self.synchronize_at(level);
    }

    /// A comma or closing bracket where nothing is open.
    fn surplus(&mut self, mark: Mark) {
        let span = self.peek().span;
        self.error(match mark {
            Mark::Comma => Diagnostic::error(span, "expected `|`, `;` or the end of the query, found `,`"),
            _ => Diagnostic::error(span, format!("this `{}` closes nothing", mark.text())),
        });
    }

    /// After an error, goes to the next operator or statement; a bracket that closes nothing is no place to stop at outside of brackets.
    fn synchronize_at(&mut self, level: Level) {
        self.synchronize();
        while level != Level::Nested
            && self.enclosed == 0
            && let TokenKind::Mark(mark) = self.peek().kind
            && super::cursor::is_closer(mark)
        {
            self.bump();
            self.synchronize();
        }
    }

    /// Whether the next line starts with an operator, and its `|` has been forgotten.
    fn at_operator_without_bar(&self) -> bool {
        self.peek().gap >= Gap::Line && !self.recovering && is_plainly_piped(self.word()) && self.operator_follows()
    }

    /// Whether what follows the word is not what follows a name.
    fn operator_follows(&self) -> bool {
        matches!(
            self.peek_at(1).kind,
            TokenKind::Word
                | TokenKind::Long
                | TokenKind::Text
                | TokenKind::Mark(Mark::OpenParen | Mark::OpenBracket | Mark::Star)
        )
    }

    /// Whether a query starts with an operator here. Some operators may also be names; then what follows decides, as in Microsoft's parser.
    fn at_leading_operator(&self) -> bool {
        let next = self.word_at(1);
        let parameter_follows = || self.parameter_name_length(1, &[]).is_some();
        match self.word() {
            "evaluate" => (!next.is_empty() && words::may_be_name(next)) || parameter_follows(),
            "facet" => next == "by",
            "partition" | "reduce" => next == "by" || parameter_follows(),
            "range" => {
                let name =
                    self.bracketed_name_length(1).or((!next.is_empty() && words::may_be_name(next)).then_some(1));
                name.is_some_and(|length| self.word_at(1 + length) == "from")
            }
            "render" => !next.is_empty() && self.peek_at(1).gap == Gap::Blank,
            word => {
                !word.is_empty()
                    && !words::may_be_name(word)
                    && words::OPERATORS.contains(&word)
                    && !is_expression(word)
            }
        }
    }
}

/// Operators that only stand behind a `|`.
pub(super) fn is_plainly_piped(word: &str) -> bool {
    matches!(
        word,
        "where"
            | "extend"
            | "project"
            | "project-away"
            | "project-keep"
            | "project-rename"
            | "project-reorder"
            | "summarize"
            | "join"
            | "lookup"
            | "distinct"
            | "mv-expand"
            | "mv-apply"
            | "mvexpand"
            | "sort"
            | "order"
            | "take"
            | "limit"
            | "top"
            | "parse"
            | "parse-where"
            | "render"
            | "invoke"
            | "make-series"
    )
}

/// Words of the list of operators that start an expression or a statement.
fn is_expression(word: &str) -> bool {
    matches!(word, "datatable" | "externaldata" | "let" | "set" | "declare")
}

/// Whether an operator makes rows of its own, so that a query may start with it.
pub(super) fn is_source(kind: &OperatorKind) -> bool {
    matches!(
        kind,
        OperatorKind::Print(_)
            | OperatorKind::Range(_)
            | OperatorKind::Union(..)
            | OperatorKind::Search(_)
            | OperatorKind::Find(_)
            | OperatorKind::Evaluate(_)
            | OperatorKind::MacroExpand(_)
            | OperatorKind::Missing
    )
}
