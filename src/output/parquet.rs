//! One Parquet file into a sink; files and folders of them are `export`'s business.

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;

use super::export::{ExportLayout, ExportOptions, properties};
use super::{OutputError, RowWriter, names};

/// Writes a Parquet file as an unsorted export would.
pub(super) struct ParquetWriter {
    schema: SchemaRef,
    file: ArrowWriter<Box<dyn Write + Send>>,
    rows: u64,
    ended: bool,
}

impl ParquetWriter {
    /// # Errors
    /// A type that Parquet cannot hold, or a sink that takes no bytes.
    pub(super) fn new(schema: SchemaRef, sink: Box<dyn Write + Send>) -> Result<Self, OutputError> {
        let options = ExportOptions { sort: Some(Vec::new()), ..ExportOptions::default() };
        let layout = ExportLayout::new(&options, &schema)?;
        let file = properties::open(sink, &schema, properties::writer(&options, &layout, &schema)?)?;
        Ok(Self { schema, file, rows: 0, ended: false })
    }
}

impl RowWriter for ParquetWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        self.file.write(&names::batch(&self.schema, batch.columns().to_vec(), batch.num_rows())?)?;
        self.rows += batch.num_rows() as u64;
        properties::bound_memory(&mut self.file)
    }

    /// Does nothing: a row group cut short would make the file worse, and nobody reads a Parquet file before its end.
    fn flush(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn finish(&mut self) -> Result<u64, OutputError> {
        if !self.ended {
            self.ended = true;
            self.file.finish()?;
            self.file.inner_mut().flush()?;
        }
        Ok(self.rows)
    }
}
