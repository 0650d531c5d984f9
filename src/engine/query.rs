//! One statement from text to answer: parsed, planned and run on the engine's own runtime.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, TableReference};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream, execute_stream};
use datafusion::prelude::SessionContext;
use datafusion::sql::resolve::resolve_table_references;
use futures::StreamExt;
use tokio::sync::{mpsc, oneshot};

use super::answer::AbortOnDrop;
use super::inner::Inner;
use super::session::statement_state;
use super::trouble;
use super::{Answer, Counters, Engine, Error, ErrorKind, Monitor, QueryOptions};
use crate::scan::blob::StrictReject;
use crate::scan::context::{ScanContext, ScanOptions};
use crate::scan::discover::{extended, unknown_tables};
use crate::scan::sink::RejectSink;
use crate::source::LocationError;
use crate::sql::{self, Dictionary, Parsed, SCHEMA, SYSTEM_SCHEMA, SqlError};

/// Batches that may wait for a slow reader.
const AHEAD: usize = 4;

impl Engine {
    /// Runs one SQL statement with parameters or a time limit of its own.
    ///
    /// # Errors
    /// [`Error`] as a sentence, with line and column where the text is wrong.
    pub async fn sql_with(&self, text: &str, options: &QueryOptions) -> Result<Answer, Error> {
        let inner = &self.inner;
        let (dictionary, parsed) = self.read(text).await?;
        sql::guard(&parsed.statement, &inner.options.allow_write).map_err(wrong_text)?;
        let context = Arc::new(scan_context(inner));
        let monitor = Arc::new(QueryMonitor {
            context: Arc::clone(&context),
            started: Instant::now(),
            rows: AtomicU64::new(0),
            plan: OnceLock::new(),
        });
        let (started, schema) = oneshot::channel();
        let (batches, received) = mpsc::channel(AHEAD);
        let query = Query {
            inner: Arc::clone(inner),
            text: text.to_owned(),
            params: options.params.clone(),
            dictionary,
            context,
            monitor: Arc::clone(&monitor),
        };
        let runtime = inner.runtime().ok_or_else(|| Error::new(ErrorKind::Internal, "the engine is shutting down"))?;
        let task = runtime.spawn(query.run(parsed, started, batches));
        let guard = AbortOnDrop(task.abort_handle());
        let limit = options.timeout.or(inner.options.timeout);
        let schema =
            within(limit, schema).await?.map_err(|_| Error::new(ErrorKind::Cancelled, "the query was cancelled"))??;
        let deadline = limit.map(|limit| (monitor.started + limit, limit));
        Ok(Answer::new(schema, received, monitor, guard, deadline))
    }
}

impl Engine {
    /// Reads the statement; if it names a table that nobody knows, or asks which there are, tables are looked for first.
    async fn read(&self, text: &str) -> Result<(Arc<Dictionary>, Parsed), Error> {
        let known = dictionary(&self.inner);
        let parsed = sql::parse(text, &known).map_err(wrong_text)?;
        if !self.needs_discovery(text, &parsed) || !self.discover().await? {
            return Ok((Arc::new(known), parsed));
        }
        let known = dictionary(&self.inner);
        let parsed = sql::parse(text, &known).map_err(wrong_text)?;
        Ok((Arc::new(known), parsed))
    }

    fn needs_discovery(&self, text: &str, parsed: &Parsed) -> bool {
        let lists_tables = text.trim_start().get(..4).is_some_and(|word| word.eq_ignore_ascii_case("show"));
        let (catalog, views) = (self.inner.catalog(), self.inner.views.all());
        let unknown = |table: &TableReference| {
            let name = table.table();
            let view = views.iter().any(|(view, _)| view.eq_ignore_ascii_case(name));
            match table.schema() {
                None | Some(SCHEMA) => !view && catalog.resolve(name).is_none(),
                // Whether a category is known decides what is a reject.
                Some(schema) => {
                    schema.eq_ignore_ascii_case("information_schema") || schema.eq_ignore_ascii_case(SYSTEM_SCHEMA)
                }
            }
        };
        lists_tables
            || resolve_table_references(&parsed.statement, false).is_ok_and(|(tables, _)| tables.iter().any(unknown))
    }

    /// Looks for tables that no schema knows, once; true if that was now.
    pub(super) async fn discover(&self) -> Result<bool, Error> {
        let inner = &self.inner;
        let mut now = false;
        let search = inner.discovered.get_or_try_init(|| async {
            now = true;
            let found = unknown_tables(&inner.locations, &inner.listing, &inner.known).await?;
            inner.keep_catalog(extended(&inner.known, found));
            Ok(())
        });
        search
            .await
            .map_err(|error: DataFusionError| Error::new(ErrorKind::Location, error.find_root().to_string()))?;
        Ok(now)
    }
}

async fn within<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Result<T, Error> {
    match limit {
        None => Ok(work.await),
        Some(limit) => tokio::time::timeout(limit, work).await.map_err(|_| Error::timed_out(limit)),
    }
}

fn dictionary(inner: &Inner) -> Dictionary {
    let rejects = RejectSink::schema();
    let columns: Vec<String> = rejects.fields().iter().map(|field| field.name().clone()).collect();
    let views = inner.views.all();
    let base = Dictionary::new(&inner.catalog()).with_system_table("rejects", columns);
    views.into_iter().fold(base, |dictionary, (name, view)| {
        let columns: Vec<String> = view.schema().fields().iter().map(|field| field.name().clone()).collect();
        dictionary.with_view(&name, columns)
    })
}

