//! Hunts run, each told as it ends, and all of them summed up.

use std::fmt;
use std::time::{Duration, Instant};

use datafusion::arrow::array::RecordBatch;
use indicatif::HumanCount;

use super::context::Context;
use super::failure::{Failure, Outcome};
use crate::engine::{Answer, Engine};
use crate::hunt::{self, How, Hunt, HuntError, Sink, SinkError, Trigger};
use crate::output::progress::Progress;
use crate::shell::{say, width_of_stderr};

/// Hunts under way.
pub(super) struct Batch<'a> {
    runner: Runner<'a>,
    tally: Tally,
    began: Instant,
}

/// Runs hunts, also several at a time.
#[derive(Clone, Copy)]
pub(super) struct Runner<'a> {
    engine: &'a Engine,
    context: &'a Context,
    how: &'a How,
    with_progress: bool,
}

/// What became of one hunt, and how long it took.
pub(super) struct Ran {
    pub(super) outcome: Result<hunt::Outcome, HuntError>,
    pub(super) elapsed: Duration,
}

/// What became of the hunts so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Hunts that found rows.
    pub(super) hits: usize,
    /// Hunts that found none.
    pub(super) misses: usize,
    /// Hunts that could not be run.
    pub(super) failed: usize,
    rows: u64,
    /// From the first hunt's start on.
    elapsed: Duration,
    /// Of the hunt that met most of them: the hunts of a pack meet the same ones.
    records_rejected: u64,
}

impl<'a> Batch<'a> {
    /// Begins the list of hunts on standard output.
    pub(super) fn new(engine: &'a Engine, how: &'a How, context: &'a Context) -> Outcome<Self> {
        super::print("    rows      time  hunt\n")?;
        let runner = Runner { engine, context, how, with_progress: context.progress };
        Ok(Self { runner, tally: Tally::default(), began: Instant::now() })
    }

    /// What became of the hunts so far.
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What runs the hunts.
    pub(super) fn runner(&self) -> Runner<'a> {
        self.runner
    }

    /// Runs a hunt, tells what became of it, and gives the rows that it found; none if it failed.
    ///
    /// # Errors
    /// Only what ends the batch as well: Ctrl-C, and an output that nobody reads.
    pub(super) async fn run(&mut self, hunt: &Result<Hunt, HuntError>, sink: &mut dyn Sink) -> Outcome<Option<u64>> {
        let ran = match hunt {
            Ok(readable) => self.runner.run(readable, sink).await,
            Err(_) => Ok(self.runner.unreadable(hunt)),
        };
        let ran = ran.inspect_err(|_| say(&format!("before the hunt that is stopped: {}", self.tally)))?;
        self.note(hunt, &ran)?;
        Ok(ran.outcome.ok().map(|outcome| outcome.rows))
    }

    /// Tells what became of a hunt.
    ///
    /// # Errors
    /// If nobody reads the output any more.
    pub(super) fn note(&mut self, hunt: &Result<Hunt, HuntError>, ran: &Ran) -> Outcome {
        let name = match hunt {
            Ok(hunt) => hunt.metadata.name.clone(),
            Err(error) => error.path.display().to_string(),
        };
        let rows =
            ran.outcome.as_ref().map_or_else(|_| "failed".to_owned(), |outcome| HumanCount(outcome.rows).to_string());
        let seconds = ran.elapsed.as_secs_f64();
        super::print(&format!("{rows:>8}  {seconds:>6.1} s  {}\n", printable(&name)))?;
        if let Err(error) = &ran.outcome {
            say(&format!("error: {error}"));
        }
        let trigger = hunt.as_ref().map(|hunt| hunt.metadata.trigger).unwrap_or_default();
        self.tally.add(&ran.outcome, trigger);
        self.tally.elapsed = self.began.elapsed();
        Ok(())
    }
}

