//! Completion in SQL: the clause that the cursor is in, and what may stand there.

mod scope;

use super::{Candidate, Completion, Facts, Kind, rank};
use crate::sql::{KEYWORDS, PieceKind, pieces};
use scope::{Relation, Scope};

/// What may follow a relation of FROM.
const BEHIND_RELATION: [&str; 12] = [
    "WHERE",
    "JOIN",
    "LEFT JOIN",
    "CROSS JOIN",
    "ON",
    "USING",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "UNION ALL",
    "AS",
];
/// What may follow an operand.
const BEHIND_OPERAND: [&str; 20] = [
    "AND",
    "OR",
    "IN",
    "LIKE",
    "ILIKE",
    "BETWEEN",
    "IS NULL",
    "IS NOT NULL",
    "NOT IN",
    "NOT LIKE",
    "AS",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "ASC",
    "DESC",
    "OVER",
];
/// The words that begin a statement.
const STARTS: [&str; 8] = ["SELECT", "WITH", "FROM", "SHOW TABLES", "DESCRIBE", "EXPLAIN", "CREATE VIEW", "COPY"];

/// A piece that says something.
#[derive(Debug, Clone, Copy)]
struct Token<'t> {
    kind: PieceKind,
    text: &'t str,
    start: usize,
    end: usize,
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    /// The name that it writes, without quotes.
    fn name(&self) -> Option<String> {
        match self.kind {
            PieceKind::Name => Some(self.text.to_owned()),
            PieceKind::QuotedName => Some(self.text.trim_matches(['"', '`']).to_owned()),
            _ => None,
        }
    }

    /// Whether it ends an operand.
    fn is_operand(&self) -> bool {
        match self.kind {
            PieceKind::Name | PieceKind::QuotedName | PieceKind::Text | PieceKind::Number | PieceKind::Parameter => {
                true
            }
            PieceKind::Keyword => self.is("END") || self.is("NULL") || self.is("TRUE") || self.is("FALSE"),
            PieceKind::Mark => matches!(self.text, ")" | "]"),
            _ => false,
        }
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let token = |piece: crate::sql::Piece| {
        let said = !matches!(piece.kind, PieceKind::Blank | PieceKind::Comment);
        let text = text.get(piece.start..piece.end)?;
        said.then_some(Token { kind: piece.kind, text, start: piece.start, end: piece.end })
    };
    pieces(text).into_iter().filter_map(token).collect()
}

/// Completes a statement that stands around the cursor.
pub(super) fn complete(before: &str, behind: &str, facts: &dyn Facts) -> Completion {
    let Some(last) = pieces(before).last().copied() else { return Completion::new(0, starts("")) };
    if last.kind == PieceKind::Comment {
        return Completion::default();
    }
    let typed = before.get(last.start..).unwrap_or_default();
    let open_text = last.kind == PieceKind::Text && (typed.len() == 1 || !typed.ends_with('\''));
    let is_typed = open_text || matches!(last.kind, PieceKind::Name | PieceKind::Keyword | PieceKind::Parameter);
    let at = if is_typed { last.start } else { before.len() };
    let typed = before.get(at..).unwrap_or_default();
    let tokens_before: Vec<Token<'_>> = tokens(before).into_iter().filter(|token| token.end <= at).collect();
    let scope = Scope::new(before, behind, tokens_before, facts);
    Completion::new(at, rank::matching(typed, candidates(typed, open_text, &scope)))
}

