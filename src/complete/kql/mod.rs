//! Completion in KQL: the place that the cursor is at, and what may stand there.

mod frames;
mod place;
mod scope;

use super::{Candidate, Completion, Facts, Kind, rank};
use crate::kql::facts::operators::{ALIASES, OPERATORS, Operator};
use crate::kql::facts::words::{
    CHARTS, JOIN_KINDS, LOOKUP_KINDS, PARSE_KINDS, RENDER_KINDS, RENDER_PROPERTIES, SEARCH_KINDS, TYPES, UNION_KINDS,
};
use crate::kql::facts::{self, Function, FunctionClass};
use crate::kql::syntax::{infix_operators, timespan_units};
use place::{Place, Spot};
use scope::Scope;

/// Statements that are no queries, as `let`.
const STATEMENTS: [(&str, &str); 3] = [
    ("let", "let name = …; names a value, a table or a function."),
    ("declare", "declare query_parameters(name: type = default, …); names what the caller gives."),
    ("set", "set option; is for the service, and has no effect here."),
];

/// What a query begins with, where nothing is before it.
pub(super) fn starts(facts: &dyn Facts) -> Vec<Candidate> {
    start(&Scope { script: "", pipeline: frames::Pipeline::default(), facts })
}

/// Completes a script that ends at the cursor.
pub(super) fn complete(before: &str, facts: &dyn Facts) -> Completion {
    let Some(Spot { start, place, pipeline }) = place::find(before) else { return Completion::default() };
    let typed = before.get(start..).unwrap_or_default();
    let scope = Scope { script: before, pipeline, facts };
    Completion::new(start, rank::matching(typed, candidates(&place, typed, &scope)))
}

fn candidates(place: &Place, typed: &str, scope: &Scope<'_>) -> Vec<Candidate> {
    match place {
        Place::Start => start(scope),
        Place::Operator => {
            let aliases =
                ALIASES.iter().map(|(alias, meant)| Candidate::new(*alias, Kind::Operator, format!("as {meant}")));
            operators(Operator::follows).chain(aliases).collect()
        }
        Place::Table { words } => [texts(words), tables(scope)].concat(),
        Place::Words(words) => texts(words),
        Place::Kinds(operator) => texts(kinds(operator)),
        Place::Chart => texts(&CHARTS),
        Place::RenderProperty => RENDER_PROPERTIES.iter().map(|name| word(&format!("{name}="))).collect(),
        Place::Type => texts(&TYPES),
        Place::Plugin => functions(&[FunctionClass::Plugin]).collect(),
        Place::Columns => columns(scope),
        Place::CommonColumns => {
            let sides = ["$left.", "$right."].into_iter().map(word);
            scope.common_columns().into_iter().map(column).chain(sides).collect()
        }
        Place::Side { right } => scope.side_columns(*right).into_iter().map(column).collect(),
        Place::Aggregate => {
            // Columns stand inside of the calls; one alone is no aggregate.
            functions(&[FunctionClass::Aggregate]).chain([word("by")]).collect()
        }
        Place::Expression { windows } => expression(typed, *windows, scope),
        Place::Infix { words } => texts(words).into_iter().chain(infix_operators().into_iter().map(word)).collect(),
        Place::Timespan { digits } => timespans(digits),
        Place::Key { column, parsed } => {
            let holds_bags = |kind: &str| kind == "dynamic" || *parsed && kind == "string";
            let Some(origin) = scope.origin(column).filter(|origin| holds_bags(origin.kind)) else { return Vec::new() };
            let keys = scope.facts.keys(&origin.table, &origin.column);
            // Another spelling than a point before them would have to take the point's place.
            let plain = keys.into_iter().filter(|key| scope::written(key) == *key);
            plain.map(|key| Candidate::new(key, Kind::Value, "")).collect()
        }
        Place::Value { column, quote } => {
            let known = values(column, *quote, scope);
            // Beside a value there may stand an expression; where values are known it is rarely meant.
            if quote.is_some() || !known.is_empty() && typed.is_empty() {
                return known;
            }
            known.into_iter().chain(expression(typed, false, scope)).collect()
        }
    }
}

/// What a query begins with.
fn start(scope: &Scope<'_>) -> Vec<Candidate> {
    let statements = STATEMENTS.iter().map(|(name, help)| Candidate::new(*name, Kind::Operator, *help));
    tables(scope).into_iter().chain(operators(Operator::begins)).chain(statements).collect()
}

