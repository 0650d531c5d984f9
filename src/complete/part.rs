//! A text of several statements and dot-commands in its parts.

use super::command::statement_of;
use super::{CommandFacts, Ending, LanguageChoice};

/// A part of a text, in bytes: a statement, or a dot-command with its statement, or the begin of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its first byte; blanks may stand before what it says.
    pub start: usize,
    /// One behind its last byte.
    pub end: usize,
}

/// Cuts a text into its parts, line by line. Together they are the text; there is one at least, and the last may be empty.
pub fn parts(text: &str, choice: LanguageChoice, commands: &[CommandFacts]) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut start, mut line) = (0, 0);
    for (end, _) in text.match_indices('\n') {
        let part = text.get(start..end).unwrap_or_default();
        let last = text.get(line..end).unwrap_or_default();
        line = end + 1;
        if part.trim().is_empty() || is_ended(part, last, choice, commands) {
            parts.push(Part { start, end: line });
            start = line;
        }
    }
    parts.push(Part { start, end: text.len() });
    parts
}

/// Whether the lines of a part are whole; `last` is the last of them.
fn is_ended(part: &str, last: &str, choice: LanguageChoice, commands: &[CommandFacts]) -> bool {
    let text = part.trim_start();
    let statement = if text.starts_with('.') { statement_of(text, commands) } else { text };
    let (blank, marked) = (last.trim().is_empty(), last.contains(';'));
    statement.is_empty()
        || (blank || marked)
            && match choice.of(None, statement).ending(statement) {
                Ending::Ended => true,
                Ending::Open => blank,
                Ending::Awaits => false,
            }
}
