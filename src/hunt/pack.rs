//! Packs: folders of query files, rules and pages, walked in the order of their names; and the pack that is compiled in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::{Hunt, HuntError, Language, page, rule};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/queries");

/// How a file holds hunts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A query in this language.
    Query(Language),
    /// A rule in YAML.
    Rule,
    /// A page of Markdown.
    Page,
}

impl Form {
    /// The form that the ending of a file's name stands for.
    fn of_file(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "yaml" | "yml" => Some(Self::Rule),
            "md" => Some(Self::Page),
            _ => Language::of_file(path).map(Self::Query),
        }
    }
}

/// A file to read.
struct Source {
    key: String,
    path: PathBuf,
    /// Found in a folder, where a page or a YAML file without a query is nothing to speak of.
    found: bool,
}

/// The hunts at the given paths: query files, rules and pages, and folders that are searched for them. Folders that start with a dot and
/// links to folders are not entered.
///
/// A hunt that cannot be read is an error in its place, beside the others.
///
/// # Errors
/// A sentence, if a path cannot be read, a folder has no query file, or two files would have the same key.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Result<Hunt, HuntError>>, String> {
    let mut hunts = Vec::new();
    for path in paths {
        let cannot = |error| format!("cannot read {}: {error}", path.display());
        if fs::metadata(path).map_err(cannot)?.is_dir() {
            let mut files = Vec::new();
            walk(path, "", &mut files).map_err(cannot)?;
            let before = hunts.len();
            hunts.extend(files.iter().flat_map(read));
            if hunts.len() == before {
                let endings = "they end in .sql or .kql, or are rules in .yaml or pages in .md";
                return Err(format!("{} holds no query file; {endings}", path.display()));
            }
        } else {
            hunts.extend(read(&Source { key: stem(path), path: path.clone(), found: false }));
        }
    }
    refuse_twins(&hunts)?;
    Ok(hunts)
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

fn walk(folder: &Path, prefix: &str, files: &mut Vec<Source>) -> std::io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut here: Vec<PathBuf> = Vec::new();
    for entry in &entries {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') {
                walk(&path, &format!("{prefix}{name}/"), files)?;
            }
        } else if Form::of_file(&path).is_some() && path.is_file() {
            here.push(path);
        }
    }
    for path in &here {
        // A rule beside a page of its own is told from it by its ending.
        let alone = here.iter().filter(|other| stem(other) == stem(path)).count() == 1;
        let name = if alone { stem(path) } else { slashed(path.file_name().map(Path::new).unwrap_or(path)) };
        files.push(Source { key: format!("{prefix}{name}"), path: path.clone(), found: true });
    }
    Ok(())
}

/// Two hunts of one key would overwrite each other's results.
fn refuse_twins(hunts: &[Result<Hunt, HuntError>]) -> Result<(), String> {
    let mut seen: BTreeMap<&str, &Path> = BTreeMap::new();
    for hunt in hunts.iter().flatten() {
        if let Some(twin) = seen.insert(&hunt.key, &hunt.path) {
            let (one, other, key) = (twin.display(), hunt.path.display(), &hunt.key);
            return Err(format!(
                "{one} and {other} are both the hunt '{key}'; rename one, or run them one after the other"
            ));
        }
    }
    Ok(())
}

/// The hunts of a file.
fn read(file: &Source) -> Vec<Result<Hunt, HuntError>> {
    let problem = |message: String| vec![Err(HuntError { path: file.path.clone(), line: None, message })];
    let bytes = match fs::read(&file.path) {
        Ok(bytes) => bytes,
        Err(error) => return problem(format!("cannot read it: {error}")),
    };
    let Ok(text) = String::from_utf8(bytes) else { return problem("it is not UTF-8 text".to_owned()) };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let hunts = match Form::of_file(&file.path) {
        Some(Form::Query(language)) => vec![Hunt::parse(&file.key, &file.path, language, text)],
        Some(Form::Rule) => rule::hunt(&file.key, &file.path, text).into_iter().collect(),
        Some(Form::Page) => page::hunts(&file.key, &file.path, text).into_iter().map(Ok).collect(),
        None => {
            return problem(
                "the name of a query file ends in .sql or .kql, of a rule in .yaml, of a page in .md".to_owned(),
            );
        }
    };
    if hunts.is_empty() && !file.found {
        return problem("there is no query in it".to_owned());
    }
    hunts
}

fn parse(key: &str, path: &Path, text: &str) -> Result<Hunt, HuntError> {
    let language = Language::of_file(path).unwrap_or(Language::Sql);
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
        assert_eq!(
            named.message,
            "the name of a query file ends in .sql or .kql, of a rule in .yaml, of a page in .md"
        );
    }

    #[test]
    fn rules_and_pages_lie_beside_query_files() {
        let folder = pack(&[
            ("a.yaml", b"name: A rule\nquery: T"),
            ("a.md", b"# A page\n```kql\nT\n```\n```kql\nU\n```"),
            ("a.kql", b"T"),
            ("b.yml", b"jobs: []"),
            ("c.md", b"prose"),
        ]);
        let hunts = load(&[folder.path().to_owned()]).expect("pack");
        assert_eq!(keys(&hunts), ["a.kql", "a.md-1", "a.md-2", "a.yaml"]);
        let named = load(&[folder.path().join("c.md")]).expect("pack").remove(0).expect_err("no query");
        assert_eq!(named.message, "there is no query in it");
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
