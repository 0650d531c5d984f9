//! What came since an earlier reading: which bytes of which blobs, told by how far each was read.
//!
//! Blobs of plain JSON lines grow at their end, and are read on from there: up to the last line that is whole, so that a line which is
//! still being written is read once, when it is whole. All other blobs are read whole, once; if one has changed since, it is read whole
//! again, which is told.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use datafusion::common::{DataFusionError, Result};
use memchr::memrchr;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use serde::{Deserialize, Serialize};

use super::codec::Codec;
use super::frame::sniff::{Frame, is_whole_object, sniff};
use super::reader::HEAD;
use crate::source::{Extent, Extents, Listing, Location};

/// Bytes that are looked through at a time for the end of a line.
const STEP: u64 = 256 << 10;

/// How far blobs were read, by their name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marks(BTreeMap<String, Mark>);

/// How far a blob was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// Bytes from its start on.
    read: u64,
    /// It cannot be read on from there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    whole: bool,
}

/// What came since.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fresh {
    /// What is to be read, for each of the marks asked about.
    pub extents: Vec<Extents>,
    /// How far everything is read when that is done.
    pub marks: Marks,
    /// Sentences about blobs that are read again.
    pub notes: BTreeSet<String>,
}

/// Looks for what came since each of these marks was made, all against one listing.
///
/// # Errors
/// If a location cannot be listed, or a blob not be looked into.
pub async fn fresh(locations: &[Location], listing: &Listing, marks: &[&Marks]) -> Result<Fresh> {
    let mut fresh = Fresh { extents: vec![Extents::default(); marks.len()], ..Fresh::default() };
    for location in locations {
        let blobs = listing.blobs(location).await.map_err(|error| DataFusionError::External(Box::new(error)))?;
        for blob in blobs.iter() {
            let name = location.name_of(&blob.meta.location);
            for (marks, extents) in marks.iter().zip(&mut fresh.extents) {
                let known = marks.0.get(&name).copied();
                let Some((mark, extent)) = look(location.store(), &blob.meta, known).await? else { continue };
                if known.is_some_and(|known| extent.is_some() && (known.whole || blob.meta.size < known.read)) {
                    fresh.notes.insert(format!(
                        "{name} has changed since it was read, other than by growing: it is read whole again"
                    ));
                }
                if let Some(extent) = extent {
                    extents.add(name.clone(), extent);
                }
                // The same whatever was read before: it depends on the blob as it is listed.
                fresh.marks.0.insert(name.clone(), mark);
            }
        }
    }
    Ok(fresh)
}

/// How far a blob will be read, and what is to be read of it for that; `None` if it holds nothing whole yet.
async fn look(
    store: &Arc<dyn ObjectStore>,
    meta: &ObjectMeta,
    known: Option<Mark>,
) -> Result<Option<(Mark, Option<Extent>)>> {
    let from = match known {
        Some(mark) if mark.read == meta.size => return Ok(Some((mark, None))),
        Some(mark) if mark.read < meta.size && !mark.whole => mark.read,
        _ => match kind(store, meta).await? {
            Kind::Lines => 0,
            Kind::Other => return Ok(Some((Mark { read: meta.size, whole: true }, Some(Extent::Whole)))),
            Kind::Begun => return Ok(None),
        },
    };
    let to = end_of_lines(store, meta, from).await?;
    let extent = (to > from).then_some(Extent::Bytes(from..to));
    Ok(Some((Mark { read: to, whole: false }, extent)))
}

enum Kind {
    Lines,
    Other,
    /// Its first value is not whole yet.
    Begun,
}

async fn kind(store: &Arc<dyn ObjectStore>, meta: &ObjectMeta) -> Result<Kind> {
    let head = get(store, meta, 0..HEAD.min(meta.size)).await?;
    let whole = head.len() as u64 >= meta.size;
    if Codec::sniff(&head) != Codec::Plain {
        return Ok(Kind::Other);
    }
    Ok(match sniff(&head, whole) {
        Frame::Lines => Kind::Lines,
        Frame::Values if whole && head.first() == Some(&b'{') && !head.contains(&b'\n') => Kind::Begun,
        Frame::Values | Frame::Avro => Kind::Other,
    })
}

