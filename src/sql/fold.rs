//! Folds unquoted names to their spelling, on the tokens.
//!
//! A statement is read twice. The tree of the first reading says what the names are ([`super::outline`]); the folding is done on the
//! tokens, because a tree keeps names in hundreds of places and a token stream in one; the second reading gives the tree that is
//! planned. Positions stay those of the user's text. Keywords are words too, but the parser does not look at their spelling.
//!
//! In a language without letter case an alias that differs from a column only by case is the column's name, and takes its spelling
//! (`AS DEVICENAME` gives `DeviceName`); in quotes it stays as written.

use std::collections::HashMap;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::dictionary::Dictionary;
use super::outline::Outline;

/// True if the words of the statement are names, and not the keys and values of a setting.
pub(super) fn has_names(statement: &Statement) -> bool {
    match statement {
        Statement::Reset(_) => false,
        Statement::Statement(statement) => {
            !matches!(**statement, ast::Statement::Set(_) | ast::Statement::ShowVariable { .. })
        }
        _ => true,
    }
}

/// Gives every unquoted word its spelling. Words that nothing knows get the spelling of their first occurrence, so that they stay
/// equal to each other.
pub(super) fn fold(tokens: &mut [TokenWithSpan], outline: &Outline<'_>, dictionary: &Dictionary) {
    let mut first: HashMap<String, String> = HashMap::new();
    for at in 0..tokens.len() {
        let (head, rest) = tokens.split_at_mut(at + 1);
        let place = head[at].span.start;
        let Token::Word(word) = &mut head[at].token else { continue };
        if word.quote_style.is_some() {
            continue;
        }
        let next = rest.iter().find(|token| !matches!(token.token, Token::Whitespace(_)));
        let key = word.value.to_ascii_lowercase();
        let spelling = if next.is_some_and(|next| next.token == Token::LParen) {
            outline.definition(&key).or_else(|| dictionary.function(&key)).map(str::to_owned)
        } else {
            let known = outline.spelling(&word.value, place).map(str::to_owned);
            known.or_else(|| Some(first.entry(key).or_insert_with(|| word.value.clone()).clone()))
        };
        if let Some(spelling) = spelling {
            word.value = spelling;
        }
    }
}
