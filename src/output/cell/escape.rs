//! Characters that must not reach a reader as they are: JSON's own, and those that a terminal acts on or nobody sees.
//!
//! Evidence is written by attackers. A file name may hold an escape sequence that clears the screen or a bidirectional override that
//! makes `gpj.exe` read as `exe.jpg`. JSON writes such characters as `\u…`, which is the same value; tables show them as visible
//! signs. Nothing is ever dropped.

use serde::de::IgnoredAny;

/// Writes a JSON string, quotes included.
pub(in crate::output) fn json_string(text: &str, out: &mut Vec<u8>) {
    const WATCHED: [bool; 256] = watch(b"\"\\");
    out.push(b'"');
    replace(text, &WATCHED, |c| matches!(c, '"' | '\\') || is_hidden(c), json_escape, out);
    out.push(b'"');
}

/// A JSON object's key with its colon.
pub(in crate::output) fn json_key(name: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(name.len() + 3);
    json_string(name, &mut key);
    key.push(b':');
    key
}

/// Writes JSON text as the JSON value that it is, on one line; text that is not JSON becomes a JSON string.
pub(in crate::output) fn json_value(text: &str, out: &mut Vec<u8>) {
    const WATCHED: [bool; 256] = watch(b"");
    // `IgnoredAny` walks the text without recursion, so depth is no danger.
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return json_string(text, out);
    }
    // In valid JSON white space stands only between tokens, and hidden characters only within strings.
    let put = |c: char, out: &mut Vec<u8>| if c.is_ascii_whitespace() { out.push(b' ') } else { json_escape(c, out) };
    replace(text, &WATCHED, is_hidden, put, out);
}

/// Writes text so that a terminal shows it and does nothing else: control characters as their Unicode pictures (`␊`, `␛`), other
/// hidden characters by number (`<U+202E>`).
pub(in crate::output) fn visible(text: &str, out: &mut Vec<u8>) {
    const WATCHED: [bool; 256] = watch(b"");
    let put = |c: char, out: &mut Vec<u8>| match u32::from(c) {
        code @ 0..0x20 => push(char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'), out),
        0x7f => push('\u{2421}', out),
        code => out.extend_from_slice(format!("<U+{code:04X}>").as_bytes()),
    };
    replace(text, &WATCHED, is_hidden, put, out);
}

/// True for characters that a terminal acts on, that reorder text, or that show nothing.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The bytes at which to look closer: all that can start a hidden character, and `more`.
const fn watch(more: &[u8]) -> [bool; 256] {
    let mut watched = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        watched[byte] = true;
        byte += 1;
    }
    let leads = [0x7f, 0xc2, 0xd8, 0xe2, 0xef, 0xf3];
    let mut lead = 0;
    while lead < leads.len() {
        watched[leads[lead]] = true;
        lead += 1;
    }
    let mut index = 0;
    while index < more.len() {
        watched[more[index] as usize] = true;
        index += 1;
    }
    watched
}

/// Copies text in runs; each character that starts with a watched byte and that `is_special` goes through `put` instead.
fn replace(
    text: &str,
    watched: &[bool; 256],
    is_special: impl Fn(char) -> bool,
    put: impl Fn(char, &mut Vec<u8>),
    out: &mut Vec<u8>,
) {
    let bytes = text.as_bytes();
    let (mut copied, mut at) = (0, 0);
    while let Some(step) = bytes[at..].iter().position(|&byte| watched[usize::from(byte)]) {
        at += step;
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
        if is_special(c) {
            out.extend_from_slice(&bytes[copied..at]);
            put(c, out);
            copied = at + c.len_utf8();
        }
        at += c.len_utf8();
    }
    out.extend_from_slice(&bytes[copied..]);
}

fn json_escape(c: char, out: &mut Vec<u8>) {
    let short = match c {
        '"' => b'"',
        '\\' => b'\\',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\u{8}' => b'b',
        '\u{c}' => b'f',
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

fn push(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: fn(&str, &mut Vec<u8>), text: &str) -> String {
        let mut out = Vec::new();
        write(text, &mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn json_strings_escape_what_json_and_terminals_act_on() {
        insta::assert_snapshot!(written(json_string, "a\"b\\c\n\r\t\u{8}\u{c}\u{0}"), @r#""a\"b\\c\n\r\t\b\f\u0000""#);
        insta::assert_snapshot!(written(json_string, "\u{1b}[2J\u{9b}2J\u{7f} gpj\u{202e}exe"), @r#""\u001b[2J\u009b2J\u007f gpj\u202eexe""#);
        insta::assert_snapshot!(written(json_string, "größer — “naïve” 日本 🙂 \u{e0041}"), @r#""größer — “naïve” 日本 🙂 \udb40\udc41""#);
    }

    #[test]
    fn json_text_stays_json_on_one_line_and_other_text_becomes_a_string() {
        insta::assert_snapshot!(written(json_value, "{\n\t\"a\": [1,\r\n 123456789012345678901.50e3]\n}"), @r#"{  "a": [1,   123456789012345678901.50e3] }"#);
        insta::assert_snapshot!(written(json_value, "{\"a\":\"x\u{202e}\u{9b}\"}"), @r#"{"a":"x\u202e\u009b"}"#);
        insta::assert_snapshot!(written(json_value, "{\"a\":"), @r#""{\"a\":""#);
        insta::assert_snapshot!(written(json_value, "1 2"), @r#""1 2""#);
        insta::assert_snapshot!(written(json_value, ""), @r#""""#);
        insta::assert_snapshot!(written(json_value, "NaN"), @r#""NaN""#);
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(written(json_value, &deep), deep);
    }

    #[test]
    fn visible_text_shows_every_character_and_controls_none() {
        insta::assert_snapshot!(written(visible, "a\tb\r\nc \u{1b}]0;owned\u{7}\u{7f}\u{9b}31m \u{202e}gpj.exe\u{feff}"), @"a␉b␍␊c ␛]0;owned␇␡<U+009B>31m <U+202E>gpj.exe<U+FEFF>");
        insta::assert_snapshot!(written(visible, r"C:\new\temp “ok” é"), @r"C:\new\temp “ok” é");
    }

    proptest! {
        #[test]
        fn json_strings_read_back_as_the_text(text in any::<String>()) {
            let json = written(json_string, &text);
            prop_assert_eq!(serde_json::from_str::<String>(&json).ok(), Some(text));
            prop_assert!(!json.chars().any(is_hidden));
        }

        #[test]
        fn visible_text_holds_nothing_hidden(text in any::<String>()) {
            prop_assert!(!written(visible, &text).chars().any(is_hidden));
        }
    }
}
