//! The needle prefilter: bytes that a record must hold for a query's predicate to be true, looked for before anything is parsed.
//!
//! [`derive`] reads them off the predicate; [`Needles`] finds the places of a window that may hold one; [`sift`] lets through the
//! lines that such a place lies in. What is found is a candidate only: the predicate is evaluated on the decoded row, always.
//!
//! A needle is a run of text that lies in the raw bytes as it stands in the cell, whatever wraps the record: it holds no character
//! that JSON escapes, none around which rewriting a nested value to its canonical text may drop a space. What it could be spelled
//! with instead is looked for too: `\uXXXX` of any of its characters, and, where case does not count, the two characters beyond ASCII
//! that fold into it (the Kelvin sign and the long s).

pub mod derive;
pub mod sift;

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem;

/// Text that a record must hold one of, at least.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needle {
    /// The run of text.
    pub text: String,
    /// ASCII letters of either case are the same.
    pub any_case: bool,
}

/// A prepared search for one of several needles.
#[derive(Debug)]
pub struct Needles {
    search: Search,
    /// `\u`, in any needle's disguise.
    escape: memmem::Finder<'static>,
    /// The characters that an escape must not spell for a record to be passed over.
    spelled: BTreeSet<char>,
    /// Characters beyond ASCII that fold into a needle's.
    lookalikes: Vec<memmem::Finder<'static>>,
}

#[derive(Debug)]
enum Search {
    One(Box<memmem::Finder<'static>>),
    Many(AhoCorasick),
}

const LOOKALIKES: [char; 2] = ['\u{212a}', 'ſ'];

impl Needles {
    /// Prepares the search; `None` if there is nothing to look for or too much.
    pub fn new(needles: &[Needle]) -> Option<Self> {
        let any_case = needles.iter().any(|needle| needle.any_case);
        let search = match needles {
            [] => return None,
            [Needle { text, any_case: false }] => {
                Search::One(Box::new(memmem::Finder::new(text.as_bytes()).into_owned()))
            }
            many => Search::Many(
                AhoCorasick::builder()
                    .ascii_case_insensitive(any_case)
                    .match_kind(MatchKind::LeftmostFirst)
                    .build(many.iter().map(|needle| &needle.text))
                    .ok()?,
            ),
        };
        let characters = needles.iter().flat_map(|needle| needle.text.chars());
        let mut spelled: BTreeSet<char> = characters.collect();
        if any_case {
            let other_case: Vec<char> =
                spelled.iter().flat_map(|c| [c.to_ascii_lowercase(), c.to_ascii_uppercase()]).collect();
            spelled.extend(other_case);
            spelled.extend(LOOKALIKES);
        }
        let finder = |c: char| memmem::Finder::new(c.encode_utf8(&mut [0; 4]).as_bytes()).into_owned();
        let lookalikes = if any_case { LOOKALIKES.map(finder).into() } else { Vec::new() };
        Some(Self { search, escape: memmem::Finder::new(b"\\u").into_owned(), spelled, lookalikes })
    }

    /// Places of `text` that may hold a needle, at least one in every line that holds one, in order.
    ///
    /// A line is what a line feed ends. After a place the search goes on behind its line.
    pub fn places(&self, text: &[u8], found: &mut Vec<usize>) {
        match &self.search {
            Search::One(finder) => each_line(text, |from| finder.find(&text[from..]), found),
            Search::Many(automaton) => {
                each_line(text, |from| automaton.find(&text[from..]).map(|hit| hit.start()), found);
            }
        }
        each_line(text, |from| self.spelled_at(text, from), found);
        for finder in &self.lookalikes {
            each_line(text, |from| finder.find(&text[from..]), found);
        }
        found.sort_unstable();
        found.dedup();
    }

    /// How far behind `from` an escape of a needle's character stands.
    fn spelled_at(&self, text: &[u8], from: usize) -> Option<usize> {
        self.escape.find_iter(&text[from..]).find(|at| self.may_spell(&text[from + at + 2..]))
    }

    /// Whether the digits after `\u` may name a needle's character.
    fn may_spell(&self, digits: &[u8]) -> bool {
        let Some(digits) = digits.first_chunk::<4>() else { return true };
        let Some(code) = std::str::from_utf8(digits).ok().and_then(|text| u32::from_str_radix(text, 16).ok()) else {
            // No escape: `\users` in a path whose backslash is escaped itself.
            return false;
        };
        match char::from_u32(code) {
            Some(c) => self.spelled.contains(&c),
            // Half of a pair.
            None => self.spelled.last().is_some_and(|&c| c > '\u{ffff}'),
        }
    }
}

/// Adds the first place of each line that `find` (which counts from where it is told to start) finds something in.
fn each_line(text: &[u8], find: impl Fn(usize) -> Option<usize>, found: &mut Vec<usize>) {
    let mut from = 0;
    while from < text.len() {
        let Some(place) = find(from) else { return };
        found.push(from + place);
        match memchr::memchr(b'\n', &text[from + place..]) {
            Some(end) => from += place + end + 1,
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(needles: &[(&str, bool)], text: &str) -> Vec<usize> {
        let needles: Vec<Needle> =
            needles.iter().map(|&(text, any_case)| Needle { text: text.into(), any_case }).collect();
        let mut found = Vec::new();
        Needles::new(&needles).expect("something to look for").places(text.as_bytes(), &mut found);
        found
    }

    #[test]
    fn one_place_a_line_is_enough() {
        assert_eq!(places(&[("ab", false)], "xab ab\nAB\n ab"), [1, 11]);
        assert_eq!(places(&[("ab", true)], "xab ab\nAB\n ab"), [1, 7, 11]);
        assert_eq!(places(&[("ab", false), ("cd", false)], "cd\nx\nab"), [0, 5]);
    }

    #[test]
    fn escapes_that_spell_a_needle_are_places() {
        assert_eq!(places(&[("ab", false)], r"\u0061b"), [0]);
        assert_eq!(places(&[("ab", false)], r"\\u0061b"), [1]);
        assert_eq!(places(&[("ab", false)], r"\u0041b c:\\users \u0027"), [0usize; 0]);
        assert_eq!(places(&[("ab", true)], r"\u0041b"), [0]);
        assert_eq!(places(&[("😀x", false)], r"\ud83d\ude00x"), [0, 6][..1].to_vec());
        assert_eq!(places(&[("ab", false)], r"\u00"), [0]);
    }

    #[test]
    fn lookalikes_are_places_where_case_does_not_count() {
        assert_eq!(places(&[("task", true)], "ta\u{17f}k"), [2]);
        assert_eq!(places(&[("task", true)], r"tas\u212a"), [3]);
        assert_eq!(places(&[("task", false)], "ta\u{17f}k"), [0usize; 0]);
    }
}
