//! The room that kept ranges take, over all processes: never more than the limit; what was not used for longest goes first.
//!
//! One file, locked while a range is written, holds the sum of all. It is raised before a range is written, so that a process that is
//! killed leaves a sum that is too high and never one too low; when the sum says that there is no room, the files themselves are counted.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::private_folder;

/// Files take whole blocks of a disk.
const BLOCK: u64 = 4096;
/// How long to wait for other processes before a range is not kept; one that is stopped must not stop all.
const PATIENCE: Duration = Duration::from_millis(500);
/// What names of unfinished files start with.
const UNFINISHED: &str = ".part-";

#[derive(Debug)]
pub(super) struct Room {
    folder: PathBuf,
    limit: u64,
}

/// A file that is there.
struct Kept {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

impl Room {
    pub(super) fn new(folder: PathBuf, limit: u64) -> Self {
        Self { folder, limit }
    }

    /// Writes a file of these parts, and makes room for it first. What is there already stays.
    ///
    /// # Errors
    /// The disk's; [`io::ErrorKind::WouldBlock`] if others did not let the folder go.
    pub(super) fn put(&self, name: &Path, parts: &[&[u8]]) -> io::Result<()> {
        let bytes = taken(parts.iter().map(|part| part.len() as u64).sum());
        let path = self.folder.join(name);
        if bytes > self.limit {
            return Ok(());
        }
        let mut sum = self.locked()?;
        if path.exists() {
            return Ok(());
        }
        let mut total = read_sum(&mut sum).map_or_else(|| self.sweep(bytes), Ok)?;
        if total.saturating_add(bytes) > self.limit {
            total = self.sweep(bytes)?;
        }
        write_sum(&mut sum, total + bytes)?;
        if let Some(folder) = path.parent() {
            private_folder(folder)?;
        }
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Makes that no more is there than the limit, which may have been a higher one.
    ///
    /// # Errors
    /// As for [`Self::put`].
    pub(super) fn trim(&self) -> io::Result<()> {
        let mut sum = self.locked()?;
        if read_sum(&mut sum).is_some_and(|total| total > self.limit) {
            let total = self.sweep(0)?;
            write_sum(&mut sum, total)?;
        }
        Ok(())
    }

    /// The file of the sum, which nobody else has until it is dropped.
    fn locked(&self) -> io::Result<File> {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(self.folder.join("sum"))?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Removes what a killed process left unfinished, and of the rest what was not used for longest, until `wanted` more bytes leave a
    /// tenth of the limit free; so that this is not done for every range. What is left comes back, in bytes.
    fn sweep(&self, wanted: u64) -> io::Result<u64> {
        let mut kept = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                kept.extend(std::fs::read_dir(entry.path())?.filter_map(|entry| Kept::of(&entry.ok()?)));
            } else if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                std::fs::remove_file(entry.path())?;
            }
        }
        let mut total: u64 = kept.iter().map(|kept| kept.bytes).sum();
        let goal = (self.limit - self.limit / 10).saturating_sub(wanted);
        if total.saturating_add(wanted) > self.limit {
            kept.sort_by_key(|kept| kept.used);
            for kept in kept {
                if total <= goal {
                    break;
                }
                if std::fs::remove_file(&kept.path).is_ok() {
                    total -= kept.bytes;
                }
            }
        }
        Ok(total)
    }
}

impl Kept {
    fn of(entry: &std::fs::DirEntry) -> Option<Self> {
        let facts = entry.metadata().ok()?;
        Some(Self { path: entry.path(), bytes: taken(facts.len()), used: facts.modified().ok()? })
    }
}

/// The room that so many bytes take on a disk.
fn taken(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK) * BLOCK
}

fn read_sum(file: &mut File) -> Option<u64> {
    let mut sum = [0; 8];
    file.read_exact(&mut sum).ok()?;
    Some(u64::from_le_bytes(sum))
}

fn write_sum(file: &mut File, sum: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&sum.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder.join("x")).expect("folder");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn put(room: &Room, name: &str, bytes: usize) {
        room.put(&Path::new("x").join(name), &[&vec![1; bytes]]).expect("kept");
    }

    fn used(folder: &Path, name: &str, seconds: u64) {
        let file = File::open(folder.join("x").join(name)).expect("open");
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).expect("time");
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let folder = tempfile::tempdir().expect("folder");
        let room = Room::new(folder.path().to_owned(), 10 * BLOCK);
        for number in 0..10 {
            put(&room, &number.to_string(), 4000);
            used(folder.path(), &number.to_string(), 100 + number);
        }
        assert_eq!(names(folder.path()).len(), 10);
        used(folder.path(), "0", 999);
        put(&room, "a", 4000);
        assert_eq!(names(folder.path()), ["0", "3", "4", "5", "6", "7", "8", "9", "a"], "nine tenths stay");
        put(&room, "b", 9 * 4096);
        assert_eq!(names(folder.path()), ["b"]);
        put(&room, "c", 11 * 4096);
        assert_eq!(names(folder.path()), ["b"], "more than all there is");
    }

    #[test]
    fn a_limit_that_became_lower_holds() {
        let folder = tempfile::tempdir().expect("folder");
        let room = Room::new(folder.path().to_owned(), 10 * BLOCK);
        (0..10).for_each(|number| put(&room, &number.to_string(), 4000));
        Room::new(folder.path().to_owned(), 5 * BLOCK).trim().expect("trimmed");
        assert_eq!(names(folder.path()).len(), 4);
    }

    #[test]
    fn a_sum_that_is_wrong_and_what_was_left_unfinished_are_set_right() {
        let folder = tempfile::tempdir().expect("folder");
        let room = Room::new(folder.path().to_owned(), 10 * BLOCK);
        put(&room, "a", 100);
        std::fs::write(folder.path().join(".part-killed"), [0; 100]).expect("write");
        std::fs::write(folder.path().join("sum"), (10 * BLOCK).to_le_bytes()).expect("write");
        put(&room, "b", 100);
        assert_eq!(names(folder.path()), ["a", "b"]);
        assert!(!folder.path().join(".part-killed").exists());
        std::fs::write(folder.path().join("sum"), "?").expect("write");
        put(&room, "c", 100);
        let sum = std::fs::read(folder.path().join("sum")).expect("read");
        assert_eq!(sum, (3 * BLOCK).to_le_bytes());
    }

    #[test]
    fn a_folder_that_others_do_not_let_go_is_not_waited_for_long() {
        let folder = tempfile::tempdir().expect("folder");
        let room = Room::new(folder.path().to_owned(), 10 * BLOCK);
        put(&room, "a", 100);
        let held = room.locked().expect("lock");
        let error = room.put(Path::new("x/b"), &[b"b"]).expect_err("held");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        drop(held);
        put(&room, "b", 100);
    }
}
