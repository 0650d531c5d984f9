//! The one error of the public face: a kind to act on, a sentence to read.

use std::fmt;
use std::time::Duration;

/// What a caller can do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A location cannot be understood, found or read.
    Location,
    /// A schema file or a setting is wrong.
    Setting,
    /// The text of a query is wrong: it does not parse, or names what is not there.
    Query,
    /// The query is right but not allowed, such as a write without `--allow-write`.
    Refused,
    /// A record could not be read and `--strict` asked to stop there.
    Strict,
    /// Memory or temporary disk is used up.
    Resources,
    /// The time limit passed.
    Timeout,
    /// Somebody cancelled the query.
    Cancelled,
    /// A file could not be read or written.
    Io,
    /// Anything else; likely a defect of huntql or of its engine.
    Internal,
}

/// An error as a sentence that names the file, table, column or flag, and says what to do.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    place: Option<(u64, u64)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error with no deeper cause.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), place: None, source: None }
    }

    /// The error of a query that took longer than its limit.
    pub(crate) fn timed_out(limit: Duration) -> Self {
        Self::new(ErrorKind::Timeout, format!("the query took longer than {limit:?} (--timeout) and was stopped"))
    }

    /// The same error with the cause it came from.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same error about a place in a statement: line and column in characters, from 1.
    #[must_use]
    pub(super) fn at(mut self, line: u64, column: u64) -> Self {
        self.place = Some((line, column));
        self
    }

    /// The place in the statement that it is about, as line and column in characters from 1. The sentence names it, too. Errors in KQL
    /// have none: their text shows the line already.
    pub fn place(&self) -> Option<(u64, u64)> {
        self.place
    }

    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}
