//! Folders that must not outlive the command, not even when a second Ctrl-C ends the process where it stands: no destructor runs then.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

/// The scratch folders there are.
#[derive(Debug, Default)]
pub(super) struct Scratch(Mutex<BTreeSet<PathBuf>>);

/// A scratch folder; gone with the value.
pub(super) struct ScratchFolder<'a> {
    folder: Option<TempDir>,
    scratch: &'a Scratch,
}

impl Scratch {
    /// Makes a scratch folder, whose name starts with `prefix`, in `parent`.
    pub(super) fn folder(&self, prefix: &str, parent: &Path) -> io::Result<ScratchFolder<'_>> {
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(parent)?;
        self.lock().insert(folder.path().to_owned());
        Ok(ScratchFolder { folder: Some(folder), scratch: self })
    }

    /// Makes a scratch folder that stays until the process ends, in `parent`, which is made too.
    pub(super) fn until_the_end(&self, prefix: &str, parent: &Path) -> io::Result<PathBuf> {
        std::fs::create_dir_all(parent)?;
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(parent)?.keep();
        self.lock().insert(folder.clone());
        Ok(folder)
    }

    /// Removes all of them, for a process that ends. What cannot be removed stays.
    pub(super) fn clear(&self) {
        for folder in std::mem::take(&mut *self.lock()) {
            let _ = std::fs::remove_dir_all(folder);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
