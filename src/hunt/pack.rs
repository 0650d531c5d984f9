//! Packs: folders of query files, walked in the order of their names; and the pack that is compiled in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::{Hunt, HuntError, Language};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/queries");

/// The hunts at the given paths: query files, and folders that are searched for them. Folders that start with a dot and links to
/// folders are not entered.
///
/// A hunt that cannot be read is an error in its place, beside the others.
///
/// # Errors
/// A sentence, if a path cannot be read, a folder has no query file, or two files would have the same key.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Result<Hunt, HuntError>>, String> {
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for path in paths {
        let cannot = |error| format!("cannot read {}: {error}", path.display());
        if fs::metadata(path).map_err(cannot)?.is_dir() {
            let before = files.len();
            walk(path, "", &mut files).map_err(cannot)?;
            if files.len() == before {
                return Err(format!("{} holds no query file; they end in .sql or .kql", path.display()));
            }
        } else {
            files.push((stem(path), path.clone()));
        }
    }
    refuse_twins(&files)?;
    Ok(files.iter().map(|(key, path)| read(key, path)).collect())
}

/// The hunts that huntql ships, in the order of their keys.
pub fn shipped() -> Vec<Result<Hunt, HuntError>> {
    let mut files = BTreeMap::new();
    embedded(&SHIPPED, &mut files);
    files.iter().map(|(key, (path, text))| parse(key, path, text)).collect()
}

fn embedded(folder: &'static Dir<'_>, files: &mut BTreeMap<String, (&'static Path, &'static str)>) {
    for file in folder.files().filter(|file| Language::of_file(file.path()).is_some()) {
        if let Ok(text) = std::str::from_utf8(file.contents()) {
            files.insert(slashed(&file.path().with_extension("")), (file.path(), text));
        }
    }
    folder.dirs().for_each(|folder| embedded(folder, files));
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> std::io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') {
                walk(&path, &format!("{prefix}{name}/"), files)?;
            }
        } else if Language::of_file(&path).is_some() && path.is_file() {
            files.push((format!("{prefix}{}", stem(&path)), path));
        }
    }
    Ok(())
}

/// Two files of one key would overwrite each other's results.
fn refuse_twins(files: &[(String, PathBuf)]) -> Result<(), String> {
    let mut seen: BTreeMap<&str, &Path> = BTreeMap::new();
    for (key, path) in files {
        if let Some(twin) = seen.insert(key, path) {
            let (one, other) = (twin.display(), path.display());
            return Err(format!(
                "{one} and {other} are both the hunt '{key}'; rename one, or run them one after the other"
            ));
        }
    }
    Ok(())
}

fn read(key: &str, path: &Path) -> Result<Hunt, HuntError> {
    let problem = |message| HuntError { path: path.to_owned(), line: None, message };
    let bytes = fs::read(path).map_err(|error| problem(format!("cannot read it: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| problem("it is not UTF-8 text".to_owned()))?;
    parse(key, path, &text)
}

fn parse(key: &str, path: &Path, text: &str) -> Result<Hunt, HuntError> {
    let unnamed = || "the name of a query file ends in .sql or .kql".to_owned();
    let language =
        Language::of_file(path).ok_or_else(|| HuntError { path: path.to_owned(), line: None, message: unnamed() })?;
    Hunt::parse(key, path, language, text)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn slashed(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            fs::write(path, text).expect("write");
        }
        folder
    }

    fn keys(hunts: &[Result<Hunt, HuntError>]) -> Vec<&str> {
        hunts.iter().map(|hunt| hunt.as_ref().map_or("error", |hunt| hunt.key.as_str())).collect()
    }

    #[test]
    fn folders_are_walked_in_order_and_bad_hunts_keep_their_place() {
        let folder = pack(&[
            ("b.sql", b"select 1"),
            ("a/z.SQL", b"select 1"),
            ("a/c.sql", b"/*\nnome: x\n*/"),
            ("a/d.sql", b"\xff\xfe"),
            ("a/README.md", b""),
            (".git/x.sql", b""),
            ("notes.txt", b""),
            ("k.kql", b"T"),
        ]);
        let hunts = load(&[folder.path().to_owned()]).expect("pack");
        assert_eq!(keys(&hunts), ["error", "error", "a/z", "b", "k"]);
        assert!(hunts[1].as_ref().is_err_and(|error| error.message == "it is not UTF-8 text"));
    }

    #[test]
    fn a_missing_path_an_empty_folder_and_twins_are_refused() {
        let folder = pack(&[("one/a.sql", b""), ("two/a.sql", b""), ("none/b.txt", b"")]);
        let load =
            |names: &[&str]| load(&names.iter().map(|name| folder.path().join(name)).collect::<Vec<_>>()).map(|_| ());
        assert!(load(&["missing"]).is_err_and(|error| error.contains("missing")));
        assert!(load(&["none"]).is_err_and(|error| error.contains("holds no query file")));
        assert!(load(&["one", "two"]).is_err_and(|error| error.contains("both the hunt 'a'")));
        let named =
            super::load(&[folder.path().join("none/b.txt")]).expect("pack").remove(0).expect_err("no query file");
        assert_eq!(named.message, "the name of a query file ends in .sql or .kql");
    }

    #[test]
    fn every_shipped_hunt_can_be_read_and_says_what_it_is() {
        for hunt in shipped() {
            let hunt = hunt.unwrap_or_else(|error| panic!("queries/{error}"));
            let metadata = &hunt.metadata;
            assert!(!metadata.description.is_empty() && !metadata.tables.is_empty(), "{}", hunt.key);
            assert!(!metadata.tactics.is_empty() && !metadata.techniques.is_empty(), "{}", hunt.key);
        }
    }
}
