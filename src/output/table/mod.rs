//! Tables for people: a grid that fits the terminal, or one column a line where it cannot.
//!
//! Rows are held back until a thousand are there, or until somebody asks ([`RowWriter::flush`]), to see how wide the columns are;
//! after that the widths stay and rows are shown as they come. No cell can reach the terminal as anything but text.

mod grid;
mod records;

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};

use super::cell::Column;
use super::{OutputError, Records, RowWriter, Style, human, text, visible};
use grid::Grid;

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
}

/// A cell as it is shown.
struct Shown {
    text: String,
    null: bool,
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
    ended: bool,
}

impl TableWriter {
    pub(super) fn new(schema: SchemaRef, sink: Box<dyn Write + Send>, style: Style) -> Self {
        let heads = schema.fields().iter().map(|field| Head {
            name: visible(field.name()),
            number: is_number(field.data_type()),
            whole: is_number(field.data_type()) || field.data_type().is_temporal(),
        });
        Self { heads: heads.collect(), schema, style, sink, held: Vec::new(), form: None, rows: 0, ended: false }
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
        Ok(self.sink.write_all(text.as_bytes())?)
    }
}

impl RowWriter for TableWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let columns = text::columns(&self.schema, batch)?;
        for row in 0..batch.num_rows() {
            self.held.push(columns.iter().map(|column| shown(column, row)).collect());
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

fn shown(column: &Column, row: usize) -> Shown {
    if column.is_null(row) {
        return Shown { text: NULL.to_owned(), null: true };
    }
    let mut text = Vec::new();
    column.text(row, &mut text);
    let text = String::from_utf8_lossy(&text);
    let cut = text.char_indices().nth(LONGEST_CELL).map(|(end, _)| format!("{}…", visible(&text[..end])));
    Shown { text: cut.unwrap_or_else(|| visible(&text)), null: false }
}

#[cfg(test)]
mod tests;
