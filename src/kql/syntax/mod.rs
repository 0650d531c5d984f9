//! KQL text to tree and diagnostics. Knows no catalogue and no engine.

pub mod ast;
mod diagnostic;
mod lexer;
mod parser;
pub mod value;
mod words;

pub use diagnostic::{Diagnostic, Severity, render, suggest};
pub use parser::{MAX_HEIGHT, MAX_NESTING};
pub use words::OPERATORS;

use ast::Script;

/// Parses a text as one script, whose statements are separated by `;`.
pub fn parse(source: &str) -> (Script, Vec<Diagnostic>) {
    let (mut scripts, diagnostics) = parser::parse(source, false);
    (scripts.pop().unwrap_or_default(), diagnostics)
}

/// Parses a text as scripts that are separated by blank lines.
pub fn parse_file(source: &str) -> (Vec<Script>, Vec<Diagnostic>) {
    parser::parse(source, true)
}
