//! Functions and patterns.

use super::Parser;
use super::cursor::PARENS;
use super::pipeline::Level;
use crate::kql::syntax::ast::{FunctionBody, FunctionDecl, PatternArm, PatternDecl, Span, Statement, StatementKind};
use crate::kql::syntax::diagnostic::Diagnostic;
use crate::kql::syntax::lexer::Mark;
use crate::kql::syntax::words;

impl Parser<'_> {
    /// Whether a function stands here: `(a: long) {`, `() {`, `view () {`.
    pub(super) fn at_function(&self) -> bool {
        let at = usize::from(self.word() == "view");
        if !self.mark_at(at, Mark::OpenParen) {
            return false;
        }
        if self.mark_at(at + 1, Mark::CloseParen) || self.mark_at(at + 1, Mark::Star) {
            return true;
        }
        let word = self.word_at(at + 1);
        let named =
            self.bracketed_name_length(at + 1).or((!word.is_empty() && words::may_be_declared(word)).then_some(1));
        named.is_some_and(|length| self.mark_at(at + 1 + length, Mark::Colon))
    }

    /// `view (a: long) { … }`
    pub(super) fn function(&mut self) -> FunctionDecl {
        let start = self.peek().span;
        let view = self.eat_word("view").is_some();
        let parameters = self.bracketed_declarations();
        let body = self.body();
        FunctionDecl { view, parameters, body, span: self.since(start) }
    }

    /// `{ let …; … }`
    fn body(&mut self) -> FunctionBody {
        self.nested(|span| FunctionBody { statements: Vec::new(), result: None, span }, Self::body_within)
    }

    fn body_within(&mut self) -> FunctionBody {
        let Some(open) = self.eat_mark(Mark::OpenBrace) else {
            self.expected("`{` and the body of the function");
            return FunctionBody { statements: Vec::new(), result: None, span: self.here() };
        };
        let mut statements: Vec<Statement> = Vec::new();
        self.enclosed += 1;
        while self.statement_keyword().is_some() {
            let statement = self.statement();
            let declares = matches!(statement.kind, StatementKind::Let(..) | StatementKind::DeclareParameters(_));
            let span = statement.span;
            statements.push(statement);
            if !declares {
                self.mild_error(Diagnostic::error(span, "a function's body holds `let` statements and a result only"));
            }
            if self.eat_mark(Mark::Semicolon).is_some() {
                self.recovering = false;
            } else if self.at_mark(Mark::CloseBrace) || self.at_end() {
                break;
            } else {
                let end = Span::new(self.last_end, self.last_end);
                self.mild_error(Diagnostic::error(end, "a `;` is missing at the end of this statement"));
            }
        }
        let result = (!self.at_mark(Mark::CloseBrace)).then(|| self.query(Level::Nested));
        if self.eat_mark(Mark::Semicolon).is_some() {
            self.recovering = false;
        }
        self.enclosed -= 1;
        self.close(open, Mark::CloseBrace);
        FunctionBody { statements, result, span: self.since(open) }
    }

    /// `declare pattern name = (a: string)[p: string] { … }`
    pub(super) fn declare_pattern(&mut self) -> StatementKind {
        self.bump();
        self.bump();
        let name = self.name();
        let mut pattern = PatternDecl { name, parameters: Vec::new(), path: None, arms: Vec::new(), defined: false };
        if self.eat_mark(Mark::Equal).is_none() {
            return StatementKind::DeclarePattern(pattern);
        }
        pattern.defined = true;
        pattern.parameters = self.bracketed_list(PARENS, false, Self::column_declaration);
        if let Some(open) = self.eat_mark(Mark::OpenBracket) {
            pattern.path = Some(self.column_declaration());
            self.close(open, Mark::CloseBracket);
        }
        match self.eat_mark(Mark::OpenBrace) {
            Some(open) => {
                while self.at_mark(Mark::OpenParen) && !self.recovering {
                    pattern.arms.push(self.pattern_arm());
                }
                if pattern.arms.is_empty() {
                    self.expected("`(` and the first case of the pattern");
                }
                self.close(open, Mark::CloseBrace);
            }
            None => self.expected("`{`"),
        }
        StatementKind::DeclarePattern(pattern)
    }

    /// `("x").["y"] = { … };`
    fn pattern_arm(&mut self) -> PatternArm {
        let start = self.peek().span;
        let arguments = self.bracketed_list(PARENS, false, Self::expression);
        let path = self.eat_mark(Mark::Dot).map(|_| {
            let open = self.peek().span;
            self.expect_mark(Mark::OpenBracket);
            let path = self.string();
            self.close(open, Mark::CloseBracket);
            path
        });
        self.expect_mark(Mark::Equal);
        let body = self.body();
        self.expect_mark(Mark::Semicolon);
        PatternArm { arguments, path, body, span: self.since(start) }
    }
}
