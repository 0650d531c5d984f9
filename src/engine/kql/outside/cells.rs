//! The text of a file cut into rows and cells.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::json::value::Value;
use crate::json::{Fault, skip_space, skip_value};

/// How a file is cut into cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Cells between a mark, which may stand in double quotes.
    Delimited(char),
    /// A line is a cell, and a row.
    Lines,
    /// The whole file is a cell.
    Whole,
    /// JSON objects one behind the other, or in arrays; a column is a key.
    Json,
    /// Parquet, which is no text.
    Parquet,
}

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// How it is cut.
    pub(super) format: Format,
    /// Whether the first row is a header.
    pub(super) ignore_first: bool,
}

/// A row: a cell for each column, none where there is none.
pub(super) type Row<'a> = [Option<Cow<'a, str>>];

impl Format {
    /// What a refusal of another format says.
    pub(super) const ALL: &'static str = "csv, tsv, psv, scsv, sohsv, tsve, txt, raw, json, multijson and parquet are";

    /// The format of this name.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "csv" => Self::Delimited(','),
            "tsv" | "tsve" => Self::Delimited('\t'),
            "psv" => Self::Delimited('|'),
            "scsv" => Self::Delimited(';'),
            "sohsv" => Self::Delimited('\u{1}'),
            "txt" => Self::Lines,
            "raw" => Self::Whole,
            "json" | "multijson" | "singlejson" => Self::Json,
            "parquet" => Self::Parquet,
            _ => return None,
        })
    }

    /// The format that the ending of an address says.
    pub(super) fn of_file(name: &str) -> Option<Self> {
        let name = name.split(['?', '#']).next().unwrap_or(name);
        let name = name.strip_suffix(".gz").unwrap_or(name);
        Self::of_name(name.rsplit_once('.')?.1)
    }
}

impl Layout {
    /// Hands each row of the text to `take`; `names` are the columns, which JSON needs.
    ///
    /// # Errors
    /// Where the text is not what it should be, as a sentence.
    pub(super) fn read(self, text: &str, names: &[&str], take: &mut dyn FnMut(&Row<'_>)) -> Result<(), String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut first = self.ignore_first;
        let mut rest = |row: &Row<'_>| {
            if !std::mem::take(&mut first) {
                take(row);
            }
        };
        match self.format {
            Format::Delimited(mark) => delimited(text, mark, &mut rest),
            Format::Lines => text.lines().for_each(|line| rest(&[Some(Cow::Borrowed(line))])),
            Format::Whole => rest(&[Some(Cow::Borrowed(text))]),
            Format::Json => return objects(text, names, take),
            Format::Parquet => return Err("Parquet is no text".to_owned()),
        }
        Ok(())
    }
}

