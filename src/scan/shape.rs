//! What the lines of a blob look like around their events, learned from one that was read in full.
//!
//! A storage blob's lines differ in their moments and in their events, and in nothing else. So a line that begins and ends as the
//! learned one does, but for the moments, has the same envelope: the same table, the same tenant. Only where its event ends is to be
//! found. A line of any other look is read in full; a wrong guess costs time and no truth.

use super::envelope::Record;
use crate::json::{Nested, skip_on_line, skip_value};

/// The learned look of a line.
#[derive(Debug)]
pub struct LineShape {
    head: Vec<Part>,
    tail: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    /// These bytes.
    Text(Box<[u8]>),
    /// A moment inside quotes: digits and their punctuation.
    Moment,
}

/// A line of the learned look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShapedLine {
    /// Where the event's object starts.
    pub event: usize,
    /// Where it ends, and whether it is flat.
    pub nested: Nested,
    /// One past the line's line feed.
    pub end: usize,
}

/// Longer runs of digits are no moments.
const LONGEST_MOMENT: usize = 40;

impl LineShape {
    /// The look of the line that a piece is, if the piece is one record in an envelope and ends with a line feed.
    pub fn of(piece: &str, record: &Record<'_>) -> Option<Self> {
        let whole = !record.flat && record.whole.start == 0 && std::ptr::eq(record.text, piece);
        if !whole || !piece.ends_with('\n') || !piece.get(record.whole.end..)?.trim().is_empty() {
            return None;
        }
        let end = skip_value(piece.as_bytes(), record.properties).ok()?;
        let moments: Vec<&str> = record.time.into_iter().chain(record.received).collect();
        let head = parts(piece.get(..record.properties)?, &moments)?;
        Some(Self { head, tail: parts(piece.get(end..)?, &moments)? })
    }

    /// The line at the start of `window`, if it has this look and is whole.
    #[inline]
    pub fn read(&self, window: &[u8]) -> Option<ShapedLine> {
        let event = after(&self.head, window, 0)?;
        let nested = skip_on_line(window, event).ok()?;
        Some(ShapedLine { event, nested, end: after(&self.tail, window, nested.end)? })
    }
}

/// Cuts a text at the moments that lie in it.
fn parts(text: &str, moments: &[&str]) -> Option<Vec<Part>> {
    let mut places: Vec<(usize, usize)> = Vec::new();
    for moment in moments {
        let start = (moment.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
        if let Some(start) = start.filter(|start| start + moment.len() <= text.len()) {
            // Something else than a moment is kept as it is.
            if moment_length(moment.as_bytes()) == moment.len() {
                places.push((start, start + moment.len()));
            }
        }
    }
    places.sort_unstable();
    let (mut parts, mut from) = (Vec::new(), 0);
    for (start, end) in places {
        parts.push(Part::Text(text.get(from..start)?.as_bytes().into()));
        parts.push(Part::Moment);
        from = end;
    }
    parts.push(Part::Text(text.get(from..)?.as_bytes().into()));
    Some(parts)
}

/// The position after the parts, if they stand at `at`.
#[inline]
fn after(parts: &[Part], window: &[u8], mut at: usize) -> Option<usize> {
    for part in parts {
        let rest = window.get(at..)?;
        at += match part {
            Part::Text(text) => rest.starts_with(text).then_some(text.len())?,
            Part::Moment => moment_length(rest),
        };
    }
    Some(at)
}

/// How many bytes a moment may take up here; what follows must be its closing quote, which the next part begins with.
#[inline]
fn moment_length(text: &[u8]) -> usize {
    let is_moment = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b':' | b'.' | b'+' | b'T' | b'Z');
    text.iter().take(LONGEST_MOMENT).take_while(|byte| is_moment(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::envelope::{Found, each_record};

    fn shape(line: &str) -> Option<LineShape> {
        let mut shape = None;
        each_record(line, &mut |found| {
            if let Found::Record(record) = found {
                shape = LineShape::of(line, &record);
            }
        });
        shape
    }

    fn line(time: &str, event: &str) -> String {
        format!(
            "{{\"time\":\"{time}\",\"category\":\"AdvancedHunting-X\",\"_TimeReceivedBySvc\":\"{time}\",\"properties\":{event},\"Tenant\":\"D\"}}\n"
        )
    }

    #[test]
    fn lines_that_differ_in_moments_and_events_have_one_look() {
        let shape = shape(&line("2026-10-01T23:00:00.8715515Z", r#"{"A":1}"#)).expect("a look");
        for event in ["{}", r#"{"A":"}\"","B":null}"#, r#"{"A":{"B":[]}}"#] {
            let text = line("2026-10-02T23:00:00.1Z", event) + "more";
            let read = shape.read(text.as_bytes()).expect("of this look");
            assert_eq!(&text[read.event..read.nested.end], event);
            assert_eq!(&text[read.end..], "more");
            assert_eq!(read.nested.flat, !event.contains("{\"B\""));
        }
    }

    #[test]
    fn any_other_line_is_of_another_look() {
        let good = line("2026-10-01T23:00:00.8715515Z", r#"{"A":1}"#);
        let shape = shape(&good).expect("a look");
        for other in [
            good.replace("-X", "-Y"),
            good.replace("\"D\"", "\"E\""),
            good.replace("{\"A\":1}", "{\"A\":1"),
            good.replace("{\"A\":1}", "{\"A\":1}}"),
            good.replace("{\"A\":1}", "{\"A\":\"1}"),
            good.replace("{\"A\":1}", "{\"A\":\n1}"),
            good.replace("2026-10-01T", "2026 10"),
            good.replace("\"time\"", " \"time\""),
            good.trim_end().to_owned(),
        ] {
            assert_eq!(shape.read(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn what_is_not_one_record_with_an_envelope_has_no_look() {
        let good = line("T", "{}");
        assert!(shape(&good).is_some());
        assert!(shape(good.trim_end()).is_none());
        assert!(shape(&format!("{}{good}", good.trim_end())).is_none());
        assert!(shape("{\"A\":1}\n").is_none());
        assert!(shape(&format!("{{\"records\":[{}]}}\n", good.trim_end())).is_none());
        assert!(shape(&line("T", r#""{\"A\":1}""#)).is_none());
    }
}
