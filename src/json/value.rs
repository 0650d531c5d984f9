//! JSON values read where they lie: what kind a text is, its items, its members, one of them by place or key.
//!
//! A value is a slice of the text that it was found in, so that taking one out of another copies nothing and keeps numbers digit by
//! digit. Text that is broken yields fewer items, never an error: it was checked when it became a dynamic.

use std::borrow::Cow;

use super::{Members, Span, push_quoted, skip_space, skip_value, unescape};

/// A JSON value by its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`, and what is no JSON at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// The digits as written.
    Number(&'a str),
    /// What is between the quotes, escapes left in.
    String(&'a str),
    /// The whole array, brackets included.
    Array(&'a str),
    /// The whole object, brackets included.
    Object(&'a str),
}

/// A number as Kusto sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// An integer that fits 64 bits.
    Long(i64),
    /// Anything else.
    Real(f64),
}

impl Number {
    /// Reads a JSON number. Whole numbers are those without a point or an exponent.
    pub fn of(digits: &str) -> Option<Self> {
        match digits.parse() {
            Ok(long) => Some(Number::Long(long)),
            Err(_) => digits.parse().ok().map(Number::Real),
        }
    }

    /// The nearest double.
    pub fn real(self) -> f64 {
        match self {
            Number::Long(long) => long as f64,
            Number::Real(real) => real,
        }
    }
}

impl<'a> Value<'a> {
    /// The value whose text this is. The text is trusted to be one JSON value; its first byte tells the kind.
    pub fn of(text: &'a str) -> Self {
        let text = text.trim_matches([' ', '\n', '\r', '\t']);
        match text.as_bytes() {
            [b'{', ..] => Value::Object(text),
            [b'[', ..] => Value::Array(text),
            [b'"', .., b'"'] if text.len() > 1 => Value::String(&text[1..text.len() - 1]),
            [b't', ..] => Value::Bool(true),
            [b'f', ..] => Value::Bool(false),
            [b'-' | b'0'..=b'9', ..] => Value::Number(text),
            _ => Value::Null,
        }
    }

    /// The items of an array, `None` for any other value.
    pub fn items(self) -> Option<Items<'a>> {
        match self {
            Value::Array(text) => Some(Items { text, at: 1 }),
            _ => None,
        }
    }

    /// The members of an object, `None` for any other value.
    pub fn members(self) -> Option<Entries<'a>> {
        match self {
            Value::Object(text) => Some(Entries { text, members: Members::enter(text.as_bytes(), 0).ok()? }),
            _ => None,
        }
    }

    /// The member of an object with a key; of several the last.
    pub fn get(self, key: &str) -> Option<&'a str> {
        let found = self.members()?.filter(|(name, _)| is_key(name, key)).last();
        found.map(|(_, value)| value)
    }

    /// The item of an array at a place, counted from the end if it is negative.
    pub fn at(self, place: i64) -> Option<&'a str> {
        let mut items = self.items()?;
        match usize::try_from(place) {
            Ok(place) => items.nth(place),
            Err(_) => {
                let length = i64::try_from(items.clone().count()).ok()?;
                items.nth(usize::try_from(length.checked_add(place)?).ok()?)
            }
        }
    }

    /// What the value says as text: a string without its quotes, any other value as written, nothing for null.
    pub fn text(self) -> Cow<'a, str> {
        match self {
            Value::Null => Cow::Borrowed(""),
            Value::Bool(truth) => Cow::Borrowed(if truth { "true" } else { "false" }),
            Value::String(inside) => unescape(inside),
            Value::Number(text) | Value::Array(text) | Value::Object(text) => Cow::Borrowed(text),
        }
    }

    /// The number of a number.
    pub fn number(self) -> Option<Number> {
        match self {
            Value::Number(digits) => Number::of(digits),
            _ => None,
        }
    }
}

/// Whether a key as it lies in a text is this key.
pub fn is_key(name: &str, key: &str) -> bool {
    if name.contains('\\') { unescape(name) == key } else { name == key }
}

