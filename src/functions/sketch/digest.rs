//! t-digest: values in order with their weights, for ranks and percentiles.
//!
//! Up to [`MOST`] different values are kept as they are, and every answer is exact; beyond, neighbours are merged into their weighted mean,
//! fewer of them near both ends. The least and the greatest value are always kept.
//!
//! As JSON: `[[kind],[value,…],[weight,…]]`. Kusto's kind of whole numbers is 7; the others are told by name.

use std::collections::BTreeMap;

use crate::{
    functions::{
        call::{Cell, push_real_json},
        moment_text::EPOCH_TICKS,
        text_form::{TICK, push_moment, push_span},
    },
    json::value::{Number, Value, Writer},
};

/// So many different values are kept before neighbours are merged.
const MOST: usize = 2048;

/// How many values are left about when neighbours are merged.
const LEFT: f64 = 1000.0;

/// What the values of a digest are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::functions) enum Kind {
    Long,
    Real,
    /// Kept as ticks since the year 1.
    Moment,
    /// Kept as ticks.
    Span,
}

impl Kind {
    fn code(self) -> &'static str {
        match self {
            Kind::Long => "7",
            Kind::Real => "\"real\"",
            Kind::Moment => "\"datetime\"",
            Kind::Span => "\"timespan\"",
        }
    }

    /// Appends a value as it is inside a dynamic.
    fn push(self, rank: i64, out: &mut String) {
        match self {
            Kind::Long => out.push_str(&rank.to_string()),
            Kind::Real => push_real_json(number_of(rank), out),
            Kind::Moment | Kind::Span => {
                out.push('"');
                match self {
                    Kind::Moment => push_moment(rank.saturating_sub(EPOCH_TICKS).saturating_mul(TICK), out),
                    _ => push_span(rank.saturating_mul(TICK), out),
                }
                out.push('"');
            }
        }
    }
}

/// A digest. What kind of values it has its first value tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::functions) struct Digest {
    kind: Option<Kind>,
    /// Weights by value; values as whole numbers in their order.
    weights: BTreeMap<i64, f64>,
}

