//! HyperLogLog: how many different hashes there were.
//!
//! Up to [`EXACT`] hashes are kept as they are; beyond, a register for each value of a hash's first bits keeps the longest run of zeros
//! behind them. The count out of registers is Ertl's improved estimate (arXiv 1702.01284), which needs no case for small or large counts.
//!
//! As JSON: `[[1024,bits],["hash",…],[]]`, and with registers `[[1024,bits],[],["base64"]]`.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::json::value::{Number, Value, Writer};

/// So many hashes are kept before they become registers.
const EXACT: usize = 1024;

/// The bits of a hash that choose its register, by the accuracy asked for, 0 to 4.
const BITS: [u8; 5] = [12, 14, 16, 17, 18];

/// A sketch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::functions) struct Hll {
    bits: u8,
    kept: Kept,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kept {
    Hashes(BTreeSet<i64>),
    Registers(Vec<u8>),
}

impl Hll {
    /// An empty sketch; `None` if the accuracy is none of 0 to 4.
    pub fn new(accuracy: usize) -> Option<Self> {
        BITS.get(accuracy).map(|bits| Self { bits: *bits, kept: Kept::Hashes(BTreeSet::new()) })
    }

    /// Reads a sketch, `None` if the value is none.
    pub fn read(value: Value) -> Option<Self> {
        let mut parts = value.items()?.map(Value::of);
        let (Some(head), Some(hashes), Some(registers), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let bits = match head.items()?.nth(1).map(Value::of)?.number()? {
            Number::Long(bits) => u8::try_from(bits).ok().filter(|bits| BITS.contains(bits))?,
            Number::Real(_) => return None,
        };
        let hashes =
            hashes.items()?.map(|hash| Value::of(hash).text().parse().ok()).collect::<Option<BTreeSet<_>>>()?;
        let registers = registers.items()?.map(Value::of).collect::<Vec<_>>();
        let kept = match registers.as_slice() {
            [] if hashes.len() <= EXACT => Kept::Hashes(hashes),
            [Value::String(inside)] if hashes.is_empty() => {
                let registers = STANDARD.decode(inside).ok()?;
                let most = 65 - bits;
                let fits = registers.len() == 1 << bits && registers.iter().all(|run| *run <= most);
                fits.then_some(Kept::Registers(registers))?
            }
            _ => return None,
        };
        Some(Self { bits, kept })
    }

    /// Appends the sketch as JSON.
    pub fn write(&self, out: &mut String) {
        let mut parts = Writer::array(out);
        parts.item(&format!("[{EXACT},{}]", self.bits));
        parts.write(|out| {
            let mut hashes = Writer::array(out);
            if let Kept::Hashes(kept) = &self.kept {
                kept.iter().for_each(|hash| hashes.text(&hash.to_string()));
            }
            hashes.end();
        });
        parts.write(|out| {
            let mut registers = Writer::array(out);
            if let Kept::Registers(kept) = &self.kept {
                registers.text(&STANDARD.encode(kept));
            }
            registers.end();
        });
        parts.end();
    }

    /// Takes in a hash.
    pub fn add(&mut self, hash: i64) {
        match &mut self.kept {
            Kept::Hashes(hashes) => {
                hashes.insert(hash);
                if hashes.len() > EXACT {
                    self.kept = Kept::Registers(self.registers());
                }
            }
            Kept::Registers(registers) => register(registers, self.bits, hash),
        }
    }

    /// Takes in what another sketch has seen; false, and nothing is done, if it is of another accuracy.
    #[must_use]
    pub fn merge(&mut self, other: &Self) -> bool {
        if self.bits != other.bits {
            return false;
        }
        match &other.kept {
            Kept::Hashes(hashes) => hashes.iter().for_each(|hash| self.add(*hash)),
            Kept::Registers(others) => {
                let mut registers = self.registers();
                registers.iter_mut().zip(others).for_each(|(own, other)| *own = (*own).max(*other));
                self.kept = Kept::Registers(registers);
            }
        }
        true
    }

    /// How many different hashes there were: exact while hashes are kept.
    pub fn count(&self) -> i64 {
        match &self.kept {
            Kept::Hashes(hashes) => i64::try_from(hashes.len()).unwrap_or(i64::MAX),
            Kept::Registers(registers) => estimate(registers, self.bits).round() as i64,
        }
    }

    /// How many hashes all of the sketches have seen, `None` if they are of several accuracies. Where registers stand for hashes it
    /// follows from the counts of all unions, and its error is that of the largest of them.
    pub fn count_common(sketches: &[Self]) -> Option<i64> {
        let (first, rest) = sketches.split_first()?;
        if rest.iter().any(|other| other.bits != first.bits) {
            return None;
        }
        let hashes: Option<Vec<&BTreeSet<i64>>> = sketches.iter().map(Self::hashes).collect();
        if let Some(hashes) = hashes {
            let (first, rest) = hashes.split_first()?;
            let common = first.iter().filter(|hash| rest.iter().all(|other| other.contains(hash)));
            return i64::try_from(common.count()).ok();
        }
        Some(unions(None, sketches).round().max(0.0) as i64)
    }

    fn hashes(&self) -> Option<&BTreeSet<i64>> {
        match &self.kept {
            Kept::Hashes(hashes) => Some(hashes),
            Kept::Registers(_) => None,
        }
    }

    fn registers(&self) -> Vec<u8> {
        match &self.kept {
            Kept::Registers(registers) => registers.clone(),
            Kept::Hashes(hashes) => {
                let mut registers = vec![0; 1 << self.bits];
                hashes.iter().for_each(|hash| register(&mut registers, self.bits, *hash));
                registers
            }
        }
    }

    /// Bytes held beyond the sketch's own size.
    pub fn held(&self) -> usize {
        match &self.kept {
            Kept::Hashes(hashes) => hashes.len() * 2 * size_of::<i64>(),
            Kept::Registers(registers) => registers.len(),
        }
    }
}

/// The sum over all choices of sketches of the count of their union with `before`, added for odd choices and taken off for even ones: by
/// inclusion and exclusion, the count of what all have in common.
fn unions(before: Option<&Hll>, sketches: &[Hll]) -> f64 {
    let Some((first, rest)) = sketches.split_first() else { return 0.0 };
    let mut with = first.clone();
    // Of one accuracy, the caller saw to it.
    let merged = before.is_none_or(|before| with.merge(before));
    debug_assert!(merged, "sketches of one accuracy merge");
    with.count() as f64 - unions(Some(&with), rest) + unions(before, rest)
}

/// Keeps the place of a hash's first one behind the bits that choose its register.
fn register(registers: &mut [u8], bits: u8, hash: i64) {
    let hash = hash as u64;
    let place = usize::try_from(hash >> (64 - bits)).unwrap_or_default();
    // The bit that is put behind the last ends a run of nothing but zeros.
    let run = ((hash << bits) | (1 << (bits - 1))).leading_zeros() + 1;
    if let Some(longest) = registers.get_mut(place) {
        *longest = (*longest).max(u8::try_from(run).unwrap_or(u8::MAX));
    }
}

fn estimate(registers: &[u8], bits: u8) -> f64 {
    let longest = usize::from(64 - bits) + 1;
    let mut counts = vec![0.0; longest + 1];
    for run in registers {
        if let Some(count) = counts.get_mut(usize::from(*run)) {
            *count += 1.0;
        }
    }
    let all = registers.len() as f64;
    let count = |place: usize| counts.get(place).copied().unwrap_or_default();
    let mut sum = all * tau(1.0 - count(longest) / all);
    for place in (1..longest).rev() {
        sum = 0.5 * (sum + count(place));
    }
    sum += all * sigma(count(0) / all);
    all * all / (2.0 * std::f64::consts::LN_2 * sum)
}

fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * y;
        y += y;
        if sum == before {
            return sum;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = sum;
        y *= 0.5;
        sum -= (1.0 - x) * (1.0 - x) * y;
        if sum == before {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hash for each number, by the finaliser of MurmurHash 3.
    fn hash(number: u64) -> i64 {
        let mut hash = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        (hash ^ (hash >> 33)) as i64
    }

    fn of(numbers: std::ops::Range<u64>, accuracy: usize) -> Hll {
        let mut sketch = Hll::new(accuracy).unwrap();
        numbers.for_each(|number| sketch.add(hash(number)));
        sketch
    }

    #[test]
    fn few_are_exact_and_many_are_near() {
        assert_eq!(of(0..1024, 0).count(), 1024);
        for (accuracy, error) in [(0, 0.016), (1, 0.008), (2, 0.004), (3, 0.0028), (4, 0.002)] {
            for many in [1_025_u64, 20_000, 300_000] {
                let off = (of(0..many, accuracy).count() as f64 / many as f64 - 1.0).abs();
                assert!(off < 3.0 * error, "{many} with accuracy {accuracy}: off by {off}");
            }
        }
        assert_eq!(Hll::new(5), None);
    }

    #[test]
    fn merging_is_as_good_as_adding() {
        for (first, second) in
            [(0..10, 5..20), (0..10, 0..3000), (0..3000, 0..10), (0..3000, 2000..5000), (0..700, 600..1300)]
        {
            let mut merged = of(first.clone(), 1);
            assert!(merged.merge(&of(second.clone(), 1)));
            assert_eq!(merged, of(first.start..second.end.max(first.end), 1));
            assert!(!merged.merge(&of(0..1, 2)));
        }
    }

    #[test]
    fn a_sketch_is_read_as_it_was_written() {
        for sketch in [of(0..0, 0), of(0..3, 1), of(0..5000, 2)] {
            let mut json = String::new();
            sketch.write(&mut json);
            assert_eq!(Hll::read(Value::of(&json)), Some(sketch));
        }
        for other in ["null", "[]", "[[1024,13],[],[]]", r#"[[1024,14],["x"],[]]"#, r#"[[1024,14],[],["AA=="]]"#, "{}"]
        {
            assert_eq!(Hll::read(Value::of(other)), None, "{other}");
        }
    }

    #[test]
    fn what_is_common() {
        let sketch = |from, to| of(from..to, 1);
        assert_eq!(Hll::count_common(&[sketch(0, 60), sketch(50, 100), sketch(58, 300)]), Some(2));
        assert_eq!(Hll::count_common(&[sketch(0, 1), of(0..1, 2)]), None);
        let common = Hll::count_common(&[sketch(0, 60_000), sketch(30_000, 90_000)]).unwrap();
        assert!((28_000..32_000).contains(&common), "{common}");
    }
}
