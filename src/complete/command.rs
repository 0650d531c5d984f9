//! What is known of a dot-command: its name, how it is written, and what may stand behind it.

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

    /// The part of a command that is no statement, and the statement, from what stands behind its name.
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
