//! Sizes, spans and points in time, as people write them in flags and in `huntql.toml`.
//!
//! Reading only: what is printed is formatted by `indicatif`.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

const SIZE_UNITS: [(&str, u64); 10] = [
    ("", 1),
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KIB", 1 << 10),
    ("MIB", 1 << 20),
    ("GIB", 1 << 30),
    ("TIB", 1 << 40),
];

const SPAN_UNITS: [(&str, f64); 5] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];

/// Bytes: `512MB`, `1.5 GB`, `2GiB`, `4096`, in any letter case. `GB` is a thousand million, `GiB` is 2³⁰.
///
/// # Errors
/// A sentence with an example, if the text is none of these or is zero.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let problem = || format!("'{text}' is not a size; write for example 512MB, 4GB or 2GiB");
    let (number, unit) = split_number(text);
    let number: f64 = number.parse().map_err(|_| problem())?;
    let unit = unit.to_ascii_uppercase();
    let (_, factor) = SIZE_UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(problem)?;
    let bytes = number * *factor as f64;
    if bytes >= 1.0 && bytes < u64::MAX as f64 { Ok(bytes as u64) } else { Err(problem()) }
}

/// A span of time: `30s`, `5m`, `48h`, `7d`, `500ms`, `1h30m`, or `0`. The letters are those of KQL.
///
/// # Errors
/// A sentence with an example, if the text is none of these.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    let problem = || format!("'{text}' is not a span of time; write for example 30s, 5m, 48h, 7d or 1h30m");
    let mut rest = text.trim();
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(problem());
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let (number, after) = split_number(rest);
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let (_, factor) = SPAN_UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(problem)?;
        seconds += number.parse::<f64>().map_err(|_| problem())? * factor;
        rest = after.trim_start();
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| problem())
}

/// A point in time in UTC: `2026-10-01T06:30:00Z` (or with an offset), `2026-10-01 06:30`, `2026-10-01`.
///
/// # Errors
/// A sentence with an example, if the text is none of these.
pub fn parse_time(text: &str) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.with_timezone(&Utc));
    }
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    if let Some(time) = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()) {
        return Ok(time.and_utc());
    }
    let midnight = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|date| date.and_hms_opt(0, 0, 0));
    midnight
        .map(|time| time.and_utc())
        .ok_or_else(|| format!("'{text}' is not a time; write for example 2026-10-01T06:30:00Z or 2026-10-01"))
}

/// Splits a text into the number it starts with and the rest, both trimmed.
fn split_number(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("4096", 4096),
            ("1GB", 1_000_000_000),
            ("1.5 gb", 1_500_000_000),
            ("2GiB", 2 << 30),
            (" 512 MB ", 512_000_000),
        ] {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text}");
        }
        for text in ["", "GB", "-1GB", "1XB", "0", "1e99TB", "1.2.3GB", "99999999999TB"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn spans_are_read() {
        for (text, milliseconds) in [
            ("30s", 30_000),
            ("500ms", 500),
            ("48h", 172_800_000),
            ("1h30m", 5_400_000),
            ("0", 0),
            ("1.5d", 129_600_000),
        ] {
            assert_eq!(parse_span(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "h", "30", "30 parsecs", "-5m", "1h30", "99999999999999999999d"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_read() {
        for (text, expected) in [
            ("2026-10-01T06:30:00Z", "2026-10-01T06:30:00+00:00"),
            ("2026-10-01T06:30:00+02:00", "2026-10-01T04:30:00+00:00"),
            ("2026-10-01 06:30", "2026-10-01T06:30:00+00:00"),
            ("2026-10-01", "2026-10-01T00:00:00+00:00"),
        ] {
            assert_eq!(parse_time(text).map(|time| time.to_rfc3339()), Ok(expected.to_owned()));
        }
        for text in ["", "yesterday", "2026-13-01", "01.10.2026"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn errors_say_what_to_write() {
        insta::assert_snapshot!(parse_bytes("lots").expect_err("error"), @"'lots' is not a size; write for example 512MB, 4GB or 2GiB");
        insta::assert_snapshot!(parse_span("30").expect_err("error"), @"'30' is not a span of time; write for example 30s, 5m, 48h, 7d or 1h30m");
        insta::assert_snapshot!(parse_time("today").expect_err("error"), @"'today' is not a time; write for example 2026-10-01T06:30:00Z or 2026-10-01");
    }
}
