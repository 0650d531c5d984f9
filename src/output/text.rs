//! The part that all text formats share: batches in, buffered bytes out.

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};

use super::cell::Column;
use super::{OutputError, RowWriter};

/// How rows look in one text format.
pub(super) trait Layout: Send {
    /// What stands before the first row.
    fn head(&mut self, _out: &mut Vec<u8>) {}
    /// One row.
    fn row(&mut self, columns: &[Column], row: usize, out: &mut Vec<u8>);
    /// What stands after the last row.
    fn tail(&mut self, _out: &mut Vec<u8>) {}
}

/// Bytes handed to the sink at once; a batch of long rows must not be held whole a second time.
const CHUNK: usize = 1 << 20;

/// Writes rows in a text format.
pub(super) struct TextWriter<L> {
    layout: L,
    schema: SchemaRef,
    sink: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    rows: u64,
    ended: bool,
}

impl<L: Layout> TextWriter<L> {
    pub(super) fn new(mut layout: L, schema: SchemaRef, sink: Box<dyn Write + Send>) -> Self {
        let mut buffer = Vec::new();
        layout.head(&mut buffer);
        Self { layout, schema, sink, buffer, rows: 0, ended: false }
    }

    fn hand_on(&mut self) -> Result<(), OutputError> {
        self.sink.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

impl<L: Layout> RowWriter for TextWriter<L> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let columns = columns(&self.schema, batch)?;
        for row in 0..batch.num_rows() {
            self.layout.row(&columns, row, &mut self.buffer);
            if self.buffer.len() >= CHUNK {
                self.hand_on()?;
            }
        }
        self.rows += batch.num_rows() as u64;
        self.hand_on()
    }

    fn flush(&mut self) -> Result<(), OutputError> {
        self.hand_on()?;
        Ok(self.sink.flush()?)
    }

    fn finish(&mut self) -> Result<u64, OutputError> {
        if !self.ended {
            self.ended = true;
            self.layout.tail(&mut self.buffer);
        }
        self.flush()?;
        Ok(self.rows)
    }
}

/// The columns of a batch, ready to be written.
pub(super) fn columns(schema: &Schema, batch: &RecordBatch) -> Result<Vec<Column>, OutputError> {
    if schema.fields().len() != batch.num_columns() {
        let (expected, found) = (schema.fields().len(), batch.num_columns());
        return Err(OutputError::Encode(format!("a batch has {found} columns where the answer has {expected}")));
    }
    let columns = schema.fields().iter().zip(batch.columns());
    Ok(columns.map(|(field, array)| Column::new(field, array)).collect::<Result<_, _>>()?)
}
