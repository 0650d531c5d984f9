//! The operators against examples and against a model that is too plain to be wrong.

use proptest::prelude::*;

use super::*;

const OPERATORS: [TextOperator; 6] = [
    TextOperator::Has,
    TextOperator::HasPrefix,
    TextOperator::HasSuffix,
    TextOperator::Contains,
    TextOperator::StartsWith,
    TextOperator::EndsWith,
];

fn is(operator: TextOperator, text: &str, term: &str) -> bool {
    TermMatcher::new(operator, Case::Insensitive, term).is_match(text)
}

fn has(text: &str, term: &str) -> bool {
    is(TextOperator::Has, text, term)
}

#[test]
fn has_does_not_cut_terms() {
    assert!(has("powershell.exe -enc AAA", "enc"));
    assert!(!has("powershell.exe -encoded AAA", "enc"));
    assert!(has("-encoded -enc", "enc"), "an occurrence that cuts a term hides no later one");
    assert!(has("a_b", "a"), "the underscore delimits");
    assert!(!has("a1", "a"), "digits belong to a term");
    assert!(has(r"C:\Windows\System32\cmd.exe", "CMD.EXE"));
    assert!(has("net  user", "net"));
}

#[test]
fn has_asks_for_a_boundary_only_beside_letters_and_digits() {
    assert!(has("x-y z", "y z"));
    assert!(has("a.exe", ".exe"));
    assert!(!has("a.exec", ".exe"));
    assert!(has("a--b", "-"));
    assert!(has("cmd.exe/c", "/c"));
    assert!(!has("cmd.exe /cd", "/c"));
}

#[test]
fn short_terms_and_the_empty_term() {
    assert!(has("run as me", "as"));
    assert!(!has("class", "as"));
    for operator in OPERATORS {
        assert!(is(operator, "", ""), "{operator:?}");
        assert!(is(operator, "abc", ""), "{operator:?}");
        assert!(!is(operator, "", "a"), "{operator:?}");
    }
}

#[test]
fn one_sided_operators() {
    assert!(is(TextOperator::HasPrefix, "x-error", "err"));
    assert!(!is(TextOperator::HasPrefix, "err or", "r o"));
    assert!(is(TextOperator::HasSuffix, "x-error", "ROR"));
    assert!(!is(TextOperator::HasSuffix, "x-error", "err"));
    assert!(is(TextOperator::Contains, "x-error", "RRO"));
    assert!(is(TextOperator::StartsWith, "Error", "err"));
    assert!(!is(TextOperator::StartsWith, "an error", "err"));
    assert!(is(TextOperator::EndsWith, "Error", "OR"));
    assert!(!is(TextOperator::EndsWith, "or", "error"));
}

#[test]
fn percent_and_underscore_are_themselves() {
    assert!(is(TextOperator::Contains, "100%", "0%"));
    assert!(!is(TextOperator::Contains, "100x", "0%"));
    assert!(!is(TextOperator::Contains, "axb", "a_b"));
}

#[test]
fn case_counts_where_asked() {
    let matcher = TermMatcher::new(TextOperator::Has, Case::Sensitive, "Invoke");
    assert!(matcher.is_match("x Invoke-Command"));
    assert!(!matcher.is_match("x invoke-Command"));
    assert!(!TermMatcher::new(TextOperator::Has, Case::Sensitive, "k").is_match("\u{212A}"));
}

#[test]
fn letters_of_all_scripts() {
    assert!(has("Überweisung.pdf.exe", "überweisung"));
    assert!(!has("naïveté", "naïvet"), "accented letters are part of a term");
    assert!(!has("naïveté", "na"));
    assert!(has("скачать ФАЙЛ", "файл"));
    assert!(has("the \u{212A}elvin sign", "kelvin"), "the Kelvin sign folds to k");
    assert!(has("power\u{17F}hell", "POWERSHELL"), "the long s folds to s");
    assert!(has("kelvin", "\u{212A}ELVIN"));
    assert!(has("STRASSE", "strasse"));
    assert!(!has("STRASSE", "straße"), "ß is one character");
    assert!(has("STRAẞE", "straße"));
    assert!(!has("istanbul", "İstanbul"), "İ folds to itself");
    assert!(has("İSTANBUL'da", "İstanbul"));
    assert!(has("ΟΔΟΣ", "οδος"), "a final sigma is a sigma");
    assert!(!has("a\u{660}", "a"), "digits of all scripts");
    assert!(has("🔥evil🔥", "evil"));
}

