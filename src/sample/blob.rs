//! One planned blob, written: rows made, enveloped, framed, compressed, and counted.

use super::SampleError;
use super::clock::{Moment, Ticks};
use super::envelope::{push_flat, push_record};
use super::frame::Framer;
use super::intrusion::Planted;
use super::plan::{Blob, Codec, Slice};
use super::quirk::{Quirk, UNKNOWN_TABLE};
use super::row::RowMaker;
use super::summary::Tally;
use super::table::TABLES;
use super::world::World;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Bytes are handed to the file in pieces of about this size.
const PIECE: usize = 1 << 20;

/// Writes planned blobs, one after the other. One of them serves one thread.
pub(super) struct BlobWriter<'w> {
    maker: RowMaker<'w>,
    planted: &'w [Planted],
    record: Vec<u8>,
    out: Vec<u8>,
}

/// The blob at hand.
struct Open<'b> {
    blob: &'b Blob,
    framer: Framer,
    sink: Sink,
    tally: Tally,
    /// Called with the bytes of every piece.
    progress: &'b mut dyn FnMut(u64),
}

impl<'w> BlobWriter<'w> {
    pub(super) fn new(world: &'w World, planted: &'w [Planted]) -> Self {
        Self { maker: RowMaker::new(world), planted, record: Vec::new(), out: Vec::new() }
    }

