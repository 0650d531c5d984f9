//! Batches on their way from a pass to one of its queries.
//!
//! Holds a few in memory. When those are too many, the pass waits for the query if waiting cannot stop both; else the rest goes to disk.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result, internal_datafusion_err};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, SpillMetrics};
use datafusion::physical_plan::spill::SpillManager;
use datafusion::physical_plan::spill::spill_pool::{SpillPoolSink, spsc_channel};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, stream};
use tokio::sync::Notify;

/// Bytes of one file of batches that went to disk.
const SPILL_FILE: usize = 64 << 20;

/// A queue with many writers and one reader.
pub(super) struct Queue {
    schema: SchemaRef,
    /// Its query reads nothing else that a pass gives, so that the pass can wait for it.
    alone: AtomicBool,
    state: Mutex<State>,
    arrived: Notify,
    room: Notify,
}

#[derive(Default)]
struct State {
    reader: Reader,
    batches: VecDeque<RecordBatch>,
    bytes: usize,
    /// How long the pass has waited for this reader.
    waited: Duration,
    spill: Option<SpillPoolSink>,
    spilled: Option<SendableRecordBatchStream>,
    end: Option<std::result::Result<(), Arc<DataFusionError>>>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Reader {
    #[default]
    ToCome,
    Reading,
    Gone,
}

/// How much a queue may hold, and what becomes of more.
pub(super) struct Limits {
    /// Bytes in memory.
    pub(super) bytes: usize,
    /// How long the pass waits for one reader in all; `None` is for ever.
    pub(super) wait: Option<Duration>,
    /// Where the rest goes to disk.
    pub(super) env: Arc<RuntimeEnv>,
}

impl Queue {
    /// An empty queue.
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            alone: AtomicBool::new(true),
            state: Mutex::default(),
            arrived: Notify::new(),
            room: Notify::new(),
        }
    }

    /// Its query reads something else, too.
    pub(super) fn never_wait(&self) {
        self.alone.store(false, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// False once nobody will read any more.
    pub(super) fn is_wanted(&self) -> bool {
        let state = self.lock();
        state.reader != Reader::Gone && state.end.is_none()
    }

    /// Adds a batch; one that nobody wants is dropped.
    ///
    /// # Errors
    /// If the batch cannot go to disk, or the reader took too long.
    pub(super) async fn push(&self, batch: RecordBatch, limits: &Limits) -> Result<()> {
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            if self.offer(&batch, limits)? {
                return Ok(());
            }
            let began = Instant::now();
            let left = limits.wait.map(|wait| wait.saturating_sub(self.lock().waited));
            match left {
                None => room.await,
                Some(left) => tokio::time::timeout(left, room).await.map_err(|_| too_slow(limits.wait))?,
            }
            self.lock().waited += began.elapsed();
        }
    }

    /// True if the batch was taken or is not wanted; false if its reader is to be waited for.
    fn offer(&self, batch: &RecordBatch, limits: &Limits) -> Result<bool> {
        let mut state = self.lock();
        if state.reader == Reader::Gone {
            return Ok(true);
        }
        if let Some(spill) = &state.spill {
            spill.push_batch(batch)?;
            return Ok(true);
        }
        if state.batches.is_empty() || state.bytes < limits.bytes {
            state.bytes += batch.get_array_memory_size();
            state.batches.push_back(batch.clone());
        } else if self.alone.load(Ordering::Relaxed) && state.reader == Reader::Reading {
            return Ok(false);
        } else {
            let metrics = SpillMetrics::new(&ExecutionPlanMetricsSet::new(), 0);
            let manager = SpillManager::new(Arc::clone(&limits.env), metrics, Arc::clone(&self.schema));
            let (sink, spilled) = spsc_channel(SPILL_FILE, Arc::new(manager));
            sink.push_batch(batch)?;
            (state.spill, state.spilled) = (Some(sink), Some(spilled));
        }
        drop(state);
        self.arrived.notify_one();
        Ok(true)
    }

    /// Says that no batch comes any more, or why; the first end counts.
    pub(super) fn end(&self, end: std::result::Result<(), Arc<DataFusionError>>) {
        let mut state = self.lock();
        state.spill = None;
        state.end.get_or_insert(end);
        drop(state);
        self.arrived.notify_one();
    }

    /// Closes a queue that is not being read: its plan is gone.
    pub(super) fn abandon(&self) {
        if self.lock().reader == Reader::ToCome {
            self.close();
        }
    }

    /// Drops what waits, and takes no more.
    fn close(&self) {
        let mut state = self.lock();
        *state = State { reader: Reader::Gone, end: state.end.take(), ..State::default() };
        drop(state);
        self.room.notify_waiters();
    }

    /// The batches. There is one reader, ever.
    ///
    /// # Errors
    /// If there was one already.
    pub(super) fn read(self: &Arc<Self>) -> Result<SendableRecordBatchStream> {
        let mut state = self.lock();
        if state.reader != Reader::ToCome {
            return Err(internal_datafusion_err!("the rows of a shared pass were asked for twice"));
        }
        state.reader = Reader::Reading;
        drop(state);
        let reading = Reading(Arc::clone(self));
        let batches =
            stream::try_unfold(
                reading,
                |reading| async move { Ok(reading.0.next().await?.map(|batch| (batch, reading))) },
            );
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches)))
    }

    async fn next(&self) -> Result<Option<RecordBatch>> {
        loop {
            let mut spilled = {
                let mut state = self.lock();
                if let Some(batch) = state.batches.pop_front() {
                    state.bytes = state.bytes.saturating_sub(batch.get_array_memory_size());
                    drop(state);
                    self.room.notify_waiters();
                    return Ok(Some(batch));
                }
                state.spilled.take()
            };
            if let Some(stream) = &mut spilled
                && let Some(batch) = stream.next().await
            {
                self.lock().spilled = spilled;
                return batch.map(Some);
            }
            match &self.lock().end {
                Some(Ok(())) => return Ok(None),
                Some(Err(error)) => return Err(DataFusionError::Shared(Arc::clone(error))),
                None => {}
            }
            self.arrived.notified().await;
        }
    }
}

