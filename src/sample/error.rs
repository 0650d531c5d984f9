//! What can go wrong while a sample is written.

use std::io;
use std::path::{Path, PathBuf};

/// Why there is no sample, or only part of one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// The folder has something in it.
    #[error("{}: the folder is not empty; name a new one, so that two samples do not mix", .0.display())]
    NotEmpty(PathBuf),
    /// A folder or file could not be made or written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The folder or file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Fewer rows were asked for than the intrusion alone has.
    #[error("{rows} rows are too few: the intrusion alone has {least}; ask for --rows {least} or more")]
    TooFewRows {
        /// The rows asked for.
        rows: u64,
        /// The least there can be, with these tables.
        least: u64,
    },
    /// A sample needs an hour to be in.
    #[error("a sample of 0 hours holds nothing; ask for --hours 1 or more")]
    NoHours,
    /// A table that the sample does not have.
    #[error("the sample has no table {name:?}; it has {known}")]
    UnknownTable {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The Avro writer refused.
    #[error("a Capture file could not be made: {0}")]
    Capture(String),
    /// Whoever asked for it wants no more.
    #[error("the sample was stopped before its end; the folder is incomplete")]
    Stopped,
    /// A writing thread stopped without a word.
    #[error("a thread that writes the sample stopped early; the folder is incomplete")]
    Thread,
    /// The built-in data contradicts itself: a fault of this program.
    #[error("the sample's built-in data is wrong ({file}): {problem}; please report this")]
    Data {
        /// The data file.
        file: &'static str,
        /// What is wrong.
        problem: String,
    },
}

impl SampleError {
    pub(super) fn data(file: &'static str, problem: String) -> Self {
        Self::Data { file, problem }
    }

    pub(super) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }
}
