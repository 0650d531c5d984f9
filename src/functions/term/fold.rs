//! Case folding for searches: when a text can be searched as it lies, and its folded copy when it cannot.
//!
//! Nearly all text of security events is ASCII, and nearly all terms are. Such a term can be found in any text by
//! comparing bytes without their case bit, with one exception: the Kelvin sign folds to `k` and the long s (ſ) to
//! `s`. So a copy is made only of texts that hold one of these two, or for terms that are not ASCII themselves.

use std::borrow::Cow;

use memchr::memchr2;

use super::Case;

/// Which texts have to be folded before one term is looked for in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folding {
    /// None: the term holds no character that another than an ASCII letter folds to, or case counts.
    None,
    /// Those with a Kelvin sign or a long s: the term is ASCII and has a `k` or an `s`.
    Lookalikes,
    /// All that are not ASCII: the term is not ASCII.
    NonAscii,
}

impl Folding {
    /// How to look for `term`, and the spelling to look for.
    pub fn of(case: Case, term: &str) -> (Self, Cow<'_, str>) {
        if case == Case::Sensitive {
            return (Folding::None, Cow::Borrowed(term));
        }
        let term = fold_text(term);
        let folding = if !term.is_ascii() {
            Folding::NonAscii
        } else if term.contains(['k', 's']) {
            Folding::Lookalikes
        } else {
            Folding::None
        };
        (folding, Cow::Owned(term))
    }

    /// Whether `text` must be folded first.
    pub fn needs_fold(self, text: &str) -> bool {
        match self {
            Folding::None => false,
            // Their first bytes are looked for together, which is quicker than asking whether the text is ASCII.
            Folding::Lookalikes => {
                memchr2(0xE2, 0xC5, text.as_bytes()).is_some_and(|at| text[at..].contains([KELVIN_SIGN, LONG_S]))
            }
            Folding::NonAscii => !text.is_ascii(),
        }
    }

    /// What serves both.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Folding::NonAscii, _) | (_, Folding::NonAscii) => Folding::NonAscii,
            (Folding::Lookalikes, _) | (_, Folding::Lookalikes) => Folding::Lookalikes,
            (Folding::None, Folding::None) => Folding::None,
        }
    }
}

const KELVIN_SIGN: char = '\u{212A}';
const LONG_S: char = 'ſ';

/// A text with every character folded.
pub(super) fn fold_text(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(fold).collect() }
}

/// Unicode's simple case folding, put together from what the standard library knows: to the capital, and from there
/// to the small letter, where each is one character.
fn fold(c: char) -> char {
    match c {
        _ if c.is_ascii() => c.to_ascii_lowercase(),
        // Unicode folds the dotless ı to itself, although its capital is the I that folds to i.
        'ı' => c,
        _ => {
            let capital = only(c.to_uppercase()).unwrap_or(c);
            only(capital.to_lowercase()).unwrap_or(capital)
        }
    }
}

fn only(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next();
    if chars.next().is_none() { first } else { None }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    fn all() -> impl Iterator<Item = char> {
        (0..=u32::from(char::MAX)).filter_map(char::from_u32)
    }

    /// The characters that the crate `regex` knows; the standard library may follow another version of Unicode.
    fn known() -> impl Iterator<Item = char> {
        let assigned = regex::Regex::new(r"\P{Cn}").unwrap();
        all().filter(move |c| assigned.is_match(c.encode_utf8(&mut [0; 4])))
    }

    #[test]
    fn folds_as_regular_expressions_do() {
        let mut classes: HashMap<char, Vec<char>> = HashMap::new();
        known().for_each(|c| classes.entry(fold(c)).or_default().push(c));
        for (folded, class) in classes.into_iter().filter(|(_, class)| class.len() > 1) {
            let same = regex::Regex::new(&format!("^(?i:{folded})$")).unwrap();
            for c in class {
                assert!(same.is_match(&c.to_string()), "{c:?} is folded to {folded:?}");
            }
        }
    }

    #[test]
    fn folds_no_less_than_regular_expressions_do() {
        // Each letter that has a case against those that its mappings lead to.
        let known: HashSet<char> = known().collect();
        for &c in known.iter().filter(|&&c| fold(c) != c || c.is_lowercase()) {
            let same = regex::Regex::new(&format!("(?i:{c})")).unwrap();
            let others = [only(c.to_uppercase()), only(c.to_lowercase()), Some(fold(c))];
            for other in others.into_iter().flatten().filter(|other| known.contains(other)) {
                assert_eq!(same.is_match(&other.to_string()), fold(c) == fold(other), "{c:?} and {other:?}");
            }
        }
    }

    #[test]
    fn folding_keeps_letters_letters() {
        for c in all() {
            assert_eq!(c.is_alphanumeric(), fold(c).is_alphanumeric(), "{c:?}");
            assert_eq!(fold(fold(c)), fold(c), "{c:?}");
        }
    }

    #[test]
    fn only_two_characters_fold_into_ascii() {
        let found: Vec<char> = all().filter(|&c| !c.is_ascii() && fold(c).is_ascii()).collect();
        assert_eq!(found, [LONG_S, KELVIN_SIGN]);
    }
}
