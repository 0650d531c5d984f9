//! Operators that choose, name and order columns, and lists of expressions.

use crate::kql::syntax::ast::{Expr, Literal, NamePattern, NamedExpr, OperatorKind, ReorderItem, ReorderOrder, Target};
use crate::kql::syntax::diagnostic::Diagnostic;
use crate::kql::syntax::lexer::{Mark, TokenKind};
use crate::kql::syntax::parser::Parser;
use crate::kql::syntax::parser::cursor::is_closer;

impl Parser<'_> {
    /// Whether the operator ends here, so that a list that may be empty is.
    pub(super) fn at_stage_end(&self) -> bool {
        self.stage_ends_at(0)
    }

    /// As [`Self::at_stage_end`], so many tokens ahead.
    pub(super) fn stage_ends_at(&self, offset: usize) -> bool {
        match self.peek_at(offset).kind {
            TokenKind::End | TokenKind::Mark(Mark::Bar | Mark::Semicolon) => true,
            TokenKind::Mark(mark) => is_closer(mark),
            _ => false,
        }
    }

    /// `a = 1, b`
    pub(in crate::kql::syntax::parser) fn named_exprs(&mut self) -> Vec<NamedExpr> {
        self.comma_list(None, Self::named_expr)
    }

    /// As [`Self::named_exprs`], or nothing.
    pub(super) fn opt_named_exprs(&mut self) -> Vec<NamedExpr> {
        if self.at_stage_end() { Vec::new() } else { self.named_exprs() }
    }

    /// `a, b`
    pub(super) fn exprs(&mut self) -> Vec<Expr> {
        self.comma_list(None, Self::expression)
    }

    /// As [`Self::exprs`], or nothing.
    pub(super) fn opt_exprs(&mut self) -> Vec<Expr> {
        if self.at_stage_end() { Vec::new() } else { self.exprs() }
    }

    /// `a, b*`, or nothing.
    pub(super) fn name_patterns(&mut self) -> Vec<NamePattern> {
        if self.at_stage_end() { Vec::new() } else { self.comma_list(None, Self::name_pattern) }
    }

    pub(super) fn reorder_items(&mut self) -> Vec<ReorderItem> {
        if self.at_stage_end() {
            return Vec::new();
        }
        self.comma_list(None, |parser| {
            let columns = parser.name_pattern();
            let order = match parser.word() {
                "asc" => Some(ReorderOrder::Asc),
                "desc" => Some(ReorderOrder::Desc),
                "granny-asc" => Some(ReorderOrder::GrannyAsc),
                "granny-desc" => Some(ReorderOrder::GrannyDesc),
                _ => None,
            };
            if order.is_some() {
                parser.bump();
            }
            ReorderItem { columns, order }
        })
    }

    pub(super) fn where_operator(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], true);
        let predicate = self.named_expr();
        if let Some(Target::One(name)) = &predicate.target {
            let (span, name) = (name.span, &name.text);
            self.warn(
                Diagnostic::warning(span, format!("`=` does not compare: it names the condition `{name}`"))
                    .with_help(format!("to compare, write `{name} == …` (or `=~` to ignore letter case)")),
            );
        }
        OperatorKind::Where(parameters, predicate)
    }

    pub(super) fn serialize(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], true);
        OperatorKind::Serialize(parameters, self.opt_named_exprs())
    }

    pub(super) fn as_operator(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], true);
        OperatorKind::As(parameters, self.name())
    }

    /// A literal that must be there.
    pub(super) fn literal(&mut self) -> Option<Literal> {
        let literal = self.opt_literal();
        if literal.is_none() {
            self.expected("a literal");
        }
        literal
    }
}
