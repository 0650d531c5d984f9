//! One Arrow IPC file (Feather v2).

use std::io::Write;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::arrow::ipc::writer::FileWriter;

use super::{OutputError, RowWriter, names};

/// Writes an Arrow IPC file.
pub(super) struct ArrowWriter {
    schema: SchemaRef,
    file: FileWriter<Box<dyn Write + Send>>,
    rows: u64,
    ended: bool,
}

impl ArrowWriter {
    /// # Errors
    /// A sink that takes no bytes.
    pub(super) fn new(schema: SchemaRef, sink: Box<dyn Write + Send>) -> Result<Self, OutputError> {
        let schema = unpacked(&schema);
        let file = FileWriter::try_new(sink, &schema)?;
        Ok(Self { schema, file, rows: 0, ended: false })
    }
}

impl RowWriter for ArrowWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let columns = batch.columns().iter().zip(self.schema.fields());
        let columns = columns.map(|(array, field)| match array.data_type() {
            DataType::Dictionary(_, _) => cast(array, field.data_type()),
            _ => Ok(Arc::clone(array)),
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        self.file.write(&names::batch(&self.schema, columns, batch.num_rows())?)?;
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OutputError> {
        Ok(self.file.flush()?)
    }

    fn finish(&mut self) -> Result<u64, OutputError> {
        if !self.ended {
            self.ended = true;
            self.file.finish()?;
            self.file.flush()?;
        }
        Ok(self.rows)
    }
}

/// The schema with the values of dictionaries in their place: the file format knows one dictionary a column, and every batch of an
/// answer may bring its own.
fn unpacked(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Dictionary(_, values) => Arc::new(field.as_ref().clone().with_data_type(values.as_ref().clone())),
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}
