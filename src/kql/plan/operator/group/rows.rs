//! The rows of the group that is being run, as a table.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, ReplaceChildrenOptions};
use datafusion::physical_plan::memory::MemoryStream;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
};

/// The groups that are being run, by number: that of an apply, and those of the applies that it stands in. Part of a task's context.
#[derive(Debug, Clone, Default)]
pub struct Running(HashMap<u32, Arc<Mutex<Option<RecordBatch>>>>);

impl Running {
    /// The same with a place for one group more.
    pub fn with(&self, group: u32) -> (Self, Arc<Mutex<Option<RecordBatch>>>) {
        let place = Arc::default();
        let mut all = self.0.clone();
        all.insert(group, Arc::clone(&place));
        (Self(all), place)
    }

    fn rows(&self, group: u32) -> Option<RecordBatch> {
        self.0.get(&group)?.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The rows of the group that is being run.
#[derive(Debug)]
pub struct GroupRows {
    group: u32,
    schema: SchemaRef,
}

impl GroupRows {
    /// The rows of the group of a number.
    pub fn new(group: u32, schema: SchemaRef) -> Self {
        Self { group, schema }
    }
}

#[async_trait]
impl TableProvider for GroupRows {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(projection) => Arc::new(self.schema.project(projection)?),
            None => Arc::clone(&self.schema),
        };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let projection = projection.cloned();
        Ok(Arc::new(GroupRowsExec { group: self.group, projection, properties: Arc::new(properties) }))
    }
}

#[derive(Debug)]
struct GroupRowsExec {
    group: u32,
    projection: Option<Vec<usize>>,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for GroupRowsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "GroupRowsExec: group={}", self.group)
    }
}

impl ExecutionPlan for GroupRowsExec {
    fn name(&self) -> &'static str {
        "GroupRowsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let running = context.session_config().get_extension::<Running>();
        let Some(rows) = running.and_then(|running| running.rows(self.group)) else {
            return internal_err!("no group is being run");
        };
        let rows = match &self.projection {
            Some(projection) => rows.project(projection)?,
            None => rows,
        };
        let schema = self.schema();
        Ok(Box::pin(MemoryStream::try_new(vec![rows], schema, None)?))
    }
}
