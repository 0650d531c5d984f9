//! Literals of type `dynamic` as compact JSON text.
//!
//! A datetime becomes its ISO text, a timespan its number of ticks, as Kusto does for values written inside `dynamic(…)`. Of a key that
//! repeats, the last value counts.

use std::collections::HashMap;
use std::fmt::Write;

use crate::kql::syntax::ast::{DynamicKind, DynamicValue, Literal};

const TICKS_PER_SECOND: i64 = 10_000_000;
const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;

/// The JSON text of a value; none for null.
pub(super) fn json(value: &DynamicValue) -> Option<String> {
    let mut out = String::new();
    write_value(&mut out, value);
    (out != "null").then_some(out)
}

/// A text as JSON.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::new();
    write_text(&mut out, text);
    out
}

fn write_value(out: &mut String, value: &DynamicValue) {
    match &value.kind {
        DynamicKind::Null => out.push_str("null"),
        DynamicKind::Scalar(literal) => write_literal(out, literal),
        DynamicKind::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(out, element);
            }
            out.push(']');
        }
        DynamicKind::Bag(entries) => {
            out.push('{');
            let last: HashMap<&str, usize> =
                entries.iter().enumerate().map(|(index, entry)| (entry.key.value.as_str(), index)).collect();
            let mut first = true;
            for (index, entry) in entries.iter().enumerate() {
                if last.get(entry.key.value.as_str()) != Some(&index) {
                    continue;
                }
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                write_text(out, &entry.key.value);
                out.push(':');
                write_value(out, &entry.value);
            }
            out.push('}');
        }
    }
}

fn write_literal(out: &mut String, literal: &Literal) {
    // Writing to a String cannot fail.
    let _ = match literal {
        Literal::Bool(Some(value)) => write!(out, "{value}"),
        Literal::Int(Some(value)) => write!(out, "{value}"),
        Literal::Long(Some(value)) | Literal::Timespan(Some(value)) => write!(out, "{value}"),
        Literal::Real(Some(value)) if value.is_finite() => write!(out, "{value:?}"),
        Literal::Real(Some(value)) => {
            let text = if value.is_nan() {
                "NaN"
            } else if *value > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            };
            write!(out, "\"{text}\"")
        }
        Literal::Decimal(Some(digits)) => write!(out, "\"{digits}\""),
        Literal::String(text) => {
            write_text(out, &text.value);
            Ok(())
        }
        Literal::DateTime(Some(ticks)) => write!(out, "\"{}\"", iso(*ticks)),
        Literal::Guid(Some(guid)) => write!(out, "\"{guid}\""),
        Literal::Dynamic(value) => {
            write_value(out, value);
            Ok(())
        }
        // A time of day that hangs on the query's start has no place in a constant; the parser does not make one here.
        _ => write!(out, "null"),
    };
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        let _ = match letter {
            '"' => write!(out, "\\\""),
            '\\' => write!(out, "\\\\"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            '\u{8}' => write!(out, "\\b"),
            '\u{c}' => write!(out, "\\f"),
            control if u32::from(control) < 0x20 => write!(out, "\\u{:04x}", u32::from(control)),
            other => {
                out.push(other);
                Ok(())
            }
        };
    }
    out.push('"');
}

/// Ticks since the year 1 as `2020-01-02T03:04:05.6000000Z`.
pub(super) fn iso(ticks: i64) -> String {
    let (days, rest) = (ticks.div_euclid(TICKS_PER_DAY), ticks.rem_euclid(TICKS_PER_DAY));
    let (year, month, day) = date(days);
    let seconds = rest / TICKS_PER_SECOND;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:07}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        rest % TICKS_PER_SECOND
    )
}

/// The Gregorian date of a number of days since 0001-01-01.
fn date(days: i64) -> (i64, i64, i64) {
    // Count from 0000-03-01, so that the leap day is the last of its year.
    let days = days + 306;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_seven_digits() {
        assert_eq!(iso(0), "0001-01-01T00:00:00.0000000Z");
        assert_eq!(iso(637_135_310_456_000_000), "2020-01-02T03:04:05.6000000Z");
        assert_eq!(iso(3_155_378_975_999_999_999), "9999-12-31T23:59:59.9999999Z");
        assert_eq!(date(737_483), (2020, 2, 29));
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(quote("a\"\\\n\u{1}ä"), "\"a\\\"\\\\\\n\\u0001ä\"");
    }
}
