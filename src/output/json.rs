//! One JSON array of objects, one object a line; values as in JSON lines.

use datafusion::arrow::datatypes::Schema;

use super::cell::Column;
use super::jsonl::Object;
use super::text::Layout;

/// An array of objects.
pub(super) struct Json {
    object: Object,
    lead: &'static [u8],
}

impl Json {
    pub(super) fn new(schema: &Schema) -> Self {
        Self { object: Object::new(schema), lead: b"[\n" }
    }
}

impl Layout for Json {
    fn row(&mut self, columns: &[Column], row: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(self.lead);
        self.lead = b",\n";
        self.object.write(columns, row, out);
    }

    fn tail(&mut self, out: &mut Vec<u8>) {
        let is_empty = self.lead == b"[\n";
        out.extend_from_slice(if is_empty { b"[]\n" } else { b"\n]\n" });
    }
}
