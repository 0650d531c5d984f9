//! Some keys of a flat object, looked for in its bytes instead of walking over its members.
//!
//! Sees only what is spelled as services spell it: no space around a key, no escape in it. Where anything else might be, it says so and
//! the object must be walked.
//!
//! Of a key that comes twice the last counts. So once every key is found in an object's last stretch, what stands before it is of no
//! account; how long that stretch is for this table's objects is learned.

use super::pairs::{AT_ONCE, ESCAPE, Pair, Pairs};
use crate::json::{Span, skip_value};

/// A prepared search for some keys.
pub struct Keys {
    /// The keys in their quotes, each with its number.
    spelled: Vec<(usize, Box<[u8]>)>,
    /// One for each pass over an object; with all of them every key, and what may spell one with escapes.
    passes: Vec<Pairs>,
    /// So many bytes before an object's end the keys are looked for first.
    tail: usize,
}

/// Objects whose keys begin so much earlier than the last one's are still looked at from the same distance.
const SLACK: usize = 64;

/// What stands at a marked place.
enum Here {
    /// The key of this number, so many bytes long with its quotes.
    Key(usize, usize),
    /// Something that only a walk can make out.
    Unclear,
    Nothing,
}

impl Keys {
    /// A search for these keys with their numbers; `None` if one cannot be looked for.
    pub fn new(keys: &[(usize, &str)]) -> Option<Self> {
        if !keys.iter().all(|(_, key)| key.bytes().all(is_letter)) {
            return None;
        }
        let spelled: Vec<(usize, Box<[u8]>)> =
            keys.iter().map(|&(number, key)| (number, format!("\"{key}\"").into_bytes().into())).collect();
        let mut pairs = vec![ESCAPE];
        for (_, key) in &spelled {
            pairs.push(Pair::of(key, false)?);
        }
        let passes = pairs.chunks(AT_ONCE).map(|pairs| Pairs::new(pairs.iter().copied())).collect();
        Some(Self { spelled, passes, tail: 0 })
    }

    /// Puts where the keys' values lie into `spans`, by the keys' numbers. The object `event` of `text` ends where it should and
    /// holds nothing nested.
    ///
    /// False if a key is not there, or not to be made out without a walk.
    pub fn look_for(&mut self, text: &[u8], event: Span, spans: &mut [Span]) -> bool {
        let tail = event.end.saturating_sub(self.tail).max(event.start);
        if tail > event.start && self.look_from(tail, text, event, spans) {
            // Shrinks slowly, so that one long object is forgotten.
            self.tail = self.distance(event, spans).max(self.tail - self.tail / 64);
            return true;
        }
        let found = self.look_from(event.start, text, event, spans);
        if found {
            self.tail = self.distance(event, spans);
        }
        found
    }

    /// How far before the end a search finds all these keys, and a little more.
    fn distance(&self, event: Span, spans: &[Span]) -> usize {
        let distance = |(number, key): &(usize, Box<[u8]>)| {
            spans.get(*number).map_or(0, |value| event.end - value.start.min(event.end) + key.len() + SLACK)
        };
        self.spelled.iter().map(distance).max().unwrap_or(0)
    }

    /// The search from this place on, which may lie in the middle of a key or a value: no key is seen where none is.
    fn look_from(&self, start: usize, text: &[u8], event: Span, spans: &mut [Span]) -> bool {
        spans.fill(Span::default());
        let mut clear = true;
        for pairs in &self.passes {
            pairs.find(text, start..event.end, &mut |place| {
                match self.at(text, place) {
                    Here::Key(number, length) => {
                        match (value(text, event, place + length + 1), spans.get_mut(number)) {
                            (Some(value), Some(span)) => *span = value,
                            _ => clear = false,
                        }
                    }
                    Here::Unclear => clear = false,
                    Here::Nothing => {}
                }
                !clear
            });
        }
        clear && self.spelled.iter().all(|&(number, _)| spans.get(number).is_some_and(|span| span.start > 0))
    }

    /// What stands at a place. Within a string a quote is escaped, so one that follows `{` or `,` begins a string or ends one; what a
    /// string ends with is followed by no key. A value follows its colon.
    fn at(&self, text: &[u8], place: usize) -> Here {
        let rest = text.get(place..).unwrap_or_default();
        if let [b'\\', b'u', digits @ ..] = rest {
            return if spells_a_letter(digits) { Here::Unclear } else { Here::Nothing };
        }
        let Some((number, key)) = self.spelled.iter().find(|(_, key)| rest.starts_with(key)) else {
            return Here::Nothing;
        };
        match (place.checked_sub(1).and_then(|before| text.get(before)), rest.get(key.len())) {
            (Some(b'{' | b','), Some(b':')) => Here::Key(*number, key.len()),
            (Some(b'{' | b',' | b' ' | b'\t' | b'\r'), _) => Here::Unclear,
            _ => Here::Nothing,
        }
    }
}

