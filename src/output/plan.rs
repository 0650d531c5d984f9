//! What `EXPLAIN` gives, for people: a plan is a tree over many lines, and has no place in the cell of a table.

use datafusion::arrow::datatypes::{DataType, Schema};

use super::cell::{Column, escape};
use super::text::Layout;

/// The columns of every answer to `EXPLAIN`.
const COLUMNS: [&str; 2] = ["plan_type", "plan"];

/// Plans one after the other, each under its name.
pub(super) struct Plan;

/// True if the answer is that of an `EXPLAIN`.
pub(super) fn is_plan(schema: &Schema) -> bool {
    let names = schema.fields().iter().map(|field| field.name().as_str());
    names.eq(COLUMNS) && schema.fields().iter().all(|field| *field.data_type() == DataType::Utf8)
}

impl Layout for Plan {
    fn row(&mut self, columns: &[Column], row: usize, out: &mut Vec<u8>) {
        for (column, indent) in columns.iter().zip(["", "  "]) {
            let mut text = Vec::new();
            column.text(row, &mut text);
            for line in String::from_utf8_lossy(&text).lines() {
                out.extend_from_slice(indent.as_bytes());
                escape::visible(line, out);
                out.push(b'\n');
            }
        }
    }
}