/// Rows of cells between marks. A cell that starts with `"` ends with one, `""` in it is one; blank lines are no rows.
fn delimited(text: &str, mark: char, take: &mut dyn FnMut(&Row<'_>)) {
    let mut rest = text;
    let mut row: Vec<Option<Cow<'_, str>>> = Vec::new();
    while !rest.is_empty() {
        let (cell, after) = cell(rest, mark);
        row.push(Some(cell));
        rest = match after.strip_prefix(mark) {
            // A mark at the end of a text has an empty cell behind it.
            Some("") => {
                row.push(Some(Cow::Borrowed("")));
                ""
            }
            Some(after) => {
                rest = after;
                continue;
            }
            None => after.strip_prefix("\r\n").or_else(|| after.strip_prefix(['\n', '\r'])).unwrap_or(after),
        };
        let blank = row.len() == 1 && row.iter().flatten().all(|cell| cell.is_empty());
        if !blank {
            take(&row);
        }
        row.clear();
    }
}

/// The first cell of a text, and what stands behind it.
fn cell(text: &str, mark: char) -> (Cow<'_, str>, &str) {
    let ends = |letter: char| letter == mark || letter == '\n' || letter == '\r';
    let Some(inside) = text.strip_prefix('"') else {
        let (cell, after) = text.split_at(text.find(ends).unwrap_or(text.len()));
        return (Cow::Borrowed(cell), after);
    };
    let mut from = 0;
    while let Some(quote) = inside[from..].find('"').map(|at| from + at) {
        if inside[quote + 1..].starts_with('"') {
            from = quote + 2;
            continue;
        }
        let quoted = &inside[..quote];
        let cell = if quoted.contains('"') { Cow::Owned(quoted.replace("\"\"", "\"")) } else { Cow::Borrowed(quoted) };
        // What stands between the quote and the mark belongs to nothing.
        let after = &inside[quote + 1..];
        return (cell, &after[after.find(ends).unwrap_or(after.len())..]);
    }
    (Cow::Borrowed(inside), "")
}

/// The members of objects that are called as the columns are. Arrays of objects are entered, other values passed over.
fn objects(text: &str, names: &[&str], take: &mut dyn FnMut(&Row<'_>)) -> Result<(), String> {
    let bytes = text.as_bytes();
    let mut at = skip_space(bytes, 0);
    while at < bytes.len() {
        let end = skip_value(bytes, at).map_err(|fault| match fault {
            Fault::Cut => format!("its JSON is cut off in the value that starts at byte {at}"),
            Fault::Broken(place) => format!("it is not JSON from byte {place} on"),
        })?;
        let value = Value::of(text.get(at..end).unwrap_or_default());
        match value.items() {
            Some(items) => items.for_each(|item| object(Value::of(item), names, take)),
            None => object(value, names, take),
        }
        at = skip_space(bytes, end);
        while bytes.get(at) == Some(&b',') {
            at = skip_space(bytes, at + 1);
        }
    }
    Ok(())
}

fn object(value: Value<'_>, names: &[&str], take: &mut dyn FnMut(&Row<'_>)) {
    if !matches!(value, Value::Object(_)) {
        return;
    }
    let cell = |name: &&str| value.get(name).map(Value::of).filter(|found| *found != Value::Null).map(Value::text);
    take(&names.iter().map(cell).collect::<Vec<_>>());
}

/// Bytes as text, unpacked if they are gzip; bytes that are no UTF-8 are marked.
///
/// # Errors
/// If it is packed wrongly, or another way, or is longer than `most`.
pub(super) fn unpacked(bytes: &[u8], most: u64) -> Result<String, String> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Err("it is a zip archive; unpack it, and read its file".to_owned());
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(String::from_utf8_lossy(bytes).into_owned());
    }
    let mut plain = Vec::new();
    MultiGzDecoder::new(bytes).take(most + 1).read_to_end(&mut plain).map_err(|error| error.to_string())?;
    if plain.len() as u64 > most {
        return Err(format!("it is longer than {} MB unpacked", most >> 20));
    }
    Ok(String::from_utf8_lossy(&plain).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(format: &str, ignore_first: bool, text: &str, names: &[&str]) -> Vec<String> {
        let mut rows = Vec::new();
        let layout = Layout { format: Format::of_name(format).expect("format"), ignore_first };
        let read = layout.read(text, names, &mut |row| {
            rows.push(row.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect::<Vec<_>>().join("|"));
        });
        rows.extend(read.err());
        rows
    }

    #[test]
    fn cells_are_cut_at_marks_outside_of_quotes() {
        let text = "a,b\r\n\"x, \"\"y\"\"\nz\",2\n\n3,\n\"open";
        assert_eq!(rows("csv", false, text, &[]), ["a|b", "x, \"y\"\nz|2", "3|", "open"]);
        assert_eq!(rows("csv", true, text, &[]).len(), 3);
        assert_eq!(rows("tsv", false, "a\tb,c", &[]), ["a|b,c"]);
        assert_eq!(rows("txt", false, "a,b\nc", &[]), ["a,b", "c"]);
        assert_eq!(rows("csv", false, "a,", &[]), ["a|"]);
        assert!(rows("csv", false, "", &[]).is_empty());
    }

    #[test]
    fn objects_give_the_members_of_the_columns_names() {
        let names = ["a", "b"];
        assert_eq!(
            rows("json", false, "{\"a\":1,\"b\":{\"c\":[2]}}\n{\"b\":\"x\\ny\"}", &names),
            ["1|{\"c\":[2]}", "-|x\ny"]
        );
        assert_eq!(rows("multijson", false, "[{\"a\":1},{\"a\":2},3]", &names), ["1|-", "2|-"]);
    }

    #[test]
    fn json_that_ends_too_early_or_is_none_is_told() {
        let names = ["a"];
        let cut = "its JSON is cut off in the value that starts at byte 8";
        assert_eq!(rows("json", false, "{\"a\":1}\n{\"a\":", &names), ["1", cut]);
        assert_eq!(rows("json", false, "{\"a\":1}\n=", &names), ["1", "it is not JSON from byte 8 on"]);
    }

    #[test]
    fn formats_are_told_by_endings() {
        assert_eq!(Format::of_file("https://example.org/a/list.csv.gz?x=1.json"), Some(Format::Delimited(',')));
        assert_eq!(Format::of_file("feed.json"), Some(Format::Json));
        assert_eq!(Format::of_file("https://example.org/feed"), None);
        assert!(unpacked(b"PK\x03\x04rest", 10).is_err());
    }
}
