//! Many needles at once: by runs of eight or four bytes, of which one a stride is looked at.
//!
//! If the shortest needle has `n` bytes and a run `r`, every occurrence of a needle covers one of the runs that start at multiples of
//! `n - r + 1`. So one look in so many bytes is enough, into the set of all such runs of the needles: a bitmap that stays in the
//! first-level cache. Letter case is folded for the looks. Long runs say more, short ones suit short needles.

use std::collections::HashMap;

/// Bytes of one look where all needles are long, and where they are not.
const LONG: usize = 8;
const SHORT: usize = 4;

/// The least length of a needle for looks of `LONG` bytes: with shorter ones the strides are too small.
const SHORTEST_FOR_LONG: usize = 12;

/// The least length of a needle at all, for the same reason.
pub const SHORTEST: usize = 5;

/// Needles that share a run: more are not compared, the place counts as one of theirs.
const COMPARED: usize = 16;

/// Bits of the hash: a bitmap of 32 KiB.
const BITS: u32 = 18;

/// A prepared search for any of several needles.
#[derive(Debug)]
pub struct Grams {
    needles: Vec<Box<[u8]>>,
    any_case: bool,
    /// Bytes of one look.
    run: usize,
    stride: usize,
    /// A bit for each hash of a run.
    seen: Vec<u64>,
    /// By a run, folded: in which needles it stands, and where.
    places: HashMap<u64, Vec<(usize, usize)>>,
}

impl Grams {
    /// A search for these needles; `None` if one is too short.
    pub fn new<'a>(needles: impl IntoIterator<Item = &'a [u8]>, any_case: bool) -> Option<Self> {
        let needles: Vec<Box<[u8]>> = needles.into_iter().map(Box::from).collect();
        let shortest = needles.iter().map(|needle| needle.len()).min().filter(|&length| length >= SHORTEST)?;
        let run = if shortest >= SHORTEST_FOR_LONG { LONG } else { SHORT };
        let stride = shortest + 1 - run;
        let (mut seen, mut places) = (vec![0; 1 << (BITS - 6)], HashMap::<u64, Vec<(usize, usize)>>::new());
        for (number, needle) in needles.iter().enumerate() {
            for (at, bytes) in needle.windows(run).take(stride).enumerate() {
                let gram = if run == LONG { gram::<LONG>(bytes)? } else { gram::<SHORT>(bytes)? };
                let (word, bit) = slot(gram);
                *seen.get_mut(word)? |= bit;
                let places = places.entry(gram).or_default();
                if places.len() <= COMPARED {
                    places.push((number, at));
                }
            }
        }
        Some(Self { needles, any_case, run, stride, seen, places })
    }

    /// A place at or after `from` that may lie in a needle; none before it does.
    pub fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        if self.run == LONG { self.find_by::<LONG>(text, from) } else { self.find_by::<SHORT>(text, from) }
    }

    fn find_by<const RUN: usize>(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        while let Some(gram) = text.get(at..).and_then(gram::<RUN>) {
            let (word, bit) = slot(gram);
            if self.seen.get(word).is_some_and(|seen| seen & bit != 0) && self.lies_in_needle(text, at, gram) {
                return Some(at);
            }
            at += self.stride;
        }
        None
    }

    #[cold]
    fn lies_in_needle(&self, text: &[u8], at: usize, gram: u64) -> bool {
        let Some(places) = self.places.get(&gram) else { return false };
        places.len() > COMPARED
            || places.iter().any(|&(number, inside)| {
                let needle = self.needles.get(number).map_or(&[][..], |needle| needle);
                let there = at.checked_sub(inside).and_then(|start| text.get(start..start + needle.len()));
                there.is_some_and(
                    |there| if self.any_case { there.eq_ignore_ascii_case(needle) } else { there == needle },
                )
            })
    }
}

/// The first run of a text, letters folded (and some other bytes with them, which costs a comparison).
#[inline]
fn gram<const RUN: usize>(text: &[u8]) -> Option<u64> {
    let mut bytes = [0; LONG];
    bytes[..RUN].copy_from_slice(text.first_chunk::<RUN>()?);
    Some(u64::from_le_bytes(bytes) | 0x2020_2020_2020_2020)
}

/// Where a run's bit is.
#[inline]
fn slot(gram: u64) -> (usize, u64) {
    let hash = gram.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - BITS);
    ((hash >> 6) as usize, 1 << (hash & 63))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every place that the search stops at.
    fn places(grams: &Grams, text: &str) -> Vec<usize> {
        std::iter::successors(grams.find(text.as_bytes(), 0), |&place| grams.find(text.as_bytes(), place + 1)).collect()
    }

    proptest! {
        #[test]
        fn no_needle_is_missed_and_nothing_else_is_found(
            needles in prop::collection::vec("[abAB]{5,20}", 1..6), text in "[abAB]{0,300}", any_case: bool
        ) {
            let grams = Grams::new(needles.iter().map(|needle| needle.as_bytes()), any_case).expect("long enough");
            let folded = |text: &str| if any_case { text.to_ascii_lowercase() } else { text.to_owned() };
            let haystack = folded(&text);
            let inside: Vec<std::ops::Range<usize>> = needles
                .iter()
                .flat_map(|needle| {
                    let needle = folded(needle);
                    (0..text.len()).filter(|&at| haystack[at..].starts_with(&needle)).map(|at| at..at + needle.len()).collect::<Vec<_>>()
                })
                .collect();
            let found = places(&grams, &text);
            prop_assert!(inside.iter().all(|range| found.iter().any(|place| range.contains(place))));
            prop_assert!(found.iter().all(|place| inside.iter().any(|range| range.contains(place))));
        }
    }

    #[test]
    fn a_short_needle_is_refused_and_long_ones_are_found_anywhere() {
        assert!(Grams::new([b"four".as_slice()], false).is_none());
        let long = "0123456789abcdef".repeat(40);
        let grams = Grams::new([long.as_bytes(), b"0123456789abcdefX".as_slice()], false).expect("long enough");
        for before in 0..70 {
            let text = format!("{}{long}", "-".repeat(before));
            assert!(grams.find(text.as_bytes(), 0).is_some_and(|place| place >= before));
        }
        assert_eq!(grams.find(&long.as_bytes()[1..], 0), None);
    }

    #[test]
    fn what_very_many_needles_share_is_a_place() {
        let needles: Vec<String> = (0..100).map(|number| format!("the same in all {number:03}")).collect();
        let grams = Grams::new(needles.iter().map(String::as_bytes), false).expect("long enough");
        assert!(grams.find(b"-- the same in all 042", 0).is_some());
        assert!(grams.find(b"-- the same in no  042", 0).is_none());
    }
}
