//! Where days, weeks, months and years begin and end.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::calendar::{date_of, day_of, first_of_month, moment_of_date, moment_of_day, month_count, weekday_of};
use crate::functions::{
    call::{
        Answer, Call, Family, Function,
        Kind::{Moment, Whole},
        Param::{May, Need},
    },
    definition::Section,
    text_form::TICK,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let starts = [
        bound(
            "startofday(time [, offset])",
            "Where the day of the time begins, or one so many days away.",
            ("SELECT startofday(TIMESTAMP '2017-01-01T10:10:17Z', -1)", "2016-12-31T00:00:00Z"),
            |call| start(call, start_of_day),
        ),
        bound(
            "startofweek(time [, offset])",
            "Where the week of the time begins, on Sunday, or one so many weeks away.",
            ("SELECT startofweek(TIMESTAMP '2017-01-04T10:10:17Z')", "2017-01-01T00:00:00Z"),
            |call| start(call, start_of_week),
        ),
        bound(
            "startofmonth(time [, offset])",
            "Where the month of the time begins, or one so many months away.",
            ("SELECT startofmonth(TIMESTAMP '2017-01-15T10:10:17Z', 1)", "2017-02-01T00:00:00Z"),
            |call| start(call, start_of_month),
        ),
        bound(
            "startofyear(time [, offset])",
            "Where the year of the time begins, or one so many years away.",
            ("SELECT startofyear(TIMESTAMP '2017-06-15T10:10:17Z')", "2017-01-01T00:00:00Z"),
            |call| start(call, start_of_year),
        ),
    ];
    let ends = [
        bound(
            "endofday(time [, offset])",
            "The last 100 ns of the day of the time, or of one so many days away.",
            ("SELECT endofday(TIMESTAMP '2017-01-01T10:10:17Z')", "2017-01-01T23:59:59.999999900Z"),
            |call| end(call, start_of_day),
        ),
        bound(
            "endofweek(time [, offset])",
            "The last 100 ns of the week of the time, on Saturday, or of one so many weeks away.",
            ("SELECT endofweek(TIMESTAMP '2017-01-01T10:10:17Z')", "2017-01-07T23:59:59.999999900Z"),
            |call| end(call, start_of_week),
        ),
        bound(
            "endofmonth(time [, offset])",
            "The last 100 ns of the month of the time, or of one so many months away.",
            ("SELECT endofmonth(TIMESTAMP '2017-01-01T10:10:17Z', 1)", "2017-02-28T23:59:59.999999900Z"),
            |call| end(call, start_of_month),
        ),
        bound(
            "endofyear(time [, offset])",
            "The last 100 ns of the year of the time, or of one so many years away.",
            ("SELECT endofyear(TIMESTAMP '2017-01-01T10:10:17Z', -1)", "2016-12-31T23:59:59.999999900Z"),
            |call| end(call, start_of_year),
        ),
    ];
    starts.into_iter().chain(ends).map(ScalarUDF::from).collect()
}

fn bound(
    syntax: &'static str,
    description: &'static str,
    example: (&'static str, &'static str),
    run: fn(&Call) -> Result<ArrayRef>,
) -> Function {
    Family(Section::Time).function(syntax, description, example, (&[Need(Moment), May(Whole)], Answer::Moment), run)
}

/// Where the stretch of time begins that is so many on from that of a moment.
type Start = fn(i64, i64) -> Option<i64>;

fn start(call: &Call, start: Start) -> Result<ArrayRef> {
    let (moment, offset) = (call.moment(0)?, call.long_or(1, 0)?);
    call.moments(|row| start(moment.get(row)?, offset.get(row)?))
}

fn end(call: &Call, start: Start) -> Result<ArrayRef> {
    let (moment, offset) = (call.moment(0)?, call.long_or(1, 0)?);
    call.moments(|row| start(moment.get(row)?, offset.get(row)?.checked_add(1)?).map(|next| next - TICK))
}

fn start_of_day(moment: i64, offset: i64) -> Option<i64> {
    day_of(moment).checked_add(offset).map(moment_of_day)
}

fn start_of_week(moment: i64, offset: i64) -> Option<i64> {
    let day = day_of(moment);
    (day - weekday_of(day)).checked_add(offset.checked_mul(7)?).map(moment_of_day)
}

fn start_of_month(moment: i64, offset: i64) -> Option<i64> {
    first_of_month(month_count(date_of(day_of(moment))?).checked_add(offset)?).map(moment_of_date)
}

fn start_of_year(moment: i64, offset: i64) -> Option<i64> {
    let months = month_count(date_of(day_of(moment))?);
    first_of_month((months - months.rem_euclid(12)).checked_add(offset.checked_mul(12)?)?).map(moment_of_date)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::TimestampNanosecondArray;

    use crate::functions::testing::{answers, over, refuses};

    #[tokio::test]
    async fn starts_and_ends() {
        let time = "TIMESTAMP '1969-03-31T10:10:17Z'";
        for (query, expected) in [
            ("startofday({})", "1969-03-31T00:00:00Z"),
            ("startofweek({})", "1969-03-30T00:00:00Z"),
            ("startofweek({}, -1)", "1969-03-23T00:00:00Z"),
            ("startofmonth({}, -13)", "1968-02-01T00:00:00Z"),
            ("startofyear({}, 1)", "1970-01-01T00:00:00Z"),
            ("endofmonth({}, -1)", "1969-02-28T23:59:59.999999900Z"),
            ("endofyear({})", "1969-12-31T23:59:59.999999900Z"),
            ("startofyear({}, 99999)", "NULL"),
            ("startofmonth({}, 9223372036854775807)", "NULL"),
            ("startofyear({}, 1000)", "2262-04-11T23:47:16.854775800Z"),
            ("startofday({}, NULL)", "NULL"),
        ] {
            answers(&query.replace("{}", time), expected).await;
        }
        answers("startofday(DATE '2020-02-29')", "2020-02-29T00:00:00Z").await;
        refuses("startofday('2020-01-01')", "startofday: argument 1 must be a time, but it is text; write TIMESTAMP")
            .await;
    }

    #[tokio::test]
    async fn every_row_of_a_column() {
        let times = TimestampNanosecondArray::from(vec![Some(-1), None, Some(i64::MIN), Some(i64::MAX)]);
        assert_eq!(
            over(Arc::new(times.with_timezone("UTC")), "startofday(t)").await,
            ["1969-12-31T00:00:00Z", "NULL", "1677-09-21T00:12:43.145224200Z", "2262-04-11T00:00:00Z"]
        );
    }
}
