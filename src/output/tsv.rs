//! Tab-separated values: no quotes, one row a line whatever the cells hold.
//!
//! Tab, line feed, carriage return and backslash are written `\t`, `\n`, `\r`, `\\`, and null is `\N`: the text format of the `COPY`
//! of PostgreSQL, which other databases and `awk` read as well.

use datafusion::arrow::datatypes::Schema;

use super::cell::Column;
use super::text::Layout;

/// Tab-separated values with a heading.
pub(super) struct Tsv {
    heading: Vec<u8>,
    cell: Vec<u8>,
}

impl Tsv {
    pub(super) fn new(schema: &Schema) -> Self {
        let mut heading = Vec::new();
        for (index, column) in schema.fields().iter().enumerate() {
            separate(index, &mut heading);
            field(column.name().as_bytes(), &mut heading);
        }
        heading.push(b'\n');
        Self { heading, cell: Vec::new() }
    }
}

impl Layout for Tsv {
    fn head(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.heading);
    }

    fn row(&mut self, columns: &[Column], row: usize, out: &mut Vec<u8>) {
        for (index, column) in columns.iter().enumerate() {
            separate(index, out);
            if column.is_null(row) {
                out.extend_from_slice(b"\\N");
            } else {
                self.cell.clear();
                column.text(row, &mut self.cell);
                field(&self.cell, out);
            }
        }
        out.push(b'\n');
    }
}

fn separate(index: usize, out: &mut Vec<u8>) {
    if index != 0 {
        out.push(b'\t');
    }
}

fn field(mut text: &[u8], out: &mut Vec<u8>) {
    let is_special = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b'\\');
    while let Some(at) = text.iter().position(is_special) {
        out.extend_from_slice(&text[..at]);
        out.extend_from_slice(match text[at] {
            b'\t' => b"\\t",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            _ => b"\\\\",
        });
        text = &text[at + 1..];
    }
    out.extend_from_slice(text);
}
