//! What lies under a location: listed once, kept for a moment, cut down by table and time.

mod months;
mod walk;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use object_store::{ObjectMeta, ObjectStoreExt};

use super::words::innermost;
use super::{Location, LocationError, NameFacts};
use months::Months;
use walk::Walk;

pub use walk::Wanted;

/// One stored object and what its name says of it.
#[derive(Debug, Clone)]
pub struct Blob {
    /// Path, size and time of change, as listed.
    pub meta: ObjectMeta,
    /// What the name tells.
    pub facts: NameFacts,
}

/// A range of event time, both ends included; an open end is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// The earliest time asked for, nanoseconds since 1970.
    pub start: Option<i64>,
    /// The latest time asked for, nanoseconds since 1970.
    pub end: Option<i64>,
}

impl TimeRange {
    /// True if a blob of these hours can hold events of this range, given how late and how early rows may arrive.
    pub fn may_be_in(&self, facts: &NameFacts, late: Duration, early: Duration) -> bool {
        let Some((first, last)) = event_bounds(facts, late, early) else { return true };
        self.start.is_none_or(|start| start <= last) && self.end.is_none_or(|end| end >= first)
    }
}

/// The event times that a blob can hold, first and last in nanoseconds, if its name tells hours.
pub fn event_bounds(facts: &NameFacts, late: Duration, early: Duration) -> Option<(i64, i64)> {
    let hours = facts.hours?;
    let nanos =
        |time: DateTime<Utc>, seconds: i64| time.timestamp().saturating_add(seconds).saturating_mul(1_000_000_000);
    let seconds = |slack: Duration| i64::try_from(slack.as_secs()).unwrap_or(i64::MAX / 4_000_000_000);
    Some((nanos(hours.start, -seconds(late)), nanos(hours.end, seconds(early))))
}

impl Blob {
    /// The event times that the blob can hold, first and last in nanoseconds, if its name tells hours.
    pub fn event_bounds(&self, late: Duration, early: Duration) -> Option<(i64, i64)> {
        event_bounds(&self.facts, late, early)
    }
}

/// File endings that no data of ours has.
const FOREIGN: [&str; 24] = [
    "parquet", "csv", "tsv", "md", "toml", "sql", "kql", "yaml", "yml", "png", "jpg", "html", "xlsx", "docx", "pdf",
    "zip", "7z", "exe", "dll", "sh", "ps1", "py", "lock", "arrow",
];

/// Lists locations, and keeps each listing for a few seconds, so that the tables of one query see the same blobs.
#[derive(Debug, Default)]
pub struct Listing {
    kept: Mutex<Kept>,
    months: Months,
}

/// Listings by location and what was wanted of it, each with the time it was made.
type Kept = HashMap<(String, Wanted), (Instant, Arc<Vec<Blob>>)>;

/// How long a listing is good: a hunter's next question sees new blobs, the tables of one question see the same.
const FRESH: Duration = Duration::from_secs(3);

impl Listing {
    /// Listings of remote locations' closed hours are kept in a folder, if one is given.
    pub fn new(cache: Option<PathBuf>) -> Self {
        Self { kept: Mutex::default(), months: Months::new(cache) }
    }

    /// The blobs under a location, in order of their names; none that are empty, hidden, or of endings that are no data.
    ///
    /// # Errors
    /// [`LocationError`] with the store's words.
    pub async fn blobs(&self, location: &Location) -> Result<Arc<Vec<Blob>>, LocationError> {
        self.wanted(location, &Wanted::default()).await
    }

    /// The same of those that are wanted, and some more. Of a local location all are listed, which costs little.
    ///
    /// # Errors
    /// [`LocationError`] with the store's words.
    pub async fn wanted(&self, location: &Location, wanted: &Wanted) -> Result<Arc<Vec<Blob>>, LocationError> {
        if location.take_stale() {
            self.lock().clear();
            self.months.forget(location);
        }
        let wanted = if location.is_local() { &Wanted::default() } else { wanted };
        let key = (location.name_of(location.prefix()), wanted.clone());
        if let Some((_, blobs)) = self.lock().get(&key).filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(Arc::clone(blobs));
        }
        let blobs = Arc::new(self.list(location, wanted).await?);
        let mut kept = self.lock();
        kept.retain(|_, (at, _)| at.elapsed() < FRESH);
        kept.insert(key, (Instant::now(), Arc::clone(&blobs)));
        Ok(blobs)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listing {
    async fn list(&self, location: &Location, wanted: &Wanted) -> Result<Vec<Blob>, LocationError> {
        let failed = |error: object_store::Error| LocationError::Store {
            given: location.given().to_owned(),
            reason: innermost(&error),
        };
        let listed = match wanted.is_all() {
            true => walk::all(location.store(), location.prefix()).await,
            false => Walk { location, wanted, months: &self.months }.run().await,
        };
        let mut metas = listed.map_err(failed)?;
        if metas.is_empty() && !location.prefix().as_ref().is_empty() {
            // A listing of one file's path gives nothing: the file itself is asked.
            metas.extend(location.store().head(location.prefix()).await.ok());
        }
        metas.retain(|meta| meta.size > 0 && (is_data(&meta.location) || meta.location == *location.prefix()));
        metas.sort_by(|a, b| a.location.cmp(&b.location));
        let blob = |meta: ObjectMeta| Blob { facts: NameFacts::read(&location.name_of(&meta.location)), meta };
        Ok(metas.into_iter().map(blob).collect())
    }
}

fn is_data(path: &object_store::path::Path) -> bool {
    let name = path.filename().unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    !name.starts_with('.') && !FOREIGN.iter().any(|foreign| ending.eq_ignore_ascii_case(foreign))
}
