//! The tables and columns that there are, as rows to show.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::error::ArrowError;
use indicatif::DecimalBytes;

use crate::engine::{ColumnInfo, TableSummary};

/// One row a table: name, blobs, size, first and last hour.
///
/// # Errors
/// None that a caller could cause.
pub fn tables(tables: &[TableSummary]) -> Result<RecordBatch, ArrowError> {
    let hour = |hour: Option<DateTime<Utc>>| hour.map(|hour| hour.format("%Y-%m-%d %H:00").to_string());
    let names = tables.iter().map(|table| Some(table.name.as_str()));
    RecordBatch::try_from_iter([
        ("Table", Arc::new(StringArray::from_iter(names)) as ArrayRef),
        ("Blobs", Arc::new(UInt64Array::from_iter_values(tables.iter().map(|table| table.blobs)))),
        ("Size", texts(tables.iter().map(|table| Some(DecimalBytes(table.bytes).to_string())))),
        ("FirstHour", texts(tables.iter().map(|table| hour(table.first_hour)))),
        ("LastHour", texts(tables.iter().map(|table| hour(table.last_hour)))),
        ("Schema", texts(tables.iter().map(|table| Some(if table.known { "known" } else { "seen" }.to_owned())))),
    ])
}

/// One row a column: name, Kusto type, and whether `*` gives it.
///
/// # Errors
/// None that a caller could cause.
pub fn columns(columns: &[ColumnInfo]) -> Result<RecordBatch, ArrowError> {
    RecordBatch::try_from_iter([
        ("Column", texts(columns.iter().map(|column| Some(column.name.clone())))),
        ("Type", texts(columns.iter().map(|column| Some(column.kind.name().to_owned())))),
        ("Note", texts(columns.iter().map(|column| Some(if column.hidden { "not in *" } else { "" }.to_owned())))),
    ])
}

fn texts(texts: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(texts.collect::<StringArray>())
}
