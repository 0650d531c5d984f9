//! The settings by name, and what one place says about them.
//!
//! A setting has one name: `late-slack` in `huntql.toml`, `--late-slack` as a flag, `HUNTQL_LATE_SLACK` in the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is described by Key::facts")]
pub enum Key {
    Sources,
    Store,
    AllowHttp,
    CacheDir,
    CacheLimit,
    Schemas,
    Memory,
    TempDir,
    TempLimit,
    Threads,
    Timeout,
    Strict,
    ExactTime,
    LateSlack,
    EarlySlack,
    Mixed,
    PlainScan,
    AllowWrite,
    AllowNet,
    MapUrl,
    Now,
    Quiet,
    Stats,
    History,
    Hunts,
}

/// What shape a setting's texts have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One text.
    Text,
    /// One path.
    Path,
    /// Paths or URLs.
    Paths,
    /// Texts that are no paths.
    Texts,
    /// `true` or `false`.
    Switch,
}

impl Key {
    /// Every setting, in the order in which `huntql config` shows them.
    pub const ALL: [Self; 25] = [
        Self::Sources,
        Self::Store,
        Self::AllowHttp,
        Self::CacheDir,
        Self::CacheLimit,
        Self::Schemas,
        Self::Memory,
        Self::TempDir,
        Self::TempLimit,
        Self::Threads,
        Self::Timeout,
        Self::Strict,
        Self::ExactTime,
        Self::LateSlack,
        Self::EarlySlack,
        Self::Mixed,
        Self::PlainScan,
        Self::AllowWrite,
        Self::AllowNet,
        Self::MapUrl,
        Self::Now,
        Self::Quiet,
        Self::Stats,
        Self::History,
        Self::Hunts,
    ];

    /// The key in `huntql.toml`, the shape of its texts, and what holds if nobody says anything.
    pub(super) fn facts(self) -> (&'static str, Shape, &'static str) {
        match self {
            Self::Sources => ("sources", Shape::Paths, "none"),
            Self::Store => ("store", Shape::Texts, "the environment's AZURE_…, AWS_… and GOOGLE_…"),
            Self::AllowHttp => ("allow-http", Shape::Switch, "false"),
            Self::CacheDir => ("cache-dir", Shape::Path, "in the user's cache folder"),
            Self::CacheLimit => ("cache-limit", Shape::Text, "0: blobs are not kept"),
            Self::Schemas => ("schemas", Shape::Path, "none"),
            Self::Memory => ("memory", Shape::Text, "60 % of the machine's"),
            Self::TempDir => ("temp-dir", Shape::Path, "the system's"),
            Self::TempLimit => ("temp-limit", Shape::Text, "100GB"),
            Self::Threads => ("threads", Shape::Text, "one a core"),
            Self::Timeout => ("timeout", Shape::Text, "none"),
            Self::Strict => ("strict", Shape::Switch, "false"),
            Self::ExactTime => ("exact-time", Shape::Switch, "false"),
            Self::LateSlack => ("late-slack", Shape::Text, "48h"),
            Self::EarlySlack => ("early-slack", Shape::Text, "1h"),
            Self::Mixed => ("mixed", Shape::Switch, "false"),
            Self::PlainScan => ("plain-scan", Shape::Switch, "false"),
            Self::AllowWrite => ("allow-write", Shape::Paths, "none"),
            Self::AllowNet => ("allow-net", Shape::Switch, "false"),
            Self::MapUrl => ("map-url", Shape::Texts, "none"),
            Self::Now => ("now", Shape::Text, "the time of each query"),
            Self::Quiet => ("quiet", Shape::Switch, "false"),
            Self::Stats => ("stats", Shape::Switch, "false"),
            Self::History => ("history", Shape::Path, "in the user's state folder"),
            Self::Hunts => ("hunts", Shape::Path, "in the user's state folder"),
        }
    }

    /// Its name: the key in `huntql.toml`.
    pub fn name(self) -> &'static str {
        self.facts().0
    }

    /// True if its texts may open doors.
    pub(super) fn is_secret(self) -> bool {
        self == Self::Store
    }

    pub(super) fn shape(self) -> Shape {
        self.facts().1
    }

    /// The flag that sets it.
    pub fn flag(self) -> String {
        format!("--{}", if self == Self::Sources { "source" } else { self.name() })
    }

    /// The environment variable that sets it.
    pub fn variable(self) -> String {
        format!("HUNTQL_{}", self.name().replace('-', "_").to_ascii_uppercase())
    }

    /// The setting of this name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody gave one.
    Default,
    /// The settings file, and the line in it.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The environment variable of this setting.
    Environment(Key),
    /// The flag of this setting.
    Flag(Key),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Environment(key) => write!(f, "variable {}", key.variable()),
            Self::Flag(key) => write!(f, "flag {}", key.flag()),
        }
    }
}

/// What one place says about one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The values as written: one, or for a list any number.
    pub texts: Vec<String>,
    /// Where they were written.
    pub origin: Origin,
}

/// What one place says about the settings.
pub type Layer = BTreeMap<Key, Given>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_its_own_names() {
        for key in Key::ALL {
            assert_eq!(Key::from_name(key.name()), Some(key));
        }
        assert_eq!(Key::LateSlack.variable(), "HUNTQL_LATE_SLACK");
        assert_eq!(Key::Sources.flag(), "--source");
    }
}
