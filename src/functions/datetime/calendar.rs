//! Moments as days of the calendar and back: plain arithmetic on nanoseconds since 1970.

use chrono::{Datelike, Months, NaiveDate};

use crate::functions::{moment_text::saturate, timespan::DAY};

/// Days from 0001-01-01, which chrono calls day 1, to 1970-01-01.
const EPOCH_DAY: i64 = 719_163;

/// Whole days since 1970-01-01.
pub(super) fn day_of(moment: i64) -> i64 {
    moment.div_euclid(DAY)
}

/// Days since Sunday.
pub(super) fn weekday_of(day: i64) -> i64 {
    // 1970-01-01 was a Thursday.
    (day + 4).rem_euclid(7)
}

/// The date of a day since 1970. Every moment has one.
pub(super) fn date_of(day: i64) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(day + EPOCH_DAY).ok()?)
}

/// Where a day begins.
pub(super) fn moment_of_day(day: i64) -> i64 {
    saturate(i128::from(day) * i128::from(DAY))
}

/// Where a date begins.
pub(super) fn moment_of_date(date: NaiveDate) -> i64 {
    moment_of_day(i64::from(date.num_days_from_ce()) - EPOCH_DAY)
}

/// The months since the year 0.
pub(super) fn month_count(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

/// The first day of a month counted from the year 0; `None` outside of the years 1 to 9999.
pub(super) fn first_of_month(count: i64) -> Option<NaiveDate> {
    let year = i32::try_from(count.div_euclid(12)).ok().filter(|year| (1..=9999).contains(year))?;
    NaiveDate::from_ymd_opt(year, u32::try_from(count.rem_euclid(12)).ok()? + 1, 1)
}

/// The same day so many months on, or the last of a month that is too short.
pub(super) fn add_months(date: NaiveDate, months: i64) -> Option<NaiveDate> {
    let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    let date = if months < 0 { date.checked_sub_months(count) } else { date.checked_add_months(count) };
    date.filter(|date| (1..=9999).contains(&date.year()))
}
