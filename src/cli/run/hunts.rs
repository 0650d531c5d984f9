//! The hunts of a run, one by one or so many together that read the data in one pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use futures::StreamExt;
use futures::stream::{self, FuturesUnordered};

use super::digest::Digest;
use super::reported;
use super::results::{Folder, Results};
use super::state::Since;
use super::summary::Record;
use crate::cli::batch::{Batch, Ran, Runner};
use crate::cli::failure::{Failure, Outcome};
use crate::engine::Pass;
use crate::hunt::{self, How, Hunt, HuntError, Started};
use crate::output::progress::{Progress, Together};
use crate::output::report::HuntReport;
use crate::shell::width_of_stderr;
use crate::source::Scope;

/// Hunts whose queries are planned at the same time.
const PLANNED_AT_ONCE: usize = 4;

type Readable = Result<Hunt, HuntError>;

/// How hunts are run, besides what holds for each of them.
pub(super) struct Plan<'a> {
    /// Where their rows go.
    pub(super) folder: Option<&'a Folder>,
    /// What they have read already.
    pub(super) since: Option<&'a Since>,
    /// So many are planned together, and the data is read once for all of them.
    pub(super) at_a_time: usize,
}

impl Plan<'_> {
    /// How one hunt is run.
    fn how(&self, hunt: &Hunt, how: &How) -> How {
        let extents = self.since.and_then(|since| since.extents(&hunt.key));
        How { scope: Scope { extents, ..how.scope.clone() }, ..how.clone() }
    }
}

/// What is written down of the hunts that ran, each with its place in the run.
#[derive(Default)]
pub(super) struct Told(Vec<(usize, Record, HuntReport)>);

impl Told {
    /// What is said of them, in the order of the run.
    pub(super) fn in_order(mut self) -> (Vec<Record>, Vec<HuntReport>) {
        self.0.sort_by_key(|(place, ..)| *place);
        self.0.into_iter().map(|(_, record, report)| (record, report)).unzip()
    }
}

/// Runs all hunts, so many at a time; of what is read for them at a time every blob is read once.
///
/// # Errors
/// Only what ends the run: Ctrl-C, and an output that nobody reads. What became of the hunts before is told.
pub(super) async fn all(hunts: &[Readable], batch: &mut Batch<'_>, plan: &Plan<'_>, told: &mut Told) -> Outcome {
    let numbered: Vec<(usize, &Readable)> = hunts.iter().enumerate().collect();
    for some in numbered.chunks(plan.at_a_time.max(1)) {
        match some {
            [(place, hunt)] => {
                let (ran, report) = alone(&batch.runner(), hunt, plan).await?;
                tell(*place, hunt, &ran, report, plan, batch, told)?;
            }
            some => together(some, batch, plan, told).await?,
        }
    }
    Ok(())
}

/// Runs one hunt, its rows going into its file and past the report.
async fn alone(runner: &Runner<'_>, hunt: &Readable, plan: &Plan<'_>) -> Outcome<(Ran, HuntReport)> {
    let Ok(readable) = hunt else { return Ok((runner.unreadable(hunt), HuntReport::default())) };
    let mut results = Results::of(readable, plan.folder);
    let mut digest = Digest::of(&readable.metadata.entities, &mut results);
    let ran = runner.run_as(readable, &plan.how(readable, runner.how()), &mut digest).await?;
    Ok((ran, digest.report))
}

/// Plans these hunts, and reads the data for all of them at once.
async fn together(hunts: &[(usize, &Readable)], batch: &mut Batch<'_>, plan: &Plan<'_>, told: &mut Told) -> Outcome {
    let (runner, began) = (batch.runner(), Instant::now());
    let engine = runner.engine();
    let pass = Pass::new(runner.how().timeout.or(engine.options().timeout));
    let how = How { pass: Some(pass.clone()), ..runner.how().clone() };
    let started = stream::iter(hunts)
        .map(|&(place, hunt)| {
            let how = &how;
            async move {
                let started = match hunt {
                    Ok(readable) => hunt::start(engine, readable, &plan.how(readable, how)).await,
                    Err(error) => Err(error.clone()),
                };
                (place, hunt, started)
            }
        })
        .buffered(PLANNED_AT_ONCE)
        .collect::<Vec<_>>();
    let started = runner.unless_stopped(started).await?;
    let _until_all_have_their_rows = engine.begin(&pass).map_err(|error| Failure::trouble(error.to_string()))?;
    let done = Arc::new(AtomicU64::new(0));
    let progress = runner.with_progress().then(|| {
        let (done, all) = (Arc::clone(&done), hunts.len() as u64);
        let far = move || {
            let (read, planned) = pass.progress();
            Together { done: done.load(Ordering::Relaxed), all, read, planned }
        };
        Progress::together(far, "hunt", width_of_stderr())
    });
    let mut running: FuturesUnordered<_> = started
        .into_iter()
        .map(|(place, hunt, started)| async move {
            let (outcome, report) = finished(hunt, started, plan.folder).await;
            (place, hunt, Ran { outcome, elapsed: began.elapsed() }, report)
        })
        .collect();
    while let Some((place, hunt, ran, report)) = runner.unless_stopped(running.next()).await? {
        done.fetch_add(1, Ordering::Relaxed);
        let tell = || tell(place, hunt, &ran, report, plan, batch, told);
        match &progress {
            Some(progress) => progress.suspend(tell)?,
            None => tell()?,
        }
    }
    Ok(())
}

/// Reads the rows of a hunt into its file and past the report.
async fn finished(
    hunt: &Readable,
    started: Result<Started<'_>, HuntError>,
    folder: Option<&Folder>,
) -> (Result<hunt::Outcome, HuntError>, HuntReport) {
    let (started, readable) = match (started, hunt) {
        (Ok(started), Ok(readable)) => (started, readable),
        (Err(error), _) => return (Err(error), HuntReport::default()),
        (_, Err(error)) => return (Err(error.clone()), HuntReport::default()),
    };
    let mut results = Results::of(readable, folder);
    let mut digest = Digest::of(&readable.metadata.entities, &mut results);
    let outcome = started.finish(&mut digest).await;
    (outcome, digest.report)
}

/// Tells what became of a hunt, and writes it down.
fn tell(
    place: usize,
    hunt: &Readable,
    ran: &Ran,
    report: HuntReport,
    plan: &Plan<'_>,
    batch: &mut Batch<'_>,
    told: &mut Told,
) -> Outcome {
    let mut record = Record::of(hunt, &ran.outcome, ran.elapsed.as_secs_f64());
    record.results =
        hunt.as_ref().ok().zip(plan.folder).filter(|_| ran.outcome.is_ok()).map(|(hunt, folder)| folder.file_of(hunt));
    batch.note(hunt, ran)?;
    let report = reported(report, &record, hunt);
    told.0.push((place, record, report));
    Ok(())
}
