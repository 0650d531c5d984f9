//! Chance that can be repeated: every part of the sample has a stream of its own, named by numbers, so that what is
//! written does not depend on how many threads write it.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of random choices.
#[derive(Clone)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of one part of the sample; equal arguments give equal streams.
    pub(super) fn new(seed: u64, part: &[u64]) -> Self {
        Self(ChaCha8Rng::seed_from_u64(part.iter().fold(mix(seed), |state, number| mix(state ^ mix(*number)))))
    }

    /// A number below `bound`, or 0 if `bound` is 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.0.next_u64()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// A number of `[low, high)`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.below(u64::try_from(high - low).unwrap_or(0))).unwrap_or(0)
    }

    /// An index below `len`, small ones far more often: a few programs, sites and people do most of the work.
    pub(super) fn skewed(&mut self, len: usize) -> usize {
        let first = self.below(1 << 16);
        let share = first * first * first; // the cube of a fraction, in units of 2^-48
        usize::try_from((u128::from(share) * len as u128) >> 48).unwrap_or(0)
    }

    /// An index into cumulative weights: `[2, 5]` gives 0 twice in five times. Weights must not be empty.
    pub(super) fn weighted(&mut self, cumulative: &[u64]) -> usize {
        let roll = self.below(cumulative.last().copied().unwrap_or(0));
        cumulative.partition_point(|weight| *weight <= roll).min(cumulative.len().saturating_sub(1))
    }

    /// Appends a decimal number of exactly so many digits, the first not 0.
    pub(super) fn digits(&mut self, out: &mut Vec<u8>, count: usize) {
        let mut number = self.0.next_u64();
        for place in 0..count {
            let digit = number % 10;
            out.push(b'0' + u8::try_from(if place == 0 { digit % 9 + 1 } else { digit }).unwrap_or(0));
            number /= 10;
        }
    }

    /// Appends so many hexadecimal digits.
    pub(super) fn hex(&mut self, out: &mut Vec<u8>, count: usize, upper: bool) {
        let alphabet: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        let mut bits = 0;
        for place in 0..count {
            if place % 16 == 0 {
                bits = self.0.next_u64();
            }
            out.push(alphabet[(bits & 15) as usize]);
            bits >>= 4;
        }
    }

    /// Appends a GUID.
    pub(super) fn guid(&mut self, out: &mut Vec<u8>, upper: bool) {
        for (part, count) in [8, 4, 4, 4, 12].into_iter().enumerate() {
            if part > 0 {
                out.push(b'-');
            }
            self.hex(out, count, upper);
        }
    }

    /// What [`Dice::hex`] appends, as text.
    pub(super) fn hex_text(&mut self, count: usize) -> String {
        text(|out| self.hex(out, count, false))
    }

    /// What [`Dice::guid`] appends, as text.
    pub(super) fn guid_text(&mut self) -> String {
        text(|out| self.guid(out, false))
    }

    /// What [`Dice::digits`] appends, as text.
    pub(super) fn digits_text(&mut self, count: usize) -> String {
        text(|out| self.digits(out, count))
    }
}

/// A number that stands for a name: of it the hashes of a file are made, so that a file has the same hashes in every
/// table and on every device. Letter case does not count.
pub(super) fn fingerprint(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |state, byte| mix(state ^ u64::from(byte.to_ascii_lowercase())))
}

fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// SplitMix64's finisher: spreads every bit of the input over the output.
fn mix(number: u64) -> u64 {
    let mut state = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        assert_eq!(Dice::new(1, &[2, 3]).hex_text(40), Dice::new(1, &[2, 3]).hex_text(40));
        assert_ne!(Dice::new(1, &[2, 3]).hex_text(40), Dice::new(1, &[3, 2]).hex_text(40));
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::new(7, &[]);
        let hits = (0..1000).filter(|_| dice.weighted(&[900, 1000]) == 1).count();
        assert!((50..150).contains(&hits), "{hits}");
        assert!((0..1000).all(|_| dice.skewed(5) < 5));
    }

    #[test]
    fn shapes() {
        let mut dice = Dice::new(7, &[]);
        assert_eq!(dice.guid_text().len(), 36);
        assert_eq!(dice.digits_text(19).len(), 19);
        assert_eq!(fingerprint(b"A.exe"), fingerprint(b"a.EXE"));
    }
}
