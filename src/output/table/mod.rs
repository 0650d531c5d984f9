//! Tables for people: a grid that fits the terminal, or one column a line where it cannot.
//!
//! Rows are held back until a thousand are there, or until somebody asks ([`RowWriter::flush`]), to see how wide the columns are;
//! after that the widths stay and rows are shown as they come. No cell can reach the terminal as anything but text.

mod grid;
mod records;
mod severity;

use std::io::Write;

use comfy_table::{Attribute, Cell};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};

use super::cell::Column;
use super::{OutputError, Records, RowWriter, Style, human, text, visible};
use grid::Grid;
use severity::Severity;

/// Rows that are seen before the widths are settled.
const SAMPLE_ROWS: usize = 1000;
/// Characters of a cell that are shown at most.
const LONGEST_CELL: usize = 1000;
/// What null looks like.
const NULL: &str = "NULL";

/// A column as a table needs it.
struct Head {
    name: String,
    /// Right-aligned.
    number: bool,
    /// Never cut: half a number or half a time is another one.
    whole: bool,
    /// Its cells say how bad something is.
    severity: bool,
}

/// A cell as it is shown.
struct Shown {
    text: String,
    null: bool,
    /// It is longer than cells are shown.
    cut: bool,
    severity: Option<Severity>,
}

impl Shown {
    /// The cell in a table; attributes reach a terminal only if the style has colours.
    fn cell(&self) -> Cell {
        let cell = Cell::new(&self.text);
        match self.severity {
            Some(severity) => severity.paint(cell),
            None if self.null => cell.add_attribute(Attribute::Dim),
            None => cell,
        }
    }
}

enum Form {
    Grid(Grid),
    Records,
}

/// Writes rows as a table.
pub(super) struct TableWriter {
    schema: SchemaRef,
    heads: Vec<Head>,
    style: Style,
    sink: Box<dyn Write + Send>,
    held: Vec<Vec<Shown>>,
    /// Settled with the first rows shown.
    form: Option<Form>,
    rows: u64,
    /// A cell was cut.
    cut: bool,
    ended: bool,
}

impl TableWriter {
    pub(super) fn new(schema: SchemaRef, sink: Box<dyn Write + Send>, style: Style) -> Self {
        let heads = schema.fields().iter().map(|field| Head {
            name: visible(field.name()),
            number: is_number(field.data_type()),
            whole: is_number(field.data_type()) || field.data_type().is_temporal(),
            severity: severity::is_told_by(field.name()),
        });
        Self {
            heads: heads.collect(),
            schema,
            style,
            sink,
            held: Vec::new(),
            form: None,
            rows: 0,
            cut: false,
            ended: false,
        }
    }

    /// Shows the rows that are held back.
    fn show(&mut self) -> Result<(), OutputError> {
        let rows = std::mem::take(&mut self.held);
        let is_first = self.form.is_none();
        let form =
            self.form.get_or_insert_with(|| match (self.style.records, Grid::fit(&self.heads, &rows, &self.style)) {
                (Records::Auto | Records::Never, Some(grid)) => Form::Grid(grid),
                _ => Form::Records,
            });
        let text = match form {
            Form::Grid(grid) => grid.render(&self.heads, &rows, is_first, &self.style),
            Form::Records => records::render(&self.heads, &rows, self.rows - rows.len() as u64 + 1, &self.style),
        };
        // Whether a cell is cut is worked out only for somebody who can be told how to see it whole.
        if self.style.whole.is_some() && !self.cut {
            self.cut = match form {
                Form::Grid(grid) => grid.cuts(&self.heads, &rows),
                Form::Records => false,
            } || rows.iter().flatten().any(|shown| shown.cut);
        }
        Ok(self.sink.write_all(text.as_bytes())?)
    }
}

impl RowWriter for TableWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let columns = text::columns(&self.schema, batch)?;
        for row in 0..batch.num_rows() {
            let cells = columns.iter().zip(&self.heads);
            self.held.push(cells.map(|(column, head)| shown(column, row, head)).collect());
            self.rows += 1;
            if self.held.len() >= SAMPLE_ROWS {
                self.show()?;
            }
        }
        if self.form.is_some() && !self.held.is_empty() { self.show() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), OutputError> {
        if !self.held.is_empty() {
            self.show()?;
        }
        Ok(self.sink.flush()?)
    }

    fn finish(&mut self) -> Result<u64, OutputError> {
        if !self.ended {
            self.ended = true;
            if !self.held.is_empty() || self.form.is_none() {
                self.show()?;
            }
            if self.style.row_count {
                writeln!(self.sink, "({})", human::count(self.rows, "row"))?;
            }
            if let Some(how) = self.style.whole.filter(|_| self.cut) {
                writeln!(self.sink, "(cells that end in … are cut; {how})")?;
            }
            self.sink.flush()?;
        }
        Ok(self.rows)
    }
}

/// True for types whose values are compared by their digits, from the right.
pub(super) fn is_number(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, values) => is_number(values),
        kind => kind.is_numeric(),
    }
}

fn shown(column: &Column, row: usize, head: &Head) -> Shown {
    if column.is_null(row) {
        return Shown { text: NULL.to_owned(), null: true, cut: false, severity: None };
    }
    let mut text = Vec::new();
    column.text(row, &mut text);
    let text = String::from_utf8_lossy(&text);
    let end = text.char_indices().nth(LONGEST_CELL).map(|(end, _)| end);
    let shown = end.map_or_else(|| visible(&text), |end| format!("{}…", visible(&text[..end])));
    let severity = if head.severity { Severity::of(&text) } else { None };
    Shown { text: shown, null: false, cut: end.is_some(), severity }
}

#[cfg(test)]
mod tests;
