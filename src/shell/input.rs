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

impl<R: BufRead> Script<R> {
    /// The next line without its end, if there is one.
    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        if self.lines.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(line.trim_end_matches(['\n', '\r']).to_owned()))
    }
}

impl<R: BufRead> Input for Script<R> {
    /// A line; a blank one with those behind it up to one that says something, since that one tells whether the statement goes on.
    fn next(&mut self, _session: &Session) -> io::Result<Read> {
        let Some(mut text) = self.line()? else { return Ok(Read::End) };
        let number = self.number;
        let mut is_silent = text.trim().is_empty();
        while is_silent {
            let Some(line) = self.line()? else { break };
            is_silent = line.trim().is_empty() || line.trim_start().starts_with("//");
            text.push('\n');
            text.push_str(&line);
        }
        Ok(Read::Text { text, number })
    }

    fn remember(&mut self, _text: &str) {}
}
