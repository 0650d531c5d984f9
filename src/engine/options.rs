//! What an engine is told once, and what a query may be told besides.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::scan::context::Shortcuts;
use crate::scan::pass::Pass;
use crate::source::{Scope, StoreOptions};

/// Everything an engine is built from. All fields have a working default.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Locations of data: paths or URLs.
    pub sources: Vec<String>,
    /// Credentials and settings for remote locations.
    pub stores: StoreOptions,
    /// Where listings of closed hours are kept from query to query; none keeps nothing.
    pub cache_dir: Option<PathBuf>,
    /// Bytes of remote blobs of closed hours that are kept in `cache_dir` at most; default: none are kept.
    pub cache_limit: Option<u64>,
    /// A folder of schema files, `TableName.csv`, as the portal's `getschema` exports them.
    pub schemas: Option<PathBuf>,
    /// Bytes that sorting, grouping and joining may use before they spill; default: 60 % of the machine's memory.
    pub memory: Option<usize>,
    /// Where spilled data goes; default: the system's temporary folder.
    pub temp_dir: Option<PathBuf>,
    /// Bytes that may lie in `temp_dir` at once; default 100 GB.
    pub temp_limit: Option<u64>,
    /// Threads that run queries; default: the machine's cores.
    pub threads: Option<usize>,
    /// Time limit of a query, from planning to the last row.
    pub timeout: Option<Duration>,
    /// Stop at the first reject instead of counting it.
    pub strict: bool,
    /// Read every blob whatever its hour says; no pruning by time.
    pub exact_time: bool,
    /// How much later than an event its row may arrive and still be found under a time filter; default 48 hours.
    pub late_slack: Duration,
    /// How much earlier than its own time a row may have arrived (clocks that run ahead); default 1 hour.
    pub early_slack: Duration,
    /// Ways of reading less for the same rows; default: all.
    pub shortcuts: Shortcuts,
    /// Read every blob for every table, also those whose path names another table.
    pub mixed: bool,
    /// Folders into which `COPY … TO` may write.
    pub allow_write: Vec<PathBuf>,
    /// Let `externaldata` read URLs.
    pub allow_net: bool,
    /// Copies of URLs for `externaldata`: the URL, and the file to read instead.
    pub map_url: Vec<(String, PathBuf)>,
    /// The time that `now()` and `ago()` mean; default: the time of the query.
    pub now: Option<DateTime<Utc>>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            stores: StoreOptions::default(),
            cache_dir: None,
            cache_limit: None,
            schemas: None,
            memory: None,
            temp_dir: None,
            temp_limit: None,
            threads: None,
            timeout: None,
            strict: false,
            exact_time: false,
            late_slack: Duration::from_secs(48 * 3600),
            early_slack: Duration::from_secs(3600),
            shortcuts: Shortcuts::default(),
            mixed: false,
            allow_write: Vec::new(),
            allow_net: false,
            map_url: Vec::new(),
            now: None,
        }
    }
}

/// What one query is told besides its text.
#[derive(Debug, Clone, Default)]
pub struct QueryOptions {
    /// Values for `$name` in SQL, for `declare query_parameters` in KQL, as `(name, text)`; bound with the type that the query needs there,
    /// never pasted in.
    pub params: Vec<(String, String)>,
    /// Time limit instead of the engine's.
    pub timeout: Option<Duration>,
    /// The part of the data that is looked at, as if there were no other.
    pub scope: Scope,
    /// Read together with the other queries of this pass, from [`super::Engine::begin`] on. The pass has the time limit.
    pub pass: Option<Pass>,
    /// Do not run: the answer is a row for each scan that the query would make, with its blobs, bytes and hours.
    pub dry_run: bool,
    /// The file that a KQL text came from: errors name it before line and column.
    pub file: Option<String>,
    /// The time that `now()` and `ago()` mean instead of the engine's.
    pub now: Option<DateTime<Utc>>,
    /// The order that the rows are wanted in, whatever order the text asks for; empty leaves it to the text.
    pub order: Vec<Order>,
}

/// One term of an order: ascending, nulls last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The column, in the spelling of the answer.
    pub column: String,
    /// The period that a time is cut to before it is compared, as `date_trunc` names it.
    pub period: Option<&'static str>,
}