fn scan_context(inner: &Inner) -> ScanContext {
    let options = &inner.options;
    ScanContext {
        locations: Arc::clone(&inner.locations),
        listing: Arc::clone(&inner.listing),
        catalog: inner.catalog(),
        options: ScanOptions {
            strict: options.strict,
            exact_time: options.exact_time,
            late: options.late_slack,
            early: options.early_slack,
            prefilter: options.prefilter,
            learn_lines: options.learn_lines,
            mixed: options.mixed,
        },
        counts: crate::scan::context::ScanCounts::default(),
    }
}

/// What a running statement needs.
struct Query {
    inner: Arc<Inner>,
    text: String,
    params: Vec<(String, String)>,
    dictionary: Arc<Dictionary>,
    context: Arc<ScanContext>,
    monitor: Arc<QueryMonitor>,
}

impl Query {
    async fn run(
        self,
        parsed: Parsed,
        started: oneshot::Sender<Result<SchemaRef, Error>>,
        batches: mpsc::Sender<Result<RecordBatch, Error>>,
    ) {
        let mut stream = match self.start(parsed).await {
            Ok(stream) => stream,
            Err(error) => {
                let _nobody_waits = started.send(Err(self.error(&error)));
                return;
            }
        };
        if started.send(Ok(stream.schema())).is_err() {
            return;
        }
        while let Some(batch) = stream.next().await {
            let failed = batch.is_err();
            if let Ok(batch) = &batch {
                self.monitor.rows.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
            }
            let sent = batches.send(batch.map_err(|error| self.error(&error))).await;
            if sent.is_err() || failed {
                return;
            }
        }
    }

    /// Plans the statement and starts it.
    async fn start(&self, parsed: Parsed) -> Result<SendableRecordBatchStream, DataFusionError> {
        let state = statement_state(&self.inner, &parsed, &self.context)?;
        let plan = state.statement_to_plan(parsed.statement).await?;
        let plan = sql::bind(plan, &self.params).map_err(|error| DataFusionError::External(Box::new(error)))?;
        if matches!(plan, LogicalPlan::Ddl(_) | LogicalPlan::Statement(_)) {
            let session = SessionContext::new_with_state(state);
            let frame = session.execute_logical_plan(plan).await?;
            self.inner.keep_config(session.copied_config());
            return frame.execute_stream().await;
        }
        let physical = state.create_physical_plan(&plan).await?;
        let _a_statement_is_planned_once = self.monitor.plan.set(Arc::clone(&physical));
        execute_stream(physical, state.task_ctx())
    }

    fn error(&self, error: &DataFusionError) -> Error {
        if let DataFusionError::External(inner) = error.find_root() {
            if let Some(error) = inner.downcast_ref::<SqlError>() {
                return wrong_text(error.clone());
            }
            if let Some(error) = inner.downcast_ref::<StrictReject>() {
                return Error::new(ErrorKind::Strict, error.to_string());
            }
            if let Some(error) = inner.downcast_ref::<LocationError>() {
                return Error::new(ErrorKind::Location, error.to_string());
            }
        }
        trouble::explain(error).unwrap_or_else(|| wrong_text(sql::explain_error(&self.text, error, &self.dictionary)))
    }
}

fn wrong_text(error: SqlError) -> Error {
    let kind = if error.refused { ErrorKind::Refused } else { ErrorKind::Query };
    Error::new(kind, error.to_string())
}

/// The counters of one query.
struct QueryMonitor {
    context: Arc<ScanContext>,
    started: Instant,
    rows: AtomicU64,
    /// Known once the statement is planned.
    plan: OnceLock<Arc<dyn ExecutionPlan>>,
}

impl QueryMonitor {
    fn bytes_spilled(&self) -> u64 {
        self.plan.get().map_or(0, |plan| spilled_by(plan) as u64)
    }
}

/// Bytes that a plan's operators spilled so far.
fn spilled_by(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let own = plan.metrics().and_then(|metrics| metrics.spilled_bytes()).unwrap_or(0);
    own + plan.children().into_iter().map(spilled_by).sum::<usize>()
}

impl Monitor for QueryMonitor {
    fn counters(&self) -> Counters {
        let counts = &self.context.counts;
        Counters {
            blobs_listed: counts.blobs_listed.get(),
            blobs_pruned: counts.blobs_pruned.get(),
            blobs_planned: counts.blobs_planned.get(),
            blobs_opened: counts.blobs_opened.get(),
            bytes_planned: counts.bytes_planned.get(),
            bytes_scanned: counts.bytes_scanned.get(),
            records_seen: counts.records_seen.get(),
            records_rejected: counts.records_rejected.get(),
            cells_rejected: counts.cells_rejected.get(),
            rows: self.rows.load(Ordering::Relaxed),
            bytes_spilled: self.bytes_spilled(),
            elapsed: self.started.elapsed(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let (counts, options) = (&self.context.counts, &self.context.options);
        let mut notes = Vec::new();
        if counts.blobs_pruned.get() > 0 {
            notes.push(format!(
                "{} left out by the hour in the path (rows up to {} h late are found; --exact-time reads all)",
                many(counts.blobs_pruned.get(), "blob"),
                options.late.as_secs() / 3600
            ));
        }
        if counts.records_rejected.get() + counts.cells_rejected.get() > 0 {
            notes.push(format!(
                "{} and {} could not be read (SELECT * FROM huntql.rejects tells which)",
                many(counts.records_rejected.get(), "record"),
                many(counts.cells_rejected.get(), "cell")
            ));
        }
        if counts.records_foreign.get() > 0 {
            notes.push(format!(
                "of these, {} of another table than the blob's path names (--mixed reads them)",
                many(counts.records_foreign.get(), "record")
            ));
        }
        notes
    }
}

/// A number with its noun: "1 blob", "2 blobs".
fn many(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
