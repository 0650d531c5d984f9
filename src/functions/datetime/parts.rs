//! The parts of a moment as numbers.

use chrono::Datelike;
use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::{
    calendar::{date_of, day_of, weekday_of},
    period::{Period, Periods},
};
use crate::functions::{
    call::{
        Answer, Call, Family, Function,
        Kind::{Moment, Text},
        Param::Need,
    },
    definition::Section,
    timespan::DAY,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Time);
    let functions = [
        part("getyear(time)", "The year.", ("SELECT getyear(TIMESTAMP '2015-10-12T00:00:00Z')", "2015"), |call| {
            parts(call, Period::Year)
        }),
        part(
            "monthofyear(time)",
            "The month, from 1 to 12.",
            ("SELECT monthofyear(TIMESTAMP '2015-12-14T00:00:00Z')", "12"),
            |call| parts(call, Period::Month),
        )
        .aliases(&["getmonth"]),
        part(
            "dayofmonth(time)",
            "The day of the month, from 1 on.",
            ("SELECT dayofmonth(TIMESTAMP '2015-12-14T00:00:00Z')", "14"),
            |call| parts(call, Period::Day),
        ),
        part(
            "dayofyear(time)",
            "The day of the year, from 1 on.",
            ("SELECT dayofyear(TIMESTAMP '2015-12-14T00:00:00Z')", "348"),
            |call| parts(call, Period::DayOfYear),
        ),
        part(
            "hourofday(time)",
            "The hour, from 0 to 23.",
            ("SELECT hourofday(TIMESTAMP '2015-12-14T18:54:00Z')", "18"),
            |call| parts(call, Period::Hour),
        ),
        part(
            "week_of_year(time)",
            "The week of the year by ISO 8601: weeks begin on Monday, and the first has the year's first Thursday.",
            ("SELECT week_of_year(TIMESTAMP '2020-12-31T00:00:00Z')", "53"),
            |call| parts(call, Period::WeekOfYear),
        ),
        part(
            "weekofyear(time)",
            "The week of the year by the calendar: weeks begin on Sunday, and the first begins with the year.",
            (
                "SELECT weekofyear(TIMESTAMP '2020-12-31T00:00:00Z'), weekofyear(TIMESTAMP '2021-01-03T00:00:00Z')",
                "53, 2",
            ),
            |call| {
                let moment = call.moment(0)?;
                call.longs(|row| {
                    let day = day_of(moment.get(row)?);
                    let of_year = i64::from(date_of(day)?.ordinal0());
                    Some((of_year + weekday_of(day - of_year)) / 7 + 1)
                })
            },
        ),
        family.function(
            "dayofweek(time)",
            "The days since Sunday, as a time span.",
            ("SELECT tostring(dayofweek(TIMESTAMP '1970-05-12T10:00:00Z'))", "2.00:00:00"),
            (&[Need(Moment)], Answer::Span),
            |call| {
                let moment = call.moment(0)?;
                call.spans(|row| Some(weekday_of(day_of(moment.get(row)?)) * DAY))
            },
        ),
        family.function(
            "datetime_part(part, time)",
            "A part of the time as a number: year, quarter, month, week_of_year, day, dayofyear, hour, minute, second, \
             or millisecond, microsecond, nanosecond of the second.",
            (
                "SELECT datetime_part('quarter', TIMESTAMP '2017-10-30T01:02:03.7654321Z'), \
                 datetime_part('nanosecond', TIMESTAMP '2017-10-30T01:02:03.7654321Z')",
                "4, 765432100",
            ),
            (&[Need(Text), Need(Moment)], Answer::Long),
            |call| {
                let periods = Periods::of(call, 0, |period| period != Period::Week)?;
                let moment = call.moment(1)?;
                call.longs(|row| part_of(periods.get(row)?, moment.get(row)?))
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

fn part(
    syntax: &'static str,
    description: &'static str,
    example: (&'static str, &'static str),
    run: fn(&Call) -> Result<ArrayRef>,
) -> Function {
    Family(Section::Time).function(syntax, description, example, (&[Need(Moment)], Answer::Long), run)
}

fn parts(call: &Call, period: Period) -> Result<ArrayRef> {
    let moment = call.moment(0)?;
    call.longs(|row| part_of(period, moment.get(row)?))
}

fn part_of(period: Period, moment: i64) -> Option<i64> {
    let date = || date_of(day_of(moment));
    // What is smaller than a day needs no calendar: how many of it have passed within the next larger.
    let passed = |length: i64, larger: i64| moment.rem_euclid(larger) / length;
    Some(match period {
        Period::Year => date()?.year().into(),
        Period::Quarter => i64::from(date()?.month0() / 3) + 1,
        Period::Month => date()?.month().into(),
        Period::Week | Period::WeekOfYear => date()?.iso_week().week().into(),
        Period::Day => date()?.day().into(),
        Period::DayOfYear => date()?.ordinal().into(),
        Period::Hour => passed(period.length()?, DAY),
        Period::Minute => passed(period.length()?, Period::Hour.length()?),
        Period::Second => passed(period.length()?, Period::Minute.length()?),
        Period::Millisecond | Period::Microsecond | Period::Nanosecond => {
            passed(period.length()?, Period::Second.length()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, fails};

    #[tokio::test]
    async fn all_parts() {
        let time = "TIMESTAMP '2017-10-30T01:02:03.7654321Z'";
        for (part, expected) in [
            ("Year", "2017"),
            ("quarter", "4"),
            ("month", "10"),
            ("week_of_year", "44"),
            ("day", "30"),
            ("dayOfYear", "303"),
            ("hour", "1"),
            ("minute", "2"),
            ("second", "3"),
            ("millisecond", "765"),
            ("microsecond", "765432"),
            ("nanosecond", "765432100"),
        ] {
            answers(&format!("datetime_part('{part}', {time})"), expected).await;
        }
        answers("datetime_part('hour', TIMESTAMP '1969-12-31T23:00:00Z'), getmonth(NULL)", "23, NULL").await;
        answers(
            "datetime_part(p, TIMESTAMP '2020-01-02T00:00:00Z') FROM (VALUES ('day'), ('x'), (NULL)) AS v(p)",
            "2; NULL; NULL",
        )
        .await;
        answers(
            "tostring(dayofweek(TIMESTAMP '1947-11-30T10:00:05Z')), week_of_year(TIMESTAMP '2021-01-03T00:00:00Z')",
            "00:00:00, 53",
        )
        .await;
        fails("datetime_part('decade', now())", "datetime_part: 'decade' is no part of time here").await;
    }
}
