//! Completion: which words may stand at a place in a text that is still being typed.
//!
//! Text, cursor and [`Facts`] in, [`Completion`] out. This room knows neither the line editor nor the engine; names, columns and values
//! come through [`Facts`], functions and operators of KQL from `kql::facts`, the columns of a pipeline from KQL's binder itself. It
//! never fails: where nothing is known, nothing is offered.

mod command;
mod kql;
mod part;
mod path;
mod rank;
mod sql;
#[cfg(test)]
mod tests;

pub use command::{CommandFacts, Takes, first_word};
pub use part::{Part, parts};

use crate::hunt::{Ending, Language, LanguageChoice};
use crate::kql::bind::Schemas;

/// What a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A value that the data holds, or a key of one.
    Value,
    /// A word that must or may stand here: `by`, `asc`, `kind=`.
    Word,
    /// A column.
    Column,
    /// A name that the text itself gives: a `let`, a common table expression, an alias.
    Name,
    /// A table or view.
    Table,
    /// A parameter.
    Parameter,
    /// A tabular operator.
    Operator,
    /// A function.
    Function,
    /// A dot-command.
    Command,
    /// A hunt.
    Hunt,
    /// A file or a folder.
    Path,
}

/// A word that may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What is put in.
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// A column's type, a function's signature, what an operator does; may be empty.
    pub help: String,
}

impl Candidate {
    pub(crate) fn new(text: impl Into<String>, kind: Kind, help: impl Into<String>) -> Self {
        Self { text: text.into(), kind, help: help.into() }
    }
}

/// What may stand at the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where the part begins, in bytes, that a candidate takes the place of; it ends at the cursor.
    pub start: usize,
    /// The candidates, the likeliest first. All of them match what is typed so far.
    pub candidates: Vec<Candidate>,
}

/// A column with its type, as people write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnFact {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
}

/// What a session knows.
pub trait Facts {
    /// All tables and views, in the catalogue's spelling.
    fn tables(&self) -> Vec<String>;

    /// The tables and functions as KQL sees them.
    fn schemas(&self) -> &dyn Schemas;

    /// The columns of what a SQL query gives; none if it cannot be planned.
    fn columns_of_query(&self, sql: &str) -> Vec<ColumnFact>;

    /// The functions of SQL: name, signature, what it does.
    fn sql_functions(&self) -> Vec<(String, String, String)>;

    /// Values that a column of text holds, the most frequent first; empty if none are known by now.
    fn values(&self, table: &str, column: &str) -> Vec<String>;

    /// Keys that the bags of a dynamic column hold, the most frequent first; empty if none are known by now.
    fn keys(&self, table: &str, column: &str) -> Vec<String>;

    /// Parameters with their values.
    fn parameters(&self) -> Vec<(String, String)>;

    /// Hunts by key, with their names.
    fn hunts(&self) -> Vec<(String, String)>;

    /// The dot-commands.
    fn commands(&self) -> Vec<CommandFacts>;
}

/// What may stand at the cursor, a byte of `text`. `choice` says which language statements are in.
pub fn complete(text: &str, cursor: usize, choice: LanguageChoice, facts: &dyn Facts) -> Completion {
    let Some((before, behind)) = text.split_at_checked(cursor) else { return Completion::default() };
    let found = at_end(before, behind, choice, facts);
    let next = behind.chars().next();
    let candidates = found.candidates.into_iter().map(|candidate| without_twice(candidate, next)).collect();
    Completion { candidates, ..found }
}

/// A candidate without the bracket or quote at its end that stands behind the cursor already.
fn without_twice(mut candidate: Candidate, next: Option<char>) -> Candidate {
    if let Some(next) = next.filter(|next| ['(', '=', '"', '\''].contains(next))
        && candidate.text.len() > 1
        && candidate.text.ends_with(next)
    {
        candidate.text.pop();
    }
    candidate
}

/// What may stand at the end of a text that goes on with `behind`.
fn at_end(before: &str, behind: &str, choice: LanguageChoice, facts: &dyn Facts) -> Completion {
    let start = parts(before, choice, &facts.commands()).last().map_or(0, |last| last.start);
    let (typed, offset) = (before.get(start..).unwrap_or_default(), start);
    let trimmed = typed.trim_start();
    if trimmed.starts_with('.') {
        let offset = offset + typed.len() - trimmed.len();
        return command::complete(trimmed, behind, choice, facts).shifted(offset);
    }
    statement(typed, behind, choice, facts).shifted(offset)
}

/// Completes within one statement, whose text before and behind the cursor is known.
fn statement(before: &str, behind: &str, choice: LanguageChoice, facts: &dyn Facts) -> Completion {
    let word = before.trim_start();
    if choice == LanguageChoice::Auto && !word.contains(|letter: char| !letter.is_alphanumeric() && letter != '_') {
        // A word alone may become the first one of either language.
        let candidates = [sql::starts(word), kql::starts(facts)].concat();
        return Completion::new(before.len() - word.len(), rank::matching(word, candidates));
    }
    match choice.of(None, before) {
        Language::Kql => kql::complete(before, facts),
        Language::Sql => sql::complete(before, behind, facts),
    }
}

impl Completion {
    fn new(start: usize, candidates: Vec<Candidate>) -> Self {
        Self { start, candidates }
    }

    fn shifted(mut self, by: usize) -> Self {
        self.start += by;
        self
    }
}
