//! Flags, environment and `huntql.toml` laid over each other: one validated [`Settings`], which knows where each value came from.
//!
//! A layer holds texts, whatever wrote them; they are read once, here, after the upper layers have hidden the lower ones. Nothing
//! beyond this module looks at a flag, a variable or the file.

use std::path::{Path, PathBuf};

use super::config_file;
use super::keys::{Given, Key, Layer, Origin};
use super::surroundings::{CONFIG_VARIABLE, Surroundings};
use super::units::{parse_bytes, parse_span, parse_time};
use crate::engine::EngineOptions;
use crate::scan::context::Shortcuts;
use crate::source::{StoreOption, StoreOptions, redacted};

/// The settings in force.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the engine is built from.
    pub engine: EngineOptions,
    /// Print answers and errors only.
    pub quiet: bool,
    /// Print all counters of each query.
    pub stats: bool,
    /// The shell's history file; none where the user has no folder for it.
    pub history: Option<PathBuf>,
    /// The folder of the hunts that the shell saves; none where the user has no folder for it.
    pub hunts: Option<PathBuf>,
    /// The settings file that was read.
    pub file: Option<PathBuf>,
    given: Layer,
}

/// One setting as `huntql config` shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct InForce {
    /// Its name.
    pub setting: &'static str,
    /// Its value as it was written; for a default, in words.
    pub value: Vec<String>,
    /// Where it came from, in words.
    pub from: String,
}

impl Settings {
    /// Gathers the settings: `flags` over the environment over the settings file, which is `config`, or the one that the environment
    /// names, or the one found upward from the working directory, or the one in the user's configuration folder.
    ///
    /// # Errors
    /// A sentence that names the flag, the variable, or the file and the line.
    pub fn gather(flags: Layer, config: Option<&Path>, surroundings: &Surroundings) -> Result<Self, String> {
        let named = config.or_else(|| surroundings.variable(CONFIG_VARIABLE).map(Path::new));
        let file = match named {
            Some(path) => Some(surroundings.folder.join(path)),
            None => config_file::find(&surroundings.folder, surroundings.config_folder.as_deref()),
        };
        let mut given = file.as_deref().map(config_file::read).transpose()?.unwrap_or_default();
        given.extend(surroundings.layer());
        given.extend(flags);
        let mut settings = Self::from_layer(given, file, surroundings.state_folder.as_deref())?;
        let variables = surroundings.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        settings.engine.stores = std::mem::take(&mut settings.engine.stores).with_environment(variables);
        settings.engine.cache_dir = settings.engine.cache_dir.or_else(|| surroundings.cache_folder.clone());
        Ok(settings)
    }

    fn from_layer(given: Layer, file: Option<PathBuf>, state: Option<&Path>) -> Result<Self, String> {
        let defaults = EngineOptions::default();
        let list = |key: Key| given.get(&key).map(|given| given.texts.clone()).unwrap_or_default();
        let path = |key: Key| given.get(&key).and_then(|given| given.texts.first()).map(PathBuf::from);
        let switch = |key: Key| Ok::<_, String>(read(&given, key, parse_switch)?.unwrap_or(false));
        let engine = EngineOptions {
            sources: list(Key::Sources),
            stores: StoreOptions {
                given: given.get(&Key::Store).map(store_options).transpose()?.unwrap_or_default(),
                allow_http: switch(Key::AllowHttp)?,
                ..StoreOptions::default()
            },
            cache_dir: path(Key::CacheDir),
            cache_limit: read(
                &given,
                Key::CacheLimit,
                |text| if text.trim() == "0" { Ok(0) } else { parse_bytes(text) },
            )?,
            schemas: path(Key::Schemas),
            memory: read(&given, Key::Memory, |text| Ok(usize::try_from(parse_bytes(text)?).unwrap_or(usize::MAX)))?,
            temp_dir: path(Key::TempDir),
            temp_limit: read(&given, Key::TempLimit, parse_bytes)?,
            threads: read(&given, Key::Threads, parse_count)?,
            timeout: read(&given, Key::Timeout, parse_span)?.filter(|span| !span.is_zero()),
            strict: switch(Key::Strict)?,
            exact_time: switch(Key::ExactTime)?,
            late_slack: read(&given, Key::LateSlack, parse_span)?.unwrap_or(defaults.late_slack),
            early_slack: read(&given, Key::EarlySlack, parse_span)?.unwrap_or(defaults.early_slack),
            shortcuts: if switch(Key::PlainScan)? { Shortcuts::NONE } else { defaults.shortcuts },
            mixed: switch(Key::Mixed)?,
            allow_write: list(Key::AllowWrite).into_iter().map(PathBuf::from).collect(),
            allow_net: switch(Key::AllowNet)?,
            map_url: list(Key::MapUrl).iter().map(|text| parse_copy(text)).collect::<Result<_, _>>()?,
            now: read(&given, Key::Now, parse_time)?,
        };
        let (quiet, stats) = (switch(Key::Quiet)?, switch(Key::Stats)?);
        let history = path(Key::History).or_else(|| Some(state?.join("history")));
        let hunts = path(Key::Hunts).or_else(|| Some(state?.join("hunts")));
        Ok(Self { engine, quiet, stats, history, hunts, file, given })
    }

    /// Every setting with its value and where that came from.
    pub fn in_force(&self) -> Vec<InForce> {
        let row = |key: Key| match self.given.get(&key) {
            Some(given) => {
                InForce { setting: key.name(), value: shown(key, &given.texts), from: given.origin.to_string() }
            }
            None => InForce {
                setting: key.name(),
                value: vec![self.default_in_words(key)],
                from: Origin::Default.to_string(),
            },
        };
        Key::ALL.into_iter().map(row).collect()
    }

