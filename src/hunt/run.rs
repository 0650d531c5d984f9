//! One hunt, run: its rows go to a sink, and an outcome comes back.

use std::time::{Duration, Instant};

use datafusion::arrow::array::RecordBatch;
use futures::StreamExt;

use super::{Hunt, HuntError, Language, in_place};
use crate::engine::{Answer, Answers, Counters, Engine, QueryOptions};
use crate::source::TimeRange;

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
    /// Only events of this time.
    pub window: TimeRange,
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
/// If the hunt is not one statement in a language that can be run, lacks a value for a parameter, or fails; the error names its file.
pub async fn run(engine: &Engine, hunt: &Hunt, how: &How, sink: &mut dyn Sink) -> Result<Outcome, HuntError> {
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
    let started = Instant::now();
    let failed = |error: crate::engine::Error| hunt.error(None, error.to_string());
    let unkept = |error: SinkError| hunt.error(None, format!("its rows cannot be kept: {error}"));
    let file = Some(hunt.path.display().to_string());
    let options = QueryOptions {
        params: hunt.bind(&how.given)?,
        file,
        timeout: how.timeout,
        window: how.window,
        ..QueryOptions::default()
    };
    let mut answers: Answers = match hunt.language {
        Language::Sql => engine.sql_with(&statement, &options).await.map_err(failed)?.into(),
        Language::Kql => engine.kql_with(&statement, &options).await.map_err(failed)?,
    };
    if answers.left() > 1 {
        return Err(hunt.error(None, format!("it has {} results, but a hunt has one; {together}", answers.left())));
    }
    let Some(mut answer) = answers.next().await.map_err(failed)? else {
        return Err(hunt.error(None, "it has no query, and so no rows"));
    };
    sink.begin(&answer).map_err(unkept)?;
    let mut rows = 0;
    while let Some(batch) = answer.next().await {
        let batch = batch.map_err(failed)?;
        rows += batch.num_rows() as u64;
        sink.rows(&batch).map_err(unkept)?;
    }
    sink.end().map_err(unkept)?;
    Ok(Outcome { rows, elapsed: started.elapsed(), counters: answer.counters(), notes: answer.notes() })
}
