//! Moments written as text, in the forms that Kusto's `todatetime` takes: ISO 8601, RFC 822 and 850, and the American
//! order of numbers. All moments are UTC; an offset is heeded.

use chrono::{Datelike, NaiveDate};

use super::text_form::TICK;

/// The first and the last moment that 64 bits of nanoseconds can hold, on whole ticks (1677 and 2262).
pub(super) const LIMITS: (i64, i64) = (i64::MIN / TICK * TICK, i64::MAX / TICK * TICK);

/// Ticks from 0001-01-01 to 1970-01-01.
pub(super) const EPOCH_TICKS: i64 = 621_355_968_000_000_000;
/// The last tick of the year 9999.
const LAST_TICK: i64 = 3_155_378_975_999_999_999;

/// A moment given in ticks since 0001-01-01; `None` outside of the years 1 to 9999. What nanoseconds cannot hold
/// becomes the nearest moment that they can.
pub(super) fn moment_of_ticks(ticks: i128) -> Option<i64> {
    let in_range = (0..=i128::from(LAST_TICK)).contains(&ticks);
    in_range.then(|| saturate((ticks - i128::from(EPOCH_TICKS)) * i128::from(TICK)))
}

/// The nearest moment that 64 bits can hold.
pub(super) fn saturate(nanoseconds: i128) -> i64 {
    nanoseconds.clamp(i128::from(LIMITS.0), i128::from(LIMITS.1)) as i64
}

/// A date and a time of day in ticks; `None` if there is no such day.
pub(super) fn moment_of(year: i64, month: i64, day: i64, ticks_of_day: i128) -> Option<i64> {
    let day = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)?;
    if !(1..=9999).contains(&day.year()) {
        return None;
    }
    moment_of_ticks(i128::from(day.num_days_from_ce() - 1) * TICKS_OF_DAY + ticks_of_day)
}

const TICKS_OF_DAY: i128 = 864_000_000_000;
const TICKS_OF_SECOND: i128 = 10_000_000;

/// The moment that a text says, in nanoseconds since 1970; `None` if it says none.
pub(super) fn parse_moment(text: &str) -> Option<i64> {
    let text = strip_weekday(text.trim());
    let (date, rest) = parse_date(text)?;
    let rest = rest.trim_start();
    let ticks =
        if rest.is_empty() { 0 } else { parse_time(rest.strip_prefix(['T', 't']).unwrap_or(rest).trim_start())? };
    moment_of(date.0, date.1, date.2, ticks)
}

fn strip_weekday(text: &str) -> &str {
    match text.split_once(',') {
        Some((day, rest)) if is_weekday(day) => rest.trim_start(),
        _ => text,
    }
}

fn is_weekday(word: &str) -> bool {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let word = word.to_ascii_lowercase();
    days.iter().any(|day| *day == word || day.get(..3) == Some(word.as_str()))
}

fn month_of(word: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == word || month.get(..3) == Some(word.as_str()))?;
    i64::try_from(at + 1).ok()
}

type Date = (i64, i64, i64);

/// Year, month and day, and what follows them.
fn parse_date(text: &str) -> Option<(Date, &str)> {
    let (digits, rest) = leading(text, |c| c.is_ascii_digit());
    if digits.is_empty() {
        return month_day_year(text);
    }
    let first: i64 = digits.parse().ok()?;
    let separator = rest.chars().next();
    match digits.len() {
        8 => Some(((first / 10_000, first / 100 % 100, first % 100), rest)),
        4 => {
            let (month, rest) = number(rest.strip_prefix(['-', '/', '.'])?, 2)?;
            match separator.and_then(|separator| rest.strip_prefix(separator)) {
                Some(rest) => number(rest, 2).map(|(day, rest)| ((first, month, day), rest)),
                None => rest.is_empty().then_some(((first, month, 1), rest)),
            }
        }
        1 | 2 => {
            let separator = separator?;
            let (word, after) = leading(rest.strip_prefix(['-', ' ', '/', '.'])?.trim_start(), char::is_alphabetic);
            if !word.is_empty() {
                let (year, rest) = year(after.strip_prefix(separator)?)?;
                return Some(((year, month_of(word)?, first), rest));
            }
            let (day, rest) = number(rest.strip_prefix(['-', '/', '.'])?, 2)?;
            let (year, rest) = number(rest.strip_prefix(separator)?, 4)?;
            (year >= 1000).then_some(((year, first, day), rest))
        }
        _ => None,
    }
}

/// `Dec 2, 2022`.
fn month_day_year(text: &str) -> Option<(Date, &str)> {
    let (word, rest) = leading(text, char::is_alphabetic);
    let (day, rest) = number(rest.trim_start(), 2)?;
    let rest = rest.strip_prefix(',').unwrap_or(rest);
    let (year, rest) = number(rest.trim_start(), 4)?;
    (year >= 1000).then_some(((year, month_of(word)?, day), rest))
}

/// A year of four digits, or of two, which lies in 1950 to 2049.
fn year(text: &str) -> Option<(i64, &str)> {
    let (digits, rest) = leading(text, |c| c.is_ascii_digit());
    let year: i64 = digits.parse().ok()?;
    match digits.len() {
        4 => Some((year, rest)),
        2 if year < 50 => Some((2000 + year, rest)),
        2 => Some((1900 + year, rest)),
        _ => None,
    }
}

