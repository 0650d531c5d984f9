//! Frames: how records lie in the bytes of a blob or a dump.

use super::SampleError;
use super::capture::{Capture, CaptureCodec};
use super::clock::{Fraction, Ticks};

/// How records are put into bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Frame {
    /// One record a line, ended by CR LF: what the service writes into storage.
    Lines,
    /// One record a line, ended by LF: a hub dump that Logstash has split.
    Records,
    /// One message `{"records":[…]}` a line.
    Messages,
    /// Messages with line breaks and indentation.
    Pretty,
    /// Messages with nothing between them.
    Concatenated,
    /// Messages inside what a client library knows of them: `{"body":{…},"x-opt-offset":"…"}`.
    Wrapped,
    /// One array of all records.
    Array,
    /// One `{"records":[…]}` of all records, in one line.
    Document,
    /// Event Hubs Capture: an Avro file with a message in each `Body`.
    Capture(CaptureCodec),
}

/// Messages hold up to so many records, and are closed at so many bytes: a hub takes 1 MB.
const RECORDS: usize = 40;
const BYTES: usize = 200_000;

/// Puts records into a frame, one after the other.
pub(super) struct Framer {
    frame: Frame,
    capture: Option<Capture>,
    message: Vec<u8>,
    in_message: usize,
    messages: u64,
    records: u64,
    /// When the last record was received.
    now: Ticks,
}

impl Framer {
    /// A frame without records. `start` is the beginning of the time it covers.
    pub(super) fn new(frame: Frame, start: Ticks) -> Result<Self, SampleError> {
        let capture = if let Frame::Capture(codec) = frame { Some(Capture::new(codec)?) } else { None };
        Ok(Self { frame, capture, message: Vec::new(), in_message: 0, messages: 0, records: 0, now: start })
    }

    /// Adds a record; bytes that are ready are appended to `out`.
    pub(super) fn push(&mut self, record: &[u8], received: Ticks, out: &mut Vec<u8>) -> Result<(), SampleError> {
        self.now = received;
        self.records += 1;
        match self.frame {
            Frame::Lines => join(out, &[record, b"\r\n"]),
            Frame::Records => join(out, &[record, b"\n"]),
            Frame::Array => join(out, &[if self.records == 1 { b"[" } else { b",\n" }, record]),
            Frame::Document => join(out, &[if self.records == 1 { br#"{"records":["# } else { b"," }, record]),
            Frame::Messages | Frame::Pretty | Frame::Concatenated | Frame::Wrapped | Frame::Capture(_) => {
                let before: &[u8] = if self.in_message == 0 { br#"{"records":["# } else { b"," };
                join(&mut self.message, &[before, record]);
                self.in_message += 1;
                if self.in_message >= RECORDS || self.message.len() >= BYTES {
                    self.close_message(out)?;
                }
            }
        }
        Ok(())
    }

    /// Ends the frame.
    pub(super) fn finish(mut self, out: &mut Vec<u8>) -> Result<(), SampleError> {
        if self.in_message > 0 {
            self.close_message(out)?;
        }
        match self.frame {
            Frame::Array => out.extend_from_slice(if self.records == 0 { b"[]\n" } else { b"]\n" }),
            Frame::Document => out.extend_from_slice(if self.records == 0 { br#"{"records":[]}"# } else { b"]}" }),
            _ => {}
        }
        self.capture.map_or(Ok(()), |capture| capture.finish(out))
    }

    fn close_message(&mut self, out: &mut Vec<u8>) -> Result<(), SampleError> {
        self.message.extend_from_slice(b"]}");
        let offset = self.messages * 4_096 + 104;
        match (self.frame, &mut self.capture) {
            (_, Some(capture)) => capture.push(&self.message, self.messages, offset, self.now)?,
            (Frame::Messages, _) => join(out, &[&self.message, b"\n"]),
            (Frame::Pretty, _) => {
                indent(&self.message, out);
                out.push(b'\n');
            }
            (Frame::Wrapped, _) => {
                join(out, &[br#"{"body":"#, &self.message]);
                let sequence = self.messages;
                let tail =
                    format!(r#","x-opt-sequence-number":{sequence},"x-opt-offset":"{offset}","x-opt-enqueued-time":""#);
                out.extend_from_slice(tail.as_bytes());
                self.now.write(out, Fraction::Digits(3), true);
                out.extend_from_slice(b"\"}\n");
            }
            _ => out.extend_from_slice(&self.message),
        }
        self.messages += 1;
        self.in_message = 0;
        self.message.clear();
        Ok(())
    }
}

fn join(out: &mut Vec<u8>, parts: &[&[u8]]) {
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// Appends JSON with a line for each value and two spaces a level. Bytes, not values: numbers and key order stay.
fn indent(json: &[u8], out: &mut Vec<u8>) {
    let mut depth = 0;
    let mut in_string = false;
    let mut escaped = false;
    let mut last = 0;
    for &byte in json {
        if in_string {
            in_string = byte != b'"' || escaped;
            escaped = byte == b'\\' && !escaped;
            out.push(byte);
        } else if !byte.is_ascii_whitespace() {
            let closes = matches!(byte, b'}' | b']');
            let opened = matches!(last, b'{' | b'[');
            if closes {
                depth -= 1;
            }
            if (closes != opened) || last == b',' {
                out.push(b'\n');
                out.resize(out.len() + 2 * depth, b' ');
            }
            in_string = byte == b'"';
            out.push(byte);
            match byte {
                b'{' | b'[' => depth += 1,
                b':' => out.push(b' '),
                _ => {}
            }
        }
        last = byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const RECORD: &[u8] = br#"{"a":[1,{"b":"x\\\"{,"}],"c":{},"d":[]}"#;

    fn framed(frame: Frame, records: usize) -> Vec<u8> {
        let mut framer = Framer::new(frame, Ticks::default()).unwrap();
        let mut out = Vec::new();
        (0..records).for_each(|_| framer.push(RECORD, Ticks::default(), &mut out).unwrap());
        framer.finish(&mut out).unwrap();
        out
    }

    /// The records of a stream of JSON values, whatever they lie in.
    fn records(bytes: &[u8]) -> usize {
        let values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
        let count = |value: Value| match value {
            Value::Array(list) => list.len(),
            Value::Object(map) => {
                let records = map.get("records").or_else(|| map.get("body").and_then(|body| body.get("records")));
                records.map_or(1, |records| records.as_array().unwrap().len())
            }
            _ => 0,
        };
        values.map(|value| count(value.unwrap())).sum()
    }

    #[test]
    fn every_frame_holds_every_record() {
        use Frame::*;
        for frame in [Lines, Records, Messages, Pretty, Concatenated, Wrapped, Array, Document] {
            for count in [0, 1, RECORDS, RECORDS + 1] {
                assert_eq!(records(&framed(frame, count)), count, "{frame:?}");
            }
        }
    }

    #[test]
    fn indentation_changes_no_value() {
        let mut out = Vec::new();
        indent(RECORD, &mut out);
        assert!(out.contains(&b'\n'));
        assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), serde_json::from_slice::<Value>(RECORD).unwrap());
    }
}
