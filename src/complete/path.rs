//! Names of files and folders.

use std::fs;

use super::{Candidate, Kind};

/// What lies in the folder that the path so far names, with that folder before each name. Names that start with a dot are left out
/// until one is typed.
pub(super) fn candidates(typed: &str) -> Vec<Candidate> {
    let (folder, name) = typed.rfind(['/', '\\']).map_or(("", typed), |at| typed.split_at(at + 1));
    let Ok(entries) = fs::read_dir(if folder.is_empty() { "." } else { folder }) else { return Vec::new() };
    let mut found: Vec<Candidate> = entries
        .flatten()
        .filter_map(|entry| {
            let own = entry.file_name().into_string().ok()?;
            let shown = name.starts_with('.') || !own.starts_with('.');
            let is_folder = entry.path().is_dir();
            let text = format!("{folder}{own}{}", if is_folder { "/" } else { "" });
            shown.then(|| Candidate::new(text, Kind::Path, if is_folder { "folder" } else { "" }))
        })
        .collect();
    found.sort_by(|one, other| one.text.cmp(&other.text));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folders_files_are_offered_behind_it() {
        let folder = tempfile::tempdir().expect("folder");
        fs::write(folder.path().join("hunt.kql"), "").expect("write");
        fs::write(folder.path().join(".hidden"), "").expect("write");
        fs::create_dir(folder.path().join("pack")).expect("folder");
        let base = format!("{}/", folder.path().display());
        let texts: Vec<String> = candidates(&base).into_iter().map(|candidate| candidate.text).collect();
        assert_eq!(texts, [format!("{base}hunt.kql"), format!("{base}pack/")]);
        assert_eq!(candidates("no/such/folder/"), []);
    }
}
