//! The languages of queries: what a file's ending says, and what a text looks like.

use std::path::Path;
use std::str::FromStr;

use crate::kql::syntax::ast::StatementKind;
use crate::kql::syntax::{parse, parse_file};

/// The language of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// SQL, in files that end in `.sql`.
    Sql,
    /// Kusto's query language, in files that end in `.kql`.
    Kql,
}

/// Where a text stands that is typed line by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Behind the `;` of a statement: it is whole.
    Ended,
    /// Behind a statement that an empty line would end.
    Open,
    /// More has to come: an empty line ends nothing.
    Awaits,
}

/// What is known of the language of a query before it is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LanguageChoice {
    /// The file's ending tells, else the text.
    #[default]
    Auto,
    /// It was said.
    Only(Language),
}

/// Words that a SQL statement starts with and no KQL query does, unless they are a table's name.
const SQL_WORDS: [&str; 20] = [
    "select", "with", "show", "describe", "desc", "create", "drop", "insert", "update", "delete", "copy", "values",
    "from", "table", "alter", "truncate", "begin", "commit", "rollback", "reset",
];

impl Language {
    /// The language that the ending of a file's name stands for.
    pub fn of_file(path: &Path) -> Option<Self> {
        path.extension()?.to_str()?.parse().ok()
    }

    /// The language that a text looks like. Nothing is read beyond its first words: what they leave open is KQL, in which a query starts
    /// with any name.
    pub fn of_text(text: &str) -> Self {
        let (rest, comment) = behind_comments(text);
        if let Some(language) = comment {
            return language;
        }
        let (first, behind) = first_word(rest);
        let second = || first_word(behind_comments(behind).0).0;
        let is = |word: &str| first.eq_ignore_ascii_case(word);
        if is("explain") {
            return match second().to_ascii_lowercase().as_str() {
                "analyze" | "verbose" => Self::of_text(first_word(behind.trim_start()).1),
                _ => Self::of_text(behind),
            };
        }
        if is("set") {
            // `SET a.b = 1`, `SET a TO 1`, `SET TIME ZONE …`; KQL's settings are one word with or without `=`.
            let name = second();
            let after = behind.trim_start().get(name.len()..).unwrap_or_default().trim_start();
            let sql = after.starts_with('.') || !after.starts_with(['=', ';']) && !after.is_empty();
            return if sql { Self::Sql } else { Self::Kql };
        }
        // `Values | take 1` is a table of that name.
        let piped = behind_comments(behind).0.starts_with('|') && !behind_comments(behind).0.starts_with("|>");
        let opened =
            first.is_empty() && first_word(rest.trim_start_matches(['(', ' ', '\n'])).0.eq_ignore_ascii_case("select");
        if opened || SQL_WORDS.iter().any(|word| is(word)) && !piped { Self::Sql } else { Self::Kql }
    }
}

impl Language {
    /// Where a text stands. SQL ends at a `;`. A KQL script ends at the `;` behind a query, or at an empty line; one behind a `let` or
    /// a `set` does not end it, since their query is still to come.
    pub fn ending(self, text: &str) -> Ending {
        if self == Self::Sql {
            return if crate::sql::is_complete(text) { Ending::Ended } else { Ending::Awaits };
        }
        let text = text.trim_end();
        let (script, _) = parse(text);
        let Some(last) = script.statements.last() else { return Ending::Open };
        let behind = text.get(last.span.end as usize..).unwrap_or_default().trim_start();
        match (behind.starts_with(';'), &last.kind) {
            (false, _) => Ending::Open,
            (true, StatementKind::Query(_)) => Ending::Ended,
            (true, _) => Ending::Awaits,
        }
    }
}

impl LanguageChoice {
    /// The language of a text, which may come from a file.
    pub fn of(self, path: Option<&Path>, text: &str) -> Language {
        match self {
            Self::Only(language) => language,
            Self::Auto => path.and_then(Language::of_file).unwrap_or_else(|| Language::of_text(text)),
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Only(Language::Sql) => "sql",
            Self::Only(Language::Kql) => "kql",
        }
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "sql" => Ok(Self::Sql),
            "kql" => Ok(Self::Kql),
            _ => Err(format!("unknown language '{text}'; write sql or kql")),
        }
    }
}

impl FromStr for LanguageChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        text.parse().map(Self::Only).map_err(|_| format!("unknown language '{text}'; write auto, sql or kql"))
    }
}

/// The names that a KQL text declares as query parameters.
pub fn kql_parameters(text: &str) -> Vec<String> {
    if !text.contains("query_parameters") {
        return Vec::new();
    }
    let statements = parse_file(text).0.into_iter().flat_map(|script| script.statements);
    let declared = statements.filter_map(|statement| match statement.kind {
        StatementKind::DeclareParameters(parameters) => Some(parameters),
        _ => None,
    });
    declared.flatten().map(|parameter| parameter.name.text).collect()
}

/// The text behind blanks and comments, and the language that a comment gives away.
fn behind_comments(text: &str) -> (&str, Option<Language>) {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
        let line = || rest.split_once('\n').map_or("", |(_, rest)| rest);
        if rest.starts_with("//") {
            return (line(), Some(Language::Kql));
        } else if rest.starts_with("--") {
            return (line(), Some(Language::Sql));
        } else if rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, rest)| rest);
        } else {
            return (rest, None);
        }
    }
}

/// The word that a text starts with, which may be none, and what is behind it.
fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_at(text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart() {
        for sql in [
            "SELECT 1",
            "  /* name */ with a as (select 1) select * from a",
            "-- first\nselect 1",
            "(select 1) union (select 2)",
            "SHOW TABLES",
            "explain select 1",
            "EXPLAIN ANALYZE SELECT 1",
            "set datafusion.execution.batch_size = 10",
            "SET TIME ZONE 'UTC'",
            "FROM t |> WHERE a = 1",
            "values (1)",
        ] {
            assert_eq!(Language::of_text(sql), Language::Sql, "{sql}");
        }
        for kql in [
            "print 1",
            "DeviceEvents",
            "DeviceEvents\n| where x == 1",
            "let a = 1; print a",
            "// a comment\nselect",
            "set notruncation; T",
            "set querytrace = true; T",
            "union A, B",
            "explain analyze T | take 1",
            "(T | take 1) | union U",
            "['a table'] | take 1",
            "Values | take 1",
            "",
        ] {
            assert_eq!(Language::of_text(kql), Language::Kql, "{kql}");
        }
    }

    #[test]
    fn a_choice_wins_over_an_ending_over_a_text() {
        let sql = Path::new("a.sql");
        assert_eq!("kql".parse::<LanguageChoice>().map(|choice| choice.of(Some(sql), "select 1")), Ok(Language::Kql));
        assert_eq!(LanguageChoice::Auto.of(Some(sql), "print 1"), Language::Sql);
        assert_eq!(LanguageChoice::Auto.of(Some(Path::new("a.txt")), "print 1"), Language::Kql);
        assert!("kusto".parse::<LanguageChoice>().is_err_and(|error| error.contains("auto, sql or kql")));
    }

    #[test]
    fn declared_parameters_are_found() {
        let text = "declare query_parameters(host: string, since: timespan = 7d);\nT | where a == host";
        assert_eq!(kql_parameters(text), ["host", "since"]);
        assert!(kql_parameters("T | where $host").is_empty());
    }
}
