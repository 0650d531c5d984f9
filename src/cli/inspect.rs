//! `huntql inspect`: what the locations hold, by their names and sizes alone; and on request what in them cannot be read.

use std::collections::BTreeMap;
use std::fmt::Write;

use datafusion::arrow::array::RecordBatch;
use indicatif::HumanCount;

use super::args::{InspectArgs, ReportFormat};
use super::context::{Context, NOTHING_OPEN};
use super::failure::{Failure, Outcome};
use super::rejects::{self, RejectWriter};
use crate::engine::{Engine, LocationReport, QueryOptions};
use crate::output::{self, Format};
use crate::shell;
use crate::source::{Scope, TimeRange};

pub(super) async fn run(args: &InspectArgs, context: &Context) -> Outcome {
    if context.settings.engine.sources.is_empty() {
        return Err(Failure::trouble(NOTHING_OPEN));
    }
    let window = args.time.range(context.now())?;
    let engine = context.engine().await?;
    if args.rejects {
        return tell_rejects(args.format, window, &engine, context).await;
    }
    let inspection = context.unless_stopped(engine.inspect_in(window)).await?;
    if args.format == ReportFormat::Json {
        return super::print_json(&inspection);
    }
    for location in &inspection.locations {
        super::print(&heading(location))?;
        if !location.tables.is_empty() {
            let rows = shell::tables(&location.tables, None).map_err(|error| Failure::trouble(error.to_string()))?;
            context.presenter(Format::Table, None).list(&rows)?;
            shell::without_schema(&location.tables).iter().for_each(|sentence| context.say(sentence));
        }
    }
    Ok(())
}

/// The location and its facts, one a line.
fn heading(location: &LocationReport) -> String {
    let LocationReport { location: name, blobs, bytes, layouts, tenants, unnamed_blobs, gaps, .. } = location;
    let mut text = format!("{name}\n  {} blobs, {}\n", HumanCount(*blobs), output::bytes(*bytes));
    let mut line = |label: &str, what: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {label}: {what}");
    };
    for (layout, blobs) in layouts {
        line("layout", &format!("{layout}, {} blobs", HumanCount(*blobs)));
    }
    for tenant in tenants {
        line("tenant", tenant);
    }
    if *unnamed_blobs > 0 {
        line("no table in the name", &format!("{} blobs; their records say which", HumanCount(*unnamed_blobs)));
    }
    for (first, last) in gaps {
        let hour = |time: &chrono::DateTime<chrono::Utc>| time.format("%Y-%m-%d %H:00").to_string();
        match first == last {
            true => line("no blob for the hour", &hour(first)),
            false => line("no blob for the hours", &format!("{} to {}", hour(first), hour(last))),
        }
    }
    if *blobs == 0 {
        line("nothing there", "no file that could hold records");
    }
    text
}

/// Reads everything; shows each reject and then how many there are of each kind.
async fn tell_rejects(format: ReportFormat, window: TimeRange, engine: &Engine, context: &Context) -> Outcome {
    let presenter = context.presenter(Format::Json, None);
    let options = QueryOptions { scope: Scope { window, ..Scope::default() }, ..QueryOptions::default() };
    let work = context.interrupts.work();
    let mut answer = presenter.start(engine, rejects::QUERY, &options, &work).await?;
    let mut totals = BTreeMap::new();
    let mut count = |batch: &RecordBatch| rejects::count_kinds(batch, &mut totals);
    match format {
        ReportFormat::Json => presenter.rows(&mut answer, presenter.stdout(), &work, count).await?,
        ReportFormat::Table => {
            let mut writer = RejectWriter::new(presenter.stdout());
            presenter.pour(&mut answer, &mut writer, &work, &mut count).await?;
        }
    }
    let totals: Vec<_> = totals.into_iter().map(|(kind, count)| format!("{} {kind}", HumanCount(count))).collect();
    match totals.is_empty() {
        true => context.say("everything could be read"),
        false => context.say(&format!("rejects: {}", totals.join(", "))),
    }
    context.say(&output::summary(&answer.counters()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    #[test]
    fn a_location_is_described_in_lines() {
        let hour =
            |hour: u32| DateTime::<Utc>::from_timestamp(1_790_812_800 + i64::from(hour) * 3600, 0).expect("time");
        let location = LocationReport {
            location: "az://logs/x".to_owned(),
            blobs: 1234,
            bytes: 5_600_000_000,
            layouts: vec![("Defender blobs".to_owned(), 1200), ("flat copies".to_owned(), 34)],
            tenants: vec!["11111111-2222".to_owned()],
            tables: Vec::new(),
            unnamed_blobs: 3,
            gaps: vec![(hour(3), hour(3)), (hour(7), hour(9))],
        };
        insta::assert_snapshot!(heading(&location), @"
        az://logs/x
          1,234 blobs, 5.6 GB
          layout: Defender blobs, 1,200 blobs
          layout: flat copies, 34 blobs
          tenant: 11111111-2222
          no table in the name: 3 blobs; their records say which
          no blob for the hour: 2026-10-01 03:00
          no blob for the hours: 2026-10-01 07:00 to 2026-10-01 09:00
        ");
    }
}
