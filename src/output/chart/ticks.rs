//! Labels along an axis: at round values, few enough to be read.

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};

/// A label and the value it stands at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

/// No axis has more, whatever is asked for.
const MOST: usize = 60;

/// At multiples of 1, 2 or 5 times a power of ten.
pub(super) fn of_numbers(min: f64, max: f64, most: usize) -> Vec<Tick> {
    let step = round_step(max / most.max(1) as f64 - min / most.max(1) as f64);
    let ticks = multiples(min, max, step).into_iter().map(|at| Tick { at, label: number(at, step) });
    ticks.collect()
}

/// At powers of ten, and of no more than `most` of them.
pub(super) fn of_powers(min: f64, max: f64, most: usize) -> Vec<Tick> {
    let (low, high) = (min.log10().ceil(), max.log10().floor());
    let every = ((high - low + 1.0) / most.max(1) as f64).ceil().max(1.0);
    let powers = multiples(low, high, every).into_iter().map(|power| 10f64.powf(power));
    let ticks: Vec<Tick> = powers.map(|at| Tick { at, label: number(at, at) }).collect();
    if ticks.len() > 1 { ticks } else { [min, max].map(|at| Tick { at, label: number(at, at) }).to_vec() }
}

/// At each name, or at every so many.
pub(super) fn of_names(names: &[String], most: usize, longest: usize) -> Vec<Tick> {
    let every = names.len().div_ceil(most.max(1)).max(1);
    let ticks = names.iter().enumerate().step_by(every);
    ticks.map(|(place, name)| Tick { at: place as f64, label: cut(name, longest) }).collect()
}

/// At round times; the labels say no more than tells them apart.
pub(super) fn of_time(min: f64, max: f64, most: usize) -> Vec<Tick> {
    const MINUTE: f64 = 60.0;
    const HOUR: f64 = 3600.0;
    const DAY: f64 = 86_400.0;
    const STEPS: [f64; 22] = [
        1.0,
        2.0,
        5.0,
        10.0,
        15.0,
        30.0,
        MINUTE,
        2.0 * MINUTE,
        5.0 * MINUTE,
        10.0 * MINUTE,
        15.0 * MINUTE,
        30.0 * MINUTE,
        HOUR,
        2.0 * HOUR,
        3.0 * HOUR,
        6.0 * HOUR,
        12.0 * HOUR,
        DAY,
        2.0 * DAY,
        5.0 * DAY,
        7.0 * DAY,
        14.0 * DAY,
    ];
    let wanted = max / most.max(1) as f64 - min / most.max(1) as f64;
    if wanted > 14.0 * DAY {
        return of_months(min, max, wanted / (30.4 * DAY));
    }
    let step = if wanted < 1.0 {
        round_step(wanted)
    } else {
        STEPS.into_iter().find(|step| *step >= wanted).unwrap_or(14.0 * DAY)
    };
    let several_days = (max / DAY).floor() > (min / DAY).floor();
    let form = match step {
        step if step >= DAY => "%m-%d",
        step if step >= MINUTE && several_days => "%m-%d %H:%M",
        step if step >= MINUTE => "%H:%M",
        step if step >= 1.0 => "%H:%M:%S",
        _ => "%H:%M:%S%.3f",
    };
    multiples(min, max, step)
        .into_iter()
        .filter_map(|at| Some(Tick { at, label: moment(at)?.format(form).to_string() }))
        .collect()
}

/// At firsts of months, `wanted` months apart or more.
fn of_months(min: f64, max: f64, wanted: f64) -> Vec<Tick> {
    let Some(start) = moment(min) else { return of_numbers(min, max, 4) };
    let steps = [1u32, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12_000, 60_000];
    let step = steps.into_iter().find(|step| f64::from(*step) >= wanted).unwrap_or(120_000);
    // Counted from the year, so that the labels are round.
    let months = start.year().rem_euclid(10_000) as u32 * 12 + start.month0();
    let first = NaiveDate::from_ymd_opt(start.year(), start.month(), 1);
    let mut next =
        first.and_then(|first| first.checked_add_months(Months::new(months.next_multiple_of(step) - months)));
    let mut ticks = Vec::new();
    while let Some(day) = next
        && ticks.len() < MOST
    {
        let at = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp() as f64;
        if at > max {
            break;
        }
        if at >= min {
            let label = if step >= 12 { day.format("%Y") } else { day.format("%Y-%m") };
            ticks.push(Tick { at, label: label.to_string() });
        }
        next = day.checked_add_months(Months::new(step));
    }
    ticks
}

/// The day that all of the span lies in, or its first and last.
pub(super) fn days(min: f64, max: f64) -> String {
    let day = |at: f64| moment(at).map(|time| time.format("%Y-%m-%d").to_string());
    match (day(min), day(max)) {
        (Some(first), Some(last)) if first == last => first,
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => String::new(),
    }
}

fn moment(seconds: f64) -> Option<DateTime<Utc>> {
    let whole = seconds.floor();
    let nanos = ((seconds - whole) * 1e9).clamp(0.0, 999_999_999.0) as u32;
    (whole.abs() < 1e15).then(|| DateTime::from_timestamp(whole as i64, nanos)).flatten()
}

