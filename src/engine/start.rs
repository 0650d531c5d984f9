//! A logical plan set going: told only what it would read, or run, and run again by sorting if a hash join does not fit into memory.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampSecondArray, UInt64Array};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream, execute_stream};
use datafusion::prelude::SessionConfig;
use futures::{StreamExt, stream};

use super::monitor::QueryMonitor;
use super::plain_sort::plain_sorts;
use crate::scan::context::{PlannedScan, ScanContext};

/// What a query says that was run again.
const AGAIN: &str = "a join did not fit into --memory and was run again by sorting both sides, which needs less";

/// How a query is set going.
pub(super) struct Manner {
    /// It is not; what the scans of this context would read is told.
    pub(super) dry_run: Option<Arc<ScanContext>>,
    /// It cannot be run again: it reads together with others.
    pub(super) once: bool,
}

/// Plans a query and starts it, or gives what it would read.
pub(super) async fn start(
    state: SessionState,
    plan: LogicalPlan,
    monitor: Arc<QueryMonitor>,
    manner: Manner,
) -> Result<SendableRecordBatchStream> {
    let physical = state.create_physical_plan(&plan).await?;
    if let Some(context) = manner.dry_run {
        return would_read(&context.counts.planned());
    }
    monitor.plan(&physical);
    let running = execute_stream(Arc::clone(&physical), state.task_ctx())?;
    let writes = matches!(plan, LogicalPlan::Copy(_) | LogicalPlan::Dml(_));
    if manner.once || writes || !has_hash_join(&physical) {
        return Ok(running);
    }
    let schema = running.schema();
    let first = Run::First { running, state: Box::new(state), plan: Box::new(plan), monitor };
    let batches = stream::unfold(first, Run::next);
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
}

fn has_hash_join(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.name() == "HashJoinExec" || plan.children().into_iter().any(has_hash_join)
}

/// A query with a hash join, and what is needed to run it otherwise.
enum Run {
    /// No row was given yet.
    First {
        running: SendableRecordBatchStream,
        state: Box<SessionState>,
        plan: Box<LogicalPlan>,
        monitor: Arc<QueryMonitor>,
    },
    /// It stays with this run.
    Settled(SendableRecordBatchStream),
    Over,
}

impl Run {
    async fn next(self) -> Option<(Result<RecordBatch>, Self)> {
        match self {
            Self::Over => None,
            Self::Settled(mut running) => running.next().await.map(|batch| (batch, Self::Settled(running))),
            Self::First { mut running, mut state, plan, monitor } => match running.next().await? {
                Err(error) if matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)) => {
                    drop(running);
                    spare(state.config_mut());
                    match again(&state, &plan, &monitor).await {
                        // One that only a hash join can do fails as before.
                        Ok(None) => Some((Err(error), Self::Over)),
                        Ok(Some(mut running)) => running.next().await.map(|batch| (batch, Self::Settled(running))),
                        Err(error) => Some((Err(error), Self::Over)),
                    }
                }
                batch => Some((batch, Self::Settled(running))),
            },
        }
    }
}

/// Joins by sorting, which is planned for two partitions and more only, in batches so small that a merge of many fits.
fn spare(config: &mut SessionConfig) {
    let (partitions, rows) = (config.target_partitions().clamp(2, 4), config.batch_size().min(256));
    *config = std::mem::take(config).with_target_partitions(partitions).with_batch_size(rows);
    let options = config.options_mut();
    options.optimizer.prefer_hash_join = false;
    options.optimizer.repartition_joins = true;
    let set_aside = &mut options.execution.sort_spill_reservation_bytes;
    *set_aside = (*set_aside).min(1 << 20);
}

async fn again(
    state: &SessionState,
    plan: &LogicalPlan,
    monitor: &Arc<QueryMonitor>,
) -> Result<Option<SendableRecordBatchStream>> {
    let physical = state.create_physical_plan(plan).await?;
    if has_hash_join(&physical) {
        return Ok(None);
    }
    let physical = plain_sorts(physical)?;
    monitor.plan(&physical);
    monitor.note(AGAIN);
    execute_stream(physical, state.task_ctx()).map(Some)
}

/// A row for each scan that a query would make.
fn would_read(scans: &[PlannedScan]) -> Result<SendableRecordBatchStream> {
    let text = |of: fn(&PlannedScan) -> &str| Arc::new(StringArray::from_iter_values(scans.iter().map(of))) as ArrayRef;
    let number =
        |of: fn(&PlannedScan) -> u64| Arc::new(UInt64Array::from_iter_values(scans.iter().map(of))) as ArrayRef;
    let time = |of: fn(&PlannedScan) -> Option<i64>| {
        Arc::new(TimestampSecondArray::from_iter(scans.iter().map(of)).with_timezone("UTC")) as ArrayRef
    };
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("Table", text(|scan| &scan.table), false),
        ("Location", text(|scan| &scan.location), false),
        ("Blobs", number(|scan| scan.blobs), false),
        ("Bytes", number(|scan| scan.bytes), false),
        ("FirstHour", time(|scan| scan.hours.map(|hours| hours.0)), true),
        ("LastHour", time(|scan| scan.hours.map(|hours| hours.1)), true),
    ])?;
    let schema: SchemaRef = batch.schema();
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter([Ok(batch)]))))
}
