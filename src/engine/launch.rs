//! A planned query set going on the engine's own runtime, and the answer that reads it.

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::DataFusionError;
use datafusion::physical_plan::SendableRecordBatchStream;
use futures::StreamExt;
use tokio::sync::{mpsc, oneshot};

use super::answer::AbortOnDrop;
use super::inner::Inner;
use super::monitor::QueryMonitor;
use super::{Answer, Error, ErrorKind};

/// Batches that may wait for a slow reader.
const AHEAD: usize = 4;

/// Runs what `start` makes, on the engine's runtime, and gives its answer once it has columns. `explain` makes sentences of errors.
/// `limit` counts from the start of the monitor.
pub(super) async fn launch(
    inner: &Arc<Inner>,
    monitor: Arc<QueryMonitor>,
    limit: Option<Duration>,
    start: impl Future<Output = Result<SendableRecordBatchStream, DataFusionError>> + Send + 'static,
    explain: impl Fn(&DataFusionError) -> Error + Send + Sync + 'static,
) -> Result<Answer, Error> {
    let (started, schema) = oneshot::channel();
    let (batches, received) = mpsc::channel(AHEAD);
    let runtime = inner.runtime().ok_or_else(|| Error::new(ErrorKind::Internal, "the engine is shutting down"))?;
    let task = runtime.spawn(pump(start, Arc::clone(&monitor), explain, started, batches));
    let guard = AbortOnDrop(task.abort_handle());
    let left = limit.map(|limit| limit.saturating_sub(monitor.started.elapsed()));
    let schema = match left {
        None => schema.await,
        Some(left) => tokio::time::timeout(left, schema).await.map_err(|_| Error::timed_out(limit.unwrap_or(left)))?,
    };
    let schema = schema.map_err(|_| Error::new(ErrorKind::Cancelled, "the query was cancelled"))??;
    let deadline = limit.map(|limit| (monitor.started + limit, limit));
    Ok(Answer::new(schema, received, monitor, guard, deadline))
}

/// Moves batches from the plan to the channel until one of them ends.
async fn pump(
    start: impl Future<Output = Result<SendableRecordBatchStream, DataFusionError>>,
    monitor: Arc<QueryMonitor>,
    explain: impl Fn(&DataFusionError) -> Error,
    started: oneshot::Sender<Result<SchemaRef, Error>>,
    batches: mpsc::Sender<Result<RecordBatch, Error>>,
) {
    let mut stream = match start.await {
        Ok(stream) => stream,
        Err(error) => {
            let _nobody_waits = started.send(Err(explain(&error)));
            return;
        }
    };
    if started.send(Ok(stream.schema())).is_err() {
        return;
    }
    while let Some(batch) = stream.next().await {
        let failed = batch.is_err();
        if let Ok(batch) = &batch {
            monitor.count(batch.num_rows());
        }
        let sent = batches.send(batch.map_err(|error| explain(&error))).await;
        if sent.is_err() || failed {
            return;
        }
    }
}
