//! `--since-last-run`: how far each hunt has read, kept in a file, so that the next run reads on from there.
//!
//! A run and its results become true at one moment, when the state file gets its new content. Until then the results lie in a hidden
//! folder; if the process dies before, they are thrown away by the next run, and if it dies after, the next run gives them their name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cli::failure::{Failure, Outcome};
use crate::engine::{Engine, Error, Marks};
use crate::shell::beside;
use crate::source::Extents;

/// The form of the file.
const VERSION: u32 = 1;

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    version: u32,
    /// What tells the hidden folders of this state from those of others.
    id: String,
    /// The last run that became true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    /// How far blobs were read; hunts that ran together have the same.
    marks: Vec<Marks>,
    /// The place in `marks` of each hunt that has run, by its key.
    hunts: BTreeMap<String, usize>,
}

/// A state file that is held by this process.
pub(super) struct Since {
    path: PathBuf,
    /// Held until the run is over.
    _lock: File,
    state: State,
    /// How far everything is read when this run is over.
    reached: Marks,
    /// What each of the state's marks leaves to read, and at the end what there is for a hunt that never ran.
    fresh: Vec<Arc<Extents>>,
    /// What is to be said of blobs that are read again.
    pub(super) notes: BTreeSet<String>,
}

impl Since {
    /// Takes hold of a state file, making it if there is none, and finishes what an earlier run left half done.
    ///
    /// # Errors
    /// If the file cannot be read or written, is no state, or another run holds it.
    pub(super) fn hold(path: &Path, results: Option<&Path>) -> Outcome<Self> {
        let lock = lock(path)?;
        let state = match fs::read(path) {
            Ok(bytes) => parse(path, &bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => State::new(),
            Err(error) => return Err(Failure::trouble(format!("cannot read {}: {error}", path.display()))),
        };
        state.write(path)?;
        if let Some(results) = results {
            state.tidy(results)?;
        }
        let (reached, fresh, notes) = Default::default();
        Ok(Self { path: path.to_owned(), _lock: lock, state, reached, fresh, notes })
    }

    /// Looks for what is new to each hunt.
    ///
    /// # Errors
    /// If a location cannot be listed, or a blob not be looked into.
    pub(super) async fn look(&mut self, engine: &Engine, keys: &[&str]) -> Result<(), Error> {
        let nothing = Marks::default();
        // To look into every blob is only for hunts that never ran.
        let new = keys.iter().any(|key| !self.state.hunts.contains_key(*key));
        let marks: Vec<&Marks> = self.state.marks.iter().chain(new.then_some(&nothing)).collect();
        let fresh = engine.fresh(&marks).await?;
        self.fresh = fresh.extents.into_iter().map(Arc::new).collect();
        (self.reached, self.notes) = (fresh.marks, fresh.notes);
        Ok(())
    }

    /// True if none of these hunts has anything to read.
    pub(super) fn nothing_is_new(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.extents(key).is_some_and(|extents| extents.is_empty()))
    }

    /// What a hunt has not read yet.
    pub(super) fn extents(&self, key: &str) -> Option<Arc<Extents>> {
        let place = self.state.hunts.get(key).copied().unwrap_or(self.state.marks.len());
        self.fresh.get(place).cloned()
    }

    /// The hidden folder in which a run's results wait.
    pub(super) fn waiting(&self, results: &Path, run: &str) -> PathBuf {
        results.join(format!(".{run}.{}", self.state.id))
    }

    /// Makes a run true: these hunts have read all there is, and the results get their name.
    ///
    /// # Errors
    /// If the state cannot be written; then nothing has happened. If only the renaming fails, the next run does it.
    pub(super) fn commit(mut self, run: &str, done: &[&str], results: Option<&Path>) -> Outcome {
        let place = self.state.marks.len();
        self.state.marks.push(std::mem::take(&mut self.reached));
        self.state.hunts.extend(done.iter().map(|&key| (key.to_owned(), place)));
        self.state.run = Some(run.to_owned());
        self.state.forget_unused();
        self.state.write(&self.path)?;
        results.map_or(Ok(()), |results| self.state.tidy(results))
    }
}

impl State {
    fn new() -> Self {
        let id = format!("{:016x}", rand::random::<u64>());
        Self { version: VERSION, id, run: None, marks: Vec::new(), hunts: BTreeMap::new() }
    }

    /// Leaves out marks that no hunt has, and says once what is the same.
    fn forget_unused(&mut self) {
        let mut kept: Vec<Marks> = Vec::new();
        for place in self.hunts.values_mut() {
            let Some(marks) = self.marks.get(*place) else { continue };
            *place = kept.iter().position(|known| known == marks).unwrap_or_else(|| {
                kept.push(marks.clone());
                kept.len() - 1
            });
        }
        self.marks = kept;
    }

