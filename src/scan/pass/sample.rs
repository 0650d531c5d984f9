//! A look at a table's bytes before they are read: how common needles are there.

use object_store::ObjectMeta;

use crate::scan::bytes;
use crate::scan::codec::Codec;
use crate::scan::needle::{Needle, Needles, derive};
use crate::scan::reader::unpack_head;
use crate::scan::source::HuntSource;

/// Bytes that are looked at.
const BYTES: u64 = 256 << 10;

/// Fewer lines than this tell nothing.
const FEWEST: usize = 20;

/// Needles that are in more lines than one in so many save nothing: to look for them costs as much as to parse the lines.
const COMMON: usize = 8;

/// The first lines of a blob.
#[derive(Debug, Default)]
pub(super) struct Sample {
    text: Vec<u8>,
    lines: usize,
}

impl Sample {
    /// Reads the beginning of a blob. One that cannot be read tells nothing; the reading itself will say why.
    pub(super) async fn of(source: &HuntSource, blob: &ObjectMeta) -> Self {
        let store = source.bytes_of([blob.clone()]);
        let Ok(head) = bytes::head(&store, blob, BYTES).await else { return Self::default() };
        let text = match Codec::sniff(&head) {
            Codec::Plain => head.to_vec(),
            codec => unpack_head(codec, &head, head.len() as u64 >= blob.size).0,
        };
        Self { lines: memchr::memchr_iter(b'\n', &text).count(), text }
    }

    /// How many of the lines hold one of the needles; `None` if there are too few to tell.
    fn hits(&self, needles: &[Needle]) -> Option<usize> {
        if self.lines < FEWEST {
            return None;
        }
        let mut found = Vec::new();
        Needles::new(needles)?.places(&self.text, &mut found);
        let mut lines: Vec<Option<usize>> =
            found.iter().map(|&at| memchr::memrchr(b'\n', self.text.get(..at)?)).collect();
        lines.dedup();
        Some(lines.len())
    }

    /// How rare needles are here: more is rarer. What is equally rare here is told by length.
    pub(super) fn rarity(&self, needles: &[Needle]) -> usize {
        let length = derive::rarity(needles).min(usize::from(u16::MAX));
        self.hits(needles).map_or(length, |hits| (self.lines.saturating_sub(hits) << 16) + length)
    }

    /// True if needles are so common that looking for them saves nothing.
    pub(super) fn is_common(&self, needles: &[Needle]) -> bool {
        self.hits(needles).is_some_and(|hits| hits * COMMON > self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(lines: &[&str]) -> Sample {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        Sample { lines: lines.len(), text: text.into_bytes() }
    }

    fn needle(text: &str) -> Vec<Needle> {
        vec![Needle { text: text.to_owned(), any_case: true }]
    }

    #[test]
    fn what_is_in_many_lines_is_common_and_less_rare() {
        let mut lines = vec!["ConnectionSuccess tcp"; 39];
        lines.push("ConnectionSuccess udp udp");
        let sample = sample(&lines);
        assert!(sample.is_common(&needle("connectionsuccess")) && !sample.is_common(&needle("udp")));
        assert!(sample.rarity(&needle("udp")) > sample.rarity(&needle("connectionsuccess")));
        assert!(sample.rarity(&needle("nowhere")) > sample.rarity(&needle("udp")));
    }

    #[test]
    fn few_lines_tell_nothing() {
        let sample = sample(&["udp"; 3]);
        assert!(!sample.is_common(&needle("udp")));
        assert!(sample.rarity(&needle("longer")) > sample.rarity(&needle("udp")));
    }
}
