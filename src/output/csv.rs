//! Comma-separated values: quoted as in RFC 4180, lines end with a line feed alone, as Unix tools expect.
//!
//! Null is an empty field and the empty string is `""`, so that a reader can keep them apart. In a table of one column null is `""`
//! too, because readers skip empty lines and a row would be lost.

use datafusion::arrow::datatypes::Schema;

use super::cell::Column;
use super::text::Layout;

/// Comma-separated values with a heading.
pub(super) struct Csv {
    heading: Vec<u8>,
    guard: bool,
    cell: Vec<u8>,
}

impl Csv {
    /// `guard` puts `'` before text that spreadsheets would take for a formula.
    pub(super) fn new(schema: &Schema, guard: bool) -> Self {
        let mut heading = Vec::new();
        for (index, column) in schema.fields().iter().enumerate() {
            separate(index, &mut heading);
            field(column.name().as_bytes(), &mut heading);
        }
        heading.push(b'\n');
        Self { heading, guard, cell: Vec::new() }
    }
}

impl Layout for Csv {
    fn head(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.heading);
    }

    fn row(&mut self, columns: &[Column], row: usize, out: &mut Vec<u8>) {
        for (index, column) in columns.iter().enumerate() {
            separate(index, out);
            if column.is_null(row) && columns.len() > 1 {
                continue;
            }
            self.cell.clear();
            column.text(row, &mut self.cell);
            if self.guard
                && column.is_free_text()
                && matches!(self.cell.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'))
            {
                self.cell.insert(0, b'\'');
            }
            field(&self.cell, out);
        }
        out.push(b'\n');
    }
}

fn separate(index: usize, out: &mut Vec<u8>) {
    if index != 0 {
        out.push(b',');
    }
}

/// Writes a field, in quotes if it is empty or holds what separates fields.
fn field(text: &[u8], out: &mut Vec<u8>) {
    if !text.is_empty() && !text.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        return out.extend_from_slice(text);
    }
    out.push(b'"');
    for part in text.split_inclusive(|&byte| byte == b'"') {
        out.extend_from_slice(part);
        if part.ends_with(b"\"") {
            out.push(b'"');
        }
    }
    out.push(b'"');
}
