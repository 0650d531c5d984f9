//! Finding one byte string in others, with or without regard to the case of ASCII letters. Knows nothing of terms.
//!
//! Why not a library: `memchr`'s substring search has no case-insensitive form, `aho-corasick` takes about 150 ns and
//! a regular expression 30 ns for a command line of 130 bytes, and both must be built first, which is out of the
//! question when every row brings its own needle. This takes 20 ns, whatever the needle, and nothing to build.

use super::Case;

/// Positions tested at once, in long texts, in file names, and in words.
const BLOCK: usize = 64;
const SMALL_BLOCK: usize = 16;
const SMALLEST_BLOCK: usize = 8;

/// A byte string to look for.
///
/// A position of the haystack is first tested with four bytes of the needle, spread over its length, a block of
/// positions at a time (the compiler turns that loop into vector instructions). What passes is compared in full.
/// A needle and a haystack made for it can force a full comparison at every position; neither is met in practice.
#[derive(Debug)]
pub(super) struct Needle {
    bytes: Box<[u8]>,
    case: Case,
    probes: [Probe; 4],
}

/// A byte that the needle has at `offset`. Where case does not count, a letter's case bit is set on both sides.
#[derive(Debug, Clone, Copy)]
struct Probe {
    offset: usize,
    byte: u8,
    case_bit: u8,
}

impl Needle {
    /// A needle; letters in the needle are small already where case does not count.
    pub fn new(needle: &str, case: Case) -> Self {
        let bytes: Box<[u8]> = needle.as_bytes().into();
        let last = bytes.len().saturating_sub(1);
        let probes = [0, last / 3, last - last / 3, last].map(|offset| {
            let byte = bytes.get(offset).copied().unwrap_or_default();
            let folds = case == Case::Insensitive && byte.is_ascii_lowercase();
            Probe { offset, byte, case_bit: if folds { 0x20 } else { 0 } }
        });
        Self { bytes, case, probes }
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the haystack goes on with the needle at `at`.
    pub fn is_at(&self, haystack: &[u8], at: usize) -> bool {
        haystack.get(at..at + self.len()).is_some_and(|here| match self.case {
            Case::Sensitive => here == &*self.bytes,
            Case::Insensitive => here.eq_ignore_ascii_case(&self.bytes),
        })
    }

    /// Whether `accept` takes the place of any occurrence, overlapping ones included. It is asked in no certain order
    /// and may be asked twice for one place.
    pub fn any_occurrence(&self, haystack: &[u8], mut accept: impl FnMut(usize) -> bool) -> bool {
        let Some(last) = haystack.len().checked_sub(self.len()) else { return false };
        if self.bytes.is_empty() {
            return (0..=last).any(accept);
        }
        match last + 1 {
            BLOCK.. => self.any_in_blocks::<BLOCK>(haystack, last + 1, &mut accept),
            SMALL_BLOCK.. => self.any_in_blocks::<SMALL_BLOCK>(haystack, last + 1, &mut accept),
            SMALLEST_BLOCK.. => self.any_in_blocks::<SMALLEST_BLOCK>(haystack, last + 1, &mut accept),
            _ => (0..=last).any(|at| self.is_at(haystack, at) && accept(at)),
        }
    }

    /// The same in blocks of `N` of the first `positions`, of which there are at least `N`. The last block ends with
    /// the last position and may overlap the one before.
    fn any_in_blocks<const N: usize>(
        &self,
        haystack: &[u8],
        positions: usize,
        accept: &mut impl FnMut(usize) -> bool,
    ) -> bool {
        let mut start = 0;
        loop {
            if self.may_start_in::<N>(haystack, start)
                && (start..start + N).any(|at| self.is_at(haystack, at) && accept(at))
            {
                return true;
            }
            if start + N >= positions {
                return false;
            }
            start = (start + N).min(positions - N);
        }
    }

    /// Whether all probes hold at one of the `N` positions from `start`.
    #[inline]
    fn may_start_in<const N: usize>(&self, haystack: &[u8], start: usize) -> bool {
        let mut differs = [0u8; N];
        for Probe { offset, byte, case_bit } in self.probes {
            let Some(window) = haystack.get(start + offset..).and_then(<[u8]>::first_chunk::<N>) else { return false };
            for (differs, here) in differs.iter_mut().zip(window) {
                *differs |= (here | case_bit) ^ byte;
            }
        }
        differs.iter().fold(false, |any, &differs| any | (differs == 0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn occurrences(needle: &str, case: Case, haystack: &str) -> Vec<usize> {
        let mut places = Vec::new();
        Needle::new(needle, case).any_occurrence(haystack.as_bytes(), |at| {
            places.push(at);
            false
        });
        places.sort_unstable();
        places.dedup();
        places
    }

    #[test]
    fn finds_overlapping_occurrences() {
        assert_eq!(occurrences("aa", Case::Sensitive, "aaaa"), [0, 1, 2]);
        assert_eq!(occurrences("aa", Case::Insensitive, "aAaA"), [0, 1, 2]);
        assert_eq!(occurrences("", Case::Sensitive, "ab"), [0, 1, 2]);
        assert_eq!(occurrences("abc", Case::Sensitive, "ab"), [0usize; 0]);
    }

    #[test]
    fn the_case_bit_is_for_letters_only() {
        assert_eq!(occurrences("@", Case::Insensitive, "`@"), [1]);
        assert_eq!(occurrences("[", Case::Insensitive, "{["), [1]);
        assert_eq!(occurrences("é", Case::Insensitive, "É é"), [3]);
    }

    proptest! {
        #[test]
        fn finds_what_a_plain_loop_finds(needle in "[abA.]{0,6}", haystack in "[abAB.]{0,90}", insensitive: bool) {
            let (case, lower) = if insensitive {
                (Case::Insensitive, str::to_ascii_lowercase as fn(&str) -> String)
            } else {
                (Case::Sensitive, str::to_owned as fn(&str) -> String)
            };
            let (needle, plain) = (lower(&needle), lower(&haystack));
            let expected: Vec<usize> = (0..=plain.len()).filter(|&at| plain[at..].starts_with(&needle)).collect();
            prop_assert_eq!(occurrences(&needle, case, &haystack), expected);
        }
    }
}
