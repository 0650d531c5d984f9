//! The text operators of Kusto: `has`, `hasprefix`, `hassuffix`, `contains`, `startswith`, `endswith`, and `has_any`,
//! `has_all` over lists, and the equality that does not heed case, `=~` and `in~`. This file holds their meaning on a plain `&str`, free of Arrow and DataFusion, for whoever
//! needs the very same answer elsewhere; the SQL functions over it are in `function`.
//!
//! A *term* is a run of letters and digits, in any script. Everything else delimits, the underscore too: `a_b` has the
//! term `a`. (A regular expression's `\b` is another thing, because it counts the underscore as a word's.) `has` looks
//! for its argument where no term is cut: at an end of the argument that is a letter or a digit, the text beside it
//! must not go on with one. An end that is no letter or digit needs nothing beside it, so `has` finds arguments of
//! several words as well: `x-y z` has `y z`. Every text has the empty term.

mod equal;
mod equality;
mod fold;
pub(super) mod function;
mod search;
mod set;

pub use self::{
    equal::{EqualSet, EqualText},
    set::TermSet,
};
use self::{
    fold::{Folding, fold_text},
    search::Needle,
};

/// Where in a text an argument is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextOperator {
    /// Anywhere, with no term cut at either end.
    Has,
    /// Anywhere, with no term cut at its start.
    HasPrefix,
    /// Anywhere, with no term cut at its end.
    HasSuffix,
    /// Anywhere.
    Contains,
    /// At the start of the text.
    StartsWith,
    /// At the end of the text.
    EndsWith,
}

/// Whether letters that differ in case are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Case {
    /// `a` is not `A`.
    Sensitive,
    /// Letters are compared by Unicode's simple case folding, one character to one character, as `(?i)` does in
    /// regular expressions: `é` is `É` and the Kelvin sign is `k`, but `ß` is not `ss` and `İ` is not `i`.
    Insensitive,
}

/// One text operator with its right side, prepared for many left sides.
///
/// Making one costs little more than a copy of the term, so it also serves when every row brings its own.
///
/// ```
/// use huntql::functions::term::{Case, TermMatcher, TextOperator};
///
/// let matcher = TermMatcher::new(TextOperator::Has, Case::Insensitive, "comsvcs");
/// assert!(matcher.is_match(r"rundll32.exe C:\Windows\System32\COMSVCS.dll, MiniDump"));
/// assert!(!matcher.is_match("comsvcs2"));
/// ```
#[derive(Debug)]
pub struct TermMatcher {
    operator: TextOperator,
    needle: Needle,
    folding: Folding,
    /// Whether the text before, and after, an occurrence must not be a letter or a digit.
    bounds: (bool, bool),
}

impl TermMatcher {
    /// Prepares `text operator term`.
    pub fn new(operator: TextOperator, case: Case, term: &str) -> Self {
        let (folding, term) = Folding::of(case, term);
        let (starts, ends) = (term.chars().next(), term.chars().next_back());
        let term_at = |end: Option<char>| end.is_some_and(char::is_alphanumeric);
        let bounds = match operator {
            TextOperator::Has => (term_at(starts), term_at(ends)),
            TextOperator::HasPrefix => (term_at(starts), false),
            TextOperator::HasSuffix => (false, term_at(ends)),
            TextOperator::Contains | TextOperator::StartsWith | TextOperator::EndsWith => (false, false),
        };
        Self { operator, needle: Needle::new(&term, case), folding, bounds }
    }

    /// Whether `text` fulfils the operator.
    pub fn is_match(&self, text: &str) -> bool {
        if self.folding.needs_fold(text) { self.is_match_as_is(&fold_text(text)) } else { self.is_match_as_is(text) }
    }

    fn is_match_as_is(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        match self.operator {
            TextOperator::StartsWith => self.needle.is_at(bytes, 0),
            TextOperator::EndsWith => {
                bytes.len().checked_sub(self.needle.len()).is_some_and(|at| self.needle.is_at(bytes, at))
            }
            _ => self.needle.any_occurrence(bytes, |at| self.is_bounded(text, at)),
        }
    }

    fn is_bounded(&self, text: &str, at: usize) -> bool {
        is_bounded(text, at, at + self.needle.len(), self.bounds)
    }
}

/// Whether the characters beside `text[start..end]` let it be a term of its own, at the sides where `bounds` asks.
#[inline]
fn is_bounded(text: &str, start: usize, end: usize, bounds: (bool, bool)) -> bool {
    // Occurrences of valid UTF-8 in valid UTF-8 lie on character boundaries, so `get` does not fail here.
    let before = || text.get(..start).and_then(|before| before.chars().next_back());
    let after = || text.get(end..).and_then(|after| after.chars().next());
    let cuts_before = bounds.0 && before().is_some_and(char::is_alphanumeric);
    let cuts_after = bounds.1 && after().is_some_and(char::is_alphanumeric);
    !cuts_before && !cuts_after
}

#[cfg(test)]
mod tests;