fn operators(wanted: fn(&Operator) -> bool) -> impl Iterator<Item = Candidate> {
    let offered = OPERATORS.iter().filter(move |operator| wanted(operator) && operator.refused.is_none());
    offered
        .map(|operator| Candidate::new(operator.name, Kind::Operator, format!("{}  {}", operator.usage, operator.doc)))
}

fn tables(scope: &Scope<'_>) -> Vec<Candidate> {
    let named = scope.names().into_iter().map(|name| Candidate::new(name, Kind::Name, "let"));
    let mut tables = scope.facts.schemas().table_names();
    tables.sort_unstable();
    named.chain(tables.into_iter().map(|table| Candidate::new(table, Kind::Table, "table"))).collect()
}

fn functions(classes: &[FunctionClass]) -> impl Iterator<Item = Candidate> + use<> {
    let classes = classes.to_vec();
    facts::functions()
        .iter()
        .filter(move |function| classes.contains(&function.class))
        .filter(|function| function.refused.is_none() && function.deprecated.is_none())
        .map(function)
}

fn function(function: &'static Function) -> Candidate {
    let usage = function.usages().into_iter().next().unwrap_or_default();
    // With the parenthesis that must follow: behind it the next completion knows where it is.
    Candidate::new(format!("{}(", function.name), Kind::Function, format!("{usage}  {}", function.doc))
}

fn columns(scope: &Scope<'_>) -> Vec<Candidate> {
    scope.columns().into_iter().map(column).collect()
}

fn column((name, kind): (String, String)) -> Candidate {
    Candidate::new(scope::written(&name), Kind::Column, kind)
}

/// Columns, names of the script, and functions once a letter is typed: there are five hundred.
fn expression(typed: &str, windows: bool, scope: &Scope<'_>) -> Vec<Candidate> {
    let named = scope.names().into_iter().map(|name| Candidate::new(name, Kind::Name, "let"));
    let mut classes = vec![FunctionClass::Scalar];
    if windows {
        classes.push(FunctionClass::Window);
    }
    let called = functions(&classes).filter(|_| !typed.is_empty());
    columns(scope).into_iter().chain(named).chain(called).collect()
}

/// Spans that hunters ask for; behind digits, those digits with every unit.
fn timespans(digits: &str) -> Vec<Candidate> {
    if digits.is_empty() {
        return ["1h", "1d", "7d", "14d", "30d", "90d"].into_iter().map(word).collect();
    }
    timespan_units().map(|unit| word(&format!("{digits}{unit}"))).collect()
}

fn values(column: &str, quote: Option<char>, scope: &Scope<'_>) -> Vec<Candidate> {
    let Some(origin) = scope.origin(column) else { return Vec::new() };
    if origin.kind == "bool" {
        return ["true", "false"].into_iter().map(word).collect();
    }
    if origin.kind != "string" {
        return Vec::new();
    }
    let known = scope.facts.values(&origin.table, &origin.column);
    known.iter().map(|value| Candidate::new(quoted(value, quote.unwrap_or('"')), Kind::Value, "")).collect()
}

/// A text as KQL writes it.
fn quoted(text: &str, quote: char) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push(quote);
    for letter in text.chars() {
        match letter {
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            _ => {
                if letter == '\\' || letter == quote {
                    written.push('\\');
                }
                written.push(letter);
            }
        }
    }
    written.push(quote);
    written
}

/// The kinds that an operator has.
fn kinds(operator: &str) -> &'static [&'static str] {
    match operator {
        "join" => &JOIN_KINDS,
        "lookup" => &LOOKUP_KINDS,
        "union" => &UNION_KINDS,
        "parse" | "parse-where" => &PARSE_KINDS,
        "search" => &SEARCH_KINDS,
        "render" => &RENDER_KINDS,
        _ => &[],
    }
}

fn texts(words: &[&str]) -> Vec<Candidate> {
    words.iter().copied().map(word).collect()
}

fn word(text: &str) -> Candidate {
    Candidate::new(text, Kind::Word, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_literals() {
        assert_eq!(quoted(r#"C:\a "b""#, '"'), r#""C:\\a \"b\"""#);
        assert_eq!(quoted("it's", '\''), r"'it\'s'");
    }
}