/// The multiples of a step from `min` to `max`.
fn multiples(min: f64, max: f64, step: f64) -> Vec<f64> {
    let first = (min / step).ceil();
    let near = step * 1e-9;
    let places = (0..MOST).map(|count| (first + count as f64) * step);
    // Zero has no sign.
    places.take_while(|at| *at <= max + near && at.is_finite()).map(|at| at + 0.0).collect()
}

/// The least of 1, 2, 5, 10… that is not below `wanted`.
fn round_step(wanted: f64) -> f64 {
    if !(wanted > 0.0 && wanted.is_finite()) {
        return 1.0;
    }
    let power = 10f64.powf(wanted.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let step = steps.into_iter().find(|step| *step >= wanted * 0.999_999).unwrap_or(10.0 * power);
    if step > 0.0 && step.is_finite() { step } else { wanted }
}

/// A number as short as its neighbours at this distance allow: `0.25`, `1500`, `20k`, `0.5M`, `1e21`.
fn number(value: f64, step: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let size = value.abs().max(step.abs());
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e15).contains(&size) {
        return format!("{value:.1e}").replace(".0e", "e");
    }
    // The unit goes by the step, so that all labels of an axis have the same.
    for (unit, sign) in UNITS {
        if step >= if unit > 1e3 { unit / 2.0 } else { unit } {
            return format!("{}{sign}", trimmed(value / unit, step / unit));
        }
    }
    trimmed(value, step)
}

fn trimmed(value: f64, step: f64) -> String {
    let digits = if step >= 1.0 || step <= 0.0 { 0 } else { (-step.log10()).ceil().min(9.0) as usize };
    let text = format!("{value:.*}", digits.max(usize::from(value.fract() != 0.0 && step >= 1.0)));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A value as people read it beside a bar.
pub(super) fn exact(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        let digits = format!("{:.0}", value.abs());
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        return if value < 0.0 { format!("-{text}") } else { text };
    }
    if value.abs() >= 1e15 || value.abs() < 1e-3 { format!("{value:.3e}") } else { trimmed(value, 0.001) }
}

/// A text of at most so many characters.
pub(super) fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some(_) => {
            let kept: String = text.chars().take(longest.saturating_sub(1)).collect();
            format!("{kept}…")
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> String {
        ticks.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn numbers_are_round() {
        let cases = [
            (0.0, 7.0),
            (0.0, 0.3),
            (-3.5, 120.0),
            (0.0, 123_456.0),
            (1e6, 9e6),
            (0.0, 2.5e12),
            (0.0, 3e20),
            (-1e308, 1e308),
            (5e-9, 2e-8),
        ];
        let texts = cases.map(|(min, max)| labels(&of_numbers(min, max, 5)));
        insta::assert_snapshot!(texts.join("\n"), @"
        0 | 2 | 4 | 6
        0 | 0.1 | 0.2 | 0.3
        0 | 50 | 100
        0 | 50k | 100k
        2M | 4M | 6M | 8M
        0 | 0.5T | 1T | 1.5T | 2T | 2.5T
        0 | 1e20 | 2e20 | 3e20
        -1e308 | -5e307 | 0 | 5e307 | 1e308
        5e-9 | 1e-8 | 1.5e-8 | 2e-8
        ");
        insta::assert_snapshot!(labels(&of_powers(0.5, 20_000.0, 5)), @"1 | 10 | 100 | 1k | 10k");
        insta::assert_snapshot!(labels(&of_powers(2.0, 5.0, 5)), @"2 | 5");
        assert!(of_numbers(f64::NAN, f64::NAN, 0).len() <= MOST);
    }

    #[test]
    fn times_say_what_tells_them_apart() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).expect("time").timestamp() as f64;
        let start = at("2026-10-01T08:10:00Z");
        let spans = [0.4, 20.0, 3600.0, 40_000.0, 86_400.0 * 3.0, 86_400.0 * 40.0, 86_400.0 * 400.0, 86_400.0 * 9000.0];
        let texts = spans.map(|span| labels(&of_time(start, start + span, 5)));
        insta::assert_snapshot!(texts.join("\n"), @"
        08:10:00.000 | 08:10:00.100 | 08:10:00.200 | 08:10:00.300 | 08:10:00.400
        08:10:00 | 08:10:05 | 08:10:10 | 08:10:15 | 08:10:20
        08:15 | 08:30 | 08:45 | 09:00
        09:00 | 12:00 | 15:00 | 18:00
        10-02 | 10-03 | 10-04
        10-08 | 10-22 | 11-05
        2027-01 | 2027-04 | 2027-07 | 2027-10
        2030 | 2035 | 2040 | 2045 | 2050
        ");
        assert!(of_time(-1e300, 1e300, 5).len() <= MOST);
        assert_eq!(days(start, start + 60.0), "2026-10-01");
    }

    #[test]
    fn values_are_told_whole() {
        let texts = [0.0, -1_234_567.0, 999.0, 1000.5, 0.000_01, 1e18].map(exact);
        insta::assert_snapshot!(texts.join(" | "), @"0 | -1,234,567 | 999 | 1000.5 | 1.000e-5 | 1.000e18");
        assert_eq!((cut("größer", 4).as_str(), cut("ab", 2).as_str()), ("grö…", "ab"));
    }
}
