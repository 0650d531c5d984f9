//! Where something is in a text, and how often: `indexof`, `indexof_regex`, `countof`, `has_any_index`.

use ::regex::Regex;
use datafusion::{
    arrow::{array::ArrayRef, datatypes::Int64Type},
    common::{Result, plan_err},
    logical_expr::ScalarUDF,
};
use memchr::memmem;

use super::measure::length;
use crate::{
    functions::{
        call::{
            Answer, Call, Column, Family,
            Kind::{Dynamic, Pattern, Text, Whole},
            Param::{May, Need},
        },
        definition::Section,
        term::{Case, TermMatcher, TextOperator},
    },
    json::value::Value,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Text);
    let functions = [
        family.function(
            "indexof(text, part [, start [, length [, occurrence]]])",
            "The place of part in the text, counted from 0; -1 if it is not there. A negative start counts from the \
             end; -1 as length means the whole rest.",
            (
                "SELECT indexof('abcdefg', 'cde'), indexof('abcdefg', 'cde', 3), indexof('abcabc', 'c', 0, -1, 2)",
                "2, -1, 5",
            ),
            (&[Need(Text), Need(Text), May(Whole), May(Whole), May(Whole)], Answer::Long),
            |call| {
                let (text, part, window) = (call.text(0)?, call.text(1)?, Window::of(call, false)?);
                call.longs(|row| {
                    let part = part.get(row)?;
                    window.find(row, text.get(row)?, |text| occurrences(text, part))
                })
            },
        ),
        family.function(
            "indexof_regex(text, pattern [, start [, length [, occurrence]]])",
            "The place where the regular expression matches, counted from 0; -1 if it does not. Matches do not \
             overlap.",
            ("SELECT indexof_regex('abcabc', 'a.c'), indexof_regex('abcabc', 'a.c', 0, -1, 2)", "0, 3"),
            (&[Need(Text), Need(Pattern), May(Whole), May(Whole), May(Whole)], Answer::Long),
            |call| {
                let (text, pattern, window) = (call.text(0)?, call.pattern(1)?, Window::of(call, true)?);
                call.longs(|row| {
                    let pattern = pattern.get(row)?;
                    window.find(row, text.get(row)?, |text| pattern.find_iter(text).map(|hit| hit.start()))
                })
            },
        ),
        family.function(
            "countof(text, part [, kind])",
            "How often part is in the text, overlaps counted; with 'regex' as kind, how often the regular expression \
             matches, overlaps not counted.",
            ("SELECT countof('aaa', 'aa'), countof('aaa', 'a+', 'regex')", "2, 1"),
            (&[Need(Text), Need(Text), May(Text)], Answer::Long),
            count_of,
        ),
        family.function(
            "has_any_index(text, terms)",
            "The place in the array of the first term that the text has, as has does; -1 if it has none.",
            (r#"SELECT has_any_index('this is an example', parse_json('["not", "example"]'))"#, "1"),
            (&[Need(Text), Need(Dynamic)], Answer::Long),
            |call| {
                let (text, terms) = (call.text(0)?, call.json(1)?);
                let matchers = |row| {
                    let items = terms.get(row)?.items()?;
                    let has = |item| TermMatcher::new(TextOperator::Has, Case::Insensitive, &Value::of(item).text());
                    Some(items.map(has).collect::<Vec<_>>())
                };
                let constant = if terms.is_constant() { Some(matchers(0)) } else { None };
                call.longs(|row| {
                    let text = text.get(row)?;
                    let place = |matchers: &[TermMatcher]| matchers.iter().position(|matcher| matcher.is_match(text));
                    let found = match &constant {
                        Some(matchers) => place(matchers.as_ref()?),
                        None => place(&matchers(row)?),
                    };
                    found.map_or(Some(-1), |place| i64::try_from(place).ok())
                })
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

/// Byte offsets of all occurrences, overlaps included.
fn occurrences<'t>(text: &'t str, part: &'t str) -> impl Iterator<Item = usize> + 't {
    let mut from = Some(0);
    std::iter::from_fn(move || {
        let rest = text.get(from?..)?;
        let at = from? + memmem::find(rest.as_bytes(), part.as_bytes())?;
        // The next may begin one character on.
        from = text.get(at..).and_then(|rest| rest.chars().next()).map(|c| at + c.len_utf8());
        Some(at)
    })
}

/// The optional arguments of both functions: from which character on, how many of them, which occurrence.
struct Window {
    start: Column<Int64Type>,
    length: Column<Int64Type>,
    occurrence: Column<Int64Type>,
    /// Whether a negative start has no answer; otherwise it counts from the end.
    from_start_only: bool,
}

impl Window {
    fn of(call: &Call, from_start_only: bool) -> Result<Self> {
        Ok(Self {
            start: call.long_or(2, 0)?,
            length: call.long_or(3, -1)?,
            occurrence: call.long_or(4, 1)?,
            from_start_only,
        })
    }

    /// The place of the wanted occurrence in characters, -1 if there is none.
    fn find<'t, I: Iterator<Item = usize>>(
        &self,
        row: usize,
        text: &'t str,
        find: impl FnOnce(&'t str) -> I,
    ) -> Option<i64> {
        let (start, most, occurrence) = (self.start.get(row)?, self.length.get(row)?, self.occurrence.get(row)?);
        if occurrence < 0 || most < -1 || (start < 0 && self.from_start_only) {
            return None;
        }
        let start = if start < 0 { length(text).checked_add(start)?.max(0) } else { start };
        let Some(from) = byte_at(text, start) else { return Some(-1) };
        let rest = text.get(from..)?;
        let window = if most < 0 { rest } else { rest.get(..byte_at(rest, most).unwrap_or(rest.len()))? };
        let wanted = usize::try_from(occurrence.checked_sub(1)?).unwrap_or_default();
        let hit = find(window).nth(wanted);
        Some(hit.and_then(|at| window.get(..at)).map_or(-1, |before| start + length(before)))
    }
}

/// The byte offset of a character, or of the end; `None` beyond it.
pub(super) fn byte_at(text: &str, character: i64) -> Option<usize> {
    let character = usize::try_from(character).ok()?;
    if text.is_ascii() {
        return (character <= text.len()).then_some(character);
    }
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(character)
}

fn count_of(call: &Call) -> Result<ArrayRef> {
    let kind = call.text_if_any(2)?;
    let (text, part) = (call.text(0)?, call.text(1)?);
    let count = |hits: usize| i64::try_from(hits).ok();
    match kind.as_ref().map(|kind| kind.get(0)) {
        None | Some(Some("normal")) => call.longs(|row| {
            let (text, part) = (text.get(row)?, part.get(row)?);
            if part.is_empty() { Some(0) } else { count(occurrences(text, part).count()) }
        }),
        Some(Some("regex")) => {
            let pattern = call.pattern(1)?;
            call.longs(|row| {
                let (text, pattern): (&str, &Regex) = (text.get(row)?, pattern.get(row)?);
                count(pattern.find_iter(text).count())
            })
        }
        Some(_) => plan_err!("{}: argument 3 can only be 'normal' or 'regex'", call.name),
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, fails, refuses};

    #[tokio::test]
    async fn places_of_parts() {
        for (arguments, expected) in [
            ("'abcdefg', 'cde', 1, 4", "2"),
            ("'abcdefg', 'cde', 1, 2", "-1"),
            ("'abcdefg', 'cde', -5", "2"),
            ("'abcdefgabcdefg', 'cde', 1, 11, 2", "9"),
            ("'abcdefgabcdefg', 'cde', 1, -1, 3", "-1"),
            ("'aaa', 'aa', 0, -1, 2", "1"),
            ("'éèé', 'é', 1", "2"),
            ("'abc', ''", "0"),
            ("'abc', 'a', 9", "-1"),
            ("'abc', 'a', -9", "0"),
            ("'abc', 'a', 0, -2", "NULL"),
            ("'abc', 'a', 0, 3, -1", "NULL"),
            ("NULL, 'a'", "NULL"),
        ] {
            answers(&format!("indexof({arguments})"), expected).await;
        }
        answers("indexof_regex('abcabcdefg', 'a.c', 0, 9, 2), indexof_regex('abcabc', 'a.c', 1, -1, 2)", "3, -1").await;
        answers("indexof_regex('abc', 'a|ab', -1), indexof_regex('ababaa', 'a.a', 0, -1, 2)", "NULL, -1").await;
        every_text_type(&[Some("xay"), Some("y"), None], "indexof(t, 'y')", &["2", "0", "NULL"]).await;
    }

    #[tokio::test]
    async fn counts_and_terms() {
        answers(
            "countof('The cat sat on the mat', 'at'), countof('abcabc', 'a.c', 'regex'), countof('a', '')",
            "3, 2, 0",
        )
        .await;
        fails("countof('a', 'a', 'fuzzy')", "countof: argument 3 can only be 'normal' or 'regex'").await;
        answers("has_any_index('Example number 2', parse_json('[1, 2, 3]'))", "1").await;
        answers("has_any_index('a', parse_json('[]')), has_any_index('a', parse_json('{}'))", "-1, NULL").await;
        answers("has_any_index(t, ['x', t]) FROM (VALUES ('a'), ('x y')) AS v(t)", "1; 0").await;
        refuses("indexof_regex('a', '(')", "indexof_regex: the pattern is not usable").await;
    }
}