impl Digest {
    /// Reads a digest, `None` if the value is none.
    pub fn read(value: Value) -> Option<Self> {
        let mut parts = value.items()?.map(Value::of);
        let (Some(head), Some(values), Some(weights), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let kind = head.items()?.next()?;
        let kind = [Kind::Long, Kind::Real, Kind::Moment, Kind::Span].into_iter().find(|known| known.code() == kind)?;
        let mut digest = Self { kind: Some(kind), weights: BTreeMap::new() };
        let (mut values, mut weights) = (values.items()?, weights.items()?);
        loop {
            match (values.next(), weights.next()) {
                (None, None) => return Some(digest),
                (Some(value), Some(weight)) => {
                    let rank = match (kind, Value::of(value).number()?) {
                        (Kind::Real, number) => rank_of(number.real()),
                        (_, Number::Long(long)) => long,
                        (_, Number::Real(_)) => return None,
                    };
                    let weight = Value::of(weight).number()?.real();
                    digest.put(rank, Some(weight).filter(|weight| *weight > 0.0)?);
                }
                _ => return None,
            }
        }
    }

    /// Appends the digest as JSON.
    pub fn write(&self, out: &mut String) {
        let kind = self.kind.unwrap_or(Kind::Long);
        let mut parts = Writer::array(out);
        parts.item(&format!("[{}]", kind.code()));
        parts.write(|out| {
            let mut values = Writer::array(out);
            for rank in self.weights.keys() {
                values.write(|out| match kind {
                    Kind::Real => push_real_json(number_of(*rank), out),
                    _ => out.push_str(&rank.to_string()),
                });
            }
            values.end();
        });
        parts.write(|out| {
            let mut weights = Writer::array(out);
            for weight in self.weights.values() {
                weights.item(&weight.to_string());
            }
            weights.end();
        });
        parts.end();
    }

    /// Takes in a value so many times. What has no place in an order, and values of another kind than the first, are left out.
    pub fn add(&mut self, value: Cell, weight: i64) {
        if let Some((kind, rank)) = rank(value)
            && weight > 0
            && *self.kind.get_or_insert(kind) == kind
        {
            self.put(rank, weight as f64);
        }
    }

    /// Takes in what another digest has seen; false, and nothing is done, if its values are of another kind.
    #[must_use]
    pub fn merge(&mut self, other: &Self) -> bool {
        let Some(kind) = other.kind else { return true };
        if *self.kind.get_or_insert(kind) != kind {
            return false;
        }
        other.weights.iter().for_each(|(rank, weight)| self.put(*rank, *weight));
        true
    }

    fn put(&mut self, rank: i64, weight: f64) {
        *self.weights.entry(rank).or_default() += weight;
        if self.weights.len() > MOST {
            self.merge_neighbours();
        }
    }

    /// Neighbours become one value where together they weigh no more than a share of the whole that is least at both ends.
    fn merge_neighbours(&mut self) {
        let total: f64 = self.weights.values().sum();
        let (least, greatest) = (self.weights.keys().next().copied(), self.weights.keys().next_back().copied());
        let mut left: BTreeMap<i64, f64> = BTreeMap::new();
        let (mut before, mut open): (f64, Option<(f64, f64)>) = (0.0, None);
        let kind = self.kind.unwrap_or(Kind::Long);
        let mut close = |open: Option<(f64, f64)>| {
            if let Some((sum, weight)) = open {
                *left.entry(rank_of_mean(kind, sum / weight)).or_default() += weight;
            }
        };
        for (rank, weight) in std::mem::take(&mut self.weights) {
            let value = real_of(kind, rank);
            let is_end = Some(rank) == least || Some(rank) == greatest;
            let middle = (before + weight / 2.0) / total;
            let most = std::f64::consts::TAU * total * (middle * (1.0 - middle)).sqrt() / LEFT;
            open = match open {
                Some((sum, so_far)) if !is_end && so_far + weight <= most => {
                    Some((sum + value * weight, so_far + weight))
                }
                other => {
                    close(other);
                    Some((value * weight, weight)).filter(|_| !is_end)
                }
            };
            if is_end {
                // Both ends as they are, whatever a double makes of them.
                self.weights.insert(rank, weight);
            }
            before += weight;
        }
        close(open);
        for (rank, weight) in left {
            *self.weights.entry(rank).or_default() += weight;
        }
    }

    fn total(&self) -> f64 {
        self.weights.values().sum()
    }

    /// Appends the least value with at least so many per cent of all at or below it, as it is inside a dynamic. `None` if there is none.
    pub fn push_percentile(&self, percent: f64, out: &mut String) -> Option<()> {
        if !(0.0..=100.0).contains(&percent) {
            return None;
        }
        let least = percent * self.total() / 100.0;
        let mut below = 0.0;
        let mut found = None;
        for (rank, weight) in &self.weights {
            below += weight;
            found = Some(*rank);
            if below >= least {
                break;
            }
        }
        self.kind?.push(found?, out);
        Some(())
    }

    /// How many values are at or below one. `None` if there are no values, or the value is of another kind.
    pub fn rank(&self, value: Cell) -> Option<f64> {
        let (kind, rank) = rank(value)?;
        let rank = match (self.kind?, kind) {
            (own, other) if own == other => rank,
            (Kind::Real, Kind::Long) => rank_of(rank as f64),
            (Kind::Long, Kind::Real) => number_of(rank).floor() as i64,
            _ => return None,
        };
        Some(self.weights.range(..=rank).map(|(_, weight)| weight).sum())
    }

    /// The same as a percentage of all values.
    pub fn percent_rank(&self, value: Cell) -> Option<f64> {
        Some(self.rank(value)? * 100.0 / self.total())
    }

    /// Whether no value was taken in.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// Bytes held beyond the digest's own size.
    pub fn held(&self) -> usize {
        self.weights.len() * 3 * size_of::<i64>()
    }
}

/// A value as a whole number that is in the same order as others of its kind.
fn rank(value: Cell) -> Option<(Kind, i64)> {
    Some(match value {
        Cell::Long(long) => (Kind::Long, long),
        Cell::Real(real) if real.is_nan() => return None,
        Cell::Real(real) => (Kind::Real, rank_of(real)),
        Cell::Decimal(decimal) => (Kind::Real, rank_of(decimal as f64 / 1e18)),
        Cell::Whole(whole) => (Kind::Real, rank_of(whole as f64)),
        Cell::Moment(moment) => (Kind::Moment, moment.div_euclid(TICK).saturating_add(EPOCH_TICKS)),
        Cell::Span(span) => (Kind::Span, span.div_euclid(TICK)),
        Cell::Dynamic(value) => return value.number().and_then(|number| rank(of_number(number))),
        Cell::Null | Cell::Bool(_) | Cell::Text(_) => return None,
    })
}

fn of_number(number: Number) -> Cell<'static> {
    match number {
        Number::Long(long) => Cell::Long(long),
        Number::Real(real) => Cell::Real(real),
    }
}

