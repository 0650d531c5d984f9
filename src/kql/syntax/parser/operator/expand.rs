//! Operators that turn one row into several, or run a subquery on parts of the rows.

use crate::kql::syntax::ast::{
    Expr, Facet, ForkLeg, MvApply, MvExpand, MvItem, OperatorKind, Partition, PartitionBy, TypeOf,
};
use crate::kql::syntax::lexer::Mark;
use crate::kql::syntax::parser::Parser;
use crate::kql::syntax::parser::pipeline::Level;

impl Parser<'_> {
    pub(super) fn mv_expand(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], true);
        let items = self.comma_list(None, Self::mv_item);
        let limit = self.eat_word("limit").map(|_| self.expression());
        OperatorKind::MvExpand(MvExpand { parameters, items, limit })
    }

    pub(super) fn mv_apply(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], true);
        let items = self.comma_list(None, Self::mv_item);
        let limit = self.eat_word("limit").map(|_| self.expression());
        let context_id = self.eat_word("id").map(|_| self.expression());
        self.expect_word("on");
        let subquery = Box::new(self.subquery_in_parens());
        OperatorKind::MvApply(MvApply { parameters, items, limit, context_id, subquery })
    }

    fn mv_item(&mut self) -> MvItem {
        let expr = self.named_expr();
        let to = self.eat_word("to").map(|start| {
            if self.word() != "typeof" {
                self.expected("`typeof(…)`");
            } else {
                self.bump();
            }
            let argument = self.type_argument();
            TypeOf { argument, span: self.since(start) }
        });
        MvItem { expr, to }
    }

    pub(super) fn partition(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], false);
        self.expect_word("by");
        let by = self.path();
        let scope = self.eat_word("in").map(|_| self.operand());
        if let Some(open) = self.eat_mark(Mark::OpenBrace) {
            let subquery = self.query(Level::Nested);
            self.close(open, Mark::CloseBrace);
            return OperatorKind::Partition(Partition {
                parameters,
                by,
                scope,
                subquery: Box::new(subquery),
                braces: true,
            });
        }
        let subquery = Box::new(self.subquery_in_parens());
        OperatorKind::Partition(Partition { parameters, by, scope, subquery, braces: false })
    }

    pub(super) fn partition_by(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], false);
        let by = self.path();
        let id = self.eat_word("id").and_then(|_| self.literal());
        let subquery = Box::new(self.subquery_in_parens());
        OperatorKind::PartitionBy(PartitionBy { parameters, by, id, subquery })
    }

    pub(super) fn fork(&mut self) -> OperatorKind {
        let mut legs = Vec::new();
        while !self.recovering && (legs.is_empty() || !self.at_stage_end()) {
            let named = self.mark_at(self.bracketed_name_length(0).unwrap_or(1), Mark::Equal);
            if !named && !self.at_mark(Mark::OpenParen) {
                if legs.is_empty() {
                    self.expected("`(` and a subquery");
                }
                break;
            }
            let name = named.then(|| self.name());
            if name.is_some() {
                self.expect_mark(Mark::Equal);
            }
            legs.push(ForkLeg { name, subquery: self.subquery_in_parens() });
        }
        OperatorKind::Fork(legs)
    }

    pub(super) fn facet(&mut self) -> OperatorKind {
        self.expect_word("by");
        let by = self.comma_list(None, Self::path);
        let with = self.eat_word("with").map(|_| Box::new(self.facet_with()));
        OperatorKind::Facet(Facet { by, with })
    }

    /// A subquery in parentheses, or one operator without.
    fn facet_with(&mut self) -> Expr {
        if self.at_mark(Mark::OpenParen) { self.subquery_in_parens() } else { self.lone_operator() }
    }
}
