//! One hunt, run: its rows go to a sink, and an outcome comes back.

use std::time::{Duration, Instant};

use datafusion::arrow::array::RecordBatch;
use futures::StreamExt;

use super::{Hunt, HuntError, Language, in_place};
use crate::engine::{Answer, Answers, Counters, Engine, Error, Pass, QueryOptions};
use crate::source::Scope;

/// What went wrong in a sink.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Takes the rows of one hunt. Without the end, the rows are not all there.
pub trait Sink: Send {
    /// Before the first row: the answer has the columns of the rows to come, and counters to watch.
    ///
    /// # Errors
    /// If rows of these columns cannot be taken, or the place for them cannot be made.
    fn begin(&mut self, answer: &Answer) -> Result<(), SinkError>;
    /// Some rows.
    ///
    /// # Errors
    /// If they cannot be taken.
    fn rows(&mut self, batch: &RecordBatch) -> Result<(), SinkError>;
    /// The end of the rows.
    ///
    /// # Errors
    /// If what was taken cannot be kept.
    fn end(&mut self) -> Result<(), SinkError>;
}

/// How hunts are run.
#[derive(Debug, Clone, Default)]
pub struct How {
    /// Values of parameters, also of other hunts' ones.
    pub given: Vec<(String, String)>,
    /// Time limit of each hunt instead of the engine's.
    pub timeout: Option<Duration>,
    /// The part of the data that is looked at.
    pub scope: Scope,
    /// Read together with other hunts; the time limit is the pass's.
    pub pass: Option<Pass>,
}

/// What became of a hunt that ran to its end.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The rows it found.
    pub rows: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// What it read for them.
    pub counters: Counters,
    /// Sentences about how the answer came to be.
    pub notes: Vec<String>,
}

/// Runs a hunt to its end.
///
/// # Errors
/// As for [`start`] and [`Started::finish`].
pub async fn run(engine: &Engine, hunt: &Hunt, how: &How, sink: &mut dyn Sink) -> Result<Outcome, HuntError> {
    start(engine, hunt, how).await?.finish(sink).await
}

/// A hunt whose query is planned.
pub struct Started<'a> {
    hunt: &'a Hunt,
    answer: Answer,
    began: Instant,
    pass: Option<Pass>,
}

/// Plans a hunt. Its rows wait to be read; those of a hunt with a pass for the pass to begin.
///
/// # Errors
/// If the hunt is not one statement in a language that can be run, lacks a value for a parameter, or cannot be planned; the error names its file.
pub async fn start<'a>(engine: &Engine, hunt: &'a Hunt, how: &How) -> Result<Started<'a>, HuntError> {
    let statements = hunt.statements();
    let together = match hunt.language {
        Language::Sql => "WITH can join them",
        Language::Kql => "let and union can join them",
    };
    let statement = match statements.as_slice() {
        [] => return Err(hunt.error(None, "there is no statement in it")),
        [statement] => in_place(statement),
        [_, second, ..] => {
            let sentence = format!("a second statement starts here, but a hunt is one; {together}");
            return Err(hunt.error(Some(second.line), sentence));
        }
    };
    let began = Instant::now();
    let failed = |error: crate::engine::Error| hunt.error(None, error.to_string());
    let file = Some(hunt.path.display().to_string());
    let options = QueryOptions {
        params: hunt.bind(&how.given)?,
        file,
        timeout: how.timeout,
        scope: how.scope.clone(),
        pass: how.pass.clone(),
        ..QueryOptions::default()
    };
    let mut answers: Answers = match hunt.language {
        Language::Sql => engine.sql_with(&statement, &options).await.map_err(failed)?.into(),
        Language::Kql => engine.kql_with(&statement, &options).await.map_err(failed)?,
    };
    if answers.left() > 1 {
        return Err(hunt.error(None, format!("it has {} results, but a hunt has one; {together}", answers.left())));
    }
    let Some(answer) = answers.next().await.map_err(failed)? else {
        return Err(hunt.error(None, "it has no query, and so no rows"));
    };
    Ok(Started { hunt, answer, began, pass: how.pass.clone() })
}

impl Started<'_> {
    /// Reads its rows to their end.
    ///
    /// # Errors
    /// If the query fails or takes too long, or its rows cannot be kept; the error names the hunt's file.
    pub async fn finish(mut self, sink: &mut dyn Sink) -> Result<Outcome, HuntError> {
        let (hunt, overtime) = (self.hunt, overtime(self.pass.clone()));
        let rows = tokio::select! {
            rows = self.drain(sink) => rows?,
            error = overtime => return Err(hunt.error(None, error.to_string())),
        };
        let Self { answer, began, .. } = self;
        Ok(Outcome { rows, elapsed: began.elapsed(), counters: answer.counters(), notes: answer.notes() })
    }

    async fn drain(&mut self, sink: &mut dyn Sink) -> Result<u64, HuntError> {
        let hunt = self.hunt;
        let unkept = |error: SinkError| hunt.error(None, format!("its rows cannot be kept: {error}"));
        sink.begin(&self.answer).map_err(unkept)?;
        let mut rows = 0;
        while let Some(batch) = self.answer.next().await {
            let batch = batch.map_err(|error| hunt.error(None, error.to_string()))?;
            rows += batch.num_rows() as u64;
            sink.rows(&batch).map_err(unkept)?;
        }
        sink.end().map_err(unkept)?;
        Ok(rows)
    }
}

/// Returns when a pass has been over for longer than its queries may take; never without a limit.
async fn overtime(pass: Option<Pass>) -> Error {
    let Some((pass, limit)) = pass.and_then(|pass| pass.limit().map(|limit| (pass, limit))) else {
        return std::future::pending().await;
    };
    pass.over().await;
    tokio::time::sleep(limit).await;
    Error::timed_out(limit)
}
