//! One blob to pieces of JSON: bytes, codec and frame tied together.
//!
//! Knows neither tables nor columns. Gives pieces (see [`frame`]) with their place, and rejects for what is no record.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::common::Result;
use memchr::memchr_iter;
use object_store::ObjectMeta;

use super::bytes::{self, Blocks, Filled};
use super::codec::{Codec, Unpacker};
use super::frame::avro::Messages;
use super::frame::lines::{LineRange, Lines};
use super::frame::sniff::{Frame, sniff};
use super::frame::values::{Values, starts_with_message};
use super::frame::{Cut, Splitter};
use super::needle::Needles;
use super::needle::sift::SiftedLines;
use super::reject::{Place, RejectKind, Rejects, Told};
use super::window::Window;
use crate::source::BlobStore;

/// Bytes looked at to tell codec and frame; a message may be 1 MB, and its end tells its frame.
pub const HEAD: u64 = 1280 << 10;

/// Reads the pieces of one blob or of one byte range of it.
pub struct PieceReader {
    input: Input,
    /// Bytes taken from the store, as stored.
    bytes_read: u64,
}

enum Input {
    Nothing,
    Text(Box<TextInput>),
    Avro(Box<AvroInput>),
}

struct TextInput {
    blocks: Blocks,
    splitter: Box<dyn Splitter>,
    window: Window,
    /// Bytes of the window that the last piece was; the next step moves over them.
    given: usize,
    last: bool,
    /// The unpacked blob's offset of the window's first byte.
    offset: u64,
    /// The line that the window starts on, from 1; 0 if lines are not counted.
    line: u64,
    /// Lines are offered before they are cut, and the next one was not wanted so.
    offers_lines: bool,
    declined: bool,
    /// The byte range to read, and whether its first own line was found.
    range: Option<LineRange>,
    aligned: bool,
    at_line_start: bool,
    wants_bytes: bool,
    /// Lines, not records, tell a place.
    by_line: bool,
}

struct AvroInput {
    messages: Messages<Box<dyn Read + Send>>,
    message: Vec<u8>,
    ordinal: u64,
}

/// What is wanted of a blob's lines.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Lines that hold none of these are passed over.
    pub needles: Option<Arc<Needles>>,
    /// Lines are offered before they are cut into pieces.
    pub offers_lines: bool,
    /// Places tell the line.
    pub counts_lines: bool,
    /// Where what is unpacked lies meanwhile; none is the system's temporary folder.
    pub temp_dir: Option<PathBuf>,
}

/// What comes next.
pub enum Step<'a> {
    /// Lines, from the start of one, with how many bytes from here a line may start in. [`PieceReader::took`] says what was done with them.
    Lines(&'a [u8], usize, Place),
    /// Bytes that hold whole values.
    Piece(&'a [u8], Place),
    /// Nothing yet; bytes were read, or a reject was counted.
    Working,
    /// The blob, or the range, is done.
    End,
}

impl PieceReader {
    /// Opens a blob, or the part of it that belongs to `range`.
    ///
    /// Only plain JSON lines are read in ranges. Of any other blob the range that holds byte 0 reads all, and the others nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn open(
        store: &BlobStore,
        meta: &ObjectMeta,
        range: Option<Range<u64>>,
        reading: &Reading,
        rejects: &mut Rejects,
    ) -> Result<Self> {
        let head = bytes::head(store, meta, HEAD).await?;
        let codec = Codec::sniff(&head);
        let whole_head = head.len() as u64 >= meta.size;
        let (unpacked, whole) = match codec {
            Codec::Plain => (head.to_vec(), whole_head),
            _ => unpack_head(codec, &head, whole_head),
        };
        let frame = sniff(&unpacked, whole);
        let range = range.filter(|range| *range != (0..meta.size));
        let input = match (frame, range) {
            _ if meta.size == 0 => Input::Nothing,
            (Frame::Lines, Some(range)) if codec == Codec::Plain => Input::ranged(store, meta, range, reading).await?,
            (_, Some(range)) if range.start > 0 => Input::Nothing,
            (Frame::Avro, _) => Input::avro(store, meta, codec, reading, rejects).await?,
            (frame, _) => {
                let by_line = frame == Frame::Lines && !starts_with_message(&unpacked);
                Input::whole(store, meta, codec, frame, by_line, reading).await?
            }
        };
        Ok(Self { input, bytes_read: 0 })
    }

    /// Bytes taken from the store since the last call.
    pub fn take_bytes_read(&mut self) -> u64 {
        std::mem::take(&mut self.bytes_read)
    }

    /// How many bytes of the lines of the last step were taken: whole lines, or none.
    pub fn took(&mut self, count: usize) {
        if let Input::Text(input) = &mut self.input {
            input.declined = count == 0;
            if count > 0 {
                input.splitter.moved();
                input.advance(count);
            }
        }
    }

    /// Goes one step: a piece, a block of bytes, or the end.
    ///
    /// # Errors
    /// The store's.
    pub async fn step(&mut self, rejects: &mut Rejects) -> Result<Step<'_>> {
        match &mut self.input {
            Input::Nothing => Ok(Step::End),
            Input::Avro(input) => Ok(input.step(rejects)),
            Input::Text(input) => {
                if input.wants_bytes {
                    input.fill(rejects).await?;
                    self.bytes_read += input.blocks.take_count();
                }
                Ok(input.step(rejects))
            }
        }
    }
}

