//! The command line as clap reads it; the doc comments are the help.
//!
//! Values of global flags stay text here: `settings` lays them over the environment and `huntql.toml` and then reads all three
//! alike, so that a wrong size is told the same way wherever it was written.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::keys::{Given, Key, Layer, Origin};
use super::units::parse_time;
use crate::hunt::Language;
use crate::output::Format;
use crate::output::export::{Compression, Partition};

/// Hunt in Microsoft Defender streaming data where it lies: SQL over blobs and hub dumps, in tables named as in advanced hunting.
///
/// Without a command, huntql opens its shell.
#[derive(Debug, Parser)]
#[command(name = "huntql", version, max_term_width = 120)]
#[command(after_help = "Exit codes: 0 done, 1 done but a condition that was asked for is not met, 2 trouble.\n\
    Every global flag may also be given as a variable (--late-slack as HUNTQL_LATE_SLACK) or as a key of huntql.toml \
    (late-slack): `huntql config` shows what is in force.")]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Hunt interactively; reads a script from standard input where that is no terminal
    Shell(ShellArgs),
    /// Run one script and print its answers
    Query(QueryArgs),
    /// Run query files and folders of them
    Run(RunArgs),
    /// Write a table or a query to Parquet: partitioned, sorted, sized
    Export(ExportArgs),
    /// Show what tables are there, or the columns of one
    Tables(TablesArgs),
    /// Show what the locations hold: layouts, tenants, tables, hours, gaps, rejects
    Inspect(InspectArgs),
    /// Write a demo data set in the wire format
    Sample(SampleArgs),
    /// Write a small demo data set, run the shipped hunts over it, and tell what they found
    Demo(DemoArgs),
    /// Show the settings in force and where each came from
    Config(ConfigArgs),
}

/// Flags of every command.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Global flags")]
pub struct GlobalArgs {
    /// Where data lies: a folder, a file, az://…, abfss://…, s3://…, gs://… or https://…; repeat it for more, all
    /// before or all after the command
    #[arg(long = "source", value_name = "URL", global = true)]
    pub sources: Vec<String>,
    /// Settings file to use instead of the huntql.toml found upward from here or in the user's configuration folder
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Folder of table schemas as the portal's getschema exports them, TableName.csv
    #[arg(long, value_name = "DIR", global = true)]
    pub schemas: Option<String>,
    /// Memory that sorting, grouping and joining may use before they spill to disk
    #[arg(long, value_name = "SIZE", global = true)]
    pub memory: Option<String>,
    /// Folder for spilled data
    #[arg(long, value_name = "DIR", global = true)]
    pub temp_dir: Option<String>,
    /// Most bytes that spilled data may take
    #[arg(long, value_name = "SIZE", global = true)]
    pub temp_limit: Option<String>,
    /// Threads that run queries
    #[arg(long, value_name = "N", global = true)]
    pub threads: Option<String>,
    /// Time limit of each query
    #[arg(long, value_name = "SPAN", global = true)]
    pub timeout: Option<String>,
    /// Stop at the first record that cannot be read instead of counting it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", global = true)]
    pub strict: Option<String>,
    /// Read every blob whatever its hour says
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", global = true)]
    pub exact_time: Option<String>,
    /// How long after its event a row may arrive and still be found under a time filter
    #[arg(long, value_name = "SPAN", global = true)]
    pub late_slack: Option<String>,
    /// How long before its own time a row may have arrived
    #[arg(long, value_name = "SPAN", global = true)]
    pub early_slack: Option<String>,
    /// Read every blob for every table, also blobs whose path names another one
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", global = true)]
    pub mixed: Option<String>,
    /// Folder into which COPY … TO may write; repeat it for more
    #[arg(long, value_name = "DIR", global = true)]
    pub allow_write: Vec<String>,
    /// What now() and ago() mean
    #[arg(long, value_name = "TIME", global = true)]
    pub now: Option<String>,
    /// Print answers and errors only
    #[arg(long, short, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", global = true)]
    pub quiet: Option<String>,
    /// Print all counters of each query
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", global = true)]
    pub stats: Option<String>,
}

impl GlobalArgs {
    /// The settings that flags gave.
    pub fn layer(&self) -> Layer {
        let lists = [(Key::Sources, &self.sources), (Key::AllowWrite, &self.allow_write)];
        let singles = [
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
            (Key::Now, &self.now),
            (Key::Quiet, &self.quiet),
            (Key::Stats, &self.stats),
        ];
        let lists = lists.into_iter().filter(|(_, texts)| !texts.is_empty()).map(|(key, texts)| (key, texts.clone()));
        let singles = singles.into_iter().filter_map(|(key, text)| Some((key, vec![text.clone()?])));
        lists.chain(singles).map(|(key, texts)| (key, Given { texts, origin: Origin::Flag(key) })).collect()
    }
}

/// `huntql shell`
#[derive(Debug, Args)]
pub struct ShellArgs {
    /// Rows of each answer to print at most; 0 prints all
    #[arg(long, value_name = "N", default_value_t = SHELL_ROWS)]
    pub max_rows: u64,
}

/// More than anybody reads in a terminal.
const SHELL_ROWS: u64 = 1000;

impl Default for ShellArgs {
    fn default() -> Self {
        Self { max_rows: SHELL_ROWS }
    }
}

/// `huntql query`
#[derive(Debug, Args)]
pub struct QueryArgs {
    /// The script to run
    #[command(flatten)]
    pub script: ScriptArgs,
    /// How to print the answers; by default as the ending of --output says, else as a table
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write the answer to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Rows of each answer to print at most
    #[arg(long, value_name = "N")]
    pub max_rows: Option<u64>,
}

