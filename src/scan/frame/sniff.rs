//! Which frame a blob has, told by its first bytes.

use crate::json::{Members, skip_space};

/// How records lie in a blob's unpacked bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// Whole values on lines: may be read in byte ranges.
    Lines,
    /// Any other stream of JSON values.
    Values,
    /// An Avro object container file.
    Avro,
}

/// The magic of an Avro object container file.
pub const AVRO_MAGIC: &[u8] = b"Obj\x01";

/// Tells the frame from the first bytes of the unpacked blob; `whole` says that they are all of it.
///
/// Lines are told by a first line that is one whole object. The answer depends on nothing but these bytes, so every reader of a
/// range of the blob comes to the same one.
pub fn sniff(head: &[u8], whole: bool) -> Frame {
    if head.starts_with(AVRO_MAGIC) {
        return Frame::Avro;
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let start = skip_space(head, 0);
    let rest = &head[start.min(head.len())..];
    let end = match memchr::memchr(b'\n', rest) {
        Some(end) => end,
        None if whole => rest.len(),
        None => return Frame::Values,
    };
    if is_whole_object(&rest[..end]) { Frame::Lines } else { Frame::Values }
}

/// Whether a line is one object from its first byte to its last, but for spaces.
pub fn is_whole_object(line: &[u8]) -> bool {
    let Ok(mut members) = Members::enter(line, 0) else { return false };
    loop {
        match members.step() {
            Ok(Some(_)) => {}
            Ok(None) => return skip_space(line, members.end()) == line.len(),
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_by_their_first_line() {
        assert_eq!(sniff(b"{\"a\":1}\r\n{\"a\":2}", false), Frame::Lines);
        assert_eq!(sniff(b"\xef\xbb\xbf\r\n{\"a\":1}\n", false), Frame::Lines);
        assert_eq!(sniff(b"{\"a\":1}", true), Frame::Lines);
        assert_eq!(sniff(b"{\"a\":1}", false), Frame::Values);
        assert_eq!(sniff(b"{\"a\":1}{\"a\":2}\n", false), Frame::Values);
        assert_eq!(sniff(b"{\n  \"a\": 1\n}\n", false), Frame::Values);
        assert_eq!(sniff(b"[{\"a\":1}]\n", false), Frame::Values);
        assert_eq!(sniff(b"Obj\x01...", false), Frame::Avro);
        assert_eq!(sniff(b"", true), Frame::Values);
    }
}
