//! The history's file, which all shells of a user add to.
//!
//! The line editor reads it. It does not write it: of two shells that write at the same time its own way can lose one's entries, and it
//! writes the whole file anew where adding a line is enough, which a crash in between would turn into the loss of all.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The first line of the file: entries are escaped, so that each is one line.
const HEAD: &str = "#V2\n";

/// Adds an entry at the end of the file, which is made if it is not there, for its owner alone.
///
/// # Errors
/// If the file cannot be written.
pub(super) fn append(path: &Path, entry: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.lock()?;
    let mut line = match last_byte(&mut file)? {
        None => HEAD.to_owned(),
        Some(b'\n') => String::new(),
        // What a shell was writing that was killed.
        Some(_) => "\n".to_owned(),
    };
    line.push_str(&entry.replace('\\', "\\\\").replace('\n', "\\n"));
    line.push('\n');
    file.write_all(line.as_bytes())
}

fn last_byte(file: &mut File) -> io::Result<Option<u8>> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(None);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(Some(last[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_line_whatever_it_holds() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("history");
        append(&path, "print 1\n| take 5").expect("append");
        append(&path, r"print @'C:\new'").expect("append");
        let text = std::fs::read_to_string(&path).expect("read");
        assert_eq!(text, "#V2\nprint 1\\n| take 5\nprint @'C:\\\\new'\n");
        std::fs::write(&path, "#V2\nprint 1\nprint 2 and half of").expect("write");
        append(&path, "print 3").expect("append");
        let text = std::fs::read_to_string(&path).expect("read");
        assert_eq!(text, "#V2\nprint 1\nprint 2 and half of\nprint 3\n");
    }
}
