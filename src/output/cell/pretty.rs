//! JSON text over several lines, for people: every value as it was written, a line for each, indented by depth.

use std::str;

/// Columns by which a level is indented.
const INDENT: usize = 2;
/// Levels after which lines are not indented further: somebody may write a million brackets.
const DEEPEST: usize = 32;

/// The lines of a JSON text; one line, the text itself, if it is no object and no array or is not JSON.
pub(in crate::output) fn lines(text: &str) -> Vec<String> {
    let trimmed = text.trim();
    let is_nested = trimmed.starts_with(['{', '[']);
    if !is_nested || serde_json::from_str::<serde::de::IgnoredAny>(trimmed).is_err() {
        return vec![text.to_owned()];
    }
    let mut lines = Lines::default();
    let mut rest = trimmed.as_bytes();
    while let [first, ..] = rest {
        let length = match first {
            b'"' => string(rest),
            _ => 1,
        };
        let (token, behind) = rest.split_at(length.min(rest.len()));
        // What is next tells whether brackets hold nothing.
        lines.take(token, behind.trim_ascii_start().first().copied());
        rest = behind;
    }
    lines.done
}

/// The length of a string in valid JSON, quotes included.
fn string(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(step) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += step;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

#[derive(Default)]
struct Lines {
    done: Vec<String>,
    depth: usize,
}

impl Lines {
    fn take(&mut self, token: &[u8], next: Option<u8>) {
        match token {
            b"{" | b"[" => {
                self.put(token);
                self.depth += 1;
                if !matches!(next, Some(b'}' | b']')) {
                    self.begin();
                }
            }
            b"}" | b"]" => {
                self.depth = self.depth.saturating_sub(1);
                let holds_nothing = self.done.last().is_some_and(|line| line.ends_with(['{', '[']));
                if !holds_nothing {
                    self.begin();
                }
                self.put(token);
            }
            b"," => {
                self.put(token);
                self.begin();
            }
            b":" => self.put(b": "),
            [byte] if byte.is_ascii_whitespace() => {}
            token => self.put(token),
        }
    }

    fn begin(&mut self) {
        self.done.push(" ".repeat(self.depth.min(DEEPEST) * INDENT));
    }

    fn put(&mut self, token: &[u8]) {
        if self.done.is_empty() {
            self.done.push(String::new());
        }
        if let Some(line) = self.done.last_mut() {
            // Tokens are cut at ASCII characters, or are one byte of a number or a word.
            line.push_str(str::from_utf8(token).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_as_they_are_written() {
        let text = r#" {"a": [1, 12345678901234567890.50, "x, \"{y}\" größer\\"], "b":{},"c" :[ ], "d":{"e":null}} "#;
        insta::assert_snapshot!(lines(text).join("\n"), @r#"
        {
          "a": [
            1,
            12345678901234567890.50,
            "x, \"{y}\" größer\\"
          ],
          "b": {},
          "c": [],
          "d": {
            "e": null
          }
        }
        "#);
    }

    #[test]
    fn what_is_no_object_is_left_alone() {
        for text in ["", "a, b", "{broken", "[1,", "\"x\"", "12"] {
            assert_eq!(lines(text), [text]);
        }
        let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
        assert_eq!(lines(&deep).concat().replace(' ', ""), deep);
    }
}
