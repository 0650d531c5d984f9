//! Quoted text to the text that is meant.

use crate::kql::syntax::lexer::FENCES;

/// What a quoted text means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unquoted {
    /// The text.
    pub value: String,
    /// Whether it is written `h"…"`.
    pub obfuscated: bool,
    /// Whether an escape names half a character (`\ud83d` alone) or none; U+FFFD stands for it.
    pub replaced: bool,
}

/// The text that one literal, quotes and prefix included, means. A missing closing quote and unknown escapes are let pass: the lexer has
/// told of them.
pub fn unquote(literal: &str) -> Unquoted {
    let (rest, obfuscated) = match literal.strip_prefix(['h', 'H']) {
        Some(rest) => (rest, true),
        None => (literal, false),
    };
    let (rest, verbatim) = match rest.strip_prefix('@') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    for fence in FENCES {
        if let Some(inner) = rest.strip_prefix(fence) {
            let value = inner.strip_suffix(fence).unwrap_or(inner).to_owned();
            return Unquoted { value, obfuscated, replaced: false };
        }
    }
    let Some(quote) = rest.chars().next() else {
        return Unquoted { value: String::new(), obfuscated, replaced: false };
    };
    let inner = rest.get(quote.len_utf8()..).unwrap_or_default();
    if verbatim {
        let inner = inner.strip_suffix(quote).unwrap_or(inner);
        let value = inner.replace(&format!("{quote}{quote}"), &quote.to_string());
        return Unquoted { value, obfuscated, replaced: false };
    }
    let closing = if quote.is_ascii() { quote } else { inner.chars().last().unwrap_or(quote) };
    let inner = inner.strip_suffix(closing).unwrap_or(inner);
    if !inner.contains('\\') {
        return Unquoted { value: inner.to_owned(), obfuscated, replaced: false };
    }
    let (value, replaced) = unescape(inner);
    Unquoted { value, obfuscated, replaced }
}

/// Resolves escapes. `\u` counts in UTF-16, so two of them may make one character.
fn unescape(text: &str) -> (String, bool) {
    let mut value = String::with_capacity(text.len());
    let mut replaced = false;
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(letter) = rest.chars().next() else {
            value.push('\\');
            break;
        };
        let plain = match letter {
            '\\' | '\'' | '"' => Some(letter),
            'a' => Some('\u{7}'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\u{b}'),
            _ => None,
        };
        if let Some(plain) = plain {
            value.push(plain);
            rest = &rest[1..];
            continue;
        }
        let (code, length) = match letter {
            'u' => utf16(rest),
            'U' => (hex(rest, 8), 9),
            'x' => (hex(rest, 2), 3),
            '0'..='7' => octal(rest),
            _ => {
                value.push('\\');
                continue;
            }
        };
        match code {
            Some(code) => {
                let character = char::from_u32(code);
                replaced |= character.is_none();
                value.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
                rest = rest.get(length..).unwrap_or_default();
            }
            // Too few digits, of which the lexer has told.
            None => value.push('\\'),
        }
    }
    value.push_str(rest);
    (value, replaced)
}

/// The number of so many hexadecimal digits behind one letter.
fn hex(text: &str, digits: usize) -> Option<u32> {
    let digits = text.get(1..1 + digits)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
    u32::from_str_radix(digits, 16).ok()
}

/// The character of `uXXXX`, or of `uXXXX\uXXXX` if these are the halves of one; and how long that is.
fn utf16(text: &str) -> (Option<u32>, usize) {
    let first = hex(text, 4);
    if let Some(high @ 0xD800..=0xDBFF) = first
        && let Some(low @ 0xDC00..=0xDFFF) =
            text.get(5..).and_then(|rest| rest.strip_prefix("\\u")).and_then(|_| hex(text.get(6..)?, 4))
    {
        return (Some(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), 11);
    }
    (first, 5)
}

/// One to three octal digits; three only if the first is at most 3, so that it is a byte.
fn octal(text: &str) -> (Option<u32>, usize) {
    let digit = |at: usize| {
        text.as_bytes().get(at).filter(|byte| (b'0'..=b'7').contains(*byte)).map(|byte| u32::from(byte - b'0'))
    };
    let Some(first) = digit(0) else { return (None, 0) };
    match (digit(1), digit(2)) {
        (Some(second), Some(third)) if first <= 3 => (Some(first * 64 + second * 8 + third), 3),
        (Some(second), _) => (Some(first * 8 + second), 2),
        (None, _) => (Some(first), 1),
    }
}
