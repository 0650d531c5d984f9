//! `trim`, `trim_start`, `trim_end`: a match of a regular expression taken off an end.

use ::regex::Regex;
use datafusion::logical_expr::ScalarUDF;

use crate::functions::{
    call::{
        Answer, Family,
        Kind::{Pattern, Text},
        Param::Need,
    },
    definition::Section,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Text);
    let functions = [
        family.function(
            "kusto_trim(pattern, text)",
            "The text without what the regular expression matches at its start and at its end, one match each.",
            (
                "SELECT kusto_trim('--', '--https://bing.com--'), kusto_trim('[^a-z]+', '- a b! -')",
                "https://bing.com, a b",
            ),
            (&[Need(Pattern), Need(Text)], Answer::Text),
            |call| {
                let starts = call.pattern_as(0, at_start)?;
                let (ends, text) = (call.pattern_as(0, at_end)?, call.text(1)?);
                call.texts(|row| Some(without_end(ends.get(row)?, without_start(starts.get(row)?, text.get(row)?))))
            },
        ),
        family.function(
            "trim_start(pattern, text)",
            "The text without what the regular expression matches at its start.",
            ("SELECT trim_start('https://', 'https://bing.com')", "bing.com"),
            (&[Need(Pattern), Need(Text)], Answer::Text),
            |call| {
                let (starts, text) = (call.pattern_as(0, at_start)?, call.text(1)?);
                call.texts(|row| Some(without_start(starts.get(row)?, text.get(row)?)))
            },
        ),
        family.function(
            "trim_end(pattern, text)",
            "The text without what the regular expression matches at its end.",
            (r"SELECT trim_end('\.com', 'bing.com')", "bing"),
            (&[Need(Pattern), Need(Text)], Answer::Text),
            |call| {
                let (ends, text) = (call.pattern_as(0, at_end)?, call.text(1)?);
                call.texts(|row| Some(without_end(ends.get(row)?, text.get(row)?)))
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

fn at_start(pattern: &str) -> String {
    format!("^(?:{pattern})")
}

fn at_end(pattern: &str) -> String {
    format!("(?:{pattern})$")
}

fn without_start<'t>(pattern: &Regex, text: &'t str) -> &'t str {
    pattern.find(text).and_then(|hit| text.get(hit.end()..)).unwrap_or(text)
}

fn without_end<'t>(pattern: &Regex, text: &'t str) -> &'t str {
    pattern.find(text).and_then(|hit| text.get(..hit.start())).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, refuses};

    #[tokio::test]
    async fn ends_are_taken_off_once() {
        answers("kusto_trim('a', 'aaba'), trim_start('a', 'aab'), trim_end('a', 'baa')", "ab, ab, ba").await;
        answers(r"kusto_trim('\s+', '  Hello, world!  '), kusto_trim('x', '')", "Hello, world!, ").await;
        answers(r"trim_end('[^\w]+', '-  Te st1// $'), trim_start('[^\w]+', '-  Te st1// $')", "-  Te st1, Te st1// $")
            .await;
        answers("kusto_trim('a|b', 'axb'), kusto_trim('.+', 'abc'), kusto_trim(NULL, 'a')", "x, , NULL").await;
        every_text_type(&[Some("  x "), None], r"kusto_trim('\s+', t)", &["x", "NULL"]).await;
    }

    #[tokio::test]
    async fn a_pattern_a_row() {
        answers("kusto_trim(p, 'aba') FROM (VALUES ('a'), ('b'), (NULL)) AS v(p)", "b; aba; NULL").await;
        refuses("kusto_trim('(', 'a')", "kusto_trim: the pattern is not usable").await;
    }
}
