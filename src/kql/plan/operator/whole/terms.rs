//! Patterns of texts, by the algorithm SLCT (Vaarandi 2003): a word is kept where so many texts have it at its place, the rest becomes `*`;
//! texts with the same words left are one pattern, if they are so many.

use std::collections::HashMap;

/// What texts of one pattern have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The pattern.
    pub pattern: String,
    /// How many texts.
    pub count: i64,
    /// The first of them.
    pub first: usize,
}

/// The patterns of texts, the most frequent first, and for each text which it has; none has what is left over.
pub fn patterns(texts: &[&str], threshold: f64, characters: &str) -> (Vec<Found>, Vec<Option<usize>>) {
    let least = threshold * texts.len() as f64;
    let mut counts: HashMap<(usize, &str), usize> = HashMap::new();
    for text in texts {
        for (place, word) in words(text, characters).into_iter().enumerate() {
            if word.is_name {
                *counts.entry((place, word.text)).or_default() += 1;
            }
        }
    }
    let frequent = |place: usize, word: &Word| {
        word.is_name && counts.get(&(place, word.text)).is_some_and(|count| *count as f64 > least)
    };

    // Texts by the words that are left of them.
    let mut keys: HashMap<Vec<(usize, &str)>, usize> = HashMap::new();
    let mut found: Vec<Found> = Vec::new();
    let mut of_text = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        let words = words(text, characters);
        let kept = words.iter().enumerate().filter(|(place, word)| frequent(*place, word));
        let key: Vec<(usize, &str)> = kept.map(|(place, word)| (place, word.text)).collect();
        if key.is_empty() {
            of_text.push(None);
            continue;
        }
        let place = *keys.entry(key).or_insert_with(|| {
            let pattern = pattern(text, &words, characters, &frequent);
            found.push(Found { pattern, count: 0, first: at });
            found.len() - 1
        });
        if let Some(found) = found.get_mut(place) {
            found.count += 1;
        }
        of_text.push(Some(place));
    }

    // The frequent ones, in their order.
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.retain(|place| found.get(*place).is_some_and(|found| found.count as f64 > least));
    order.sort_by_key(|place| found.get(*place).map(|found| (-found.count, found.first)));
    let mut place_of: Vec<Option<usize>> = vec![None; found.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(place) = place_of.get_mut(*old) {
            *place = Some(new);
        }
    }
    let of_text = of_text.into_iter().map(|old| place_of.get(old?).copied().flatten()).collect();
    let found = order.into_iter().filter_map(|place| found.get(place).cloned()).collect();
    (found, of_text)
}

/// A run of letters and digits.
struct Word<'a> {
    text: &'a str,
    /// Where it starts in its text.
    start: usize,
    /// Whether it has a letter: mere numbers are never the words of a pattern.
    is_name: bool,
}

/// The words of a text: runs of ASCII letters and digits that are none of `characters`.
fn words<'a>(text: &'a str, characters: &str) -> Vec<Word<'a>> {
    let parts = |c: char| !c.is_ascii_alphanumeric() || characters.contains(c);
    let mut words = Vec::new();
    let mut start = 0;
    for part in text.split(parts) {
        if !part.is_empty() {
            let is_name = part.contains(|c: char| c.is_ascii_alphabetic());
            words.push(Word { text: part, start, is_name });
        }
        start += part.len();
        start += text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    }
    words
}

/// A text with `*` for the words that are not frequent. Letters and digits that part words go into the `*` beside them.
fn pattern(text: &str, words: &[Word], characters: &str, frequent: &dyn Fn(usize, &Word) -> bool) -> String {
    let (mut pattern, mut end, mut open) = (String::new(), 0, false);
    for (place, word) in words.iter().enumerate() {
        let between = text.get(end..word.start).unwrap_or_default();
        let eaten = |c: char| c.is_ascii_alphanumeric() && characters.contains(c);
        end = word.start + word.text.len();
        if frequent(place, word) {
            pattern.push_str(if open { between.trim_start_matches(eaten) } else { between });
            pattern.push_str(word.text);
            open = false;
        } else if !open {
            pattern.push_str(between.trim_end_matches(eaten));
            pattern.push('*');
            open = true;
        }
    }
    let rest = text.get(end..).unwrap_or_default();
    if !open {
        pattern.push_str(rest);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str], threshold: f64, characters: &str) -> Vec<(String, i64, usize)> {
        let (found, _) = patterns(texts, threshold, characters);
        found.into_iter().map(|found| (found.pattern, found.count, found.first)).collect()
    }

    #[test]
    fn patterns_of_texts() {
        let numbered: Vec<String> = (1..=10).map(|number| format!("fooZ{number}")).collect();
        let numbered: Vec<&str> = numbered.iter().map(String::as_str).collect();
        assert_eq!(of(&numbered, 0.1, ""), []);
        assert_eq!(of(&numbered, 0.1, "Z"), [("foo*".to_owned(), 10, 0)]);
        let cities = ["San Jose", "San Luis Obispo", "Paris", "San Jose", "Saint Lucy"];
        assert_eq!(of(&cities, 0.5, ""), [("San *".to_owned(), 3, 0)]);
        assert_eq!(of(&cities, 0.0, "").len(), 4);
        let lines = ["user bob logged in (1)", "user eve logged in (22)", "disk full"];
        assert_eq!(of(&lines, 0.4, ""), [("user * logged in (*".to_owned(), 2, 0)]);
        assert_eq!(of(&["", "é", "1 2"], 0.0, ""), []);
        assert_eq!(of(&[], 0.1, ""), []);
    }

    #[test]
    fn every_text_knows_its_pattern() {
        let (found, of_text) = patterns(&["a 1", "b", "a 2", "c"], 0.25, "");
        assert_eq!(found.len(), 1);
        assert_eq!(of_text, [Some(0), None, Some(0), None]);
    }
}
