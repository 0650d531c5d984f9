//! The place of an export: temporary files that become final ones all at once.
//!
//! A folder is held by an advisory lock while an export writes into it; the system gives it back when a process dies, so a lock file
//! that is there and free, and temporary files beside it, are what a killed export left.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::ExportOptions;
use crate::output::OutputError;

/// Temporary names start so; a leading dot hides them from readers of folders.
const TEMPORARY: &str = ".huntql-tmp-";
/// The lock's file; it starts as temporary names do.
const LOCK: &str = ".huntql-tmp-lock";

/// Where an export writes.
pub(super) struct Target {
    place: Place,
    /// Files written so far: temporary name, final name.
    files: Vec<(PathBuf, PathBuf)>,
    /// What an earlier export left and this one replaces.
    replaced: Vec<PathBuf>,
    /// Keeps others out of the folder.
    lock: Option<Lock>,
    settled: bool,
}

enum Place {
    File(PathBuf),
    Folder(PathBuf),
}

impl Target {
    /// Takes hold of the place, after removing what a killed export left there.
    pub(super) fn claim(target: &Path, options: &ExportOptions) -> Result<Self, OutputError> {
        let is_file = target.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
        if is_file { Self::claim_file(target, options) } else { Self::claim_folder(target, options.overwrite) }
    }

    fn claim_file(target: &Path, options: &ExportOptions) -> Result<Self, OutputError> {
        let folders_asked_for =
            [(!options.partition_by.is_empty(), "partitioned"), (options.rows_per_file.is_some(), "in several files")];
        if let Some((_, how)) = folders_asked_for.iter().find(|(asked, _)| *asked) {
            return Err(OutputError::Setting(format!(
                "an export that is {how} needs a folder, and {} names a file; leave out .parquet",
                target.display()
            )));
        }
        if target.is_dir() {
            return Err(OutputError::Setting(format!("{} is a folder; name a file in it", target.display())));
        }
        if target.exists() && !options.overwrite {
            return Err(in_the_way(target));
        }
        make_folder(parent(target))?;
        Ok(Self::new(Place::File(target.to_owned()), Vec::new(), None))
    }

    fn claim_folder(folder: &Path, overwrite: bool) -> Result<Self, OutputError> {
        if folder.exists() && !folder.is_dir() {
            return Err(OutputError::Setting(format!(
                "{} is a file; name a folder, or a file that ends in .parquet",
                folder.display()
            )));
        }
        make_folder(folder)?;
        let lock = Lock::on(folder)?;
        let found = Found::in_folder(folder)?;
        if let Some(foreign) = found.foreign {
            return Err(OutputError::Setting(format!(
                "{} holds what huntql did not export, such as {}; choose another folder",
                folder.display(),
                foreign.display()
            )));
        }
        if !found.exported.is_empty() && !overwrite {
            return Err(in_the_way(folder));
        }
        for leftover in &found.leftovers {
            remove(leftover)?;
        }
        remove_empty_folders(folder, &found.leftovers);
        Ok(Self::new(Place::Folder(folder.to_owned()), found.exported, Some(lock)))
    }

    fn new(place: Place, replaced: Vec<PathBuf>, lock: Option<Lock>) -> Self {
        Self { place, files: Vec::new(), replaced, lock, settled: false }
    }

    /// Opens the next file, under a temporary name; `part` numbers the files of a folder.
    pub(super) fn begin(&mut self, folder: &Path, part: usize) -> Result<(File, PathBuf), OutputError> {
        let (temporary, last) = match &self.place {
            Place::File(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                (path.with_file_name(format!("{TEMPORARY}{name}")), path.clone())
            }
            Place::Folder(root) => {
                let folder = root.join(folder);
                make_folder(&folder)?;
                let name = format!("part-{part:05}.parquet");
                (folder.join(format!("{TEMPORARY}{name}")), folder.join(name))
            }
        };
        let file = open(&temporary)?;
        self.files.push((temporary.clone(), last));
        Ok((file, temporary))
    }

