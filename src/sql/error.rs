//! The one error of this room: a sentence, a place in the text, and whether the statement was refused.

use std::fmt;

use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Location, TokenizerError};

/// What is wrong with a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError {
    /// A sentence for people: what is wrong and what to do, without the place.
    pub message: String,
    /// The line in the statement's own text, from 1, if known.
    pub line: Option<u64>,
    /// The column in that line, in characters from 1, if known.
    pub column: Option<u64>,
    /// True if the statement is understood and not allowed, such as a write.
    pub refused: bool,
}

impl SqlError {
    /// An error without a place.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), line: None, column: None, refused: false }
    }

    /// An error at a place; an empty location stands for none.
    pub(super) fn at(message: impl Into<String>, place: Location) -> Self {
        let known = |number: u64| (number > 0).then_some(number);
        Self { message: message.into(), line: known(place.line), column: known(place.column), refused: false }
    }

    /// A statement that is not allowed.
    pub(super) fn refusal(message: impl Into<String>) -> Self {
        Self { message: message.into(), line: None, column: None, refused: true }
    }

    /// The same error with its line counted in a script whose statement starts on `line` (from 1).
    #[must_use]
    pub fn in_script(mut self, line: usize) -> Self {
        self.line = self.line.map(|own| own + (line.max(1) as u64 - 1));
        self
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "line {line}, column {column}: {}", self.message),
            (Some(line), None) => write!(f, "line {line}: {}", self.message),
            _ => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for SqlError {}

impl From<TokenizerError> for SqlError {
    fn from(error: TokenizerError) -> Self {
        let message = match error.message.as_str() {
            text if text.starts_with("Unterminated string literal") => {
                "a text that starts here has no closing quote (')".to_owned()
            }
            text if text.starts_with("Expected close delimiter '\"'") => {
                "a quoted name that starts here has no closing double quote (\")".to_owned()
            }
            text if text.starts_with("Unexpected EOF while in a multi-line comment") => {
                "a comment that starts with /* has no closing */".to_owned()
            }
            text => lower_first(text),
        };
        Self::at(message, error.location)
    }
}

impl From<ParserError> for SqlError {
    fn from(error: ParserError) -> Self {
        match error {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => {
                let (message, place) = split_place(&text);
                Self::at(readable(message), place)
            }
            ParserError::RecursionLimitExceeded => Self::new(super::depth::TOO_DEEP),
        }
    }
}

/// Takes the parser's ` at Line: 1, Column: 2` off the end of a message.
fn split_place(text: &str) -> (&str, Location) {
    let place = text.rsplit_once(" at Line: ").and_then(|(message, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        Some((message, Location::new(line.parse().ok()?, column.trim_end_matches('.').parse().ok()?)))
    });
    place.unwrap_or((text, Location::empty()))
}

/// The parser's `Expected: x, found: y` as a sentence.
fn readable(message: &str) -> String {
    let found =
        |found: &str| if found == "EOF" { "the statement ends here".to_owned() } else { format!("found {found}") };
    match message.strip_prefix("Expected: ").and_then(|rest| rest.rsplit_once(", found: ")) {
        Some(("an SQL statement", what)) => {
            format!("expected a statement such as SELECT, WITH, FROM, SHOW or DESCRIBE; {}", found(what))
        }
        Some((expected, what)) => format!("expected {}; {}", lower_first(expected), found(what)),
        None => lower_first(message.trim_start_matches("sql parser error: ")),
    }
}

/// The text with its first letter in lower case, unless it starts with an acronym.
pub(super) fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(std::iter::once(second)).chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parsers_place_becomes_a_place() {
        let error =
            SqlError::from(ParserError::ParserError("Expected: ), found: EOF at Line: 3, Column: 14".to_owned()));
        assert_eq!((error.line, error.column), (Some(3), Some(14)));
        assert_eq!(error.to_string(), "line 3, column 14: expected ); the statement ends here");
        assert_eq!(error.in_script(10).line, Some(12));
    }

    #[test]
    fn a_message_without_place_stays_whole() {
        let error = SqlError::from(ParserError::ParserError("Expected: x, found: y at Line: ?".to_owned()));
        assert_eq!((error.line, error.message.as_str()), (None, "expected x; found y at Line: ?"));
    }
}