#[test]
fn short_lists() {
    let set = TermSet::new(&["cmd", "b c"]);
    assert!(set.any("CMD /c") && set.any("a b c") && !set.any("ab c"));
    assert!(set.all("b c cmd") && !set.all("cmd"));
}

#[test]
fn a_list_finds_what_begins_inside_a_match_that_cuts_a_term() {
    let fill: Vec<String> = (0..200).map(|n| format!("zz{n}")).collect();
    let mut terms: Vec<&str> = fill.iter().map(String::as_str).collect();
    terms.extend(["ab", "abc", "b", "x.y", "y"]);
    let set = TermSet::new(&terms);
    assert!(set.any("abc"), "ab cuts a term, abc at the same place does not");
    assert!(set.any("x.yy x.y"));
    assert!(!set.any("abcd x.yy ZZ200"));
    assert!(set.any("a-Zz199"));
}

#[test]
fn empty_lists_and_empty_terms() {
    assert!(!TermSet::new(&[]).any("a"));
    assert!(TermSet::new(&[]).all("a"));
    assert!(TermSet::new(&[""]).any("a"));
    let many: Vec<&str> = ["zz"; 20].into_iter().chain([""]).collect();
    assert!(TermSet::new(&many).any("a"));
    assert!(!TermSet::new(&many).all("a"));
}

/// `text operator term` by trying every place.
fn model(operator: TextOperator, case: Case, text: &str, term: &str) -> bool {
    let chars = |s: &str| -> Vec<char> {
        match case {
            Case::Sensitive => s.chars().collect(),
            Case::Insensitive => fold_text(s).chars().collect(),
        }
    };
    let (text, term) = (chars(text), chars(term));
    let free = |end: Option<&char>, beside: Option<&char>| {
        !(end.is_some_and(|c| c.is_alphanumeric()) && beside.is_some_and(|c| c.is_alphanumeric()))
    };
    (0..=text.len()).any(|at| {
        text[at..].starts_with(&term) && {
            let (start, end) = (at, at + term.len());
            let leads = free(term.first(), start.checked_sub(1).and_then(|before| text.get(before)));
            let trails = free(term.last(), text.get(end));
            match operator {
                TextOperator::Has => leads && trails,
                TextOperator::HasPrefix => leads,
                TextOperator::HasSuffix => trails,
                TextOperator::Contains => true,
                TextOperator::StartsWith => start == 0,
                TextOperator::EndsWith => end == text.len(),
            }
        }
    })
}

/// Few characters, so that terms occur, cut and overlap often.
const TEXT: &str = "[abkAS1 ._\u{212A}ſéÉßİ-]{0,40}";
const TERM: &str = "[abkAS1 .\u{212A}ſéÉ-]{0,3}";

proptest! {
    #[test]
    fn operators_do_as_the_model_does(text in TEXT, term in TERM, sensitive: bool) {
        let case = if sensitive { Case::Sensitive } else { Case::Insensitive };
        for operator in OPERATORS {
            let found = TermMatcher::new(operator, case, &term).is_match(&text);
            prop_assert_eq!(found, model(operator, case, &text, &term), "{:?}", operator);
        }
    }

    #[test]
    fn long_ascii_texts_do_as_the_model_does(text in "[abcAB .]{30,120}", term in "[abcB .]{1,5}") {
        prop_assert_eq!(has(&text, &term), model(TextOperator::Has, Case::Insensitive, &text, &term));
    }

    #[test]
    fn lists_do_as_the_model_does(text in TEXT, terms in prop::collection::vec(TERM, 0..24)) {
        let one = |term: &String| model(TextOperator::Has, Case::Insensitive, &text, term);
        let set = TermSet::new(&terms.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert_eq!(set.any(&text), terms.iter().any(one));
        prop_assert_eq!(set.all(&text), terms.iter().all(one));
    }
}
