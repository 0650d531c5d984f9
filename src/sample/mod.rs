//! A made-up company's Defender streams, in the exact wire format, with one intrusion to be found.
//!
//! [`write_sample`] writes a folder as people have them: the containers of a storage account under `blobs/`, event hub
//! dumps under `hub/`, a Log Analytics export under `export/`. Every row is there once, however many forms it could
//! have had. The same options give the same bytes. It is for the demo, for tests and for benchmarks, and knows
//! nothing of reading: no Arrow, no DataFusion.
//!
//! # The company and the intruder
//!
//! Larkspur Instruments (`larkspur.example`) has 240 people and some 270 devices, and does what companies do. Somebody
//! sends four of its people a mail; one clicks. What follows is [`SampleSummary::intrusion`]. Among the ordinary rows
//! are those that look alike: encoded PowerShell of the inventory, PsExec and remote desktop from administrators'
//! workstations, `comsvcs.dll` in its proper use, inbox rules for newsletters.
//!
//! # Quirks
//!
//! Each is there in the count that [`SampleSummary::quirks`] tells. Quirks of rows come in `blobs/` only, at fixed
//! places among the rows of each table, so many in 240; flaws of blobs once in each table.
//!
//! | quirk | looks like | how many | a good reader |
//! |---|---|---|---|
//! | [`Quirk::Redelivered`] | a second line with equal `properties` and another `time` | 6 | has one row more, or drops it on request |
//! | [`Quirk::MissingKeys`] | no `_TimeReceivedBySvc`, no `Tenant` | 1 | has the row |
//! | [`Quirk::BareEnvelope`] | `category` and `properties` only | 1 | has the row |
//! | [`Quirk::NoCategory`] | no `category` | 1 | has the row, its table from the path |
//! | [`Quirk::ExtraKeys`] | unknown envelope keys, `properties` before `category` | 1 | has the row |
//! | [`Quirk::FractionDigits`] | `_TimeReceivedBySvc` with 0…7 digits, odd ones without `Z` | 8 | has the row and both times |
//! | [`Quirk::FieldsOtherForm`] | `AdditionalFields` as object for text and the other way round | 1 | has the same JSON text |
//! | [`Quirk::FieldsNothing`] | `null`, `""`, `"{}"`, `"[]"`, `{}` | 5 | has the row |
//! | [`Quirk::MisfitBool`] | `IsInitiatingProcessRemoteSession` a GUID | 1 | has the row, the cell null and counted |
//! | [`Quirk::MisfitLong`] | `InitiatingProcessSessionId` a GUID | 1 | has the row, the cell null and counted |
//! | [`Quirk::NumberAsText`] | `InitiatingProcessId` `"0"` | 1 | has 0 |
//! | [`Quirk::UnknownColumn`] | `SampleUnknownColumn`, an object | 1 | has the row, keeps the value |
//! | [`Quirk::UnknownCategory`] | category `DeviceQuantumEvents` in DeviceEvents' container | 1 | has the row in a table of that name |
//! | [`Quirk::RawNonAscii`] | accents and U+200B in a command line, UTF-8 | 1 | has the row |
//! | [`Quirk::EscapedNonAscii`] | the same as `\uXXXX` | 1 | has the same text |
//! | [`Quirk::LoneCarriageReturn`] | `\r` between two tokens | 1 | has the row, as one |
//! | [`Quirk::ForeignRow`] | a DeviceEvents row in DeviceProcessEvents' container | 1 a day | has the row in DeviceEvents |
//! | [`Quirk::InvalidUtf8`] | bytes that are no UTF-8 inside a string of one line more | 1 a table | rejects the line, or replaces the bytes; not among the rows |
//! | [`Quirk::ByteOrderMark`] | a blob that begins with EF BB BF | 1 a table | has the first row |
//! | [`Quirk::BlankLine`] | a line of two spaces | 1 a table | sees no row |
//! | [`Quirk::NulRun`] | a line of 512 NUL bytes | 1 a table | rejects or skips the line |
//! | [`Quirk::HalfLine`] | the last blob of a table ends within a line | 1 a table | rejects the line; not among the rows |

mod blob;
mod capture;
mod cell;
mod clock;
mod company;
mod dice;
mod draw;
mod envelope;
mod error;
mod fact;
mod frame;
mod intrusion;
#[rustfmt::skip] // lists of words, many to a line
mod names;
mod options;
mod plan;
mod process;
mod program;
mod quirk;
mod row;
mod scene;
mod shape;
mod summary;
mod table;
mod template;
#[cfg(test)]
mod tests;
mod topic;
mod world;

pub use error::SampleError;
pub use options::{Compression, Layout, SampleOptions};
pub use quirk::Quirk;
pub use summary::{Intrusion, SampleSummary, Step, TableCount};

