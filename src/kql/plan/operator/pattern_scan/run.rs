//! Brings the rows to the steps, in their order, and gathers what comes out.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, UInt64Array, new_empty_array,
};
use datafusion::arrow::compute::{concat, concat_batches, take};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, LexRequirement, OrderingRequirements};
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, ExecutionPlanProperties, InputDistributionRequirements,
    Partitioning, PhysicalExpr, PlanProperties,
};
use futures::{StreamExt, stream};

use super::machine::{Found, Machine, States};
use super::table::Source;

/// Shows its input's rows to steps.
#[derive(Debug)]
pub struct ScanExec {
    rows: Arc<dyn ExecutionPlan>,
    machine: Arc<Machine>,
    keys: Range<usize>,
    sources: Vec<Source>,
    schema: SchemaRef,
    /// The order of the rows, which must stay.
    order: Option<OrderingRequirements>,
    properties: Arc<PlanProperties>,
}

impl ScanExec {
    /// Steps over rows that come in their order.
    pub fn new(
        rows: Arc<dyn ExecutionPlan>,
        machine: Arc<Machine>,
        keys: Range<usize>,
        sources: Vec<Source>,
        schema: SchemaRef,
    ) -> Self {
        let order = rows.output_ordering().map(|order| OrderingRequirements::new(LexRequirement::from(order.clone())));
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self { rows, machine, keys, sources, schema, order, properties: Arc::new(properties) }
    }
}

impl DisplayAs for ScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "ScanExec: steps={}", self.machine.steps.len())
    }
}

impl ExecutionPlan for ScanExec {
    fn name(&self) -> &'static str {
        "ScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![self.order.clone()]
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
        let rows = children.pop().ok_or_else(|| internal_datafusion_err!("ScanExec has one input"))?;
        let mut new = Self::new(
            rows,
            Arc::clone(&self.machine),
            self.keys.clone(),
            self.sources.clone(),
            Arc::clone(&self.schema),
        );
        // The order is that of the first input, whatever stands below now.
        new.order.clone_from(&self.order);
        Ok(Arc::new(new))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, _: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let run = Run {
            machine: Arc::clone(&self.machine),
            keys: self.keys.clone(),
            sources: self.sources.clone(),
            schema: Arc::clone(&self.schema),
            input: self.rows.schema(),
        };
        let rows = self.rows.execute(0, Arc::clone(&context))?;
        let answer = stream::once(async move { run.all(rows, &context).await });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), answer)))
    }
}

struct Run {
    machine: Arc<Machine>,
    keys: Range<usize>,
    sources: Vec<Source>,
    schema: SchemaRef,
    input: SchemaRef,
}

impl Run {
    /// What comes out of all rows.
    async fn all(self, mut rows: SendableRecordBatchStream, context: &TaskContext) -> Result<RecordBatch> {
        let held = MemoryConsumer::new("rows of scan").register(context.memory_pool());
        let fields = self.input.fields().iter().skip(self.keys.start).take(self.keys.len());
        let sort_fields: Vec<SortField> = fields.map(|field| SortField::new(field.data_type().clone())).collect();
        let converter = if sort_fields.is_empty() { None } else { Some(RowConverter::new(sort_fields)?) };
        let mut states: HashMap<Option<OwnedRow>, States> = HashMap::new();
        let (mut batches, mut found) = (Vec::new(), Vec::new());
        let (mut number, mut next) = (0, 0);
        while let Some(batch) = rows.next().await.transpose()? {
            held.try_grow(batch.get_array_memory_size())?;
            let columns = batch.columns();
            let keys = match &converter {
                Some(converter) => Some(converter.convert_columns(columns.get(self.keys.clone()).unwrap_or_default())?),
                None => None,
            };
            for row in 0..batch.num_rows() {
                let key = keys.as_ref().map(|keys| keys.row(row).owned());
                let states = states.entry(key).or_insert_with(|| self.machine.start());
                let cells: Vec<ArrayRef> =
                    columns.iter().take(self.machine.own).map(|column| column.slice(row, 1)).collect();
                self.machine.show(states, number, &cells, &mut next, &mut found)?;
                number += 1;
            }
            batches.push(batch);
        }
        states.into_values().for_each(|states| Machine::end(states, &mut found));
        // Rows that were held come out where they stand in the input.
        found.sort_by_key(|found| found.number);
        self.answer(&concat_batches(&self.input, &batches)?, &found)
    }

    fn answer(&self, rows: &RecordBatch, found: &[Found]) -> Result<RecordBatch> {
        let numbers: UInt64Array = found.iter().map(|found| found.number as u64).collect();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.sources.len());
        for (source, field) in self.sources.iter().zip(self.schema.fields()) {
            columns.push(match source {
                Source::Input(place) => take(rows.column(*place), &numbers, None)?,
                Source::Declared(place) => {
                    let cells = found.iter().filter_map(|found| found.row.get(self.machine.own + place));
                    let cells: Vec<&dyn Array> = cells.map(AsRef::as_ref).collect();
                    if cells.is_empty() { new_empty_array(field.data_type()) } else { concat(&cells)? }
                }
                Source::Match => Arc::new(found.iter().map(|found| Some(found.id)).collect::<Int64Array>()),
                Source::Place => {
                    Arc::new((0..found.len()).map(|place| i64::try_from(place).ok()).collect::<Int64Array>())
                }
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(found.len()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}
