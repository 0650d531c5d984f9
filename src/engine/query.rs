//! One statement from text to answer: parsed, planned and run on the engine's own runtime.

use std::sync::Arc;

use datafusion::common::{DataFusionError, TableReference};
use datafusion::execution::session_state::SessionState;
use datafusion::functions::datetime::expr_fn::date_trunc;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, ident, lit};
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;
use datafusion::sql::resolve::resolve_table_references;

use super::inner::Inner;
use super::launch::launch;
use super::monitor::QueryMonitor;
use super::session::statement_state;
use super::start::{Manner, start};
use super::trouble;
use super::{Answer, Engine, Error, ErrorKind, Order, QueryOptions};
use crate::scan::context::{ScanContext, ScanOptions};
use crate::scan::discover::{extended, unknown_tables};
use crate::scan::sink::RejectSink;
use crate::source::Scope;
use crate::sql::{self, Dictionary, Parsed, SCHEMA, SYSTEM_SCHEMA, SqlError};

impl Engine {
    /// Runs one SQL statement with parameters or a time limit of its own.
    ///
    /// # Errors
    /// [`Error`] as a sentence, with line and column where the text is wrong.
    pub async fn sql_with(&self, text: &str, options: &QueryOptions) -> Result<Answer, Error> {
        let (query, parsed, explain) = self.understand(text, options).await?;
        // A pass has the limit of its queries.
        let limit = options.timeout.or(self.inner.options.timeout).filter(|_| options.pass.is_none());
        let monitor = Arc::clone(&query.monitor);
        launch(&self.inner, monitor, limit, query.start(parsed), explain).await
    }

    /// A statement ready to be planned, and how its errors are told.
    pub(super) async fn understand(
        &self,
        text: &str,
        options: &QueryOptions,
    ) -> Result<(Query, Parsed, impl Fn(&DataFusionError) -> Error + Send + Sync + 'static), Error> {
        let (dictionary, parsed) = self.read(text).await?;
        sql::guard(&parsed.statement, &self.inner.options.allow_write).map_err(wrong_text)?;
        let context = Arc::new(scan_context(&self.inner, options.scope.clone()));
        let monitor = Arc::new(QueryMonitor::new(Arc::clone(&context), Vec::new()));
        let query = Query { inner: Arc::clone(&self.inner), options: options.clone(), context, monitor };
        let (engine, text) = (self.clone(), text.to_owned());
        let explain = move |error: &DataFusionError| {
            // Made when something is wrong only: there are hundreds of names to offer instead of a misspelt one.
            let functions = engine.sql_functions().unwrap_or_default().into_iter().map(|function| function.name);
            explained(error, &text, &dictionary.as_ref().clone().with_functions(functions))
        };
        Ok((query, parsed, explain))
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
        let unseen = |error: DataFusionError| {
            trouble::explain(&error).unwrap_or_else(|| Error::new(ErrorKind::Location, error.find_root().to_string()))
        };
        search.await.map_err(unseen)?;
        Ok(now)
    }
}

pub(super) fn dictionary(inner: &Inner) -> Dictionary {
    let rejects = RejectSink::schema();
    let columns: Vec<String> = rejects.fields().iter().map(|field| field.name().clone()).collect();
    let views = inner.views.all();
    let base = Dictionary::new(&inner.catalog()).with_system_table("rejects", columns);
    views.into_iter().fold(base, |dictionary, (name, view)| {
        let columns: Vec<String> = view.schema().fields().iter().map(|field| field.name().clone()).collect();
        dictionary.with_view(&name, columns)
    })
}

/// What the scans of one query share.
pub(super) fn scan_context(inner: &Inner, scope: Scope) -> ScanContext {
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
            shortcuts: options.shortcuts,
            mixed: options.mixed,
            scope,
            temp_dir: options.temp_dir.clone(),
        },
        counts: crate::scan::context::ScanCounts::default(),
    }
}

/// The rows of a plan in this order.
pub(super) fn ordered(plan: LogicalPlan, order: &[Order]) -> Result<LogicalPlan, DataFusionError> {
    if order.is_empty() {
        return Ok(plan);
    }
    let term = |order: &Order| {
        let column = ident(&order.column);
        let value = order.period.map_or(column.clone(), |period| date_trunc(lit(period), column));
        value.sort(true, false)
    };
    LogicalPlanBuilder::from(plan).sort(order.iter().map(term))?.build()
}

/// What a running statement needs.
pub(super) struct Query {
    inner: Arc<Inner>,
    options: QueryOptions,
    context: Arc<ScanContext>,
    monitor: Arc<QueryMonitor>,
}

impl Query {
    /// What its scans share.
    pub(super) fn context(&self) -> &Arc<ScanContext> {
        &self.context
    }

    /// Plans the statement and leaves it at that; false if it is no query.
    pub(super) async fn dry(self, parsed: Parsed) -> Result<bool, DataFusionError> {
        let (state, plan) = self.plan(parsed).await?;
        if matches!(plan, LogicalPlan::Ddl(_) | LogicalPlan::Statement(_)) {
            return Ok(false);
        }
        state.create_physical_plan(&plan).await.map(|_| true)
    }

    /// The statement as a plan, and the session that it was planned in.
    async fn plan(&self, parsed: Parsed) -> Result<(SessionState, LogicalPlan), DataFusionError> {
        let mut state = statement_state(&self.inner, &parsed.hidden, &self.context, self.options.pass.as_ref())?;
        if let Some(now) = self.options.now {
            state.execution_props_mut().query_execution_start_time = Some(now);
        }
        let plan = state.statement_to_plan(parsed.statement).await?;
        let plan = sql::bind(plan, &self.options.params).map_err(|error| DataFusionError::External(Box::new(error)))?;
        Ok((state, ordered(plan, &self.options.order)?))
    }

    /// Plans the statement and starts it.
    async fn start(self, parsed: Parsed) -> Result<SendableRecordBatchStream, DataFusionError> {
        let (state, plan) = self.plan(parsed).await?;
        if matches!(plan, LogicalPlan::Ddl(_) | LogicalPlan::Statement(_)) {
            let session = SessionContext::new_with_state(state);
            let frame = session.execute_logical_plan(plan).await?;
            self.inner.keep_config(session.copied_config());
            return frame.execute_stream().await;
        }
        let dry_run = self.options.dry_run.then(|| Arc::clone(&self.context));
        start(state, plan, self.monitor, Manner { dry_run, once: self.options.pass.is_some() }).await
    }
}

/// An error of a running statement as a sentence.
fn explained(error: &DataFusionError, text: &str, dictionary: &Dictionary) -> Error {
    if let DataFusionError::External(inner) = error.find_root()
        && let Some(error) = inner.downcast_ref::<SqlError>()
    {
        return wrong_text(error.clone());
    }
    trouble::explain(error).unwrap_or_else(|| wrong_text(sql::explain_error(text, error, dictionary)))
}

fn wrong_text(error: SqlError) -> Error {
    let kind = if error.refused { ErrorKind::Refused } else { ErrorKind::Query };
    let told = Error::new(kind, error.to_string());
    match (error.line, error.column) {
        (Some(line), Some(column)) => told.at(line, column),
        _ => told,
    }
}