fn real_of(kind: Kind, rank: i64) -> f64 {
    if kind == Kind::Real { number_of(rank) } else { rank as f64 }
}

fn rank_of_mean(kind: Kind, mean: f64) -> i64 {
    if kind == Kind::Real { rank_of(mean) } else { mean.round() as i64 }
}

/// The bits of a double, those below the sign turned over where it is negative; zeros of both signs are one.
fn rank_of(number: f64) -> i64 {
    let bits = (number + 0.0).to_bits() as i64;
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

fn number_of(rank: i64) -> f64 {
    f64::from_bits((if rank < 0 { rank ^ i64::MAX } else { rank }) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl Iterator<Item = i64>) -> Digest {
        let mut digest = Digest::default();
        values.for_each(|value| digest.add(Cell::Long(value), 1));
        digest
    }

    fn percentile(digest: &Digest, percent: f64) -> i64 {
        let mut out = String::new();
        digest.push_percentile(percent, &mut out).unwrap();
        out.parse().unwrap()
    }

    #[test]
    fn few_values_are_exact() {
        let digest = of(1..=1000);
        for (percent, value) in [(0.0, 1), (50.0, 500), (99.95, 1000), (100.0, 1000)] {
            assert_eq!(percentile(&digest, percent), value, "{percent}");
        }
        assert_eq!(digest.rank(Cell::Long(685)), Some(685.0));
        assert_eq!(digest.rank(Cell::Real(685.5)), Some(685.0));
        assert_eq!(digest.percent_rank(Cell::Long(0)), Some(0.0));
        assert_eq!(digest.rank(Cell::Moment(0)), None);
    }

    #[test]
    fn many_values_are_near_and_keep_their_ends() {
        let many = 100_000;
        let digest = of((0..many).map(|place| place * 7919 % many));
        assert!(digest.weights.len() <= MOST);
        assert_eq!(digest.total(), many as f64);
        assert_eq!((percentile(&digest, 0.0), percentile(&digest, 100.0)), (0, many - 1));
        for percent in [1.0, 10.0, 50.0, 90.0, 99.0] {
            let off = (percentile(&digest, percent) as f64 - percent * many as f64 / 100.0).abs() / many as f64;
            assert!(off < 0.005, "{percent}: off by {off}");
        }
    }

    #[test]
    fn a_digest_is_read_as_it_was_written() {
        let mut values = [Cell::Long(-3), Cell::Real(-0.5), Cell::Moment(-100), Cell::Span(1_000)].map(|value| {
            let mut digest = Digest::default();
            digest.add(value, 3);
            digest.add(value, 2);
            digest
        });
        values[0].add(Cell::Real(1.0), 1);
        for digest in values {
            let mut json = String::new();
            digest.write(&mut json);
            assert_eq!(Digest::read(Value::of(&json)), Some(digest));
        }
        for other in ["null", "[[7],[1],[]]", "[[8],[1],[1]]", "[[7],[1.5],[1]]", "[[7],[1],[0]]", "[7]"] {
            assert_eq!(Digest::read(Value::of(other)), None, "{other}");
        }
    }

    #[test]
    fn kinds_do_not_mix() {
        let (mut digest, mut other) = (of(1..3), Digest::default());
        other.add(Cell::Moment(0), 1);
        assert!(!digest.merge(&other));
        assert!(digest.merge(&Digest::default()));
        assert_eq!(digest, of(1..3));
    }
}
