//! `huntql run`: packs of hunts, each result a file, a summary and a report at the end.

mod digest;
mod hunts;
mod price;
mod results;
mod select;
mod state;
mod summary;

use std::io::Write;
use std::path::Path;

use chrono::Utc;

use super::args::RunArgs;
use super::batch::Batch;
use super::context::{Context, NOTHING_OPEN};
use super::failure::{Failure, Outcome};
use crate::hunt::{self, How, Hunt, HuntError};
use crate::output::report::{HuntReport, Report, Status};
use crate::output::{self, Format};
use crate::shell::beside;
use crate::source::Scope;
use hunts::{Plan, Told, all};
use results::Folder;
use state::Since;
use summary::{Record, Summary};

pub(super) async fn run(args: &RunArgs, context: &Context) -> Outcome {
    let hunts = select::select(hunt::load(&args.paths)?, args)?;
    refuse_unknown_params(&args.params, &hunts)?;
    if let Some(path) = &args.report {
        make_the_folder_of(path)?;
    }
    if args.results.is_some() {
        refuse_the_summarys_name(&hunts)?;
    }
    if context.settings.engine.sources.is_empty() {
        // Hunts that find nothing would be taken for a clean house.
        return Err(Failure::trouble(NOTHING_OPEN));
    }
    let began = Utc::now();
    let how = How {
        given: args.params.clone(),
        timeout: args.timeout_each,
        scope: Scope { window: args.time.range(context.now())?, ..Scope::default() },
        ..How::default()
    };
    if args.dry_run {
        return price::tell(&hunts, &how, context).await;
    }
    let run = format!("{}-{:08x}", began.format("%Y%m%dT%H%M%SZ"), rand::random::<u32>());
    let (results, mut folder) = (args.results.as_deref(), folder(args, &run)?);
    let engine = context.engine().await?;
    let mut since = args.since_last_run.as_deref().map(|path| Since::hold(path, results)).transpose()?;
    if let Some(since) = &mut since {
        let keys: Vec<&str> = hunts.iter().flatten().map(|hunt| hunt.key.as_str()).collect();
        context.unless_stopped(since.look(&engine, &keys)).await?;
        since.notes.iter().for_each(|note| context.say(&format!("note: {note}")));
        if since.nothing_is_new(&keys) {
            context.say("nothing new has come since the last run");
            return Ok(());
        }
        if let Some(folder) = &mut folder {
            folder.path = since.waiting(&folder.path, &run);
        }
    }
    let mut batch = Batch::new(&engine, &how, context)?;
    let mut told = Told::default();
    let stopped = {
        let _all_of_it_is_one_work = context.interrupts.work();
        let plan = Plan { folder: folder.as_ref(), since: since.as_ref(), at_a_time: args.jobs };
        all(&hunts, &mut batch, &plan, &mut told).await
    };
    let (records, reports) = told.in_order();
    let tally = batch.tally().clone();
    context.say(&tally.to_string());
    tally.rejects().iter().for_each(|sentence| context.say(sentence));
    let summary = Summary {
        run,
        began: began.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        version: env!("CARGO_PKG_VERSION"),
        complete: stopped.is_ok(),
        hunts: records,
    };
    if let Some(folder) = &folder {
        summary.write(&folder.path)?;
    }
    if let Some(since) = since {
        since.commit(&summary.run, &summary.done(), results)?;
        if let (Some(folder), Some(results)) = (&mut folder, results) {
            folder.path = results.join(&summary.run);
        }
    }
    if let Some(path) = &args.report {
        write_report(path, folder.as_ref(), &summary, reports, &tally.to_string())?;
        context.say(&format!("wrote the report {}", path.display()));
    }
    stopped?;
    if tally.failed > 0 && (args.fail_on_error || tally.failed == hunts.len()) {
        Err(Failure::Reported)
    } else if tally.hits > 0 && args.fail_on_hits {
        Err(Failure::Unmet)
    } else {
        Ok(())
    }
}

fn reported(report: HuntReport, record: &Record, hunt: &Result<Hunt, HuntError>) -> HuntReport {
    HuntReport {
        name: record.name.clone(),
        description: hunt.as_ref().map(|hunt| hunt.metadata.description.clone()).unwrap_or_default(),
        severity: record.severity.unwrap_or_default().to_owned(),
        tactics: record.tactics.clone(),
        techniques: record.techniques.clone(),
        status: match record.status {
            "hit" => Status::Hit,
            "failed" => Status::Failed,
            _ => Status::Nothing,
        },
        rows: record.rows,
        seconds: record.seconds,
        bytes: record.bytes_scanned,
        error: record.error.clone(),
        notes: record.notes.iter().chain(&report.notes).cloned().collect(),
        file: record.results.clone(),
        ..report
    }
}

