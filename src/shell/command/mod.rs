//! Dot-commands: what a line that starts with a dot asks of the shell.
//!
//! `table` lists them all; reading, help and completion go by it. To add one, add an entry there and a function to one of the files
//! beside it: `answer` does something with the last answer, `look` tells what there is, `settings` changes how the shell goes on, `statement` does something with a statement,
//! `pack` with hunts.

mod answer;
mod look;
mod pack;
mod settings;
mod statement;
mod table;

use futures::future::LocalBoxFuture;

use super::ShellError;
use super::session::Session;
use crate::complete::CommandFacts;
use crate::hunt::suggest;

pub(super) use table::COMMANDS;

/// A dot-command.
pub(super) struct Command {
    /// What help and completion know of it.
    pub(super) facts: CommandFacts,
    /// What it does with what stands behind it, which is trimmed.
    pub(super) run: Run,
}

/// What a command does.
pub(super) type Run = for<'s> fn(&'s mut Session, &'s str) -> LocalBoxFuture<'s, Result<Flow, ShellError>>;

/// How the shell goes on after a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flow {
    /// With the next line.
    Next,
    /// It ends.
    Leave,
    /// With this text, as if it were typed.
    Submit(String),
}

/// Reads a line that starts with a dot: the command, and what stands behind it.
///
/// # Errors
/// A sentence, if there is no such command, or it lacks or does not take an argument.
pub(super) fn parse(line: &str) -> Result<(&'static Command, String), String> {
    let line = line.trim();
    let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let command = find(name.trim_end_matches(';'))?;
    let facts = &command.facts;
    let argument = if facts.takes.has_statement() { argument } else { argument.trim_end_matches(';') }.trim();
    match (facts.arguments.is_empty(), argument.is_empty()) {
        (true, false) => Err(format!("{} takes nothing after it", facts.name)),
        (false, true) if !facts.arguments.starts_with('[') => Err(format!("write {} {}", facts.name, facts.arguments)),
        _ => Ok((command, argument.to_owned())),
    }
}

fn find(name: &str) -> Result<&'static Command, String> {
    let name = if name == ".exit" { ".quit" } else { name };
    COMMANDS.iter().find(|command| command.facts.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        match suggest(name, COMMANDS.iter().map(|command| command.facts.name)) {
            Some(near) => format!("there is no command {name}; did you mean {near}?"),
            None => format!("there is no command {name}; .help lists them"),
        }
    })
}

/// An error of a command in a sentence.
fn refuse<T>(sentence: impl Into<String>) -> Result<T, ShellError> {
    Err(ShellError::Command(sentence.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<(&'static str, String), String> {
        parse(line).map(|(command, argument)| (command.facts.name, argument))
    }

    #[test]
    fn commands_are_read() {
        let ok = |name, argument: &str| Ok((name, argument.to_owned()));
        assert_eq!(read(".tables\r\n"), ok(".tables", ""));
        assert_eq!(read(" .tables;"), ok(".tables", ""));
        assert_eq!(read(".exit"), ok(".quit", ""));
        assert_eq!(read(".LANG kql;"), ok(".lang", "kql"));
        assert_eq!(read(".schema  \"EmailEvents\" "), ok(".schema", "\"EmailEvents\""));
        assert_eq!(read(".explain select 1;"), ok(".explain", "select 1;"));
    }

    #[test]
    fn errors_say_what_to_type() {
        let error = |line: &str| read(line).expect_err("error");
        insta::assert_snapshot!(error(".tabels"), @"there is no command .tabels; did you mean .tables?");
        insta::assert_snapshot!(error(".frobnicate"), @"there is no command .frobnicate; .help lists them");
        insta::assert_snapshot!(error(".schema"), @"write .schema TABLE");
        insta::assert_snapshot!(error(".tables x"), @".tables takes nothing after it");
    }

    #[test]
    fn the_table_is_in_order_and_says_all() {
        assert!(COMMANDS.is_sorted_by_key(|command| command.facts.name));
        for Command { facts, .. } in COMMANDS {
            assert!(facts.name.starts_with('.') && !facts.help.is_empty() && !facts.help.ends_with('.'), "{facts:?}");
        }
    }
}
