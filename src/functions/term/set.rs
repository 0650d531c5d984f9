//! `has_any` and `has_all`: one text against a list of terms, case-insensitively, as Kusto has them.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::{
    Case, TermMatcher, TextOperator,
    fold::{Folding, fold_text},
    is_bounded,
};

/// Up to here, looking for one term after another is faster than running an automaton over every byte.
const FEW: usize = 8;

/// Bytes of terms up to which the fastest automaton is made: it takes some 120 bytes of memory for each.
const DFA_LENGTH: usize = 32 << 10;

/// A list of terms, prepared for many texts.
///
/// ```
/// use huntql::functions::term::TermSet;
///
/// let tools = TermSet::new(&["mimikatz", "procdump"]);
/// assert!(tools.any("C:\\temp\\ProcDump.exe -ma lsass"));
/// assert!(!tools.all("C:\\temp\\ProcDump.exe -ma lsass"));
/// ```
#[derive(Debug)]
pub struct TermSet {
    /// One matcher a term, in the order given.
    matchers: Vec<TermMatcher>,
    /// All terms at once, where there are many.
    automaton: Option<Automaton>,
}

#[derive(Debug)]
struct Automaton {
    searcher: AhoCorasick,
    folding: Folding,
}

impl TermSet {
    /// Prepares a list of terms; equal ones do no harm.
    pub fn new(terms: &[&str]) -> Self {
        let matchers: Vec<_> =
            terms.iter().map(|term| TermMatcher::new(TextOperator::Has, Case::Insensitive, term)).collect();
        let automaton = if terms.len() > FEW { Automaton::new(terms, &matchers) } else { None };
        Self { matchers, automaton }
    }

    /// Whether `text` has one of the terms. No text has one of none.
    pub fn any(&self, text: &str) -> bool {
        let Some(automaton) = &self.automaton else { return self.matchers.iter().any(|term| term.is_match(text)) };
        if automaton.folding.needs_fold(text) {
            self.any_as_is(automaton, &fold_text(text))
        } else {
            self.any_as_is(automaton, text)
        }
    }

    /// Whether `text` has each of the terms. Every text has all of none.
    pub fn all(&self, text: &str) -> bool {
        self.matchers.iter().all(|term| term.is_match(text))
    }

    fn any_as_is(&self, automaton: &Automaton, text: &str) -> bool {
        // All matches, overlapping ones too: one that cuts a term must not hide another that begins inside it.
        automaton.searcher.find_overlapping_iter(text).any(|found| {
            let bounds = self.matchers[found.pattern().as_usize()].bounds;
            is_bounded(text, found.start(), found.end(), bounds)
        })
    }
}

impl Automaton {
    /// `None` if the terms are more than an automaton can hold; the matchers serve then, only slower.
    fn new(terms: &[&str], matchers: &[TermMatcher]) -> Option<Self> {
        let folding = matchers.iter().fold(Folding::None, |folding, term| folding.and(term.folding));
        let length: usize = terms.iter().map(|term| term.len()).sum();
        let searcher = AhoCorasick::builder()
            .kind((length <= DFA_LENGTH).then_some(AhoCorasickKind::DFA))
            .ascii_case_insensitive(true)
            // A prefilter looks for the few bytes that a match can begin with. Many terms begin with many.
            .prefilter(false)
            .build(terms.iter().map(|term| fold_text(term)))
            .ok()?;
        Some(Self { searcher, folding })
    }
}
