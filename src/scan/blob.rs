//! One blob to a stream of batches: the reader's pieces, unwrapped, into a sink, filtered.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::RecordBatch;
use datafusion::common::{DataFusionError, Result};
use datafusion::physical_plan::PhysicalExpr;
use datafusion::physical_plan::filter::batch_filter;
use futures::Stream;

use super::context::ScanContext;
use super::envelope::each_record;
use super::reader::{PieceReader, Step};
use super::reject::{Place, RejectKind, Rejects, Told};
use super::sink::Sink;

/// How long rows may wait for others to fill their batch. Somebody may sit in front of the answer; looked at after each block of bytes,
/// never for each row.
const PATIENCE: Duration = Duration::from_millis(250);

/// Reads one blob, or one range of it.
pub struct BlobScan {
    /// Gives the pieces.
    pub reader: PieceReader,
    /// Takes the records.
    pub sink: Box<dyn Sink>,
    /// What could not be read.
    pub rejects: Rejects,
    /// What is shared with the query's other scans.
    pub context: Arc<ScanContext>,
    /// Rows that fail it are dropped here.
    pub predicate: Option<Arc<dyn PhysicalExpr>>,
    /// The columns to hand on, after the predicate has seen all.
    pub output: Option<Vec<usize>>,
    /// The blob's name, for errors.
    pub file: String,
    /// Records seen so far, the broken ones too.
    pub records: u64,
    /// When rows were last handed on, or the scan began.
    pub handed_on: Instant,
}

/// What a step of a scan came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Records were taken.
    Records,
    /// A block of bytes is done.
    Block,
    /// There is no more.
    End,
}

impl BlobScan {
    /// The blob's batches, none of them empty.
    pub fn into_stream(self) -> impl Stream<Item = Result<RecordBatch>> {
        futures::stream::try_unfold(
            self,
            |mut scan| async move { Ok(scan.next_batch().await?.map(|batch| (batch, scan))) },
        )
    }

    async fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let turn = self.go_on().await?;
            self.count()?;
            let hurry = turn == Turn::Block && self.handed_on.elapsed() >= PATIENCE;
            let batch = self.sink.batch(turn == Turn::End || hurry, &mut self.rejects)?;
            if hurry || batch.is_some() {
                self.handed_on = Instant::now();
            }
            if let Some(batch) = batch {
                // Gives timers, cancellation and other tasks their turn.
                tokio::task::yield_now().await;
                let batch = self.finish(batch)?;
                if batch.num_rows() > 0 {
                    return Ok(Some(batch));
                }
            } else if turn == Turn::End {
                return Ok(None);
            }
        }
    }

    /// Takes the next piece, or a block of bytes.
    async fn go_on(&mut self) -> Result<Turn> {
        let Self { reader, sink, rejects, records, .. } = self;
        let step = reader.step(rejects).await.map_err(|error| error.context(format!("reading {}", self.file)))?;
        match step {
            Step::End => return Ok(Turn::End),
            Step::Working => {
                tokio::task::yield_now().await;
                return Ok(Turn::Block);
            }
            Step::Lines(lines, limit, place) => {
                let taken = sink.take_lines(lines, limit, place, rejects);
                *records += taken.records;
                reader.took(taken.bytes);
                if taken.bytes > 0 {
                    tokio::task::yield_now().await;
                }
            }
            Step::Piece(bytes, place) => {
                let piece = text_of(bytes, place, rejects);
                each_record(&piece, &mut |found| {
                    *records += 1;
                    let place = Place { record: *records, ..place };
                    sink.take(found, &piece, place, rejects);
                });
            }
        }
        Ok(Turn::Records)
    }

    /// Adds what happened since the last time to the query's counters.
    fn count(&mut self) -> Result<()> {
        let counts = &self.context.counts;
        counts.bytes_scanned.add(self.reader.take_bytes_read());
        let (records, cells, foreign) = self.rejects.take_counts();
        if records + cells == 0 {
            return Ok(());
        }
        counts.records_rejected.add(records);
        counts.cells_rejected.add(cells);
        counts.records_foreign.add(foreign);
        if self.context.options.strict {
            return Err(DataFusionError::External(Box::new(StrictReject {
                file: self.file.clone(),
                reject: self.rejects.take().pop(),
            })));
        }
        Ok(())
    }

    fn finish(&self, batch: RecordBatch) -> Result<RecordBatch> {
        let batch = match &self.predicate {
            Some(predicate) => batch_filter(&batch, predicate)?,
            None => batch,
        };
        match &self.output {
            Some(columns) => Ok(batch.project(columns)?),
            None => Ok(batch),
        }
    }
}

impl Drop for BlobScan {
    fn drop(&mut self) {
        self.context.counts.records_seen.add(self.records);
        self.context.counts.bytes_scanned.add(self.reader.take_bytes_read());
    }
}

/// The piece as text; bytes that are not UTF-8 become U+FFFD, which is counted.
fn text_of<'a>(bytes: &'a [u8], place: Place, rejects: &mut Rejects) -> Cow<'a, str> {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            let reason = "bytes that are not UTF-8; the row is kept with U+FFFD in their place";
            rejects.add(RejectKind::Encoding, place, || Told::about(bytes, reason));
            String::from_utf8_lossy(bytes)
        }
    }
}

/// Under `--strict` the first reject is this error.
#[derive(Debug)]
pub struct StrictReject {
    file: String,
    reject: Option<super::reject::Reject>,
}

impl std::fmt::Display for StrictReject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file)?;
        let Some(reject) = &self.reject else { return f.write_str(": a record could not be read (--strict)") };
        if reject.place.line > 0 {
            write!(f, ", line {}", reject.place.line)?;
        } else {
            write!(f, ", byte {}", reject.place.offset)?;
        }
        if let Some(column) = &reject.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {} (--strict stops at the first reject)", reject.reason)
    }
}

impl std::error::Error for StrictReject {}
