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
mod grams;
mod pattern;
pub mod sift;

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};

use super::pairs::{AT_ONCE, ESCAPE, Pair, Pairs};
use grams::{Grams, SHORTEST};

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
    /// The characters that an escape must not spell for a record to be passed over.
    spelled: BTreeSet<char>,
}

/// How the needles are looked for.
#[derive(Debug)]
enum Search {
    /// One, in one pass with what it could be spelled with instead.
    One { needle: Box<[u8]>, any_case: bool, pairs: Pairs },
    /// Several, each by the searches that suits its length; `disguises` finds what they could be spelled with instead.
    Several { searches: Vec<Several>, disguises: Pairs },
}

/// A search for several needles.
#[derive(Debug)]
enum Several {
    Long(Grams),
    /// So few that a look at pairs of their bytes is faster than an automaton.
    Few {
        needles: Vec<Box<[u8]>>,
        any_case: bool,
        pairs: Pairs,
    },
    OfAnyLength(AhoCorasick),
}

/// With more short needles than this an automaton is faster than passes over pairs of bytes.
const FEW: usize = 4 * AT_ONCE;

/// Characters beyond ASCII that fold into a letter of it (the Kelvin sign and the long s), with the bytes that mark them: of the Kelvin
/// sign's the first is in too many characters.
const LOOKALIKES: [(char, char, Pair); 2] =
    [('k', '\u{212a}', Pair::exact((1, 0x84), (2, 0xaa))), ('s', 'ſ', Pair::exact((0, 0xc5), (1, 0xbf)))];

impl Needles {
    /// Prepares the search; `None` if there is nothing to look for or too much.
    pub fn new(needles: &[Needle]) -> Option<Self> {
        let any_case = needles.iter().any(|needle| needle.any_case);
        let spelled = spelled(needles, any_case);
        let disguises = disguises(&spelled);
        let search = match needles {
            [] => return None,
            [Needle { text, .. }] => {
                let pair = Pair::of(text.as_bytes(), any_case)?;
                let pairs = Pairs::new([pair].into_iter().chain(disguises));
                Search::One { needle: text.as_bytes().into(), any_case, pairs }
            }
            many => Search::Several { searches: Several::all(many, any_case)?, disguises: Pairs::new(disguises) },
        };
        Some(Self { search, spelled })
    }

    /// Places of `text` that may hold a needle, at least one in every line that holds one, in order.
    ///
    /// A line is what a line feed ends. After a place the search goes on behind its line.
    pub fn places(&self, text: &[u8], found: &mut Vec<usize>) {
        match &self.search {
            Search::One { needle, any_case, pairs } => {
                let mut accept = |place: usize| {
                    let rest = &text[place..];
                    starts_with(rest, needle, *any_case) || self.disguised_at(rest)
                };
                each_line(text, |from| pairs.find(text, from..text.len(), &mut accept), found);
            }
            Search::Several { searches, disguises } => {
                searches.iter().for_each(|search| search.places(text, found));
                let mut accept = |place: usize| self.disguised_at(&text[place..]);
                each_line(text, |from| disguises.find(text, from..text.len(), &mut accept), found);
                found.sort_unstable();
                found.dedup();
            }
        }
    }

    /// Whether `text` may hold a needle.
    pub fn may_be_in(&self, text: &[u8]) -> bool {
        let mut found = Vec::new();
        self.places(text, &mut found);
        !found.is_empty()
    }

    /// Whether the text starts with what a needle's character could be spelled with instead.
    fn disguised_at(&self, text: &[u8]) -> bool {
        match text {
            [b'\\', b'u', digits @ ..] => self.may_spell(digits),
            [0xe2, 0x84, 0xaa, ..] | [0xc5, 0xbf, ..] => true,
            _ => false,
        }
    }

    /// Whether the digits after `\u` may name a needle's character.
    fn may_spell(&self, digits: &[u8]) -> bool {
        let Some(digits) = digits.first_chunk::<4>() else { return true };
        let Some(code) = std::str::from_utf8(digits).ok().and_then(|text| u32::from_str_radix(text, 16).ok()) else {
            // No escape: `\users` in a path whose backslash is escaped itself.
            return false;
        };
        match char::from_u32(code) {
            // In the text of a nested value a control character is a backslash and a letter, and in JSON that lies in text a spelled
            // backslash may begin an escape.
            Some('\0'..='\u{1f}' | '\\') => true,
            Some(c) => self.spelled.contains(&c),
            // Half of a pair.
            None => self.spelled.last().is_some_and(|&c| c > '\u{ffff}'),
        }
    }
}

/// The characters that the needles are made of, in every form that counts.
fn spelled(needles: &[Needle], any_case: bool) -> BTreeSet<char> {
    let mut spelled: BTreeSet<char> = needles.iter().flat_map(|needle| needle.text.chars()).collect();
    if any_case {
        let other_case: Vec<char> =
            spelled.iter().flat_map(|c| [c.to_ascii_lowercase(), c.to_ascii_uppercase()]).collect();
        spelled.extend(other_case);
        spelled.extend(
            LOOKALIKES.iter().filter(|(letter, ..)| spelled.contains(letter)).map(|(_, c, _)| *c).collect::<Vec<_>>(),
        );
    }
    spelled
}