    /// Writes the file whole, or leaves it as it is.
    fn write(&self, path: &Path) -> Outcome {
        let write = || {
            let mut file = beside(folder_of(path))?;
            serde_json::to_writer(&mut file, self)?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error)
        };
        write().map(drop).map_err(|error| Failure::trouble(format!("cannot write {}: {error}", path.display())))
    }

    /// Gives the results of the run that became true their name, and throws away those of runs that did not.
    fn tidy(&self, results: &Path) -> Outcome {
        let ending = format!(".{}", self.id);
        let tidy = || {
            let entries = match fs::read_dir(results) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let Some(run) = name.strip_prefix('.').and_then(|name| name.strip_suffix(&ending)) else { continue };
                if self.run.as_deref() == Some(run) {
                    fs::rename(entry.path(), results.join(run))?;
                } else {
                    fs::remove_dir_all(entry.path())?;
                }
            }
            Ok(())
        };
        tidy().map_err(|error: std::io::Error| Failure::trouble(format!("cannot tidy {}: {error}", results.display())))
    }
}

fn parse(path: &Path, bytes: &[u8]) -> Outcome<State> {
    let wrong = |why: String| Failure::trouble(format!("{} is no state of huntql run: {why}", path.display()));
    let state: State = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    if state.version == VERSION {
        Ok(state)
    } else {
        Err(wrong(format!("it is of version {}, and this huntql knows version {VERSION}", state.version)))
    }
}

/// A file beside the state, since the state itself is replaced.
fn lock(path: &Path) -> Outcome<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock = PathBuf::from(name);
    let cannot = |error: std::io::Error| Failure::trouble(format!("cannot lock {}: {error}", lock.display()));
    fs::create_dir_all(folder_of(path)).map_err(cannot)?;
    let file = File::options().create(true).truncate(false).write(true).open(&lock).map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Failure::trouble(format!("another run holds {}; wait for its end", path.display())))
        }
        Err(TryLockError::Error(error)) => Err(cannot(error)),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(read: u64) -> Marks {
        serde_json::from_str(&format!(r#"{{"/x":{{"read":{read}}}}}"#)).expect("marks")
    }

    #[test]
    fn marks_that_no_hunt_has_are_forgotten() {
        let mut state = State { marks: vec![marks(1), marks(2), marks(3), marks(2)], ..State::new() };
        state.hunts = [("a".to_owned(), 1), ("b".to_owned(), 3), ("c".to_owned(), 2)].into();
        state.forget_unused();
        assert_eq!(state.marks, [marks(2), marks(3)]);
        assert_eq!(state.hunts.into_values().collect::<Vec<_>>(), [0, 0, 1]);
    }

    #[test]
    fn a_state_is_held_by_one_run_and_keeps_what_it_knew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.json");
        let held = Since::hold(&path, None).expect("held");
        let Err(Failure::Trouble(why)) = Since::hold(&path, None) else { panic!("held twice") };
        assert!(why.starts_with("another run holds "), "{why}");
        let id = held.state.id.clone();
        held.commit("run-1", &["a"], None).expect("committed");
        let held = Since::hold(&path, None).expect("held again");
        assert_eq!((held.state.id, held.state.run.as_deref()), (id, Some("run-1")));
        assert_eq!(held.state.hunts, [("a".to_owned(), 0)].into());
    }

    #[test]
    fn what_died_before_its_moment_goes_and_what_died_after_it_gets_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, results) = (folder.path().join("state.json"), folder.path().join("results"));
        let held = Since::hold(&path, Some(&results)).expect("held");
        for run in ["died", "done"] {
            fs::create_dir_all(held.waiting(&results, run)).expect("made");
        }
        fs::create_dir_all(results.join(".other.0123456789abcdef")).expect("made");
        let state = State { run: Some("done".to_owned()), ..held.state.clone() };
        drop(held);
        state.write(&path).expect("written");
        Since::hold(&path, Some(&results)).expect("held again");
        let mut left: Vec<String> = fs::read_dir(&results)
            .expect("there")
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
            .collect();
        left.sort();
        assert_eq!(left, [".other.0123456789abcdef", "done"]);
    }

    #[test]
    fn what_is_no_state_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.json");
        for text in ["{}", "rows,1", r#"{"version":2,"id":"x","marks":[],"hunts":{}}"#] {
            fs::write(&path, text).expect("written");
            let Err(Failure::Trouble(why)) = Since::hold(&path, None) else { panic!("taken: {text}") };
            assert!(why.contains("state.json is no state of huntql run: "), "{why}");
            assert_eq!(fs::read_to_string(&path).expect("there"), text);
        }
    }
}
