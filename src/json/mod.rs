//! Walking JSON text in place: where values end, what keys an object has, what a string says.
//!
//! This is not a JSON library: it builds no tree and copies nothing. It finds the spans of values in bytes that are already in
//! memory, never recurses (so depth costs no stack), and checks structure only as far as it walks: strings end, brackets close, keys
//! have colons. What a value means is decided where it is used (`scan::cell`, [`value`], [`canonical`]).

mod canonical;
mod string;
mod structure;
pub mod value;

pub use canonical::{canonical, is_json};
pub use string::{push_quoted, unescape};
pub use structure::{Nested, skip_on_line};

use memchr::memchr2;

/// Why a value could not be walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The text ends inside the value.
    Cut,
    /// The text cannot be JSON at this byte.
    Broken(usize),
}

/// A span of bytes, `start..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes of the span, empty if it reaches out of `text`.
    pub fn of<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// The first position at or after `at` that holds no JSON whitespace.
#[inline]
pub fn skip_space(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = text.get(at) {
        at += 1;
    }
    at
}

/// The position after the string whose opening quote is at `at`.
///
/// # Errors
/// [`Fault::Cut`] if it does not end.
#[inline]
pub fn skip_string(text: &[u8], at: usize) -> Result<usize, Fault> {
    string_at(text, at).map(|(end, _)| end)
}

/// The position after the string whose opening quote is at `at`, and whether the string is free of escapes.
#[inline]
fn string_at(text: &[u8], at: usize) -> Result<(usize, bool), Fault> {
    let (mut from, mut plain) = (at + 1, true);
    loop {
        let rest = text.get(from..).ok_or(Fault::Cut)?;
        match memchr2(b'"', b'\\', rest) {
            None => return Err(Fault::Cut),
            Some(i) if rest[i] == b'"' => return Ok((from + i + 1, plain)),
            Some(i) => (from, plain) = (from + i + 2, false),
        }
    }
}

/// The position after the value that starts at `at` (which holds no whitespace).
///
/// Brackets must balance in number; which bracket closes which is left to [`canonical`], for values that somebody wants.
///
/// # Errors
/// [`Fault`] if the value does not end or cannot start so.
#[inline]
pub fn skip_value(text: &[u8], at: usize) -> Result<usize, Fault> {
    match text.get(at) {
        None => Err(Fault::Cut),
        Some(b'"') => skip_string(text, at),
        Some(b'{' | b'[') => structure::skip_nested(text, at),
        Some(b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => Ok(skip_scalar(text, at)),
        Some(_) => Err(Fault::Broken(at)),
    }
}

/// Numbers and words end at a separator; at the end of the text they count as whole.
fn skip_scalar(text: &[u8], mut at: usize) -> usize {
    while let Some(byte) = text.get(at) {
        if matches!(byte, b',' | b'}' | b']' | b':' | b' ' | b'\n' | b'\r' | b'\t' | b'"' | b'{' | b'[') {
            break;
        }
        at += 1;
    }
    at
}

/// A key of an object and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The key between its quotes, escapes left in.
    pub key: Span,
    /// The whole value, quotes and brackets included.
    pub value: Span,
}

/// Steps through the members of one object.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    text: &'a [u8],
    at: usize,
    first: bool,
}

impl<'a> Members<'a> {
    /// Enters the object whose `{` is at `at`.
    ///
    /// # Errors
    /// [`Fault`] if there is no object.
    pub fn enter(text: &'a [u8], at: usize) -> Result<Self, Fault> {
        match text.get(at) {
            Some(b'{') => Ok(Self { text, at: at + 1, first: true }),
            Some(_) => Err(Fault::Broken(at)),
            None => Err(Fault::Cut),
        }
    }

    /// The next member; `None` after the last, when [`Members::end`] is the position after the object.
    ///
    /// # Errors
    /// [`Fault`] if the object is cut or broken here.
    #[inline]
    pub fn step(&mut self) -> Result<Option<Member>, Fault> {
        let Some(key) = self.step_key()? else { return Ok(None) };
        let (value, _) = self.value()?;
        Ok(Some(Member { key, value }))
    }

    /// The next key if it is spelled as `expected`, `,"key":`, in these very bytes; the comma is left out before the first. What follows
    /// is taken with [`Members::value`].
    #[inline]
    pub fn step_key_if(&mut self, expected: &[u8]) -> Option<Span> {
        let expected = if self.first { expected.get(1..)? } else { expected };
        if !self.text.get(self.at..)?.starts_with(expected) {
            return None;
        }
        let end = self.at + expected.len();
        let start = self.at + if self.first { 1 } else { 2 };
        (self.first, self.at) = (false, end);
        Some(Span { start, end: end - 2 })
    }

