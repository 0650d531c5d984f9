//! Where the shell's text comes from: the line editor on a terminal, or a script on standard input.

use std::io::{self, BufRead};

use super::session::Session;

/// What came of asking for text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// Lines, without the end of the last one.
    Text {
        text: String,
        /// Which line of the script the first one is, from 1; what is typed counts from its own first line.
        number: usize,
    },
    /// Ctrl-C instead of text.
    Cleared,
    /// Ctrl-D instead of text.
    Quit,
    /// The end of the script.
    End,
}

/// A source of text.
pub(super) trait Input {
    /// The next text, for a shell in this state.
    fn next(&mut self, session: &Session) -> io::Result<Read>;

    /// Keeps what was handed in for later.
    fn remember(&mut self, text: &str);
}

/// Lines of a script, which are not remembered.
pub(super) struct Script<R> {
    lines: R,
    number: usize,
}

impl<R: BufRead> Script<R> {
    pub(super) fn new(lines: R) -> Self {
        Self { lines, number: 0 }
    }
}

impl<R: BufRead> Input for Script<R> {
    fn next(&mut self, _session: &Session) -> io::Result<Read> {
        let mut line = String::new();
        match self.lines.read_line(&mut line)? {
            0 => Ok(Read::End),
            _ => {
                self.number += 1;
                Ok(Read::Text { text: line.trim_end_matches(['\n', '\r']).to_owned(), number: self.number })
            }
        }
    }

    fn remember(&mut self, _text: &str) {}
}
