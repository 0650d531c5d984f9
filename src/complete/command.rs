//! Dot-commands: what is known of one, and what may stand behind its name.

use super::{Candidate, Completion, Facts, Kind, path, rank, statement};
use crate::hunt::LanguageChoice;

/// A dot-command as help and completion tell it.
#[derive(Debug, Clone, Copy)]
pub struct CommandFacts {
    /// Its name, dot included.
    pub name: &'static str,
    /// What follows the name, optional parts in brackets.
    pub arguments: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
    /// What may stand behind it.
    pub takes: Takes,
}

/// What stands behind a dot-command.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// Nothing at all.
    Nothing,
    /// A word that nobody can guess.
    Word,
    /// One of these words.
    Words(fn() -> Vec<&'static str>),
    /// A number.
    Number,
    /// A table.
    Table,
    /// A dot-command.
    Command,
    /// A parameter, as `name=value`.
    Parameter,
    /// A file or a folder.
    Path,
    /// A hunt, by its key or its file, and then parameters.
    Hunt,
    /// A statement, which ends as statements do.
    Statement,
    /// A file, and then a statement or nothing.
    PathThenStatement,
}

impl Takes {
    /// Splits what stands behind a command into its own part and the statement, which is empty if there is none.
    pub fn split(self, argument: &str) -> (&str, &str) {
        match self {
            Self::Statement => ("", argument),
            Self::PathThenStatement => {
                let (path, rest) = first_word(argument);
                (path, rest.trim_start())
            }
            _ => (argument, ""),
        }
    }

    /// Whether a statement may stand behind the command.
    pub fn has_statement(self) -> bool {
        matches!(self, Self::Statement | Self::PathThenStatement)
    }
}

/// The first word of a text, or what it begins with in quotes, and what is behind it.
pub fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    if let Some(quoted) = text.strip_prefix('"')
        && let Some((word, rest)) = quoted.split_once('"')
    {
        return (word, rest);
    }
    text.find(char::is_whitespace).map_or((text, ""), |end| text.split_at(end))
}

/// Completes a dot-command, from its dot on.
pub(super) fn complete(before: &str, behind: &str, choice: LanguageChoice, facts: &dyn Facts) -> Completion {
    let commands = facts.commands();
    let Some(gap) = before.find(char::is_whitespace) else {
        let names = commands.iter().map(|known| Candidate::new(known.name, Kind::Command, known.help));
        return Completion::new(0, rank::matching(before, names.collect()));
    };
    let (name, rest) = before.split_at(gap);
    let Some(command) = commands.iter().find(|known| known.name.eq_ignore_ascii_case(name)) else {
        return Completion::default();
    };
    let argument = rest.trim_start();
    let offset = before.len() - argument.len();
    let typed = match command.takes {
        Takes::Statement => Some(argument),
        // The path is still being typed until a blank stands behind it.
        Takes::PathThenStatement => Some(first_word(argument).1).filter(|rest| !rest.is_empty()),
        _ => None,
    };
    if let Some(typed) = typed {
        return statement(typed, behind, choice, facts).shifted(before.len() - typed.len());
    }
    let word = argument.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let is_first = word == 0;
    let typed = argument.get(word..).unwrap_or_default();
    let found = match command.takes {
        Takes::Nothing | Takes::Word | Takes::Number => Vec::new(),
        Takes::Words(words) if is_first => {
            words().into_iter().map(|word| Candidate::new(word, Kind::Word, "")).collect()
        }
        Takes::Table if is_first => {
            facts.tables().into_iter().map(|table| Candidate::new(table, Kind::Table, "")).collect()
        }
        Takes::Command if is_first => commands
            .iter()
            .map(|known| Candidate::new(known.name.trim_start_matches('.'), Kind::Command, known.help))
            .collect(),
        Takes::Parameter if is_first => parameters(facts),
        Takes::Path | Takes::PathThenStatement => path::candidates(typed),
        Takes::Hunt if is_first => {
            let hunts = facts.hunts().into_iter().map(|(key, name)| Candidate::new(key, Kind::Hunt, name));
            hunts.chain(path::candidates(typed).into_iter().filter(|_| !typed.is_empty())).collect()
        }
        Takes::Hunt => parameters(facts),
        _ => Vec::new(),
    };
    Completion::new(offset + word, rank::matching(typed, found))
}

/// The statement behind a command; empty if there is none.
pub(super) fn statement_of<'t>(text: &'t str, commands: &[CommandFacts]) -> &'t str {
    let (name, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let known = commands.iter().find(|known| known.name.eq_ignore_ascii_case(name));
    known.map_or("", |command| command.takes.split(argument.trim_start()).1)
}

fn parameters(facts: &dyn Facts) -> Vec<Candidate> {
    facts
        .parameters()
        .into_iter()
        .map(|(name, value)| Candidate::new(format!("{name}="), Kind::Parameter, value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_be_quoted() {
        assert_eq!(Takes::PathThenStatement.split("\"a b.csv\" T | take 1"), ("a b.csv", "T | take 1"));
        assert_eq!(Takes::PathThenStatement.split("a.csv"), ("a.csv", ""));
        assert_eq!(Takes::Statement.split("T | take 1"), ("", "T | take 1"));
        assert_eq!(Takes::Table.split("T"), ("T", ""));
        assert_eq!(first_word("\"open"), ("\"open", ""));
    }
}
