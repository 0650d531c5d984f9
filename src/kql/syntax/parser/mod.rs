//! Tokens to tree, by recursive descent: one function a production, and the precedence of operators by numbers.
//!
//! - A production that must be there says so if it is not, and yields [`ExprKind::Missing`]; one that may be there yields an `Option`.
//! - After an error nothing more is said until a place where the parser knows again where it is: `|`, `;`, or the bracket that closes
//!   what is open. So one mistake makes one error, and a text with mistakes in three operators makes three.
//! - It never looks back, and looks ahead by a few tokens only, so its time is linear.
//! - What nests is counted ([`MAX_NESTING`], [`MAX_HEIGHT`]), because the trees are walked by recursion, here and later.

mod cursor;
mod dynamic;
mod expr;
mod external;
mod function;
mod help;
mod literal;
mod name;
mod operator;
mod parameter;
mod pipeline;
mod primary;
mod schema;
mod script;

use super::ast::{Expr, ExprKind, Script, Span};
use super::diagnostic::Diagnostic;
use super::lexer::{Token, lex};

/// How deep brackets, function bodies and subqueries may nest in each other.
pub const MAX_NESTING: usize = 200;

/// How high a tree of expressions may get: brackets as above, and chains such as `a + b + c` or `a.b.c`, which add a level a link.
pub const MAX_HEIGHT: usize = 500;

/// After so many errors the rest of the text is not read: it is not KQL. Of the lexer's errors and of warnings no more are told.
const MAX_ERRORS: usize = 100;

/// Parses a text as one script; or, with `paragraphs`, as several that are separated by blank lines.
pub(super) fn parse(source: &str, paragraphs: bool) -> (Vec<Script>, Vec<Diagnostic>) {
    let mut lexed = lex(source);
    lexed.diagnostics.truncate(MAX_ERRORS);
    let mut parser = Parser {
        source,
        tokens: lexed.tokens,
        at: 0,
        last_end: 0,
        diagnostics: lexed.diagnostics,
        errors: 0,
        warnings: 0,
        recovering: false,
        paragraphs,
        nesting: 0,
        enclosed: 0,
        height: 0,
    };
    let scripts = parser.scripts();
    let mut diagnostics = parser.diagnostics;
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    (scripts, diagnostics)
}

/// The state of parsing one text.
struct Parser<'s> {
    source: &'s str,
    /// The last one is the end of the text.
    tokens: Vec<Token>,
    /// The token that is looked at.
    at: usize,
    /// Where the token before it ends.
    last_end: u32,
    diagnostics: Vec<Diagnostic>,
    /// How many of the diagnostics are errors of the parser.
    errors: usize,
    /// How many are warnings.
    warnings: usize,
    /// Whether there was an error since the last place where all was well.
    recovering: bool,
    /// Whether a blank line ends a query.
    paragraphs: bool,
    /// How many productions that may contain themselves are open.
    nesting: usize,
    /// How many function bodies and other brackets with statements in them are open.
    enclosed: usize,
    /// The height of the highest tree that was made since the innermost of them was opened.
    height: usize,
}

impl Parser<'_> {
    /// Runs a production that may contain itself, unless that gets too deep.
    fn nested<T>(&mut self, missing: impl Fn(Span) -> T, production: impl FnOnce(&mut Self) -> T) -> T {
        if self.nesting >= MAX_NESTING {
            self.too_deep("brackets nest more than 200 deep here");
            return missing(self.peek().span);
        }
        self.nesting += 1;
        let outside = std::mem::take(&mut self.height);
        let made = production(self);
        self.nesting -= 1;
        self.height += 1;
        self.height = outside.max(self.height);
        made
    }

    /// Notes that the tree at hand gets a level on top of all that was made in the innermost production.
    fn grow(&mut self) {
        self.height += 1;
        if self.height == MAX_HEIGHT {
            self.too_deep("this expression has more than 500 levels");
        }
    }

    /// Says that the text is too deep, and gives up on the rest of it.
    fn too_deep(&mut self, message: &str) {
        let span = self.peek().span;
        self.error(
            Diagnostic::error(span, message)
                .with_help("name parts of it with `let`; write long lists of values as `x in (…)`"),
        );
        self.give_up();
    }

    fn missing(&self) -> Expr {
        Expr { kind: ExprKind::Missing, span: missing_at(self.peek().span).span }
    }
}

/// An expression that is not there, before the token at `span`.
fn missing_at(span: Span) -> Expr {
    Expr { kind: ExprKind::Missing, span: Span::new(span.start, span.start) }
}
