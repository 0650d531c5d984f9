//! Where the shell's lines come from: the line editor on a terminal, or a script on standard input.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};

/// What came of asking for a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A line, without its end.
    Line {
        text: String,
        /// Which line of the script it is, from 1; what is typed counts from its own first line.
        number: usize,
    },
    /// Ctrl-C instead of a line.
    Cleared,
    /// Ctrl-D instead of a line.
    Quit,
    /// The end of the script.
    End,
}

/// A source of lines.
pub(super) trait Input {
    /// The next line; `pending` says that it goes on a statement begun before.
    fn next(&mut self, pending: bool) -> io::Result<Read>;

    /// Keeps a whole statement for later.
    fn remember(&mut self, statement: &str);
}

/// The line editor, with its history in a file.
pub(super) struct Terminal {
    editor: Editor<(), FileHistory>,
    history: Option<PathBuf>,
}

impl Terminal {
    /// An editor that starts with the history of the file, if there is one. Several shells may share the file: each adds to it.
    pub(super) fn new(history: Option<&Path>) -> io::Result<Self> {
        let config = Config::builder().history_ignore_space(true).max_history_size(10_000).map_err(into_io)?.build();
        let mut editor = Editor::with_config(config).map_err(into_io)?;
        let history =
            history.filter(|path| path.parent().is_some_and(|folder| std::fs::create_dir_all(folder).is_ok()));
        if let Some(path) = history.filter(|path| path.exists()) {
            // A history that cannot be read must not keep anybody from hunting.
            let _ = editor.load_history(path);
        }
        Ok(Self { editor, history: history.map(Path::to_owned) })
    }
}

impl Input for Terminal {
    fn next(&mut self, pending: bool) -> io::Result<Read> {
        match self.editor.readline(if pending { "   ...> " } else { "huntql> " }) {
            Ok(text) => Ok(Read::Line { text, number: 1 }),
            Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => Ok(Read::Cleared),
            Err(ReadlineError::Eof) => Ok(Read::Quit),
            Err(error) => Err(into_io(error)),
        }
    }

    fn remember(&mut self, statement: &str) {
        if self.editor.add_history_entry(statement).unwrap_or(false)
            && let Some(path) = &self.history
        {
            let _ = self.editor.append_history(path);
        }
    }
}

fn into_io(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other),
    }
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
    fn next(&mut self, _pending: bool) -> io::Result<Read> {
        let mut line = String::new();
        match self.lines.read_line(&mut line)? {
            0 => Ok(Read::End),
            _ => {
                self.number += 1;
                Ok(Read::Line { text: line.trim_end_matches(['\n', '\r']).to_owned(), number: self.number })
            }
        }
    }

    fn remember(&mut self, _statement: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_lines_lose_their_ends() {
        let mut script = Script::new("a\r\nb\n\nc".as_bytes());
        let lines: Vec<_> = std::iter::from_fn(|| Some(script.next(false).expect("line"))).take(5).collect();
        let line = |text: &str, number| Read::Line { text: text.to_owned(), number };
        assert_eq!(lines, [line("a", 1), line("b", 2), line("", 3), line("c", 4), Read::End]);
    }

    #[test]
    fn history_is_kept_in_a_file_that_shells_share() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("state/history");
        let (mut one, mut two) =
            (Terminal::new(Some(&path)).expect("editor"), Terminal::new(Some(&path)).expect("editor"));
        one.remember("select\n1;");
        two.remember("select 2;");
        one.remember("select 3;");
        let three = Terminal::new(Some(&path)).expect("editor");
        let entries: Vec<_> = three.editor.history().iter().map(String::as_str).collect();
        assert_eq!(entries, ["select\n1;", "select 2;", "select 3;"]);
    }
}
