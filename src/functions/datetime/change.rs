//! Parts of time added and counted: `datetime_add`, `datetime_diff`.

use datafusion::logical_expr::ScalarUDF;

use super::{
    calendar::{add_months, date_of, day_of, moment_of_date, month_count, weekday_of},
    period::{Period, Periods},
};
use crate::functions::{
    call::{
        Answer, Family,
        Kind::{Moment, Text, Whole},
        Param::Need,
    },
    definition::Section,
    moment_text::saturate,
    text_form::TICK,
    timespan::DAY,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Time);
    let functions = [
        family.function(
            "datetime_add(part, count, time)",
            "The time so many years, quarters, months, weeks, days, hours and so on later. A day that the month does \
             not have becomes its last.",
            (
                "SELECT datetime_add('month', 1, TIMESTAMP '2024-01-31T12:00:00Z'), datetime_add('week', -1, TIMESTAMP '2017-01-01T00:00:00Z')",
                "2024-02-29T12:00:00Z, 2016-12-25T00:00:00Z",
            ),
            (&[Need(Text), Need(Whole), Need(Moment)], Answer::Moment),
            |call| {
                let periods = Periods::of(call, 0, is_counted)?;
                let (count, moment) = (call.long(1)?, call.moment(2)?);
                call.moments(|row| add(periods.get(row)?, count.get(row)?, moment.get(row)?))
            },
        ),
        family.function(
            "datetime_diff(part, a, b)",
            "How many beginnings of years, quarters, months, weeks (Sundays), days, hours and so on lie between b and \
             a: positive if a is later.",
            (
                "SELECT datetime_diff('year', TIMESTAMP '2017-01-01T00:00:00Z', TIMESTAMP '2000-12-31T00:00:00Z'), \
                 datetime_diff('hour', TIMESTAMP '2017-10-31T01:00:00Z', TIMESTAMP '2017-10-30T23:59:00Z')",
                "17, 2",
            ),
            (&[Need(Text), Need(Moment), Need(Moment)], Answer::Long),
            |call| {
                let periods = Periods::of(call, 0, is_counted)?;
                let (a, b) = (call.moment(1)?, call.moment(2)?);
                call.longs(|row| {
                    let period = periods.get(row)?;
                    boundaries(period, a.get(row)?)?.checked_sub(boundaries(period, b.get(row)?)?)
                })
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

fn is_counted(period: Period) -> bool {
    !matches!(period, Period::WeekOfYear | Period::DayOfYear)
}

fn add(period: Period, count: i64, moment: i64) -> Option<i64> {
    if let Some(length) = period.length() {
        let sum = i128::from(moment) + i128::from(count) * i128::from(length);
        // On whole ticks, which nanoseconds are finer than.
        return Some(saturate(sum.div_euclid(TICK.into()) * i128::from(TICK)));
    }
    let months = match period {
        Period::Year => 12,
        Period::Quarter => 3,
        _ => 1,
    };
    let date = add_months(date_of(day_of(moment))?, count.checked_mul(months)?)?;
    Some(saturate(i128::from(moment_of_date(date)) + i128::from(moment.rem_euclid(DAY))))
}

/// How many beginnings of a period lie before a moment, or at it, counted from anywhere.
fn boundaries(period: Period, moment: i64) -> Option<i64> {
    let day = day_of(moment);
    let months = || date_of(day).map(month_count);
    Some(match period {
        Period::Year => months()?.div_euclid(12),
        Period::Quarter => months()?.div_euclid(3),
        Period::Month => months()?,
        Period::Week => (day - weekday_of(day)).div_euclid(7),
        period => moment.div_euclid(period.length()?),
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, fails};

    #[tokio::test]
    async fn beginnings_between() {
        for (part, a, b, expected) in [
            ("quarter", "2017-07-01T00:00:00", "2017-03-30T00:00:00", "2"),
            ("month", "2017-01-01T00:00:00", "2015-12-30T00:00:00", "13"),
            ("week", "2017-10-29T00:00:00", "2017-09-30T23:59:00", "5"),
            ("day", "2017-10-29T00:00:00", "2017-09-30T23:59:00", "29"),
            ("minute", "2017-10-30T23:05:01", "2017-10-30T23:00:59", "5"),
            ("second", "2017-10-30T23:00:10.1", "2017-10-30T23:00:00.9", "10"),
            ("Millisecond", "2017-10-30T23:00:00.2", "2017-10-30T23:00:00.1", "100"),
            ("nanosecond", "2017-10-30T23:00:00.0000000", "2017-10-30T23:00:00.0000007", "-700"),
            ("day", "1969-12-31T23:00:00", "1970-01-01T01:00:00", "-1"),
        ] {
            answers(&format!("datetime_diff('{part}', TIMESTAMP '{a}Z', TIMESTAMP '{b}Z')"), expected).await;
        }
        fails("datetime_diff('fortnight', now(), now())", "datetime_diff: 'fortnight' is no part of time here").await;
        answers("datetime_diff(NULL, now(), now()), datetime_diff('day', NULL, now())", "NULL, NULL").await;
    }

    #[tokio::test]
    async fn sums() {
        for (arguments, expected) in [
            ("'year', -5, TIMESTAMP '2020-02-29T01:00:00Z'", "2015-02-28T01:00:00Z"),
            ("'quarter', 12, TIMESTAMP '2017-01-01T00:00:00Z'", "2020-01-01T00:00:00Z"),
            ("'month', -15, TIMESTAMP '2017-01-01T00:00:00Z'", "2015-10-01T00:00:00Z"),
            ("'second', 1, TIMESTAMP '2017-01-01T00:00:00Z'", "2017-01-01T00:00:01Z"),
            ("'nanosecond', 150, TIMESTAMP '2017-01-01T00:00:00Z'", "2017-01-01T00:00:00.000000100Z"),
            ("'year', 99999, TIMESTAMP '2017-01-01T00:00:00Z'", "NULL"),
            ("'day', 9223372036854775807, TIMESTAMP '2017-01-01T00:00:00Z'", "2262-04-11T23:47:16.854775800Z"),
            ("'year', -9223372036854775808, TIMESTAMP '2017-01-01T00:00:00Z'", "NULL"),
            ("'day', 1, NULL", "NULL"),
        ] {
            answers(&format!("datetime_add({arguments})"), expected).await;
        }
    }
}
