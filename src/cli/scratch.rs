//! Folders that must not outlive the command, not even when a second Ctrl-C ends the process where it stands: no destructor runs then.
//!
//! What a killed process left, the next one removes that uses the same parent. A folder holds a file that its owner keeps locked; the
//! system gives the lock back when the process dies, however it does.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tempfile::TempDir;

/// The scratch folders there are, each with its owner's lock where it has one.
#[derive(Debug, Default)]
pub(super) struct Scratch(Mutex<BTreeMap<PathBuf, Option<File>>>);

/// The file that the owner of a folder keeps locked.
const OWNER: &str = "owner";
/// What stands before the name of a folder that is not locked yet.
const UNOWNED: &str = ".";
/// A folder that has not its name yet, or no lock, is somebody's who is just making it, or removing it: older ones are of a process that
/// died in that moment.
const MOMENT: Duration = Duration::from_secs(3600);

/// A scratch folder; gone with the value.
pub(super) struct ScratchFolder<'a> {
    folder: Option<TempDir>,
    scratch: &'a Scratch,
}

impl Scratch {
    /// Makes a scratch folder, whose name starts with `prefix`, in `parent`.
    pub(super) fn folder(&self, prefix: &str, parent: &Path) -> io::Result<ScratchFolder<'_>> {
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(parent)?;
        self.lock().insert(folder.path().to_owned(), None);
        Ok(ScratchFolder { folder: Some(folder), scratch: self })
    }

    /// Makes a scratch folder that stays until the process ends, in `parent`, which is made too. Those of the same prefix whose owners are
    /// dead go.
    pub(super) fn until_the_end(&self, prefix: &str, parent: &Path) -> io::Result<PathBuf> {
        std::fs::create_dir_all(parent)?;
        // It gets its name when it is locked: whoever sees one that is not may remove it.
        let unowned = tempfile::Builder::new().prefix(&format!("{UNOWNED}{prefix}")).tempdir_in(parent)?;
        let owner = File::create_new(unowned.path().join(OWNER))?;
        owner.lock()?;
        let name = unowned.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let folder = parent.join(name.trim_start_matches(UNOWNED));
        std::fs::rename(unowned.path(), &folder)?;
        let _it_is_elsewhere_now = unowned.keep();
        self.lock().insert(folder.clone(), Some(owner));
        remove_abandoned(prefix, &folder);
        Ok(folder)
    }

    /// Removes all of them, for a process that ends. What cannot be removed stays.
    pub(super) fn clear(&self) {
        for (folder, _owner) in std::mem::take(&mut *self.lock()) {
            let _ = std::fs::remove_dir_all(folder);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Option<File>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ScratchFolder<'_> {
    pub(super) fn path(&self) -> &Path {
        self.folder.as_ref().map_or(Path::new(""), TempDir::path)
    }

    /// Keeps the folder for good.
    pub(super) fn keep(mut self) -> PathBuf {
        self.scratch.lock().remove(self.path());
        self.folder.take().map(TempDir::keep).unwrap_or_default()
    }
}

impl Drop for ScratchFolder<'_> {
    fn drop(&mut self) {
        let path = self.path().to_owned();
        drop(self.folder.take());
        self.scratch.lock().remove(&path);
    }
}

/// Removes the folders beside `own` whose names start like its own and whose owners are dead. Whatever stands against that: they stay.
fn remove_abandoned(prefix: &str, own: &Path) {
    let (Some(parent), Ok(own_facts)) = (own.parent(), own.symlink_metadata()) else { return };
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    let starts = |name: OsString| name.to_string_lossy().trim_start_matches(UNOWNED).starts_with(prefix);
    for entry in entries.flatten().filter(|entry| starts(entry.file_name()) && entry.path() != own) {
        let Ok(facts) = entry.metadata() else { continue };
        if facts.is_dir() && same_user(&facts, &own_facts) && is_abandoned(&entry.path(), &facts) {
            let _another_may_do_the_same = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// What has not its name yet is not judged by its lock, which its owner is just about to take.
fn is_abandoned(folder: &Path, facts: &Metadata) -> bool {
    let named = folder.file_name().is_some_and(|name| !name.to_string_lossy().starts_with(UNOWNED));
    match File::open(folder.join(OWNER)) {
        Ok(owner) if named => owner.try_lock().is_ok(),
        _ => facts.modified().ok().and_then(|made| made.elapsed().ok()).is_some_and(|age| age > MOMENT),
    }
}

/// Anybody may put folders where temporary ones lie.
#[cfg(unix)]
fn same_user(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    one.uid() == other.uid()
}

#[cfg(not(unix))]
fn same_user(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dead_owners_left_goes_and_what_living_ones_hold_stays() {
        let parent = tempfile::tempdir().expect("folder");
        let (living, other) = (Scratch::default(), Scratch::default());
        let held = living.until_the_end("x-", parent.path()).expect("folder");
        let dead = parent.path().join("x-dead");
        std::fs::create_dir(&dead).expect("folder");
        std::fs::write(dead.join(OWNER), "").expect("write");
        std::fs::write(dead.join("spilled"), "rows").expect("write");
        let being_made = parent.path().join(".x-new");
        std::fs::create_dir(&being_made).expect("folder");
        std::fs::write(being_made.join(OWNER), "").expect("write");
        let foreign = parent.path().join("y-dead");
        std::fs::create_dir(&foreign).expect("folder");
        std::fs::write(foreign.join(OWNER), "").expect("write");

        let own = other.until_the_end("x-", parent.path()).expect("folder");
        assert!(!dead.exists());
        assert!([&held, &own, &being_made, &foreign].into_iter().all(|folder| folder.is_dir()));
        let long_ago = std::time::SystemTime::now() - MOMENT * 2;
        File::open(&being_made).and_then(|folder| folder.set_modified(long_ago)).expect("time");
        drop(living);
        other.until_the_end("x-", parent.path()).expect("folder");
        assert!(!being_made.exists() && !held.exists() && own.is_dir());
    }

    #[test]
    fn a_scratch_folder_goes_unless_it_is_kept() {
        let (parent, scratch) = (tempfile::tempdir().expect("folder"), Scratch::default());
        let gone = scratch.folder("a-", parent.path()).expect("folder").path().to_owned();
        assert!(!gone.exists());
        let kept = scratch.folder("b-", parent.path()).expect("folder").keep();
        scratch.clear();
        assert!(kept.is_dir());
        let open = scratch.folder("c-", parent.path()).expect("folder");
        std::fs::write(open.path().join("file"), "").expect("write");
        scratch.clear();
        assert!(!open.path().exists());
    }
}
