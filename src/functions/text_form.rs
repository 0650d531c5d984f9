//! The text form of values, as Kusto's `tostring` and its dynamics write them. It is that of .NET's invariant culture.

use std::fmt::Write;

use super::timespan::DAY;

/// Nanoseconds of a tick, the finest that Kusto knows.
pub(super) const TICK: i64 = 100;
const SECOND: i64 = 1_000_000_000;

/// Appends a double: the fewest digits that say exactly which it is, with an exponent from 1E+15 on and below 0.0001.
pub(super) fn push_real(real: f64, out: &mut String) {
    if real.is_nan() {
        return out.push_str("NaN");
    }
    if real.is_infinite() {
        return out.push_str(if real > 0.0 { "Infinity" } else { "-Infinity" });
    }
    let scientific = format!("{real:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    // Writing to a string does not fail.
    if (-4..15).contains(&exponent) {
        write!(out, "{real}").unwrap_or_default();
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(out, "{digits}E{sign}{:02}", exponent.unsigned_abs()).unwrap_or_default();
    }
}

/// Appends a decimal of so many digits behind the point, without zeros at its end.
pub(super) fn push_decimal(units: i128, scale: i8, out: &mut String) {
    let one = 10_u128.pow(u32::try_from(scale).unwrap_or_default());
    let (whole, fraction) = (units.unsigned_abs() / one, units.unsigned_abs() % one);
    let sign = if units < 0 { "-" } else { "" };
    write!(out, "{sign}{whole}").unwrap_or_default();
    if fraction > 0 {
        let digits = format!("{fraction:0width$}", width = usize::try_from(scale).unwrap_or_default());
        write!(out, ".{}", digits.trim_end_matches('0')).unwrap_or_default();
    }
}

/// Appends a moment of nanoseconds since 1970: `2020-01-02T03:04:05.6000000Z`.
pub(super) fn push_moment(moment: i64, out: &mut String) {
    let time = chrono::DateTime::from_timestamp_nanos(moment).naive_utc();
    let ticks = moment.rem_euclid(SECOND) / TICK;
    write!(out, "{}.{ticks:07}Z", time.format("%Y-%m-%dT%H:%M:%S")).unwrap_or_default();
}

/// Appends a time span of nanoseconds: `[-][d.]hh:mm:ss[.fffffff]`.
pub(super) fn push_span(span: i64, out: &mut String) {
    let length = span.unsigned_abs();
    let (day, second) = (DAY.unsigned_abs(), SECOND.unsigned_abs());
    if span < 0 {
        out.push('-');
    }
    if length >= day {
        write!(out, "{}.", length / day).unwrap_or_default();
    }
    let seconds = length % day / second;
    write!(out, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60).unwrap_or_default();
    let ticks = length % second / TICK.unsigned_abs();
    if ticks > 0 {
        write!(out, ".{ticks:07}").unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<T>(push: impl Fn(T, &mut String), value: T) -> String {
        let mut out = String::new();
        push(value, &mut out);
        out
    }

    #[test]
    fn doubles() {
        for (real, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (123.45, "123.45"),
            (0.0001, "0.0001"),
            (0.00001, "1E-05"),
            (0.000001, "1E-06"),
            (123456789012345.0, "123456789012345"),
            (1e15, "1E+15"),
            (1.2345678901234568e17, "1.2345678901234568E+17"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(written(push_real, real), text);
        }
    }

    #[test]
    fn decimals() {
        for (units, text) in [(1_500, "1.5"), (-1, "-0.001"), (2_000, "2"), (0, "0")] {
            assert_eq!(written(|units, out| push_decimal(units, 3, out), units), text);
        }
    }

    #[test]
    fn moments_and_spans() {
        assert_eq!(written(push_moment, 1_577_934_245_600_000_000), "2020-01-02T03:04:05.6000000Z");
        assert_eq!(written(push_moment, -1), "1969-12-31T23:59:59.9999999Z");
        for (span, text) in [
            (0, "00:00:00"),
            (DAY, "1.00:00:00"),
            (-SECOND / 1000, "-00:00:00.0010000"),
            (29 * DAY + 9 * 3600 * SECOND + TICK, "29.09:00:00.0000001"),
            (i64::MIN, "-106751.23:47:16.8547758"),
        ] {
            assert_eq!(written(push_span, span), text);
        }
    }
}
