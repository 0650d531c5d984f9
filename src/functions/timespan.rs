//! Time spans as text, the way Kusto writes them. Not the functions over them: those are in [`super::ago`] and
//! [`super::bin`].

use datafusion::common::{Result, plan_datafusion_err};

/// The time zone of all moments.
pub(super) const UTC: &str = "UTC";

/// Nanoseconds of a day.
pub(super) const DAY: i64 = 24 * HOUR;
const HOUR: i64 = 60 * MINUTE;
const MINUTE: i64 = 60 * SECOND;
const SECOND: i64 = 1_000_000_000;
/// The digits of a second's fraction that nanoseconds can hold.
const FRACTION_DIGITS: usize = 9;

/// A time span in nanoseconds. `None` if the text is none, or is longer than 64 bits can count (292 years).
///
/// Takes a clock, `[d.]hh:mm[:ss[.fffffff]]`; numbers with units, `7d`, `1.5h`, `1d 12h`, `30 minutes`, `500ms`,
/// `100ticks`; or a bare number, which counts days. A minus in front makes it negative. The units are those of
/// Kusto's literals: there are no weeks, months or years.
pub fn parse_timespan(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, span) = match text.strip_prefix('-') {
        Some(span) => (-1, span.trim_start()),
        None => (1, text),
    };
    let nanoseconds = if span.contains(':') { parse_clock(span) } else { parse_units(span) };
    i64::try_from(nanoseconds? * sign).ok()
}

/// The same for an argument of a function, refused with a sentence if it is no time span.
pub(super) fn parse_argument(function: &str, text: &str) -> Result<i64> {
    parse_timespan(text).ok_or_else(|| {
        plan_datafusion_err!(
            "{function}: '{text}' is no time span; write one such as '7d', '1h', '30m' or '1.12:30:00'"
        )
    })
}

fn parse_clock(text: &str) -> Option<i128> {
    let (days, clock) = match text.split_once(':')?.0.split_once('.') {
        Some((days, _)) => (count(days)?, text.get(days.len() + 1..)?),
        None => (0, text),
    };
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
    let (hours, minutes) = (count(hours)?, count(minutes)?);
    let seconds = scaled(seconds, SECOND)?;
    let fits = hours < 24 && minutes < 60 && seconds < i128::from(MINUTE) && parts.next().is_none();
    fits.then(|| days * i128::from(DAY) + hours * i128::from(HOUR) + minutes * i128::from(MINUTE) + seconds)
}

fn parse_units(text: &str) -> Option<i128> {
    if let Some(days) = scaled(text, DAY) {
        return Some(days);
    }
    let (mut rest, mut total) = (text, 0);
    while !rest.is_empty() {
        let (number, after) = split_where(rest, |c| !c.is_ascii_digit() && c != '.');
        let (unit, after) = split_where(after.trim_start(), |c| !c.is_ascii_alphabetic());
        total += scaled(number, unit_length(unit)?)?;
        rest = after.trim_start();
    }
    (!text.is_empty()).then_some(total)
}

/// Nanoseconds of a unit.
fn unit_length(unit: &str) -> Option<i64> {
    Some(match unit {
        "d" | "day" | "days" => DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "m" | "min" | "minute" | "minutes" => MINUTE,
        "s" | "sec" | "second" | "seconds" => SECOND,
        "ms" | "milli" | "millis" | "millisecond" | "milliseconds" => 1_000_000,
        "micro" | "micros" | "microsecond" | "microseconds" => 1_000,
        "tick" | "ticks" => 100,
        "nano" | "nanos" | "nanosecond" | "nanoseconds" => 1,
        _ => return None,
    })
}

/// `digits[.digits]` times a length in nanoseconds, cut off at whole nanoseconds.
fn scaled(number: &str, length: i64) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = count(whole)? * i128::from(length);
    if fraction.is_empty() {
        return (!number.ends_with('.')).then_some(whole);
    }
    count(fraction)?;
    let digits = fraction.get(..fraction.len().min(FRACTION_DIGITS + 6))?;
    let fraction = count(digits)? * i128::from(length) / 10_i128.pow(u32::try_from(digits.len()).ok()?);
    Some(whole + fraction)
}

/// Digits and nothing else; at most 18, which is more than any span can have and less than arithmetic here can stand.
fn count(digits: &str) -> Option<i128> {
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse::<u64>().ok()).flatten().map(i128::from)
}

fn split_where(text: &str, found: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(found).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units() {
        for (text, expected) in [
            ("7d", 7 * DAY),
            ("1h", HOUR),
            ("30m", 30 * MINUTE),
            ("1.5h", 90 * MINUTE),
            ("0.5s", SECOND / 2),
            ("500ms", SECOND / 2),
            ("10 ticks", 1_000),
            ("3microseconds", 3_000),
            ("1d 2h 3m 4s 5ms 6microsecond 7tick", DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND + 5_006_700),
            ("1d12h", 36 * HOUR),
            (" 7 days ", 7 * DAY),
            ("-1h", -HOUR),
            ("- 1h", -HOUR),
            ("2", 2 * DAY),
            ("0", 0),
            ("0.000000001s", 1),
            ("0.0000000019s", 1),
        ] {
            assert_eq!(parse_timespan(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn clocks() {
        for (text, expected) in [
            ("1.12:30:00", 36 * HOUR + 30 * MINUTE),
            ("00:00:01.0000001", SECOND + 100),
            ("-00:05:00", -5 * MINUTE),
            ("1:30", 90 * MINUTE),
            ("106751.00:00:00", 106_751 * DAY),
        ] {
            assert_eq!(parse_timespan(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_span() {
        for text in [
            "",
            "-",
            "d",
            "7w",
            "1 month",
            "7D",
            "1M",
            "1.h",
            ".5h",
            "1h x",
            "x 1h",
            "24:00",
            "1:60",
            "1:00:60",
            "1:2:3:4",
            "1:-2",
            "1.2.3",
            "1e3d",
            "+1d",
            "1,5h",
            "106752.00:00:00",
            "99999999999999999999d",
            "1..12:00",
            "٣d",
            "--1d",
        ] {
            assert_eq!(parse_timespan(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,20}", near in "-?[0-9.: dhms]{0,30}") {
            let _ = (parse_timespan(&text), parse_timespan(&near));
        }

        #[test]
        fn a_clock_says_what_it_shows(days in 0..100_000_i64, rest in 0..DAY / 100) {
            let rest = rest * 100;
            let (hours, minutes, seconds) = (rest / HOUR, rest / MINUTE % 60, rest / SECOND % 60);
            let text = format!("{days}.{hours:02}:{minutes:02}:{seconds:02}.{:07}", rest % SECOND / 100);
            prop_assert_eq!(parse_timespan(&text), Some(days * DAY + rest));
        }
    }
}
