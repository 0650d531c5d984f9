//! An answer written to a file, which is there whole or as it was.

use std::fs::File;
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

use super::{Destination, Presenter, ShellError, Work};
use crate::engine::Answer;

/// Writes the answer beside the file and gives it the file's name when it is whole.
///
/// # Errors
/// What stopped the query or the output, what cannot be written, or that Ctrl-C came.
pub async fn write_file(path: &Path, answer: Answer, presenter: &Presenter, work: &Work<'_>) -> Result<(), ShellError> {
    let cannot = |error: io::Error| ShellError::Command(format!("cannot write {}: {error}", path.display()));
    if answer.schema().fields().is_empty() {
        return Err(ShellError::Command(format!("the last statement gives no rows to write to {}", path.display())));
    }
    if !can_be_replaced(path) {
        let sink = File::create(path).map_err(cannot)?;
        return presenter.show(answer, Destination::file(Box::new(sink)), work).await;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let (path, folder) = (path.display(), folder.display());
        return Err(ShellError::Command(format!("cannot write {path}: there is no folder {folder}")));
    }
    let temporary = beside(folder).map_err(cannot)?;
    let sink = io::BufWriter::with_capacity(1 << 16, temporary.reopen().map_err(cannot)?);
    presenter.show(answer, Destination::file(Box::new(sink)), work).await?;
    temporary.persist(path).map_err(|error| cannot(error.error))?;
    Ok(())
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