    /// Gives the files their final names and removes what they replace.
    pub(super) fn settle(&mut self) -> Result<(), OutputError> {
        if self.settled {
            return Ok(());
        }
        for (temporary, last) in &self.files {
            fs::rename(temporary, last).map_err(|cause| OutputError::file(last, cause))?;
        }
        self.settled = true;
        let new: BTreeSet<&Path> = self.files.iter().map(|(_, last)| last.as_path()).collect();
        for old in self.replaced.iter().filter(|old| !new.contains(old.as_path())) {
            remove(old)?;
        }
        for folder in new.into_iter().map(parent).collect::<BTreeSet<_>>() {
            sync_folder(folder);
        }
        if let Place::Folder(root) = &self.place {
            remove_empty_folders(root, &self.replaced);
        }
        self.lock = None;
        Ok(())
    }
}

impl Drop for Target {
    /// An export that ends early takes its files with it; those of one that is killed stay for the next to remove.
    fn drop(&mut self) {
        if !self.settled {
            for (temporary, _) in &self.files {
                let _ = fs::remove_file(temporary);
            }
            if let Place::Folder(root) = &self.place {
                let temporary: Vec<_> = self.files.iter().map(|(temporary, _)| temporary.clone()).collect();
                remove_empty_folders(root, &temporary);
            }
        }
    }
}

/// What lies in a folder that an export is to write into.
#[derive(Default)]
struct Found {
    exported: Vec<PathBuf>,
    leftovers: Vec<PathBuf>,
    foreign: Option<PathBuf>,
}

impl Found {
    fn in_folder(root: &Path) -> Result<Self, OutputError> {
        let mut found = Self::default();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder).map_err(|cause| OutputError::file(&folder, cause))?;
            for entry in entries {
                let entry = entry.map_err(|cause| OutputError::file(&folder, cause))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                if name == LOCK {
                    continue;
                }
                if is_folder && name.contains('=') {
                    folders.push(entry.path());
                } else if !is_folder && is_part(name.strip_prefix(TEMPORARY).unwrap_or_default()) {
                    found.leftovers.push(entry.path());
                } else if !is_folder && is_part(&name) {
                    found.exported.push(entry.path());
                } else {
                    found.foreign.get_or_insert(entry.path());
                }
            }
        }
        Ok(found)
    }
}

/// `part-00000.parquet`
fn is_part(name: &str) -> bool {
    let number = name.strip_prefix("part-").and_then(|rest| rest.strip_suffix(".parquet"));
    number.is_some_and(|number| number.len() >= 5 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Holds a folder; lets go when dropped or when the process ends.
struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    fn on(folder: &Path) -> Result<Self, OutputError> {
        let path = folder.join(LOCK);
        let file = File::create(&path).map_err(|cause| OutputError::file(&path, cause))?;
        keep_others_out(&file, folder)?;
        Ok(Self { path, _file: file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Opens a temporary file of our own; one that a killed export left is written anew.
fn open(path: &Path) -> Result<File, OutputError> {
    let failed = |cause| OutputError::file(path, cause);
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(failed)?;
    keep_others_out(&file, path)?;
    file.set_len(0).map_err(failed)?;
    Ok(file)
}

/// Locks a file, where the file system can.
fn keep_others_out(file: &File, place: &Path) -> Result<(), OutputError> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(OutputError::Setting(format!(
            "another export is writing to {}; wait for it or choose another place",
            place.display()
        ))),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

fn in_the_way(target: &Path) -> OutputError {
    OutputError::Setting(format!("{} holds an export already; pass --overwrite to replace it", target.display()))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn make_folder(folder: &Path) -> Result<(), OutputError> {
    fs::create_dir_all(folder).map_err(|cause| OutputError::file(folder, cause))
}

fn remove(path: &Path) -> Result<(), OutputError> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(OutputError::file(path, cause)),
        _ => Ok(()),
    }
}

/// Removes the folders of `files` that are empty now, up to but without `root`.
fn remove_empty_folders(root: &Path, files: &[PathBuf]) {
    for file in files {
        let above = file.ancestors().skip(1).take_while(|folder| *folder != root && folder.starts_with(root));
        for folder in above {
            // Fails if the folder is not empty, which is what is wanted.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

/// Makes new names last; where folders cannot be opened (Windows) the system sees to that itself.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