    /// The value of the key that was just stepped over, and whether it is a string free of escapes.
    ///
    /// # Errors
    /// [`Fault`] if the value does not end or cannot start so.
    #[inline]
    pub fn value(&mut self) -> Result<(Span, bool), Fault> {
        let start = skip_space(self.text, self.at);
        let (end, plain) = match self.text.get(start) {
            Some(b'"') => string_at(self.text, start)?,
            _ => (skip_value(self.text, start)?, false),
        };
        self.at = end;
        Ok((Span { start, end }, plain))
    }

    /// The next key; `None` after the last. What follows is taken with [`Members::value`].
    ///
    /// # Errors
    /// [`Fault`] if the object is cut or broken here.
    pub fn step_key(&mut self) -> Result<Option<Span>, Fault> {
        let mut at = skip_space(self.text, self.at);
        match self.text.get(at) {
            Some(b'}') => {
                self.at = at + 1;
                return Ok(None);
            }
            Some(b',') if !self.first => at = skip_space(self.text, at + 1),
            Some(_) if self.first => {}
            Some(_) => return Err(Fault::Broken(at)),
            None => return Err(Fault::Cut),
        }
        self.first = false;
        match self.text.get(at) {
            Some(b'"') => {}
            Some(_) => return Err(Fault::Broken(at)),
            None => return Err(Fault::Cut),
        }
        let after = skip_string(self.text, at)?;
        let key = Span { start: at + 1, end: after - 1 };
        let colon = skip_space(self.text, after);
        match self.text.get(colon) {
            Some(b':') => self.at = colon + 1,
            Some(_) => return Err(Fault::Broken(colon)),
            None => return Err(Fault::Cut),
        }
        Ok(Some(key))
    }

    /// The position after what was stepped over; after the last member, the position after the object.
    pub fn end(&self) -> usize {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Result<Vec<(&str, &str)>, Fault> {
        let bytes = text.as_bytes();
        let mut walk = Members::enter(bytes, 0)?;
        let mut found = Vec::new();
        while let Some(m) = walk.step()? {
            found.push((&text[m.key.start..m.key.end], &text[m.value.start..m.value.end]));
        }
        Ok(found)
    }

    #[test]
    fn members_are_found_whatever_their_values_hold() {
        let text = r#"{ "a" : 1 ,"b":"x\"}","c":{"d":["]",{}]},"e":null}"#;
        assert_eq!(members(text), Ok(vec![("a", "1"), ("b", r#""x\"}""#), ("c", r#"{"d":["]",{}]}"#), ("e", "null")]));
        assert_eq!(members("{}"), Ok(vec![]));
    }

    #[test]
    fn cut_and_broken_objects_are_told_apart() {
        assert_eq!(members(r#"{"a":1,"b":"x"#), Err(Fault::Cut));
        assert_eq!(members(r#"{"a":1,"b":{"#), Err(Fault::Cut));
        assert_eq!(members(r#"{"a":1"#), Err(Fault::Cut));
        assert_eq!(members(r#"{"a":1 "b":2}"#), Err(Fault::Broken(7)));
        assert_eq!(members(r#"{a:1}"#), Err(Fault::Broken(1)));
        assert_eq!(members(r#"{"a" 1}"#), Err(Fault::Broken(5)));
    }

    #[test]
    fn an_expected_key_is_stepped_over_only_if_it_is_there() {
        let text = br#"{"a":1,"b":"x","c": "\n"}"#;
        let mut walk = Members::enter(text, 0).expect("an object");
        assert_eq!(walk.step_key_if(br#","b":"#), None);
        assert_eq!(walk.step_key_if(br#","a":"#), Some(Span { start: 2, end: 3 }));
        assert_eq!(walk.value(), Ok((Span { start: 5, end: 6 }, false)));
        assert_eq!(walk.step_key_if(br#","b":"#).map(|key| key.of(text)), Some(&b"b"[..]));
        assert_eq!(walk.value(), Ok((Span { start: 11, end: 14 }, true)));
        assert_eq!(walk.step_key(), Ok(Some(Span { start: 16, end: 17 })));
        assert_eq!(walk.value(), Ok((Span { start: 20, end: 24 }, false)));
        assert_eq!(walk.step_key_if(br#","d":"#), None);
        assert_eq!(walk.step_key(), Ok(None));
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(skip_value(deep.as_bytes(), 0), Ok(2_000_000));
        assert_eq!(skip_value(&deep.as_bytes()[..1_500_000], 0), Err(Fault::Cut));
    }
}
