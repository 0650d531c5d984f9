//! `huntql sample`: a demo data set in the wire format, whole or not there.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::args::SampleArgs;
use super::context::Context;
use super::failure::{Failure, Outcome};
use crate::output::progress::Progress;
use crate::sample::{Compression, Layout, SampleError, SampleOptions, SampleSummary, write_sample_while};
use crate::shell::{Work, width_of_stderr};

/// How long somebody who pressed Ctrl-C waits for the blob under way.
const PATIENCE: Duration = Duration::from_millis(500);

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

/// Writes the data set into a folder, which must be empty or not there. It is written aside and moved into place when it is whole:
/// whoever is stopped, or runs out of disk, has no half of one.
pub(super) async fn write(folder: &Path, options: SampleOptions, context: &Context) -> Outcome<SampleSummary> {
    let cannot = |reason: &dyn std::fmt::Display| {
        Failure::trouble(format!("cannot write the sample to {}: {reason}", folder.display()))
    };
    let work = context.interrupts.work();
    let is_new = make_empty(folder).map_err(|reason| cannot(&reason))?;
    let written = async {
        let aside = context.scratch.folder(".huntql-sample-", folder).map_err(|error| cannot(&error))?;
        let summary = write_aside(aside.path(), options, context, &work).await?.map_err(|error| cannot(&error))?;
        move_entries(aside.path(), folder).map_err(|error| cannot(&error))?;
        Ok(summary)
    };
    let written = written.await;
    if written.is_err() && is_new {
        // Only if nothing is in it.
        let _ = std::fs::remove_dir(folder);
    }
    written
}

/// Writes on a thread of its own, so that Ctrl-C is heard meanwhile. When it is, that thread may be within one blob still, but
/// begins no other.
async fn write_aside(
    aside: &Path,
    options: SampleOptions,
    context: &Context,
    work: &Work<'_>,
) -> Outcome<Result<SampleSummary, SampleError>> {
    let (bytes, stopped) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let _progress = context.progress.then(|| Progress::written(Arc::clone(&bytes), width_of_stderr()));
    let (target, is_stopped) = (aside.to_owned(), Arc::clone(&stopped));
    let mut writing = tokio::task::spawn_blocking(move || {
        write_sample_while(&target, &options, &|so_far| {
            bytes.store(so_far, Ordering::Relaxed);
            !is_stopped.load(Ordering::Relaxed)
        })
    });
    let written = match work.unless_stopped(&mut writing).await {
        Some(written) => written,
        None => {
            stopped.store(true, Ordering::Relaxed);
            let _what_became_of_it = tokio::time::timeout(PATIENCE, writing).await;
            return Err(Failure::Interrupted);
        }
    };
    written.map_err(|error| Failure::trouble(format!("the thread that writes the sample failed: {error}")))
}

/// Makes the folder; true if it was not there. An error, if something is in it.
fn make_empty(folder: &Path) -> Result<bool, String> {
    let is_new = !folder.exists();
    let entries = std::fs::create_dir_all(folder).and_then(|()| std::fs::read_dir(folder));
    match entries.map_err(|error| error.to_string())?.next() {
        None => Ok(is_new),
        Some(_) => Err("the folder is not empty; name a new one, so that two samples do not mix".to_owned()),
    }
}

fn move_entries(from: &Path, to: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        std::fs::rename(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_in_use_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        assert_eq!(make_empty(folder.path()), Ok(false));
        assert_eq!(make_empty(&folder.path().join("a/b")), Ok(true));
        assert!(make_empty(folder.path()).is_err_and(|reason| reason.contains("not empty")));
    }
}