impl Input {
    async fn whole(
        store: &BlobStore,
        meta: &ObjectMeta,
        codec: Codec,
        frame: Frame,
        by_line: bool,
        reading: &Reading,
    ) -> Result<Self> {
        let blocks = Blocks::open(store, meta, 0..meta.size, codec).await?;
        Ok(Self::Text(Box::new(TextInput::new(blocks, frame, by_line, None, reading))))
    }

    async fn ranged(store: &BlobStore, meta: &ObjectMeta, range: Range<u64>, reading: &Reading) -> Result<Self> {
        let range = LineRange { start: range.start, end: range.end };
        let blocks = Blocks::open(store, meta, range.read_from()..meta.size, Codec::Plain).await?;
        Ok(Self::Text(Box::new(TextInput::new(blocks, Frame::Lines, true, Some(range), reading))))
    }

    /// Capture files are read by a library that pulls, so a packed or remote one is first spooled to a temporary file.
    async fn avro(
        store: &BlobStore,
        meta: &ObjectMeta,
        codec: Codec,
        reading: &Reading,
        rejects: &mut Rejects,
    ) -> Result<Self> {
        let mut blocks = Blocks::open(store, meta, 0..meta.size, codec).await?;
        let mut spool = spool(reading.temp_dir.as_deref())?;
        let mut block = Window::default();
        loop {
            let filled = blocks.fill(&mut block).await?;
            spool.write_all(block.bytes())?;
            block.pass(usize::MAX);
            match filled {
                Filled::More => {}
                Filled::End => break,
                Filled::Damaged(reason) => {
                    rejects.add(RejectKind::Bytes, Place::default(), || Told::about(b"", damaged(&reason)));
                    break;
                }
            }
        }
        spool.seek(SeekFrom::Start(0))?;
        let input: Box<dyn Read + Send> = Box::new(std::io::BufReader::with_capacity(1 << 20, spool));
        match Messages::open(input) {
            Ok(messages) => Ok(Self::Avro(Box::new(AvroInput { messages, message: Vec::new(), ordinal: 0 }))),
            Err(reason) => {
                rejects.add(RejectKind::Bytes, Place::default(), || Told::about(b"", reason));
                Ok(Self::Nothing)
            }
        }
    }
}

/// A file without a name, gone with whoever holds it.
fn spool(folder: Option<&Path>) -> std::io::Result<File> {
    let Some(folder) = folder else { return tempfile::tempfile() };
    let refused =
        |error| std::io::Error::other(format!("the temporary folder {} cannot be used: {error}", folder.display()));
    tempfile::tempfile_in(folder).map_err(refused)
}

fn damaged(reason: &str) -> String {
    format!("the packed bytes are damaged or cut off from here on ({reason}); what came before was read")
}

/// The unpacked beginning of a packed head, and whether it is all of the blob.
pub(super) fn unpack_head(codec: Codec, head: &[u8], whole_head: bool) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let Ok(mut unpacker) = Unpacker::new(codec) else { return (out, false) };
    let mut taken = 0;
    while taken < head.len() && (out.len() as u64) < HEAD {
        match unpacker.step(&head[taken..], &mut out, 256 << 10) {
            Ok(0) => break,
            Ok(count) => taken += count,
            Err(_) => break,
        }
    }
    (out, whole_head && taken == head.len())
}

