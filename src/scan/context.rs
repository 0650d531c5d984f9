//! What the scans of one query share: options, the catalogue, counters.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::catalog::Catalog;
use crate::source::{Listing, Location, Scope, Traffic};

/// How scans treat what they find.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// The first reject is an error.
    pub strict: bool,
    /// No pruning by time.
    pub exact_time: bool,
    /// How late a row may arrive and still be found under a time filter.
    pub late: Duration,
    /// How early a row may arrive, against its own clock.
    pub early: Duration,
    /// Which ways of doing less are taken.
    pub shortcuts: Shortcuts,
    /// Blobs whose path names one table are read for every table.
    pub mixed: bool,
    /// The part of the data that is looked at.
    pub scope: Scope,
    /// Where packed and remote Capture files are unpacked; none is the system's temporary folder.
    pub temp_dir: Option<PathBuf>,
}

/// Ways of doing less. They change no answer; to see that, each can be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortcuts {
    /// Lines that hold none of the text that the predicate asks for are passed over unparsed.
    pub prefilter: bool,
    /// Lines are read by the look of an earlier one of their blob, and keys are looked for, where few columns are wanted.
    pub learn_lines: bool,
    /// Predicates are evaluated inside the scan.
    pub pushdown: bool,
}

impl Shortcuts {
    /// Every line is read in full, and filtered afterwards.
    pub const NONE: Self = Self { prefilter: false, learn_lines: false, pushdown: false };
}

impl Default for Shortcuts {
    fn default() -> Self {
        Self { prefilter: true, learn_lines: true, pushdown: true }
    }
}

/// Everything a scan needs besides its table.
#[derive(Debug)]
pub struct ScanContext {
    /// Where data lies.
    pub locations: Arc<Vec<Location>>,
    /// Lists it.
    pub listing: Arc<Listing>,
    /// The hunting tables.
    pub catalog: Arc<Catalog>,
    /// How to treat what is found.
    pub options: ScanOptions,
    /// What the query's scans did.
    pub counts: ScanCounts,
}

impl ScanContext {
    /// The same, with counters of its own.
    pub fn uncounted(&self) -> Self {
        Self {
            locations: Arc::clone(&self.locations),
            listing: Arc::clone(&self.listing),
            catalog: Arc::clone(&self.catalog),
            options: self.options.clone(),
            counts: ScanCounts::default(),
        }
    }
}

/// Counters that the scans of one query add to while they run.
#[derive(Debug, Default)]
pub struct ScanCounts {
    /// Blobs that may hold the queried tables.
    pub blobs_listed: Count,
    /// Blobs left out by time.
    pub blobs_pruned: Count,
    /// Bytes of the blobs left out by time, as stored.
    pub bytes_pruned: Count,
    /// Blobs planned to be read.
    pub blobs_planned: Count,
    /// The hours of receipt of the blobs planned to be read.
    pub hours: Hours,
    /// Blobs, or ranges of them, opened.
    pub blobs_opened: Count,
    /// Blobs left unopened because no row of theirs could still matter.
    pub blobs_skipped: Count,
    /// Bytes planned, as stored.
    pub bytes_planned: Count,
    /// Bytes read, as stored.
    pub bytes_scanned: Count,
    /// Records seen.
    pub records_seen: Count,
    /// Records lost.
    pub records_rejected: Count,
    /// Cells lost.
    pub cells_rejected: Count,
    /// Tables read whole though a window of time was asked for: they have no event time.
    pub timeless_tables: Count,
    /// Listings of remote locations that left months out.
    narrowed: AtomicBool,
    /// Every scan that was planned.
    scans: Mutex<Vec<PlannedScan>>,
    /// What was asked of remote stores.
    pub traffic: Arc<Traffic>,
    /// Of the records lost, those that belong to another table than their blob's path names.
    pub records_foreign: Count,
}

impl ScanCounts {
    /// Adds what was counted elsewhere while blobs were read; what planning counts is not read.
    pub fn add(&self, read: &Self) {
        let pairs = [
            (&self.blobs_opened, &read.blobs_opened),
            (&self.blobs_skipped, &read.blobs_skipped),
            (&self.bytes_scanned, &read.bytes_scanned),
            (&self.records_seen, &read.records_seen),
            (&self.records_rejected, &read.records_rejected),
            (&self.cells_rejected, &read.cells_rejected),
            (&self.records_foreign, &read.records_foreign),
        ];
        pairs.into_iter().for_each(|(here, there)| here.add(there.get()));
    }
}

/// A set of hours, each counted from 1970.
#[derive(Debug, Default)]
pub struct Hours(Mutex<BTreeSet<i64>>);

impl Hours {
    /// Adds hours.
    pub fn add(&self, hours: impl IntoIterator<Item = i64>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(hours);
    }

    /// All of them.
    pub fn all(&self) -> BTreeSet<i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What one scan is going to read.
#[derive(Debug, Clone)]
pub struct PlannedScan {
    /// The table.
    pub table: String,
    /// The location, as given.
    pub location: String,
    /// The blobs.
    pub blobs: u64,
    /// Their bytes, as stored.
    pub bytes: u64,
    /// The first hour of receipt and the end of the last, in seconds since 1970, as far as names tell.
    pub hours: Option<(i64, i64)>,
}

impl ScanCounts {
    /// Notes that months were not listed.
    pub fn narrow(&self) {
        self.narrowed.store(true, Ordering::Relaxed);
    }

    /// True if months were not listed.
    pub fn is_narrowed(&self) -> bool {
        self.narrowed.load(Ordering::Relaxed)
    }

    /// Adds a scan to those planned.
    pub fn plan(&self, scan: PlannedScan) {
        self.scans.lock().unwrap_or_else(PoisonError::into_inner).push(scan);
    }

    /// The scans planned so far.
    pub fn planned(&self) -> Vec<PlannedScan> {
        self.scans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A number that many threads add to.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Adds to it.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
