//! One group after the other: rows come ordered by the key, a group is gathered, and the subquery is run on it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array};
use datafusion::arrow::compute::{SortOptions, concat, concat_batches, partition, take};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{EquivalenceProperties, LexRequirement, OrderingRequirements, PhysicalSortRequirement};
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions, reset_plan_states,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, ExecutionPlanProperties, InputDistributionRequirements,
    Partitioning, PhysicalExpr, PlanProperties,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::Source;
use super::rows::Running;

/// Runs a subquery on every group of its input's rows.
#[derive(Debug, Clone)]
pub struct RunExec {
    rows: Arc<dyn ExecutionPlan>,
    subquery: Arc<dyn ExecutionPlan>,
    group: u32,
    key: usize,
    sources: Vec<Source>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl RunExec {
    /// A run of `subquery` on the groups of `rows`; what columns the answers have, `sources` says.
    pub fn new(
        rows: Arc<dyn ExecutionPlan>,
        subquery: Arc<dyn ExecutionPlan>,
        (group, key): (u32, usize),
        sources: Vec<Source>,
        schema: SchemaRef,
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(rows.output_partitioning().partition_count()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { rows, subquery, group, key, sources, schema, properties: Arc::new(properties) }
    }

    fn key(&self) -> Arc<dyn PhysicalExpr> {
        let name = self.rows.schema().fields().get(self.key).map(|field| field.name().clone()).unwrap_or_default();
        Arc::new(Column::new(&name, self.key))
    }
}

impl DisplayAs for RunExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "RunExec: group={}, key={}", self.group, self.key())
    }
}

impl ExecutionPlan for RunExec {
    fn name(&self) -> &'static str {
        "RunExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::KeyPartitioned(vec![self.key()])])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let options = SortOptions { descending: false, nulls_first: true };
        let by_key = LexRequirement::new([PhysicalSortRequirement::new(self.key(), Some(options))]);
        vec![by_key.map(OrderingRequirements::new)]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.rows]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = children.pop().ok_or_else(|| internal_datafusion_err!("RunExec has one input"))?;
        let of = (self.group, self.key);
        Ok(Arc::new(Self::new(rows, Arc::clone(&self.subquery), of, self.sources.clone(), Arc::clone(&self.schema))))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let outer = context.session_config().get_extension::<Running>().unwrap_or_default();
        let (running, place) = outer.with(self.group);
        let config = context.session_config().clone().with_extension(Arc::new(running));
        let size = config.batch_size();
        let inner = Arc::new(TaskContext::new(
            context.task_id(),
            context.session_id(),
            config,
            context.scalar_functions().clone(),
            context.higher_order_functions().clone(),
            context.aggregate_functions().clone(),
            context.window_functions().clone(),
            context.runtime_env(),
        ));
        let groups = Groups {
            input: self.rows.execute(partition, Arc::clone(&context))?,
            key: self.key,
            open: Vec::new(),
            whole: VecDeque::new(),
            ended: false,
            held: MemoryConsumer::new("groups of rows").register(context.memory_pool()),
        };
        let run = Run {
            groups,
            subquery: Arc::clone(&self.subquery),
            sources: self.sources.clone(),
            schema: Arc::clone(&self.schema),
            context: inner,
            place,
            size,
        };
        let answers = stream::try_unfold(run, |mut run| async move { Ok(run.next().await?.map(|batch| (batch, run))) });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), answers)))
    }
}

/// Rows that come ordered, cut into groups.
struct Groups {
    input: SendableRecordBatchStream,
    key: usize,
    /// The rows of the group that may go on.
    open: Vec<RecordBatch>,
    whole: VecDeque<RecordBatch>,
    ended: bool,
    held: MemoryReservation,
}

impl Groups {
    /// The rows of the next group.
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(group) = self.whole.pop_front() {
                return Ok(Some(group));
            }
            if self.ended {
                return Ok(None);
            }
            match self.input.next().await.transpose()? {
                Some(batch) => self.cut(&batch)?,
                None => {
                    self.ended = true;
                    self.close()?;
                }
            }
        }
    }

    fn cut(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let key = Arc::clone(batch.column(self.key));
        for range in partition(&[Arc::clone(&key)])?.ranges() {
            let rows = batch.slice(range.start, range.len());
            let goes_on = match self.open.last() {
                Some(last) if range.start == 0 => {
                    let before = last.column(self.key).slice(last.num_rows().saturating_sub(1), 1);
                    let both = concat(&[before.as_ref(), key.slice(0, 1).as_ref()])?;
                    partition(&[both])?.len() == 1
                }
                _ => false,
            };
            if !goes_on {
                self.close()?;
            }
            self.open.push(rows);
        }
        // A group of one batch's rows is held by that batch anyway; what adds up is one of many.
        let held = self.open.iter().map(RecordBatch::get_array_memory_size).sum();
        self.held.try_resize(if self.open.len() > 1 { held } else { 0 })
    }

    fn close(&mut self) -> Result<()> {
        if let Some(first) = self.open.first() {
            let schema = first.schema();
            self.whole.push_back(concat_batches(&schema, &self.open)?);
            self.open.clear();
        }
        Ok(())
    }
}

/// A run in progress.
struct Run {
    groups: Groups,
    subquery: Arc<dyn ExecutionPlan>,
    sources: Vec<Source>,
    schema: SchemaRef,
    context: Arc<TaskContext>,
    /// Where the subquery's leaf finds the rows.
    place: Arc<Mutex<Option<RecordBatch>>>,
    /// How many rows an answer is to have at least.
    size: usize,
}

impl Run {
    /// The answers of some groups.
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let mut answers = Vec::new();
        let mut rows = 0;
        while rows < self.size {
            let Some(group) = self.groups.next().await? else { break };
            for answer in self.answer(&group).await? {
                rows += answer.num_rows();
                answers.push(answer);
            }
        }
        Ok(if rows == 0 { None } else { Some(concat_batches(&self.schema, &answers)?) })
    }

    /// The answer to one group.
    async fn answer(&mut self, group: &RecordBatch) -> Result<Vec<RecordBatch>> {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(group.clone());
        let subquery = reset_plan_states(Arc::clone(&self.subquery))?;
        let answers: Vec<RecordBatch> = subquery.execute(0, Arc::clone(&self.context))?.try_collect().await?;
        let answers = answers.iter().filter(|answer| answer.num_rows() > 0);
        answers.map(|answer| self.columns(group, answer)).collect()
    }

    /// An answer with the columns of its group.
    fn columns(&self, group: &RecordBatch, answer: &RecordBatch) -> Result<RecordBatch> {
        let first = UInt32Array::from_value(0, answer.num_rows());
        let columns = self.sources.iter().map(|source| match source {
            Source::Answer(place) => Ok(Arc::clone(answer.column(*place))),
            Source::Group(place) => Ok(take(group.column(*place), &first, None)?),
        });
        let columns = columns.collect::<Result<Vec<ArrayRef>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(answer.num_rows()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}
