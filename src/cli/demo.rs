//! `huntql demo`: a small data set is written, the shipped hunts run over it, and the intrusion that was planted in it told as they
//! found it.

use std::path::Path;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{Array, RecordBatch, cast::AsArray};
use datafusion::arrow::compute::{cast, min};
use datafusion::arrow::datatypes::{DataType, TimeUnit, TimestampNanosecondType};
use datafusion::arrow::util::display::array_value_to_string;

use super::args::DemoArgs;
use super::batch::{Batch, printable};
use super::context::Context;
use super::failure::{Failure, Outcome};
use super::sample;
use crate::engine::{Answer, EngineOptions};
use crate::hunt::{self, Hunt, Sink, SinkError};
use crate::sample::SampleOptions;

/// The columns that say where or to whom something happened, the most telling first.
const PLACES: [&str; 6] =
    ["DeviceName", "RecipientEmailAddress", "AccountUpn", "AccountName", "AccountDisplayName", "RemoteIP"];

pub(super) async fn run(args: &DemoArgs, context: &Context) -> Outcome {
    let temporary = match &args.dir {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("huntql-demo-").tempdir()?),
    };
    let outcome = match (&args.dir, &temporary) {
        (Some(folder), _) => over(folder, args, context).await,
        (None, Some(folder)) => over(folder.path(), args, context).await,
        (None, None) => Ok(()),
    };
    match temporary {
        Some(folder) if args.keep => context.say(&format!("the data set is in {}", folder.keep().display())),
        _ => {}
    }
    outcome
}

async fn over(folder: &Path, args: &DemoArgs, context: &Context) -> Outcome {
    let options = SampleOptions { rows: args.size.rows, seed: args.size.seed, ..SampleOptions::default() };
    // The data ends when it says, and hunts that look back look back from there.
    let now = Some(options.end);
    context.say("writing a data set of a made-up company, with one intrusion in it");
    let summary = sample::write(folder, options, context).await?;
    context.say(&summary.to_string());

    let sources = vec![folder.display().to_string()];
    let engine = context.engine_with(EngineOptions { sources, now, ..context.settings.engine.clone() }).await?;
    let mut batch = Batch::new(&engine, &[], context)?;
    let (mut timeline, mut missed, mut expected) = (Vec::new(), Vec::new(), 0);
    for hunt in hunt::shipped() {
        let mut rows = Rows::default();
        let found = batch.run(&hunt, &mut rows).await?.unwrap_or(0);
        let Ok(hunt) = hunt else { continue };
        if hunt.metadata.expect_hit {
            expected += 1;
            match found {
                0 => missed.push(hunt.metadata.name.clone()),
                _ => timeline.extend(Sighting::first(&hunt, &rows.0)),
            }
        }
    }
    let failed = batch.tally().failed;
    context.say(&batch.tally().to_string());
    tell(timeline)?;
    if failed > 0 {
        Err(Failure::Reported)
    } else if expected == 0 || !missed.is_empty() {
        super::print(&format!("The intrusion was not found whole; missed: {}\n", missed.join(", ")))?;
        Err(Failure::Unmet)
    } else {
        super::print(&format!("The intrusion was found: {expected} of {expected} hunts that look for it hit.\n"))
    }
}

/// Prints the intrusion, step by step.
fn tell(mut timeline: Vec<Sighting>) -> Outcome {
    timeline.sort_by_key(|sighting| sighting.time);
    super::print("\nThe intrusion, as first seen by each hunt:\n")?;
    for sighting in timeline {
        super::print(&format!("  {sighting}\n"))?;
    }
    super::print("\n")
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
            place: PLACES.iter().find_map(|column| text(batch.column_by_name(column)?, row)),
        })
    }
}

impl std::fmt::Display for Sighting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = self.time.format("%Y-%m-%d %H:%M:%S");
        write!(f, "{time}  {:<9}  {}", self.technique, printable(&self.name))?;
        match &self.place {
            Some(place) => write!(f, " ({})", printable(place)),
            None => Ok(()),
        }
    }
}

/// The earliest time of a batch in nanoseconds since 1970, by its first column that holds times, with its row.
fn earliest(batch: &RecordBatch) -> Option<(i64, &RecordBatch, usize)> {
    let times = batch.columns().iter().find(|column| matches!(column.data_type(), DataType::Timestamp(..)))?;
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
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, StringArray, TimestampMicrosecondArray};

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
            rows(&[Some(200), Some(100)], &[Some("a"), Some("b\u{7}")]),
        ];
        let sighting = Sighting::first(&hunt, &batches).expect("sighting");
        insta::assert_snapshot!(sighting, @"1970-01-01 00:01:40  T1204.002  Macro (b�)");
        assert_eq!(Sighting::first(&hunt, &[rows(&[None], &[None])]), None);
        assert_eq!(Sighting::first(&hunt, &[]), None);
    }
}
