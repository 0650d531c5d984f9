//! Where the rows of a hunt go: into a file that is there when it is whole, or nowhere.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use tempfile::NamedTempFile;

use crate::engine::Answer;
use crate::hunt::{Hunt, Sink, SinkError};
use crate::output::export::{ExportOptions, ExportWriter};
use crate::output::{self, Format, RowWriter, Style};
use crate::shell::beside;

/// The folder of a run's results, and how they are written.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) format: Format,
    /// What names the run.
    pub(super) run: String,
}

impl Folder {
    /// The file of a hunt's rows, from the folder on.
    pub(super) fn file_of(&self, hunt: &Hunt) -> String {
        format!("{}.{}", hunt.key, self.format.extension())
    }
}

/// The file of one hunt.
pub(super) struct Results {
    file: Option<Target>,
    writer: Option<Writer>,
}

struct Target {
    path: PathBuf,
    format: Format,
    /// For the file's metadata, where it can hold any.
    metadata: Vec<(String, String)>,
}

enum Writer {
    /// Replaces the file of an earlier run when it is whole.
    Parquet(Box<ExportWriter>),
    Text(Box<dyn RowWriter>, NamedTempFile),
}

impl Results {
    pub(super) fn of(hunt: &Hunt, folder: Option<&Folder>) -> Self {
        let file = folder.map(|folder| {
            let id = hunt.metadata.id.as_ref().unwrap_or(&hunt.key);
            let metadata = [("huntql.hunt", id), ("huntql.run", &folder.run)];
            let metadata = metadata.map(|(key, value)| (key.to_owned(), value.clone())).to_vec();
            Target { path: folder.path.join(folder.file_of(hunt)), format: folder.format, metadata }
        });
        Self { file, writer: None }
    }
}

impl Sink for Results {
    fn begin(&mut self, answer: &Answer) -> Result<(), SinkError> {
        let Some(Target { path, format, metadata }) = &self.file else { return Ok(()) };
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
        self.writer = Some(if *format == Format::Parquet {
            // The order of the rows is the hunt's, and the file of an earlier run makes way.
            let options = ExportOptions {
                sort: Some(Vec::new()),
                overwrite: true,
                metadata: metadata.clone(),
                ..ExportOptions::default()
            };
            Writer::Parquet(Box::new(ExportWriter::create(path, Arc::clone(answer.schema()), &options)?))
        } else {
            let temporary = beside(folder)?;
            let sink: Box<BufWriter<File>> = Box::new(BufWriter::new(temporary.reopen()?));
            Writer::Text(output::writer(*format, Arc::clone(answer.schema()), sink, &Style::default())?, temporary)
        });
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<(), SinkError> {
        match &mut self.writer {
            Some(Writer::Parquet(writer)) => Ok(writer.write(batch)?),
            Some(Writer::Text(writer, _)) => Ok(writer.write(batch)?),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), SinkError> {
        match (self.writer.take(), &self.file) {
            (Some(Writer::Parquet(mut writer)), _) => drop(writer.finish()?),
            (Some(Writer::Text(mut writer, temporary)), Some(Target { path, .. })) => {
                writer.finish()?;
                drop(writer);
                temporary.persist(path)?;
            }
            _ => {}
        }
        Ok(())
    }
}
