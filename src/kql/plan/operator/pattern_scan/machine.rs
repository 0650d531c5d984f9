//! What a row does to the state of the steps.
//!
//! A step's state is the rows that it and the steps before it took last, of one sequence. A row is shown to the steps from the last to the
//! first. A step takes it
//!
//! - from the step before, if that has a state and the row meets the step's condition in view of it: the state moves on to the step; or
//! - in its own state, if it has one or is the first step: the row replaces the one that the step took last.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::physical_plan::PhysicalExpr;

use crate::kql::bind::tree::StepOutput;

/// The cells of a row, arrays of one value: the input's columns, then the declared ones.
pub type Row = Arc<Vec<ArrayRef>>;

/// A cell that an expression reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Of the row, by place.
    Row(usize),
    /// Of the row that a step took last, by step and place.
    State(usize, usize),
}

/// An expression over a few cells.
#[derive(Debug, Clone)]
pub struct Formula {
    /// Over columns for the cells, in their order.
    pub expr: Arc<dyn PhysicalExpr>,
    /// The cells.
    pub cells: Vec<Cell>,
    /// Their fields.
    pub schema: SchemaRef,
}

/// A step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Whether a sequence may pass without it.
    pub optional: bool,
    /// Which of its rows come out.
    pub output: StepOutput,
    /// Which rows it takes.
    pub condition: Formula,
    /// What it sets: places among the declared columns, with their types.
    pub assignments: Vec<(usize, DataType, Formula)>,
}

/// The steps, and what stands where no row was taken.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The steps.
    pub steps: Vec<Step>,
    /// The row of nothing: nulls, empty texts and what declared columns start with.
    pub empty: Row,
    /// How many columns the input has.
    pub own: usize,
}

/// A sequence that has got as far as a step.
#[derive(Debug, Clone)]
struct Sequence {
    id: i64,
    taken: Vec<Option<Row>>,
    /// The row that comes out if the step takes no other.
    held: Option<Found>,
}

/// The states of all steps.
#[derive(Debug, Clone, Default)]
pub struct States(Vec<Option<Sequence>>);

/// A row that comes out.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its number in the input.
    pub number: usize,
    /// The number of its sequence.
    pub id: i64,
    /// Its cells.
    pub row: Row,
}

impl Machine {
    /// The states before the first row.
    pub fn start(&self) -> States {
        States(vec![None; self.steps.len()])
    }

    /// Shows a row, the input's cells of one, to all steps. `next` is the number of the next sequence.
    pub fn show(
        &self,
        states: &mut States,
        number: usize,
        input: &[ArrayRef],
        next: &mut i64,
        out: &mut Vec<Found>,
    ) -> Result<()> {
        let declared = self.empty.iter().skip(self.own);
        let row: Row = Arc::new(input.iter().chain(declared).map(Arc::clone).collect());
        for (place, step) in self.steps.iter().enumerate().rev() {
            if let Some(from) = self.before(states, place)
                && self.holds(&step.condition, &row, states.0.get(from))?
            {
                let mut sequence = states.0.get_mut(from).and_then(Option::take).ok_or_else(lost)?;
                out.extend(sequence.held.take());
                self.take(step, place, &row, number, &mut sequence, out)?;
                let before = states.0.get_mut(place).ok_or_else(lost)?.replace(sequence);
                out.extend(before.and_then(|sequence| sequence.held));
                continue;
            }
            let own = states.0.get(place);
            if (place == 0 || own.is_some_and(Option::is_some)) && self.holds(&step.condition, &row, own)? {
                let mut sequence = match states.0.get_mut(place).and_then(Option::take) {
                    Some(sequence) => sequence,
                    None => {
                        let id = *next;
                        *next += 1;
                        Sequence { id, taken: vec![None; self.steps.len()], held: None }
                    }
                };
                self.take(step, place, &row, number, &mut sequence, out)?;
                *states.0.get_mut(place).ok_or_else(lost)? = Some(sequence);
            }
        }
        Ok(())
    }

    /// What is still held when there are no more rows.
    pub fn end(states: States, out: &mut Vec<Found>) {
        out.extend(states.0.into_iter().flatten().filter_map(|sequence| sequence.held));
    }

    /// The step whose state may move on to a step: the one before it that has a state, optional ones passed over.
    fn before(&self, states: &States, place: usize) -> Option<usize> {
        for before in (0..place).rev() {
            if states.0.get(before).is_some_and(Option::is_some) {
                return Some(before);
            }
            if !self.steps.get(before).is_some_and(|step| step.optional) {
                return None;
            }
        }
        None
    }

    /// A step takes a row.
    fn take(
        &self,
        step: &Step,
        place: usize,
        row: &Row,
        number: usize,
        sequence: &mut Sequence,
        out: &mut Vec<Found>,
    ) -> Result<()> {
        let mut cells = row.as_ref().clone();
        for (declared, kind, value) in &step.assignments {
            let value = self.value(value, row, Some(sequence))?;
            if let Some(cell) = cells.get_mut(self.own + declared) {
                *cell = cast(&value, kind)?;
            }
        }
        let row = Arc::new(cells);
        if let Some(taken) = sequence.taken.get_mut(place) {
            *taken = Some(Arc::clone(&row));
        }
        let found = Found { number, id: sequence.id, row };
        match step.output {
            StepOutput::All => out.push(found),
            StepOutput::Last => sequence.held = Some(found),
            StepOutput::None => {}
        }
        Ok(())
    }

    fn holds(&self, condition: &Formula, row: &Row, state: Option<&Option<Sequence>>) -> Result<bool> {
        let truth = self.value(condition, row, state.and_then(Option::as_ref))?;
        Ok(truth.as_boolean_opt().is_some_and(|truth| truth.len() == 1 && truth.is_valid(0) && truth.value(0)))
    }

    /// The value of a formula, an array of one.
    fn value(&self, formula: &Formula, row: &Row, state: Option<&Sequence>) -> Result<ArrayRef> {
        let cells = formula.cells.iter().map(|cell| {
            let cell = match *cell {
                Cell::Row(place) => row.get(place),
                Cell::State(step, place) => {
                    let taken = state.and_then(|state| state.taken.get(step)).and_then(Option::as_ref);
                    taken.unwrap_or(&self.empty).get(place)
                }
            };
            cell.map(Arc::clone).ok_or_else(lost)
        });
        let cells = cells.collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&formula.schema), cells, &options)?;
        formula.expr.evaluate(&batch)?.into_array(1)
    }
}

fn lost() -> datafusion::common::DataFusionError {
    internal_datafusion_err!("a step of scan or a column of it is not there")
}
