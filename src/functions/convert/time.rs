//! To moments and time spans, and moments and spans out of their parts.

use datafusion::logical_expr::ScalarUDF;

use super::convert;
use crate::functions::{
    call::{
        Answer, Cell, Family, Function,
        Kind::{Any, Number, Whole},
        Param::{May, Need},
    },
    definition::Section,
    moment_text::{EPOCH_TICKS, moment_of, moment_of_ticks, parse_moment, saturate},
    text_form::TICK,
    timespan::{DAY, parse_timespan},
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Time);
    let mut functions = vec![
        family.function(
            "todatetime(value)",
            "The value as a time: text in ISO 8601, RFC 822 or 850 or with the month first, or ticks of 100 ns since \
             the year 1. An offset is heeded. NULL if it is none.",
            (
                "SELECT todatetime('2026-10-01T13:45:07+02:00'), todatetime('10/01/2026')",
                "2026-10-01T11:45:07Z, 2026-10-01T00:00:00Z",
            ),
            (&[Need(Any)], Answer::Moment),
            |call| {
                let value = call.cells(0)?;
                call.moments(|row| convert(value.get(row), to_moment))
            },
        ),
        family.function(
            "totimespan(value)",
            "The value as a time span: text such as '1.12:30:00' or '90m', or a number of ticks of 100 ns. NULL if it \
             is none.",
            ("SELECT tostring(totimespan('0.00:03:00')), totimespan('x')", "00:03:00, NULL"),
            (&[Need(Any)], Answer::Span),
            |call| {
                let value = call.cells(0)?;
                call.spans(|row| convert(value.get(row), to_span))
            },
        ),
        family.function(
            "make_datetime(year, month, day [, hour, minute [, second]])",
            "The time of such parts. NULL if there is no such day or time of day.",
            (
                "SELECT make_datetime(2026, 10, 1, 12, 11, 0.5), make_datetime(2026, 2, 30)",
                "2026-10-01T12:11:00.500Z, NULL",
            ),
            (&[Need(Whole), Need(Whole), Need(Whole), May(Whole), May(Whole), May(Number)], Answer::Moment),
            |call| {
                let (year, month, day) = (call.long(0)?, call.long(1)?, call.long(2)?);
                let (hour, minute) = (call.long_or(3, 0)?, call.long_or(4, 0)?);
                let second = if call.len() > 5 { Some(call.real(5)?) } else { None };
                call.moments(|row| {
                    let second = second.as_ref().map_or(Some(0.0), |second| second.get(row))?;
                    let ticks = ticks_of(hour.get(row)?, minute.get(row)?, second)?;
                    moment_of(year.get(row)?, month.get(row)?, day.get(row)?, ticks.into())
                })
            },
        ),
        family.function(
            "make_timespan([day,] hour, minute [, second])",
            "The time span of such parts: hours and minutes, and with three arguments seconds, with four days before. \
             NULL if a part is out of its range.",
            ("SELECT tostring(make_timespan(1, 12, 30, 55.123))", "1.12:30:55.1230000"),
            (&[Need(Whole), Need(Whole), May(Number), May(Number)], Answer::Span),
            |call| {
                let first = if call.len() == 4 { 1 } else { 0 };
                let day = if first == 1 { Some(call.long(0)?) } else { None };
                let (hour, minute) = (call.long(first)?, call.long(first + 1)?);
                let second = if call.len() > 2 { Some(call.real(first + 2)?) } else { None };
                call.spans(|row| {
                    let day = day.as_ref().map_or(Some(0), |day| day.get(row))?;
                    let second = second.as_ref().map_or(Some(0.0), |second| second.get(row))?;
                    let ticks = ticks_of(hour.get(row)?, minute.get(row)?, second)?;
                    day.checked_mul(DAY)?.checked_add(ticks * TICK).filter(|_| day >= 0)
                })
            },
        ),
    ];
    functions.extend(UNIX_TIMES.map(|(syntax, description, example)| unix_time(family, syntax, description, example)));
    functions.into_iter().map(ScalarUDF::from).collect()
}

type UnixTime = (&'static str, &'static str, (&'static str, &'static str));

const UNIX_TIMES: [UnixTime; 4] = [
    (
        "unixtime_seconds_todatetime(count)",
        "The time that lies so many seconds after 1970.",
        ("SELECT unixtime_seconds_todatetime(1546300800)", "2019-01-01T00:00:00Z"),
    ),
    (
        "unixtime_milliseconds_todatetime(count)",
        "The time that lies so many milliseconds after 1970.",
        ("SELECT unixtime_milliseconds_todatetime(1546300800000)", "2019-01-01T00:00:00Z"),
    ),
    (
        "unixtime_microseconds_todatetime(count)",
        "The time that lies so many microseconds after 1970.",
        ("SELECT unixtime_microseconds_todatetime(1546300800000000)", "2019-01-01T00:00:00Z"),
    ),
    (
        "unixtime_nanoseconds_todatetime(count)",
        "The time that lies so many nanoseconds after 1970, to the tick of 100 ns.",
        ("SELECT unixtime_nanoseconds_todatetime(1546300800000000000)", "2019-01-01T00:00:00Z"),
    ),
];

