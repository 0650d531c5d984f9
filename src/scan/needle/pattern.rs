//! From a regular expression to the texts that every match of it holds one of.
//!
//! Reads the parsed expression, not its spelling: `(?i)`, groups, classes of a letter's two cases and alternatives are seen through. What
//! may be left out or may be anything asks for nothing.

use std::mem::take;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};

use super::Needle;
use super::derive::{needle, rarity};

/// Texts of which every match of the pattern holds one; `None` if it may do without.
///
/// `any_case` reads the pattern as `(?i)` does.
pub(super) fn needles(pattern: &str, any_case: bool) -> Option<Vec<Needle>> {
    of(&ParserBuilder::new().case_insensitive(any_case).build().parse(pattern).ok()?)
}

/// Recurses as deep as the parser lets groups lie in each other.
fn of(hir: &Hir) -> Option<Vec<Needle>> {
    match hir.kind() {
        HirKind::Alternation(branches) => {
            let each = branches.iter().map(of).collect::<Option<Vec<_>>>()?;
            Some(each.concat())
        }
        HirKind::Repetition(repetition) if repetition.min > 0 => of(&repetition.sub),
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Concat(parts) => sequence(parts),
        HirKind::Literal(_) | HirKind::Class(_) => sequence(std::slice::from_ref(hir)),
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

/// The rarest of what the parts of a sequence ask for, each by itself or as a run of text.
fn sequence(parts: &[Hir]) -> Option<Vec<Needle>> {
    let (mut run, mut found) = (Run::default(), Vec::new());
    for part in parts {
        if run.goes_on_with(part) {
            continue;
        }
        found.extend(take(&mut run).needle());
        // A class or a literal that no run takes would come back here.
        if !matches!(part.kind(), HirKind::Literal(_) | HirKind::Class(_)) {
            found.extend(of(part));
        }
    }
    found.extend(run.needle());
    found.into_iter().max_by_key(|needles| rarity(needles))
}

/// A run of characters that follow each other in every match.
#[derive(Default)]
struct Run {
    text: String,
    any_case: bool,
}

impl Run {
    /// Takes a part that is one text, a letter in any case, or nothing at all.
    fn goes_on_with(&mut self, part: &Hir) -> bool {
        match part.kind() {
            HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                Ok(text) => self.text.push_str(text),
                Err(_) => return false,
            },
            HirKind::Class(Class::Unicode(class)) => match letter(class) {
                Some(letter) => {
                    self.text.push(letter);
                    self.any_case = true;
                }
                None => return false,
            },
            HirKind::Look(_) | HirKind::Empty => {}
            _ => return false,
        }
        true
    }

    fn needle(self) -> Option<Vec<Needle>> {
        needle(&self.text, self.any_case).map(|needle| vec![needle])
    }
}

/// The ASCII letter that a class holds in both cases, beside what folds into it and nothing else.
fn letter(class: &ClassUnicode) -> Option<char> {
    let chars = class.iter().map(|range| (range.start() == range.end()).then_some(range.start()));
    let chars: Vec<char> = chars.collect::<Option<_>>()?;
    let letter = chars.first()?.to_ascii_lowercase();
    let folds = |c: char| c.to_ascii_lowercase() == letter || matches!((c, letter), ('\u{212a}', 'k') | ('ſ', 's'));
    (letter.is_ascii_lowercase() && chars.len() > 1 && chars.into_iter().all(folds)).then_some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pattern: &str) -> String {
        let case = |needle: Needle| if needle.any_case { needle.text + "~" } else { needle.text };
        needles(pattern, false).map_or("-".into(), |all| all.into_iter().map(case).collect::<Vec<_>>().join("|"))
    }

    #[test]
    fn what_every_match_must_hold_is_told() {
        for (pattern, expected) in [
            ("comsvcs", "comsvcs"),
            (r"comsvcs\.dll", "comsvcs.dll"),
            (r"^\s*comsvcs\b.*Dump$", "comsvcs"),
            (r"(?i)comsvcs\.dll", "comsvcs.dll~"),
            (r"(?i)tasklist", "tasklist~"),
            (r"[Cc]omsvcs", "comsvcs~"),
            (r"comsvcs|minidump", "comsvcs|minidump"),
            (r"(comsvcs|minidump)\d+", "comsvcs|minidump"),
            (r"(rundll32|regsvr32)\s+longertext", "longertext"),
            (r"(abc){2,}", "abc"),
            (r"((whoami)+)", "whoami"),
            (r"-e(nc)?\s+[A-Za-z0-9+/=]{8,}", "-"),
            (r"(whoami)*", "-"),
            (r"comsvcs|x?", "-"),
            (r"[a-z]{3}", "-"),
            (r"ab", "-"),
            (r#"C:\\Users\\Public"#, "Public"),
            (r"caf\x{e9}s", "cafés"),
            ("(", "-"),
        ] {
            assert_eq!(told(pattern), expected, "{pattern}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_match_holds_a_needle(
            pattern in "(\\(\\?i\\))?((abc|bcd|kSs|\\(abc\\|ks\\)|\\[aA\\]bc|[.]|[a-d]|\\(bcd\\)[*+?]){1,5}[|]?){1,2}",
            texts in proptest::collection::vec("[abcdkKsSABC\u{17f}\u{212a}]{0,12}", 1..30),
        ) {
            let Ok(regex) = regex::Regex::new(&pattern) else { return Ok(()) };
            let Some(needles) = needles(&pattern, false) else { return Ok(()) };
            let fold = |text: &str| text.replace('\u{212a}', "k").replace('ſ', "s").to_ascii_lowercase();
            for text in texts.iter().filter(|text| regex.is_match(text)) {
                let holds = |needle: &Needle| match needle.any_case {
                    true => fold(text).contains(&fold(&needle.text)),
                    false => text.contains(&needle.text),
                };
                proptest::prop_assert!(needles.iter().any(holds), "{pattern} matches {text}: {needles:?}");
            }
        }
    }
}