/// Where the last whole line of a blob ends, from a line's start on. A last line needs no line feed if it is a whole object.
async fn end_of_lines(store: &Arc<dyn ObjectStore>, meta: &ObjectMeta, from: u64) -> Result<u64> {
    let mut tail: Vec<u8> = Vec::new();
    let mut start = meta.size;
    let (end, rest) = loop {
        let before = start;
        start = start.saturating_sub(STEP).max(from);
        let mut bytes = get(store, meta, start..before).await?;
        bytes.extend_from_slice(&tail);
        tail = bytes;
        match memrchr(b'\n', &tail) {
            Some(place) => break (start + place as u64 + 1, tail.get(place + 1..).unwrap_or_default()),
            None if start == from => break (from, tail.as_slice()),
            None => {}
        }
    };
    Ok(if is_whole_object(rest) { meta.size } else { end })
}

async fn get(store: &Arc<dyn ObjectStore>, meta: &ObjectMeta, range: Range<u64>) -> Result<Vec<u8>> {
    let bytes = store.get_range(&meta.location, range).await;
    Ok(bytes.map_err(|error| DataFusionError::ObjectStore(Box::new(error)))?.to_vec())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use tokio::runtime::Handle;

    use super::*;
    use crate::source::StoreOptions;

    async fn next(folder: &Path, marks: &Marks) -> Fresh {
        let (given, handle) = (folder.to_str().expect("text"), Handle::current());
        let locations = [Location::open(given, &StoreOptions::default(), &handle, None).expect("a folder")];
        fresh(&locations, &Listing::default(), &[marks]).await.expect("looked")
    }

    /// What is read of the blob `x.json` when it holds these texts one after the other.
    async fn read(texts: &[&str]) -> Vec<Option<Extent>> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.json");
        let mut marks = Marks::default();
        let mut read = Vec::new();
        for text in texts {
            fs::write(&path, text).expect("written");
            let found = next(folder.path(), &marks).await;
            let name = fs::canonicalize(&path).expect("a path").display().to_string();
            read.push(found.extents[0].of(&name).cloned());
            marks = found.marks;
        }
        read
    }

    fn bytes(range: Range<u64>) -> Option<Extent> {
        Some(Extent::Bytes(range))
    }

    #[tokio::test]
    async fn lines_are_read_once_when_they_are_whole() {
        let texts = [
            "{\"a\":1",
            "{\"a\":1}\n{\"b",
            "{\"a\":1}\n{\"b\":2}",
            "{\"a\":1}\n{\"b\":2}\n",
            "{\"a\":1}\n{\"b\":2}\n{}\n",
        ];
        assert_eq!(read(&texts).await, [None, bytes(0..8), bytes(8..15), bytes(15..16), bytes(16..19)]);
    }

    #[tokio::test]
    async fn a_line_may_be_longer_than_a_step() {
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(3 * STEP as usize));
        let (torn, whole) = (format!("{{}}\n{long}\n{}", &long[..long.len() - 1]), format!("{{}}\n{long}\n{long}"));
        let first = long.len() as u64 + 4;
        assert_eq!(read(&[&torn, &whole]).await, [bytes(0..first), bytes(first..whole.len() as u64)]);
    }

    #[tokio::test]
    async fn what_is_no_lines_is_read_whole_and_again_if_it_changes() {
        let texts = ["[{\"a\":1}]", "[{\"a\":1}]", "[{\"a\":1},{}]"];
        assert_eq!(read(&texts).await, [Some(Extent::Whole), None, Some(Extent::Whole)]);
        assert_eq!(read(&["{\"a\":1}\n{\"a\":2}\n", "{\"a\":3}\n"]).await, [bytes(0..16), bytes(0..8)]);
    }

    #[tokio::test]
    async fn a_blob_that_is_read_again_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.json");
        fs::write(&path, "[{}]").expect("written");
        let first = next(folder.path(), &Marks::default()).await;
        assert!(first.notes.is_empty());
        fs::write(&path, "[{},{}]").expect("written");
        let second = next(folder.path(), &first.marks).await;
        assert!(second.notes.first().expect("a note").ends_with("other than by growing: it is read whole again"));
    }
}
