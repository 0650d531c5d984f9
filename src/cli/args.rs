//! The command line as clap reads it; the doc comments are the help.
//!
//! What only one command takes is here; the flags of all of them are in `global`.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::global::{Flags, GlobalArgs, With};
use super::units::{parse_span, parse_time};
use crate::hunt::{LanguageChoice, Severity};
use crate::output::Format;
use crate::output::chart::Kind;
use crate::output::export::{Compression, Partition};

/// Hunt in Microsoft Defender streaming data where it lies: SQL and KQL over blobs and hub dumps, in tables named as in advanced hunting.
///
/// Without a command, huntql opens its shell.
#[derive(Debug, Parser)]
#[command(name = "huntql", version, max_term_width = 120)]
#[command(after_help = "Exit codes: 0 done, 1 done but a condition that was asked for is not met, 2 trouble, \
    130 stopped by Ctrl-C.\n\
    Every global flag may also be given as a variable (--late-slack as HUNTQL_LATE_SLACK) or as a key of huntql.toml \
    (late-slack): `huntql config` shows what is in force.")]
pub struct Cli {
    /// Global flags before the command.
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
    Shell(With<ShellArgs>),
    /// Run one script and print its answers
    Query(With<QueryArgs>),
    /// Run query files and folders of them
    Run(With<RunArgs>),
    /// Show how a KQL text is understood: the bound tree and the plan
    Translate(With<TranslateArgs>),
    /// Say of query files, rules and pages whether they would run, without data
    Check(With<CheckArgs>),
    /// Write a table or a query to Parquet: partitioned, sorted, sized
    Export(With<ExportArgs>),
    /// Show what tables are there, or the columns of one
    Tables(With<TablesArgs>),
    /// Show what the locations hold: layouts, tenants, tables, hours, gaps, rejects
    Inspect(With<InspectArgs>),
    /// Write a demo data set in the wire format
    Sample(With<SampleArgs>),
    /// Write a small demo data set, run the shipped hunts over it, and tell what they found
    Demo(With<DemoArgs>),
    /// Show the settings in force and where each came from
    Config(With<ConfigArgs>),
}

impl Cli {
    /// What the global flags say.
    ///
    /// # Errors
    /// A sentence, if one of them is given twice.
    pub(super) fn flags(&self) -> Result<Flags, String> {
        let nothing = GlobalArgs::default();
        Flags::join(&self.global, self.command.as_ref().map_or(&nothing, Command::global))
    }
}

impl Command {
    fn global(&self) -> &GlobalArgs {
        match self {
            Self::Shell(with) => &with.global,
            Self::Query(with) => &with.global,
            Self::Run(with) => &with.global,
            Self::Check(with) => &with.global,
            Self::Translate(with) => &with.global,
            Self::Export(with) => &with.global,
            Self::Tables(with) => &with.global,
            Self::Inspect(with) => &with.global,
            Self::Sample(with) => &with.global,
            Self::Demo(with) => &with.global,
            Self::Config(with) => &with.global,
        }
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
    /// Draw the answer into a file instead of printing it; its name ends in .svg, .png or .html
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "format", "max_rows"])]
    pub chart: Option<PathBuf>,
    /// What to draw; by default what the query's render says, else what its columns suggest
    #[arg(long, value_name = "KIND", requires = "chart")]
    pub chart_kind: Option<Kind>,
    /// Print what each statement would read, its blobs, bytes and hours, and run nothing
    #[arg(long)]
    pub dry_run: bool,
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
    /// Language of the script; auto goes by the ending of FILE, else by the first words
    #[arg(long, value_name = "auto|sql|kql", default_value = "auto", hide_default_value = true)]
    pub lang: LanguageChoice,
    /// Value of the parameter $NAME in SQL, or of one that KQL declares; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parse_param)]
    pub params: Vec<(String, String)>,
}

