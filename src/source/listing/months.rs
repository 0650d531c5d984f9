//! The listing of one month's folder, kept on disk as far as its hours are closed: then only what is behind them is asked for.
//!
//! A blob is closed when its hours ended two days before it was listed. What is kept is a run of closed blobs in the order of their names,
//! from the first on, so that one listing from behind the last of them finds all others. Files are written whole under a name of their
//! own and then renamed: other processes, and those that are killed, leave nothing half.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use object_store::path::Path;
use object_store::{ObjectMeta, Result};
use serde::{Deserialize, Serialize};

use super::{FRESH, walk};
use crate::source::{Location, NameFacts};

/// Old listings are made anew: somebody may have deleted old blobs.
const GOOD_FOR: Duration = Duration::hours(24);

/// Months as listed.
#[derive(Debug, Default)]
pub(super) struct Months {
    folder: Option<PathBuf>,
    fresh: Mutex<HashMap<String, Fresh>>,
}

/// A listing of the last seconds.
type Fresh = (Instant, Arc<Vec<ObjectMeta>>);

#[derive(Serialize, Deserialize)]
struct Head {
    version: u32,
    folder: String,
    listed: DateTime<Utc>,
    blobs: usize,
}

#[derive(Serialize, Deserialize)]
struct Line(String, u64, DateTime<Utc>, Option<String>);

const VERSION: u32 = 1;

impl Months {
    /// Keeps listings in a folder; in none, if none is given.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder: folder.map(|folder| folder.join("listings")), fresh: Mutex::default() }
    }

    /// The objects below a month's folder.
    pub(super) async fn list(&self, location: &Location, month: &Path) -> Result<Vec<ObjectMeta>> {
        let name = location.name_of(month);
        let fresh = |months: &Self| {
            let fresh = months.fresh.lock().unwrap_or_else(PoisonError::into_inner);
            fresh.get(&name).filter(|(at, _)| at.elapsed() < FRESH).map(|(_, metas)| Arc::clone(metas))
        };
        if let Some(metas) = fresh(self) {
            return Ok(metas.to_vec());
        }
        let now = Utc::now();
        let mut metas = self.read(&name, now).unwrap_or_default();
        let known = metas.len();
        let more = match metas.last() {
            Some(last) => walk::behind(location.store(), month, &last.location).await?,
            None => walk::all(location.store(), month).await?,
        };
        metas.extend(more);
        metas.sort_by(|a, b| a.location.cmp(&b.location));
        let closed = metas.iter().take_while(|meta| is_closed(location, meta, now)).count();
        if closed > known {
            // What cannot be kept is asked for again.
            let _ = self.write(&name, now, metas.get(..closed).unwrap_or_default());
        }
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.retain(|_, (at, _)| at.elapsed() < FRESH);
        fresh.insert(name, (Instant::now(), Arc::new(metas.clone())));
        Ok(metas)
    }

    /// Forgets what is kept of months whose names begin so: the store has shown that it is not so any more.
    pub(super) fn forget(&self, location: &Location) {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let Some(entries) = self.folder.as_ref().and_then(|folder| std::fs::read_dir(folder).ok()) else { return };
        let base = location.name_of(location.prefix());
        for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
            let head = std::fs::File::open(&path).ok().and_then(|file| read_head(&mut BufReader::new(file)));
            if head.is_none_or(|head| head.folder.starts_with(&base)) {
                let _somebody_else_may_have = std::fs::remove_file(&path);
            }
        }
    }

    fn file(&self, name: &str) -> Option<PathBuf> {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        Some(self.folder.as_ref()?.join(format!("{:016x}.jsonl", hasher.finish())))
    }

    /// What is kept of a month. Anything strange about it counts as nothing.
    fn read(&self, name: &str, now: DateTime<Utc>) -> Option<Vec<ObjectMeta>> {
        let mut file = BufReader::new(std::fs::File::open(self.file(name)?).ok()?);
        let head = read_head(&mut file)?;
        let age = now - head.listed;
        if head.folder != name || age > GOOD_FOR || age < Duration::zero() {
            return None;
        }
        let mut metas = Vec::with_capacity(head.blobs.min(1 << 20));
        for line in file.lines() {
            let Line(location, size, last_modified, e_tag) = serde_json::from_str(&line.ok()?).ok()?;
            let location = Path::parse(location).ok()?;
            metas.push(ObjectMeta { location, size, last_modified, e_tag, version: None });
        }
        (metas.len() == head.blobs).then_some(metas)
    }

    fn write(&self, name: &str, listed: DateTime<Utc>, metas: &[ObjectMeta]) -> std::io::Result<()> {
        let (Some(folder), Some(path)) = (&self.folder, self.file(name)) else { return Ok(()) };
        std::fs::create_dir_all(folder)?;
        let file = tempfile::Builder::new().prefix(".listing-").tempfile_in(folder)?;
        {
            let mut out = BufWriter::new(&file);
            let head = Head { version: VERSION, folder: name.to_owned(), listed, blobs: metas.len() };
            serde_json::to_writer(&mut out, &head)?;
            for meta in metas {
                out.write_all(b"\n")?;
                let line = Line(meta.location.to_string(), meta.size, meta.last_modified, meta.e_tag.clone());
                serde_json::to_writer(&mut out, &line)?;
            }
            out.write_all(b"\n")?;
            out.flush()?;
        }
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

fn read_head(file: &mut impl BufRead) -> Option<Head> {
    let mut line = String::new();
    file.read_line(&mut line).ok()?;
    serde_json::from_str::<Head>(&line).ok().filter(|head| head.version == VERSION)
}

fn is_closed(location: &Location, meta: &ObjectMeta, now: DateTime<Utc>) -> bool {
    NameFacts::read(&location.name_of(&meta.location)).is_closed(now)
}
