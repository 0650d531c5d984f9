//! What `scan` gives, as a table.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, new_null_array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, Result, internal_datafusion_err};
use datafusion::logical_expr::{Expr, LogicalPlan, TableType};
use datafusion::physical_expr::utils::{collect_columns, reassign_expr_columns};
use datafusion::physical_plan::ExecutionPlan;

use super::machine::{Cell, Formula, Machine, Step};
use super::run::ScanExec;
use crate::kql::bind::tree::StepOutput;

/// Where a column of the answer comes from, by place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The input.
    Input(usize),
    /// The declared columns.
    Declared(usize),
    /// The number of the sequence.
    Match,
    /// The number of the row among those that come out.
    Place,
}

/// A step, its expressions not compiled yet.
#[derive(Debug)]
pub struct ScanStep {
    /// Whether a sequence may pass without it.
    pub optional: bool,
    /// Which of its rows come out.
    pub output: StepOutput,
    /// Which rows it takes.
    pub condition: Expr,
    /// What it sets, by place among the declared columns.
    pub assignments: Vec<(usize, Expr)>,
}

/// The rows that steps take, of rows in an order.
#[derive(Debug)]
pub struct ScanTable {
    rows: LogicalPlan,
    row: Vec<FieldRef>,
    own: usize,
    keys: Range<usize>,
    starts: Vec<Expr>,
    steps: Vec<ScanStep>,
    sources: Vec<Source>,
    schema: SchemaRef,
}

impl ScanTable {
    /// Steps over `rows`, which are sorted. `row` are the fields that expressions see of a row: the first `own` of the input's, then the
    /// declared columns, which start with `starts`. Sequences do not cross the values of the input's columns `keys`.
    #[allow(clippy::too_many_arguments)] // The parts of one operator.
    pub fn new(
        rows: LogicalPlan,
        row: Vec<FieldRef>,
        own: usize,
        keys: Range<usize>,
        starts: Vec<Expr>,
        steps: Vec<ScanStep>,
        sources: Vec<Source>,
        fields: Vec<FieldRef>,
    ) -> Self {
        Self { rows, row, own, keys, starts, steps, sources, schema: Arc::new(Schema::new(fields)) }
    }

    /// All cells that expressions may name: the row's, then those of each step.
    fn cells(&self) -> (Vec<Cell>, Vec<FieldRef>) {
        let mut cells: Vec<Cell> = (0..self.row.len()).map(Cell::Row).collect();
        let mut fields = self.row.clone();
        for step in 0..self.steps.len() {
            for (place, field) in self.row.iter().enumerate() {
                cells.push(Cell::State(step, place));
                let name = format!("s{step}_{}", field.name());
                fields.push(Arc::new(field.as_ref().clone().with_name(name)));
            }
        }
        (cells, fields)
    }

    fn formula(&self, state: &dyn Session, expr: &Expr) -> Result<Formula> {
        let (cells, fields) = self.cells();
        let schema = DFSchema::try_from(Schema::new(fields.clone()))?;
        let compiled = state.create_physical_expr(expr.clone(), &schema)?;
        let mut used: Vec<usize> = collect_columns(&compiled).iter().map(|column| column.index()).collect();
        used.sort_unstable();
        let schema =
            Schema::new(used.iter().filter_map(|place| fields.get(*place).map(Arc::clone)).collect::<Vec<_>>());
        let expr = reassign_expr_columns(compiled, &schema)?;
        let cells = used.iter().filter_map(|place| cells.get(*place).copied()).collect();
        Ok(Formula { expr, cells, schema: Arc::new(schema) })
    }

    fn machine(&self, state: &dyn Session) -> Result<Machine> {
        let mut empty: Vec<ArrayRef> = Vec::with_capacity(self.row.len());
        for field in self.row.iter().take(self.own) {
            let is_text = *field.data_type() == DataType::Utf8View && field.metadata().is_empty();
            empty.push(match is_text {
                true => Arc::new(datafusion::arrow::array::StringViewArray::from(vec![""])),
                false => new_null_array(field.data_type(), 1),
            });
        }
        let nothing = DFSchema::empty();
        let kind = |place: usize| -> Result<DataType> {
            let field = self.row.get(self.own + place).map(|field: &Arc<Field>| field.data_type().clone());
            field.ok_or_else(|| internal_datafusion_err!("a declared column of scan is not there"))
        };
        for (place, start) in self.starts.iter().enumerate() {
            let one = datafusion::arrow::array::RecordBatch::try_new_with_options(
                Arc::new(Schema::empty()),
                Vec::new(),
                &datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(1)),
            )?;
            let value = state.create_physical_expr(start.clone(), &nothing)?.evaluate(&one)?.into_array(1)?;
            empty.push(cast(&value, &kind(place)?)?);
        }
        let mut steps = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let mut assignments = Vec::with_capacity(step.assignments.len());
            for (place, value) in &step.assignments {
                assignments.push((*place, kind(*place)?, self.formula(state, value)?));
            }
            let condition = self.formula(state, &step.condition)?;
            steps.push(Step { optional: step.optional, output: step.output, condition, assignments });
        }
        Ok(Machine { steps, empty: Arc::new(empty), own: self.own })
    }
}

#[async_trait]
impl TableProvider for ScanTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = state.create_physical_plan(&self.rows).await?;
        let machine = self.machine(state)?;
        let all: Vec<usize> = (0..self.sources.len()).collect();
        let chosen = projection.unwrap_or(&all);
        let sources = chosen.iter().filter_map(|place| self.sources.get(*place).copied()).collect();
        let schema = Arc::new(self.schema.project(chosen)?);
        Ok(Arc::new(ScanExec::new(rows, Arc::new(machine), self.keys.clone(), sources, schema)))
    }
}