    fn default_in_words(&self, key: Key) -> String {
        let path = match key {
            Key::History => self.history.as_ref(),
            Key::Hunts => self.hunts.as_ref(),
            _ => None,
        };
        path.map_or_else(|| key.facts().2.to_owned(), |path| path.display().to_string())
    }
}

/// Reads a setting that has one text; the error says where the text stands.
fn read<T>(given: &Layer, key: Key, parse: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    let Some(given) = given.get(&key) else { return Ok(None) };
    let text = given.texts.first().map(String::as_str).unwrap_or_default();
    parse(text).map(Some).map_err(|problem| match &given.origin {
        Origin::File { .. } => format!("{}: {}: {problem}", given.origin, key.name()),
        origin => format!("{origin}: {problem}"),
    })
}

/// Texts as they may be shown: of what may open doors the names only, of URLs no query.
fn shown(key: Key, texts: &[String]) -> Vec<String> {
    let shown = |text: &String| match text.split_once('=') {
        Some((name, _)) if key.is_secret() => format!("{name}=…"),
        None if key.is_secret() => "…".to_owned(),
        _ => redacted(text),
    };
    texts.iter().map(shown).collect()
}

/// The options for stores; the error says where they stand.
fn store_options(given: &Given) -> Result<Vec<StoreOption>, String> {
    let read = |text: &String| {
        StoreOption::parse(text).map_err(|problem| match &given.origin {
            Origin::File { .. } => format!("{}: {}: {problem}", given.origin, Key::Store.name()),
            origin => format!("{origin}: {problem}"),
        })
    };
    given.texts.iter().map(read).collect()
}

fn parse_switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(format!("'{text}' is neither true nor false")),
    }
}

/// `URL=FILE`, split at the last `=`: URLs may have some.
fn parse_copy(text: &str) -> Result<(String, PathBuf), String> {
    match text.rsplit_once('=') {
        Some((url, file)) if !url.is_empty() && !file.is_empty() => Ok((url.to_owned(), PathBuf::from(file))),
        _ => Err(format!("map-url: '{text}' is not URL=FILE, for example https://example.org/list.csv=list.csv")),
    }
}

fn parse_count(text: &str) -> Result<usize, String> {
    match text.trim().parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(format!("'{text}' is not a number of 1 or more")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn surroundings(folder: &Path, variables: &[(&str, &str)]) -> Surroundings {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Surroundings { folder: folder.to_owned(), variables, ..Surroundings::default() }
    }

    fn flag(key: Key, text: &str) -> Layer {
        Layer::from([(key, Given { texts: vec![text.to_owned()], origin: Origin::Flag(key) })])
    }

    #[test]
    fn flags_beat_the_environment_beats_the_file_beats_the_default() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("huntql.toml"), "memory = '1GB'\ntimeout = '1m'\nlate-slack = '3h'\n")
            .expect("write");
        let around = surroundings(folder.path(), &[("HUNTQL_MEMORY", "2GB"), ("HUNTQL_TIMEOUT", "2m")]);
        let settings = Settings::gather(flag(Key::Memory, "3GB"), None, &around).expect("settings");

        assert_eq!(settings.engine.memory, Some(3_000_000_000));
        assert_eq!(settings.engine.timeout, Some(Duration::from_secs(120)));
        assert_eq!(settings.engine.late_slack, Duration::from_secs(3 * 3600));
        assert_eq!(settings.engine.early_slack, Duration::from_secs(3600));
        let from = |name: &str| settings.in_force().into_iter().find(|row| row.setting == name).map(|row| row.from);
        assert_eq!(from("memory").as_deref(), Some("flag --memory"));
        assert_eq!(from("timeout").as_deref(), Some("variable HUNTQL_TIMEOUT"));
        assert!(from("late-slack").is_some_and(|from| from.ends_with("huntql.toml, line 3")));
        assert_eq!(from("early-slack").as_deref(), Some("default"));
    }

    #[test]
    fn a_named_file_is_used_instead_of_the_found_one() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("huntql.toml"), "threads = 1").expect("write");
        std::fs::write(folder.path().join("flag.toml"), "threads = 2").expect("write");
        std::fs::write(folder.path().join("variable.toml"), "threads = 3").expect("write");
        let around = surroundings(folder.path(), &[("HUNTQL_CONFIG", "variable.toml")]);
        let threads = |config: Option<&str>| {
            Settings::gather(Layer::new(), config.map(Path::new), &around).map(|settings| settings.engine.threads)
        };
        assert_eq!(threads(Some("flag.toml")), Ok(Some(2)));
        assert_eq!(threads(None), Ok(Some(3)));
        assert!(threads(Some("missing.toml")).is_err_and(|error| error.contains("missing.toml")));
    }

    #[test]
    fn errors_name_the_place() {
        let around = surroundings(Path::new("/"), &[("HUNTQL_STRICT", "maybe")]);
        let error = |flags: Layer, around: &Surroundings| Settings::gather(flags, None, around).expect_err("error");
        insta::assert_snapshot!(error(Layer::new(), &around), @"variable HUNTQL_STRICT: 'maybe' is neither true nor false");
        let around = surroundings(Path::new("/"), &[]);
        insta::assert_snapshot!(error(flag(Key::Threads, "0"), &around), @"flag --threads: '0' is not a number of 1 or more");
        insta::assert_snapshot!(error(flag(Key::Memory, "big"), &around), @"flag --memory: 'big' is not a size; write for example 512MB, 4GB or 2GiB");
    }
}
