//! Answers and charts written to a file, which is there whole or as it was.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::{Destination, Presenter, ShellError, Work};
use crate::engine::Answer;
use crate::output::{self, Format, Kept, Style};

/// Writes the answer beside the file and gives it the file's name when it is whole.
///
/// # Errors
/// What stopped the query or the output, what cannot be written, or that Ctrl-C came.
pub async fn write_file(path: &Path, answer: Answer, presenter: &Presenter, work: &Work<'_>) -> Result<(), ShellError> {
    let cannot = |error: io::Error| ShellError::Command(format!("cannot write {}: {error}", path.display()));
    if answer.schema().fields().is_empty() {
        return Err(ShellError::Command(format!("the last statement gives no rows to write to {}", path.display())));
    }
    let target = Target::open(path).map_err(ShellError::Command)?;
    presenter.show(answer, Destination::file(target.sink().map_err(cannot)?), work).await?;
    target.keep(path).map_err(cannot)
}

/// Writes rows that are kept, as [`write_file`] does those of an answer.
///
/// # Errors
/// What cannot be written.
pub(super) fn write_rows(path: &Path, format: Format, rows: &Kept) -> Result<(), ShellError> {
    let cannot = |error: io::Error| ShellError::Command(format!("cannot write {}: {error}", path.display()));
    let target = Target::open(path).map_err(ShellError::Command)?;
    let sink = target.sink().map_err(cannot)?;
    let mut writer = output::writer(format, Arc::clone(rows.schema()), sink, &Style::default())?;
    rows.batches().iter().try_for_each(|batch| writer.write(batch))?;
    writer.finish()?;
    drop(writer);
    target.keep(path).map_err(cannot)
}

/// Writes bytes, as [`write_file`] does rows.
///
/// # Errors
/// What cannot be written.
pub(super) fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), ShellError> {
    let cannot = |error: io::Error| ShellError::Command(format!("cannot write {}: {error}", path.display()));
    let target = Target::open(path).map_err(ShellError::Command)?;
    let mut sink = target.sink().map_err(cannot)?;
    sink.write_all(bytes).and_then(|()| sink.flush()).map_err(cannot)?;
    drop(sink);
    target.keep(path).map_err(cannot)
}

/// What bytes for a file go to first.
enum Target {
    /// What must stay what it is.
    Through(File),
    /// A new file, which takes the name when it is whole.
    Beside(NamedTempFile),
}

impl Target {
    fn open(path: &Path) -> Result<Self, String> {
        let cannot = |error: io::Error| format!("cannot write {}: {error}", path.display());
        if !can_be_replaced(path) {
            return File::create(path).map(Self::Through).map_err(cannot);
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            return Err(format!("cannot write {}: there is no folder {}", path.display(), folder.display()));
        }
        beside(folder).map(Self::Beside).map_err(cannot)
    }

    fn sink(&self) -> io::Result<Box<dyn Write + Send>> {
        let file = match self {
            Self::Through(file) => file.try_clone()?,
            Self::Beside(file) => file.reopen()?,
        };
        Ok(Box::new(io::BufWriter::with_capacity(1 << 16, file)))
    }

    fn keep(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Through(_) => Ok(()),
            Self::Beside(file) => file.persist(path).map(|_| ()).map_err(|error| error.error),
        }
    }
}

/// True if a new file may take the place of what is at `path`. A pipe, a device, or a link, as `/dev/stdout` is one, must stay what it
/// is: it is written through.
fn can_be_replaced(path: &Path) -> bool {
    path.symlink_metadata().map_or(true, |there| there.is_file())
}

/// A temporary file in a folder, with the permissions that any new file has.
///
/// # Errors
/// If the folder takes no file.
pub fn beside(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(".huntql-").tempfile_in(folder)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn links_and_devices_are_written_through() {
        let folder = tempfile::tempdir().expect("folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        assert!(can_be_replaced(&file));
        std::fs::write(&file, "").expect("write");
        std::os::unix::fs::symlink(&file, &link).expect("link");
        assert!(can_be_replaced(&file));
        assert!(!can_be_replaced(&link));
        assert!(!can_be_replaced(Path::new("/dev/null")));
    }
}