/// The items of an array as they are written.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let start = skip_space(bytes, self.at);
        let end = skip_value(bytes, start).ok()?;
        let item = self.text.get(start..end)?;
        // A comma is passed over; the closing bracket is no value and ends the walk.
        let after = skip_space(bytes, end);
        self.at = if bytes.get(after) == Some(&b',') { after + 1 } else { after };
        Some(item)
    }
}

/// The members of an object: keys between their quotes, escapes left in, and values as they are written.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    text: &'a str,
    members: Members<'a>,
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        let member = self.members.step().ok()??;
        let part = |span: Span| self.text.get(span.start..span.end);
        Some((part(member.key)?, part(member.value)?))
    }
}

/// Writes one array or object, putting the commas.
pub struct Writer<'o> {
    out: &'o mut String,
    close: char,
    first: bool,
}

impl<'o> Writer<'o> {
    /// Opens an array.
    pub fn array(out: &'o mut String) -> Self {
        out.push('[');
        Self { out, close: ']', first: true }
    }

    /// Opens an object.
    pub fn object(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, close: '}', first: true }
    }

    fn comma(&mut self) {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
    }

    /// Appends an item that is JSON already.
    pub fn item(&mut self, json: &str) {
        self.comma();
        self.out.push_str(json);
    }

    /// Appends an item as a string.
    pub fn text(&mut self, text: &str) {
        self.comma();
        push_quoted(text, self.out);
    }

    /// Appends an item that is written by its own hand.
    pub fn write(&mut self, write: impl FnOnce(&mut String)) {
        self.comma();
        write(self.out);
    }

    /// Appends a member whose key is a text and whose value is written by its own hand.
    pub fn member(&mut self, key: &str, write: impl FnOnce(&mut String)) {
        self.comma();
        push_quoted(key, self.out);
        self.out.push(':');
        write(self.out);
    }

    /// Appends a member with its key as it lies in another text, escapes left in.
    pub fn raw_member(&mut self, name: &str, write: impl FnOnce(&mut String)) {
        self.comma();
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
        write(self.out);
    }

    /// Closes it.
    pub fn end(self) {
        self.out.push(self.close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_by_their_first_byte() {
        for (text, value) in [
            ("null", Value::Null),
            ("", Value::Null),
            ("\"", Value::Null),
            (" true ", Value::Bool(true)),
            ("-1.50", Value::Number("-1.50")),
            (r#""a\"b""#, Value::String(r#"a\"b"#)),
            ("[1]", Value::Array("[1]")),
            ("{}", Value::Object("{}")),
        ] {
            assert_eq!(Value::of(text), value, "{text}");
        }
        assert_eq!(Value::of(r#""a\"\u0041""#).text(), "a\"A");
    }

    #[test]
    fn items_and_members_are_slices() {
        let array = Value::of(r#"[1, "a,]",[2,{"x":3}] , null]"#);
        assert_eq!(array.items().unwrap().collect::<Vec<_>>(), ["1", r#""a,]""#, r#"[2,{"x":3}]"#, "null"]);
        assert_eq!((array.at(0), array.at(-1), array.at(4), array.at(-5)), (Some("1"), Some("null"), None, None));
        let object = Value::of(r#"{"a":1,"b\"c":[2],"a":3}"#);
        assert_eq!((object.get("a"), object.get("b\"c"), object.get("A")), (Some("3"), Some("[2]"), None));
        assert_eq!((object.at(0), array.get("a"), array.at(i64::MIN)), (None, None, None));
        assert_eq!(Value::of("[]").items().unwrap().count(), 0);
    }

    #[test]
    fn broken_text_yields_less() {
        for text in ["[1,", "[", "[1 2", "[,]", "[}"] {
            let _ = Value::of(text).items().unwrap().count();
        }
        assert_eq!(Value::of(r#"{"a":1,"#).members().unwrap().count(), 1);
    }

    #[test]
    fn numbers_keep_what_they_are() {
        assert_eq!(Number::of("900719925474099312"), Some(Number::Long(900_719_925_474_099_312)));
        assert_eq!(Number::of("1.0"), Some(Number::Real(1.0)));
        assert_eq!(Number::of("1e3"), Some(Number::Real(1000.0)));
        assert_eq!(Number::of("99999999999999999999"), Some(Number::Real(1e20)));
    }
}
