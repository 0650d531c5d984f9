//! Event Hubs Capture files, as the documentation of Capture gives their schema.
//!
//! The header is written here and not by the Avro crate, which orders its entries by chance: the same sample must be
//! the same bytes.

use super::SampleError;
use super::clock::Ticks;
use apache_avro::types::Value;
use apache_avro::{Codec, DeflateSettings, Schema, Writer, ZstandardSettings};
use chrono::{Datelike, Timelike};
use std::collections::HashMap;
use std::sync::LazyLock;

const SCHEMA: &str = include_str!("data/capture.avsc");

/// Separates blocks. Any sixteen bytes will do; the crate would draw them.
const MARKER: [u8; 16] = *b"larkspur capture";

static PARSED: LazyLock<Result<Schema, String>> =
    LazyLock::new(|| Schema::parse_str(SCHEMA).map_err(|error| error.to_string()));

/// The codec of the blocks of a Capture file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CaptureCodec {
    Null,
    Deflate,
    Snappy,
    Zstandard,
}

impl CaptureCodec {
    pub(super) const ALL: [CaptureCodec; 4] = [Self::Null, Self::Deflate, Self::Snappy, Self::Zstandard];
}

/// A Capture file in the making.
pub(super) struct Capture {
    header: Vec<u8>,
    writer: Writer<'static, Vec<u8>>,
}

impl Capture {
    pub(super) fn new(codec: CaptureCodec) -> Result<Self, SampleError> {
        let (name, codec) = match codec {
            CaptureCodec::Null => ("null", Codec::Null),
            CaptureCodec::Deflate => ("deflate", Codec::Deflate(DeflateSettings::default())),
            CaptureCodec::Snappy => ("snappy", Codec::Snappy),
            CaptureCodec::Zstandard => ("zstandard", Codec::Zstandard(ZstandardSettings::default())),
        };
        let schema = PARSED.as_ref().map_err(|error| SampleError::Capture(error.clone()))?;
        let writer = Writer::builder()
            .schema(schema)
            .writer(Vec::new())
            .codec(codec)
            .block_size(64 * 1024)
            .marker(MARKER)
            .has_header(true)
            .build()
            .map_err(|error| SampleError::Capture(error.to_string()))?;
        Ok(Self { header: header(name), writer })
    }

    /// Adds a message. The time it was enqueued is spelled as in Microsoft's examples: `8/9/2023 2:14:51 PM`.
    pub(super) fn push(&mut self, body: &[u8], sequence: u64, offset: u64, enqueued: Ticks) -> Result<(), SampleError> {
        let time = enqueued.utc();
        let (afternoon, hour) = time.hour12();
        let enqueued = format!(
            "{}/{}/{} {hour}:{:02}:{:02} {}",
            time.month(),
            time.day(),
            time.year(),
            time.minute(),
            time.second(),
            if afternoon { "PM" } else { "AM" }
        );
        let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
        let epoch = Value::Union(0, Box::new(Value::Long(-1)));
        let message = Value::Record(vec![
            ("SequenceNumber".to_owned(), Value::Long(sequence)),
            ("Offset".to_owned(), Value::String(offset.to_string())),
            ("EnqueuedTimeUtc".to_owned(), Value::String(enqueued)),
            (
                "SystemProperties".to_owned(),
                Value::Map(HashMap::from([("x-opt-sequence-number-epoch".to_owned(), epoch)])),
            ),
            ("Properties".to_owned(), Value::Map(HashMap::new())),
            ("Body".to_owned(), Value::Union(1, Box::new(Value::Bytes(body.to_vec())))),
        ]);
        self.writer.append_value(message).map(drop).map_err(|error| SampleError::Capture(error.to_string()))
    }

    /// Appends the file.
    pub(super) fn finish(self, out: &mut Vec<u8>) -> Result<(), SampleError> {
        let blocks = self.writer.into_inner().map_err(|error| SampleError::Capture(error.to_string()))?;
        out.extend_from_slice(&self.header);
        out.extend_from_slice(&blocks);
        Ok(())
    }
}

/// An object container file's header: the magic, a map of schema and codec, the marker.
fn header(codec: &str) -> Vec<u8> {
    let mut out = b"Obj\x01".to_vec();
    push_long(&mut out, 2);
    for (key, value) in [("avro.schema", SCHEMA), ("avro.codec", codec)] {
        for text in [key, value] {
            push_long(&mut out, i64::try_from(text.len()).unwrap_or(0));
            out.extend_from_slice(text.as_bytes());
        }
    }
    push_long(&mut out, 0);
    out.extend_from_slice(&MARKER);
    out
}

/// Avro's variable-length integers: zigzag, seven bits a byte.
fn push_long(out: &mut Vec<u8>, number: i64) {
    let mut bits = ((number << 1) ^ (number >> 63)).cast_unsigned();
    while bits >= 0x80 {
        out.push((bits & 0x7f) as u8 | 0x80);
        bits >>= 7;
    }
    out.push((bits & 0x7f) as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use apache_avro::Reader;

    #[test]
    fn files_of_all_codecs_read_back() {
        for codec in CaptureCodec::ALL {
            for count in [0, 3] {
                let mut capture = Capture::new(codec).unwrap();
                (0..count).for_each(|at| capture.push(b"{}", at, 104, Ticks::default()).unwrap());
                let mut file = Vec::new();
                capture.finish(&mut file).unwrap();
                let messages = Reader::new(&file[..]).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
                assert_eq!(messages.len() as u64, count, "{codec:?}");
            }
        }
    }
}
