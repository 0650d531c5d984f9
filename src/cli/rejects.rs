//! Rejects for people: under each blob what could not be read in it, where, and why.
//!
//! A grid will not do: the path alone is wider than a terminal, and cut off it is of no use.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::util::display::array_value_to_string;

use crate::output::{OutputError, RowWriter, visible};
use crate::shell::Destination;

/// The rejects, with the columns that are read here by name.
pub(super) const QUERY: &str = r#"SELECT "Kind", "File", "Line", "Record", "Offset", "TableName", "ColumnName", "Reason", "Text" FROM huntql.rejects"#;

/// What stands before a reject's text.
const INDENT: &str = "      ";
/// A text is cut to the terminal, but not to nothing.
const NARROWEST: usize = 40;

/// Writes the rows of [`QUERY`].
pub(super) struct RejectWriter {
    sink: Box<dyn Write + Send>,
    width: usize,
    /// The blob that the last reject was in.
    file: Option<String>,
    rows: u64,
}

impl RejectWriter {
    pub(super) fn new(to: Destination) -> Self {
        let width = to.style.width.map_or(usize::MAX, |width| width.max(NARROWEST));
        Self { sink: to.sink, width, file: None, rows: 0 }
    }

    fn reject(&mut self, batch: &RecordBatch, row: usize) -> String {
        let cell = |column: &str| cell(batch, column, row);
        let mut text = String::new();
        let file = cell("File").unwrap_or_default();
        if self.file.as_ref() != Some(&file) {
            let gap = if self.file.is_some() { "\n" } else { "" };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{gap}{}", visible(&file));
            self.file = Some(file);
        }
        let place = [("line", "Line"), ("record", "Record"), ("byte", "Offset")];
        let place = place.iter().find_map(|(word, column)| Some(format!("{word} {}", cell(column)?)));
        let subject = cell("ColumnName").map(|column| format!("{}: ", visible(&column))).unwrap_or_default();
        let reason = cell("Reason").unwrap_or_default();
        let _ = writeln!(text, "  {}: {subject}{}", place.unwrap_or_default(), visible(&reason));
        let quoted = cell("Text").map(|text| visible(&text)).unwrap_or_default();
        if !quoted.is_empty() {
            let _ = writeln!(text, "{INDENT}{}", cut(&quoted, self.width.saturating_sub(INDENT.len())));
        }
        text
    }
}

impl RowWriter for RejectWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        for row in 0..batch.num_rows() {
            let text = self.reject(batch, row);
            self.sink.write_all(text.as_bytes())?;
            self.rows += 1;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OutputError> {
        Ok(self.sink.flush()?)
    }

    fn finish(&mut self) -> Result<u64, OutputError> {
        self.flush()?;
        Ok(self.rows)
    }
}

/// Adds the rows of a batch to the numbers of rejects by their kinds.
pub(super) fn count_kinds(batch: &RecordBatch, totals: &mut BTreeMap<String, u64>) {
    for kind in (0..batch.num_rows()).filter_map(|row| cell(batch, "Kind", row)) {
        *totals.entry(kind).or_default() += 1;
    }
}

fn cell(batch: &RecordBatch, column: &str, row: usize) -> Option<String> {
    let column = batch.column_by_name(column).filter(|column| column.is_valid(row))?;
    array_value_to_string(column, row).ok()
}

fn cut(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        None => text.to_owned(),
        Some(_) => text.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;
    use crate::output::Style;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("lock").write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn rejects() -> RecordBatch {
        let texts = |texts: [Option<&str>; 3]| Arc::new(StringArray::from_iter(texts)) as ArrayRef;
        let numbers = |numbers: [Option<i64>; 3]| Arc::new(Int64Array::from_iter(numbers)) as ArrayRef;
        RecordBatch::try_from_iter([
            ("Kind", texts([Some("cell"), Some("cut"), Some("stray")])),
            ("File", texts([Some("/a/PT1H.json"), Some("/a/PT1H.json"), Some("/b.avro")])),
            ("Line", numbers([Some(64), Some(107), None])),
            ("Record", numbers([Some(64), None, None])),
            ("Offset", numbers([Some(9), Some(10), Some(512)])),
            ("ColumnName", texts([Some("InitiatingProcessSessionId"), None, None])),
            ("Reason", texts([Some("the value does not fit"), Some("it is cut off"), Some("NUL bytes")])),
            ("Text", texts([Some("6ea3f143"), Some(&"x".repeat(60)), Some("\0\u{1b}")])),
        ])
        .expect("batch")
    }

    #[test]
    fn rejects_are_told_blob_by_blob() {
        let kept = Kept::default();
        let style = Style { width: Some(50), ..Style::default() };
        let mut writer = RejectWriter::new(Destination { sink: Box::new(kept.clone()), style });
        writer.write(&rejects()).expect("written");
        assert_eq!(writer.finish().expect("ended"), 3);
        let text = String::from_utf8(kept.0.lock().expect("lock").clone()).expect("text");
        insta::assert_snapshot!(text, @"
        /a/PT1H.json
          line 64: InitiatingProcessSessionId: the value does not fit
              6ea3f143
          line 107: it is cut off
              xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…

        /b.avro
          byte 512: NUL bytes
              ␀␛
        ");
    }

    #[test]
    fn kinds_are_counted() {
        let mut totals = BTreeMap::new();
        count_kinds(&rejects(), &mut totals);
        count_kinds(&rejects().slice(0, 1), &mut totals);
        assert_eq!(totals.get("cell"), Some(&2));
        assert_eq!(totals.values().sum::<u64>(), 4);
    }
}
