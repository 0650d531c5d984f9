//! Operators that combine tables: `join`, `lookup`, `union`, `macro-expand`.

use crate::kql::syntax::ast::{EntityGroup, Join, JoinCondition, MacroExpand, OperatorKind};
use crate::kql::syntax::lexer::Mark;
use crate::kql::syntax::parser::Parser;
use crate::kql::syntax::parser::cursor::BRACKETS;

impl Parser<'_> {
    pub(super) fn join(&mut self) -> OperatorKind {
        OperatorKind::Join(self.join_parts())
    }

    pub(super) fn lookup(&mut self) -> OperatorKind {
        let join = self.join_parts();
        if !matches!(join.condition, Some(JoinCondition::On(_))) {
            self.expected("`on` and the columns to look up by");
        }
        OperatorKind::Lookup(join)
    }

    fn join_parts(&mut self) -> Join {
        let parameters = self.parameters(&[], true);
        let right = Box::new(self.expression());
        let condition = if self.eat_word("on").is_some() {
            Some(JoinCondition::On(self.exprs()))
        } else if self.eat_word("where").is_some() {
            Some(JoinCondition::Where(Box::new(self.expression())))
        } else {
            None
        };
        Join { parameters, right, condition }
    }

    pub(super) fn union(&mut self) -> OperatorKind {
        let parameters = self.parameters(&["best_effort"], true);
        OperatorKind::Union(parameters, self.comma_list(None, Self::entity))
    }

    pub(super) fn macro_expand(&mut self) -> OperatorKind {
        let parameters = self.parameters(&["best_effort"], true);
        let group = self.entity_group();
        let name = self.eat_word("as").map(|_| self.name());
        let open = self.peek().span;
        self.expect_mark(Mark::OpenParen);
        let statements = self.nested(|_| Vec::new(), Self::statements_in_parens);
        self.close(open, Mark::CloseParen);
        OperatorKind::MacroExpand(MacroExpand { parameters, group, name, statements })
    }

    fn entity_group(&mut self) -> EntityGroup {
        if self.word() != "entity_group" || self.mark_at(1, Mark::OpenParen) {
            return EntityGroup::Named(self.entity());
        }
        self.bump();
        EntityGroup::Members(self.required_list(BRACKETS, Self::expression))
    }
}
