//! Points and spans of time as text, the way Kusto prints them: ISO 8601 in UTC, and .NET's constant timespan format.
//!
//! Kusto's tick is 100 ns; finer digits are cut off, towards zero in a span and towards the past in a point of time.

use chrono::{DateTime, Datelike, Offset, TimeZone, Timelike};
use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::datatypes::TimeUnit;

use super::number::{integer, padded};

const SECONDS_PER_DAY: u64 = 86_400;

/// How many of a unit make a second.
pub(in crate::output) fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

/// Writes `2026-10-01T08:15:30.1234567Z`: up to seven digits of fraction, none if it is zero; with a zone its local time and offset
/// instead of `Z`. False, and nothing written, if the calendar does not reach that far.
pub(in crate::output) fn datetime(value: i64, unit: TimeUnit, zone: Option<&Tz>, out: &mut Vec<u8>) -> bool {
    let scale = per_second(unit);
    let nanos = (value.rem_euclid(scale) * (1_000_000_000 / scale)) as u32; // below a thousand million
    let Some(utc) = DateTime::from_timestamp(value.div_euclid(scale), nanos).map(|time| time.naive_utc()) else {
        return false;
    };
    let offset = zone.map(|zone| zone.offset_from_utc_datetime(&utc).fix());
    let Some(local) = offset.map_or(Some(utc), |offset| utc.checked_add_offset(offset)) else { return false };
    year_month_day(local.date(), out);
    out.push(b'T');
    clock(local.hour(), local.minute(), local.second(), out);
    let ticks = nanos / 100;
    if ticks != 0 {
        out.push(b'.');
        padded(ticks, 7, out);
        while out.last() == Some(&b'0') {
            out.pop();
        }
    }
    match offset.map(|offset| offset.local_minus_utc()) {
        None => out.push(b'Z'),
        Some(seconds) => {
            out.push(if seconds < 0 { b'-' } else { b'+' });
            let minutes = seconds.unsigned_abs() / 60;
            padded(minutes / 60, 2, out);
            out.push(b':');
            padded(minutes % 60, 2, out);
        }
    }
    true
}

/// Writes `2026-10-01` for days since 1970. False, and nothing written, if the calendar does not reach that far.
pub(in crate::output) fn date(days: i64, out: &mut Vec<u8>) -> bool {
    let time = days.checked_mul(SECONDS_PER_DAY as i64).and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map(|time| year_month_day(time.date_naive(), out)).is_some()
}

/// Writes `[-][d.]hh:mm:ss[.fffffff]`.
pub(in crate::output) fn timespan(nanos: i128, out: &mut Vec<u8>) {
    let ticks = nanos.unsigned_abs() / 100;
    if nanos < 0 && ticks != 0 {
        out.push(b'-');
    }
    let (seconds, fraction) = (ticks / 10_000_000, (ticks % 10_000_000) as u32);
    let (days, second_of_day) = (seconds / u128::from(SECONDS_PER_DAY), (seconds % u128::from(SECONDS_PER_DAY)) as u32);
    if days != 0 {
        integer(i128::try_from(days).unwrap_or(i128::MAX), out);
        out.push(b'.');
    }
    clock(second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60, out);
    if fraction != 0 {
        out.push(b'.');
        padded(fraction, 7, out);
    }
}

fn clock(hour: u32, minute: u32, second: u32, out: &mut Vec<u8>) {
    padded(hour, 2, out);
    out.push(b':');
    padded(minute, 2, out);
    out.push(b':');
    padded(second, 2, out);
}

/// ISO 8601 wants a sign on years that do not have four digits.
fn year_month_day(date: chrono::NaiveDate, out: &mut Vec<u8>) {
    let year = date.year();
    match u32::try_from(year) {
        Ok(year @ 0..=9999) => padded(year, 4, out),
        _ => {
            out.push(if year < 0 { b'-' } else { b'+' });
            padded(year.unsigned_abs(), 6, out);
        }
    }
    out.push(b'-');
    padded(date.month(), 2, out);
    out.push(b'-');
    padded(date.day(), 2, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(value: i64, unit: TimeUnit, zone: Option<&str>) -> String {
        let zone = zone.map(|zone| zone.parse::<Tz>().expect("zone"));
        let mut out = Vec::new();
        let fits = datetime(value, unit, zone.as_ref(), &mut out);
        assert_eq!(fits, !out.is_empty());
        String::from_utf8(out).expect("UTF-8")
    }

    fn span(nanos: i128) -> String {
        let mut out = Vec::new();
        timespan(nanos, &mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn points_have_up_to_seven_digits() {
        let base = 1_790_842_530_000_000_000;
        assert_eq!(point(base, TimeUnit::Nanosecond, None), "2026-10-01T08:15:30Z");
        assert_eq!(point(base + 123_456_789, TimeUnit::Nanosecond, None), "2026-10-01T08:15:30.1234567Z");
        assert_eq!(point(base + 120_000_000, TimeUnit::Nanosecond, None), "2026-10-01T08:15:30.12Z");
        assert_eq!(point(base + 99, TimeUnit::Nanosecond, None), "2026-10-01T08:15:30Z");
        assert_eq!(point(base / 1_000_000 + 7, TimeUnit::Millisecond, None), "2026-10-01T08:15:30.007Z");
        assert_eq!(point(-1, TimeUnit::Microsecond, None), "1969-12-31T23:59:59.999999Z");
    }

    #[test]
    fn points_in_a_zone_keep_their_offset() {
        let base = 1_790_842_530;
        assert_eq!(point(base, TimeUnit::Second, Some("Europe/Berlin")), "2026-10-01T10:15:30+02:00");
        assert_eq!(point(base, TimeUnit::Second, Some("-03:30")), "2026-10-01T04:45:30-03:30");
    }

    #[test]
    fn the_ends_of_the_calendar_are_not_passed() {
        assert_eq!(point(253_402_300_800, TimeUnit::Second, None), "+010000-01-01T00:00:00Z");
        assert_eq!(point(-62_200_000_000, TimeUnit::Second, None), "-000002-12-17T14:13:20Z");
        assert_eq!(point(i64::MAX, TimeUnit::Second, None), "");
        assert_eq!(point(i64::MIN, TimeUnit::Nanosecond, None), "1677-09-21T00:12:43.1452241Z");
        assert!(!date(i64::MAX, &mut Vec::new()));
    }

    #[test]
    fn spans_follow_the_constant_format() {
        assert_eq!(span(0), "00:00:00");
        assert_eq!(span(1_500_000_000), "00:00:01.5000000");
        assert_eq!(span(-(26 * 3600 + 61) * 1_000_000_000 - 100), "-1.02:01:01.0000001");
        assert_eq!(span(-99), "00:00:00");
        assert_eq!(span(i128::from(i64::MIN)), "-106751.23:47:16.8547758");
        assert_eq!(span(i128::from(i64::MIN) * 1_000_000_000), "-106751991167300.15:30:08");
    }
}