/// A span of time.
#[derive(Debug, Default, Args)]
pub struct TimeArgs {
    /// Only what is of this time or later
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub from: Option<DateTime<Utc>>,
    /// Only what is from before this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub to: Option<DateTime<Utc>>,
    /// Only what is of the last while, such as 24h or 7d
    #[arg(long, value_name = "SPAN", value_parser = parse_span, conflicts_with = "from")]
    pub last: Option<Duration>,
}

/// `huntql run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Query files, or folders that are searched for them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Folder in which each result is written, with a summary of all
    #[arg(long, value_name = "DIR")]
    pub results: Option<PathBuf>,
    /// How results are written; by default as Parquet
    #[arg(long, value_name = "parquet|jsonl|csv")]
    pub format: Option<Format>,
    /// File of a report to write: one page of HTML that needs nothing else
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// The time that is looked at
    #[command(flatten)]
    pub time: TimeArgs,
    /// Only hunts of these severities: high, medium, low, informational; several with commas
    #[arg(long, value_name = "SEVERITY", value_delimiter = ',', value_parser = parse_severity)]
    pub severity: Vec<Severity>,
    /// Only hunts of these ATT&CK techniques, with their parts; several with commas
    #[arg(long, value_name = "T1003", value_delimiter = ',')]
    pub technique: Vec<String>,
    /// Hunts at a time; they read the data in one pass
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub jobs: usize,
    /// Read only what came since the last run with this state file, and keep in it how far was read; with --results each run has a
    /// folder of its own
    #[arg(long, value_name = "STATE")]
    pub since_last_run: Option<PathBuf>,
    /// Time limit of each hunt, such as 60s
    #[arg(long, value_name = "SPAN", value_parser = parse_span)]
    pub timeout_each: Option<Duration>,
    /// Value of the parameter NAME in every hunt that declares it; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parse_param)]
    pub params: Vec<(String, String)>,
    /// Print what each hunt would read on its own, its blobs, bytes and hours, and run nothing
    #[arg(long, conflicts_with_all = ["results", "report", "since_last_run"])]
    pub dry_run: bool,
    /// Exit with 1 if any hunt hit
    #[arg(long)]
    pub fail_on_hits: bool,
    /// Exit with 2 if any hunt failed; by default only if all did
    #[arg(long)]
    pub fail_on_error: bool,
}

/// `huntql check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Query files, rules and pages, or folders that are searched for them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,
}

/// How `huntql check` prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
    /// For code hosts
    Sarif,
}

/// `huntql translate`
#[derive(Debug, Args)]
pub struct TranslateArgs {
    /// The text of the script
    #[arg(short = 'c', long, value_name = "TEXT", conflicts_with = "file")]
    pub command: Option<String>,
    /// File with the script; - is standard input
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Value of a declared query parameter; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parse_param)]
    pub params: Vec<(String, String)>,
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
    #[arg(long, value_name = "N", value_parser = parse_rows)]
    pub rows_per_file: Option<u64>,
    /// Replace what is there
    #[arg(long)]
    pub overwrite: bool,
    /// Print what the export would read, its blobs, bytes and hours, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `huntql tables`
#[derive(Debug, Args)]
pub struct TablesArgs {
    /// Table whose columns to show
    pub name: Option<String>,
    /// Count the rows, which reads the data
    #[arg(long, conflicts_with = "name")]
    pub rows: bool,
    /// The hours of receipt that are looked at; rows that are counted are of events in this time
    #[command(flatten)]
    pub time: TimeArgs,
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
    /// The hours of receipt that are looked at; of a remote location other months are not even listed
    #[command(flatten)]
    pub time: TimeArgs,
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

fn parse_rows(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|&rows| rows > 0).ok_or_else(|| "write a number of 1 or more".to_owned())
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    Severity::of(text).ok_or_else(|| "write high, medium, low or informational".to_owned())
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
    fn parameters_are_split_at_the_first_equals_sign() {
        assert_eq!(parse_param("$host=a=b"), Ok(("host".to_owned(), "a=b".to_owned())));
        assert_eq!(parse_param("empty="), Ok(("empty".to_owned(), String::new())));
        assert!(parse_param("host").is_err() && parse_param("=x").is_err());
    }
}