/// What may hide one of these characters.
fn disguises(spelled: &BTreeSet<char>) -> impl Iterator<Item = Pair> {
    let lookalikes = LOOKALIKES.iter().filter(|(_, lookalike, _)| spelled.contains(lookalike)).map(|(.., pair)| *pair);
    [ESCAPE].into_iter().chain(lookalikes)
}

impl Several {
    /// The searches that find every needle; `None` if there is too much to look for.
    fn all(needles: &[Needle], any_case: bool) -> Option<Vec<Self>> {
        let texts = needles.iter().map(|needle| needle.text.as_bytes());
        let (long, short): (Vec<&[u8]>, Vec<&[u8]>) = texts.partition(|text| text.len() >= SHORTEST);
        let few = if short.len() <= FEW { Self::few(&short, any_case) } else { None };
        let mut searches = match few {
            Some(few) => few,
            None => vec![Self::automaton(&short, any_case)?],
        };
        if !long.is_empty() {
            searches.push(Self::Long(Grams::new(long, any_case)?));
        }
        Some(searches)
    }

    /// As many needles at a time as one pass finds; `None` if one has no pair of bytes.
    fn few(needles: &[&[u8]], any_case: bool) -> Option<Vec<Self>> {
        let pass = |needles: &[&[u8]]| {
            let pairs = needles.iter().map(|needle| Pair::of(needle, any_case)).collect::<Option<Vec<_>>>()?;
            let needles = needles.iter().map(|&needle| needle.into()).collect();
            Some(Self::Few { needles, any_case, pairs: Pairs::new(pairs) })
        };
        needles.chunks(AT_ONCE).map(pass).collect()
    }

    fn automaton(needles: &[&[u8]], any_case: bool) -> Option<Self> {
        let builder =
            AhoCorasick::builder().ascii_case_insensitive(any_case).match_kind(MatchKind::LeftmostFirst).build(needles);
        builder.ok().map(Self::OfAnyLength)
    }

    fn places(&self, text: &[u8], found: &mut Vec<usize>) {
        match self {
            Self::Long(grams) => each_line(text, |from| grams.find(text, from), found),
            Self::Few { needles, any_case, pairs } => {
                let mut accept = |place: usize| {
                    let rest = text.get(place..).unwrap_or_default();
                    needles.iter().any(|needle| starts_with(rest, needle, *any_case))
                };
                each_line(text, |from| pairs.find(text, from..text.len(), &mut accept), found);
            }
            Self::OfAnyLength(automaton) => {
                each_line(text, |from| Some(from + automaton.find(&text[from..])?.start()), found);
            }
        }
    }
}

fn starts_with(text: &[u8], needle: &[u8], any_case: bool) -> bool {
    text.get(..needle.len())
        .is_some_and(|there| if any_case { there.eq_ignore_ascii_case(needle) } else { there == needle })
}

/// Adds the first place of each line that `find` finds something in, from where it is told to start.
fn each_line(text: &[u8], mut find: impl FnMut(usize) -> Option<usize>, found: &mut Vec<usize>) {
    let mut from = 0;
    while from < text.len() {
        let Some(place) = find(from) else { return };
        found.push(place);
        match memchr::memchr(b'\n', &text[place..]) {
            Some(end) => from = place + end + 1,
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
    fn needles_of_all_lengths_are_found_together() {
        let short: Vec<String> = (0..40).map(|number| format!("n{number}")).collect();
        let text = "n7 -\nlonger\nx\nLONGER, N7\n";
        for (count, expected) in [(0, [5, 14].as_slice()), (1, &[5, 14]), (8, &[0, 5, 14, 22]), (40, &[0, 5, 14, 22])] {
            let mut needles: Vec<(&str, bool)> = short.iter().take(count).map(|text| (text.as_str(), true)).collect();
            needles.extend([("longer", true), ("another", true)]);
            let lines = |places: Vec<usize>| -> Vec<usize> {
                let line = |place: &usize| text[..*place].matches('\n').count();
                let mut lines: Vec<usize> = places.iter().map(line).collect();
                lines.dedup();
                lines
            };
            assert_eq!(lines(places(&needles, text)), lines(expected.to_vec()), "{count} short needles");
        }
        assert_eq!(places(&[("a", false), ("longer", false)], "b\na\nlonger").len(), 2);
    }

    #[test]
    fn escapes_that_spell_a_needle_are_places() {
        assert_eq!(places(&[("ab", false)], r"\u0061b"), [0]);
        assert_eq!(places(&[("ab", false)], r"\\u0061b"), [1]);
        assert_eq!(places(&[("ab", false)], r"\u0041b c:\\users \u0027"), [0usize; 0]);
        assert_eq!(places(&[("ab", true)], r"\u0041b"), [0]);
        assert_eq!(places(&[("😀x", false)], r"\ud83d\ude00x"), [0, 6][..1].to_vec());
        assert_eq!(places(&[("ab", false)], r"\u00"), [0]);
        assert_eq!(places(&[("nab", false)], r"\u000aab"), [0]);
        assert_eq!(places(&[("ab", false)], r"\u005cu0061b"), [0]);
    }

    #[test]
    fn lookalikes_are_places_where_case_does_not_count() {
        assert_eq!(places(&[("task", true)], "ta\u{17f}k"), [2]);
        assert_eq!(places(&[("task", true)], r"tas\u212a"), [3]);
        assert_eq!(places(&[("task", false)], "ta\u{17f}k"), [0usize; 0]);
    }
}
