//! What could not be read: counted always, and told where somebody asked.
//!
//! A reject never stops a scan (unless the engine is strict) and never takes a good row with it.

use std::fmt;

/// What kind of thing could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RejectKind {
    /// The bytes of a blob end or break: a cut gzip stream, a damaged Avro block.
    Bytes,
    /// A record that is cut off: half a last line.
    Cut,
    /// A record that is not JSON.
    Broken,
    /// Text between records that is no record: a bare number, a run of NUL bytes.
    Stray,
    /// A record longer than the limit.
    TooLong,
    /// A record without category in a blob whose path names no table.
    NoTable,
    /// A record of a category that no table stands for.
    UnknownCategory,
    /// A record of another table than the one that the blob's path names.
    Foreign,
    /// A record with bytes that are not UTF-8; the row is kept, with U+FFFD in their place.
    Encoding,
    /// A cell that does not fit its column; the row is kept, the cell is null.
    Cell,
}

impl RejectKind {
    /// The word for this kind in `huntql.rejects`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Cut => "cut",
            Self::Broken => "broken",
            Self::Stray => "stray",
            Self::TooLong => "too long",
            Self::NoTable => "no table",
            Self::UnknownCategory => "unknown category",
            Self::Foreign => "foreign",
            Self::Encoding => "encoding",
            Self::Cell => "cell",
        }
    }

    /// True if the row is kept in spite of it.
    pub fn keeps_row(self) -> bool {
        matches!(self, Self::Encoding | Self::Cell)
    }
}

impl fmt::Display for RejectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where in a blob a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The line it starts on, from 1; 0 if lines were not counted (a range in the middle of a blob, or Avro).
    pub line: u64,
    /// The ordinal of the record in the blob, from 1; 0 if records were not counted.
    pub record: u64,
    /// Bytes before it in the unpacked blob, or in the message for Avro.
    pub offset: u64,
    /// True if lines are what people count in this blob; else records.
    pub by_line: bool,
}

impl Place {
    /// The number by which people find the record again: its line in JSON lines, its ordinal in any other frame; 0 if not counted.
    pub fn number(&self) -> u64 {
        if self.by_line { self.line } else { self.record }
    }
}

/// One thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// What kind of thing.
    pub kind: RejectKind,
    /// Where in its blob.
    pub place: Place,
    /// The table, if known.
    pub table: Option<String>,
    /// The column, for a cell.
    pub column: Option<String>,
    /// Why, as a sentence for people.
    pub reason: String,
    /// The beginning of the text in question.
    pub text: String,
}

/// How much of the text in question a reject shows.
const SHOWN: usize = 200;

/// Collects the rejects of one blob.
#[derive(Debug, Default)]
pub struct Rejects {
    records: u64,
    cells: u64,
    foreign: u64,
    told: Option<Vec<Reject>>,
}

impl Rejects {
    /// A collector that also keeps each reject to be told.
    pub fn telling() -> Self {
        Self { told: Some(Vec::new()), ..Self::default() }
    }

    /// Counts a reject; `tell` gives its table, column, reason and text, and is only asked if rejects are kept.
    pub fn add<'a>(&mut self, kind: RejectKind, place: Place, tell: impl FnOnce() -> Told<'a>) {
        if kind.keeps_row() {
            self.cells += 1;
        } else {
            self.records += 1;
            self.foreign += u64::from(kind == RejectKind::Foreign);
        }
        if let Some(told) = &mut self.told {
            let Told { table, column, reason, text } = tell();
            let (table, column) = (table.map(str::to_owned), column.map(str::to_owned));
            told.push(Reject { kind, place, table, column, reason, text: beginning(text) });
        }
    }

    /// Records and cells lost since the last call, and how many of the records were foreign.
    pub fn take_counts(&mut self) -> (u64, u64, u64) {
        (std::mem::take(&mut self.records), std::mem::take(&mut self.cells), std::mem::take(&mut self.foreign))
    }

    /// Takes the rejects kept since the last call.
    pub fn take(&mut self) -> Vec<Reject> {
        self.told.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

/// What a reject says besides its kind and place.
pub struct Told<'a> {
    /// The table, if known.
    pub table: Option<&'a str>,
    /// The column, for a cell.
    pub column: Option<&'a str>,
    /// Why, as a sentence.
    pub reason: String,
    /// The bytes in question.
    pub text: &'a [u8],
}

impl<'a> Told<'a> {
    /// A reason about some bytes, with no table or column to name.
    pub fn about(text: &'a [u8], reason: impl Into<String>) -> Self {
        Self { table: None, column: None, reason: reason.into(), text }
    }
}

fn beginning(text: &[u8]) -> String {
    let cut = &text[..text.len().min(SHOWN)];
    let mut shown = String::from_utf8_lossy(cut).into_owned();
    if cut.len() < text.len() {
        shown.push('…');
    }
    shown
}