impl TextInput {
    fn new(blocks: Blocks, frame: Frame, by_line: bool, range: Option<LineRange>, reading: &Reading) -> Self {
        let start = range.map_or(0, |range| range.read_from());
        let aligned = range.is_none_or(|range| range.start == 0);
        Self {
            blocks,
            splitter: match (frame, &reading.needles) {
                (Frame::Lines, Some(needles)) => Box::new(SiftedLines::new(Arc::clone(needles))),
                (Frame::Lines, None) => Box::new(Lines::default()),
                _ => Box::new(Values::default()),
            },
            window: Window::default(),
            given: 0,
            last: false,
            offset: start,
            // Counting line feeds would cost as much as looking for needles.
            line: u64::from(aligned && reading.counts_lines),
            offers_lines: reading.offers_lines && frame == Frame::Lines && reading.needles.is_none(),
            declined: false,
            range,
            aligned,
            at_line_start: true,
            wants_bytes: true,
            by_line,
        }
    }

    /// Reads another block into the window.
    async fn fill(&mut self, rejects: &mut Rejects) -> Result<()> {
        self.wants_bytes = false;
        self.declined = false;
        match self.blocks.fill(&mut self.window).await? {
            Filled::More => {}
            Filled::End => self.last = true,
            Filled::Damaged(reason) => {
                self.last = true;
                let offset = self.offset + self.window.bytes().len() as u64;
                let place = Place { offset, by_line: self.by_line, ..Place::default() };
                rejects.add(RejectKind::Bytes, place, || Told::about(b"", damaged(&reason)));
            }
        }
        Ok(())
    }

    fn step(&mut self, rejects: &mut Rejects) -> Step<'_> {
        let given = std::mem::take(&mut self.given);
        self.advance(given);
        if !self.aligned && !self.align() {
            return if self.last { Step::End } else { Step::Working };
        }
        if self.at_line_start && self.range.is_some_and(|range| !range.owns(self.offset)) {
            return Step::End;
        }
        if self.offers_lines && self.at_line_start && !self.declined && !self.window.bytes().is_empty() {
            return self.offer();
        }
        match self.splitter.next(self.window.bytes(), self.last) {
            Cut::Piece { start, end } => {
                let place = self.place(start);
                self.declined = false;
                self.given = end;
                Step::Piece(self.window.bytes().get(start..end).unwrap_or_default(), place)
            }
            Cut::Reject { start, end, kind, reason } => {
                let text = self.window.bytes().get(start..end).unwrap_or_default();
                rejects.add(kind, self.place(start), || Told::about(text, reason));
                self.declined = false;
                self.advance(end);
                Step::Working
            }
            Cut::More { consumed } => {
                self.advance(consumed);
                self.wants_bytes = !self.last && (consumed == 0 || self.window.bytes().is_empty());
                if self.last && consumed == 0 { Step::End } else { Step::Working }
            }
            Cut::End => Step::End,
        }
    }

    /// Offers the lines of the window.
    fn offer(&self) -> Step<'_> {
        let limit = self.range.map_or(u64::MAX, |range| range.end.saturating_sub(self.offset));
        let place = Place { offset: self.offset, by_line: self.by_line, ..Place::default() };
        Step::Lines(self.window.bytes(), usize::try_from(limit).unwrap_or(usize::MAX), place)
    }

    /// Drops the bytes of the range before its first own line; false if that line is not in the window.
    fn align(&mut self) -> bool {
        let found = self.range.and_then(|range| range.skip_first(self.window.bytes()));
        self.aligned = found.is_some();
        let count = found.unwrap_or(self.window.bytes().len());
        self.window.pass(count);
        self.offset += count as u64;
        self.wants_bytes = !self.aligned && !self.last;
        self.aligned
    }

    fn place(&self, start: usize) -> Place {
        let line = match self.line {
            0 => 0,
            line => line + line_feeds(self.window.bytes().get(..start).unwrap_or_default()),
        };
        Place { line, record: 0, offset: self.offset + start as u64, by_line: self.by_line }
    }

    fn advance(&mut self, count: usize) {
        let done = self.window.bytes().get(..count).unwrap_or_default();
        if self.line > 0 {
            self.line += line_feeds(done);
        }
        if let Some(byte) = done.last() {
            self.at_line_start = *byte == b'\n';
        }
        self.offset += done.len() as u64;
        self.window.pass(count);
    }
}

fn line_feeds(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

impl AvroInput {
    fn step(&mut self, rejects: &mut Rejects) -> Step<'_> {
        self.ordinal += 1;
        let place = Place { record: self.ordinal, ..Place::default() };
        match self.messages.next() {
            None => Step::End,
            Some(Ok(message)) => {
                self.message = message;
                Step::Piece(&self.message, place)
            }
            Some(Err(reason)) => {
                rejects.add(RejectKind::Bytes, place, || Told::about(b"", reason));
                Step::Working
            }
        }
    }
}
