//! The result of a query: schema, stream of batches, counters.
//!
//! An answer is produced on the engine's own runtime and handed over through a bounded channel; dropping it cancels the query.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;

use super::{Error, Render};

/// What a query has done so far; final once its answer has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Blobs that hold the queried tables, before pruning by time.
    pub blobs_listed: u64,
    /// Blobs left out because their hour cannot hold the queried time.
    pub blobs_pruned: u64,
    /// Bytes of the blobs left out, as stored.
    pub bytes_pruned: u64,
    /// Blobs planned to be read.
    pub blobs_planned: u64,
    /// Blobs opened so far (a blob split into ranges counts once a range).
    pub blobs_opened: u64,
    /// Bytes of the planned blobs, as stored.
    pub bytes_planned: u64,
    /// Bytes read so far, as stored.
    pub bytes_scanned: u64,
    /// Records seen so far, of any table.
    pub records_seen: u64,
    /// Records that could not be read.
    pub records_rejected: u64,
    /// Cells that did not fit their column and became null, of the columns that the query reads.
    pub cells_rejected: u64,
    /// Rows of the answer so far.
    pub rows: u64,
    /// Bytes spilled to temporary files.
    pub bytes_spilled: u64,
    /// Requests to remote stores.
    pub requests: u64,
    /// Of these, those sent because an earlier one brought nothing or not all. Repeats below the store's own patience count as requests.
    pub requests_repeated: u64,
    /// Bytes of blobs that remote stores sent.
    pub bytes_fetched: u64,
    /// Ranges of blobs that were kept on disk and not asked for.
    pub ranges_from_cache: u64,
    /// Their bytes.
    pub bytes_from_cache: u64,
    /// Time since the query was handed in.
    pub elapsed: Duration,
}

/// Reads a running query's counters; outlives the answer.
pub trait Monitor: Send + Sync {
    /// The counters now.
    fn counters(&self) -> Counters;
    /// Sentences for people about how the answer came to be: pruning, rejects, retries.
    fn notes(&self) -> Vec<String>;
}

/// The result of a query.
pub struct Answer {
    schema: SchemaRef,
    batches: mpsc::Receiver<Result<RecordBatch, Error>>,
    monitor: Arc<dyn Monitor>,
    task: Option<AbortOnDrop>,
    deadline: Option<(Pin<Box<tokio::time::Sleep>>, Duration)>,
    name: Option<String>,
    render: Option<Render>,
}

/// Aborts the task that produces an answer when the answer goes.
pub(super) struct AbortOnDrop(pub(super) tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Answer {
    pub(super) fn new(
        schema: SchemaRef,
        batches: mpsc::Receiver<Result<RecordBatch, Error>>,
        monitor: Arc<dyn Monitor>,
        task: AbortOnDrop,
        deadline: Option<(Instant, Duration)>,
    ) -> Self {
        let deadline = deadline.map(|(at, limit)| (Box::pin(tokio::time::sleep_until(at.into())), limit));
        Self { schema, batches, monitor, task: Some(task), deadline, name: None, render: None }
    }

    /// The same answer with what its query says about it.
    pub(super) fn titled(mut self, name: Option<String>, render: Option<Render>) -> Self {
        (self.name, self.render) = (name, render);
        self
    }

    /// The name that a KQL script gives it, by `as` or by a leg of `fork`.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// How KQL's `render` wants it drawn: `output::chart` does it.
    pub fn render(&self) -> Option<&Render> {
        self.render.as_ref()
    }

    /// The columns of the answer.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// What the query has done so far.
    pub fn counters(&self) -> Counters {
        self.monitor.counters()
    }

    /// Sentences about how the answer came to be.
    pub fn notes(&self) -> Vec<String> {
        self.monitor.notes()
    }

    /// A handle on the counters that can be watched while the answer is read elsewhere.
    pub fn monitor(&self) -> Arc<dyn Monitor> {
        Arc::clone(&self.monitor)
    }

    /// All remaining batches.
    ///
    /// # Errors
    /// The first error of the query.
    pub async fn collect(&mut self) -> Result<Vec<RecordBatch>, Error> {
        let mut batches = Vec::new();
        while let Some(batch) = self.next().await {
            batches.push(batch?);
        }
        Ok(batches)
    }
}

impl Stream for Answer {
    type Item = Result<RecordBatch, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Poll::Ready(batch) = this.batches.poll_recv(context) {
            return Poll::Ready(batch);
        }
        if let Some((sleep, limit)) = &mut this.deadline
            && sleep.as_mut().poll(context).is_ready()
        {
            let limit = *limit;
            this.deadline = None;
            this.task = None;
            this.batches.close();
            return Poll::Ready(Some(Err(Error::timed_out(limit))));
        }
        Poll::Pending
    }
}
