//! Event Hubs Capture: Avro object container files whose records hold a message each in `Body`.
//!
//! The writer's schema is read from the file; any record with a `Body` of bytes or text will do. Codecs null, deflate, snappy and
//! zstd are the library's. A damaged block ends the file: what came before it is kept.

use std::io::Read;

use apache_avro::Reader;
use apache_avro::types::Value;

/// The messages of a Capture file, in order.
pub struct Messages<R: Read> {
    reader: Option<Reader<'static, R>>,
}

impl<R: Read> Messages<R> {
    /// Opens a container file.
    ///
    /// # Errors
    /// A sentence, if its head cannot be read.
    pub fn open(input: R) -> Result<Self, String> {
        let reader = Reader::new(input).map_err(|error| format!("the Avro file's head cannot be read: {error}"))?;
        Ok(Self { reader: Some(reader) })
    }
}

impl<R: Read> Iterator for Messages<R> {
    type Item = Result<Vec<u8>, String>;

    /// The next message's bytes; an error is the last thing that comes.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let result = self.reader.as_mut()?.next()?;
            match result {
                Ok(record) => match body(record) {
                    Some(bytes) => return Some(Ok(bytes)),
                    None => continue,
                },
                Err(error) => {
                    self.reader = None;
                    return Some(Err(format!("the Avro file is damaged from here on: {error}")));
                }
            }
        }
    }
}

/// The bytes of a record's `Body`; `None` if it has none or it is null.
fn body(record: Value) -> Option<Vec<u8>> {
    let Value::Record(fields) = record else { return None };
    let (_, value) = fields.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("body"))?;
    let value = if let Value::Union(_, inner) = value { *inner } else { value };
    match value {
        Value::Bytes(bytes) => Some(bytes),
        Value::String(text) => Some(text.into_bytes()),
        _ => None,
    }
}