fn unix_time(
    family: Family,
    syntax: &'static str,
    description: &'static str,
    example: (&'static str, &'static str),
) -> Function {
    family.function(syntax, description, example, (&[Need(Number)], Answer::Moment), |call| {
        let nanoseconds = match call.name {
            "unixtime_seconds_todatetime" => 1_000_000_000,
            "unixtime_milliseconds_todatetime" => 1_000_000,
            "unixtime_microseconds_todatetime" => 1_000,
            _ => 1,
        };
        let count = call.cells(0)?;
        call.moments(|row| {
            let total = match count.get(row) {
                Cell::Long(count) => i128::from(count) * nanoseconds,
                Cell::Real(count) if count.is_finite() => (count * nanoseconds as f64) as i128,
                _ => return None,
            };
            moment_of_ticks(total.div_euclid(TICK.into()) + i128::from(EPOCH_TICKS))
        })
    })
}

/// Ticks of a time of day, `None` if it is none.
fn ticks_of(hour: i64, minute: i64, second: f64) -> Option<i64> {
    let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0.0..60.0).contains(&second);
    is_time.then(|| (hour * 60 + minute) * 600_000_000 + (second * 1e7).round() as i64)
}

fn to_moment(cell: Cell) -> Option<i64> {
    match cell {
        Cell::Moment(moment) => Some(moment),
        Cell::Text(text) => parse_moment(text),
        Cell::Long(ticks) => moment_of_ticks(ticks.into()),
        Cell::Real(ticks) if ticks.is_finite() => moment_of_ticks(ticks as i128),
        _ => None,
    }
}

fn to_span(cell: Cell) -> Option<i64> {
    match cell {
        Cell::Span(span) => Some(span),
        Cell::Text(text) => parse_timespan(text).map(|span| span / TICK * TICK),
        Cell::Long(ticks) => Some(saturate(i128::from(ticks) * i128::from(TICK))),
        Cell::Real(ticks) if ticks.is_finite() => Some(saturate(ticks as i128 * i128::from(TICK))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, refuses};

    #[tokio::test]
    async fn moments() {
        answers("todatetime(''), todatetime('13-01-2022'), todatetime(NULL)", "NULL, NULL, NULL").await;
        answers("todatetime(621355968000000001)", "1970-01-01T00:00:00.000000100Z").await;
        answers("todatetime(-1), todatetime(0), todatetime(true)", "NULL, 1677-09-21T00:12:43.145224200Z, NULL").await;
        answers("todatetime(parse_json('\"2020-01-01\"')), todatetime(parse_json('[]'))", "2020-01-01T00:00:00Z, NULL")
            .await;
        answers("todatetime(DATE '2020-01-01')", "2020-01-01T00:00:00Z").await;
        answers(
            "make_datetime(2026, 1, 1, 24, 0), make_datetime(2026, 1, 1, 23, 59, 59.9999999)",
            "NULL, 2026-01-01T23:59:59.999999900Z",
        )
        .await;
        answers("make_datetime(0, 1, 1), make_datetime(9999, 12, 31)", "NULL, 2262-04-11T23:47:16.854775800Z").await;
        answers("make_datetime(y, 1, 1) FROM (VALUES (2020), (NULL)) AS t(y)", "2020-01-01T00:00:00Z; NULL").await;
    }

    #[tokio::test]
    async fn unix_times() {
        answers(
            "unixtime_seconds_todatetime(1.5), unixtime_nanoseconds_todatetime(-150)",
            "1970-01-01T00:00:01.500Z, 1969-12-31T23:59:59.999999800Z",
        )
        .await;
        answers("unixtime_seconds_todatetime(9223372036854775807), unixtime_seconds_todatetime(0e0/0)", "NULL, NULL")
            .await;
        answers("unixtime_seconds_todatetime(99999999999)", "2262-04-11T23:47:16.854775800Z").await;
        refuses("unixtime_seconds_todatetime('1')", "argument 1 must be a number, but it is Utf8").await;
    }

    #[tokio::test]
    async fn spans() {
        answers("tostring(totimespan(1230)), tostring(totimespan('4d'))", "00:00:00.0001230, 4.00:00:00").await;
        answers("tostring(totimespan('2')), tostring(totimespan('1.5h'))", "2.00:00:00, 01:30:00").await;
        answers("tostring(make_timespan(1, 30)), tostring(make_timespan(1, 30, 1.5))", "01:30:00, 01:30:01.5000000")
            .await;
        answers("make_timespan(24, 0), make_timespan(1, 60), make_timespan(-1, 1, 1, 1)", "NULL, NULL, NULL").await;
    }
}