    /// Writes one blob below a folder. `progress` gets the number of bytes, uncompressed, as they come.
    pub(super) fn write(
        &mut self,
        folder: &Path,
        blob: &Blob,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Tally, SampleError> {
        let path = folder.join(&blob.path);
        let failed = |source| SampleError::write(&path, source);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|source| SampleError::write(parent, source))?;
        }
        let start = blob.slices.first().map_or_else(Default::default, |slice| slice.window.start);
        let framer = Framer::new(blob.frame, start)?;
        let sink = Sink::create(&path, blob.codec).map_err(failed)?;
        let mut open = Open { blob, framer, sink, tally: Tally::default(), progress };
        if blob.flaws.contains(&Quirk::ByteOrderMark) {
            self.out.extend_from_slice(b"\xef\xbb\xbf");
            open.tally.quirk(Quirk::ByteOrderMark);
        }
        for slice in &blob.slices {
            self.write_slice(slice, &mut open).map_err(|error| error.at(&path))?;
        }
        if blob.flaws.contains(&Quirk::HalfLine) {
            self.out.extend_from_slice(&self.record[..self.record.len() / 2]);
            open.tally.quirk(Quirk::HalfLine);
        }
        let Open { framer, mut sink, mut tally, progress, .. } = open;
        framer.finish(&mut self.out)?;
        progress(self.out.len() as u64);
        sink.write_all(&self.out).and_then(|()| sink.finish()).map_err(failed)?;
        self.out.clear();
        tally.blobs += 1;
        tally.bytes += fs::metadata(&path).map_err(failed)?.len();
        Ok(tally)
    }

    fn write_slice(&mut self, slice: &Slice, open: &mut Open<'_>) -> Result<(), Failure> {
        let mut planted = self.planted[slice.planted.clone()].iter().peekable();
        self.maker.start(slice);
        for index in 0..slice.rows {
            let ordinal = slice.first + index;
            let mut quirk = if open.blob.quirks { Quirk::scheduled(ordinal) } else { None };
            if quirk == Some(Quirk::NoCategory) && open.blob.home != Some(slice.table) {
                quirk = None;
            }
            let moment = self.maker.make(slice, index, &mut quirk);
            while let Some(row) = planted.next_if(|row| row.moment.received <= moment.received) {
                self.write_planted(row, open)?;
            }
            let properties = std::mem::take(&mut self.maker.properties);
            self.write_row(slice.table, moment, &properties, quirk, ordinal, open)?;
            if quirk == Some(Quirk::Redelivered) {
                let received = moment.received.plus(Ticks::seconds(31)).min(slice.window.end());
                self.put(slice.table, Moment { received, ..moment }, &properties, quirk, ordinal, open)?;
                open.tally.redelivered(TABLES[slice.table].name);
            }
            self.maker.properties = properties;
        }
        planted.try_for_each(|row| self.write_planted(row, open))
    }

    fn write_planted(&mut self, row: &Planted, open: &mut Open<'_>) -> Result<(), Failure> {
        self.write_row(row.table, row.moment, &row.properties, None, 0, open)
    }

    /// Writes a row and counts it, then whatever flaws the blob is to have after its first row.
    fn write_row(
        &mut self,
        table: usize,
        moment: Moment,
        properties: &[u8],
        quirk: Option<Quirk>,
        ordinal: u64,
        open: &mut Open<'_>,
    ) -> Result<(), Failure> {
        let first = open.tally.rows() == 0;
        self.put(table, moment, properties, quirk, ordinal, open)?;
        open.tally.row(if quirk == Some(Quirk::UnknownCategory) { UNKNOWN_TABLE } else { TABLES[table].name });
        quirk.into_iter().for_each(|quirk| open.tally.quirk(quirk));
        if open.blob.quirks && open.blob.home != Some(table) {
            open.tally.quirk(Quirk::ForeignRow);
        }
        if first {
            self.write_flaws(TABLES[table].name, open);
        }
        Ok(())
    }

    fn put(
        &mut self,
        table: usize,
        moment: Moment,
        properties: &[u8],
        quirk: Option<Quirk>,
        ordinal: u64,
        open: &mut Open<'_>,
    ) -> Result<(), Failure> {
        self.record.clear();
        if open.blob.flat {
            push_flat(&mut self.record, &TABLES[table], moment, properties);
        } else {
            push_record(&mut self.record, &TABLES[table], moment, properties, quirk, ordinal);
        }
        open.framer.push(&self.record, moment.received, &mut self.out).map_err(Failure::Sample)?;
        if self.out.len() >= PIECE {
            (open.progress)(self.out.len() as u64);
            open.sink.write_all(&self.out).map_err(Failure::Io)?;
            self.out.clear();
        }
        Ok(())
    }

    /// Lines between rows that no service means to write.
    fn write_flaws(&mut self, table: &'static str, open: &mut Open<'_>) {
        for flaw in &open.blob.flaws {
            match flaw {
                Quirk::BlankLine => self.out.extend_from_slice(b"  \r\n"),
                Quirk::NulRun => {
                    self.out.resize(self.out.len() + 512, 0);
                    self.out.extend_from_slice(b"\r\n");
                }
                Quirk::InvalidUtf8 => {
                    let quote = self.record.windows(2).rposition(|pair| pair == b":\"").map_or(0, |at| at + 2);
                    self.out.extend_from_slice(&self.record[..quote]);
                    self.out.extend_from_slice(b"\xff\xfe\xc3");
                    self.out.extend_from_slice(&self.record[quote..]);
                    self.out.extend_from_slice(b"\r\n");
                    open.tally.damaged(table);
                }
                _ => continue,
            }
            open.tally.quirk(*flaw);
        }
    }
}

/// What stops a slice; the path is added where it is known.
enum Failure {
    Io(io::Error),
    Sample(SampleError),
}

impl Failure {
    fn at(self, path: &Path) -> SampleError {
        match self {
            Self::Io(source) => SampleError::write(path, source),
            Self::Sample(error) => error,
        }
    }
}

/// The file, behind its compressor.
enum Sink {
    None(File),
    Gzip(GzEncoder<File>),
    Zstd(zstd::Encoder<'static, File>),
}

impl Sink {
    fn create(path: &Path, codec: Codec) -> io::Result<Self> {
        let file = File::create_new(path)?;
        Ok(match codec {
            Codec::None => Self::None(file),
            Codec::Gzip => Self::Gzip(GzEncoder::new(file, flate2::Compression::fast())),
            Codec::Zstd => Self::Zstd(zstd::Encoder::new(file, 1)?),
        })
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::None(file) => file.write_all(bytes),
            Self::Gzip(encoder) => encoder.write_all(bytes),
            Self::Zstd(encoder) => encoder.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::None(_) => Ok(()),
            Self::Gzip(encoder) => encoder.finish().map(drop),
            Self::Zstd(encoder) => encoder.finish().map(drop),
        }
    }
}
