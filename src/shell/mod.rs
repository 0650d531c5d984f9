//! The shell: lines in, statements and dot-commands run, answers shown, until the input ends.
//!
//! It opens nothing and knows no format: the engine and the [`Presenter`] come from outside. What it shares with the batch commands,
//! which show answers as it does and stop at Ctrl-C as it does, lives here too.

mod command;
mod input;
mod interrupt;
mod listing;
mod present;
mod terminal;

use std::io::{self, BufRead};
use std::path::Path;

use datafusion::arrow::error::ArrowError;

pub use interrupt::{Interrupts, Press, Work};
pub use listing::{columns, tables, without_schema};
pub use present::{Destination, Presenter};
pub use terminal::{say, stdout, width_of_stderr};

use crate::engine::{Engine, Error, QueryOptions};
use crate::hunt::in_place;
use crate::output::OutputError;
use crate::sql::is_complete;
use command::Command;
use input::{Input, Read, Script, Terminal};

/// Why a statement or a command gave no whole answer.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// The query failed.
    #[error(transparent)]
    Query(#[from] Error),
    /// Its rows could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Ctrl-C came.
    #[error("stopped")]
    Interrupted,
    /// There is no such dot-command.
    #[error("{0}")]
    Command(String),
    /// The input could not be read.
    #[error("cannot read the input: {0}")]
    Input(#[from] io::Error),
    /// Rows for a listing could not be made; a defect.
    #[error("cannot make a listing: {0}")]
    Listing(#[from] ArrowError),
}

/// A shell on an engine.
pub struct Shell<'a> {
    engine: &'a Engine,
    presenter: Presenter,
    interrupts: &'a Interrupts,
}

impl<'a> Shell<'a> {
    /// A shell that shows answers as the presenter says and lets Ctrl-C stop them.
    pub fn new(engine: &'a Engine, presenter: Presenter, interrupts: &'a Interrupts) -> Self {
        Self { engine, presenter, interrupts }
    }

    /// Talks to a person at a terminal until Ctrl-D or `.quit`; what goes wrong is told, and the shell goes on.
    ///
    /// # Errors
    /// If the terminal cannot be read, or what is printed is not read any more.
    pub async fn interact(&self, history: Option<&Path>) -> Result<(), ShellError> {
        let mut terminal = Terminal::new(history)?;
        self.run(&mut terminal, |error| {
            match error {
                ShellError::Input(_) | ShellError::Output(OutputError::BrokenPipe) => return Err(error),
                ShellError::Interrupted => say("stopped"),
                error => say(&format!("error: {error}")),
            }
            Ok(())
        })
        .await
    }

    /// Runs a script, which may hold dot-commands; stops at the first thing that goes wrong.
    ///
    /// # Errors
    /// What went wrong.
    pub async fn script(&self, lines: impl BufRead) -> Result<(), ShellError> {
        self.run(&mut Script::new(lines), Err).await
    }

    async fn run(
        &self,
        input: &mut dyn Input,
        on_error: impl Fn(ShellError) -> Result<(), ShellError>,
    ) -> Result<(), ShellError> {
        let mut pending = Pending::default();
        loop {
            let read = input.next(pending.is_begun())?;
            if self.interrupts.take_idle_press() {
                pending = Pending::default();
            }
            let done = match read {
                Read::Line { text, .. } if !pending.is_begun() && text.trim_start().starts_with('.') => {
                    input.remember(text.trim());
                    match command::parse(&text) {
                        Ok(Command::Quit) => return Ok(()),
                        Ok(command) => self.command(command).await,
                        Err(problem) => Err(ShellError::Command(problem)),
                    }
                }
                Read::Line { text, .. } if !pending.is_begun() && is_farewell(&text) => return Ok(()),
                Read::Line { text, number } => match pending.push(&text, number) {
                    Some(script) => {
                        input.remember(script.text.trim());
                        self.statements(&script).await
                    }
                    None => Ok(()),
                },
                Read::Cleared => {
                    pending = Pending::default();
                    Ok(())
                }
                Read::Quit => return Ok(()),
                Read::End => return self.statements(&pending.take()).await.or_else(on_error),
            };
            done.or_else(&on_error)?;
        }
    }

    async fn statements(&self, script: &Chunk) -> Result<(), ShellError> {
        for mut statement in Engine::split_script(&script.text) {
            statement.line += script.first_line.saturating_sub(1);
            let work = self.interrupts.work();
            let options = QueryOptions::default();
            let answer = self.presenter.start(self.engine, &in_place(&statement), &options, &work).await?;
            self.presenter.show(answer, self.presenter.stdout(), &work).await?;
        }
        Ok(())
    }

    async fn command(&self, command: Command) -> Result<(), ShellError> {
        match command {
            Command::Help => print(&command::help())?,
            Command::Quit => {}
            Command::Tables => {
                let tables = self.unless_stopped(self.engine.tables()).await?;
                if tables.is_empty() {
                    say("no blob's path names a table");
                } else {
                    self.presenter.list(&listing::tables(&tables, None)?)?;
                    listing::without_schema(&tables).iter().for_each(|sentence| say(sentence));
                }
            }
            Command::Schema(table) => {
                let columns = self.unless_stopped(self.engine.describe(&table)).await?;
                self.presenter.list(&listing::columns(&columns)?)?;
            }
        }
        Ok(())
    }

    async fn unless_stopped<T>(&self, part: impl Future<Output = Result<T, Error>>) -> Result<T, ShellError> {
        Ok(self.interrupts.work().unless_stopped(part).await.ok_or(ShellError::Interrupted)??)
    }
}

fn print(text: &str) -> Result<(), OutputError> {
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Words that people type to leave, in no language a statement.
fn is_farewell(line: &str) -> bool {
    ["exit", "quit"].contains(&line.trim().trim_end_matches(';').to_ascii_lowercase().as_str())
}

/// Lines that are not yet a whole statement.
#[derive(Debug, Default)]
struct Pending(Chunk);

/// Text of the input, and the line of the input that it starts on.
#[derive(Debug, Default, PartialEq, Eq)]
struct Chunk {
    text: String,
    first_line: usize,
}

impl Pending {
    fn is_begun(&self) -> bool {
        !self.0.text.is_empty()
    }

    /// Adds a line, unless it is a blank one before a statement; gives the statements if they are now whole.
    fn push(&mut self, line: &str, number: usize) -> Option<Chunk> {
        if !self.is_begun() {
            if line.trim().is_empty() {
                return None;
            }
            self.0.first_line = number;
        }
        self.0.text.push_str(line);
        self.0.text.push('\n');
        // Only a `;` can end a statement, so a long statement is not looked through anew at each of its lines.
        (line.contains(';') && is_complete(&self.0.text)).then(|| self.take())
    }

    fn take(&mut self) -> Chunk {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_at_its_semicolon() {
        let mut pending = Pending::default();
        assert_eq!(pending.push(" ", 1), None);
        assert!(!pending.is_begun());
        assert_eq!(pending.push("select ';'", 2), None);
        assert!(pending.is_begun());
        let chunk = Chunk { text: "select ';'\nfrom t; -- done\n".to_owned(), first_line: 2 };
        assert_eq!(pending.push("from t; -- done", 3), Some(chunk));
        assert_eq!(pending.push("select 1; select 2;", 4).map(|chunk| chunk.first_line), Some(4));
        assert_eq!(pending.push("select 3; select", 5), None);
        assert_eq!(pending.push("4;", 6).map(|chunk| chunk.first_line), Some(5));
    }

    #[test]
    fn farewells_end_the_shell() {
        assert!(is_farewell("exit") && is_farewell(" QUIT;\r"));
        assert!(!is_farewell("select quit"));
    }
}
