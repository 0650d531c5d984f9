//! Tests of the whole front end: cases in files, limits, and texts that nobody would write.

mod cases;
mod limits;
mod mutants;

use super::ast::Script;

/// The tree as text without its spans, so that trees of different layouts compare.
fn shape(script: &Script) -> String {
    let debug = format!("{script:?}");
    let mut shape = String::with_capacity(debug.len() / 2);
    let mut rest = debug.as_str();
    while let Some(at) = rest.find("Span { start: ") {
        shape.push_str(&rest[..at]);
        let end = rest[at..].find('}').map_or(rest.len(), |end| at + end + 1);
        rest = &rest[end..];
    }
    shape.push_str(rest);
    shape
}

/// The places of all spans in the tree.
fn spans(script: &Script) -> Vec<(usize, usize)> {
    let debug = format!("{script:?}");
    let number = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap();
    debug
        .match_indices("Span { start: ")
        .map(|(at, found)| {
            let rest = &debug[at + found.len()..];
            let end = rest.find("end: ").unwrap();
            (number(rest), number(&rest[end + 5..]))
        })
        .collect()
}
