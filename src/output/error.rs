//! Why rows could not be written.

use std::io;
use std::path::{Path, PathBuf};

use datafusion::arrow::error::ArrowError;
use datafusion::parquet::errors::ParquetError;

use crate::engine::{Error, ErrorKind};

/// Why rows could not be written, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Whoever read the output has stopped, as `head` does. Not trouble: end quietly.
    #[error("nobody reads the output any more")]
    BrokenPipe,
    /// The sink refused bytes.
    #[error("cannot write the output: {0}")]
    Sink(#[source] io::Error),
    /// A file or folder could not be written.
    #[error("cannot write {}: {cause}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        cause: io::Error,
    },
    /// The format has no place for a type.
    #[error(
        "column {column} has the type {kind}, which {format} files cannot hold; cast it, for example CAST({column} AS VARCHAR)"
    )]
    Type {
        /// The column.
        column: String,
        /// Its Arrow type.
        kind: String,
        /// The format.
        format: &'static str,
    },
    /// What was asked for cannot be done: an unknown column, a folder that is in use. The sentence says what to do.
    #[error("{0}")]
    Setting(String),
    /// Arrow or Parquet could not encode the rows; likely a defect.
    #[error("cannot encode the rows: {0}")]
    Encode(String),
}

impl OutputError {
    pub(super) fn file(path: &Path, cause: io::Error) -> Self {
        Self::File { path: path.to_owned(), cause }
    }
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::BrokenPipe } else { Self::Sink(error) }
    }
}

impl From<ArrowError> for OutputError {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, error) => error.into(),
            other => Self::Encode(other.to_string()),
        }
    }
}

impl From<ParquetError> for OutputError {
    /// Parquet boxes the sink's errors.
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::External(cause) => match cause.downcast::<io::Error>() {
                Ok(error) => (*error).into(),
                Err(cause) => Self::Encode(cause.to_string()),
            },
            other => Self::Encode(other.to_string()),
        }
    }
}

impl From<OutputError> for Error {
    fn from(error: OutputError) -> Self {
        let kind = match error {
            OutputError::BrokenPipe | OutputError::Sink(_) | OutputError::File { .. } => ErrorKind::Io,
            OutputError::Type { .. } => ErrorKind::Query,
            OutputError::Setting(_) => ErrorKind::Setting,
            OutputError::Encode(_) => ErrorKind::Internal,
        };
        Self::new(kind, error.to_string()).with_source(error)
    }
}
