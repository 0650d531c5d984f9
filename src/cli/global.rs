//! The flags of every command, which may stand before it and after it.
//!
//! Their values stay text here: `settings` lays them over the environment and `huntql.toml` and then reads all three alike, so that
//! a wrong size is told the same way wherever it was written.

use std::path::PathBuf;

use clap::Args;

use super::keys::{Given, Key, Layer, Origin, Shape};

/// The arguments of a command, and with them the global flags after it.
///
/// clap could pass the flags down by itself (`global = true`), but then what stands after the command silently replaces what stands
/// before it, and a source would be missing from every answer.
#[derive(Debug, Default, Args)]
pub struct With<A: Args> {
    /// What only this command takes.
    #[command(flatten)]
    pub own: A,
    /// Global flags after the command.
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// Flags of every command.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Global flags")]
pub struct GlobalArgs {
    /// Where data lies: a folder, a file, az://…, abfss://…, s3://…, gs://… or https://…; repeat it for more
    #[arg(long = "source", value_name = "URL")]
    pub sources: Vec<String>,
    /// Settings file to use instead of the huntql.toml found upward from here or in the user's configuration folder
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Option for remote stores, such as azure_storage_account_name=contosologs; with @ACCOUNT behind the name for one account, bucket or host only; repeat it for more
    #[arg(long = "store", value_name = "NAME[@ACCOUNT]=VALUE")]
    pub store: Vec<String>,
    /// Let data and credentials go over http, unencrypted
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub allow_http: Option<String>,
    /// Folder for what is kept of remote stores: listings of closed hours, and their blobs with --cache-limit
    #[arg(long, value_name = "DIR")]
    pub cache_dir: Option<String>,
    /// Keep blobs of closed hours in --cache-dir, at most so many bytes; what was not used for longest goes first
    #[arg(long, value_name = "SIZE")]
    pub cache_limit: Option<String>,
    /// Folder of table schemas as the portal's getschema exports them, TableName.csv
    #[arg(long, value_name = "DIR")]
    pub schemas: Option<String>,
    /// Memory that sorting, grouping and joining may use before they spill to disk
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<String>,
    /// Folder for spilled data
    #[arg(long, value_name = "DIR")]
    pub temp_dir: Option<String>,
    /// Most bytes that spilled data may take
    #[arg(long, value_name = "SIZE")]
    pub temp_limit: Option<String>,
    /// Threads that run queries
    #[arg(long, value_name = "N")]
    pub threads: Option<String>,
    /// Time limit of each query
    #[arg(long, value_name = "SPAN")]
    pub timeout: Option<String>,
    /// Stop at the first record that cannot be read instead of counting it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub strict: Option<String>,
    /// Read every blob whatever its hour says
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub exact_time: Option<String>,
    /// How long after its event a row may arrive and still be found under a time filter
    #[arg(long, value_name = "SPAN")]
    pub late_slack: Option<String>,
    /// How long before its own time a row may have arrived
    #[arg(long, value_name = "SPAN")]
    pub early_slack: Option<String>,
    /// Read every blob for every table, also blobs whose path names another one
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub mixed: Option<String>,
    /// Read every line in full and filter afterwards: slow, to compare answers
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub plain_scan: Option<String>,
    /// Folder into which COPY … TO may write; repeat it for more
    #[arg(long, value_name = "DIR")]
    pub allow_write: Vec<String>,
    /// Let externaldata read URLs
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub allow_net: Option<String>,
    /// File that externaldata reads in place of a URL; repeat it for more
    #[arg(long, value_name = "URL=FILE")]
    pub map_url: Vec<String>,
    /// What now() and ago() mean
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,
    /// Print answers and errors only
    #[arg(long, short, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub quiet: Option<String>,
    /// Print all counters of each query
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub stats: Option<String>,
}

/// What the global flags say, wherever on the command line they stand.
#[derive(Debug, Default)]
pub(super) struct Flags {
    /// The settings.
    pub(super) layer: Layer,
    /// The settings file to use.
    pub(super) config: Option<PathBuf>,
}

impl Flags {
    /// Puts together what stands before and after the command: lists are joined.
    ///
    /// # Errors
    /// A sentence, if a flag that has one value stands in both places. On one side of the command clap says that itself.
    pub(super) fn join(before: &GlobalArgs, after: &GlobalArgs) -> Result<Self, String> {
        let twice = |flag: &str| format!("{flag} stands before and after the command; give it once");
        let mut layer = before.layer();
        for (key, given) in after.layer() {
            match layer.get_mut(&key) {
                None => _ = layer.insert(key, given),
                Some(earlier) if matches!(key.shape(), Shape::Paths | Shape::Texts) => {
                    earlier.texts.extend(given.texts)
                }
                Some(_) => return Err(twice(&key.flag())),
            }
        }
        match (&before.config, &after.config) {
            (Some(_), Some(_)) => Err(twice("--config")),
            (one, other) => Ok(Self { layer, config: one.as_ref().or(other.as_ref()).cloned() }),
        }
    }
}

impl GlobalArgs {
    /// The settings that these flags gave.
    fn layer(&self) -> Layer {
        let lists = [
            (Key::Sources, &self.sources),
            (Key::Store, &self.store),
            (Key::AllowWrite, &self.allow_write),
            (Key::MapUrl, &self.map_url),
        ];
        let singles = [
            (Key::AllowHttp, &self.allow_http),
            (Key::CacheDir, &self.cache_dir),
            (Key::CacheLimit, &self.cache_limit),
            (Key::Schemas, &self.schemas),
            (Key::Memory, &self.memory),
            (Key::TempDir, &self.temp_dir),
            (Key::TempLimit, &self.temp_limit),
            (Key::Threads, &self.threads),
            (Key::Timeout, &self.timeout),
            (Key::Strict, &self.strict),
            (Key::ExactTime, &self.exact_time),
            (Key::LateSlack, &self.late_slack),
            (Key::EarlySlack, &self.early_slack),
            (Key::Mixed, &self.mixed),
            (Key::PlainScan, &self.plain_scan),
            (Key::AllowNet, &self.allow_net),
            (Key::Now, &self.now),
            (Key::Quiet, &self.quiet),
            (Key::Stats, &self.stats),
        ];
        let lists = lists.into_iter().filter(|(_, texts)| !texts.is_empty()).map(|(key, texts)| (key, texts.clone()));
        let singles = singles.into_iter().filter_map(|(key, text)| Some((key, vec![text.clone()?])));
        lists.chain(singles).map(|(key, texts)| (key, Given { texts, origin: Origin::Flag(key) })).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::args::{Cli, Command};
    use super::*;

    fn flags(args: &[&str]) -> Result<Flags, String> {
        let cli = Cli::try_parse_from(["huntql"].iter().chain(args)).map_err(|error| error.to_string())?;
        cli.flags()
    }

    #[test]
    fn flags_before_and_after_the_command_count_alike() {
        let given = ["--source", "a", "query", "--source", "b", "--source", "c", "-c", "select 1", "--strict"];
        let layer = flags(&given).expect("flags").layer;
        assert_eq!(layer[&Key::Strict].texts, ["true"]);
        assert_eq!(layer[&Key::Sources].texts, ["a", "b", "c"]);
        assert_eq!(flags(&["--config", "x.toml", "tables"]).expect("flags").config, Some(PathBuf::from("x.toml")));
        assert_eq!(flags(&["tables", "--config", "x.toml"]).expect("flags").config, Some(PathBuf::from("x.toml")));
        assert_eq!(flags(&["--source", "a"]).expect("flags").layer[&Key::Sources].texts, ["a"]);
    }

    #[test]
    fn one_value_is_not_replaced_by_another() {
        let error = |args: &[&str]| flags(args).expect_err("error");
        insta::assert_snapshot!(error(&["--memory", "1GB", "tables", "--memory", "2GB"]), @"--memory stands before and after the command; give it once");
        insta::assert_snapshot!(error(&["--config", "a", "tables", "--config", "b"]), @"--config stands before and after the command; give it once");
        assert!(error(&["tables", "--now", "2026-10-01", "--now", "2026-10-02"]).contains("--now"));
    }

    #[test]
    fn a_switch_can_be_turned_off() {
        assert_eq!(flags(&["--strict=false", "tables"]).expect("flags").layer[&Key::Strict].texts, ["false"]);
        let cli = Cli::try_parse_from(["huntql", "tables", "--strict", "DeviceEvents"]).expect("parses");
        assert!(matches!(cli.command, Some(Command::Tables(with)) if with.own.name.as_deref() == Some("DeviceEvents")));
    }
}
