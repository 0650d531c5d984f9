//! KQL text to tree and diagnostics. Knows no catalogue and no engine.

pub mod ast;
mod diagnostic;
mod highlight;
mod lexer;
mod parser;
mod printer;
pub mod value;
mod words;

#[cfg(test)]
mod tests;

pub use diagnostic::{Diagnostic, Severity, render, suggest};
pub use highlight::{HighlightKind, HighlightToken, tokens};
pub use parser::{MAX_HEIGHT, MAX_NESTING};
pub use printer::print;
pub use words::{OPERATORS, infix_operators};

use ast::Script;

/// Longer texts are not read. Kusto's own limit is 2 MB.
pub const MAX_TEXT: usize = 16 << 20;

/// Parses a text as one script, whose statements are separated by `;`.
///
/// Never fails and never panics: what is wrong is told by the diagnostics, in the order of the text. If one of them is an error, the tree
/// is what could be made of the rest, and not to be run.
pub fn parse(source: &str) -> (Script, Vec<Diagnostic>) {
    if let Some(refused) = too_long(source) {
        return (Script::default(), vec![refused]);
    }
    let (mut scripts, diagnostics) = parser::parse(source, false);
    (scripts.pop().unwrap_or_default(), diagnostics)
}

/// Parses a text as scripts that are separated by blank lines, as files of queries are read by Kusto's tools.
///
/// A blank line, or one with a comment only, ends a script if it follows a whole query: so it may stand between operators, and behind the
/// `;` of a `let`. The scripts share nothing. There is one at least, which may be empty.
pub fn parse_file(source: &str) -> (Vec<Script>, Vec<Diagnostic>) {
    if let Some(refused) = too_long(source) {
        return (vec![Script::default()], vec![refused]);
    }
    parser::parse(source, true)
}

/// The units of timespans: `d` as in `7d`.
pub fn timespan_units() -> impl Iterator<Item = &'static str> {
    lexer::UNITS.iter().map(|(name, _)| *name).filter(|name| !name.is_empty())
}

fn too_long(source: &str) -> Option<Diagnostic> {
    (source.len() > MAX_TEXT).then(|| {
        Diagnostic::error(ast::Span::default(), "the text is longer than 16 MiB, and is not read")
            .with_help("put long lists into a table, and use them with `in (Table)`")
    })
}
