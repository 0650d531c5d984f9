//! From a piece of JSON to records: what is wrapped is unwrapped, the envelope's keys are found, the event's properties are located.
//!
//! A piece may hold one value or several on a line, a message `{"records":[…]}`, an array, a record in a `{"body":…}`, a bare row
//! without envelope. All come out as [`Record`]s. Nothing is decoded here but what decides the table.

use std::borrow::Cow;

use crate::catalog::CATEGORY_PREFIX;
use crate::json::{Fault, Members, Span, skip_space, skip_value, unescape};

/// An event with what its envelope says, located in the text of its piece.
#[derive(Debug)]
pub struct Record<'a> {
    /// The text that the event's properties lie in.
    pub text: &'a str,
    /// Where in `text` the object with the event's properties starts.
    pub properties: usize,
    /// True if that object is the record itself: a row without envelope, as Log Analytics exports it.
    pub flat: bool,
    /// The whole record, for telling about it.
    pub whole: Span,
    /// The table's name as the record says it: the category, or a flat row's `Type`.
    pub category: Option<Cow<'a, str>>,
    /// The envelope's `time`, as written inside its quotes.
    pub time: Option<&'a str>,
    /// The envelope's `_TimeReceivedBySvc`, as written inside its quotes.
    pub received: Option<&'a str>,
    /// The envelope's `tenantId`.
    pub tenant: Option<Cow<'a, str>>,
}

/// What a piece gives.
#[derive(Debug)]
pub enum Found<'a> {
    /// A record.
    Record(Record<'a>),
    /// Bytes `Span` of the piece are no record.
    Fault(Span, Fault),
    /// A value that is no object, where a record should be.
    Stray(Span),
}

/// How deep wrappers may lie in each other: an array of `body` wrappers of messages of records is 5.
const MAX_WRAPPERS: usize = 8;

/// Gives every record of a piece to `on_found`, in order.
pub fn each_record<'a>(piece: &'a str, on_found: &mut dyn FnMut(Found<'_>)) {
    let bytes = piece.as_bytes();
    let mut at = 0;
    loop {
        at = skip_filler(bytes, at);
        if at >= bytes.len() {
            return;
        }
        if !matches!(bytes[at], b'{' | b'[') {
            let end = memchr::memchr2(b'{', b'[', &bytes[at..]).map_or(bytes.len(), |length| at + length);
            on_found(Found::Stray(Span { start: at, end: at + bytes[at..end].trim_ascii_end().len() }));
            at = end;
            continue;
        }
        match one_value(piece, at, MAX_WRAPPERS, on_found) {
            Ok(end) => at = end,
            Err(fault) => {
                on_found(Found::Fault(Span { start: at, end: bytes.len() }, fault));
                return;
            }
        }
    }
}

/// Whitespace, commas and byte order marks between values.
fn skip_filler(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\r' | b'\n' | b',' | 0x1e | 0 | 0xef | 0xbb | 0xbf) = bytes.get(at) {
        at += 1;
    }
    at
}

