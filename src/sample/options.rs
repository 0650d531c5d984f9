//! What a sample is asked to be.

use super::clock::{Ticks, Window};
use chrono::{DateTime, Utc};

/// What [`super::write_sample`] is to write. Equal options give equal bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SampleOptions {
    /// How many hours of receipt the rows are spread over, ending at [`SampleOptions::end`]. At least 1.
    pub hours: u32,
    /// How many different rows there are, over all tables. What is delivered twice counts once.
    pub rows: u64,
    /// Another seed is another sample; the intrusion stays.
    pub seed: u64,
    /// The end of the last hour. Cut to whole hours.
    pub end: DateTime<Utc>,
    /// Whether the quirks of real streams are there; without them every line is as usual.
    pub quirks: bool,
    /// Only these tables, in any letter case; all if empty.
    pub only_tables: Vec<String>,
    /// Whether a share of the rows is in hub dumps and in a workspace export, and not in the storage account's blobs.
    pub hub_dumps: bool,
    /// Whether some blobs and dumps are compressed.
    pub compress: Compression,
    /// How the rows lie in files.
    pub layout: Layout,
}

impl Default for SampleOptions {
    /// A day of 50,000 rows, everything in it, ending on 2026-10-02.
    fn default() -> Self {
        Self {
            hours: 24,
            rows: 50_000,
            seed: 1,
            end: DateTime::from_timestamp(1_790_899_200, 0).unwrap_or_default(),
            quirks: true,
            only_tables: Vec::new(),
            hub_dumps: true,
            compress: Compression::Mixed,
            layout: Layout::Location,
        }
    }
}

impl SampleOptions {
    /// The hours of receipt that the sample covers, in order.
    pub(super) fn windows(&self) -> Vec<Window> {
        let end = Ticks::from_utc(self.end);
        let count = i64::from(self.hours);
        let start = |hour| end.minus(Ticks((count - hour) * Ticks::HOUR.0));
        (0..count).map(|hour| Window { start: start(hour), length: Ticks::HOUR }).collect()
    }
}

/// Whether blobs and dumps are compressed. Blocks of Capture files always are, by turns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Compression {
    /// None are.
    None,
    /// Some are gzip or zstd, mostly with the ending that says so.
    Mixed,
}

/// How the rows lie in files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Layout {
    /// A folder as people have them: `blobs/` with the containers of a storage account, `hub/` with dumps, `export/`
    /// with a Log Analytics export.
    Location,
    /// One file `records.json`, a single line `{"records":[…]}` with all rows and no quirks.
    OneRecordsDocument,
}
