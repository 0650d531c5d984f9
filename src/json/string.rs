//! What a JSON string says, its escapes resolved, and how JSON spells a text.

use std::borrow::Cow;

/// Resolves the escapes of a JSON string's inside (the part between the quotes).
///
/// Escapes that JSON does not know, and surrogates without a partner, stay as they are written: evidence is never altered by a guess.
pub fn unescape(inside: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', inside.as_bytes()) else { return Cow::Borrowed(inside) };
    let mut out = String::with_capacity(inside.len());
    out.push_str(&inside[..first]);
    let mut rest = &inside[first..];
    while !rest.is_empty() {
        let taken = push_escape(rest, &mut out);
        rest = &rest[taken..];
        let plain = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        out.push_str(&rest[..plain]);
        rest = &rest[plain..];
    }
    Cow::Owned(out)
}

/// Appends what the escape at the start of `rest` stands for; returns how many bytes of `rest` it takes.
fn push_escape(rest: &str, out: &mut String) -> usize {
    let simple = match rest.as_bytes().get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            if let Some((char, taken)) = unicode_escape(rest) {
                out.push(char);
                return taken;
            }
            out.push_str("\\u");
            return 2;
        }
        _ => {
            out.push('\\');
            return 1;
        }
    };
    out.push(simple);
    2
}

/// Appends a text as a JSON string, quotes included, in the canonical spelling.
pub fn push_quoted(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| b == b'"' || b == b'\\' || b < 0x20) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = special.chars();
        if let Some(char) = chars.next() {
            push_escaped(char, out);
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Appends a character as JSON must spell it inside a string.
pub(super) fn push_escaped(char: char, out: &mut String) {
    match char {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        control if (control as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", control as u32)),
        plain => out.push(plain),
    }
}

/// Reads `\uXXXX`, or a pair of them that makes one character; returns it with the bytes it takes.
pub(super) fn unicode_escape(text: &str) -> Option<(char, usize)> {
    let first = code_unit(text)?;
    if let Some(char) = char::from_u32(u32::from(first)) {
        return Some((char, 6));
    }
    let second = code_unit(text.get(6..)?)?;
    let pair = char::decode_utf16([first, second]).next()?.ok()?;
    Some((pair, 12))
}

fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if digits.bytes().all(|b| b.is_ascii_hexdigit()) { u16::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_resolve_as_json_says() {
        for (inside, meant) in [
            ("plain", "plain"),
            (r"a\\b\/c\n", "a\\b/c\n"),
            (r"\u0041\u00e9", "Aé"),
            (r"\ud83d\ude00!", "😀!"),
            (r"\\u003c", r"\u003c"),
            (r"\ud83d alone", r"\ud83d alone"),
            (r"\u12G4 \x", r"\u12G4 \x"),
            (r"\ud83d\u0041", r"\ud83dA"),
            ("\\", "\\"),
        ] {
            assert_eq!(unescape(inside), meant, "{inside}");
        }
        assert!(matches!(unescape("no escape"), Cow::Borrowed(_)));
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_serde_json(text: String) {
            let quoted = serde_json::to_string(&text).unwrap();
            assert_eq!(unescape(&quoted[1..quoted.len() - 1]), text);
            let mut ours = String::new();
            push_quoted(&text, &mut ours);
            assert_eq!(ours, quoted);
        }
    }
}
