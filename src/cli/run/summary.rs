//! What became of a run's hunts, for programs: `summary.json` and `summary.parquet` beside the results.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use serde::Serialize;

use crate::cli::failure::{Failure, Outcome};
use crate::hunt::{self, Hunt, HuntError};
use crate::output::RowWriter;
use crate::output::export::{ExportOptions, ExportWriter};

/// A run.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    /// What names the run.
    pub(super) run: String,
    /// When it began, as ISO 8601.
    pub(super) began: String,
    pub(super) version: &'static str,
    /// False if it was stopped before its last hunt.
    pub(super) complete: bool,
    pub(super) hunts: Vec<Record>,
}

/// What became of a hunt.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Record {
    /// Its place in its pack; of a file that cannot be read, the file.
    pub(super) hunt: String,
    pub(super) id: Option<String>,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) severity: Option<&'static str>,
    pub(super) tactics: Vec<String>,
    pub(super) techniques: Vec<String>,
    /// `hit`, `nothing` or `failed`.
    pub(super) status: &'static str,
    pub(super) rows: u64,
    pub(super) seconds: f64,
    pub(super) bytes_scanned: u64,
    pub(super) blobs_pruned: u64,
    pub(super) notes: Vec<String>,
    pub(super) error: Option<String>,
    /// The file of its rows, from the summary's folder on.
    pub(super) results: Option<String>,
}

impl Record {
    /// What became of a hunt, which took so long.
    pub(super) fn of(hunt: &Result<Hunt, HuntError>, ran: &Result<hunt::Outcome, HuntError>, seconds: f64) -> Self {
        let said = match hunt {
            Ok(hunt) => {
                let metadata = &hunt.metadata;
                Self {
                    hunt: hunt.key.clone(),
                    id: metadata.id.clone(),
                    name: metadata.name.clone(),
                    path: hunt.path.display().to_string(),
                    severity: metadata.severity.map(hunt::Severity::name),
                    tactics: metadata.tactics.clone(),
                    techniques: metadata.techniques.clone(),
                    ..Self::default()
                }
            }
            Err(error) => {
                let path = error.path.display().to_string();
                Self { hunt: path.clone(), name: path.clone(), path, ..Self::default() }
            }
        };
        match ran {
            Ok(outcome) => Self {
                status: if is_hit(hunt, outcome) { "hit" } else { "nothing" },
                rows: outcome.rows,
                seconds,
                bytes_scanned: outcome.counters.bytes_scanned,
                blobs_pruned: outcome.counters.blobs_pruned,
                notes: outcome.notes.clone(),
                ..said
            },
            Err(error) => Self { status: "failed", seconds, error: Some(error.to_string()), ..said },
        }
    }
}

/// Whether a hunt found what it looks for.
pub(super) fn is_hit(hunt: &Result<Hunt, HuntError>, outcome: &hunt::Outcome) -> bool {
    hunt.as_ref().is_ok_and(|hunt| hunt.metadata.trigger.is_met_by(outcome.rows))
}

impl Summary {
    /// The hunts that ran to their end.
    pub(super) fn done(&self) -> Vec<&str> {
        self.hunts.iter().filter(|hunt| hunt.status != "failed").map(|hunt| hunt.hunt.as_str()).collect()
    }

    /// Writes both files into a folder, each whole or not at all.
    pub(super) fn write(&self, folder: &Path) -> Outcome {
        let cannot = |path: &Path, error: &dyn std::fmt::Display| {
            Failure::trouble(format!("cannot write {}: {error}", path.display()))
        };
        std::fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
        let path = folder.join("summary.json");
        let text = serde_json::to_string_pretty(self).map_err(|error| cannot(&path, &error))?;
        super::write_whole(&path, (text + "\n").as_bytes())?;
        let rows = self.rows().map_err(|error| cannot(&path, &error))?;
        let options = ExportOptions {
            sort: Some(Vec::new()),
            overwrite: true,
            metadata: vec![("huntql.run".to_owned(), self.run.clone())],
            ..ExportOptions::default()
        };
        let mut writer = ExportWriter::create(&folder.join("summary.parquet"), rows.schema(), &options)?;
        writer.write(&rows)?;
        writer.finish()?;
        Ok(())
    }

    /// A row for each hunt; lists are texts with commas.
    fn rows(&self) -> Result<RecordBatch, datafusion::arrow::error::ArrowError> {
        let text = |of: fn(&Record) -> String| -> ArrayRef {
            Arc::new(self.hunts.iter().map(|hunt| Some(of(hunt))).collect::<StringArray>())
        };
        let some = |of: fn(&Record) -> Option<String>| -> ArrayRef {
            Arc::new(self.hunts.iter().map(of).collect::<StringArray>())
        };
        let number =
            |of: fn(&Record) -> u64| -> ArrayRef { Arc::new(self.hunts.iter().map(of).collect::<UInt64Array>()) };
        let seconds: ArrayRef = Arc::new(self.hunts.iter().map(|hunt| hunt.seconds).collect::<Float64Array>());
        let run: ArrayRef = Arc::new(self.hunts.iter().map(|_| Some(self.run.as_str())).collect::<StringArray>());
        RecordBatch::try_from_iter([
            ("run", run),
            ("hunt", text(|hunt| hunt.hunt.clone())),
            ("id", some(|hunt| hunt.id.clone())),
            ("name", text(|hunt| hunt.name.clone())),
            ("severity", some(|hunt| hunt.severity.map(str::to_owned))),
            ("tactics", text(|hunt| hunt.tactics.join(", "))),
            ("techniques", text(|hunt| hunt.techniques.join(", "))),
            ("status", text(|hunt| hunt.status.to_owned())),
            ("rows", number(|hunt| hunt.rows)),
            ("seconds", seconds),
            ("bytes_scanned", number(|hunt| hunt.bytes_scanned)),
            ("notes", text(|hunt| hunt.notes.join("\n"))),
            ("error", some(|hunt| hunt.error.clone())),
            ("results", some(|hunt| hunt.results.clone())),
        ])
    }
}
