//! An axis: the span of its values, and where on a line of pixels a value lies.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};

use super::ticks::{self, Tick};

/// What the values of an axis are.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Unit {
    Number,
    /// Seconds since 1970.
    Time,
    /// Each whole number is one of these names.
    Names(Vec<String>),
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    pub(super) unit: Unit,
    pub(super) min: f64,
    pub(super) max: f64,
    /// Logarithmic; both ends are then above zero.
    pub(super) log: bool,
}

impl Scale {
    /// An axis over these values, from and to the ends that are given. Values that are alone get room at both sides.
    pub(super) fn over(
        values: impl Iterator<Item = f64>,
        unit: Unit,
        log: bool,
        ends: (Option<f64>, Option<f64>),
    ) -> Self {
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| !log || *value > 0.0) {
            (min, max) = (min.min(value), max.max(value));
        }
        if min > max {
            (min, max) = if log { (1.0, 10.0) } else { (0.0, 1.0) };
        }
        let fits = |end: &f64| !log || *end > 0.0;
        min = ends.0.filter(fits).unwrap_or(min);
        max = ends.1.filter(fits).unwrap_or(max);
        if min >= max {
            let room = if unit == Unit::Time { 1800.0 } else { (min.abs() / 2.0).max(0.5) };
            (min, max) = if log { (min / 2.0, min * 2.0) } else { (min - room, min + room) };
        }
        let clamp = |value: f64| value.clamp(f64::MIN / 2.0, f64::MAX / 2.0);
        Self { unit, min: clamp(min), max: clamp(max), log }
    }

    /// An axis of names, half a place beyond the first and the last.
    pub(super) fn of_names(names: Vec<String>) -> Self {
        let count = names.len().max(1) as f64;
        Self { unit: Unit::Names(names), min: -0.5, max: count - 0.5, log: false }
    }

    /// How far along the axis a value lies, from 0 to 1; none if it lies beyond an end, or has no place at all.
    pub(super) fn share(&self, value: f64) -> Option<f64> {
        if value < self.min || value > self.max || value.is_nan() {
            return None;
        }
        let (low, high, value) =
            if self.log { (self.min.ln(), self.max.ln(), value.ln()) } else { (self.min, self.max, value) };
        // The ends may be so far apart that their distance is no number.
        let share = (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
        share.is_finite().then_some(share.clamp(0.0, 1.0))
    }

    /// As [`Scale::share`]; what lies beyond an end is at that end.
    pub(super) fn clamped(&self, value: f64) -> f64 {
        self.share(value.clamp(self.min, self.max)).unwrap_or(0.0)
    }

    /// Where to put labels, and which: `most` at most, of at most so many characters each.
    pub(super) fn ticks(&self, most: usize, longest: usize) -> Vec<Tick> {
        match &self.unit {
            Unit::Names(names) => ticks::of_names(names, most, longest),
            Unit::Time => ticks::of_time(self.min, self.max, most),
            Unit::Number if self.log => ticks::of_powers(self.min, self.max, most),
            Unit::Number => ticks::of_numbers(self.min, self.max, most),
        }
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (self.clamped(*value) * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        self.ticks(hint.max_num_points(), usize::MAX).into_iter().map(|tick| tick.at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.min..self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(values: &[f64], log: bool) -> Scale {
        Scale::over(values.iter().copied(), Unit::Number, log, (None, None))
    }

    #[test]
    fn any_numbers_have_an_axis_and_a_place() {
        assert_eq!(over(&[], false).range(), 0.0..1.0);
        assert_eq!(over(&[7.0], false).share(7.0), Some(0.5));
        let wide = over(&[-f64::MAX, f64::MAX], false);
        assert_eq!((wide.clamped(f64::MAX), wide.clamped(-f64::MAX), wide.clamped(0.0)), (1.0, 0.0, 0.5));
        let log = over(&[-5.0, 0.0, 1.0, 10_000.0], true);
        assert_eq!((log.share(100.0), log.share(0.0), log.share(-1.0)), (Some(0.5), None, None));
        assert_eq!(over(&[1.0, 3.0], false).map(&2.0, (100, 0)), 50);
        assert_eq!(Scale::of_names(Vec::new()).share(0.0), Some(0.5));
    }

    #[test]
    fn given_ends_are_kept() {
        let scale = Scale::over([1.0, 5.0].into_iter(), Unit::Number, false, (Some(0.0), Some(10.0)));
        assert_eq!(scale.range(), 0.0..10.0);
        let log = Scale::over([1.0, 5.0].into_iter(), Unit::Number, true, (Some(0.0), None));
        assert_eq!(log.range(), 1.0..5.0);
    }
}
