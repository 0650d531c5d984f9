//! Columns under names that are all different, and found by name.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;

/// The same columns with a number after the names that were there before (`DeviceId`, `DeviceId1`), as Kusto's join names them: a
/// JSON object or a Parquet file with one name twice hides a column from most of its readers.
pub fn distinct(schema: &SchemaRef) -> SchemaRef {
    let taken: HashSet<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    if taken.len() == schema.fields().len() {
        return Arc::clone(schema);
    }
    let mut used: HashSet<String> = HashSet::new();
    let fields = schema.fields().iter().map(|field| {
        if used.insert(field.name().clone()) {
            return Arc::clone(field);
        }
        let free = |name: &String| !used.contains(name) && !taken.contains(name.as_str());
        let name = (1..).map(|number: u64| format!("{}{number}", field.name())).find(free).unwrap_or_default();
        used.insert(name.clone());
        Arc::new(field.as_ref().clone().with_name(name))
    });
    let fields: Vec<_> = fields.collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// A batch of these columns under the names of `schema`; `rows` counts when there are no columns.
pub(super) fn batch(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch, ArrowError> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

/// The place of a column by its exact name, else by its name in any letter case; on failure a sentence.
pub(super) fn find(schema: &Schema, name: &str) -> Result<usize, String> {
    let names = || schema.fields().iter().map(|field| field.name().as_str());
    let exact = names().position(|candidate| candidate == name);
    exact.or_else(|| names().position(|candidate| candidate.eq_ignore_ascii_case(name))).ok_or_else(|| {
        let likeness =
            |candidate: &str| strsim::jaro_winkler(&candidate.to_ascii_lowercase(), &name.to_ascii_lowercase());
        let nearest =
            names().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|nearest| likeness(nearest) > 0.8);
        let hint = nearest.map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"));
        format!("the rows have no column {name}{hint}")
    })
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::{DataType, Field};

    use super::*;

    fn schema(names: &[&str]) -> SchemaRef {
        Arc::new(Schema::new(names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect::<Vec<_>>()))
    }

    #[test]
    fn names_get_numbers_that_are_free() {
        let distinct = distinct(&schema(&["A", "A", "A1", "A", "B"]));
        let names: Vec<_> = distinct.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names, ["A", "A2", "A1", "A3", "B"]);
    }

    #[test]
    fn columns_are_found_in_any_case_and_near_misses_named() {
        let schema = schema(&["devicename", "DeviceName", "Timestamp"]);
        assert_eq!(find(&schema, "DeviceName"), Ok(1));
        assert_eq!(find(&schema, "TIMESTAMP"), Ok(2));
        insta::assert_snapshot!(find(&schema, "Timestmp").expect_err("error"), @"the rows have no column Timestmp; did you mean Timestamp?");
        insta::assert_snapshot!(find(&schema, "SHA1").expect_err("error"), @"the rows have no column SHA1");
    }
}
