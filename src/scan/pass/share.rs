//! A scan that reads nothing itself: its rows come from a pass that serves others too.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::datasource::source::{DataSource, DataSourceExec};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::limit::LimitStream;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet};
use datafusion::physical_plan::{
    DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, SendableRecordBatchStream,
};

use super::queue::Queue;

/// The rows of one scan of one query, as a pass gives them.
///
/// Has one partition whatever the scan had: the queries of a pass run side by side as it is, and a queue has one reader.
#[derive(Clone)]
pub(super) struct SharedRows {
    schema: SchemaRef,
    held: Arc<Held>,
    /// Rows that are enough.
    fetch: Option<usize>,
    /// The scan in words, for plans that are shown.
    scan: String,
}

/// A queue as its plan holds it: if the plan goes before it is run, nobody will read.
struct Held(Arc<Queue>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl SharedRows {
    /// The rows that come through a queue; `fetch` are enough, and `scan` says in words what they are.
    pub(super) fn new(queue: Arc<Queue>, schema: SchemaRef, fetch: Option<usize>, scan: String) -> Self {
        Self { schema, held: Arc::new(Held(queue)), fetch, scan }
    }

    pub(super) fn into_plan(self) -> Arc<dyn ExecutionPlan> {
        Arc::new(DataSourceExec::new(Arc::new(self)))
    }
}

impl fmt::Debug for SharedRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedRows").field("scan", &self.scan).field("fetch", &self.fetch).finish_non_exhaustive()
    }
}

impl DataSource for SharedRows {
    fn open(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = self.held.0.read()?;
        let metrics = BaselineMetrics::new(&ExecutionPlanMetricsSet::new(), partition);
        Ok(match self.fetch {
            Some(_) => Box::pin(LimitStream::new(rows, 0, self.fetch, metrics)),
            None => rows,
        })
    }

    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shared with other queries, {}", self.scan)
    }

    fn output_partitioning(&self) -> Partitioning {
        Partitioning::UnknownPartitioning(1)
    }

    fn eq_properties(&self) -> EquivalenceProperties {
        EquivalenceProperties::new(Arc::clone(&self.schema))
    }

    fn partition_statistics(&self, _: Option<usize>) -> Result<Arc<Statistics>> {
        Ok(Arc::new(Statistics::new_unknown(&self.schema)))
    }

    fn with_fetch(&self, fetch: Option<usize>) -> Option<Arc<dyn DataSource>> {
        Some(Arc::new(Self { fetch, ..self.clone() }))
    }

    fn fetch(&self) -> Option<usize> {
        self.fetch
    }

    fn try_swapping_with_projection(&self, _: &ProjectionExprs) -> Result<Option<Arc<dyn DataSource>>> {
        Ok(None)
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
}
