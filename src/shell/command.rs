//! Dot-commands: what a line that starts with a dot asks of the shell.

use crate::hunt::{LanguageChoice, suggest};

/// A dot-command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    Help,
    /// Which language statements are in; without a word, tell which.
    Lang(Option<LanguageChoice>),
    Quit,
    /// The columns of a table.
    Schema(String),
    Tables,
}

/// Every command: its name, what follows it, what it does. `parse` and `.help` both go by this list.
const COMMANDS: [(&str, &str, &str); 5] = [
    (".help", "", "this text"),
    (".lang", "[auto|sql|kql]", "the language of statements; auto tells by their first words"),
    (".quit", "", "leave the shell; Ctrl-D does the same"),
    (".schema", "TABLE", "the columns of a table"),
    (".tables", "", "the tables that the sources hold"),
];

/// Reads a line that starts with a dot.
///
/// # Errors
/// A sentence, if there is no such command, or it lacks or does not take an argument.
pub(super) fn parse(line: &str) -> Result<Command, String> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let (name, argument) = line.split_once(char::is_whitespace).map_or((line, ""), |(name, rest)| (name, rest.trim()));
    let name = if name == ".exit" { ".quit" } else { name };
    let Some((_, wants, _)) = COMMANDS.iter().find(|(known, ..)| *known == name) else {
        return Err(match suggest(name, COMMANDS.map(|(name, ..)| name)) {
            Some(near) => format!("there is no command {name}; did you mean {near}?"),
            None => format!("there is no command {name}; .help lists them"),
        });
    };
    match (name, wants.is_empty(), argument.is_empty()) {
        (_, true, false) => Err(format!("{name} takes nothing after it")),
        (".lang", _, true) => Ok(Command::Lang(None)),
        (".lang", ..) => argument.parse().map(|choice| Command::Lang(Some(choice))),
        (_, false, true) => Err(format!("write {name} {wants}")),
        (".quit", ..) => Ok(Command::Quit),
        (".schema", ..) => Ok(Command::Schema(argument.trim_matches('"').to_owned())),
        (".tables", ..) => Ok(Command::Tables),
        _ => Ok(Command::Help),
    }
}

/// What `.help` prints.
pub(super) fn help() -> String {
    let commands = COMMANDS.map(|(name, argument, what)| format!("  {:<20} {what}\n", format!("{name} {argument}")));
    format!(
        "A statement ends with ; and may go over several lines; one in KQL ends with an empty line, too. Ctrl-C stops a running query.\n{}",
        commands.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hunt::Language;

    #[test]
    fn commands_are_read() {
        assert_eq!(parse(".tables\r\n"), Ok(Command::Tables));
        assert_eq!(parse(" .tables;"), Ok(Command::Tables));
        assert_eq!(parse(".exit"), Ok(Command::Quit));
        assert_eq!(parse(".help"), Ok(Command::Help));
        assert_eq!(parse(".lang"), Ok(Command::Lang(None)));
        assert_eq!(parse(".lang KQL"), Ok(Command::Lang(Some(LanguageChoice::Only(Language::Kql)))));
        assert_eq!(parse(".schema  \"EmailEvents\" "), Ok(Command::Schema("EmailEvents".to_owned())));
    }

    #[test]
    fn errors_say_what_to_type() {
        insta::assert_snapshot!(parse(".tabels").expect_err("error"), @"there is no command .tabels; did you mean .tables?");
        insta::assert_snapshot!(parse(".frobnicate").expect_err("error"), @"there is no command .frobnicate; .help lists them");
        insta::assert_snapshot!(parse(".lang klingon").expect_err("error"), @"unknown language 'klingon'; write auto, sql or kql");
        insta::assert_snapshot!(parse(".schema").expect_err("error"), @"write .schema TABLE");
        insta::assert_snapshot!(parse(".tables x").expect_err("error"), @".tables takes nothing after it");
    }

    #[test]
    fn help_lists_every_command() {
        insta::assert_snapshot!(help(), @"
        A statement ends with ; and may go over several lines; one in KQL ends with an empty line, too. Ctrl-C stops a running query.
          .help                this text
          .lang [auto|sql|kql] the language of statements; auto tells by their first words
          .quit                leave the shell; Ctrl-D does the same
          .schema TABLE        the columns of a table
          .tables              the tables that the sources hold
        ");
    }
}
