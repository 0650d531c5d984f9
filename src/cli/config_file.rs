//! `huntql.toml`: where it is found, and what it may say.
//!
//! The file is flat: one key a setting, named as its flag. Whatever it does not know is an error, because a misspelt key that is
//! passed over in silence costs a hunter an hour.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::keys::{Given, Key, Layer, Origin, Shape};
use crate::hunt::suggest;

/// The name of the file.
const FILE_NAME: &str = "huntql.toml";

/// The settings file for a working directory: the first one upward from it, else the one in the user's configuration folder.
pub(super) fn find(folder: &Path, config_folder: Option<&Path>) -> Option<PathBuf> {
    folder.ancestors().chain(config_folder).map(|folder| folder.join(FILE_NAME)).find(|path| path.is_file())
}

/// Reads a settings file.
///
/// # Errors
/// A sentence that names the file and the line.
pub(super) fn read(path: &Path) -> Result<Layer, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read the settings file {}: {error}", path.display()))?;
    parse(&text, path)
}

fn parse(text: &str, path: &Path) -> Result<Layer, String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let line_at = |offset: usize| 1 + text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count();
    let problem = |line: usize, what: &str| format!("{}, line {line}: {what}", path.display());
    let table = DeTable::parse(text)
        .map_err(|error| problem(line_at(error.span().map_or(0, |span| span.start)), error.message().trim()))?;
    let mut layer = Layer::new();
    for (name, value) in table.get_ref() {
        let line = line_at(name.span().start);
        let key = Key::from_name(name.get_ref()).ok_or_else(|| problem(line, &unknown_key(name.get_ref())))?;
        let texts = texts_of(key, value.get_ref()).map_err(|what| problem(line, &format!("{}: {what}", key.name())))?;
        let texts = match key.shape() {
            Shape::Path | Shape::Paths => texts.iter().map(|text| beside(folder, text)).collect(),
            Shape::Text | Shape::Texts | Shape::Switch => texts,
        };
        layer.insert(key, Given { texts, origin: Origin::File { path: path.to_owned(), line } });
    }
    Ok(layer)
}

fn unknown_key(name: &str) -> String {
    let names = Key::ALL.map(Key::name);
    match suggest(name, names) {
        Some(near) => format!("unknown setting '{name}'; did you mean '{near}'?"),
        None => format!("unknown setting '{name}'; the settings are {}", names.join(", ")),
    }
}

/// The value of a key as texts, one or for a list any number.
fn texts_of(key: Key, value: &DeValue<'_>) -> Result<Vec<String>, String> {
    match (key.shape(), value) {
        (Shape::Paths | Shape::Texts, DeValue::Array(items)) => {
            items.iter().map(|item| text_of(item.get_ref())).collect()
        }
        (Shape::Switch, DeValue::Boolean(on)) => Ok(vec![on.to_string()]),
        (Shape::Switch, _) => Err("write true or false, without quotes".to_owned()),
        (Shape::Text, DeValue::Integer(number)) => Ok(vec![number.to_string()]),
        (Shape::Text, DeValue::Datetime(time)) => Ok(vec![time.to_string()]),
        (_, value) => Ok(vec![text_of(value)?]),
    }
}

fn text_of(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        _ => Err("write a text in quotes".to_owned()),
    }
}

/// A path of the file: relative to the folder of the file, `~/` being the user's home. URLs stay as they are.
fn beside(folder: &Path, text: &str) -> String {
    let path = match (text.strip_prefix("~/"), dirs::home_dir()) {
        _ if text.contains("://") => return text.to_owned(),
        (Some(rest), Some(home)) => home.join(rest),
        _ => folder.join(text),
    };
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text, Path::new("/team/huntql.toml")).expect_err("error")
    }

    #[test]
    fn all_shapes_are_read_and_paths_are_beside_the_file() {
        let text = "sources = [\n  'data/defender',\n  'az://container/x',\n  '/abs',\n]\nschemas = 'schemas'\nthreads = 4\nstrict = true\n\
            now = 2026-10-01T00:00:00Z\n";
        let layer = parse(text, Path::new("/team/huntql.toml")).expect("layer");
        assert_eq!(layer[&Key::Sources].texts, ["/team/data/defender", "az://container/x", "/abs"]);
        assert_eq!(layer[&Key::Schemas].texts, ["/team/schemas"]);
        assert_eq!(layer[&Key::Threads].texts, ["4"]);
        assert_eq!(layer[&Key::Strict].texts, ["true"]);
        assert_eq!(layer[&Key::Now].texts, ["2026-10-01T00:00:00Z"]);
        assert_eq!(layer[&Key::Now].origin.to_string(), "/team/huntql.toml, line 9");
    }

    #[test]
    fn the_nearest_file_upward_wins_and_the_users_own_is_the_last_resort() {
        let root = tempfile::tempdir().expect("folder");
        let (deep, user) = (root.path().join("a/b"), root.path().join("user"));
        std::fs::create_dir_all(&deep).expect("folder");
        std::fs::create_dir_all(&user).expect("folder");
        std::fs::write(user.join(FILE_NAME), "").expect("write");
        assert_eq!(find(&deep, Some(&user)), Some(user.join(FILE_NAME)));
        std::fs::write(root.path().join(FILE_NAME), "").expect("write");
        assert_eq!(find(&deep, Some(&user)), Some(root.path().join(FILE_NAME)));
        std::fs::write(root.path().join("a").join(FILE_NAME), "").expect("write");
        assert_eq!(find(&deep, Some(&user)), Some(root.path().join("a").join(FILE_NAME)));
    }

    #[test]
    fn errors_name_file_line_and_remedy() {
        insta::assert_snapshot!(error("memory = '1GB'\nlate_slack = '1h'"), @"/team/huntql.toml, line 2: unknown setting 'late_slack'; did you mean 'late-slack'?");
        insta::assert_snapshot!(error("xyzzy = 1"), @"/team/huntql.toml, line 1: unknown setting 'xyzzy'; the settings are sources, store, allow-http, cache-dir, cache-limit, schemas, memory, temp-dir, temp-limit, threads, timeout, strict, exact-time, late-slack, early-slack, mixed, plain-scan, allow-write, allow-net, map-url, now, quiet, stats, history, hunts");
        insta::assert_snapshot!(error("strict = 'yes'"), @"/team/huntql.toml, line 1: strict: write true or false, without quotes");
        insta::assert_snapshot!(error("sources = [1]"), @"/team/huntql.toml, line 1: sources: write a text in quotes");
        insta::assert_snapshot!(error("[engine]\nmemory = '1GB'"), @"/team/huntql.toml, line 1: unknown setting 'engine'; the settings are sources, store, allow-http, cache-dir, cache-limit, schemas, memory, temp-dir, temp-limit, threads, timeout, strict, exact-time, late-slack, early-slack, mixed, plain-scan, allow-write, allow-net, map-url, now, quiet, stats, history, hunts");
        insta::assert_snapshot!(error("memory = 1GB"), @"/team/huntql.toml, line 1: string values must be quoted, expected literal string");
    }
}
