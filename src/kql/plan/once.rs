//! Rows that are computed once and read in several places: `materialize`, `toscalar`, the input of `fork`.
//!
//! A [`Once`] is a table over a plan. Whoever reads it first has the plan run, in a task of its own, so that no reader waits for another
//! to go on reading; the rows are kept in memory, which the session's pool knows of, until the plans that read them are gone.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, Result as DataResult};
use datafusion::datasource::{TableType, provider_as_source};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt, stream};

use super::error::Result;

/// A plan that reads what another plan gives, which runs once however often it is read. The fields keep their names.
pub fn once(name: &str, plan: LogicalPlan) -> Result<LogicalPlan> {
    let fields = plan.schema().columns();
    let schema = Arc::clone(plan.schema().inner());
    let table = Once { plan, schema, reader: tokio::sync::OnceCell::new() };
    let scan = LogicalPlanBuilder::scan(name, provider_as_source(Arc::new(table)), None)?;
    let plain = scan.schema().columns().into_iter().zip(fields).map(|(from, to)| Expr::Column(from).alias(to.name));
    let plain: Vec<Expr> = plain.collect();
    Ok(scan.project(plain)?.build()?)
}

/// The table over a plan.
#[derive(Debug)]
struct Once {
    plan: LogicalPlan,
    schema: SchemaRef,
    reader: tokio::sync::OnceCell<Arc<Reader>>,
}

#[async_trait]
impl TableProvider for Once {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> DataResult<Arc<dyn ExecutionPlan>> {
        let make = || async {
            let plan = session.create_physical_plan(&self.plan).await?;
            Ok::<_, DataFusionError>(Arc::new(Reader {
                plan,
                schema: Arc::clone(&self.schema),
                rows: Mutex::new(None),
            }))
        };
        let reader: Arc<dyn PartitionStream> = Arc::clone(self.reader.get_or_try_init(make).await?) as _;
        let scan = StreamingTableExec::try_new(self.schema(), vec![reader], projection, [], false, limit)?;
        Ok(Arc::new(scan))
    }
}

/// The rows, and the memory that they take.
#[derive(Debug)]
struct Rows {
    batches: Vec<RecordBatch>,
    _memory: MemoryReservation,
}

/// Rows that are there, or will be.
type Pending = Shared<BoxFuture<'static, std::result::Result<Arc<Rows>, Arc<DataFusionError>>>>;

/// What all readers share.
struct Reader {
    plan: Arc<dyn ExecutionPlan>,
    schema: SchemaRef,
    rows: Mutex<Option<Pending>>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl Reader {
    /// The rows: the first who asks starts their computation. It ends early if all who could read them are gone.
    fn rows(&self, context: Arc<TaskContext>) -> Pending {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let start = || {
            let task = SpawnedTask::spawn(collect(Arc::clone(&self.plan), Arc::clone(&self.schema), context));
            let joined = task.join_unwind().map_err(|error| DataFusionError::External(Box::new(error)));
            joined.map(|done| done.flatten().map(Arc::new).map_err(Arc::new)).boxed().shared()
        };
        rows.get_or_insert_with(start).clone()
    }
}

async fn collect(plan: Arc<dyn ExecutionPlan>, schema: SchemaRef, context: Arc<TaskContext>) -> DataResult<Rows> {
    let memory = MemoryConsumer::new("rows kept for several readers").register(context.memory_pool());
    let mut stream = execute_stream(plan, context)?;
    let mut batches = Vec::new();
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        memory.try_grow(batch.get_array_memory_size())?;
        batches.push(batch.with_schema(Arc::clone(&schema))?);
    }
    Ok(Rows { batches, _memory: memory })
}

impl PartitionStream for Reader {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.rows(context);
        let batches = async move {
            let rows = rows.await.map_err(DataFusionError::Shared)?;
            let batches: Vec<DataResult<RecordBatch>> = rows.batches.iter().cloned().map(Ok).collect();
            Ok::<_, DataFusionError>(stream::iter(batches))
        };
        let stream = stream::once(batches).try_flatten();
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream))
    }
}
