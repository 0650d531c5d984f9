//! Bytes of remote blobs, kept on disk from query to query and from process to process, up to a limit.
//!
//! Only blobs whose hours are closed are kept, in the ranges in which they are fetched. A range is known by the blob's name and by the
//! version that was listed, so that one of another version is never taken for it. Whatever is strange about a file counts as not kept;
//! whatever cannot be kept is fetched again: nothing here is an error of a query.
//!
//! Folders hold copies of what the customer's storage guards, so they are their owner's alone.

mod entry;
mod room;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use chrono::Utc;
use object_store::ObjectMeta;
use tokio::sync::Mutex;

use super::NameFacts;
use entry::Entry;
use room::Room;

/// A cache of ranges of blobs. Several processes may share its folder.
#[derive(Debug)]
pub struct BlobCache {
    folder: PathBuf,
    /// One writer at a time in this process; `room` sees to those of others.
    room: Mutex<Arc<Room>>,
}

/// What a range is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    entry: Entry,
    length: usize,
}

impl BlobCache {
    /// A cache of at most `limit` bytes in a folder, which is made.
    ///
    /// # Errors
    /// The folder cannot be made or written into.
    pub fn open(folder: &Path, limit: u64) -> io::Result<Arc<Self>> {
        let folder = folder.join("blobs");
        private_folder(&folder)?;
        let room = Room::new(folder.clone(), limit);
        match room.trim() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(Arc::new(Self { folder, room: Mutex::new(Arc::new(room)) })),
        }
    }

    /// What a range of a blob is known by, if it is one to keep: one whose hours are closed.
    pub(super) fn key(name: &str, meta: &ObjectMeta, range: &Range<u64>) -> Option<Key> {
        let length = usize::try_from(range.end.checked_sub(range.start)?).ok()?;
        let closed = NameFacts::read(name).is_closed(Utc::now());
        closed.then(|| Key { entry: Entry::of(name, meta, range), length })
    }

    /// The bytes that are kept, if they are.
    pub(super) async fn get(&self, key: &Key) -> Option<Bytes> {
        let path = self.folder.join(key.entry.path());
        let key = key.clone();
        tokio::task::spawn_blocking(move || read(&path, &key)).await.ok().flatten()
    }

    /// Keeps bytes, if that can be done at once.
    pub(super) async fn keep(&self, key: &Key, bytes: &Bytes) {
        let room = self.room.lock().await;
        let (room, key, bytes) = (Arc::clone(&room), key.clone(), bytes.clone());
        let written = tokio::task::spawn_blocking(move || {
            let head = key.entry.head(&bytes);
            room.put(&key.entry.path(), &[&head, &bytes])
        });
        let _what_is_not_kept_is_fetched_again = written.await;
    }
}

/// Reads a file, and says that it was used. A broken one is thrown away.
fn read(path: &Path, key: &Key) -> Option<Bytes> {
    let file = std::fs::File::open(path).ok()?;
    let bytes = key.entry.read(&file, key.length);
    match &bytes {
        Some(_) => {
            let _it_seems_older_than_it_is = file.set_modified(SystemTime::now());
        }
        None => {
            let _somebody_else_may_have = std::fs::remove_file(path);
        }
    }
    bytes
}

/// Makes a folder that others than its owner cannot look into, and those above it.
fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use object_store::path::Path as BlobPath;

    use super::*;

    const NAME: &str = "az://logs/insights-logs-advancedhunting-deviceinfo/y=2026/m=07/d=18/h=14/m=00/PT1H.json";

    fn meta(e_tag: &str) -> ObjectMeta {
        ObjectMeta {
            location: BlobPath::from("x"),
            last_modified: chrono::DateTime::UNIX_EPOCH,
            size: 100,
            e_tag: Some(e_tag.to_owned()),
            version: None,
        }
    }

    fn key(e_tag: &str, range: Range<u64>) -> Key {
        BlobCache::key(NAME, &meta(e_tag), &range).expect("a closed hour")
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = |folder: &Path| {
            let entries = std::fs::read_dir(folder).expect("folder");
            entries.map(|entry| entry.expect("entry").path()).collect::<Vec<_>>()
        };
        let shards = entries(&folder.join("blobs")).into_iter().filter(|path| path.is_dir());
        shards.flat_map(|shard| entries(&shard)).collect()
    }

    #[tokio::test]
    async fn what_is_kept_comes_back_for_the_same_range_of_the_same_version() {
        let folder = tempfile::tempdir().expect("folder");
        let cache = BlobCache::open(folder.path(), 1 << 20).expect("cache");
        let bytes = Bytes::from_static(b"0123456789");
        assert_eq!(cache.get(&key("1", 0..10)).await, None);
        cache.keep(&key("1", 0..10), &bytes).await;
        assert_eq!(cache.get(&key("1", 0..10)).await, Some(bytes));
        assert_eq!(cache.get(&key("1", 0..9)).await, None);
        assert_eq!(cache.get(&key("2", 0..10)).await, None);
    }

    #[test]
    fn an_hour_that_may_grow_is_not_kept() {
        let hour = Utc::now() - chrono::Duration::hours(30);
        let name = format!("insights-logs-advancedhunting-deviceinfo/{}/PT1H.json", hour.format("y=%Y/m=%m/d=%d/h=%H"));
        assert_eq!(BlobCache::key(&name, &meta("1"), &(0..10)), None);
        assert_eq!(BlobCache::key("az://logs/dump.json", &meta("1"), &(0..10)), None, "a name without hours");
    }

    #[tokio::test]
    async fn a_broken_file_is_thrown_away() {
        let folder = tempfile::tempdir().expect("folder");
        let cache = BlobCache::open(folder.path(), 1 << 20).expect("cache");
        let bytes = Bytes::from(vec![7_u8; 1000]);
        let key = key("1", 0..1000);
        cache.keep(&key, &bytes).await;
        let whole = std::fs::read(&files(folder.path())[0]).expect("read");
        let cut = |length: usize| whole.get(..length).expect("so many").to_vec();
        let flipped = |at: usize| {
            let mut broken = whole.clone();
            broken[at] ^= 1;
            broken
        };
        let mut broken: Vec<Vec<u8>> = [0, 1, 19, 500, whole.len() - 1].map(cut).to_vec();
        broken.extend((0..whole.len()).step_by(7).map(flipped));
        broken.push([whole.as_slice(), b"x"].concat());
        for content in broken {
            cache.keep(&key, &bytes).await;
            std::fs::write(&files(folder.path())[0], content).expect("write");
            assert_eq!(cache.get(&key).await, None);
            assert!(files(folder.path()).is_empty());
        }
    }
}
