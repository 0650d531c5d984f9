//! The reading itself: parts of blobs, dealt out to tasks; what each reads goes to the scans that want it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::common::{DataFusionError, Result, internal_datafusion_err};
use datafusion::datasource::listing::{FileRange, PartitionedFile};
use datafusion::datasource::physical_plan::FileOpener;
use futures::StreamExt;
use tokio::task::JoinSet;

use super::Bytes;
use super::group::{Group, Part, Scan, Taker, groups};
use super::queue::Limits;
use crate::scan::context::ScanContext;
use crate::scan::source::newest_first;
use crate::source::BlobStore;

/// Bytes of a blob that one task reads at a time.
const PART: u64 = 64 << 20;

/// Rows of small blobs that are handed out together.
const ROWS: usize = 4096;

/// A part of a blob that is still to be read.
struct Unit {
    group: usize,
    file: PartitionedFile,
    /// The scans that want it.
    takers: Vec<usize>,
}

impl Unit {
    /// Bytes as stored.
    fn length(&self) -> u64 {
        let length = self.file.range.as_ref().map_or(0, |range| range.end.saturating_sub(range.start));
        u64::try_from(length).unwrap_or(0)
    }
}

/// What the tasks share.
struct Work {
    groups: Vec<Group>,
    /// What gives each group its bytes.
    stores: Vec<BlobStore>,
    /// Units of each group that are not done yet.
    left: Vec<AtomicUsize>,
    units: Mutex<VecDeque<Unit>>,
    limits: Limits,
    bytes: Arc<Bytes>,
}

/// Reads everything that the scans want, on so many tasks; every queue is ended.
pub(super) async fn run(scans: Vec<Scan>, limits: Limits, tasks: usize, bytes: Arc<Bytes>) {
    let groups = groups(scans).await;
    let units: Vec<Vec<Unit>> = groups.iter().enumerate().map(|(number, group)| units(number, group)).collect();
    let store = |(group, units): (&Group, &Vec<Unit>)| {
        group.source.bytes_of(units.iter().map(|unit| unit.file.object_meta.clone()))
    };
    let stores = groups.iter().zip(&units).map(store).collect();
    bytes.planned.store(units.iter().flatten().map(Unit::length).sum(), Ordering::Relaxed);
    let left = units.iter().map(|units| AtomicUsize::new(units.len())).collect();
    let units = Mutex::new(units.into_iter().flatten().collect());
    let work = Arc::new(Work { groups, stores, left, units, limits, bytes });
    work.groups.iter().filter(|group| group.files.is_empty()).for_each(end);
    let mut running: JoinSet<()> = (0..tasks.max(1)).map(|_| Task::new(Arc::clone(&work)).run()).collect();
    while running.join_next().await.is_some() {}
    // Only a task that broke down leaves a queue open.
    let broken = Arc::new(internal_datafusion_err!("the reading for several queries ended before its end"));
    for taker in work.groups.iter().flat_map(|group| &group.takers) {
        taker.queue.end(Err(Arc::clone(&broken)));
    }
}

/// Ends the scans of a group of which everything is read.
fn end(group: &Group) {
    for taker in &group.takers {
        taker.context.counts.traffic.add(&group.source.context().counts.traffic);
        taker.queue.end(Ok(()));
    }
}

/// The units of a group, newest first.
fn units(number: usize, group: &Group) -> Vec<Unit> {
    let mut files: Vec<(&Part, &(PartitionedFile, Vec<usize>))> = group.files.iter().collect();
    files.sort_by_key(|(_, (file, _))| newest_first(file));
    let parts = files.into_iter().flat_map(|((_, start, end), (file, takers))| {
        ranges(*start, *end).map(move |(from, to)| Unit {
            group: number,
            file: PartitionedFile { range: Some(FileRange { start: signed(from), end: signed(to) }), ..file.clone() },
            takers: takers.clone(),
        })
    });
    parts.collect()
}

/// Cuts a range into parts of about the same length; an empty one is one part.
fn ranges(start: u64, end: u64) -> impl Iterator<Item = (u64, u64)> {
    let count = (end.saturating_sub(start)).div_ceil(PART).max(1);
    let length = end.saturating_sub(start).div_ceil(count);
    (0..count).map(move |part| (start + part * length, (start + (part + 1) * length).min(end)))
}

