//! `huntql demo`: a small data set is written, the shipped hunts run over it, and the intrusion that was planted in it told as they
//! found it.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, StringArray, cast::AsArray};
use datafusion::arrow::compute::{cast, min};
use datafusion::arrow::datatypes::{DataType, TimeUnit, TimestampNanosecondType};
use datafusion::arrow::util::display::array_value_to_string;
use indicatif::HumanCount;

use super::args::DemoArgs;
use super::batch::Batch;
use super::context::Context;
use super::failure::{Failure, Outcome};
use super::sample;
use crate::engine::{Answer, EngineOptions};
use crate::hunt::{self, How, Hunt, Sink, SinkError};
use crate::output::{self, Format};
use crate::sample::{SampleOptions, SampleSummary};

/// The columns that say when something happened first; else it is the first column that holds times.
const TIMES: [&str; 2] = ["Timestamp", "FirstSeen"];

/// The columns that say where or to whom something happened, the most telling first.
const PLACES: [&str; 6] =
    ["DeviceName", "RecipientEmailAddress", "AccountUpn", "AccountName", "AccountDisplayName", "RemoteIP"];

pub(super) async fn run(args: &DemoArgs, context: &Context) -> Outcome {
    // One work from end to end: a press between two hunts must not end the process past the folder.
    let _work = context.interrupts.work();
    let Some(folder) = &args.dir else {
        let folder = context.scratch.folder("huntql-demo-", &tempfile::env::temp_dir())?;
        let outcome = over(folder.path(), args, context).await;
        if args.keep {
            context.say(&format!("the data set is in {}", folder.keep().display()));
        }
        return outcome;
    };
    over(folder, args, context).await
}

async fn over(folder: &Path, args: &DemoArgs, context: &Context) -> Outcome {
    let options = SampleOptions { rows: args.size.rows, seed: args.size.seed, ..SampleOptions::default() };
    // The data ends when it says, and hunts that look back look back from there.
    let now = Some(options.end);
    let summary = sample::write(folder, options, context).await?;
    context.say(&written(&summary));

    let sources = vec![folder.display().to_string()];
    let engine = context.engine_with(EngineOptions { sources, now, ..context.settings.engine.clone() }).await?;
    let how = How::default();
    let mut batch = Batch::new(&engine, &how, context)?;
    let (mut sightings, mut missed, mut expected) = (Vec::new(), Vec::new(), 0);
    for hunt in hunt::shipped() {
        let mut rows = Rows::default();
        let found = batch.run(&hunt, &mut rows).await?.unwrap_or(0);
        let Ok(hunt) = hunt else { continue };
        if hunt.metadata.expect_hit {
            expected += 1;
            match found {
                0 => missed.push(hunt.metadata.name.clone()),
                _ => sightings.extend(Sighting::first(&hunt, &rows.0)),
            }
        }
    }
    let failed = batch.tally().failed;
    context.say(&batch.tally().to_string());
    super::print("\nThe intrusion, as first seen by each hunt (UTC):\n\n")?;
    context.presenter(Format::Table, None).list(&timeline(sightings)?)?;
    if failed > 0 {
        Err(Failure::Reported)
    } else if expected == 0 || !missed.is_empty() {
        super::print(&format!("\nThe intrusion was not found whole; missed: {}\n", missed.join(", ")))?;
        Err(Failure::Unmet)
    } else {
        super::print(&format!("\nThe intrusion was found: {expected} of {expected} hunts that look for it hit.\n"))
    }
}

/// The data set in a line: what is planted in it is for the hunts to tell.
fn written(summary: &SampleSummary) -> String {
    let rows: u64 = summary.tables.values().map(|count| count.rows).sum();
    let (tables, blobs, bytes) = (summary.tables.len(), summary.blobs, output::bytes(summary.bytes));
    format!("wrote a day of a made-up company: {} rows, {tables} tables, {blobs} blobs, {bytes}", HumanCount(rows))
}

/// The sightings in the order of their times, as rows to show.
fn timeline(mut sightings: Vec<Sighting>) -> Result<RecordBatch, Failure> {
    sightings.sort_by_key(|sighting| sighting.time);
    let column = |text: fn(&Sighting) -> String| {
        Arc::new(sightings.iter().map(|sighting| Some(text(sighting))).collect::<StringArray>()) as ArrayRef
    };
    let rows = RecordBatch::try_from_iter([
        ("Time", column(|sighting| sighting.time.format("%m-%d %H:%M").to_string())),
        ("Technique", column(|sighting| sighting.technique.clone())),
        ("Where", column(|sighting| sighting.place.clone().unwrap_or_default())),
        ("Hunt", column(|sighting| sighting.name.clone())),
    ]);
    rows.map_err(|error| Failure::trouble(format!("cannot make the timeline: {error}")))
}

/// Keeps the rows of a hunt.
#[derive(Default)]
struct Rows(Vec<RecordBatch>);

