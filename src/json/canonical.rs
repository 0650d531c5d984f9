//! One spelling for each JSON value: no whitespace between tokens, one way to write each character.
//!
//! A dynamic cell arrives as an object in one table and as text in another, pretty-printed in one frame and compact in the next.
//! All end as the same text, so that they compare, group and export alike. Numbers keep their digits: `1.0` stays `1.0`, and an
//! 18-digit id never meets a double.

use std::borrow::Cow;

use super::skip_space;
use super::string::{push_escaped, unicode_escape};

/// The canonical spelling of a JSON value, or `None` if the text is not exactly one JSON value (surrounding whitespace aside).
pub fn canonical(text: &str) -> Option<Cow<'_, str>> {
    let trimmed = text.trim_matches([' ', '\n', '\r', '\t']);
    match Writer::run(trimmed)? {
        None => Some(Cow::Borrowed(trimmed)),
        Some(rewritten) => Some(Cow::Owned(rewritten)),
    }
}

/// True if the text is exactly one JSON value.
pub fn is_json(text: &str) -> bool {
    canonical(text).is_some()
}

/// What may come next while a value is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    KeyOrEnd,
    Key,
    CommaOrEnd,
    Nothing,
}

/// Copies tokens to `out` once something had to change; until then the input itself is the result.
struct Writer<'a> {
    text: &'a str,
    at: usize,
    /// Input up to here is in `out`, or would be.
    copied: usize,
    out: Option<String>,
    /// The open brackets: true for an object.
    open: Vec<bool>,
}

impl<'a> Writer<'a> {
    fn run(text: &'a str) -> Option<Option<String>> {
        let mut writer = Writer { text, at: 0, copied: 0, out: None, open: Vec::new() };
        let mut expect = Expect::Value;
        loop {
            writer.drop_space();
            if writer.at >= text.len() {
                break;
            }
            expect = writer.token(expect)?;
        }
        if expect != Expect::Nothing {
            return None;
        }
        if let Some(out) = &mut writer.out {
            out.push_str(&text[writer.copied..]);
        }
        Some(writer.out)
    }

    fn drop_space(&mut self) {
        let next = skip_space(self.text.as_bytes(), self.at);
        if next > self.at {
            self.replace(next, "");
        }
    }

    /// Puts `with` in the place of the input from `self.at` to `end`.
    fn replace(&mut self, end: usize, with: &str) {
        let out = self.out.get_or_insert_with(|| String::with_capacity(self.text.len()));
        out.push_str(&self.text[self.copied..self.at]);
        out.push_str(with);
        self.copied = end;
        self.at = end;
    }

    fn token(&mut self, expect: Expect) -> Option<Expect> {
        let byte = self.text.as_bytes()[self.at];
        match (expect, byte) {
            (Expect::Value | Expect::ValueOrEnd, b'{') => self.opened(true),
            (Expect::Value | Expect::ValueOrEnd, b'[') => self.opened(false),
            (Expect::KeyOrEnd | Expect::CommaOrEnd, b'}') => self.closed(true),
            (Expect::ValueOrEnd | Expect::CommaOrEnd, b']') => self.closed(false),
            (Expect::CommaOrEnd, b',') => {
                self.at += 1;
                Some(if *self.open.last()? { Expect::Key } else { Expect::Value })
            }
            (Expect::Key | Expect::KeyOrEnd, b'"') => {
                self.string()?;
                self.drop_space();
                (self.text.as_bytes().get(self.at) == Some(&b':')).then(|| self.at += 1)?;
                Some(Expect::Value)
            }
            (Expect::Value | Expect::ValueOrEnd, b'"') => {
                self.string()?;
                Some(self.after_value())
            }
            (Expect::Value | Expect::ValueOrEnd, _) => {
                self.at += scalar_length(&self.text[self.at..])?;
                Some(self.after_value())
            }
            _ => None,
        }
    }

    fn opened(&mut self, object: bool) -> Option<Expect> {
        self.open.push(object);
        self.at += 1;
        Some(if object { Expect::KeyOrEnd } else { Expect::ValueOrEnd })
    }

    fn closed(&mut self, object: bool) -> Option<Expect> {
        if self.open.pop()? != object {
            return None;
        }
        self.at += 1;
        Some(self.after_value())
    }

    fn after_value(&self) -> Expect {
        if self.open.is_empty() { Expect::Nothing } else { Expect::CommaOrEnd }
    }

    /// Passes over the string at `self.at`, respelling escapes that have a plainer form.
    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let next = rest.iter().position(|&b| b == b'"' || b == b'\\' || b < 0x20)?;
            self.at += next;
            match rest[next] {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.escape()?,
                control => self.replace(self.at + 1, &spelled(char::from(control))),
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        match rest.as_bytes().get(1)? {
            b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'/' => self.replace(self.at + 2, "/"),
            b'u' => match unicode_escape(rest) {
                Some((char, taken)) => {
                    self.replace(self.at + taken, &spelled(char));
                }
                None => {
                    let digits = rest.as_bytes().get(2..6)?;
                    digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                    self.at += 6;
                }
            },
            _ => return None,
        }
        Some(())
    }
}

fn spelled(char: char) -> String {
    let mut spelled = String::new();
    push_escaped(char, &mut spelled);
    spelled
}

/// The length of the number or word at the start of `text`, if it is one of JSON's.
fn scalar_length(text: &str) -> Option<usize> {
    for word in ["true", "false", "null"] {
        if text.starts_with(word) {
            return Some(word.len());
        }
    }
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        let start = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        (at > start).then_some(at)
    };
    let start = usize::from(bytes.first() == Some(&b'-'));
    let mut at = if bytes.get(start) == Some(&b'0') { start + 1 } else { digits(start)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = digits(at + 1 + sign)?;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_spelling() {
        for (text, expected) in [
            (r#" { "a" : [ 1 , 2.0 ] } "#, r#"{"a":[1,2.0]}"#),
            (r#"{"a":"\u00e9\/\u000A\u0022"}"#, r#"{"a":"é/\n\""}"#),
            (r#"{"a":"\ud83d\ude00 \ud83d"}"#, r#"{"a":"😀 \ud83d"}"#),
            ("\"tab\there\"", r#""tab\there""#),
            ("-640236721980338696", "-640236721980338696"),
            ("1.0e+5", "1.0e+5"),
            ("[]", "[]"),
            ("{\n}", "{}"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
        }
        assert!(matches!(canonical(r#"{"a":[1,"x\n"]}"#), Some(Cow::Borrowed(_))));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            "[Security Alert] x",
            "{31D7786C}",
            "{\"a\":1,}",
            "[1,]",
            "{]",
            "01",
            "1 2",
            "tru",
            "\"x",
            "{\"a\" 1}",
            r#""\x""#,
            "-",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        assert_eq!(canonical(&deep).as_deref(), Some(deep.as_str()));
    }

    proptest::proptest! {
        #[test]
        fn accepts_what_serde_json_accepts(text in r#"[\[\]{}",:0-9a-e.\\ nultrfs-]{0,12}"#) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            let lone_surrogate = text.contains("\\u");
            proptest::prop_assert!(theirs == is_json(&text) || lone_surrogate, "{}", text);
        }
    }
}
