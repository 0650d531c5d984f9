//! File paths of Windows and of Unix taken apart, whichever machine this runs on. No path is looked up anywhere.

use std::borrow::Cow;

use serde::Serialize;

/// The parts of a path, under the names that Kusto's `parse_path` gives them. A part that is missing is empty.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Path<'a> {
    pub scheme: &'a str,
    /// The drive with its colon.
    pub root_path: &'a str,
    /// All before the last separator. A path in the root of a Unix file system has `/`.
    pub directory_path: &'a str,
    pub directory_name: &'a str,
    pub filename: &'a str,
    /// What follows the last dot of the file name.
    pub extension: &'a str,
    pub alternate_data_stream_name: &'a str,
}

const SEPARATORS: [char; 2] = ['/', '\\'];

impl<'a> Path<'a> {
    /// Takes any text apart; both slashes part directories.
    pub fn of(text: &'a str) -> Self {
        let (scheme, path) = split_scheme(text);
        let (directory_path, name) = match path.rfind(SEPARATORS) {
            Some(0) => path.split_at(1),
            Some(at) => (&path[..at], &path[at + 1..]),
            // A drive without a separator: `C:file` lies in whatever directory is current on C.
            None if has_drive(path) => path.split_at(2),
            None => ("", path),
        };
        let root_path = drive_of(path);
        let directory_name = match directory_path.rsplit(SEPARATORS).next() {
            Some(name) if name != root_path => name,
            _ => "",
        };
        let (filename, alternate_data_stream_name) = name.split_once(':').unwrap_or((name, ""));
        let extension = filename.rsplit_once('.').map_or("", |(_, extension)| extension);
        Self { scheme, root_path, directory_path, directory_name, filename, extension, alternate_data_stream_name }
    }
}

/// A scheme has more than one letter, or it would be a drive.
fn split_scheme(text: &str) -> (&str, &str) {
    let Some((scheme, rest)) = text.split_once("://") else { return ("", text) };
    if scheme.len() < 2 || !scheme.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return ("", text);
    }
    // `file:///C:/x` has an empty host before the slash, which is no part of the path.
    let path = rest.strip_prefix('/').filter(|path| has_drive(path)).unwrap_or(rest);
    (scheme, path)
}

fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// The drive of a path, also of one to a device (`\\?\C:\x`, `\\.\C:\x`, `\??\C:\x`).
fn drive_of(path: &str) -> &str {
    let device = [r"\\?\", r"\\.\", r"\??\"].into_iter().find_map(|device| path.strip_prefix(device));
    let path = device.unwrap_or(path);
    if has_drive(path) { &path[..2] } else { "" }
}

/// The file name of a path, without an alternate data stream. Empty if the path ends with a separator.
pub(super) fn path_file_name(text: &str) -> Option<Cow<'_, str>> {
    Some(Path::of(text).filename.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(text: &str) -> [&str; 7] {
        let Path { scheme, root_path: root, directory_path, directory_name, filename, extension, .. } = Path::of(text);
        let stream = Path::of(text).alternate_data_stream_name;
        [scheme, root, directory_path, directory_name, filename, extension, stream]
    }

    #[test]
    fn paths_of_the_kusto_documentation() {
        for (text, expected) in [
            (r"C:\temp\file.txt", ["", "C:", r"C:\temp", "temp", "file.txt", "txt", ""]),
            (r"temp\file.txt", ["", "", "temp", "temp", "file.txt", "txt", ""]),
            ("file://C:/temp/file.txt:some.exe", ["file", "C:", "C:/temp", "temp", "file.txt", "txt", "some.exe"]),
            (r"\\shared\users\temp\file.txt.gz", ["", "", r"\\shared\users\temp", "temp", "file.txt.gz", "gz", ""]),
            ("/usr/lib/temp/file.txt", ["", "", "/usr/lib/temp", "temp", "file.txt", "txt", ""]),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn edges() {
        for (text, expected) in [
            ("", ["", "", "", "", "", "", ""]),
            ("file", ["", "", "", "", "file", "", ""]),
            (r"C:\file.txt", ["", "C:", "C:", "", "file.txt", "txt", ""]),
            (r"C:\", ["", "C:", "C:", "", "", "", ""]),
            ("C:", ["", "C:", "C:", "", "", "", ""]),
            ("C:file.txt", ["", "C:", "C:", "", "file.txt", "txt", ""]),
            (r"C:\temp\", ["", "C:", r"C:\temp", "temp", "", "", ""]),
            ("/file", ["", "", "/", "", "file", "", ""]),
            ("file:///etc/passwd", ["file", "", "/etc", "etc", "passwd", "", ""]),
            ("file:///C:/x", ["file", "C:", "C:", "", "x", "", ""]),
            (r"\\?\C:\a\b.exe", ["", "C:", r"\\?\C:\a", "a", "b.exe", "exe", ""]),
            (r"C:\a\.config", ["", "C:", r"C:\a", "a", ".config", "config", ""]),
            (r"C:\a\b.", ["", "C:", r"C:\a", "a", "b.", "", ""]),
            (r"C:\a\b.txt:s:$DATA", ["", "C:", r"C:\a", "a", "b.txt", "txt", "s:$DATA"]),
            ("é/ü.ñ", ["", "", "é", "é", "ü.ñ", "ñ", ""]),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,40}", near in r"[aC:/\\?.é]{0,30}") {
            let _ = (Path::of(&text), Path::of(&near));
        }
    }
}
