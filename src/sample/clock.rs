//! Instants as Defender counts them: in ticks of 100 nanoseconds, seven fractional digits.

use chrono::{DateTime, Datelike, Timelike, Utc};

/// 100-nanosecond ticks since the Unix epoch, UTC; also a span of such ticks.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Ticks(pub(super) i64);

impl Ticks {
    pub(super) const SECOND: Ticks = Ticks(10_000_000);
    pub(super) const HOUR: Ticks = Ticks(3600 * Self::SECOND.0);

    /// The instant of a chrono time; what is finer than a tick is cut off.
    pub(super) fn from_utc(time: DateTime<Utc>) -> Self {
        Self(time.timestamp() * Self::SECOND.0 + i64::from(time.timestamp_subsec_nanos() / 100))
    }

    /// As a chrono time. Times outside chrono's range become the epoch.
    pub(super) fn utc(self) -> DateTime<Utc> {
        let seconds = self.0.div_euclid(Self::SECOND.0);
        let nanos = self.0.rem_euclid(Self::SECOND.0) * 100;
        DateTime::from_timestamp(seconds, u32::try_from(nanos).unwrap_or(0)).unwrap_or_default()
    }

    pub(super) fn seconds(count: i64) -> Self {
        Self(count * Self::SECOND.0)
    }

    /// Later by a span.
    pub(super) fn plus(self, span: Ticks) -> Self {
        Self(self.0 + span.0)
    }

    /// Earlier by a span.
    pub(super) fn minus(self, span: Ticks) -> Self {
        Self(self.0 - span.0)
    }

    /// Cut to so many fractional digits, 0 to 7.
    pub(super) fn cut(self, digits: u32) -> Self {
        let step = 10_i64.pow(7 - digits.min(7));
        Self(self.0 - self.0.rem_euclid(step))
    }

    /// Appends `2026-07-18T14:08:56`, then the fraction as asked for, then `Z` unless `zone` is false.
    pub(super) fn write(self, out: &mut Vec<u8>, fraction: Fraction, zone: bool) {
        let time = self.utc();
        push_digits(out, time.year().unsigned_abs(), 4);
        for (mark, part) in [
            (b'-', time.month()),
            (b'-', time.day()),
            (b'T', time.hour()),
            (b':', time.minute()),
            (b':', time.second()),
        ] {
            out.push(mark);
            push_digits(out, part, 2);
        }
        let mut ticks = time.nanosecond() / 100;
        let mut digits = match fraction {
            Fraction::Trimmed => 7,
            Fraction::Digits(digits) => digits.min(7),
        };
        ticks /= 10_u32.pow(7 - digits);
        while matches!(fraction, Fraction::Trimmed) && digits > 0 && ticks.is_multiple_of(10) {
            ticks /= 10;
            digits -= 1;
        }
        if digits > 0 {
            out.push(b'.');
            push_digits(out, ticks, digits);
        }
        if zone {
            out.push(b'Z');
        }
    }

    /// The same as a string, with trailing zeros of the fraction dropped.
    pub(super) fn to_text(self) -> String {
        let mut out = Vec::with_capacity(28);
        self.write(&mut out, Fraction::Trimmed, true);
        String::from_utf8_lossy(&out).into_owned()
    }
}

/// How the fraction of a second is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fraction {
    /// Up to seven digits, trailing zeros dropped: what `properties` hold.
    Trimmed,
    /// Exactly so many digits: `time` and `_TimeReceivedBySvc` have seven.
    Digits(u32),
}

/// When a row happened and when the service got it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) at: Ticks,
    pub(super) received: Ticks,
}

/// A half-open span of receipt times: `[start, start + length)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) start: Ticks,
    pub(super) length: Ticks,
}

impl Window {
    pub(super) fn end(self) -> Ticks {
        self.start.plus(self.length)
    }

    pub(super) fn contains(self, time: Ticks) -> bool {
        self.start <= time && time < self.end()
    }
}

/// Appends an instant as a JSON string with trailing zeros of the fraction dropped.
pub(super) fn push_time(out: &mut Vec<u8>, time: Ticks) {
    out.push(b'"');
    time.write(out, Fraction::Trimmed, true);
    out.push(b'"');
}

fn push_digits(out: &mut Vec<u8>, number: u32, width: u32) {
    let mut scale = 10_u32.pow(width - 1);
    for _ in 0..width {
        out.push(b'0' + u8::try_from(number / scale % 10).unwrap_or(0));
        scale = (scale / 10).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions() {
        let time = Ticks(17_843_837_361_234_500);
        let spelled = |fraction, zone| {
            let mut out = Vec::new();
            time.write(&mut out, fraction, zone);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(spelled(Fraction::Trimmed, true), "2026-07-18T14:08:56.12345Z");
        assert_eq!(spelled(Fraction::Digits(7), false), "2026-07-18T14:08:56.1234500");
        assert_eq!(spelled(Fraction::Digits(0), true), "2026-07-18T14:08:56Z");
        assert_eq!(time.cut(3).to_text(), "2026-07-18T14:08:56.123Z");
    }
}
