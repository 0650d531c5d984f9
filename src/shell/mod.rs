//! The shell: lines in, statements and dot-commands run, answers shown, until the input ends.
//!
//! It opens nothing and knows no format: the engine and the [`Presenter`] come from outside. What it shares with the batch commands,
//! which show answers as it does and stop at Ctrl-C as it does, lives here too.

mod command;
mod input;
mod interrupt;
mod listing;
mod pending;
mod present;
mod terminal;

use std::io::{self, BufRead};
use std::path::Path;

use datafusion::arrow::error::ArrowError;

pub use interrupt::{Interrupts, Press, Work};
pub use listing::{columns, tables, without_schema};
pub use present::{Destination, Presenter};
pub use terminal::{say, stdout, width_of_stderr};

use crate::engine::{Engine, Error, QueryOptions, Statement};
use crate::hunt::{Language, LanguageChoice, in_place};
use crate::output::OutputError;
use command::Command;
use input::{Input, Read, Script, Terminal};
use pending::{Chunk, Pending};

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
        let (mut pending, mut choice) = (Pending::default(), LanguageChoice::default());
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
                        Ok(Command::Lang(Some(wanted))) => {
                            choice = wanted;
                            Ok(())
                        }
                        Ok(Command::Lang(None)) => print(&format!("{}\n", choice.name())).map_err(ShellError::from),
                        Ok(command) => self.command(command).await,
                        Err(problem) => Err(ShellError::Command(problem)),
                    }
                }
                Read::Line { text, .. } if !pending.is_begun() && is_farewell(&text) => return Ok(()),
                Read::Line { text, number } => match pending.push(&text, number, choice) {
                    Some(script) => {
                        input.remember(script.text.trim());
                        self.statements(&script, choice).await
                    }
                    None => Ok(()),
                },
                Read::Cleared => {
                    pending = Pending::default();
                    Ok(())
                }
                Read::Quit => return Ok(()),
                Read::End => return self.statements(&pending.take(), choice).await.or_else(on_error),
            };
            done.or_else(&on_error)?;
        }
    }

    async fn statements(&self, script: &Chunk, choice: LanguageChoice) -> Result<(), ShellError> {
        let language = choice.of(None, &script.text);
        let statements = match language {
            Language::Sql => Engine::split_script(&script.text),
            Language::Kql if script.text.trim().is_empty() => Vec::new(),
            Language::Kql => vec![Statement { text: script.text.clone(), line: 1 }],
        };
        for mut statement in statements {
            statement.line += script.first_line.saturating_sub(1);
            let work = self.interrupts.work();
            let (text, options) = (in_place(&statement), QueryOptions::default());
            let mut answers = self.presenter.answers(self.engine, language, &text, &options, &work).await?;
            while let Some(answer) = self.presenter.next(&mut answers, &work).await? {
                self.presenter.show(answer, self.presenter.stdout(), &work).await?;
            }
        }
        Ok(())
    }

    async fn command(&self, command: Command) -> Result<(), ShellError> {
        match command {
            Command::Help => print(&command::help())?,
            Command::Quit | Command::Lang(_) => {}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn farewells_end_the_shell() {
        assert!(is_farewell("exit") && is_farewell(" QUIT;\r"));
        assert!(!is_farewell("select quit"));
    }
}
