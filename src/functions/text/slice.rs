//! Parts of a text and the text spelled otherwise: `substring`, `split`, `reverse`, `tolower`, `translate`.

use std::collections::HashMap;

use datafusion::logical_expr::ScalarUDF;

use super::{measure::length, position::byte_at};
use crate::{
    functions::{
        call::{
            Answer, Family,
            Kind::{Any, Text, Whole},
            Param::{May, Need},
        },
        definition::Section,
    },
    json::value::Writer,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Text);
    let functions = [
        family.function(
            "kusto_substring(text, start [, length])",
            "The characters from start on, counted from 0, at most so many. A negative start counts from the end; \
             beyond either end there is nothing.",
            ("SELECT kusto_substring('abcdefg', 1, 2), kusto_substring('abcdefg', -3)", "bc, efg"),
            (&[Need(Text), Need(Whole), May(Whole)], Answer::Text),
            |call| {
                let (text, start, most) = (call.text(0)?, call.long(1)?, call.long_or(2, i64::MAX)?);
                call.texts(|row| Some(substring(text.get(row)?, start.get(row)?, most.get(row)?)))
            },
        ),
        family.function(
            "split(text, delimiter [, place])",
            "The parts of the text between delimiters as a JSON array, empty ones kept; with a place, counted from 0, \
             an array of that part only.",
            ("SELECT split('a__b', '_'), split('aaa_bbb_ccc', '_', 1)", r#"["a","","b"], ["bbb"]"#),
            (&[Need(Text), Need(Text), May(Whole)], Answer::Dynamic),
            |call| {
                let (text, delimiter) = (call.text(0)?, call.text(1)?);
                let place = if call.len() > 2 { Some(call.long(2)?) } else { None };
                call.write(|row, out| {
                    let (text, delimiter) = (text.get(row)?, delimiter.get(row)?);
                    let wanted = match &place {
                        Some(place) => Some(place.get(row)?),
                        None => None,
                    };
                    write_parts(text, delimiter, wanted, out);
                    Some(())
                })
            },
        ),
        family.function(
            "kusto_reverse(value)",
            "The characters of the value's text in opposite order.",
            ("SELECT kusto_reverse('né'), kusto_reverse(12.5)", "én, 5.21"),
            (&[Need(Any)], Answer::Text),
            |call| {
                let value = call.cells(0)?;
                call.texts(|row| {
                    let mut text = String::new();
                    value.get(row).push_text(&mut text);
                    Some(text.chars().rev().collect::<String>())
                })
            },
        ),
        family.function(
            "tolower(text)",
            "The text in small letters, character by character.",
            ("SELECT tolower('ÄbC')", "äbc"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.write(|row, out| {
                    let text = text.get(row)?;
                    push_mapped(text, str::make_ascii_lowercase, |c| only(c, c.to_lowercase()), out);
                    Some(())
                })
            },
        ),
        family.function(
            "toupper(text)",
            "The text in capital letters, character by character.",
            ("SELECT toupper('äbc'), toupper('ß')", "ÄBC, ß"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.write(|row, out| {
                    let text = text.get(row)?;
                    push_mapped(text, str::make_ascii_uppercase, |c| only(c, c.to_uppercase()), out);
                    Some(())
                })
            },
        ),
        family.function(
            "kusto_translate(characters, replacements, text)",
            "The text with each of the characters replaced by that at its place in replacements. The last replacement \
             serves those that have none; without any they are dropped.",
            ("SELECT kusto_translate('krasp', 'otsku', 'spark'), kusto_translate('abc', 'x', 'abc')", "kusto, xxx"),
            (&[Need(Text), Need(Text), Need(Text)], Answer::Text),
            |call| {
                let (from, to, text) = (call.text(0)?, call.text(1)?, call.text(2)?);
                call.write(|row, out| {
                    translate(from.get(row)?, to.get(row)?, text.get(row)?, out);
                    Some(())
                })
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

fn substring(text: &str, start: i64, most: i64) -> &str {
    let start = if start < 0 { length(text).saturating_add(start) } else { start };
    let rest = byte_at(text, start).and_then(|from| text.get(from..)).unwrap_or_default();
    if most < 0 {
        return "";
    }
    byte_at(rest, most).and_then(|to| rest.get(..to)).unwrap_or(rest)
}

fn write_parts(text: &str, delimiter: &str, wanted: Option<i64>, out: &mut String) {
    let mut array = Writer::array(out);
    // The empty delimiter parts nothing.
    let whole = if delimiter.is_empty() { Some(text) } else { None };
    let parts = whole.into_iter().chain(text.split(delimiter).take(if delimiter.is_empty() { 0 } else { usize::MAX }));
    match wanted {
        None => parts.for_each(|part| array.text(part)),
        Some(place) => usize::try_from(place)
            .ok()
            .and_then(|place| parts.into_iter().nth(place))
            .into_iter()
            .for_each(|part| array.text(part)),
    }
    array.end();
}

/// Appends a text mapped character by character; one of ASCII alone at once.
fn push_mapped(text: &str, ascii: fn(&mut str), map: fn(char) -> char, out: &mut String) {
    if !text.is_ascii() {
        return out.extend(text.chars().map(map));
    }
    let start = out.len();
    out.push_str(text);
    out.get_mut(start..).into_iter().for_each(ascii);
}

/// One character for one: a mapping to several (`ß` to `SS`) is left out.
fn only(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(mapped), None) => mapped,
        _ => c,
    }
}

fn translate(from: &str, to: &str, text: &str, out: &mut String) {
    let last = to.chars().next_back();
    let mut map = HashMap::new();
    let mut replacements = to.chars();
    for c in from.chars() {
        let replacement = replacements.next().or(last);
        map.entry(c).or_insert(replacement);
    }
    out.extend(text.chars().filter_map(|c| map.get(&c).copied().unwrap_or(Some(c))));
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type};

    #[tokio::test]
    async fn substrings() {
        for (arguments, expected) in [
            ("'123456', 1", "23456"),
            ("'123456', 2, 2", "34"),
            ("'ABCD', 0, 2", "AB"),
            ("'123456', -2, 2", "56"),
            ("'123456', -9, 2", ""),
            ("'123456', 6", ""),
            ("'123456', 9", ""),
            ("'123456', 1, -1", ""),
            ("'éèà', 1, 1", "è"),
            ("'éèà', -1", "à"),
            ("'a', NULL", "NULL"),
        ] {
            answers(&format!("kusto_substring({arguments})"), expected).await;
        }
        every_text_type(&[Some("abc"), None, Some("")], "kusto_substring(t, 1)", &["bc", "NULL", ""]).await;
    }

    #[tokio::test]
    async fn parts() {
        answers(r#"split('', '_'), split('a', ''), split('aabbcc', 'bb')"#, r#"[""], ["a"], ["aa","cc"]"#).await;
        answers("split('a_b', '_', 2), split('a_b', '_', -1), split('a_b', '_', NULL)", "[], [], NULL").await;
        every_text_type(&[Some("a\"|b"), None], "split(t, '|')", &[r#"["a\"","b"]"#, "NULL"]).await;
    }

    #[tokio::test]
    async fn letters() {
        answers("kusto_reverse(TIMESTAMP '2017-10-15T12:00:00Z')", "Z0000000.00:00:21T51-01-7102").await;
        answers("tolower('İ'), toupper('ﬁ'), tolower(NULL)", "İ, ﬁ, NULL").await;
        answers("kusto_translate('abc', '', 'abcd'), kusto_translate('', 'x', 'a')", "d, a").await;
    }
}
