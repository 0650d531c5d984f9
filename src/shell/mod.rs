//! The shell: lines in, statements and dot-commands run, answers shown, until the input ends.
//!
//! It opens nothing and knows no format: the engine and the [`Presenter`] come from outside. What it shares with the batch commands,
//! which show answers as it does and stop at Ctrl-C as it does, lives here too.

mod answer;
mod command;
mod editor;
mod excerpt;
mod export;
mod file;
mod input;
mod interrupt;
mod listing;
mod pager;
mod pending;
mod present;
mod session;
mod terminal;

use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::sync::Arc;

use datafusion::arrow::error::ArrowError;

pub use answer::KeptAnswer;
pub use export::Export;
pub use file::{beside, write_file};
pub use interrupt::{Interrupts, Press, Work};
pub use listing::{columns, tables, without_schema};
pub use pager::PagerCommand;
pub use present::{Destination, Presenter, Screen};
pub use session::Places;
pub use terminal::{say, stdout, width_of_stderr};

use crate::engine::{Engine, Error};
use crate::output::OutputError;
use command::Flow;
use editor::Terminal;
use input::{Input, Read, Script};
use pending::{Pending, Todo, lines};
use session::Session;

/// Why a statement or a command gave no whole answer.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// The query failed.
    #[error(transparent)]
    Query(#[from] Error),
    /// The query is wrong, and this is where: the line with a mark.
    #[error("{0}\n{1}")]
    Marked(Error, String),
    /// Its rows could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Ctrl-C came.
    #[error("stopped")]
    Interrupted,
    /// What was asked for cannot be done; a sentence.
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
pub struct Shell {
    session: Session,
}

/// Text to work through.
struct Block {
    text: String,
    /// The line of the input that it starts on.
    number: usize,
    /// What is not whole at its end is run as it is.
    is_all: bool,
}

impl Shell {
    /// A shell that shows answers as the presenter says and lets Ctrl-C stop them.
    pub fn new(engine: Engine, presenter: Presenter, interrupts: Arc<Interrupts>, places: Places) -> Self {
        Self { session: Session::new(engine, presenter, interrupts, places) }
    }

    /// Talks to a person at a terminal until Ctrl-D or `.quit`; what goes wrong is told, and the shell goes on.
    ///
    /// # Errors
    /// If the terminal cannot be read, or what is printed is not read any more.
    pub async fn interact(mut self) -> Result<(), ShellError> {
        let mut terminal = Terminal::new(self.session.places.history.as_deref(), self.session.presenter.color)?;
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
    pub async fn script(mut self, lines: impl BufRead) -> Result<(), ShellError> {
        self.run(&mut Script::new(lines), Err).await
    }

    async fn run(
        &mut self,
        input: &mut dyn Input,
        on_error: impl Fn(ShellError) -> Result<(), ShellError>,
    ) -> Result<(), ShellError> {
        let mut pending = Pending::default();
        loop {
            let read = input.next(&self.session)?;
            if self.session.interrupts.take_idle_press() {
                pending = Pending::default();
            }
            let is_end = read == Read::End;
            let block = match read {
                Read::Text { text, number } => {
                    input.remember(&text);
                    Block { text, number, is_all: false }
                }
                Read::Cleared => {
                    pending = Pending::default();
                    continue;
                }
                Read::Quit => return Ok(()),
                Read::End => Block { text: String::new(), number: 1, is_all: true },
            };
            if self.work_through(block, &mut pending, input, &on_error).await? || is_end {
                return Ok(());
            }
        }
    }

    /// Does what a text asks for, thing by thing; true if that is to leave. Ctrl-C ends the whole text.
    async fn work_through(
        &mut self,
        block: Block,
        pending: &mut Pending,
        input: &mut dyn Input,
        on_error: &impl Fn(ShellError) -> Result<(), ShellError>,
    ) -> Result<bool, ShellError> {
        let mut blocks = VecDeque::from([block]);
        while let Some(Block { text, number, is_all }) = blocks.pop_front() {
            let mut lines = (number..).zip(lines(&text));
            loop {
                let line = lines.next();
                let todo = match line {
                    Some((number, line)) => pending.push(line, number, self.session.choice),
                    None if is_all => pending.take(),
                    None => None,
                };
                let Some(todo) = todo else {
                    if line.is_none() {
                        break;
                    }
                    continue;
                };
                match self.act(todo).await {
                    Ok(Flow::Next) => {}
                    Ok(Flow::Leave) => return Ok(true),
                    Ok(Flow::Submit(text)) => {
                        input.remember(&text);
                        blocks.push_back(Block { text, number: 1, is_all: true });
                    }
                    Err(error) => {
                        let is_stopped = matches!(error, ShellError::Interrupted);
                        on_error(error)?;
                        if is_stopped {
                            return Ok(false);
                        }
                    }
                }
            }
        }
        Ok(false)
    }

    async fn act(&mut self, todo: Todo) -> Result<Flow, ShellError> {
        match todo {
            Todo::Statements(chunk) => self.session.run(&chunk).await.map(|()| Flow::Next),
            Todo::Command(command, argument) => (command.run)(&mut self.session, argument.trim()).await,
            Todo::Wrong(problem) => Err(ShellError::Command(problem)),
            Todo::Leave => Ok(Flow::Leave),
        }
    }
}

fn print(text: &str) -> Result<(), OutputError> {
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
