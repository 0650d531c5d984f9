//! Rows shown, drawn or written: one file per format, charts, the Parquet export, the progress line.
//!
//! Batches come in, bytes go out. Nothing here runs a query, reads the environment or knows where a sink leads; what a terminal is
//! like comes in a [`Style`].

mod arrow;
mod cell;
pub mod chart;
mod csv;
mod error;
pub mod export;
mod format;
mod human;
mod json;
mod jsonl;
mod kept;
mod markdown;
mod names;
mod parquet;
mod plan;
pub mod progress;
mod record;
pub mod report;
mod style;
mod table;
mod text;
mod tsv;

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

pub(crate) use cell::escape::is_hidden;
pub use error::OutputError;
pub use format::Format;
pub use human::{bytes, count, summary};
pub use kept::Kept;
pub use names::distinct;
pub use record::records;
pub use style::{Records, Style};

use text::TextWriter;

/// Writes a stream of batches to a sink as they come.
pub trait RowWriter: Send {
    /// Writes the rows of a batch. A table may hold the first rows back until it knows how wide its columns are.
    ///
    /// # Errors
    /// [`OutputError::BrokenPipe`] if nobody reads the output any more, which is not trouble; otherwise what the sink or the format
    /// cannot do. After an error the writer is of no more use.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError>;

    /// Hands on what is held back, for somebody who waits in front of the output.
    ///
    /// # Errors
    /// As for [`RowWriter::write`].
    fn flush(&mut self) -> Result<(), OutputError>;

    /// Ends the output and says how many rows it has; without it a file is not whole.
    ///
    /// # Errors
    /// As for [`RowWriter::write`].
    fn finish(&mut self) -> Result<u64, OutputError>;
}

/// A writer of rows with this schema in this format.
///
/// Columns of one name, which a join can give, are told apart by a number after the name, as Kusto does.
///
/// # Errors
/// [`OutputError`] if the format cannot hold a type, or its first bytes cannot be written.
pub fn writer(
    format: Format,
    schema: SchemaRef,
    sink: Box<dyn Write + Send>,
    style: &Style,
) -> Result<Box<dyn RowWriter>, OutputError> {
    let schema = names::distinct(&schema);
    Ok(match format {
        Format::Table if plan::is_plan(&schema) => Box::new(TextWriter::new(plan::Plan, schema, sink)),
        Format::Table => Box::new(table::TableWriter::new(schema, sink, style.clone())),
        Format::Json => Box::new(TextWriter::new(json::Json::new(&schema), schema, sink)),
        Format::Jsonl => Box::new(TextWriter::new(jsonl::Jsonl::new(&schema), schema, sink)),
        Format::Csv => Box::new(TextWriter::new(csv::Csv::new(&schema, style.guard_formulas), schema, sink)),
        Format::Tsv => Box::new(TextWriter::new(tsv::Tsv::new(&schema), schema, sink)),
        Format::Markdown => Box::new(TextWriter::new(markdown::Markdown::new(&schema), schema, sink)),
        Format::Parquet => Box::new(parquet::ParquetWriter::new(schema, sink)?),
        Format::Arrow => Box::new(arrow::ArrowWriter::new(schema, sink)?),
    })
}

/// Text as a terminal can show it without acting on it: for messages that quote data. Control characters become their Unicode
/// pictures (`␊`, `␛`), other hidden characters their numbers (`<U+202E>`); nothing is dropped.
pub fn visible(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    cell::escape::visible(text, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests;
