//! One kept range as a file: a sum over all that follows it, what the bytes are of, the bytes.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::PathBuf;

use bytes::Bytes;
use object_store::ObjectMeta;
use twox_hash::XxHash64;

/// What files begin with; another way to write them gets another number.
const MAGIC: [u8; 8] = *b"huntql1\n";
/// The magic, the sum, and the length of the words.
const FIXED: usize = 8 + 8 + 4;

/// The words that tell one range from all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry(String);

impl Entry {
    /// A range of a blob as it was listed.
    pub(super) fn of(name: &str, meta: &ObjectMeta, range: &Range<u64>) -> Self {
        let (size, changed) = (meta.size, meta.last_modified.timestamp_micros());
        let tag = meta.e_tag.as_deref().unwrap_or_default();
        Self(format!("{name}\n{size} {changed} {tag}\n{}-{}", range.start, range.end))
    }

    /// The file's path in the cache's folder. Two entries of one path would replace each other; their words differ.
    pub(super) fn path(&self) -> PathBuf {
        let hash = |seed: u64| XxHash64::oneshot(seed, self.0.as_bytes());
        let name = format!("{:016x}{:016x}", hash(0), hash(1));
        let (shard, rest) = name.split_at(2);
        [shard, rest].iter().collect()
    }

    /// What stands before the bytes in the file.
    pub(super) fn head(&self, bytes: &[u8]) -> Vec<u8> {
        let words = self.0.as_bytes();
        let length = u32::try_from(words.len()).unwrap_or(u32::MAX).to_le_bytes();
        let mut head = Vec::with_capacity(FIXED + words.len());
        head.extend_from_slice(&MAGIC);
        head.extend_from_slice(&sum(words, bytes).to_le_bytes());
        head.extend_from_slice(&length);
        head.extend_from_slice(words);
        head
    }

    /// The bytes of a file, if it is whole and of this entry.
    pub(super) fn read(&self, mut file: &File, length: usize) -> Option<Bytes> {
        let expected = FIXED + self.0.len() + length;
        if file.metadata().ok()?.len() != expected as u64 {
            return None;
        }
        let mut content = Vec::with_capacity(expected);
        file.read_to_end(&mut content).ok()?;
        let content = Bytes::from(content);
        let bytes = content.slice(content.len().checked_sub(length)?..);
        (content.len() == expected && content.starts_with(&self.head(&bytes))).then_some(bytes)
    }
}

/// The sum over words and bytes.
fn sum(words: &[u8], bytes: &[u8]) -> u64 {
    XxHash64::oneshot(XxHash64::oneshot(0, words), bytes)
}