/// Ticks of `h:mm[:ss[.fraction]] [AM|PM] [zone]`, an offset taken off.
fn parse_time(text: &str) -> Option<i128> {
    let (mut hour, rest) = number(text, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (second, fraction, rest) = match rest.strip_prefix(':') {
        Some(rest) => {
            let (second, rest) = number(rest, 2)?;
            let (fraction, rest) = match rest.strip_prefix('.') {
                Some(rest) => leading(rest, |c| c.is_ascii_digit()),
                None => ("", rest),
            };
            (second, fraction, rest)
        }
        None => (0, "", rest),
    };
    let mut rest = rest.trim_start();
    if let Some(half) = rest.get(..2).filter(|half| half.eq_ignore_ascii_case("AM") || half.eq_ignore_ascii_case("PM"))
    {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if half.eq_ignore_ascii_case("PM") { 12 } else { 0 };
        rest = rest.get(2..)?.trim_start();
    }
    let seconds = (hour < 24 && minute < 60 && second < 60).then_some((hour * 60 + minute) * 60 + second)?;
    let offset = parse_zone(rest)?;
    Some(i128::from(seconds - offset) * TICKS_OF_SECOND + ticks_of(fraction)?)
}

/// Ticks of the digits behind a second's point, cut off after the seventh.
fn ticks_of(fraction: &str) -> Option<i128> {
    let digits = fraction.get(..fraction.len().min(7))?;
    if digits.is_empty() {
        return Some(0);
    }
    let missing = u32::try_from(7 - digits.len()).ok()?;
    digits.parse::<i128>().ok().map(|ticks| ticks * 10_i128.pow(missing))
}

/// Seconds east of Greenwich: nothing, `Z`, `GMT`, `UTC`, `±hh`, `±hhmm`, `±hh:mm`.
fn parse_zone(text: &str) -> Option<i64> {
    if ["", "z", "gmt", "utc"].iter().any(|zone| text.eq_ignore_ascii_case(zone)) {
        return Some(0);
    }
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, text.get(1..)?),
        b'-' => (-1, text.get(1..)?),
        _ => return None,
    };
    let (hours, rest) = number(rest, 2)?;
    let minutes = match rest.strip_prefix(':').unwrap_or(rest) {
        "" => 0,
        rest => number(rest, 2).filter(|(_, rest)| rest.is_empty())?.0,
    };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// A number of at most so many digits.
fn number(text: &str, most: usize) -> Option<(i64, &str)> {
    let (digits, _) = leading(text, |c| c.is_ascii_digit());
    let digits = digits.get(..digits.len().min(most))?;
    Some((digits.parse().ok()?, text.get(digits.len()..)?))
}

fn leading(text: &str, is_part: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !is_part(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::functions::text_form::push_moment;

    fn read(text: &str) -> String {
        let mut out = String::new();
        match parse_moment(text) {
            Some(moment) => push_moment(moment, &mut out),
            None => out.push_str("null"),
        }
        out
    }

    #[test]
    fn forms_of_moments() {
        for (text, expected) in [
            ("2014-05-25T08:20:03.123456Z", "2014-05-25T08:20:03.1234560Z"),
            ("2014-05-25T08:20:03.12345678", "2014-05-25T08:20:03.1234567Z"),
            ("2014-05-25 8:20", "2014-05-25T08:20:00.0000000Z"),
            ("2014-05-25", "2014-05-25T00:00:00.0000000Z"),
            ("2014-05", "2014-05-01T00:00:00.0000000Z"),
            ("2014-05-25T08:20:03+02:00", "2014-05-25T06:20:03.0000000Z"),
            ("2014-05-25T08:20:03 -0530", "2014-05-25T13:50:03.0000000Z"),
            ("Sat, 8 Nov 14 15:05:02 GMT", "2014-11-08T15:05:02.0000000Z"),
            ("8 Nov 14 15:05", "2014-11-08T15:05:00.0000000Z"),
            ("Saturday, 08-Nov-14 15:05:02 GMT", "2014-11-08T15:05:02.0000000Z"),
            ("2 Dec 2022", "2022-12-02T00:00:00.0000000Z"),
            ("Dec 2, 2022", "2022-12-02T00:00:00.0000000Z"),
            ("December 2 2022 1:00 PM", "2022-12-02T13:00:00.0000000Z"),
            ("01/16/2022 12:00:00 AM", "2022-01-16T00:00:00.0000000Z"),
            ("12-02-2022", "2022-12-02T00:00:00.0000000Z"),
            ("12.02.2022", "2022-12-02T00:00:00.0000000Z"),
            ("2022/12/02", "2022-12-02T00:00:00.0000000Z"),
            ("20221202", "2022-12-02T00:00:00.0000000Z"),
            ("9999-12-31", "2262-04-11T23:47:16.8547758Z"),
            ("0001-01-01", "1677-09-21T00:12:43.1452242Z"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_says_no_moment() {
        for text in [
            "",
            "x",
            "2022",
            "13-01-2022",
            "2022-02-30",
            "2022-01-01T25:00",
            "2022-01-01T10",
            "2022-01-01T10:61",
            "1/2/22",
            "2022-01-01 10:00 XST",
            "2022-1-1-1",
            "0000-01-01",
            "13:00 PM",
            "2022-01-01 13:00 PM",
            "20221302",
            "12345",
            "2022-01-01T00:00:00+99:00",
        ] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,30}", near in "[0-9TZ:./+ -]{0,30}") {
            let _ = (parse_moment(&text), parse_moment(&near));
        }
    }
}
