//! The bringing together of all rows as a node of a physical plan.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, InputDistributionRequirements, Partitioning,
    PhysicalExpr, PlanProperties,
};
use futures::{StreamExt, stream};

use super::table::Work;

/// All rows of its input, and what is made of them.
#[derive(Debug)]
pub struct WholeExec {
    input: Arc<dyn ExecutionPlan>,
    work: Arc<dyn Work>,
    /// What the work gives.
    made: SchemaRef,
    /// The columns of it that are wanted.
    chosen: Vec<usize>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl WholeExec {
    /// Work over the rows of `input`, which makes columns of the schema `made`, of which these come out.
    ///
    /// # Errors
    /// If there are no such columns.
    pub fn new(
        input: Arc<dyn ExecutionPlan>,
        work: Arc<dyn Work>,
        made: SchemaRef,
        chosen: Vec<usize>,
    ) -> Result<Self> {
        let schema = Arc::new(made.project(&chosen)?);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Ok(Self { input, work, made, chosen, schema, properties: Arc::new(properties) })
    }
}

impl DisplayAs for WholeExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "WholeExec: {}", self.work.name())
    }
}

impl ExecutionPlan for WholeExec {
    fn name(&self) -> &'static str {
        "WholeExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition])
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self::new(input, Arc::clone(&self.work), Arc::clone(&self.made), self.chosen.clone())?))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, _: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let mut rows = self.input.execute(0, Arc::clone(&context))?;
        let (work, made, chosen) = (Arc::clone(&self.work), Arc::clone(&self.made), self.chosen.clone());
        let held = MemoryConsumer::new(self.work.name()).register(context.memory_pool());
        let answer = async move {
            let (schema, mut batches) = (rows.schema(), Vec::new());
            while let Some(batch) = rows.next().await {
                let batch = batch?;
                // Twice: the rows are put together below.
                held.try_grow(2 * batch.get_array_memory_size())?;
                batches.push(batch);
            }
            let all = concat_batches(&schema, &batches)?;
            drop(batches);
            let answer = RecordBatch::try_new(made, work.done(&all)?)?;
            drop(held);
            Ok(answer.project(&chosen)?)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream::once(answer))))
    }
}
