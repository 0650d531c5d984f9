//! What a shell keeps between its lines, and how it runs statements.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::answer::KeptAnswer;
use super::excerpt::excerpt;
use super::pending::Chunk;
use super::{Interrupts, Presenter, ShellError};
use crate::engine::{Engine, Error, QueryOptions, Statement};
use crate::hunt::{self, Hunt, Language, LanguageChoice, in_place};

/// Where a shell keeps things, and what it may start.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The file of its history; none keeps no history.
    pub history: Option<PathBuf>,
    /// The folder of the hunts that `.save` wrote.
    pub hunts: Option<PathBuf>,
    /// The user's editor, a command line.
    pub editor: Option<String>,
}

impl Places {
    /// All hunts that the shell knows by name: those of the user's folder, then the shipped ones.
    pub(super) fn known_hunts(&self) -> Result<Vec<(&'static str, Hunt)>, ShellError> {
        let own = match self.hunts.as_ref().filter(|folder| holds_files(folder)) {
            Some(folder) => hunt::load(std::slice::from_ref(folder)).map_err(ShellError::Command)?,
            None => Vec::new(),
        };
        // One that cannot be read is told of when it is run by its file; here it would hide the others.
        let own = own.into_iter().flatten().map(|hunt| ("saved", hunt));
        Ok(own.chain(hunt::shipped().into_iter().flatten().map(|hunt| ("shipped", hunt))).collect())
    }
}

/// The state of a running shell.
pub(super) struct Session {
    pub(super) engine: Engine,
    pub(super) presenter: Presenter,
    pub(super) interrupts: Arc<Interrupts>,
    pub(super) places: Places,
    /// Which language statements are in.
    pub(super) choice: LanguageChoice,
    /// The values of parameters, for all statements that use them.
    pub(super) params: Vec<(String, String)>,
    /// The time that `now()` means; none leaves it to the engine.
    pub(super) now: Option<DateTime<Utc>>,
    /// The last statement that was handed in, whether it ran or not.
    pub(super) last: Option<Typed>,
    /// The last answer that has columns.
    pub(super) answer: Option<KeptAnswer>,
}

/// A statement as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) language: Language,
    pub(super) text: String,
}

impl Session {
    pub(super) fn new(engine: Engine, presenter: Presenter, interrupts: Arc<Interrupts>, places: Places) -> Self {
        let choice = LanguageChoice::default();
        Self { engine, presenter, interrupts, places, choice, params: Vec::new(), now: None, last: None, answer: None }
    }

    /// The statements of a chunk of the input, and their language.
    pub(super) fn split(&self, chunk: &Chunk) -> (Language, Vec<Statement>) {
        let language = self.choice.of(None, &chunk.text);
        let mut statements = match language {
            Language::Sql => Engine::split_script(&chunk.text),
            Language::Kql if chunk.text.trim().is_empty() => Vec::new(),
            Language::Kql => vec![Statement { text: chunk.text.clone(), line: 1 }],
        };
        for statement in &mut statements {
            statement.line += chunk.first_line.saturating_sub(1);
        }
        (language, statements)
    }

    /// Runs the statements of a chunk one after the other; the first that goes wrong ends it.
    pub(super) async fn run(&mut self, chunk: &Chunk) -> Result<(), ShellError> {
        let (language, statements) = self.split(chunk);
        for statement in statements {
            self.last = Some(Typed { language, text: statement.text.clone() });
            let options = self.options(language, &statement.text);
            self.show(language, &in_place(&statement), &options).await?;
        }
        Ok(())
    }

    /// Runs one statement and shows its answers.
    pub(super) async fn show(
        &mut self,
        language: Language,
        text: &str,
        options: &QueryOptions,
    ) -> Result<(), ShellError> {
        let work = self.interrupts.work();
        let answers = self.presenter.answers(&self.engine, language, text, options, &work).await;
        let mut answers = answers.map_err(|error| marked(error, text))?;
        while let Some(answer) = self.presenter.next(&mut answers, &work).await? {
            let has_columns = !answer.schema().fields().is_empty();
            let (kept, done) = self.presenter.present(answer, &work).await;
            if has_columns {
                self.answer = Some(kept);
            }
            done?;
        }
        Ok(())
    }

    /// What a statement is run with: the time of the session, and of its parameters those that the statement uses.
    pub(super) fn options(&self, language: Language, text: &str) -> QueryOptions {
        let declared = match language {
            Language::Sql => Vec::new(),
            Language::Kql => hunt::kql_parameters(text),
        };
        let uses = |name: &String| match language {
            Language::Sql => hunt::uses(text, name),
            Language::Kql => declared.contains(name),
        };
        let params = self.params.iter().filter(|(name, _)| uses(name)).cloned().collect();
        QueryOptions { params, now: self.now, ..QueryOptions::default() }
    }

    /// The statement that a command names, or the last one; there must be just one.
    pub(super) fn statement(&self, given: &str) -> Result<Typed, ShellError> {
        if given.trim().is_empty() {
            let nothing = || ShellError::Command("there is no statement yet; write one behind the command".to_owned());
            return self.last.clone().ok_or_else(nothing);
        }
        let (language, statements) = self.split(&Chunk { text: given.to_owned(), first_line: 1 });
        match statements.as_slice() {
            [statement] => Ok(Typed { language, text: statement.text.clone() }),
            [] => Err(ShellError::Command("there is no statement behind the command".to_owned())),
            _ => Err(ShellError::Command("this command takes one statement at a time".to_owned())),
        }
    }

    /// The result of a part of the work, unless Ctrl-C comes first.
    pub(super) async fn unless_stopped<T>(
        &self,
        part: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, ShellError> {
        Ok(self.interrupts.work().unless_stopped(part).await.ok_or(ShellError::Interrupted)??)
    }
}

/// An error with the line that it is about, if it says which one that is.
fn marked(error: ShellError, text: &str) -> ShellError {
    let ShellError::Query(error) = error else { return error };
    let place = error.place();
    match place.and_then(|(line, column)| excerpt(text, line, column)) {
        Some(excerpt) => ShellError::Marked(error, excerpt),
        None => ShellError::Query(error),
    }
}

fn holds_files(folder: &std::path::Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