/// A script and the values of its parameters.
#[derive(Debug, Args)]
pub struct ScriptArgs {
    /// The text of the script
    #[arg(short = 'c', long, value_name = "TEXT", conflicts_with = "file")]
    pub command: Option<String>,
    /// File with the script; - is standard input
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Language of the script, instead of what the ending of FILE says
    #[arg(long, value_name = "sql|kql")]
    pub lang: Option<Language>,
    /// Value of the parameter $NAME; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parse_param)]
    pub params: Vec<(String, String)>,
}

/// `huntql run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Query files, or folders that are searched for them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Folder in which each result is written as Parquet
    #[arg(long, value_name = "DIR")]
    pub results: Option<PathBuf>,
    /// Value of the parameter $NAME in every hunt that declares it; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parse_param)]
    pub params: Vec<(String, String)>,
    /// Exit with 1 if any hunt found rows
    #[arg(long)]
    pub fail_on_hits: bool,
}

/// `huntql export`
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The query to export
    #[command(flatten)]
    pub script: ScriptArgs,
    /// Table to export, instead of a query
    #[arg(long, value_name = "NAME", conflicts_with_all = ["command", "file"])]
    pub table: Option<String>,
    /// Folder to write to, or one file if the name ends in .parquet
    #[arg(long, value_name = "DIR|FILE")]
    pub to: PathBuf,
    /// Split into folders: by day or hour of the event time, or by the values of a column; several with commas
    #[arg(long, value_name = "day|hour|COLUMN", value_delimiter = ',')]
    pub partition_by: Vec<Partition>,
    /// Columns to sort by within a file, by default the event time; "" keeps the order of the query
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub sort: Vec<String>,
    /// Compression of the Parquet pages: zstd, gzip or brotli with a level, snappy, lz4 or none
    #[arg(long, value_name = "CODEC", default_value = "zstd:3")]
    pub compression: Compression,
    /// Rows after which a new file is begun
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub rows_per_file: Option<u64>,
    /// Replace what is there
    #[arg(long)]
    pub overwrite: bool,
}

/// `huntql tables`
#[derive(Debug, Args)]
pub struct TablesArgs {
    /// Table whose columns to show
    pub name: Option<String>,
    /// Count the rows, which reads the data
    #[arg(long, conflicts_with = "name")]
    pub rows: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
}

/// `huntql inspect`
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// Read all records and show those that could not be read: where, and why
    #[arg(long)]
    pub rejects: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
}

/// `huntql config`
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
}

/// How commands other than queries print.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
}

/// `huntql sample`
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// Folder to write to
    pub dir: PathBuf,
    /// How much to write
    #[command(flatten)]
    pub size: SampleSize,
    /// Hours that the events span
    #[arg(long, value_name = "H", default_value_t = 24)]
    pub hours: u32,
    /// End of the events' time; by default 2026-10-02T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub end: Option<DateTime<Utc>>,
    /// Tables to write, by default all; several with commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub tables: Vec<String>,
    /// Write clean records only: no half lines, foreign rows, odd dates or other quirks of real streams
    #[arg(long)]
    pub no_quirks: bool,
    /// Blobs of a storage account only: no hub dumps, no workspace export
    #[arg(long)]
    pub no_dumps: bool,
    /// Compress nothing; by default some blobs and dumps are gzip or zstd
    #[arg(long)]
    pub plain: bool,
    /// Write one file, a single {"records":[…]} document with all rows
    #[arg(long)]
    pub one_document: bool,
}

/// How much demo data, and which.
#[derive(Debug, Args)]
pub struct SampleSize {
    /// Rows over all tables, roughly
    #[arg(long, value_name = "N", default_value_t = 50_000)]
    pub rows: u64,
    /// Seed: the same one gives the same data
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
}

/// `huntql demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// How much to write
    #[command(flatten)]
    pub size: SampleSize,
    /// Folder to write to, which is then kept; by default a temporary one
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Keep the temporary folder, and say where it is
    #[arg(long)]
    pub keep: bool,
}

/// Splits `name=value`; a leading `$` of the name is dropped.
fn parse_param(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim_start_matches('$').trim().is_empty() => {
            Ok((name.trim_start_matches('$').trim().to_owned(), value.to_owned()))
        }
        _ => Err("write NAME=VALUE, for example host=srv-01".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_work_before_and_after_the_command() {
        let cli =
            Cli::try_parse_from(["huntql", "--source", "a", "query", "--source", "b", "-c", "select 1", "--strict"]);
        let layer = cli.map(|cli| cli.global.layer()).map_err(|error| error.to_string()).expect("parses");
        assert_eq!(layer[&Key::Strict].texts, ["true"]);
        assert!(layer[&Key::Sources].texts.contains(&"b".to_owned()));
    }

    #[test]
    fn a_switch_can_be_turned_off() {
        let cli = Cli::try_parse_from(["huntql", "--strict=false", "tables"]).expect("parses");
        assert_eq!(cli.global.layer()[&Key::Strict].texts, ["false"]);
        let cli = Cli::try_parse_from(["huntql", "tables", "--strict", "DeviceEvents"]).expect("parses");
        assert!(matches!(cli.command, Some(Command::Tables(args)) if args.name.as_deref() == Some("DeviceEvents")));
    }

    #[test]
    fn parameters_are_split_at_the_first_equals_sign() {
        assert_eq!(parse_param("$host=a=b"), Ok(("host".to_owned(), "a=b".to_owned())));
        assert_eq!(parse_param("empty="), Ok(("empty".to_owned(), String::new())));
        assert!(parse_param("host").is_err() && parse_param("=x").is_err());
    }
}
