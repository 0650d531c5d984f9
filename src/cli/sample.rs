//! `huntql sample`: a demo data set in the wire format.

use std::path::Path;

use super::args::SampleArgs;
use super::context::Context;
use super::failure::{Failure, Outcome};
use crate::sample::{Compression, Layout, SampleOptions, SampleSummary, write_sample};

pub(super) async fn run(args: &SampleArgs, context: &Context) -> Outcome {
    let mut options =
        SampleOptions { hours: args.hours, rows: args.size.rows, seed: args.size.seed, ..SampleOptions::default() };
    options.quirks = !args.no_quirks;
    options.hub_dumps = !args.no_dumps;
    if args.plain {
        options.compress = Compression::None;
    }
    if args.one_document {
        options.layout = Layout::OneRecordsDocument;
    }
    options.only_tables.clone_from(&args.tables);
    if let Some(end) = args.end {
        options.end = end;
    }
    let summary = write(&args.dir, options, context).await?;
    super::print(&format!("{summary}\n"))
}

/// Writes the data set on a thread of its own, so that Ctrl-C is heard meanwhile.
pub(super) async fn write(folder: &Path, options: SampleOptions, context: &Context) -> Outcome<SampleSummary> {
    let work = context.interrupts.work();
    let target = folder.to_owned();
    let writing = tokio::task::spawn_blocking(move || write_sample(&target, &options, &|_| {}));
    let written = work.unless_stopped(writing).await.ok_or(Failure::Interrupted)?;
    let cannot = |reason: &dyn std::fmt::Display| {
        Failure::trouble(format!("cannot write the sample to {}: {reason}", folder.display()))
    };
    written.map_err(|error| cannot(&error))?.map_err(|error| cannot(&error))
}
