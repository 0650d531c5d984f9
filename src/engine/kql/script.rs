//! A KQL script that is understood, and each of its results on its way to an answer.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use datafusion::common::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use futures::StreamExt;

use super::explain::{self, Explain};
use super::outside::Outside;
use super::probe::{Findings, Inquiry, Memory};
use super::schemas::EngineSchemas;
use super::tables::EngineTables;
use crate::engine::inner::Inner;
use crate::engine::launch::launch;
use crate::engine::monitor::QueryMonitor;
use crate::engine::price::Price;
use crate::engine::query::{ordered, scan_context};
use crate::engine::session::statement_state;
use crate::engine::start::{Manner, start};
use crate::engine::{Answer, Engine, Error, ErrorKind, Order, QueryOptions, trouble};
use crate::kql::bind::tree::{Note, Script};
use crate::kql::bind::{Bound, bind};
use crate::kql::plan::{PlanError, PlannedResult, plan};
use crate::kql::syntax::ast::Span;
use crate::kql::syntax::{Diagnostic, parse, render};
use crate::scan::context::ScanContext;
use crate::scan::pass::Pass;
use crate::source::Scope;

/// Questions about data that one script may ask; each costs a query.
const MOST_QUESTIONS: usize = 100;

/// How a script was taken.
#[derive(Debug, Clone)]
pub struct Translation {
    /// The bound tree as indented text: every name resolved, every type told.
    pub tree: String,
    /// The optimized plan of each result, as indented text.
    pub plans: Vec<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// A script that can be run.
pub(in crate::engine) struct Prepared {
    inner: Arc<Inner>,
    schemas: EngineSchemas,
    script: Script,
    explain: Option<Explain>,
    /// The time of the whole script.
    now: DateTime<Utc>,
    limit: Option<Duration>,
    /// With what it is read together; the questions of its binding are not.
    pass: Option<Pass>,
    /// The part of the data that the tables are cut to.
    scope: Scope,
    order: Vec<Order>,
    /// Only what would be read is told.
    dry_run: bool,
    notes: Vec<String>,
    outside: Outside,
    planned_notes: Mutex<BTreeSet<String>>,
    source: Source,
}

/// The text as errors show it.
#[derive(Clone)]
struct Source {
    text: Arc<str>,
    name: Arc<str>,
}

impl Prepared {
    /// Parses and binds a text, looks tables up that nobody knows, and runs the queries that binding asks for.
    pub(super) async fn new(engine: &Engine, text: &str, options: &QueryOptions) -> Result<Self, Error> {
        // What is only priced reads nothing, also not to learn which columns there are.
        Self::bound(engine, text, options, !options.dry_run).await
    }

    /// The same for a text whose binding asks for no query; another one is refused.
    pub(in crate::engine) async fn unasked(engine: &Engine, text: &str, options: &QueryOptions) -> Result<Self, Error> {
        Self::bound(engine, text, options, false).await
    }

    async fn bound(engine: &Engine, text: &str, options: &QueryOptions, may_ask: bool) -> Result<Self, Error> {
        let inner = &engine.inner;
        let (explain, kql) = explain::split(text);
        let name = options.file.as_deref().unwrap_or("query");
        let source = Source { text: Arc::from(text), name: Arc::from(name) };
        let (tree, diagnostics) = parse(&kql);
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(source.wrong(&diagnostics));
        }
        let parameters: HashMap<String, String> = options.params.iter().cloned().collect();
        let mut schemas = EngineSchemas::new(inner);
        let mut memory = Memory::default();
        let mut bound = bind(&tree, &schemas, &mut memory, &parameters);
        if (has_error(&bound) || names_all_tables(&kql)) && engine.discover().await? {
            schemas = EngineSchemas::new(inner);
            memory = Memory::default();
            bound = bind(&tree, &schemas, &mut memory, &parameters);
        }
        let mut prepared = Self {
            inner: Arc::clone(inner),
            schemas,
            script: bound.script.clone(),
            explain: None,
            now: options.now.or(inner.options.now).unwrap_or_else(Utc::now),
            limit: options.timeout.or(inner.options.timeout),
            pass: options.pass.clone(),
            scope: options.scope.clone(),
            order: options.order.clone(),
            dry_run: options.dry_run,
            notes: Vec::new(),
            outside: Outside::new(&inner.options),
            planned_notes: Mutex::default(),
            source,
        };
        if bound.pending && !may_ask {
            let sentence = "which columns there are hangs on the rows here, as with `bag_unpack` and `pivot`: what the query reads is \
                            not known before it reads; ask about the part before that operator";
            return Err(Error::new(ErrorKind::Refused, sentence));
        }
        let started = Instant::now();
        for _ in 0..MOST_QUESTIONS {
            let Some(inquiry) = memory.take().filter(|_| bound.pending) else { break };
            let found = prepared.look(&inquiry, started).await?;
            memory.keep(inquiry, found);
            bound = bind(&tree, &prepared.schemas, &mut memory, &parameters);
        }
        if bound.pending {
            let sentence = format!("the script asks more than {MOST_QUESTIONS} questions about its rows");
            return Err(Error::new(ErrorKind::Refused, sentence));
        }
        if has_error(&bound) {
            return Err(prepared.source.wrong(&bound.diagnostics));
        }
        prepared.explain = explain;
        prepared.notes = prepared.all_notes(&diagnostics, &bound);
        prepared.script = bound.script;
        if prepared.script.results.len() > 1 {
            // Nothing is shown of a script of which a part cannot be run.
            (0..prepared.script.results.len()).try_for_each(|place| prepared.plan(place).map(|_| ()))?;
        }
        Ok(prepared)
    }

