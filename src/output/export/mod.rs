//! Export to Parquet: one file or a folder of them, partitioned, sized, and there whole or not at all.
//!
//! The rows come sorted: the caller asks [`ExportLayout::order`] for the order and puts it into the query. Files are written under
//! temporary names beside their final ones and get those only in [`ExportWriter::finish`], all in one go; an export that is killed
//! leaves temporary files, which the next export to the same place removes.

mod compression;
mod layout;
mod partition;
pub(super) mod properties;
mod target;

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;

pub use compression::Compression;
pub use layout::ExportLayout;
pub use partition::Partition;

use super::{OutputError, RowWriter, names};
use target::Target;

/// How an export is laid out.
#[derive(Debug, Clone)]
pub struct ExportOptions {
    /// Folders within folders, outermost first; none writes no folders.
    pub partition_by: Vec<Partition>,
    /// Columns that the rows of a file are sorted by, ascending, nulls last. `None` sorts by the event time if the rows have it;
    /// an empty list does not sort.
    pub sort: Option<Vec<String>>,
    /// The column that holds the event's own time, for `day` and `hour` and for the default order.
    pub time_column: String,
    /// How pages are compressed.
    pub compression: Compression,
    /// Rows after which a file ends and the next begins.
    pub rows_per_file: Option<u64>,
    /// Rows of a row group at most; a group also ends when it takes 128 MB of memory.
    pub row_group_rows: usize,
    /// Replace what an earlier export left at the target.
    pub overwrite: bool,
    /// Pairs for the files' metadata, such as the table, the query and the run; the version of huntql is always there.
    pub metadata: Vec<(String, String)>,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            partition_by: Vec::new(),
            sort: None,
            time_column: "Timestamp".to_owned(),
            compression: Compression::default(),
            rows_per_file: None,
            row_group_rows: 256 * 1024,
            overwrite: false,
            metadata: Vec::new(),
        }
    }
}

/// What an export has written so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows.
    pub rows: u64,
    /// Bytes of Parquet, those of the row group under way estimated.
    pub bytes: u64,
    /// Files, the open one included.
    pub files: u64,
}

/// Hears of an export's progress, after every batch.
pub type OnProgress = Box<dyn FnMut(Written) + Send>;

/// Writes batches, sorted as [`ExportLayout::order`] says, to Parquet files.
///
/// Rows that come in another order are not lost: a partition that comes up again gets another file.
pub struct ExportWriter {
    schema: SchemaRef,
    layout: ExportLayout,
    properties: WriterProperties,
    rows_per_file: u64,
    target: Target,
    open: Option<OpenFile>,
    /// Files begun in each folder.
    parts: HashMap<PathBuf, usize>,
    closed: Written,
    on_progress: Option<OnProgress>,
}

struct OpenFile {
    writer: ArrowWriter<File>,
    path: PathBuf,
    folder: PathBuf,
    rows: u64,
}

impl ExportWriter {
    /// Begins an export to `target`: a file if it ends in `.parquet`, else a folder, which is made if need be.
    ///
    /// # Errors
    /// [`OutputError::Setting`] if the options name what is not there, if something is at the target already and
    /// [`ExportOptions::overwrite`] is off, or if another export writes there now; [`OutputError::Type`] for a type that Parquet
    /// cannot hold; [`OutputError::File`] if the place cannot be written.
    pub fn create(target: &Path, schema: SchemaRef, options: &ExportOptions) -> Result<Self, OutputError> {
        let schema = names::distinct(&schema);
        let layout = ExportLayout::new(options, &schema)?;
        let properties = properties::writer(options, &layout, &schema)?;
        properties::check_types(&schema)?;
        Ok(Self {
            target: Target::claim(target, options)?,
            rows_per_file: options.rows_per_file.unwrap_or(u64::MAX).max(1),
            schema,
            layout,
            properties,
            open: None,
            parts: HashMap::new(),
            closed: Written::default(),
            on_progress: None,
        })
    }

    /// Calls `hear` after every batch.
    #[must_use]
    pub fn on_progress(mut self, hear: impl FnMut(Written) + Send + 'static) -> Self {
        self.on_progress = Some(Box::new(hear));
        self
    }

    /// What has been written so far.
    pub fn written(&self) -> Written {
        let Some(open) = &self.open else { return self.closed };
        let bytes = open.writer.bytes_written() + open.writer.in_progress_size();
        Written {
            rows: self.closed.rows + open.rows,
            bytes: self.closed.bytes + bytes as u64,
            files: self.closed.files + 1,
        }
    }

    /// Writes rows of one folder, in as many files as they need.
    fn write_part(&mut self, folder: &Path, mut rows: RecordBatch) -> Result<(), OutputError> {
        while rows.num_rows() > 0 {
            let per_file = self.rows_per_file;
            let open = self.file_for(folder)?;
            let room = usize::try_from(per_file - open.rows).unwrap_or(usize::MAX);
            let fitting = rows.slice(0, rows.num_rows().min(room));
            open.writer.write(&fitting)?;
            properties::bound_memory(&mut open.writer)?;
            open.rows += fitting.num_rows() as u64;
            rows = rows.slice(fitting.num_rows(), rows.num_rows() - fitting.num_rows());
        }
        Ok(())
    }

    /// The open file if it is of this folder and has room, else a new one.
    fn file_for(&mut self, folder: &Path) -> Result<&mut OpenFile, OutputError> {
        let open = self.open.take_if(|open| open.folder == folder && open.rows < self.rows_per_file);
        let open = match open {
            Some(open) => open,
            None => {
                self.close_file()?;
                self.begin_file(folder)?
            }
        };
        Ok(self.open.insert(open))
    }

    fn begin_file(&mut self, folder: &Path) -> Result<OpenFile, OutputError> {
        let part = self.parts.entry(folder.to_owned()).or_default();
        let (file, path) = self.target.begin(folder, *part)?;
        *part += 1;
        let writer = properties::open(file, &self.schema, self.properties.clone())?;
        Ok(OpenFile { writer, path, folder: folder.to_owned(), rows: 0 })
    }

    fn close_file(&mut self) -> Result<(), OutputError> {
        if let Some(mut open) = self.open.take() {
            open.writer.finish()?;
            open.writer.inner().sync_all().map_err(|cause| OutputError::file(&open.path, cause))?;
            self.closed.rows += open.rows;
            self.closed.bytes += open.writer.bytes_written() as u64;
            self.closed.files += 1;
        }
        Ok(())
    }
}

impl RowWriter for ExportWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let batch = names::batch(&self.schema, batch.columns().to_vec(), batch.num_rows())?;
        for (folder, range) in self.layout.split(&batch)? {
            self.write_part(&folder, batch.slice(range.start, range.len()))?;
        }
        let written = self.written();
        if let Some(hear) = &mut self.on_progress {
            hear(written);
        }
        Ok(())
    }

    /// Does nothing: nobody reads a file of an export before its end.
    fn flush(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    /// Gives all files their final names; until then the target is as it was. An export without rows is one file without rows, so
    /// that its columns can be read.
    fn finish(&mut self) -> Result<u64, OutputError> {
        if self.parts.is_empty() {
            self.open = Some(self.begin_file(Path::new(""))?);
        }
        self.close_file()?;
        self.target.settle()?;
        Ok(self.closed.rows)
    }
}

#[cfg(test)]
mod tests;
