//! Datetimes as the wire spells them: ISO 8601 with 0 to 9 fractional digits, with or without `Z`.

/// Nanoseconds since 1970 in UTC of an ISO 8601 datetime, or `None` if the text is not one or lies outside 1677 to 2262.
///
/// Takes `2026-07-18T14:08:56.1234567Z`, a blank for the `T`, no zone (meaning UTC), an offset (`+02:00`, `+0200`), a date alone, and
/// hours and minutes without seconds. A tenth fractional digit and those after it are cut.
pub fn parse_datetime(text: &str) -> Option<i64> {
    let bytes = text.trim().as_bytes();
    let (year, month, day) = (digits(bytes, 0, 4)?, date_part(bytes, 4)?, date_part(bytes, 7)?);
    let days = days_from_civil(year, month, day)?;
    let mut at = 10;
    let mut nanos_of_day = 0i64;
    if let Some(b'T' | b't' | b' ') = bytes.get(at) {
        let (hour, minute) = (digits(bytes, 11, 2)?, clock_part(bytes, 13)?);
        at = 16;
        let second = if bytes.get(at) == Some(&b':') { clock_part(bytes, at).inspect(|_| at = 19)? } else { 0 };
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        nanos_of_day = ((hour * 60 + minute) * 60 + second) * 1_000_000_000;
        if bytes.get(at) == Some(&b'.') {
            let (nanos, after) = fraction(bytes, at + 1)?;
            nanos_of_day += nanos;
            at = after;
        }
    }
    let offset = zone(&bytes[at..])?;
    let seconds = days.checked_mul(86_400)?.checked_sub(offset)?;
    let nanos = i128::from(seconds) * 1_000_000_000 + i128::from(nanos_of_day);
    i64::try_from(nanos).ok()
}

fn digits(bytes: &[u8], at: usize, count: usize) -> Option<i64> {
    let part = bytes.get(at..at + count)?;
    part.iter().try_fold(0i64, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

fn date_part(bytes: &[u8], at: usize) -> Option<i64> {
    if bytes.get(at) == Some(&b'-') { digits(bytes, at + 1, 2) } else { None }
}

fn clock_part(bytes: &[u8], at: usize) -> Option<i64> {
    if bytes.get(at) == Some(&b':') { digits(bytes, at + 1, 2) } else { None }
}

/// The digits from `at` on as nanoseconds, and the position after them.
fn fraction(bytes: &[u8], mut at: usize) -> Option<(i64, usize)> {
    let (mut nanos, mut unit) = (0i64, 100_000_000i64);
    let start = at;
    while let Some(byte) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
        nanos += i64::from(byte - b'0') * unit;
        unit /= 10;
        at += 1;
    }
    // A point with nothing after it is zero digits, and the wire drops trailing zeros.
    (at > start || matches!(bytes.get(at), None | Some(b'Z'))).then_some((nanos, at))
}

/// Seconds east of UTC of what follows the time.
fn zone(rest: &[u8]) -> Option<i64> {
    let sign = match rest.first() {
        None => return Some(0),
        Some(b'Z' | b'z') => return (rest.len() == 1).then_some(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    let minutes_at = if rest.get(3) == Some(&b':') { 4 } else { 3 };
    if rest.len() != minutes_at + 2 {
        return None;
    }
    let (hours, minutes) = (digits(rest, 1, 2)?, digits(rest, minutes_at, 2)?);
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar; `None` if there is no such day.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > length {
        return None;
    }
    // Counted in eras of 400 years from 1 March, so that the leap day is the last of its year.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};

    #[test]
    fn every_number_of_digits_reads() {
        let base = 1_784_383_736_000_000_000;
        for (text, nanos) in [
            ("2026-07-18T14:08:56Z", 0),
            ("2026-07-18T14:08:56.Z", 0),
            ("2026-07-18T14:08:56.1Z", 100_000_000),
            ("2026-07-18T14:08:56.12Z", 120_000_000),
            ("2026-07-18T14:08:56.123456", 123_456_000),
            ("2026-07-18T14:08:56.1234567Z", 123_456_700),
            ("2026-07-18T14:08:56.123456789Z", 123_456_789),
            ("2026-07-18T14:08:56.1234567891Z", 123_456_789),
            ("2026-07-18 14:08:56.123456789", 123_456_789),
            ("2026-07-18T16:08:56+02:00", 0),
            ("2026-07-18T12:08:56.5-0200", 500_000_000),
        ] {
            assert_eq!(parse_datetime(text), Some(base + nanos), "{text}");
        }
        assert_eq!(parse_datetime("2026-07-18"), Some(base - 50_936_000_000_000));
        assert_eq!(parse_datetime("2026-07-18T14:08Z"), Some(base - 56_000_000_000));
    }

    #[test]
    fn what_is_no_datetime_is_none() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-30T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00X",
            "0001-01-01T00:00:00Z",
            "2026-01-01T00:00:00Zx",
            "2026-01-01T00:00:00.Q",
            "９026-01-01",
        ] {
            assert_eq!(parse_datetime(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_chrono(nanos in i64::MIN..i64::MAX) {
            let time = DateTime::<Utc>::from_timestamp_nanos(nanos);
            let text = time.format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string();
            proptest::prop_assert_eq!(parse_datetime(&text), Some(nanos));
        }
    }
}
