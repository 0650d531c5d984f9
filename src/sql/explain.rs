//! DataFusion's errors as sentences: short, with the nearest names, with a place in the text and with what to do.
//!
//! DataFusion tells most of its errors apart by text only, so this file reads texts. One that it does not recognise is shortened and
//! passed on; nothing here decides anything.

use datafusion::arrow::error::ArrowError;
use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, Tokenizer};

use super::advice::between;
use super::dialect::HuntDialect;
use super::dictionary::Dictionary;
use super::error::lower_first;
use super::suggest::{did_you_mean, either, nearest};
use super::{SqlError, advice};

/// Longer messages are cut; what is cut is a dump of a plan or a syntax tree.
const LONGEST: usize = 400;

/// What DataFusion adds to a message besides what is wrong.
const NOISE: [&str; 5] = [
    "Error during planning: ",
    "Internal error: ",
    "Execution error: ",
    "This feature is not implemented: ",
    "\nThis issue was likely caused by a bug in DataFusion's code. Please help us to resolve this by filing a bug report in our \
     issue tracker: https://github.com/apache/datafusion/issues",
];

/// Turns an error that DataFusion gave for the statement `text` into a sentence.
pub fn explain_error(text: &str, error: &DataFusionError, dictionary: &Dictionary) -> SqlError {
    let names = Names { text, dictionary };
    match root(error) {
        DataFusionError::SQL(error, _) => SqlError::from((**error).clone()),
        DataFusionError::SchemaError(error, _) => names.schema(error),
        other => {
            let message = brief(other);
            names.missing(&message).unwrap_or_else(|| names.other(&message))
        }
    }
}

/// The innermost error, where the cause is.
fn root(error: &DataFusionError) -> &DataFusionError {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => root(inner),
        DataFusionError::Shared(inner) => root(inner),
        DataFusionError::Collection(errors) => errors.first().map_or(error, root),
        DataFusionError::External(inner) => inner.downcast_ref().map_or(error, root),
        DataFusionError::ArrowError(inner, _) => match inner.as_ref() {
            ArrowError::ExternalError(inner) => inner.downcast_ref().map_or(error, root),
            _ => error,
        },
        other => other,
    }
}

/// An error's own words, without its kind, its backtrace and its dumps.
pub(crate) fn brief(error: &DataFusionError) -> String {
    let text = match root(error) {
        DataFusionError::Plan(text)
        | DataFusionError::NotImplemented(text)
        | DataFusionError::Execution(text)
        | DataFusionError::Internal(text)
        | DataFusionError::Configuration(text) => text.clone(),
        DataFusionError::ArrowError(error, _) => match error.as_ref() {
            ArrowError::ParseError(text) | ArrowError::CastError(text) | ArrowError::ComputeError(text) => text.clone(),
            other => other.to_string(),
        },
        other => other.to_string(),
    };
    let text = text.split("\n\nbacktrace:").next().unwrap_or_default();
    NOISE.iter().fold(advice::without_json_union(text), |text, noise| text.replace(noise, ""))
}

/// What the sentences are made from: the text, and the names that there are.
struct Names<'a> {
    text: &'a str,
    dictionary: &'a Dictionary,
}