impl Sink for Rows {
    fn begin(&mut self, _answer: &Answer) -> Result<(), SinkError> {
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<(), SinkError> {
        self.0.push(batch.clone());
        Ok(())
    }

    fn end(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// The first thing that a hunt saw.
#[derive(Debug, PartialEq, Eq)]
struct Sighting {
    time: DateTime<Utc>,
    technique: String,
    name: String,
    place: Option<String>,
}

impl Sighting {
    /// The earliest row of a hunt; none if its rows have no time.
    fn first(hunt: &Hunt, batches: &[RecordBatch]) -> Option<Self> {
        let (time, batch, row) = batches.iter().filter_map(earliest).min_by_key(|(time, ..)| *time)?;
        Some(Self {
            time: DateTime::from_timestamp_nanos(time),
            technique: hunt.metadata.techniques.first().cloned().unwrap_or_default(),
            name: hunt.metadata.name.clone(),
            place: PLACES.iter().find_map(|column| Some(short(column, text(batch.column_by_name(column)?, row)?))),
        })
    }
}

/// A device without its domain, an account without its own.
fn short(column: &str, place: String) -> String {
    let end = match column {
        "DeviceName" if place.parse::<IpAddr>().is_err() => place.find('.'),
        "DeviceName" => None,
        _ => place.find('@'),
    };
    place[..end.unwrap_or(place.len())].to_owned()
}

/// The earliest time of a batch in nanoseconds since 1970, with its row.
fn earliest(batch: &RecordBatch) -> Option<(i64, &RecordBatch, usize)> {
    let is_time = |column: &&ArrayRef| matches!(column.data_type(), DataType::Timestamp(..));
    let named = TIMES.iter().find_map(|name| batch.column_by_name(name).filter(is_time));
    let times = named.or_else(|| batch.columns().iter().find(is_time))?;
    let nanoseconds = DataType::Timestamp(TimeUnit::Nanosecond, None);
    let times = cast(times, &nanoseconds).ok()?;
    let times = times.as_primitive_opt::<TimestampNanosecondType>()?;
    let first = min(times)?;
    let row = (0..times.len()).find(|&row| times.is_valid(row) && times.value(row) == first)?;
    Some((first, batch, row))
}

fn text(column: &dyn Array, row: usize) -> Option<String> {
    let text = if column.is_valid(row) { array_value_to_string(column, row).ok()? } else { return None };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::TimestampMicrosecondArray;

    use super::*;
    use crate::hunt::Language;

    fn rows(times: &[Option<i64>], devices: &[Option<&str>]) -> RecordBatch {
        let times: TimestampMicrosecondArray =
            times.iter().map(|time| time.map(|seconds| seconds * 1_000_000)).collect();
        let devices: StringArray = devices.iter().copied().collect();
        RecordBatch::try_from_iter([("Timestamp", Arc::new(times) as ArrayRef), ("DeviceName", Arc::new(devices))])
            .expect("batch")
    }

    #[test]
    fn a_hunts_first_sighting_is_its_earliest_row() {
        let text = "/*\nname: Macro\ntechniques: [T1204.002, T1059]\n*/ select 1";
        let hunt = Hunt::parse("a", Path::new("a.sql"), Language::Sql, text).expect("hunt");
        let batches = [
            rows(&[Some(300), None], &[Some("c"), Some("d")]),
            rows(&[Some(200), Some(100)], &[Some("a"), Some("b.larkspur.example")]),
        ];
        let sighting = Sighting::first(&hunt, &batches).expect("sighting");
        assert_eq!((sighting.time.timestamp(), sighting.place.as_deref()), (100, Some("b")));
        assert_eq!((sighting.technique.as_str(), sighting.name.as_str()), ("T1204.002", "Macro"));
        assert_eq!(Sighting::first(&hunt, &[rows(&[None], &[None])]), None);
        assert_eq!(Sighting::first(&hunt, &[]), None);
    }

    #[test]
    fn a_time_that_is_named_for_it_is_taken_before_the_first_one() {
        let day = |seconds: i64| Arc::new(TimestampMicrosecondArray::from(vec![seconds * 1_000_000])) as ArrayRef;
        let batch = RecordBatch::try_from_iter([("Day", day(0)), ("FirstSeen", day(7))]).expect("batch");
        assert_eq!(earliest(&batch).map(|(time, ..)| time), Some(7_000_000_000));
    }

    #[test]
    fn places_are_shortened_to_what_tells_them_apart() {
        let shortened = |column, place: &str| short(column, place.to_owned());
        assert_eq!(shortened("DeviceName", "ws-1.larkspur.example"), "ws-1");
        assert_eq!(shortened("DeviceName", "203.0.113.9"), "203.0.113.9");
        assert_eq!(shortened("AccountUpn", "mira.okafor@larkspur.example"), "mira.okafor");
        assert_eq!(shortened("AccountDisplayName", "Mira Okafor"), "Mira Okafor");
    }
}
