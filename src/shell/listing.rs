//! The tables and columns that there are, as rows to show.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::error::ArrowError;

use crate::engine::{ColumnInfo, TableSummary};
use crate::hunt::{Hunt, Language, LanguageChoice};
use crate::output;

/// One row a table: name, blobs, size, first and last hour of receipt; where `rows` counted them, their number instead of the blobs'.
/// The columns are narrow, so that no name is cut on a terminal of 80 columns.
///
/// # Errors
/// None that a caller could cause.
pub fn tables(tables: &[TableSummary], rows: Option<&BTreeMap<String, u64>>) -> Result<RecordBatch, ArrowError> {
    let hour = |hour: Option<DateTime<Utc>>| hour.map(|hour| hour.format("%Y-%m-%d %H").to_string());
    // What is known of the last hour is its end.
    let last = |end: Option<DateTime<Utc>>| hour(end.map(|end| end - TimeDelta::nanoseconds(1)));
    let count = |table: &TableSummary| match rows {
        Some(rows) => rows.get(&table.name).copied(),
        None => Some(table.blobs),
    };
    RecordBatch::try_from_iter([
        ("Table", texts(tables.iter().map(|table| Some(table.name.clone())))),
        (if rows.is_some() { "Rows" } else { "Blobs" }, Arc::new(tables.iter().map(count).collect::<UInt64Array>())),
        ("Size", texts(tables.iter().map(|table| Some(output::bytes(table.bytes))))),
        ("FirstHour", texts(tables.iter().map(|table| hour(table.first_hour)))),
        ("LastHour", texts(tables.iter().map(|table| last(table.last_hour)))),
    ])
}

/// A sentence about the tables that no schema knows; none if there are none.
pub fn without_schema(tables: &[TableSummary]) -> Option<String> {
    let names: Vec<_> = tables.iter().filter(|table| !table.known).map(|table| table.name.as_str()).collect();
    (!names.is_empty())
        .then(|| format!("no schema is known for {}: the columns are those seen in the data", names.join(", ")))
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

/// One row a function: language, how it is called, what it does.
pub(super) fn functions(functions: &[(Language, String, String)]) -> Result<RecordBatch, ArrowError> {
    let language = |language: Language| LanguageChoice::Only(language).name().to_owned();
    RecordBatch::try_from_iter([
        ("Language", texts(functions.iter().map(|(of, ..)| Some(language(*of))))),
        ("Function", texts(functions.iter().map(|(_, usage, _)| Some(usage.clone())))),
        ("Does", texts(functions.iter().map(|(.., doc)| Some(doc.clone())))),
    ])
}

/// One row a hunt: its key, where it comes from, how bad a hit is, what it is called.
pub(super) fn hunts(hunts: &[(&'static str, Hunt)]) -> Result<RecordBatch, ArrowError> {
    let hunts = || hunts.iter();
    RecordBatch::try_from_iter([
        ("Hunt", texts(hunts().map(|(_, hunt)| Some(hunt.key.clone())))),
        ("From", texts(hunts().map(|(from, _)| Some((*from).to_owned())))),
        ("Severity", texts(hunts().map(|(_, hunt)| hunt.metadata.severity.map(|severity| severity.name().to_owned())))),
        ("Name", texts(hunts().map(|(_, hunt)| Some(hunt.metadata.name.clone())))),
    ])
}

fn texts(texts: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(texts.collect::<StringArray>())
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::util::pretty::pretty_format_batches;

    use super::*;

    #[test]
    fn a_table_is_told_by_what_is_there_of_it() {
        let time = |seconds: i64| DateTime::from_timestamp(1_790_812_800 + seconds, 0);
        let table = |name: &str, known| TableSummary {
            name: name.to_owned(),
            blobs: 48,
            bytes: 17_560_000,
            first_hour: time(0),
            last_hour: time(24 * 3600),
            known,
        };
        let found = [table("DeviceFileCertificateInfo", true), table("DeviceQuantumEvents", false)];
        let shown = |rows: Option<&BTreeMap<String, u64>>| {
            pretty_format_batches(&[tables(&found, rows).expect("rows")]).expect("text").to_string()
        };
        insta::assert_snapshot!(shown(None), @"
        +---------------------------+-------+---------+---------------+---------------+
        | Table                     | Blobs | Size    | FirstHour     | LastHour      |
        +---------------------------+-------+---------+---------------+---------------+
        | DeviceFileCertificateInfo | 48    | 17.6 MB | 2026-10-01 00 | 2026-10-01 23 |
        | DeviceQuantumEvents       | 48    | 17.6 MB | 2026-10-01 00 | 2026-10-01 23 |
        +---------------------------+-------+---------+---------------+---------------+
        ");
        let counted = shown(Some(&BTreeMap::from([("DeviceQuantumEvents".to_owned(), 7)])));
        assert!(counted.contains("| Rows |") && counted.contains("| 7    |"), "{counted}");
        insta::assert_snapshot!(without_schema(&found).expect("one"), @"no schema is known for DeviceQuantumEvents: the columns are those seen in the data");
        assert_eq!(without_schema(&found[..1]), None);
    }
}
