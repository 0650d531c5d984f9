//! JSON lines: one object a row, one row a line, keys in column order.
//!
//! Datetimes are ISO 8601 in UTC with up to seven digits, timespans `[-][d.]hh:mm:ss[.fffffff]`, dynamic columns the JSON that they
//! hold, decimals numbers, binary base64, NaN and infinities strings. Null is `null`.

use datafusion::arrow::datatypes::Schema;

use super::cell::Column;
use super::cell::escape::json_key;
use super::text::Layout;

/// One object a line.
pub(super) struct Jsonl(Object);

impl Jsonl {
    pub(super) fn new(schema: &Schema) -> Self {
        Self(Object::new(schema))
    }
}

impl Layout for Jsonl {
    fn row(&mut self, columns: &[Column], row: usize, out: &mut Vec<u8>) {
        self.0.write(columns, row, out);
        out.push(b'\n');
    }
}

/// The keys of a row's object, each with what stands before and after it: `{"A":` and `,"B":`.
pub(super) struct Object(Vec<Vec<u8>>);

impl Object {
    pub(super) fn new(schema: &Schema) -> Self {
        let leads = std::iter::once(b'{').chain(std::iter::repeat(b','));
        let keys =
            leads.zip(schema.fields()).map(|(lead, field)| [&[lead], json_key(field.name()).as_slice()].concat());
        Self(keys.collect())
    }

    pub(super) fn write(&self, columns: &[Column], row: usize, out: &mut Vec<u8>) {
        if self.0.is_empty() {
            out.push(b'{');
        }
        for (key, column) in self.0.iter().zip(columns) {
            out.extend_from_slice(key);
            column.json(row, out);
        }
        out.push(b'}');
    }
}
