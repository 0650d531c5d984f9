//! Equality of texts that does not heed letter case: Kusto's `=~` and `in~`.

use std::{borrow::Cow, collections::HashSet};

use super::fold::fold_text;

/// One text prepared to be compared with many.
#[derive(Debug)]
pub struct EqualText {
    folded: String,
}

impl EqualText {
    /// Prepares `text =~ other`.
    pub fn new(text: &str) -> Self {
        Self { folded: fold_text(text) }
    }

    /// Whether `text` is the same but for letter case.
    pub fn is_match(&self, text: &str) -> bool {
        if text.is_ascii() { text.eq_ignore_ascii_case(&self.folded) } else { fold_text(text) == self.folded }
    }
}

/// Several texts prepared to be compared with many.
#[derive(Debug)]
pub struct EqualSet {
    folded: HashSet<String>,
    /// The lengths of the texts, so that most others need not be folded.
    lengths: HashSet<usize>,
}

impl EqualSet {
    /// Prepares `text in~ (texts)`.
    pub fn new<T: AsRef<str>>(texts: &[T]) -> Self {
        let folded: HashSet<String> = texts.iter().map(|text| fold_text(text.as_ref())).collect();
        let lengths = folded.iter().map(String::len).collect();
        Self { folded, lengths }
    }

    /// Whether `text` is the same as one of them but for letter case.
    pub fn has(&self, text: &str) -> bool {
        if text.is_ascii() && !self.lengths.contains(&text.len()) {
            return false;
        }
        let folded: Cow<str> = match text.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
            true => Cow::Owned(fold_text(text)),
            false => Cow::Borrowed(text),
        };
        self.folded.contains(folded.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_folded_as_in_searches() {
        for (a, b, same) in [
            ("cmd.exe", "CMD.EXE", true),
            ("é", "É", true),
            ("K", "\u{212A}", true),
            ("k", "\u{212A}", true),
            ("s", "ſ", true),
            ("ß", "ss", false),
            ("", "", true),
            ("a", "ab", false),
        ] {
            assert_eq!(EqualText::new(a).is_match(b), same, "{a} {b}");
            assert_eq!(EqualText::new(b).is_match(a), same, "{b} {a}");
            assert_eq!(EqualSet::new(&["x", a]).has(b), same, "{a} {b}");
            assert_eq!(EqualSet::new(&["x", b]).has(a), same, "{b} {a}");
        }
    }
}