    /// How many results there are.
    pub(super) fn results(&self) -> usize {
        self.script.results.len()
    }

    /// Plans a result and starts it.
    pub(super) async fn start(&self, place: usize) -> Result<Answer, Error> {
        let (planned, context) = self.plan(place)?;
        let plan = match self.explain {
            Some(explain) => explain.of(planned.plan).map_err(|error| explained(&error))?,
            None => ordered(planned.plan, &self.order).map_err(|error| explained(&error))?,
        };
        let monitor = Arc::new(QueryMonitor::new(Arc::clone(&context), self.notes()));
        // A pass has the limit of its queries.
        let limit = self.limit.filter(|_| self.pass.is_none());
        let answer = self.launch(plan, &context, self.pass.as_ref(), monitor, limit, self.dry_run).await?;
        Ok(answer.titled(planned.name, planned.render))
    }

    /// What its results would read.
    pub(in crate::engine) async fn price(&self) -> Result<Price, Error> {
        let mut price = Price::default();
        for place in 0..self.results() {
            let (planned, context) = self.plan(place)?;
            let state = self.state(&context, None).map_err(|error| explained(&error))?;
            state.create_physical_plan(&planned.plan).await.map_err(|error| explained(&error))?;
            price.add(&context);
        }
        Ok(price)
    }

    /// The bound tree and the plans.
    pub(super) fn translate(&self) -> Result<Translation, Error> {
        let plans = (0..self.results()).map(|place| {
            let (planned, context) = self.plan(place)?;
            let plan = self.state(&context, None).and_then(|state| state.optimize(&planned.plan));
            Ok(plan.map_err(|error| explained(&error))?.display_indent().to_string())
        });
        let plans: Vec<String> = plans.collect::<Result<_, Error>>()?;
        Ok(Translation { tree: self.script.dump(), plans, notes: self.notes() })
    }

    /// What stands against planning its results, with the place if there is one.
    pub(super) fn faults(&self) -> Vec<(Option<Span>, String)> {
        let context = Arc::new(scan_context(&self.inner, self.scope.clone()));
        let Some(now) = self.now.timestamp_nanos_opt() else { return Vec::new() };
        let (outside, notes) = (&self.outside, &self.planned_notes);
        let tables = EngineTables { schemas: &self.schemas, context: &context, now, outside, notes };
        match plan(&self.script, &tables) {
            Ok(_) => Vec::new(),
            Err(PlanError::Refused { message, span }) => vec![(span, message)],
            Err(PlanError::DataFusion(error)) => vec![(None, explained(&error).to_string())],
        }
    }

    /// Plans a result of its own, so that its scans have counters of their own.
    fn plan(&self, place: usize) -> Result<(PlannedResult, Arc<ScanContext>), Error> {
        let Some(result) = self.script.results.get(place) else {
            return Err(Error::new(ErrorKind::Internal, "there is no such result"));
        };
        let script = Script { results: vec![result.clone()], ..self.script.clone() };
        self.plan_script(&script)
    }

    /// Plans a script of one result.
    fn plan_script(&self, script: &Script) -> Result<(PlannedResult, Arc<ScanContext>), Error> {
        let context = Arc::new(scan_context(&self.inner, self.scope.clone()));
        let now = self.now.timestamp_nanos_opt().ok_or_else(|| {
            Error::new(
                ErrorKind::Setting,
                "--now is a time between the years 1678 and 2262: others have no nanoseconds",
            )
        })?;
        let (outside, notes) = (&self.outside, &self.planned_notes);
        let tables = EngineTables { schemas: &self.schemas, context: &context, now, outside, notes };
        let planned = plan(script, &tables).map_err(|error| self.source.unplanned(&error))?;
        let only = planned.results.into_iter().next();
        Ok((only.ok_or_else(|| Error::new(ErrorKind::Internal, "the script has no result"))?, context))
    }

