//! Queries and their answers, as data.
//!
//! A case is a query, a line that starts with `=` and has the columns with their types, and the rows; or a line that starts with `!` and
//! has a part of the refusal. Cases are parted by blank lines, lines that start with `//` are for people. Cells are in Kusto's text form,
//! `null` is null and `''` the empty text. GUIDs look like text.

use super::harness::run;

const FILES: [(&str, &str); 6] = [
    ("expressions", include_str!("expressions.txt")),
    ("rows", include_str!("rows.txt")),
    ("aggregates", include_str!("aggregates.txt")),
    ("joins", include_str!("joins.txt")),
    ("tables", include_str!("tables.txt")),
    ("graphs", include_str!("graphs.txt")),
];

#[tokio::test]
async fn every_case_is_answered() {
    let mut wrong = Vec::new();
    for (file, text) in FILES {
        let text = text.lines().filter(|line| !line.starts_with("//")).collect::<Vec<_>>().join("\n");
        for case in text.split("\n\n").map(str::trim).filter(|case| !case.is_empty()) {
            let Some(at) = case.find("\n=").into_iter().chain(case.find("\n!")).min() else {
                wrong.push(format!("{file}: no answer: {case}"));
                continue;
            };
            let (query, expected) = case.split_at(at);
            let expected = expected.trim();
            let answer = run(query).await;
            let right = match (expected.strip_prefix('!'), &answer) {
                (Some(part), Err(error)) => error.contains(part.trim()),
                (None, Ok(lines)) => {
                    let expected: Vec<&str> = expected.trim_start_matches('=').split('\n').map(str::trim).collect();
                    lines.iter().map(String::as_str).eq(expected)
                }
                _ => false,
            };
            if !right {
                let answer = answer.map_or_else(|error| format!("! {error}"), |lines| lines.join("\n"));
                wrong.push(format!("{file}: {query}\n  expected\n{expected}\n  answered\n{answer}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}
