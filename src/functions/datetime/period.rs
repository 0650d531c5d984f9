//! The names of the parts of time, as `datetime_diff`, `datetime_add` and `datetime_part` take them, in any letter case.

use datafusion::common::{Result, plan_err};

use crate::functions::{arguments::Text, call::Call, timespan::DAY};

/// A part of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    Year,
    Quarter,
    Month,
    Week,
    WeekOfYear,
    Day,
    DayOfYear,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

impl Period {
    fn of(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "year" => Period::Year,
            "quarter" => Period::Quarter,
            "month" => Period::Month,
            "week" => Period::Week,
            "week_of_year" | "weekofyear" => Period::WeekOfYear,
            "day" => Period::Day,
            "dayofyear" => Period::DayOfYear,
            "hour" => Period::Hour,
            "minute" => Period::Minute,
            "second" => Period::Second,
            "millisecond" => Period::Millisecond,
            "microsecond" => Period::Microsecond,
            "nanosecond" => Period::Nanosecond,
            _ => return None,
        })
    }

    /// The length of those that always have one, in nanoseconds.
    pub fn length(self) -> Option<i64> {
        Some(match self {
            Period::Week => 7 * DAY,
            Period::Day => DAY,
            Period::Hour => 3_600_000_000_000,
            Period::Minute => 60_000_000_000,
            Period::Second => 1_000_000_000,
            Period::Millisecond => 1_000_000,
            Period::Microsecond => 1_000,
            Period::Nanosecond => 1,
            _ => return None,
        })
    }
}

/// The periods of an argument, one for all rows or one a row.
pub(super) struct Periods(Vec<Option<Period>>);

impl Periods {
    /// Reads the argument at a place. A constant that is no period, or not one of those taken, is refused.
    pub fn of(call: &Call, place: usize, is_taken: fn(Period) -> bool) -> Result<Self> {
        let text = call.text(place)?;
        let period = |name| Period::of(name).filter(|period| is_taken(*period));
        let Text::Constant(name) = &text else {
            return Ok(Self((0..call.rows).map(|row| text.get(row).and_then(period)).collect()));
        };
        match name.map(|name| (name, period(name))) {
            None => Ok(Self(vec![None])),
            Some((_, Some(period))) => Ok(Self(vec![Some(period)])),
            Some((name, None)) => plan_err!(
                "{}: '{name}' is no part of time here; write one such as 'year', 'month', 'day', 'hour'",
                call.name
            ),
        }
    }

    /// The period of a row.
    pub fn get(&self, row: usize) -> Option<Period> {
        *self.0.get(if self.0.len() == 1 { 0 } else { row })?
    }
}
