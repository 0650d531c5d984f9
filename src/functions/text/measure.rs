//! How long a text is, whether there is any, how two compare.

use std::cmp::Ordering;

use datafusion::logical_expr::ScalarUDF;

use crate::functions::{
    call::{
        Answer, Cell, Family, Function,
        Kind::{Any, Text},
        Param::Need,
    },
    definition::Section,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Text);
    let mut functions = vec![
        family.function(
            "strlen(text)",
            "How many characters the text has.",
            ("SELECT strlen('né')", "2"),
            (&[Need(Text)], Answer::Long),
            |call| {
                let text = call.text(0)?;
                call.longs(|row| text.get(row).map(length))
            },
        ),
        family.function(
            "string_size(text)",
            "How many bytes the text has in UTF-8.",
            ("SELECT string_size('né')", "3"),
            (&[Need(Text)], Answer::Long),
            |call| {
                let text = call.text(0)?;
                call.longs(|row| i64::try_from(text.get(row)?.len()).ok())
            },
        ),
        family.function(
            "strcmp(a, b)",
            "How the texts compare, character by character: -1 if a comes first, 1 if b does, 0 if they are equal.",
            ("SELECT strcmp('ABC', 'abc'), strcmp('abcde', 'abc'), strcmp('a', 'a')", "-1, 1, 0"),
            (&[Need(Text), Need(Text)], Answer::Long),
            |call| {
                let (a, b) = (call.text(0)?, call.text(1)?);
                call.longs(|row| {
                    Some(match a.get(row)?.cmp(b.get(row)?) {
                        Ordering::Less => -1,
                        Ordering::Equal => 0,
                        Ordering::Greater => 1,
                    })
                })
            },
        ),
        family.function(
            "isascii(text)",
            "Whether all characters are ASCII.",
            ("SELECT isascii('net use'), isascii('né')", "true, false"),
            (&[Need(Text)], Answer::Bool),
            |call| {
                let text = call.text(0)?;
                call.truths(|row| text.get(row).map(str::is_ascii))
            },
        ),
        family.function(
            "isutf8(text)",
            "Whether the text is UTF-8, which every text here is.",
            ("SELECT isutf8('né')", "true"),
            (&[Need(Text)], Answer::Bool),
            |call| {
                let text = call.text(0)?;
                call.truths(|row| text.get(row).map(|_| true))
            },
        ),
    ];
    functions.extend(presence(family));
    functions.into_iter().map(ScalarUDF::from).collect()
}

/// What asks whether there is a value. None of these is ever null.
fn presence(family: Family) -> [Function; 4] {
    [
        family.function(
            "isempty(value)",
            "Whether the value is NULL or the empty text.",
            ("SELECT isempty(''), isempty(NULL), isempty(' '), isempty(0)", "true, true, false, false"),
            (&[Need(Any)], Answer::Bool),
            |call| {
                let value = call.cells(0)?;
                call.truths(|row| Some(is_empty(value.get(row))))
            },
        ),
        family
            .function(
                "isnotempty(value)",
                "Whether the value is neither NULL nor the empty text.",
                ("SELECT isnotempty(''), isnotempty(NULL), isnotempty('a')", "false, false, true"),
                (&[Need(Any)], Answer::Bool),
                |call| {
                    let value = call.cells(0)?;
                    call.truths(|row| Some(!is_empty(value.get(row))))
                },
            )
            .aliases(&["notempty"]),
        family.function(
            "isnull(value)",
            "Whether the value is NULL; so is null inside JSON.",
            ("SELECT isnull(NULL), isnull(''), isnull(parse_json('null'))", "true, false, true"),
            (&[Need(Any)], Answer::Bool),
            |call| {
                let value = call.cells(0)?;
                call.truths(|row| Some(value.get(row).is_null()))
            },
        ),
        family
            .function(
                "isnotnull(value)",
                "Whether the value is not NULL.",
                ("SELECT isnotnull(NULL), isnotnull('')", "false, true"),
                (&[Need(Any)], Answer::Bool),
                |call| {
                    let value = call.cells(0)?;
                    call.truths(|row| Some(!value.get(row).is_null()))
                },
            )
            .aliases(&["notnull"]),
    ]
}

/// How many characters a text has.
pub(super) fn length(text: &str) -> i64 {
    let length = if text.is_ascii() { text.len() } else { text.chars().count() };
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn is_empty(cell: Cell) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Text(text) => text.is_empty(),
        Cell::Dynamic(value) => value.text().is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, refuses};

    #[tokio::test]
    async fn every_text_type_is_measured() {
        let texts = [Some("⒦⒰"), Some(""), None, Some("a text of more than twelve bytes")];
        every_text_type(&texts, "strlen(t)", &["2", "0", "NULL", "32"]).await;
        every_text_type(&texts, "string_size(t)", &["6", "0", "NULL", "32"]).await;
        every_text_type(&texts, "isempty(t)", &["false", "true", "true", "false"]).await;
        every_text_type(&texts, "isnotempty(t)", &["true", "false", "false", "true"]).await;
        every_text_type(&texts, "isnull(t)", &["false", "false", "true", "false"]).await;
    }

    #[tokio::test]
    async fn presence_of_other_types() {
        answers("isempty(parse_json('\"\"')), isempty(parse_json('[]')), notempty(1.5)", "true, false, true").await;
        answers("isnull(CAST(NULL AS BIGINT)), isnotnull(now()), notnull(0)", "true, true, true").await;
        refuses("strlen(5)", "strlen: argument 1 must be text, but it is Int64").await;
        answers("strcmp(NULL, 'a'), strcmp('é', 'z')", "NULL, 1").await;
    }
}
