//! The line editor on a terminal: text over several lines until it is whole, with its history in a file.

mod facts;
mod helper;
mod highlight;
mod history;
mod secret;
mod values;

use std::io;
use std::path::{Path, PathBuf};

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor};

use super::input::{Input, Read};
use super::say;
use super::session::Session;
use helper::ShellHelper;
use secret::holds_secret;

const PROMPT: &str = "huntql> ";

/// The line editor.
pub(super) struct Terminal {
    editor: Editor<ShellHelper, FileHistory>,
    history: Option<PathBuf>,
}

impl Terminal {
    /// An editor that starts with the history of the file, if there is one. Several shells may share the file: each adds to it.
    pub(super) fn new(history: Option<&Path>, color: bool) -> io::Result<Self> {
        let config = Config::builder()
            .history_ignore_space(true)
            .max_history_size(10_000)
            .map_err(into_io)?
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .color_mode(if color { ColorMode::Enabled } else { ColorMode::Disabled })
            .build();
        let mut editor = Editor::with_config(config).map_err(into_io)?;
        editor.set_helper(Some(ShellHelper::new(color)));
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
    fn next(&mut self, session: &Session) -> io::Result<Read> {
        if let Some(helper) = self.editor.helper_mut() {
            helper.meet(session);
        }
        match self.editor.readline(PROMPT) {
            Ok(text) => Ok(Read::Text { text, number: 1 }),
            Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => Ok(Read::Cleared),
            Err(ReadlineError::Eof) => Ok(Read::Quit),
            Err(error) => Err(into_io(error)),
        }
    }

    /// Keeps it, unless it holds a secret: the file is for all shells of the user, and for years.
    fn remember(&mut self, text: &str) {
        if holds_secret(text) {
            say("not kept in the history: it seems to hold a secret");
            return;
        }
        let text = text.trim_end();
        if self.editor.add_history_entry(text).unwrap_or(false)
            && let Some(path) = &self.history
        {
            // One that cannot be kept is no reason to stop.
            let _ = history::append(path, text);
        }
    }
}

fn into_io(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_kept_in_a_file_that_shells_share() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("state/history");
        let (mut one, mut two) =
            (Terminal::new(Some(&path), false).expect("editor"), Terminal::new(Some(&path), false).expect("editor"));
        one.remember("select\n1;");
        two.remember("select 2;");
        one.remember("select 3;");
        two.remember(".open https://host/c?sv=1&sig=AbCdEf0123456789AbCd");
        let three = Terminal::new(Some(&path), false).expect("editor");
        let entries: Vec<_> = three.editor.history().iter().map(String::as_str).collect();
        assert_eq!(entries, ["select\n1;", "select 2;", "select 3;"]);
    }

    #[test]
    fn shells_that_write_at_the_same_time_lose_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("history");
        std::thread::scope(|scope| {
            for shell in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    let mut terminal = Terminal::new(Some(path), false).expect("editor");
                    (0..50).for_each(|entry| terminal.remember(&format!("print {shell}\n| where {entry} == '\\'")));
                });
            }
        });
        let last = Terminal::new(Some(&path), false).expect("editor");
        let entries: std::collections::HashSet<String> = last.editor.history().iter().cloned().collect();
        for (shell, entry) in (0..8).flat_map(|shell| (0..50).map(move |entry| (shell, entry))) {
            assert!(entries.contains(&format!("print {shell}\n| where {entry} == '\\'")), "{shell} {entry}");
        }
    }
}