/// The reader's end of a queue: when it goes, the queue is closed.
struct Reading(Arc<Queue>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn too_slow(limit: Option<Duration>) -> DataFusionError {
    let seconds = limit.unwrap_or_default().as_secs_f64();
    DataFusionError::ResourcesExhausted(format!(
        "the rows of a shared pass were not taken for {seconds:.1} s, the time limit of the query"
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array};
    use datafusion::arrow::datatypes::Int64Type;
    use futures::TryStreamExt;

    use super::*;

    fn batch(numbers: std::ops::Range<i64>) -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(numbers));
        RecordBatch::try_from_iter([("n", numbers)]).expect("one column")
    }

    fn limits(wait: Option<Duration>) -> Limits {
        Limits { bytes: 1, wait, env: Arc::new(RuntimeEnv::default()) }
    }

    async fn numbers(stream: SendableRecordBatchStream) -> Result<Vec<i64>> {
        let batches: Vec<RecordBatch> = stream.try_collect().await?;
        Ok(batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec()).collect())
    }

    #[tokio::test]
    async fn what_nobody_reads_yet_goes_to_disk_and_comes_back_in_order() {
        let queue = Arc::new(Queue::new(batch(0..1).schema()));
        for start in 0..10 {
            queue.push(batch(start * 10..start * 10 + 10), &limits(None)).await.expect("taken");
        }
        assert!(queue.lock().spill.is_some(), "one batch fits, nine do not");
        queue.end(Ok(()));
        let read = numbers(queue.read().expect("the first reader")).await.expect("all of it");
        assert_eq!(read, (0..100).collect::<Vec<_>>());
        assert!(queue.read().is_err(), "the second reader");
    }

    #[tokio::test]
    async fn a_reader_that_reads_nothing_else_is_waited_for() {
        let queue = Arc::new(Queue::new(batch(0..1).schema()));
        let reader = tokio::spawn(numbers(queue.read().expect("the first reader")));
        for start in 0..1000 {
            queue.push(batch(start..start + 1), &limits(None)).await.expect("taken");
        }
        assert!(queue.lock().spill.is_none());
        queue.end(Ok(()));
        assert_eq!(reader.await.expect("no panic").expect("all of it"), (0..1000).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_reader_that_takes_nothing_is_given_up_and_one_that_went_is_no_error() {
        let queue = Arc::new(Queue::new(batch(0..1).schema()));
        let reader = queue.read().expect("the first reader");
        let limits = limits(Some(Duration::from_millis(20)));
        queue.push(batch(0..1), &limits).await.expect("room for one");
        let error = queue.push(batch(1..2), &limits).await.expect_err("nobody takes it");
        assert!(error.to_string().contains("were not taken for 0.0 s"), "{error}");
        drop(reader);
        assert!(!queue.is_wanted());
        queue.push(batch(1..2), &limits).await.expect("dropped");
    }

    #[tokio::test]
    async fn a_queue_whose_plan_is_gone_takes_nothing() {
        let queue = Arc::new(Queue::new(batch(0..1).schema()));
        queue.push(batch(0..1), &limits(None)).await.expect("taken");
        queue.abandon();
        assert!(!queue.is_wanted() && queue.lock().batches.is_empty());
        queue.push(batch(0..1), &limits(None)).await.expect("dropped");
        assert!(queue.lock().batches.is_empty());
    }

    #[tokio::test]
    async fn one_of_several_is_not_waited_for() {
        let queue = Arc::new(Queue::new(batch(0..1).schema()));
        queue.never_wait();
        let reader = queue.read().expect("the first reader");
        for start in 0..10 {
            queue.push(batch(start..start + 1), &limits(None)).await.expect("taken");
        }
        queue.end(Ok(()));
        assert_eq!(numbers(reader).await.expect("all of it"), (0..10).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn an_error_reaches_the_reader_after_what_came_before() {
        let queue = Arc::new(Queue::new(batch(0..1).schema()));
        queue.push(batch(0..5), &limits(None)).await.expect("taken");
        queue.end(Err(Arc::new(internal_datafusion_err!("the disk is gone"))));
        queue.end(Ok(()));
        let mut stream = queue.read().expect("the first reader");
        assert_eq!(stream.next().await.expect("a batch").expect("of five").num_rows(), 5);
        let error = stream.next().await.expect("an error").expect_err("that was put in");
        assert!(error.to_string().contains("the disk is gone"));
    }
}
