//! How records lie in the bytes: frames, cut into pieces that each hold whole records.
//!
//! A splitter sees a window of the unpacked bytes that its caller moves and enlarges; it holds no bytes itself. It knows where values
//! end and nothing of what they say: envelopes are `scan::envelope`'s business. Whatever is cut, broken or stray comes out as a
//! reject with its place, and the next good record after it comes out whole.
//!
//! There are three frames: [`lines`] (a record a line, may be read in byte ranges), [`values`] (any other stream of JSON: pretty-printed,
//! concatenated, arrays, `{"records":[…]}` of any size) and [`avro`] (Event Hubs Capture). [`sniff`] tells which from the first bytes.

pub mod avro;
pub mod lines;
pub mod sniff;
pub mod values;

#[cfg(test)]
mod tests;

use super::reject::RejectKind;

/// A record longer than this is a reject: no event is, and memory has an end.
pub const MAX_RECORD: usize = 128 << 20;

/// What a splitter found next in its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Bytes `start..end` of the window are whole values; the window moves to `end`.
    Piece {
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
    /// Bytes `start..end` of the window are no record; the window moves to `end`.
    Reject {
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
        /// What kind of thing it is.
        kind: RejectKind,
        /// Why, as a sentence.
        reason: &'static str,
    },
    /// The window moves by `consumed`, and nothing can be said before it holds more.
    More {
        /// Bytes that are done with.
        consumed: usize,
    },
    /// Nothing is left.
    End,
}

/// Finds the pieces of one blob, in order.
pub trait Splitter: Send {
    /// What comes next at the start of `window`; `last` says that nothing follows the window. After [`Cut::End`] it stays at the end.
    fn next(&mut self, window: &[u8], last: bool) -> Cut;

    /// The window was moved to the start of another line by somebody who found whole lines in it.
    fn moved(&mut self) {}
}

/// Bytes that may stand between records in any frame: whitespace, commas, record separators, byte order marks, NULs.
fn is_filler(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | 0x1e | 0xef | 0xbb | 0xbf | 0)
}
