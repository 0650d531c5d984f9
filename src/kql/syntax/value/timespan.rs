//! Timespans: `1.5h`, `15 seconds`, `2` (days), `1.02:03:04.5`.

use super::{TICKS_PER_DAY, TICKS_PER_SECOND};
use crate::kql::syntax::lexer::UNITS;

/// The ticks of a timespan, in any of the forms of `timespan(…)` but `null`. `None` if it is none or does not fit 64 bits.
pub fn timespan(text: &str) -> Option<i64> {
    let text = text.trim();
    match text {
        "min" => return Some(i64::MIN),
        "max" => return Some(i64::MAX),
        _ => {}
    }
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let ticks = if magnitude.contains(':') { clock(magnitude)? } else { i128::from(with_unit(magnitude)?) };
    i64::try_from(if negative { -ticks } else { ticks }).ok()
}

/// The ticks of a number without sign and its unit; without a unit it counts days. Fractions are rounded to the nearest tick.
pub(in crate::kql::syntax) fn with_unit(text: &str) -> Option<i64> {
    let split = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(split)?;
    let unit = unit.trim_start();
    let (_, ticks) = UNITS.iter().find(|(name, _)| *name == unit)?;
    // Hundredths of a tick, because a nanosecond is one.
    let hundredths = if *ticks == 0 { 1 } else { i128::from(*ticks) * 100 };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { i128::from(whole.parse::<u64>().ok()?) };
    // Digits behind the twelfth are less than a tick of any unit.
    let fraction = fraction.get(..fraction.len().min(12))?;
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let fraction: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let value = (whole * scale + fraction).checked_mul(hundredths)?;
    i64::try_from((value + scale * 50) / (scale * 100)).ok()
}

/// `[d.]hh:mm[:ss[.fffffff]]`
fn clock(text: &str) -> Option<i128> {
    let mut parts = text.split(':');
    let first = parts.next()?;
    let (days, hours) = first.split_once('.').unwrap_or(("0", first));
    let minutes = parts.next()?;
    let seconds = parts.next().unwrap_or("0");
    if parts.next().is_some() {
        return None;
    }
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let number = |text: &str, below: u32| {
        let digits = !text.is_empty() && text.len() <= 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u32>().ok()).flatten().filter(|value| *value < below)
    };
    let days = i128::from(number(days, u32::MAX)?);
    let seconds_of_day = number(hours, 24)? * 3600 + number(minutes, 60)? * 60 + number(seconds, 60)?;
    Some(
        days * i128::from(TICKS_PER_DAY)
            + i128::from(seconds_of_day) * i128::from(TICKS_PER_SECOND)
            + i128::from(fraction_ticks(fraction)?),
    )
}

/// The ticks of the digits behind the point of a second. What is less than a tick is cut off.
pub(super) fn fraction_ticks(digits: &str) -> Option<i64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    let shown = digits.get(..digits.len().min(7))?;
    if shown.is_empty() {
        return Some(0);
    }
    let value: i64 = shown.parse().ok()?;
    Some(value * 10_i64.pow(u32::try_from(7 - shown.len()).ok()?))
}