/// Writes the report; its links lead to the results from where it lies.
fn write_report(
    path: &Path,
    folder: Option<&Folder>,
    summary: &Summary,
    hunts: Vec<HuntReport>,
    sentence: &str,
) -> Outcome {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = whole(path).parent().map(Path::to_owned).unwrap_or_default();
    let results = folder.map(|folder| whole(&folder.path));
    let link = |file: String| {
        let results = results.as_ref()?;
        // Beside the report or below it links stay right when both are moved.
        Some(results.strip_prefix(&there).unwrap_or(results).join(file).to_string_lossy().into_owned())
    };
    let hunts: Vec<HuntReport> =
        hunts.into_iter().map(|hunt| HuntReport { file: hunt.file.clone().and_then(link), ..hunt }).collect();
    let bytes: u64 = hunts.iter().map(|hunt| hunt.bytes).sum();
    let pruned: u64 = summary.hunts.iter().map(|hunt| hunt.blobs_pruned).sum();
    let mut reading = vec![
        format!(
            "The hunts looked at {}; what was read once for several of them counts for each.",
            output::bytes(bytes)
        ),
        format!("By the hour in their path {pruned} blobs were left out, each counted once a hunt."),
    ];
    if !summary.complete {
        reading.push("The run was stopped before its last hunt.".to_owned());
    }
    let report =
        Report { began: summary.began.clone(), run: summary.run.clone(), summary: sentence.to_owned(), reading, hunts };
    write_whole(path, output::report::html(&report).as_bytes())
}

/// Writes a file beside its place, and gives it its name when it is whole.
fn write_whole(path: &Path, bytes: &[u8]) -> Outcome {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || {
        let mut temporary = beside(folder)?;
        temporary.write_all(bytes)?;
        temporary.persist(path).map_err(|error| error.error)
    };
    write().map(drop).map_err(|error| Failure::trouble(format!("cannot write {}: {error}", path.display())))
}

fn folder(args: &RunArgs, run: &str) -> Outcome<Option<Folder>> {
    let format = args.format.unwrap_or(Format::Parquet);
    if !matches!(format, Format::Parquet | Format::Jsonl | Format::Csv) {
        return Err(Failure::trouble(format!("--format {format}: results are written as parquet, jsonl or csv")));
    }
    if args.format.is_some() && args.results.is_none() {
        return Err(Failure::trouble("--format says how results are written; say where with --results DIR"));
    }
    Ok(args.results.as_ref().map(|path| Folder { path: path.clone(), format, run: run.to_owned() }))
}

/// The report's folder, as that of the results is made. Now, so that what stands in the way is not met after hours of hunting.
fn make_the_folder_of(report: &Path) -> Outcome {
    let folder = report.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let cannot = |error| Failure::trouble(format!("--report: cannot make the folder {}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(cannot)
}

/// Its rows would take the place of the run's summary.
fn refuse_the_summarys_name(hunts: &[Result<Hunt, HuntError>]) -> Outcome {
    match hunts.iter().flatten().find(|hunt| hunt.key == "summary") {
        Some(hunt) => Err(Failure::trouble(format!(
            "{}: its results would be summary.*, which the run writes itself; rename the hunt",
            hunt.path.display()
        ))),
        None => Ok(()),
    }
}

/// A parameter that no hunt takes is a misspelt one, and the hunts would run with its default.
fn refuse_unknown_params(given: &[(String, String)], hunts: &[Result<Hunt, HuntError>]) -> Outcome {
    let is_taken = |name: &str| hunts.iter().flatten().any(|hunt| hunt.takes(name));
    match given.iter().find(|(name, _)| !is_taken(name)) {
        Some((name, _)) => Err(Failure::trouble(format!("--param {name}: none of the hunts has this parameter"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hunt::Language;

    #[test]
    fn a_parameter_that_no_hunt_takes_is_refused() {
        let hunt = Hunt::parse("a", Path::new("a.sql"), Language::Sql, "select $host");
        let given = |name: &str| vec![(name.to_owned(), "x".to_owned())];
        assert_eq!(refuse_unknown_params(&given("host"), std::slice::from_ref(&hunt)), Ok(()));
        let Err(Failure::Trouble(message)) = refuse_unknown_params(&given("hots"), &[hunt]) else { panic!("no error") };
        insta::assert_snapshot!(message, @"--param hots: none of the hunts has this parameter");
    }
}
