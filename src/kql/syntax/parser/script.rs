//! Scripts and their statements.

use super::Parser;
use super::cursor::PARENS;
use super::pipeline::Level;
use crate::kql::syntax::ast::{Directive, LetValue, Script, Span, Statement, StatementKind};
use crate::kql::syntax::diagnostic::Diagnostic;
use crate::kql::syntax::lexer::{Gap, Mark, TokenKind};
use crate::kql::syntax::words;

impl Parser<'_> {
    /// All scripts of the text: one, unless blank lines separate them.
    pub(super) fn scripts(&mut self) -> Vec<Script> {
        let mut scripts = Vec::new();
        loop {
            let script = self.script();
            if !(script.directives.is_empty() && script.statements.is_empty()) || scripts.is_empty() {
                scripts.push(script);
            }
            if self.at_end() {
                return scripts;
            }
        }
    }

    /// One script: `#directives`, then statements.
    fn script(&mut self) -> Script {
        let start = self.peek().span;
        let mut script = Script { directives: self.directives(), ..Script::default() };
        while !self.at_end() {
            let before = self.at;
            if let Some(span) = self.eat_mark(Mark::Semicolon) {
                self.recovering = false;
                self.mild_error(Diagnostic::error(span, "there is no statement before this `;`"));
                continue;
            }
            let statement = self.statement();
            let is_query = matches!(statement.kind, StatementKind::Query(_));
            script.statements.push(statement);
            if self.at == before && !self.at_end() {
                // Nothing was taken, of which an error has told.
                self.bump();
            }
            let ended = self.eat_mark(Mark::Semicolon).is_some();
            let apart = self.paragraphs && is_query && self.peek().gap == Gap::Paragraph;
            if apart && !self.at_end() {
                self.recovering = false;
                break;
            }
            if !ended && self.recovering {
                self.skip_statement();
            } else if !ended && !self.at_end() {
                self.missing_semicolon(is_query);
            }
            self.recovering = false;
        }
        script.span = self.since(start);
        script
    }

    /// After an error whose statement cannot be told from the next, goes behind the next `;`.
    fn skip_statement(&mut self) {
        while !self.at_end() && self.eat_mark(Mark::Semicolon).is_none() {
            self.bump();
            self.synchronize();
        }
    }

    /// The statements of `macro-expand`, up to its parenthesis.
    pub(super) fn statements_in_parens(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        self.enclosed += 1;
        while !self.at_end() && !self.at_mark(Mark::CloseParen) {
            let start = self.peek().span;
            statements.push(match self.statement_keyword() {
                Some(_) => self.statement(),
                None => Statement { kind: StatementKind::Query(self.query(Level::Nested)), span: self.since(start) },
            });
            if self.eat_mark(Mark::Semicolon).is_none() {
                break;
            }
            self.recovering = false;
        }
        self.enclosed -= 1;
        statements
    }

    fn directives(&mut self) -> Vec<Directive> {
        let mut directives = Vec::new();
        while self.peek().kind == TokenKind::Directive {
            let span = self.bump().span;
            directives.push(Directive { text: self.text(span).trim_start_matches('#').trim().to_owned(), span });
        }
        directives
    }

    /// Two statements in a row. The first is whole, and what stands here can start another.
    fn missing_semicolon(&mut self, is_query: bool) {
        let span = Span::new(self.last_end, self.last_end);
        let (message, help) = if is_query {
            (
                "a `;` is missing between this query and the next statement",
                "or a `|`, if the next line goes on with the query",
            )
        } else {
            ("a `;` is missing at the end of this statement", "`let`, `set` and `declare` end with `;`")
        };
        self.mild_error(Diagnostic::error(span, message).with_help(help));
    }

    /// Whether the token that is looked at can only be a new statement, although no `;` stands before it.
    pub(super) fn at_new_statement(&self, level: Level) -> bool {
        let gap = self.peek().gap;
        match level {
            Level::Nested => false,
            _ if gap < Gap::Line => false,
            _ if self.statement_keyword().is_some() => true,
            // A blank line separates queries if that is wanted, but a `let` goes on to its `;`.
            Level::Query => self.paragraphs && gap == Gap::Paragraph,
            Level::Let => match self.peek().kind {
                TokenKind::Word => words::string_test(self.word()).is_none() && words::list_test(self.word()).is_none(),
                TokenKind::Mark(Mark::OpenParen) => true,
                _ => false,
            },
        }
    }

    /// The keyword of the statement that starts here, if it is no query.
    pub(super) fn statement_keyword(&self) -> Option<&'static str> {
        match (self.word(), self.word_at(1)) {
            ("let", next)
                if self.bracketed_name_length(1).is_some() || !next.is_empty() || self.mark_at(1, Mark::Equal) =>
            {
                Some("let")
            }

            ("set", _) => Some("set"),
            ("declare", "pattern") => Some("declare pattern"),
            ("declare", "query_parameters") => Some("declare query_parameters"),
            ("alias", "database") => Some("alias"),
            ("restrict", "access") => Some("restrict"),
            _ => None,
        }
    }

    /// A statement, without the `;` behind it.
    pub(super) fn statement(&mut self) -> Statement {
        let start = self.peek().span;
        let kind = match self.statement_keyword() {
            Some("let") => self.let_statement(),
            Some("set") => self.set_statement(),
            Some("declare pattern") => self.declare_pattern(),
            Some("declare query_parameters") => self.declare_parameters(),
            Some("alias") => self.alias_statement(),
            Some("restrict") => self.restrict_statement(),
            _ => {
                self.check_start_of_query();
                StatementKind::Query(self.query(Level::Query))
            }
        };
        if !matches!(kind, StatementKind::Query(_)) {
            self.finish_stage(Level::Let);
        }
        Statement { kind, span: self.since(start) }
    }

    /// Says it if what starts here is no query of KQL at all.
    fn check_start_of_query(&mut self) {
        let token = self.peek();
        let diagnostic = match token.kind {
            TokenKind::Mark(Mark::Dot) if self.peek_at(1).kind == TokenKind::Word => {
                Diagnostic::error(token.span, format!("`.{}` is a management command, not a query", self.word_at(1)))
                    .with_help("huntql answers queries only; see the shell's own commands for tables and schemas")
            }
            TokenKind::Mark(Mark::Bar) => Diagnostic::error(token.span, "there is nothing before this `|`")
                .with_help("a query starts with its table: `DeviceProcessEvents | where …`"),
            TokenKind::Directive => {
                Diagnostic::error(token.span, "lines with `#` are for the client and stand before the query only")
            }
            TokenKind::Word if self.looks_like_sql() => {
                Diagnostic::error(token.span, format!("`{}` is SQL, and this is read as KQL", self.word()))
                    .with_help("KQL starts with the table: `T | where … | project …`; or say that the query is SQL")
            }
            _ => return,
        };
        self.error(diagnostic);
        self.synchronize();
    }

    fn looks_like_sql(&self) -> bool {
        let next = self.peek_at(1).kind;
        let select = self.word().eq_ignore_ascii_case("select");
        select && matches!(next, TokenKind::Word | TokenKind::Mark(Mark::Star) | TokenKind::Long | TokenKind::Text)
            || self.word().eq_ignore_ascii_case("with")
                && next == TokenKind::Word
                && self.word_at(2).eq_ignore_ascii_case("as")
    }

    fn let_statement(&mut self) -> StatementKind {
        self.bump();
        let name = self.name();
        self.expect_mark(Mark::Equal);
        let value = if self.at_function() {
            LetValue::Function(self.function())
        } else if self.word() == "entity_group" && !self.mark_at(1, Mark::OpenParen) {
            self.bump();
            LetValue::EntityGroup(self.required_list(super::cursor::BRACKETS, Self::expression))
        } else {
            LetValue::Expr(self.query(Level::Let))
        };
        StatementKind::Let(name, value)
    }

    fn set_statement(&mut self) -> StatementKind {
        self.bump();
        let name = self.name();
        let value = self.eat_mark(Mark::Equal).map(|_| self.expression());
        StatementKind::Set(name, value)
    }

    pub(super) fn declare_parameters(&mut self) -> StatementKind {
        self.bump();
        self.expect_word("query_parameters");
        StatementKind::DeclareParameters(self.required_list(PARENS, Self::parameter_declaration))
    }

    fn alias_statement(&mut self) -> StatementKind {
        self.bump();
        self.bump();
        let name = self.name();
        self.expect_mark(Mark::Equal);
        StatementKind::AliasDatabase(name, self.expression())
    }

    fn restrict_statement(&mut self) -> StatementKind {
        self.bump();
        self.bump();
        self.expect_word("to");
        let entities = self.required_list(PARENS, Self::entity);
        let properties = self.with_properties(&[]);
        StatementKind::Restrict(entities, properties)
    }
}