    /// Runs the query of a question. Only what ends the whole script is an error.
    async fn look(&self, inquiry: &Inquiry, started: Instant) -> Result<Result<Findings, String>, Error> {
        let (planned, context) = match self.plan_script(&inquiry.script()) {
            Ok(planned) => planned,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let monitor = Arc::new(QueryMonitor::new(Arc::clone(&context), Vec::new()));
        let left = self.limit.map(|limit| limit.saturating_sub(started.elapsed()));
        let mut answer = self.launch(planned.plan, &context, None, monitor, left, false).await?;
        let mut findings = inquiry.findings();
        while let Some(batch) = answer.next().await {
            if let Err(why) = findings.add(&batch?) {
                return Ok(Err(why));
            }
        }
        Ok(Ok(findings))
    }

    async fn launch(
        &self,
        plan: LogicalPlan,
        context: &Arc<ScanContext>,
        pass: Option<&Pass>,
        monitor: Arc<QueryMonitor>,
        limit: Option<Duration>,
        dry_run: bool,
    ) -> Result<Answer, Error> {
        let state = self.state(context, pass).map_err(|error| explained(&error))?;
        let manner = Manner { dry_run: dry_run.then(|| Arc::clone(context)), once: pass.is_some() };
        let start = start(state, plan, Arc::clone(&monitor), manner);
        launch(&self.inner, monitor, limit, start, explained).await
    }

    fn state(&self, context: &Arc<ScanContext>, pass: Option<&Pass>) -> Result<SessionState, DataFusionError> {
        let mut state = statement_state(&self.inner, &BTreeSet::new(), context, pass)?;
        state.execution_props_mut().query_execution_start_time = Some(self.now);
        // A condition over a subquery can be null to one planner and not to the other, which is no reason not to run it.
        state.config_mut().options_mut().execution.skip_physical_aggregate_schema_check = true;
        Ok(state)
    }

    /// What is known before the first row.
    fn notes(&self) -> Vec<String> {
        let planned = self.planned_notes.lock().unwrap_or_else(PoisonError::into_inner);
        self.notes.iter().cloned().chain(self.schemas.notes()).chain(planned.iter().cloned()).collect()
    }

    /// Warnings of parser and binder, and what the binder noted.
    fn all_notes(&self, parsed: &[Diagnostic], bound: &Bound) -> Vec<String> {
        let warnings = parsed.iter().chain(&bound.diagnostics).filter(|diagnostic| !diagnostic.is_error());
        let warnings = warnings.map(|warning| {
            let help = warning.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
            self.source.note(&format!("{}{help}", warning.message), warning.span)
        });
        let mut notes: Vec<String> = Vec::new();
        for note in warnings.chain(bound.script.notes.iter().map(|Note { text, span }| self.source.note(text, *span))) {
            // What a warning says, with what to do about it, is not said again.
            if !notes.iter().any(|said| said.starts_with(&note)) {
                notes.push(note);
            }
        }
        notes
    }
}

impl Source {
    /// The error of a text with mistakes in it.
    fn wrong(&self, diagnostics: &[Diagnostic]) -> Error {
        let errors: Vec<Diagnostic> = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).cloned().collect();
        self.error(ErrorKind::Query, &errors)
    }

    fn unplanned(&self, error: &PlanError) -> Error {
        match error {
            PlanError::Refused { message, span: Some(span) } => {
                self.error(ErrorKind::Refused, &[Diagnostic::error(*span, message)])
            }
            PlanError::Refused { message, span: None } => Error::new(ErrorKind::Refused, message),
            PlanError::DataFusion(error) => explained(error),
        }
    }

    /// Diagnostics as an error. That it is one is said by whoever shows it.
    fn error(&self, kind: ErrorKind, errors: &[Diagnostic]) -> Error {
        let shown = render(&self.text, errors, &self.name, false);
        Error::new(kind, shown.strip_prefix("error: ").unwrap_or(&shown).trim_end())
    }

    /// A note, with its line where there are several.
    fn note(&self, text: &str, span: Span) -> String {
        let line = self.text.get(..span.start as usize).map_or(0, |before| before.matches('\n').count()) + 1;
        if self.text.trim_end().contains('\n') { format!("line {line}: {text}") } else { text.to_owned() }
    }
}

fn has_error(bound: &Bound) -> bool {
    bound.diagnostics.iter().any(Diagnostic::is_error)
}

/// Whether the text may look through all tables, also those that no schema knows. A word in a comment costs a listing, no more.
fn names_all_tables(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .any(|word| ["search", "find", "union"].contains(&word))
}

/// An error of DataFusion as a sentence.
fn explained(error: &DataFusionError) -> Error {
    trouble::explain(error).unwrap_or_else(|| Error::new(ErrorKind::Query, crate::sql::brief(error)))
}
