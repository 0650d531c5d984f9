//! Texts made of several values, or of one several times: `strcat`, `strcat_delim`, `strcat_array`, `strrep`.

use datafusion::logical_expr::ScalarUDF;

use crate::{
    functions::{
        call::{
            Answer, Family,
            Kind::{Any, Dynamic, Text, Whole},
            Param::{May, Need, Rest},
        },
        definition::Section,
    },
    json::value::Value,
};

/// How often a text is repeated at most.
const MOST_REPETITIONS: i64 = 1024;

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Text);
    let functions = [
        family.function(
            "strcat(value, …)",
            "The texts of the values one after another. NULL is the empty text.",
            ("SELECT strcat('a', 1, NULL, true)", "a1True"),
            (&[Need(Any), Rest(Any)], Answer::Text),
            |call| {
                let values = call.cells_from(0)?;
                call.write(|row, out| {
                    values.iter().for_each(|value| value.get(row).push_text(out));
                    Some(())
                })
            },
        ),
        family.function(
            "strcat_delim(delimiter, value, …)",
            "The texts of the values with the delimiter between them.",
            ("SELECT strcat_delim('-', 1, '2', NULL, totimespan('1s'))", "1-2--00:00:01"),
            (&[Need(Text), Need(Any), Rest(Any)], Answer::Text),
            |call| {
                let (delimiter, values) = (call.text(0)?, call.cells_from(1)?);
                call.write(|row, out| {
                    let delimiter = delimiter.get(row)?;
                    for (place, value) in values.iter().enumerate() {
                        if place > 0 {
                            out.push_str(delimiter);
                        }
                        value.get(row).push_text(out);
                    }
                    Some(())
                })
            },
        ),
        family.function(
            "strcat_array(array, delimiter)",
            "The texts of a JSON array's items with the delimiter between them. NULL if it is no array.",
            ("SELECT strcat_array(parse_json('[1, \"b\", null]'), '->')", "1->b->"),
            (&[Need(Dynamic), Need(Text)], Answer::Text),
            |call| {
                let (array, delimiter) = (call.json(0)?, call.text(1)?);
                call.write(|row, out| {
                    let delimiter = delimiter.get(row)?;
                    for (place, item) in array.get(row)?.items()?.enumerate() {
                        if place > 0 {
                            out.push_str(delimiter);
                        }
                        out.push_str(&Value::of(item).text());
                    }
                    Some(())
                })
            },
        ),
        family.function(
            "strrep(value, times [, delimiter])",
            "The text of the value so many times, 1024 at most, with the delimiter between.",
            ("SELECT strrep('ABC', 2), strrep(123, 3, '.')", "ABCABC, 123.123.123"),
            (&[Need(Any), Need(Whole), May(Any)], Answer::Text),
            |call| {
                let (value, times) = (call.cells(0)?, call.long(1)?);
                let delimiter = if call.len() > 2 { Some(call.cells(2)?) } else { None };
                call.write(|row, out| {
                    for time in 0..times.get(row)?.min(MOST_REPETITIONS) {
                        if let Some(delimiter) = delimiter.as_ref().filter(|_| time > 0) {
                            delimiter.get(row).push_text(out);
                        }
                        value.get(row).push_text(out);
                    }
                    Some(())
                })
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type};

    #[tokio::test]
    async fn values_in_a_row() {
        every_text_type(&[Some("x"), None, Some("")], "strcat(t, '/', 1)", &["x/1", "/1", "/1"]).await;
        answers(
            "strcat(NULL), strcat_delim('-', 'a', CAST(NULL AS INT), 'b'), strcat_delim(NULL, 'a')",
            ", a--b, NULL",
        )
        .await;
        answers("strcat(parse_json('\"a\"'), parse_json('[1]'), [2])", "a[1][2]").await;
    }

    #[tokio::test]
    async fn arrays_and_repetitions() {
        answers(
            "strcat_array(['a', 'b'], ''), strcat_array(parse_json('{}'), ','), strcat_array(parse_json('[]'), ',')",
            "ab, NULL, ",
        )
        .await;
        answers("strrep(totimespan('3s'), 2, ' '), strrep('a', 0), strrep('a', -1)", "00:00:03 00:00:03, , ").await;
        answers("strlen(strrep('a', 99999)), strrep('a', NULL)", "1024, NULL").await;
    }
}
