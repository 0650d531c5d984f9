//! Declarations of columns, parameters and types.

use super::Parser;
use super::cursor::PARENS;
use crate::kql::syntax::ast::{
    ColumnDecl, Expr, ExprKind, ParamDecl, ParamType, ScalarType, Span, TypeArgument, TypeName,
};
use crate::kql::syntax::diagnostic::{Diagnostic, suggest};
use crate::kql::syntax::lexer::{Mark, TokenKind};
use crate::kql::syntax::words;

/// The type names that are taught; the others are old.
const TYPES: [&str; 10] =
    ["bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "dynamic"];

impl Parser<'_> {
    /// `(a: string, b: long)`; a comma may stand before the first and behind the last.
    pub(super) fn row_schema(&mut self) -> Vec<ColumnDecl> {
        let Some(open) = self.eat_mark(Mark::OpenParen) else {
            self.expected("`(` and the columns, as `(name: string, count: long)`");
            return Vec::new();
        };
        self.eat_mark(Mark::Comma);
        self.columns_until(open)
    }

    /// The columns up to the parenthesis that closes the one at `open`.
    pub(super) fn columns_until(&mut self, open: Span) -> Vec<ColumnDecl> {
        let columns = if self.at_mark(Mark::CloseParen) {
            Vec::new()
        } else {
            self.comma_list(Some(Mark::CloseParen), Self::column_declaration)
        };
        self.close(open, Mark::CloseParen);
        columns
    }

    /// `name: type`
    pub(super) fn column_declaration(&mut self) -> ColumnDecl {
        let start = self.peek().span;
        let name = self.declared_name();
        self.expect_mark(Mark::Colon);
        let ty = self.declared_type();
        ColumnDecl { name, ty, span: self.since(start) }
    }

    /// The type of a column or parameter.
    pub(super) fn declared_type(&mut self) -> TypeName {
        self.type_by(words::declared_type)
    }

    /// A type where the old names are allowed too.
    pub(super) fn any_type(&mut self) -> TypeName {
        self.type_by(words::any_type)
    }

    fn type_by(&mut self, known: impl Fn(&str) -> Option<ScalarType>) -> TypeName {
        let span = self.peek().span;
        // `string(` would be a typed literal if it were one of these.
        let word = self.word();
        if word.is_empty() {
            self.expected("a type, as `string` or `long`");
            return TypeName { scalar: ScalarType::String, span: Span::new(span.start, span.start) };
        }
        let scalar = known(word).unwrap_or_else(|| {
            let diagnostic = Diagnostic::error(span, format!("`{word}` is not a type"));
            let meant = words::any_type(word).map(words::type_name).or_else(|| suggest(word, TYPES));
            self.mild_error(match meant {
                Some(meant) => diagnostic.with_help(format!("did you mean `{meant}`?")),
                None => diagnostic.with_help(format!("the types are {}", TYPES.join(", "))),
            });
            ScalarType::String
        });
        self.bump();
        TypeName { scalar, span }
    }

    /// `name: type`, `T: (a: string)`, `T: (*)`, with or without `= default`.
    pub(super) fn parameter_declaration(&mut self) -> ParamDecl {
        let start = self.peek().span;
        let name = self.declared_name();
        self.expect_mark(Mark::Colon);
        let ty =
            if self.at_mark(Mark::OpenParen) { self.table_type() } else { ParamType::Scalar(self.declared_type()) };
        let default = self.eat_mark(Mark::Equal).map(|_| self.default_value());
        ParamDecl { name, ty, default, span: self.since(start) }
    }

    fn table_type(&mut self) -> ParamType {
        let open = self.bump().span;
        if self.eat_mark(Mark::Star).is_some() {
            self.close(open, Mark::CloseParen);
            return ParamType::AnyTable(self.since(open));
        }
        let columns = self.columns_until(open);
        ParamType::Table(columns, self.since(open))
    }

    fn default_value(&mut self) -> Expr {
        let start = self.peek().span;
        if let Some(literal) = self.opt_literal_expr() {
            return literal;
        }
        match self.opt_word(words::may_be_name) {
            Some(_) if self.at_mark(Mark::OpenParen) => {
                let span = start.to(self.peek().span);
                self.error(Diagnostic::error(span, "a default must be a constant").with_help(
                    "give it a null such as `datetime(null)`, and compute in the function: `coalesce(a, now())`",
                ));
                self.missing()
            }
            Some(name) => Expr { kind: ExprKind::Name(name), span: self.since(start) },
            None => {
                self.expected("a literal as default");
                self.missing()
            }
        }
    }

    /// `(long)`, `(a: long, *)` behind `typeof`.
    pub(super) fn type_argument(&mut self) -> TypeArgument {
        let one = self.peek_at(1).kind == TokenKind::Word && self.mark_at(2, Mark::CloseParen);
        let Some(open) = self.eat_mark(Mark::OpenParen) else {
            self.expected("`(`");
            return TypeArgument::Table { columns: Vec::new(), star: false };
        };
        if one {
            let scalar = self.any_type();
            self.close(open, Mark::CloseParen);
            return TypeArgument::Scalar(scalar);
        }
        let mut star = false;
        let mut columns = Vec::new();
        while !self.at_mark(Mark::CloseParen) {
            if self.eat_mark(Mark::Star).is_some() {
                star = true;
            } else {
                columns.push(self.column_declaration());
            }
            if self.eat_mark(Mark::Comma).is_none() {
                break;
            }
        }
        self.close(open, Mark::CloseParen);
        TypeArgument::Table { columns, star }
    }

    /// `with (a: long)` and the like are told from calls by their first colon.
    pub(super) fn bracketed_declarations(&mut self) -> Vec<ParamDecl> {
        self.bracketed_list(PARENS, false, Self::parameter_declaration)
    }
}