impl Runner<'_> {
    /// What hunts are run with.
    pub(super) fn how(&self) -> &How {
        self.how
    }

    /// True if a line may tell how far they are.
    pub(super) fn with_progress(&self) -> bool {
        self.with_progress
    }

    /// What runs them.
    pub(super) fn engine(&self) -> &Engine {
        self.engine
    }

    /// What `part` comes to.
    ///
    /// # Errors
    /// Only if Ctrl-C comes.
    pub(super) async fn unless_stopped<T>(&self, part: impl Future<Output = T>) -> Outcome<T> {
        self.context.interrupts.work().unless_stopped(part).await.ok_or(Failure::Interrupted)
    }

    /// Runs a hunt.
    ///
    /// # Errors
    /// Only if Ctrl-C comes.
    pub(super) async fn run(&self, hunt: &Hunt, sink: &mut dyn Sink) -> Outcome<Ran> {
        self.run_as(hunt, self.how, sink).await
    }

    /// Runs a hunt in a way of its own.
    ///
    /// # Errors
    /// Only if Ctrl-C comes.
    pub(super) async fn run_as(&self, hunt: &Hunt, how: &How, sink: &mut dyn Sink) -> Outcome<Ran> {
        let started = Instant::now();
        let mut sink = Watched { sink, progress: None, with_progress: self.with_progress };
        let outcome = self.unless_stopped(hunt::run(self.engine, hunt, how, &mut sink)).await?;
        Ok(Ran { outcome, elapsed: started.elapsed() })
    }

    /// What becomes of a hunt that cannot be read.
    pub(super) fn unreadable(&self, hunt: &Result<Hunt, HuntError>) -> Ran {
        let outcome = hunt.as_ref().map(|_| hunt::Outcome::default()).map_err(Clone::clone);
        Ran { outcome, elapsed: Duration::ZERO }
    }
}

impl Tally {
    fn add(&mut self, ran: &Result<hunt::Outcome, HuntError>, trigger: Trigger) {
        match ran {
            Ok(outcome) if trigger.is_met_by(outcome.rows) => self.hits += 1,
            Ok(_) => self.misses += 1,
            Err(_) => self.failed += 1,
        }
        if let Ok(outcome) = ran {
            self.rows += outcome.rows;
            self.records_rejected = self.records_rejected.max(outcome.counters.records_rejected);
        }
    }
}

impl Tally {
    /// A sentence about the records that the hunts could not read; none if they could read all.
    pub(super) fn rejects(&self) -> Option<String> {
        let records = HumanCount(self.records_rejected);
        let s = if self.records_rejected == 1 { "" } else { "s" };
        (self.records_rejected > 0)
            .then(|| format!("{records} record{s} could not be read; huntql inspect --rejects shows them"))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hits, misses, failed, rows, elapsed, .. } = self;
        let hunts = hits + misses + failed;
        let s = if hunts == 1 { "" } else { "s" };
        write!(
            f,
            "{hunts} hunt{s} in {:.1} s: {hits} hit ({} rows), {misses} found nothing, {failed} failed",
            elapsed.as_secs_f64(),
            HumanCount(*rows)
        )
    }
}

/// A sink with a progress line from its first row to its last.
struct Watched<'a> {
    sink: &'a mut dyn Sink,
    progress: Option<Progress>,
    with_progress: bool,
}

impl Sink for Watched<'_> {
    fn begin(&mut self, answer: &Answer) -> Result<(), SinkError> {
        self.progress = self.with_progress.then(|| Progress::start(answer.monitor(), width_of_stderr()));
        self.sink.begin(answer)
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<(), SinkError> {
        self.sink.rows(batch)
    }

    fn end(&mut self) -> Result<(), SinkError> {
        self.sink.end()
    }
}

/// A text of a query file without what a terminal would act on.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::engine::Counters;

    #[test]
    fn the_tally_tells_hits_misses_failures_and_rejects() {
        let ran = |rows, records_rejected| {
            Ok(hunt::Outcome {
                rows,
                counters: Counters { records_rejected, ..Counters::default() },
                ..hunt::Outcome::default()
            })
        };
        let failed = Err(HuntError { path: PathBuf::from("x.sql"), line: None, message: "no".to_owned() });
        let mut tally = Tally::default();
        for ran in [ran(1200, 0), ran(34, 0), ran(0, 0), failed] {
            tally.add(&ran, Trigger::default());
        }
        tally.elapsed = Duration::from_millis(1200);
        insta::assert_snapshot!(tally, @"4 hunts in 1.2 s: 2 hit (1,234 rows), 1 found nothing, 1 failed");
        assert_eq!(tally.rejects(), None);
        tally.add(&ran(0, 2000), Trigger::default());
        insta::assert_snapshot!(tally.rejects().expect("some"), @"2,000 records could not be read; huntql inspect --rejects shows them");
    }

    #[test]
    fn names_cannot_drive_a_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\r\n"), "a\u{fffd}[31mb\u{fffd}\u{fffd}");
    }
}
