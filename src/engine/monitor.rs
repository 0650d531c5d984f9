//! The counters and notes of one query, read while it runs and after.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use datafusion::physical_plan::ExecutionPlan;

use super::{Counters, Monitor};
use crate::scan::context::ScanContext;

/// The counters of one query.
pub(super) struct QueryMonitor {
    context: Arc<ScanContext>,
    /// When the query was handed in.
    pub(super) started: Instant,
    rows: AtomicU64,
    /// Known once the statement is planned.
    plan: Mutex<Option<Arc<dyn ExecutionPlan>>>,
    /// What is known before the first row.
    known: Vec<String>,
    /// What came up while the query ran.
    noted: Mutex<Vec<String>>,
}

impl QueryMonitor {
    /// A monitor that starts its clock now; `known` are notes that its query has from the start.
    pub(super) fn new(context: Arc<ScanContext>, known: Vec<String>) -> Self {
        Self {
            context,
            started: Instant::now(),
            rows: AtomicU64::new(0),
            plan: Mutex::default(),
            known,
            noted: Mutex::default(),
        }
    }

    /// The plan that is about to run.
    pub(super) fn plan(&self, plan: &Arc<dyn ExecutionPlan>) {
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(plan));
    }

    /// Notes something for whoever reads the answer.
    pub(super) fn note(&self, note: &str) {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).push(note.to_owned());
    }

    /// Rows that are on their way to the reader.
    pub(super) fn count(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    fn bytes_spilled(&self) -> u64 {
        let plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.as_ref().map_or(0, |plan| spilled_by(plan) as u64)
    }
}

/// Bytes that a plan's operators spilled so far.
fn spilled_by(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let own = plan.metrics().and_then(|metrics| metrics.spilled_bytes()).unwrap_or(0);
    own + plan.children().into_iter().map(spilled_by).sum::<usize>()
}

impl Monitor for QueryMonitor {
    fn counters(&self) -> Counters {
        let counts = &self.context.counts;
        Counters {
            blobs_listed: counts.blobs_listed.get(),
            blobs_pruned: counts.blobs_pruned.get(),
            bytes_pruned: counts.bytes_pruned.get(),
            blobs_planned: counts.blobs_planned.get(),
            blobs_opened: counts.blobs_opened.get(),
            bytes_planned: counts.bytes_planned.get(),
            bytes_scanned: counts.bytes_scanned.get(),
            records_seen: counts.records_seen.get(),
            records_rejected: counts.records_rejected.get(),
            cells_rejected: counts.cells_rejected.get(),
            rows: self.rows.load(Ordering::Relaxed),
            bytes_spilled: self.bytes_spilled(),
            requests: counts.traffic.requests(),
            requests_repeated: counts.traffic.retries(),
            bytes_fetched: counts.traffic.bytes(),
            ranges_from_cache: counts.traffic.kept(),
            bytes_from_cache: counts.traffic.kept_bytes(),
            elapsed: self.started.elapsed(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let (counts, options) = (&self.context.counts, &self.context.options);
        let mut notes = self.known.clone();
        notes.extend(self.noted.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned());
        if counts.blobs_pruned.get() > 0 {
            notes.push(format!(
                "{} left out by the hour in the path (rows up to {} h late are found; --exact-time reads all)",
                many(counts.blobs_pruned.get(), "blob"),
                options.late.as_secs() / 3600
            ));
        }
        if counts.is_narrowed() {
            notes
                .push("of remote locations, months without an hour that was asked for were not even listed".to_owned());
        }
        if counts.timeless_tables.get() > 0 {
            notes.push("a table without event time was read whole: no window of time can cut it".to_owned());
        }
        if counts.records_rejected.get() + counts.cells_rejected.get() > 0 {
            notes.push(format!(
                "{} and {} could not be read (SELECT * FROM huntql.rejects tells which)",
                many(counts.records_rejected.get(), "record"),
                many(counts.cells_rejected.get(), "cell")
            ));
        }
        if counts.records_foreign.get() > 0 {
            notes.push(format!(
                "of these, {} of another table than the blob's path names (--mixed reads them)",
                many(counts.records_foreign.get(), "record")
            ));
        }
        notes
    }
}

/// A number with its noun: "1 blob", "2 blobs".
fn many(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