/// Unwraps the value at `at`; returns where it ends.
fn one_value(text: &str, at: usize, depth: usize, on_found: &mut dyn FnMut(Found<'_>)) -> Result<usize, Fault> {
    match text.as_bytes().get(at) {
        Some(b'{') => object(text, at, depth, on_found),
        Some(b'[') if depth > 0 => {
            // Found first as a whole, so that a cut array is one fault and not rows and a fault.
            let end = skip_value(text.as_bytes(), at)?;
            array(text, at, depth - 1, on_found)?;
            Ok(end)
        }
        _ => {
            let end = skip_value(text.as_bytes(), at)?;
            on_found(Found::Stray(Span { start: at, end }));
            Ok(end)
        }
    }
}

fn array(text: &str, at: usize, depth: usize, on_found: &mut dyn FnMut(Found<'_>)) -> Result<(), Fault> {
    let bytes = text.as_bytes();
    let mut at = at + 1;
    loop {
        at = skip_space(bytes, at);
        match bytes.get(at) {
            None => return Err(Fault::Cut),
            Some(b']') => return Ok(()),
            Some(b',') => at += 1,
            Some(_) => at = element(text, at, depth, on_found)?,
        }
    }
}

/// An array's element; a broken one whose end is known is a fault of its own and does not take its neighbours along.
fn element(text: &str, at: usize, depth: usize, on_found: &mut dyn FnMut(Found<'_>)) -> Result<usize, Fault> {
    one_value(text, at, depth, on_found).or_else(|fault| {
        let end = skip_value(text.as_bytes(), at)?;
        on_found(Found::Fault(Span { start: at, end }, fault));
        Ok(end)
    })
}

/// The members of an object that say how it is wrapped.
#[derive(Default)]
struct Keys {
    properties: Option<Span>,
    records: Option<Span>,
    body: Option<Span>,
    category: Option<Span>,
    time: Option<Span>,
    received: Option<Span>,
    tenant: Option<Span>,
    kind: Option<Span>,
}

impl Keys {
    fn note(&mut self, key: &str, value: Span) {
        let place = match key {
            "properties" => &mut self.properties,
            "category" => &mut self.category,
            "time" => &mut self.time,
            "tenantId" => &mut self.tenant,
            "_TimeReceivedBySvc" => &mut self.received,
            "records" => &mut self.records,
            "body" => &mut self.body,
            "Type" => &mut self.kind,
            _ => return self.note_in_other_case(key, value),
        };
        *place = Some(value);
    }

    /// Tools between Defender and the file respell the envelope's keys; a key in the service's own spelling wins.
    fn note_in_other_case(&mut self, key: &str, value: Span) {
        let place = match key.len() {
            4 if key.eq_ignore_ascii_case("time") => &mut self.time,
            4 if key.eq_ignore_ascii_case("body") => &mut self.body,
            7 if key.eq_ignore_ascii_case("records") => &mut self.records,
            8 if key == "Category" || key == "CATEGORY" => &mut self.category,
            10 if key.eq_ignore_ascii_case("properties") => &mut self.properties,
            _ => return,
        };
        place.get_or_insert(value);
    }
}

fn object(text: &str, at: usize, depth: usize, on_found: &mut dyn FnMut(Found<'_>)) -> Result<usize, Fault> {
    let bytes = text.as_bytes();
    let mut keys = Keys::default();
    let mut members = Members::enter(bytes, at)?;
    while let Some(member) = members.step()? {
        let key = text.get(member.key.start..member.key.end).unwrap_or_default();
        if key.contains('\\') { keys.note(&unescape(key), member.value) } else { keys.note(key, member.value) }
    }
    let whole = Span { start: at, end: members.end() };
    if let Some(wrapped) = keys.wrapped(bytes).filter(|_| depth > 0) {
        unwrap(text, wrapped, depth - 1, on_found)?;
    } else {
        record(text, whole, &keys, on_found);
    }
    Ok(whole.end)
}

impl Keys {
    /// The value that holds the records, if this object is a wrapper and no record.
    fn wrapped(&self, bytes: &[u8]) -> Option<Span> {
        if self.properties.is_some() {
            return None;
        }
        let array = self.records.filter(|span| bytes.get(span.start) == Some(&b'['));
        array.or(self.body.filter(|span| matches!(bytes.get(span.start), Some(b'{' | b'[' | b'"'))))
    }
}

/// Reads what a wrapper holds: an object, an array, or the same as escaped text.
fn unwrap(text: &str, value: Span, depth: usize, on_found: &mut dyn FnMut(Found<'_>)) -> Result<(), Fault> {
    if text.as_bytes().get(value.start) != Some(&b'"') {
        return match text.as_bytes().get(value.start) {
            Some(b'[') => array(text, value.start, depth, on_found),
            _ => one_value(text, value.start, depth, on_found).map(|_| ()),
        };
    }
    let inner = unescape(text.get(value.start + 1..value.end - 1).unwrap_or_default());
    let start = skip_filler(inner.as_bytes(), 0);
    one_value(&inner, start, depth, on_found).map(|_| ()).map_err(|_| Fault::Broken(value.start))
}

fn record(text: &str, whole: Span, keys: &Keys, on_found: &mut dyn FnMut(Found<'_>)) {
    let inside = |span: Option<Span>| span.and_then(|span| string_inside(text, span));
    let category = inside(keys.category).map(unescape);
    let parts = Record {
        text,
        properties: whole.start,
        flat: true,
        whole,
        category: None,
        time: inside(keys.time),
        received: inside(keys.received),
        tenant: inside(keys.tenant).map(unescape),
    };
    match keys.properties.map(|span| (span, text.as_bytes().get(span.start))) {
        Some((span, Some(b'{'))) => {
            on_found(Found::Record(Record { properties: span.start, flat: false, category, ..parts }))
        }
        Some((span, Some(b'"'))) => {
            // The event as escaped text: its object lies in a text of its own.
            let inner = unescape(string_inside(text, span).unwrap_or_default());
            let start = skip_filler(inner.as_bytes(), 0);
            if inner.as_bytes().get(start) == Some(&b'{') && skip_value(inner.as_bytes(), start).is_ok() {
                let end = inner.len();
                let own = Record {
                    text: &inner,
                    properties: start,
                    flat: false,
                    category,
                    whole: Span { start: 0, end },
                    ..parts
                };
                on_found(Found::Record(own));
            } else {
                on_found(Found::Fault(whole, Fault::Broken(span.start)));
            }
        }
        Some((span, _)) => on_found(Found::Fault(whole, Fault::Broken(span.start))),
        None => {
            let named = category.filter(|name| {
                name.get(..CATEGORY_PREFIX.len()).is_some_and(|p| p.eq_ignore_ascii_case(CATEGORY_PREFIX))
            });
            let category = named.or_else(|| inside(keys.kind).map(unescape));
            on_found(Found::Record(Record { category, ..parts }));
        }
    }
}

/// The inside of a JSON string, `None` if the value is none.
fn string_inside(text: &str, span: Span) -> Option<&str> {
    text.get(span.start..span.end)?.strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `table|time|tenant|properties`, one for each record; faults and strays by name.
    fn found(piece: &str) -> Vec<String> {
        let mut all = Vec::new();
        each_record(piece, &mut |found| {
            all.push(match found {
                Found::Record(r) => {
                    let end = skip_value(r.text.as_bytes(), r.properties).expect("whole");
                    let flat = if r.flat { "flat " } else { "" };
                    let table = r.category.as_deref().unwrap_or("-");
                    format!("{flat}{table}|{}|{}", r.time.unwrap_or("-"), &r.text[r.properties..end])
                }
                Found::Fault(span, fault) => format!("{fault:?} {}..{}", span.start, span.end),
                Found::Stray(span) => format!("stray {}", &piece[span.start..span.end]),
            });
        });
        all
    }

    #[test]
    fn every_wrapping_gives_the_record() {
        let record = r#"{"time":"T","category":"AdvancedHunting-X","properties":{"A":1}}"#;
        let plain = vec![r#"AdvancedHunting-X|T|{"A":1}"#.to_owned()];
        let twice = vec![plain[0].clone(), plain[0].clone()];
        let text = serde_json::to_string(record).unwrap();
        assert_eq!(found(record), plain);
        assert_eq!(found(&format!("{record}{record}\r")), twice);
        assert_eq!(found(&format!("{{\"records\":[{record} , {record}]}}")), twice);
        assert_eq!(found(&format!("[{record},[{record}]]")), twice);
        assert_eq!(found(&format!("{{\"x-opt-offset\":1,\"body\":{record}}}")), plain);
        assert_eq!(found(&format!("{{\"body\":{{\"records\":[{record}]}},\"x-opt-key\":null}}")), plain);
        assert_eq!(found(&format!("{{\"body\":{text}}}")), plain);
        assert_eq!(found(r#"{"category":"AdvancedHunting-X","time":"T","properties":"{\"A\":1}"}"#), plain);
        assert_eq!(
            found(
                r#"{"c\u0061tegory":"Advanced\u0048unting-X","time":"T","more":{},"properties":{"A":1},"Tenant":"D"}"#
            ),
            plain
        );
        assert_eq!(found(r#"{"Time":"T","Category":"AdvancedHunting-X","Properties":{"A":1}}"#), plain);
    }

    #[test]
    fn flat_rows_name_their_table_by_type() {
        assert_eq!(found(r#"{"Type":"DeviceEvents","A":1}"#), [r#"flat DeviceEvents|-|{"Type":"DeviceEvents","A":1}"#]);
        assert_eq!(found(r#"{"Category":"Malware","A":1}"#), [r#"flat -|-|{"Category":"Malware","A":1}"#]);
    }

    #[test]
    fn faults_and_strays_are_told() {
        assert_eq!(found(r#"{"time":"T","properties":{"A":"#), ["Cut 0..30"]);
        assert_eq!(found(r#"{"a":1}}"#), [r#"flat -|-|{"a":1}"#, "stray }"]);
        assert_eq!(found("12 null"), ["stray 12 null"]);
        assert_eq!(found(r#"{"properties":5}"#), ["Broken(14) 0..16"]);
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        assert_eq!(found(&deep).len(), 1);
    }
}
