//! The SQL front end: text in, a syntax tree out that DataFusion can plan, and everything that keeps DataFusion's surprises away from
//! people.
//!
//! Between text and answer this room does, in this order: [`split`] cuts a script; [`parse`] reads one statement with huntql's own
//! dialect, folds unquoted names to the catalogue's spelling and hides hidden columns from `*`; [`guard`] refuses what writes;
//! [`bind`] gives `$name` its value; [`union_rule`] keeps JSON unions away from where they go wrong; [`explain_error`] turns an error
//! into a sentence. It neither plans nor runs: that is the engine's work, in a session with
//! `sql_parser.enable_ident_normalization = false`, the catalog [`CATALOG`], the schema [`SCHEMA`] and the rules of
//! [`analyzer_rules`].

mod advice;
mod depth;
mod dialect;
mod dictionary;
mod error;
mod explain;
mod fold;
mod guard;
mod hidden;
mod outline;
mod params;
mod pieces;
mod scope;
mod split;
mod suggest;
mod target;
#[cfg(test)]
mod tests;
mod union;
mod union_expr;
mod union_value;
mod unsupported;
mod wildcard;

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::sql::parser::{DFParserBuilder, Statement as Tree};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

pub use dictionary::{CATALOG, Dictionary, SCHEMA, SYSTEM_SCHEMA};
pub use error::SqlError;
pub(crate) use explain::brief;
pub use explain::explain_error;
pub use guard::guard;
pub use params::bind;
pub use pieces::{KEYWORDS, Piece, PieceKind, pieces};
pub use split::{Statement, is_complete, split};
pub use union::{analyzer_rules, union_rule};

use dialect::HuntDialect;
use dictionary::Relation;
use outline::Outline;

/// A statement that can be planned.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The tree, with the catalogue's spelling of names.
    pub statement: Tree,
    /// The hidden columns that the statement names, in the catalogue's spelling. The statement is written for a session in which each
    /// hunting table shows its visible columns and, behind them, those of these that it hides.
    pub hidden: BTreeSet<String>,
    /// The tables and views that the statement reads and the dictionary knows, in the catalogue's spelling.
    pub tables: Vec<String>,
}

/// Reads one statement.
///
/// # Errors
/// A [`SqlError`] with its place if the text does not parse, holds no or more than one statement, or uses syntax that would be ignored.
pub fn parse(text: &str, dictionary: &Dictionary) -> Result<Parsed, SqlError> {
    let mut tokens = Tokenizer::new(&HuntDialect, text).tokenize_with_location()?;
    depth::check(&tokens)?;
    let mut statement = tree(tokens.clone()).map_err(|error| behind_from(error, &tokens))?;
    if !fold::has_names(&statement) {
        return Ok(Parsed { statement, hidden: BTreeSet::new(), tables: Vec::new() });
    }
    unsupported::check(&statement, dictionary).map_err(|found| SqlError {
        refused: found.refused,
        ..SqlError::at(found.message, place(&tokens, found.what))
    })?;
    let outline = Outline::new(&statement, dictionary);
    fold::fold(&mut tokens, &outline, dictionary);
    let hidden = hidden_words(&tokens, &outline.relations);
    let tables = outline.relations.iter().map(|relation| relation.name.clone()).collect();
    statement = tree(tokens)?;
    wildcard::complete(&mut statement)?;
    hidden::hide(&mut statement, &hidden, dictionary)?;
    Ok(Parsed { statement, hidden, tables })
}

/// The tree of one statement.
fn tree(tokens: Vec<TokenWithSpan>) -> Result<Tree, SqlError> {
    let parser = DFParserBuilder::new(tokens).with_dialect(&HuntDialect).with_recursion_limit(depth::RECURSION_LIMIT);
    let mut statements =
        parser.build().and_then(|mut parser| parser.parse_statements()).map_err(|error| not_parsed(&error))?;
    let Some(mut statement) = statements.pop_front() else {
        return Err(SqlError::new("there is no statement here"));
    };
    if !statements.is_empty() {
        return Err(SqlError::new("there is more than one statement here: run them one by one"));
    }
    depth::balance(&mut statement)?;
    Ok(statement)
}

fn not_parsed(error: &DataFusionError) -> SqlError {
    match error {
        DataFusionError::SQL(error, _) => SqlError::from((**error).clone()),
        DataFusionError::Diagnostic(_, inner) | DataFusionError::Context(_, inner) => not_parsed(inner),
        other => SqlError::new(explain::brief(other)),
    }
}

/// Adds what the parser accepts behind a leading FROM to its complaint about something else.
fn behind_from(mut error: SqlError, tokens: &[TokenWithSpan]) -> SqlError {
    let mut words = tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_)));
    let starts_with_from =
        matches!(words.next().map(|t| &t.token), Some(Token::Word(word)) if word.keyword == Keyword::FROM);
    if starts_with_from && error.message.starts_with("expected end of statement") {
        error.message.push_str("; behind FROM table comes SELECT …, or a pipe such as |> WHERE …");
    }
    error
}

/// Where the keywords that `words` starts with stand one behind the other.
fn place(tokens: &[TokenWithSpan], words: &str) -> Location {
    let is_keyword = |word: &&str| word.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_');
    let keywords: Vec<&str> = words.split([' ', ',']).take_while(is_keyword).collect();
    let tokens: Vec<&TokenWithSpan> =
        tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    let stands_at =
        |found: &&[&TokenWithSpan]| found.iter().zip(&keywords).all(|(token, keyword)| is_word(&token.token, keyword));
    let found = tokens.windows(keywords.len().max(1)).find(stands_at).filter(|_| !keywords.is_empty());
    found.and_then(|found| found.first()).map_or(Location::empty(), |token| token.span.start)
}

fn is_word(token: &Token, text: &str) -> bool {
    matches!(token, Token::Word(word) if word.value.eq_ignore_ascii_case(text))
}

/// The words of a statement that are hidden columns of the relations it reads.
fn hidden_words(tokens: &[TokenWithSpan], relations: &[Arc<Relation>]) -> BTreeSet<String> {
    let is_hidden = |word: &str| relations.iter().any(|relation| relation.hidden().iter().any(|column| column == word));
    let words = tokens.iter().filter_map(|token| match &token.token {
        Token::Word(word) => Some(word.value.as_str()),
        _ => None,
    });
    words.filter(|word| is_hidden(word)).map(str::to_owned).collect()
}