use blob::BlobWriter;
use chrono::{DurationRound as _, TimeDelta};
use intrusion::Planted;
use plan::Blob;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;
use summary::Tally;
use table::{TABLES, index_of};
use world::World;

/// Writes a sample into a folder, which is made if it is not there and must be empty if it is.
///
/// `progress` is called on the calling thread, now and then, with the bytes made so far, uncompressed. After an error
/// the folder holds a part of the sample.
pub fn write_sample(
    folder: &Path,
    options: &SampleOptions,
    progress: &dyn Fn(u64),
) -> Result<SampleSummary, SampleError> {
    write_sample_while(folder, options, &|bytes| {
        progress(bytes);
        true
    })
}

/// The same, for as long as `goes_on`, which is called as `progress` is, says true; then no further blob is begun, and the
/// error is [`SampleError::Stopped`].
pub fn write_sample_while(
    folder: &Path,
    options: &SampleOptions,
    goes_on: &dyn Fn(u64) -> bool,
) -> Result<SampleSummary, SampleError> {
    let begin = Instant::now();
    let options = checked(options)?;
    make_empty(folder)?;
    let world = World::new(options.seed)?;
    let (mut planted, mut intrusion) = intrusion::tell(&world, &options)?;
    if !options.only_tables.is_empty() {
        planted.retain(|row| options.only_tables.iter().any(|name| index_of(name) == Some(row.table)));
        intrusion.rows.retain(|table, _| options.only_tables.iter().any(|name| name.eq_ignore_ascii_case(table)));
    }
    let least = planted.len() as u64;
    let rows = options.rows.checked_sub(least).ok_or(SampleError::TooFewRows { rows: options.rows, least })?;
    let blobs = plan::plan(&options, &planted, rows);
    let (tally, plain_bytes) = write_blobs(folder, &world, &planted, &blobs, goes_on)?;
    Ok(SampleSummary {
        tables: tally.tables,
        quirks: tally.quirks,
        blobs: tally.blobs,
        bytes: tally.bytes,
        plain_bytes,
        intrusion,
        elapsed: begin.elapsed(),
    })
}

fn checked(options: &SampleOptions) -> Result<SampleOptions, SampleError> {
    if options.hours == 0 {
        return Err(SampleError::NoHours);
    }
    if let Some(name) = options.only_tables.iter().find(|name| index_of(name).is_none()) {
        let known = TABLES.iter().map(|table| table.name).collect::<Vec<_>>().join(", ");
        return Err(SampleError::UnknownTable { name: name.clone(), known });
    }
    let mut options = options.clone();
    options.end = options.end.duration_trunc(TimeDelta::hours(1)).unwrap_or(options.end);
    options.only_tables.sort_by_key(|name| index_of(name));
    options.only_tables.dedup_by_key(|name| index_of(name));
    Ok(options)
}

fn make_empty(folder: &Path) -> Result<(), SampleError> {
    let failed = |source| SampleError::write(folder, source);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut entries = std::fs::read_dir(folder).map_err(failed)?;
    if entries.next().is_some() { Err(SampleError::NotEmpty(folder.to_owned())) } else { Ok(()) }
}

/// Writes all blobs, as many at a time as the machine has processors. The bytes of a blob do not depend on who writes
/// it, nor on what is written beside it.
fn write_blobs(
    folder: &Path,
    world: &World,
    planted: &[Planted],
    blobs: &[Blob],
    goes_on: &dyn Fn(u64) -> bool,
) -> Result<(Tally, u64), SampleError> {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from).min(blobs.len().max(1));
    let (sender, receiver) = mpsc::channel::<u64>();
    let work = |sender: mpsc::Sender<u64>| {
        let mut writer = BlobWriter::new(world, planted);
        let mut tally = Tally::default();
        while let Some(blob) = blobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            // The receiver outlives the workers; nothing is lost if nobody listens.
            let written = writer.write(folder, blob, &mut |bytes| _ = sender.send(bytes));
            // After an error nobody takes up another blob.
            tally.add(written.inspect_err(|_| next.store(blobs.len(), Ordering::Relaxed))?);
        }
        Ok(tally)
    };
    thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let sender = sender.clone();
                scope.spawn(move || work(sender))
            })
            .collect();
        drop(sender);
        let mut bytes = 0;
        let mut stopped = false;
        for piece in receiver {
            bytes += piece;
            stopped = stopped || !goes_on(bytes);
            if stopped {
                next.store(blobs.len(), Ordering::Relaxed);
            }
        }
        let mut total = Tally::default();
        for worker in workers {
            total.add(worker.join().map_err(|_| SampleError::Thread)??);
        }
        if stopped {
            return Err(SampleError::Stopped);
        }
        Ok((total, bytes))
    })
}
