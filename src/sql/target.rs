//! Says whether `COPY … TO` may write where it wants to.
//!
//! The target is resolved as the file system will resolve it (`.`, `..`, links), and must then lie in one of the folders that the user
//! opened. What cannot be resolved for sure is refused.

use std::path::{Component, Path, PathBuf};

use url::Url;

/// Checks the target of a COPY against the folders that may be written into; the error is a sentence.
pub(super) fn check(target: &str, allow_write: &[PathBuf]) -> Result<(), String> {
    if allow_write.is_empty() {
        return Err(format!("COPY … TO '{target}' would write a file: open a folder for it with --allow-write DIR"));
    }
    let path = local_path(target)?;
    let resolved = resolve(&path)
        .ok_or_else(|| format!("COPY … TO '{target}' is refused: the path goes through a broken link"))?;
    let is_inside = |folder: &PathBuf| resolve(&absolute(folder)).is_some_and(|folder| resolved.starts_with(folder));
    if allow_write.iter().any(is_inside) {
        return Ok(());
    }
    let folders: Vec<String> = allow_write.iter().map(|folder| folder.display().to_string()).collect();
    Err(format!(
        "COPY … TO '{target}' is refused: {} lies outside of what --allow-write opens ({})",
        resolved.display(),
        folders.join(", ")
    ))
}

/// The path that DataFusion makes of a target: a URL if it reads as one, else a path from the working directory.
fn local_path(target: &str) -> Result<PathBuf, String> {
    if target.contains(['*', '?', '[']) {
        return Err(format!("COPY … TO '{target}' is refused: the path of an output cannot hold *, ? or ["));
    }
    let path = match Url::parse(target) {
        Ok(url) if !Path::new(target).is_absolute() => match url.scheme() {
            "file" => {
                url.to_file_path().map_err(|()| format!("COPY … TO '{target}' is refused: it names no local file"))?
            }
            scheme => {
                return Err(format!(
                    "COPY … TO '{target}' is refused: results are written to local folders, not to {scheme}:"
                ));
            }
        },
        _ => PathBuf::from(target),
    };
    Ok(absolute(&path))
}

/// The path from the root, with `.` and `..` taken out as text, which is how DataFusion reads them.
fn absolute(path: &Path) -> PathBuf {
    let from_root = std::env::current_dir().unwrap_or_default().join(path);
    let mut clean = PathBuf::new();
    for component in from_root.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

/// The path with its links followed, as far as it exists; none if a link leads nowhere.
fn resolve(path: &Path) -> Option<PathBuf> {
    let existing = path.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok())?;
    let rest = path.strip_prefix(existing).ok()?;
    let real = existing.canonicalize().ok()?;
    Some(if rest.as_os_str().is_empty() { real } else { real.join(rest) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_inside_of_an_open_folder_pass() {
        let dir = tempfile::tempdir().expect("dir");
        let open = dir.path().join("open");
        let closed = dir.path().join("closed");
        for folder in [&open, &closed, &open.join("sub"), &dir.path().join("open-too")] {
            std::fs::create_dir(folder).expect("folder");
        }
        let allow = [open.clone()];
        let at = |rest: &str| format!("{}/{rest}", open.display());
        for inside in
            [at("x.parquet"), at("new/deep/"), at("sub/../x.csv"), at("./x.csv"), format!("file://{}", at("x.csv"))]
        {
            assert_eq!(check(&inside, &allow), Ok(()), "{inside}");
        }
        for outside in [
            at("../x.csv"),
            at("../open-too/x.csv"),
            at("sub/../../closed/x.csv"),
            format!("file://{}", at("%2e%2e/x.csv")),
            format!("file://{}", at("..%2fx.csv")),
            closed.join("x.csv").display().to_string(),
            "x.csv".to_owned(),
            "/".to_owned(),
            "s3://bucket/x.csv".to_owned(),
            "az://container/x.csv".to_owned(),
            "https://example.org/x.csv".to_owned(),
            "file://host/share/x.csv".to_owned(),
            at("*/x.csv"),
            String::new(),
        ] {
            let refused = check(&outside, &allow).expect_err(&outside);
            assert!(refused.contains("is refused"), "{refused}");
        }
        assert!(check(&at("x.csv"), &[]).expect_err("nothing open").contains("--allow-write DIR"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().expect("dir");
        let (open, closed) = (dir.path().join("open"), dir.path().join("closed"));
        std::fs::create_dir(&open).and_then(|()| std::fs::create_dir(&closed)).expect("folders");
        symlink(&closed, open.join("out")).expect("link");
        symlink(closed.join("nothing"), open.join("broken")).expect("link");
        symlink(&open, dir.path().join("alias")).expect("link");
        let allow = [open.clone()];
        for outside in ["out/x.csv", "broken", "broken/x.csv"] {
            assert!(check(&open.join(outside).display().to_string(), &allow).is_err(), "{outside}");
        }
        assert_eq!(check(&dir.path().join("alias/x.csv").display().to_string(), &allow), Ok(()));
        assert_eq!(check(&open.join("x.csv").display().to_string(), &[dir.path().join("alias")]), Ok(()));
    }
}
