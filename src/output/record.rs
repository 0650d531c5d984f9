//! One record whole: a column a line, nothing cut, JSON over as many lines as it has values.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::cell::{Column, pretty};
use super::{OutputError, Style, text, visible};

/// Columns between name and value.
const FRAME: usize = 5;
/// A value is wrapped, but not into a ribbon.
const NARROWEST: usize = 20;

/// The records of a batch as text, the first of them numbered `number`, in the style's width.
///
/// # Errors
/// Arrow's, for a column that breaks the rules of its type.
pub fn records(schema: &SchemaRef, batch: &RecordBatch, number: u64, style: &Style) -> Result<String, OutputError> {
    let columns = text::columns(schema, batch)?;
    let names: Vec<String> = schema.fields().iter().map(|field| visible(field.name())).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let room = style.width.map_or(usize::MAX, |width| width.saturating_sub(widest + FRAME).max(NARROWEST));
    let mut out = String::new();
    for (number, row) in (number..).zip(0..batch.num_rows()) {
        let rule = format!("─[ {number} ]");
        let rest = style.width.unwrap_or(80).min(widest + FRAME + 20).saturating_sub(rule.width());
        out += &format!("{rule}{}\n", "─".repeat(rest));
        for (name, column) in names.iter().zip(&columns) {
            let mut lead = format!(" {name}{} │ ", " ".repeat(widest - name.width()));
            for line in lines(column, row).iter().flat_map(|line| wrapped(line, room)) {
                out += &format!("{}{line}", painted(&lead, style));
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
                lead = format!(" {} │ ", " ".repeat(widest));
            }
        }
    }
    Ok(out)
}

fn painted(lead: &str, style: &Style) -> String {
    let name = lead.trim_end_matches("│ ");
    if style.color && !name.trim().is_empty() { format!("\x1b[1m{name}\x1b[0m│ ") } else { lead.to_owned() }
}

/// The lines of a cell, as a terminal may show them.
fn lines(column: &Column, row: usize) -> Vec<String> {
    if column.is_null(row) {
        return vec!["NULL".to_owned()];
    }
    let mut bytes = Vec::new();
    column.text(row, &mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let nested = column.is_free_text() && text.trim_start().starts_with(['{', '[']);
    let lines = if nested { pretty::lines(&text) } else { vec![text.into_owned()] };
    lines.iter().map(|line| visible(line)).collect()
}

/// A line in pieces of at most so many columns; one piece at least.
fn wrapped(line: &str, room: usize) -> Vec<&str> {
    let (mut pieces, mut start, mut wide) = (Vec::new(), 0, 0);
    for (at, letter) in line.char_indices() {
        let columns = letter.width().unwrap_or(0);
        if wide + columns > room && at > start {
            pieces.push(&line[start..at]);
            (start, wide) = (at, 0);
        }
        wide += columns;
    }
    pieces.push(&line[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;

    #[test]
    fn everything_of_a_record_is_there() {
        let long = "powershell.exe -enc ".repeat(6);
        let columns: [(&str, ArrayRef); 4] = [
            ("CommandLine", Arc::new(StringArray::from(vec![long.as_str(), "x"]))),
            ("Fields", Arc::new(StringArray::from(vec!["{\"a\":[1,\"\u{1b}[2J\"],\"b\":{}}", "日本"]))),
            ("N", Arc::new(Int64Array::from(vec![None, Some(1)]))),
            ("Empty", Arc::new(StringArray::from(vec!["", ""]))),
        ];
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).expect("batch");
        let style = Style { width: Some(60), ..Style::default() };
        insta::assert_snapshot!(records(&batch.schema(), &batch, 7, &style).expect("text"), @r#"
        ─[ 7 ]──────────────────────────────
         CommandLine │ powershell.exe -enc powershell.exe -enc powe
                     │ rshell.exe -enc powershell.exe -enc powershe
                     │ ll.exe -enc powershell.exe -enc
         Fields      │ {"a":[1,"␛[2J"],"b":{}}
         N           │ NULL
         Empty       │
        ─[ 8 ]──────────────────────────────
         CommandLine │ x
         Fields      │ 日本
         N           │ 1
         Empty       │
        "#);
        let whole = records(&batch.schema(), &batch, 1, &Style::default()).expect("text");
        assert!(whole.contains(long.trim_end()));
        let narrow =
            records(&batch.schema(), &batch, 1, &Style { width: Some(1), color: true, ..style }).expect("text");
        assert!(narrow.contains("\x1b[1m CommandLine"));
    }
}