impl Names<'_> {
    fn schema(&self, error: &SchemaError) -> SqlError {
        match error {
            SchemaError::FieldNotFound { field, valid_fields } => self.no_column(field, valid_fields),
            SchemaError::AmbiguousReference { field } => SqlError::at(
                format!("{name} is ambiguous: several tables here have it; write table.{name}", name = field.name),
                self.place(&field.name),
            ),
            SchemaError::DuplicateQualifiedField { name, .. } | SchemaError::DuplicateUnqualifiedField { name } => {
                SqlError::at(format!("two columns are called {name}: rename one with AS"), self.place(name))
            }
        }
    }

    fn no_column(&self, field: &Column, valid: &[Column]) -> SqlError {
        let place = self.place(&field.name);
        let mut tables: Vec<&str> =
            valid.iter().filter_map(|column| column.relation.as_ref()).map(|r| r.table()).collect();
        tables.sort_unstable();
        tables.dedup();
        if let Some(qualifier) = field.relation.as_ref().map(|relation| relation.table())
            && !tables.contains(&qualifier)
        {
            let known = if tables.is_empty() { "nothing".to_owned() } else { tables.join(", ") };
            return SqlError::at(
                format!("nothing is called {qualifier} here; the query reads {known}"),
                self.place(qualifier),
            );
        }
        let hidden =
            tables.iter().filter_map(|table| self.dictionary.relation(&[table])).flat_map(|table| table.hidden());
        let names = valid.iter().map(|column| column.name.as_str()).chain(hidden.map(String::as_str));
        let near = nearest(&field.name, names);
        let of = match tables[..] {
            [table] => format!(" in {table}"),
            _ => String::new(),
        };
        let hint = if self.is_alias(&field.name) {
            "; it is an alias of SELECT, which WHERE and JOIN do not see: repeat its expression, or put the query into WITH".to_owned()
        } else if near.is_empty() {
            self.elsewhere(&field.name)
        } else {
            did_you_mean(&near)
        };
        SqlError::at(format!("there is no column {}{of}{hint}", field.name), place)
    }

    /// Where a column is that is not here.
    fn elsewhere(&self, column: &str) -> String {
        let has = |name: &&str| {
            let relation = self.dictionary.relation(&[name]);
            relation.is_some_and(|relation| relation.visible().iter().any(|known| known.eq_ignore_ascii_case(column)))
        };
        let tables: Vec<&str> =
            self.dictionary.relations().map(|relation| relation.name.as_str()).filter(has).take(3).collect();
        if tables.is_empty() { String::new() } else { format!("; it is a column of {}", either(&tables)) }
    }

    /// The sentence for a table or function that is not there.
    fn missing(&self, message: &str) -> Option<SqlError> {
        if let Some(name) = between(message, "table '", "' not found") {
            let name = name.rsplit('.').next().unwrap_or(name);
            let tables = self.dictionary.relations().map(|relation| relation.name.as_str());
            let hint = match nearest(name, tables) {
                near if near.is_empty() => "; SHOW TABLES lists what there is".to_owned(),
                near => did_you_mean(&near),
            };
            return Some(SqlError::at(format!("there is no table {name}{hint}"), self.place(name)));
        }
        let name = between(message, "Invalid function '", "'")
            .or_else(|| between(message, "table function '", "' not found"))?;
        let hint = advice::function(name).unwrap_or_else(|| did_you_mean(&nearest(name, self.dictionary.functions())));
        Some(SqlError::at(format!("there is no function {name}{hint}"), self.place(name)))
    }

    /// The sentence for everything else.
    fn other(&self, message: &str) -> SqlError {
        let message = advice::sentence(message).unwrap_or_else(|| lower_first(message.trim()));
        let mut short: String = message.chars().take(LONGEST).collect();
        if short.len() < message.len() {
            short.push('…');
        }
        SqlError::new(short.trim_end_matches('.'))
    }

    /// Where a name stands in the text first.
    fn place(&self, name: &str) -> Location {
        let tokens = Tokenizer::new(&HuntDialect, self.text).tokenize_with_location().unwrap_or_default();
        let is_name = |token: &Token| match token {
            Token::Word(word) => word.value.eq_ignore_ascii_case(name),
            Token::SingleQuotedString(text) => text == name,
            _ => false,
        };
        tokens.iter().find(|token| is_name(&token.token)).map_or(Location::empty(), |token| token.span.start)
    }

    /// True if the text has `AS name`.
    fn is_alias(&self, name: &str) -> bool {
        let tokens = Tokenizer::new(&HuntDialect, self.text).tokenize().unwrap_or_default();
        let words: Vec<&Token> = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
        let word = |token: &Token| match token {
            Token::Word(word) => word.value.to_lowercase(),
            _ => String::new(),
        };
        words.windows(2).any(|pair| word(pair[0]) == "as" && word(pair[1]) == name.to_lowercase())
    }
}
