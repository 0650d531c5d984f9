//! `format_datetime` and `format_timespan`: letters for parts, and a few signs between them.

use std::fmt::Write;

use chrono::Datelike;
use datafusion::{
    arrow::array::ArrayRef,
    common::{Result, plan_err},
    logical_expr::ScalarUDF,
};

use super::calendar::{date_of, day_of};
use crate::functions::{
    arguments::Text as Texts,
    call::{
        Answer, Call, Family,
        Kind::{Moment, Span, Text},
        Param::Need,
    },
    definition::Section,
    text_form::TICK,
    timespan::DAY,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Time);
    let functions = [
        family.function(
            "format_datetime(time, format)",
            "The time as the format says: y, yy or yyyy for the year, M, d, h (of 12), H (of 24), m and s for the other \
             parts, doubled for two digits, f to fffffff for the fraction, F for it unless it is 0, tt for AM or PM; \
             blanks and / - : , . _ [ ] stand for themselves.",
            ("SELECT format_datetime(TIMESTAMP '2017-01-29T09:00:05Z', 'yy-MM-dd [hh:mm:ss tt]')", "17-01-29 [09:00:05 AM]"),
            (&[Need(Moment), Need(Text)], Answer::Text),
            |call| {
                let moment = call.moment(0)?;
                format(call, push_moment, |row| moment.get(row))
            },
        ),
        family.function(
            "format_timespan(span, format)",
            "The time span as the format says: d to dddddddd for the days, h or H, m and s for the other parts, doubled \
             for two digits, f to fffffff for the fraction, F for it unless it is 0; blanks and / - : , . _ [ ] stand \
             for themselves.",
            ("SELECT format_timespan('29.09:00:05.12345', 'ddd.h:mm:ss [fffffff]')", "029.9:00:05 [1234500]"),
            (&[Need(Span), Need(Text)], Answer::Text),
            |call| {
                let span = call.span(0)?;
                format(call, push_span, |row| span.get(row))
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

/// Writes one part, a letter so many times; `None` if there is none of it.
type Push = fn(i64, char, usize, &mut String) -> Option<()>;

fn format(call: &Call, push: Push, value: impl Fn(usize) -> Option<i64>) -> Result<ArrayRef> {
    let formats = call.text(1)?;
    if let Texts::Constant(Some(format)) = &formats
        && write(0, format, push, &mut String::new()).is_none()
    {
        return plan_err!("{}: the format '{format}' has a sign that stands for nothing", call.name);
    }
    call.write(|row, out| write(value(row)?, formats.get(row)?, push, out))
}

fn write(value: i64, format: &str, push: Push, out: &mut String) -> Option<()> {
    let mut rest = format;
    while let Some(letter) = rest.chars().next() {
        let after = rest.trim_start_matches(letter);
        let run = rest.get(..rest.len() - after.len())?;
        match letter {
            ' ' | '/' | '-' | ':' | ',' | '.' | '_' | '[' | ']' => out.push_str(run),
            'f' | 'F' => push_fraction(value, letter, run.len(), out)?,
            letter => push(value, letter, run.len(), out)?,
        }
        rest = after;
    }
    Some(())
}

/// Digits of the second's fraction; `F` writes none if those asked for are all zero.
fn push_fraction(value: i64, letter: char, digits: usize, out: &mut String) -> Option<()> {
    if digits > 7 {
        return None;
    }
    let ticks = if letter == 'f' || value >= 0 { value.rem_euclid(SECOND) / TICK } else { value % SECOND / -TICK };
    let shown = ticks / 10_i64.pow(u32::try_from(7 - digits).ok()?);
    if letter == 'f' || shown > 0 { write!(out, "{shown:0digits$}").ok() } else { Some(()) }
}

const SECOND: i64 = 1_000_000_000;

fn push_number(number: i64, width: usize, most: usize, out: &mut String) -> Option<()> {
    if width > most { None } else { write!(out, "{number:0width$}").ok() }
}

fn push_moment(moment: i64, letter: char, width: usize, out: &mut String) -> Option<()> {
    let date = date_of(day_of(moment))?;
    let seconds = moment.rem_euclid(DAY) / SECOND;
    let hour = seconds / 3600;
    match letter {
        'y' if width <= 2 => push_number(i64::from(date.year()) % 100, width, 2, out),
        'y' if width == 4 => push_number(date.year().into(), 4, 4, out),
        'M' => push_number(date.month().into(), width, 2, out),
        'd' => push_number(date.day().into(), width, 2, out),
        'H' => push_number(hour, width, 2, out),
        'h' => push_number((hour + 11) % 12 + 1, width, 2, out),
        'm' => push_number(seconds / 60 % 60, width, 2, out),
        's' => push_number(seconds % 60, width, 2, out),
        't' if width == 2 => {
            out.push_str(if hour < 12 { "AM" } else { "PM" });
            Some(())
        }
        _ => None,
    }
}

fn push_span(span: i64, letter: char, width: usize, out: &mut String) -> Option<()> {
    let length = span.unsigned_abs() as i128;
    let seconds = i64::try_from(length / i128::from(SECOND)).ok()?;
    match letter {
        'd' => push_number(seconds / 86_400, width, 8, out),
        'h' | 'H' => push_number(seconds / 3600 % 24, width, 2, out),
        'm' => push_number(seconds / 60 % 60, width, 2, out),
        's' => push_number(seconds % 60, width, 2, out),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, fails};

    #[tokio::test]
    async fn moments() {
        let time = "TIMESTAMP '2009-06-05T13:05:09.0617Z'";
        for (format, expected) in [
            ("y yy yyyy", "9 09 2009"),
            ("M MM d dd", "6 06 5 05"),
            ("h hh H HH tt", "1 01 13 13 PM"),
            ("m mm s ss", "5 05 9 09"),
            ("f ff fff fffffff", "0 06 061 0617000"),
            ("F/FF/FFFFFFF", "/06/0617000"),
            ("[yyyy_MM,dd]-.:", "[2009_06,05]-.:"),
            ("", ""),
        ] {
            answers(&format!("format_datetime({time}, '{format}')"), expected).await;
        }
        answers(
            "format_datetime(TIMESTAMP '2009-06-05T00:00:00Z', 'hh tt'), format_datetime(NULL, 'y')",
            "12 AM, NULL",
        )
        .await;
        answers("format_datetime(now(), f) FROM (VALUES ('['), ('x'), (NULL)) AS v(f)", "[; NULL; NULL").await;
        for format in ["yyy", "x", "MMM", "ffffffff", "t", "é"] {
            fails(&format!("format_datetime(now(), '{format}')"), "has a sign that stands for nothing").await;
        }
    }

    #[tokio::test]
    async fn spans() {
        for (span, format, expected) in [
            ("29.09:00:05.12345", "dd.hh:mm:ss:FF", "29.09:00:05:12"),
            ("15.13:45:30.617", "d dddd H HH", "15 0015 13 13"),
            ("-1.02:03:04.5", "d.h:m:s.f", "1.2:3:4.5"),
            ("00:00:01", "s.FFF", "1."),
        ] {
            answers(&format!("format_timespan('{span}', '{format}')"), expected).await;
        }
        fails("format_timespan('1h', 'y')", "format_timespan: the format 'y' has a sign").await;
    }
}
