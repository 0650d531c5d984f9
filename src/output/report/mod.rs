//! The report of a batch: one self-contained page that tells what hunts found, for people who were not there.
//!
//! Nothing is fetched from anywhere and no server is needed: style and script stand in the page, pictures are SVG in it. Every value is
//! escaped where it is put in, since a row can hold whatever an attacker wrote. Reads no data: a [`Report`] is all it knows.

mod matrix;
mod page;

use std::collections::BTreeMap;

pub use page::html;

/// What a report tells.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// When the run began, as people read it.
    pub began: String,
    /// What names the run.
    pub run: String,
    /// One sentence that sums it up.
    pub summary: String,
    /// What was read, and what was not and why, a sentence each.
    pub reading: Vec<String>,
    /// The hunts in the order of their run.
    pub hunts: Vec<HuntReport>,
}

/// What a report tells of a hunt.
#[derive(Debug, Clone, Default)]
pub struct HuntReport {
    /// What people call it.
    pub name: String,
    /// What it looks for.
    pub description: String,
    /// How bad a hit is: high, medium, low, informational or nothing.
    pub severity: String,
    /// ATT&CK tactics.
    pub tactics: Vec<String>,
    /// ATT&CK techniques.
    pub techniques: Vec<String>,
    /// What became of it.
    pub status: Status,
    /// The rows it found.
    pub rows: u64,
    /// How long it took.
    pub seconds: f64,
    /// Bytes it read.
    pub bytes: u64,
    /// Why it failed.
    pub error: Option<String>,
    /// Sentences about how the answer came to be.
    pub notes: Vec<String>,
    /// The file of its rows, as a link from where the report lies.
    pub file: Option<String>,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its first rows, a text for each column.
    pub first: Vec<Vec<String>>,
    /// Its rows by the hour of their event, in hours since 1970.
    pub hours: BTreeMap<i64, u64>,
    /// How often each device, account and address is in its rows.
    pub named: BTreeMap<Kind, BTreeMap<String, u64>>,
}

/// What became of a hunt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It found what it looks for.
    Hit,
    /// It could not be run.
    Failed,
    /// It found nothing.
    #[default]
    Nothing,
}

impl Status {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Failed => "failed",
            Self::Nothing => "nothing",
        }
    }
}

/// A kind of thing that rows name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "three words")]
pub enum Kind {
    Device,
    Account,
    Address,
}

impl Kind {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 3] = [Self::Device, Self::Account, Self::Address];

    /// The heading over a list of them.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Device => "Devices",
            Self::Account => "Accounts",
            Self::Address => "Addresses",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let hostile = "<script>alert('x')</script>\"&";
        let hit = HuntReport {
            name: hostile.to_owned(),
            description: hostile.to_owned(),
            severity: "high".to_owned(),
            tactics: vec!["CredentialAccess".to_owned()],
            techniques: vec!["T1003.001".to_owned()],
            status: Status::Hit,
            rows: 1_234,
            file: Some("a b<.parquet".to_owned()),
            columns: vec!["DeviceName".to_owned(), hostile.to_owned()],
            first: vec![vec![hostile.to_owned(), "2".to_owned()]],
            hours: BTreeMap::from([(497_000, 2), (497_005, 9)]),
            named: BTreeMap::from([(Kind::Device, BTreeMap::from([(hostile.to_owned(), 3), ("b".to_owned(), 7)]))]),
            ..HuntReport::default()
        };
        let failed = HuntReport {
            name: "Broken".to_owned(),
            status: Status::Failed,
            error: Some(hostile.to_owned()),
            ..HuntReport::default()
        };
        Report { began: "then".into(), summary: hostile.into(), hunts: vec![failed, hit], ..Report::default() }
    }

    #[test]
    fn every_value_is_shown_as_text() {
        let page = html(&report());
        assert!(!page.contains("<script>alert"), "a value became markup");
        assert!(page.matches("&lt;script&gt;alert('x')&lt;/script&gt;&quot;&amp;").count() >= 6);
        assert!(page.contains("1,234") && page.contains("T1003.001") && page.contains("Credential Access"));
    }

    #[test]
    fn nothing_is_fetched() {
        let page = html(&report());
        for outside in ["http:", "src=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        // Links lead to files beside the report.
        assert_eq!(page.matches("href=\"a%20b%3C.parquet\"").count(), 1);
    }

    #[test]
    fn a_report_of_nothing_is_a_page() {
        assert!(html(&Report::default()).starts_with("<!DOCTYPE html>"));
    }
}
