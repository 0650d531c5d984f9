//! What was written: counts that tests and people can rely on.

use super::quirk::Quirk;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What [`super::write_sample`] wrote.
#[derive(Clone, Debug, Serialize)]
pub struct SampleSummary {
    /// Rows of each table, by its category: different rows, those of the intrusion among them. Rows without a table
    /// of their own name (see [`Quirk::UnknownCategory`]) are under the name they carry.
    pub tables: BTreeMap<&'static str, TableCount>,
    /// How often each quirk is there. Empty if none were asked for.
    pub quirks: BTreeMap<Quirk, u64>,
    /// Files written: blobs, dumps, exports.
    pub blobs: u64,
    /// Their size on disk, in bytes.
    pub bytes: u64,
    /// Their size before compression, in bytes.
    pub plain_bytes: u64,
    /// The intrusion that is to be found.
    pub intrusion: Intrusion,
    /// How long it took.
    #[serde(serialize_with = "seconds", rename = "seconds")]
    pub elapsed: Duration,
}

/// The rows of one table.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct TableCount {
    /// Different rows.
    pub rows: u64,
    /// Lines besides them that bring one of these rows again.
    pub redelivered: u64,
    /// Lines besides them that hold bytes which are not UTF-8: one row each to a reader that replaces such bytes.
    pub damaged: u64,
}

/// The planted intrusion: what an analyst should end up knowing.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Intrusion {
    /// When the first mail came, RFC 3339.
    pub start: String,
    /// When the last step was taken, RFC 3339.
    pub end: String,
    /// The device of the person who clicked.
    pub device: String,
    /// The server that was reached from there.
    pub server: String,
    /// Who clicked.
    pub account: String,
    /// The administrator whose credentials were taken.
    pub admin_account: String,
    /// The account that the intruder made.
    pub new_account: String,
    /// Who the mail says it is from.
    pub sender: String,
    /// The link in the mail.
    pub url: String,
    /// The `NetworkMessageId` of the mail that was clicked.
    pub network_message_id: String,
    /// The document, and its SHA-256.
    pub document: String,
    /// SHA-256 of the document.
    pub document_sha256: String,
    /// The script that the document starts, decoded.
    pub script: String,
    /// SHA-256 of the program that stays.
    pub implant_sha256: String,
    /// The address the implant reports to, and its name.
    pub command_and_control: String,
    /// The address the data went to.
    pub exfiltration: String,
    /// The address from which the mailbox and the files were read.
    pub cloud_address: String,
    /// The steps in order of time.
    pub steps: Vec<Step>,
    /// Rows planted, by table.
    pub rows: BTreeMap<&'static str, u64>,
}

/// One step of the intrusion.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Step {
    /// When it began, RFC 3339.
    pub time: String,
    /// The MITRE ATT&CK technique.
    pub technique: &'static str,
    /// What happened.
    pub what: String,
}

impl SampleSummary {
    /// All different rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.values().map(|count| count.rows).sum()
    }

    /// How often a quirk is there.
    #[must_use]
    pub fn quirk(&self, quirk: Quirk) -> u64 {
        self.quirks.get(&quirk).copied().unwrap_or(0)
    }
}

impl fmt::Display for SampleSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        writeln!(
            f,
            "{} rows of {} tables in {} files, {:.1} MB on disk ({:.1} MB plain), written in {:.1} s",
            self.rows(),
            self.tables.len(),
            self.blobs,
            megabytes(self.bytes),
            megabytes(self.plain_bytes),
            self.elapsed.as_secs_f64()
        )?;
        for (table, count) in &self.tables {
            writeln!(f, "  {table:<28} {:>12}", count.rows)?;
        }
        if !self.quirks.is_empty() {
            writeln!(f, "oddities of real streams:")?;
            for (quirk, count) in &self.quirks {
                writeln!(f, "  {:<28} {count:>12}", format!("{quirk:?}"))?;
            }
        }
        writeln!(f, "the intrusion, {} to {}, {} rows:", self.intrusion.start, self.intrusion.end, self.planted())?;
        for step in &self.intrusion.steps {
            writeln!(f, "  {} {:<10} {}", step.time, step.technique, step.what)?;
        }
        Ok(())
    }
}

impl SampleSummary {
    fn planted(&self) -> u64 {
        self.intrusion.rows.values().sum()
    }
}

fn seconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(elapsed.as_secs_f64())
}

/// Counts of one blob or of several.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) tables: BTreeMap<&'static str, TableCount>,
    pub(super) quirks: BTreeMap<Quirk, u64>,
    pub(super) blobs: u64,
    pub(super) bytes: u64,
    rows: u64,
}

impl Tally {
    pub(super) fn row(&mut self, table: &'static str) {
        self.rows += 1;
        self.tables.entry(table).or_default().rows += 1;
    }

    pub(super) fn redelivered(&mut self, table: &'static str) {
        self.tables.entry(table).or_default().redelivered += 1;
    }

    pub(super) fn damaged(&mut self, table: &'static str) {
        self.tables.entry(table).or_default().damaged += 1;
    }

    pub(super) fn quirk(&mut self, quirk: Quirk) {
        *self.quirks.entry(quirk).or_default() += 1;
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn add(&mut self, other: Tally) {
        for (table, count) in other.tables {
            let own = self.tables.entry(table).or_default();
            own.rows += count.rows;
            own.redelivered += count.redelivered;
            own.damaged += count.damaged;
        }
        for (quirk, count) in other.quirks {
            *self.quirks.entry(quirk).or_default() += count;
        }
        self.blobs += other.blobs;
        self.bytes += other.bytes;
        self.rows += other.rows;
    }
}