fn signed(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}

/// One task: reads units, and gathers the rows of small ones.
struct Task {
    work: Arc<Work>,
    gathered: Gathered,
}

/// Rows of units of one group that the same scans want.
#[derive(Default)]
struct Gathered {
    group: usize,
    takers: Vec<usize>,
    batches: Vec<RecordBatch>,
    rows: usize,
    /// Units that are done once the rows are handed out.
    units: usize,
}

impl Task {
    fn new(work: Arc<Work>) -> Self {
        Self { work, gathered: Gathered::default() }
    }

    async fn run(mut self) {
        while let Some(unit) = self.next() {
            if unit.group != self.gathered.group || unit.takers != self.gathered.takers {
                self.hand_out().await;
                (self.gathered.group, self.gathered.takers) = (unit.group, unit.takers.clone());
            }
            if let Err(error) = self.read(&unit).await {
                let error = Arc::new(error);
                self.takers(&unit.takers).for_each(|taker| taker.queue.end(Err(Arc::clone(&error))));
            }
            self.gathered.units += 1;
            self.work.bytes.read.fetch_add(unit.length(), Ordering::Relaxed);
        }
        self.hand_out().await;
    }

    fn next(&self) -> Option<Unit> {
        self.work.units.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn takers<'a>(&'a self, numbers: &'a [usize]) -> impl Iterator<Item = &'a Taker> {
        let takers = self.work.groups.get(self.gathered.group).map_or(&[][..], |group| &group.takers);
        numbers.iter().filter_map(|&number| takers.get(number)).filter(|taker| taker.queue.is_wanted())
    }

    async fn read(&mut self, unit: &Unit) -> Result<()> {
        if self.takers(&unit.takers).next().is_none() {
            return Ok(());
        }
        let (Some(group), Some(store)) = (self.work.groups.get(unit.group), self.work.stores.get(unit.group)) else {
            return Ok(());
        };
        let context = Arc::new(group.source.context().uncounted());
        let source = group.source.counting_in(Arc::clone(&context));
        let opener = source.opener(store.clone())?;
        let mut rows = opener.open(unit.file.clone())?.await?;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            self.gathered.rows += batch.num_rows();
            self.gathered.batches.push(batch);
            if self.gathered.rows >= ROWS {
                self.hand_out_rows().await?;
            }
        }
        drop(rows);
        self.count(&context, &unit.takers);
        Ok(())
    }

    /// Adds what was counted while a unit was read to the queries it was read for.
    fn count(&self, counted: &ScanContext, takers: &[usize]) {
        self.takers(takers).for_each(|taker| taker.context.counts.add(&counted.counts));
    }

    async fn hand_out_rows(&mut self) -> Result<()> {
        let batches = std::mem::take(&mut self.gathered.batches);
        self.gathered.rows = 0;
        let Some(first) = batches.first() else { return Ok(()) };
        let rows = if batches.len() == 1 { first.clone() } else { concat_batches(&first.schema(), &batches)? };
        for taker in self.takers(&self.gathered.takers) {
            taker.take(&rows, &self.work.limits).await;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Hands out what was gathered; the scans of a group of which all units are done are ended.
    async fn hand_out(&mut self) {
        if let Err(error) = self.hand_out_rows().await {
            let error: Arc<DataFusionError> = Arc::new(error);
            self.takers(&self.gathered.takers).for_each(|taker| taker.queue.end(Err(Arc::clone(&error))));
        }
        let done = std::mem::take(&mut self.gathered.units);
        let (Some(left), Some(group)) =
            (self.work.left.get(self.gathered.group), self.work.groups.get(self.gathered.group))
        else {
            return;
        };
        if done > 0 && left.fetch_sub(done, Ordering::AcqRel) == done {
            end(group);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_a_blob_without_gap() {
        for (start, end) in [(0, 0), (5, 5), (0, 1), (3, PART + 3), (7, 5 * PART + 11)] {
            let parts: Vec<(u64, u64)> = ranges(start, end).collect();
            assert_eq!((parts[0].0, parts[parts.len() - 1].1), (start, end));
            assert!(parts.windows(2).all(|pair| pair[0].1 == pair[1].0), "{parts:?}");
            assert!(parts.iter().all(|(from, to)| to - from <= PART), "{parts:?}");
        }
    }
}