fn candidates(typed: &str, open_text: bool, scope: &Scope<'_>) -> Vec<Candidate> {
    let Some(last) = scope.before.last() else { return starts(typed) };
    if typed.starts_with('$') {
        let known = scope.facts.parameters().into_iter();
        return known.map(|(name, value)| Candidate::new(format!("${name}"), Kind::Parameter, value)).collect();
    }
    let known = match (scope.opened(), scope.compared()) {
        (Some(column), _) => values(&column, scope, |table, name| scope.facts.keys(table, name)),
        (None, Some(column)) => values(&column, scope, |table, name| scope.facts.values(table, name)),
        (None, None) => Vec::new(),
    };
    if open_text || !known.is_empty() && typed.is_empty() {
        return known;
    }
    if last.text == "." {
        return scope.qualified().into_iter().map(column).collect();
    }
    if last.is("AS") && !scope.is_new_relation() {
        return Vec::new();
    }
    match scope.clause() {
        "FROM" | "JOIN" | "TABLE" | "DESCRIBE" | "DESC" | "INTO" | "UPDATE" if scope.at_top() => {
            let relation_is_due = last.text == "," || !last.is_operand();
            if relation_is_due { tables(scope) } else { keywords(&BEHIND_RELATION, typed) }
        }
        "LIMIT" | "OFFSET" | "SHOW" => Vec::new(),
        "" => keywords(&KEYWORDS, typed),
        _ if last.is_operand() => keywords(&BEHIND_OPERAND, typed),
        _ => known.into_iter().chain(expression(typed, scope)).collect(),
    }
}

/// What a statement begins with.
pub(super) fn starts(typed: &str) -> Vec<Candidate> {
    keywords(&STARTS, typed)
}

fn tables(scope: &Scope<'_>) -> Vec<Candidate> {
    let own = scope.common_tables().into_iter().map(|name| Candidate::new(written(&name), Kind::Name, "WITH"));
    own.chain(scope.facts.tables().into_iter().map(|table| Candidate::new(written(&table), Kind::Table, "table")))
        .collect()
}

/// Columns, aliases, and functions once a letter is typed: there are hundreds.
fn expression(typed: &str, scope: &Scope<'_>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = scope.columns().into_iter().map(column).collect();
    let aliases = scope.relations().into_iter().filter_map(|relation| relation.alias);
    found.extend(aliases.map(|alias| Candidate::new(format!("{}.", written(&alias)), Kind::Name, "table")));
    if !typed.is_empty() {
        let functions = scope.facts.sql_functions().into_iter();
        found.extend(
            functions.map(|(name, usage, doc)| {
                Candidate::new(format!("{name}("), Kind::Function, format!("{usage}  {doc}"))
            }),
        );
    }
    found
}

fn column((name, kind): (String, String)) -> Candidate {
    Candidate::new(written(&name), Kind::Column, kind)
}

/// Words in the letter case that is typed.
fn keywords(words: &[&str], typed: &str) -> Vec<Candidate> {
    let small = typed.starts_with(|first: char| first.is_ascii_lowercase());
    let text = |word: &str| if small { word.to_ascii_lowercase() } else { word.to_owned() };
    words.iter().map(|word| Candidate::new(text(word), Kind::Word, "")).collect()
}

/// The values or keys of a column that a relation here has.
fn values(
    (qualifier, column): &(Option<String>, String),
    scope: &Scope<'_>,
    known: impl Fn(&str, &str) -> Vec<String>,
) -> Vec<Candidate> {
    let is_meant = |relation: &Relation| match qualifier {
        Some(qualifier) => relation.is_called(qualifier),
        None => true,
    };
    for relation in scope.relations().into_iter().filter(is_meant) {
        let Some(table) = &relation.table else { continue };
        let columns = scope.columns_of(&relation);
        if let Some((name, _)) = columns.iter().find(|(name, _)| name.eq_ignore_ascii_case(column)) {
            return known(table, name).iter().map(|value| Candidate::new(quoted(value), Kind::Value, "")).collect();
        }
    }
    Vec::new()
}

/// A text as SQL writes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name as SQL has to write it.
fn written(name: &str) -> String {
    let mut letters = name.chars();
    let plain = letters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && letters.all(|letter| letter == '_' || letter == '.' || letter.is_alphanumeric())
        && !KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(name));
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_names_are_quoted_where_they_must() {
        assert_eq!(quoted("it's"), "'it''s'");
        assert_eq!([written("FileName"), written("order"), written("a b")], ["FileName", "\"order\"", "\"a b\""]);
    }
}
