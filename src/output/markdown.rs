//! A table of GitHub-flavoured Markdown, for tickets and reports.
//!
//! Every cell renders as the text that it is: what Markdown or HTML would act on is escaped, a line feed becomes `<br>`, control
//! characters are shown as signs. Null is `NULL`, as in a terminal's table.

use datafusion::arrow::datatypes::Schema;

use super::cell::{Column, escape};
use super::table::is_number;
use super::text::Layout;

/// A Markdown table.
pub(super) struct Markdown {
    heading: Vec<u8>,
}

impl Markdown {
    pub(super) fn new(schema: &Schema) -> Self {
        let mut heading = Vec::new();
        let mut rule = Vec::new();
        for column in schema.fields() {
            heading.extend_from_slice(b"| ");
            field(column.name().as_bytes(), &mut heading);
            heading.push(b' ');
            rule.extend_from_slice(if is_number(column.data_type()) { b"| ---: " } else { b"| --- " });
        }
        for line in [&mut heading, &mut rule] {
            line.extend_from_slice(b"|\n");
        }
        heading.append(&mut rule);
        Self { heading }
    }
}

impl Layout for Markdown {
    fn head(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.heading);
    }

    fn row(&mut self, columns: &[Column], row: usize, out: &mut Vec<u8>) {
        for column in columns {
            out.extend_from_slice(b"| ");
            if column.is_null(row) {
                out.extend_from_slice(b"NULL");
            } else {
                let mut cell = Vec::new();
                column.text(row, &mut cell);
                field(&cell, out);
            }
            out.push(b' ');
        }
        out.extend_from_slice(b"|\n");
    }
}

fn field(text: &[u8], out: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(text);
    for (index, line) in text.split('\n').enumerate() {
        if index != 0 {
            out.extend_from_slice(b"<br>");
        }
        let mut shown = Vec::new();
        escape::visible(line.strip_suffix('\r').unwrap_or(line), &mut shown);
        for byte in shown {
            match byte {
                b'<' => out.extend_from_slice(b"&lt;"),
                b'>' => out.extend_from_slice(b"&gt;"),
                b'&' => out.extend_from_slice(b"&amp;"),
                b'|' | b'\\' | b'`' | b'*' | b'_' | b'[' | b']' | b'~' => out.extend_from_slice(&[b'\\', byte]),
                other => out.push(other),
            }
        }
    }
}