/// The value at a place, if it is text and followed as a value must be.
fn value(text: &[u8], event: Span, start: usize) -> Option<Span> {
    let end = skip_value(text, start).ok().filter(|&end| end < event.end)?;
    let followed = matches!(text.get(end), Some(b',' | b'}'));
    (followed && std::str::from_utf8(text.get(start..end)?).is_ok()).then_some(Span { start, end })
}

/// The characters that keys are made of.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether the digits after `\u` may name such a character.
fn spells_a_letter(digits: &[u8]) -> bool {
    let Some(digits) = digits.first_chunk::<4>() else { return true };
    let code = std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok());
    code.and_then(|code| u8::try_from(code).ok()).is_some_and(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of `A`, `Name` and `C`, if they can be made out.
    fn values(event: &str) -> Option<[String; 3]> {
        let mut answers = Vec::new();
        for tail in 0..event.len() + 2 {
            for behind in ["", "\n", &"x".repeat(300)] {
                let mut keys = Keys::new(&[(0, "A"), (1, "Name"), (2, "C")]).expect("keys");
                keys.tail = tail;
                let text = format!("-{event}{behind}");
                let mut spans = [Span::default(); 3];
                let found = keys.look_for(text.as_bytes(), Span { start: 1, end: event.len() + 1 }, &mut spans);
                answers.push(found.then(|| spans.map(|span| text[span.start..span.end].to_owned())));
            }
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{event}: the same whatever was learned and whatever follows");
        answers.swap_remove(0)
    }

    #[test]
    fn the_last_of_two_keys_counts_wherever_the_search_begins() {
        let filler = format!(r#""Filler":"{}""#, r#",\"A\":5 \u00e9"#.repeat(20));
        let expected = Some(["9".to_owned(), "\"x\"".to_owned(), "2".to_owned()]);
        assert_eq!(values(&format!(r#"{{"A":1,"Name":"y",{filler},"C":2,"Name":"x","A":9}}"#)), expected);
    }

    #[test]
    fn the_distance_of_keys_is_learned_and_forgotten() {
        let mut keys = Keys::new(&[(0, "A")]).expect("keys");
        let mut learn = |behind: usize| {
            let event = format!(r#"{{"F":"{}","A":1,"Z":"{}"}}"#, "f".repeat(3_000), "z".repeat(behind));
            let mut spans = [Span::default()];
            assert!(keys.look_for(event.as_bytes(), Span { start: 0, end: event.len() }, &mut spans));
            assert_eq!(spans[0].of(event.as_bytes()), b"1");
            keys.tail
        };
        let near = learn(10);
        assert!(near < 200);
        assert!(learn(2_000) > 2_000);
        let later = (0..1_000).map(|_| learn(10)).last();
        assert!(later.is_some_and(|tail| tail < near + 100), "{later:?}");
    }

    #[test]
    fn values_are_found_wherever_they_stand() {
        let expected = Some(["1".to_owned(), "\"x\"".to_owned(), "null".to_owned()]);
        assert_eq!(values(r#"{"A":1,"Name":"x","C":null}"#), expected);
        assert_eq!(values(r#"{"C":null,"B":"Name","Names":2,"Name":"x","A":1}"#), expected);
        assert_eq!(values(r#"{"C":7,"B":",\"Name\":","Name":"x","A":1,"C":null,"D":"c:\\users\\ \u0027"}"#), expected);
        let filler = format!(r#""Filler":"{}""#, "y".repeat(500));
        assert_eq!(values(&format!(r#"{{{filler},"A":1,{filler},"Name":"x",{filler},"C":null,{filler}}}"#)), expected);
    }

    #[test]
    fn what_needs_a_walk_is_said() {
        for event in [
            r#"{"A":1,"C":null}"#,
            r#"{"A":1,"Name":"x", "C":null}"#,
            r#"{"A":1,"Name" :"x","C":null}"#,
            r#"{"A":1,"Name": "x","C":null}"#,
            r#"{"A":1,"Name":"x","C":null,"N\u0061me":2}"#,
            r#"{"A":1,"Name":"x","C":null "D":1}"#,
        ] {
            assert_eq!(values(event), None, "{event}");
        }
    }
}
