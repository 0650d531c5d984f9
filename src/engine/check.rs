//! What is wrong with a text, or differs from Kusto, told without running it.

use datafusion::common::DataFusionError;

use super::query::{dictionary, scan_context};
use super::session::statement_state;
use super::{Engine, QueryOptions};
use crate::source::Scope;
use crate::sql::{self, SqlError};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The text cannot be run.
    Error,
    /// It can be run, and may not mean what was meant.
    Warning,
    /// It can be run, and its answer may differ from Kusto's.
    Note,
}

impl Level {
    /// The word, which is SARIF's as well.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A remark about a place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// Where it begins: line and column in characters, from 1. `None` if it is about the whole text.
    pub start: Option<(usize, usize)>,
    /// Where it ends, not included.
    pub end: Option<(usize, usize)>,
    /// What is wrong: a sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Finding {
    /// A finding about bytes of a text.
    pub(super) fn at(level: Level, text: &str, bytes: (usize, usize), message: impl Into<String>) -> Self {
        let (start, end) = (Some(place(text, bytes.0)), Some(place(text, bytes.1)));
        Self { level, start, end, message: message.into(), help: None }
    }

    /// An error about a whole text.
    pub(super) fn of_all(message: impl Into<String>) -> Self {
        Self { level: Level::Error, start: None, end: None, message: message.into(), help: None }
    }

    fn of_sql(error: SqlError) -> Self {
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let start = error.line.map(|line| (number(line), error.column.map_or(1, number)));
        Self { start, ..Self::of_all(error.message) }
    }
}

/// Line and column of a byte, from 1.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (1 + before.matches('\n').count(), 1 + line.chars().count())
}

impl Engine {
    /// What is wrong with a SQL statement; nothing if it can be planned.
    ///
    /// Parameters are taken from the options; one that is not there is no fault. No row is read, but a table that no schema knows is
    /// looked for in the engine's data.
    pub async fn sql_check(&self, text: &str, options: &QueryOptions) -> Vec<Finding> {
        match self.sql_fault(text, options).await {
            Ok(()) => Vec::new(),
            Err(finding) => vec![finding],
        }
    }

    async fn sql_fault(&self, text: &str, options: &QueryOptions) -> Result<(), Finding> {
        let inner = &self.inner;
        let known = dictionary(inner);
        let parsed = sql::parse(text, &known).map_err(Finding::of_sql)?;
        sql::guard(&parsed.statement, &inner.options.allow_write).map_err(Finding::of_sql)?;
        let context = std::sync::Arc::new(scan_context(inner, Scope::default()));
        let explained = |error: DataFusionError| match error.find_root() {
            DataFusionError::External(inner) if inner.is::<SqlError>() => inner
                .downcast_ref::<SqlError>()
                .cloned()
                .map_or_else(|| Finding::of_all(error.to_string()), Finding::of_sql),
            _ => Finding::of_sql(sql::explain_error(text, &error, &known)),
        };
        let state = statement_state(inner, &parsed.hidden, &context, None).map_err(explained)?;
        let plan = state.statement_to_plan(parsed.statement).await.map_err(explained)?;
        if options.params.is_empty() {
            return Ok(());
        }
        sql::bind(plan, &options.params).map(drop).map_err(Finding::of_sql)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        let text = "é\nab😀c\n";
        let at = |needle: &str| place(text, text.find(needle).expect("there"));
        assert_eq!([at("é"), at("a"), at("c"), place(text, 999)], [(1, 1), (2, 1), (2, 4), (3, 1)]);
    }
}
