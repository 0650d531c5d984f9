//! A blob's bytes, block by block, unpacked.
//!
//! Local files are read in large blocks on the spot (the page cache answers in microseconds, and queries run on a runtime of their
//! own); remote ones are fetched by `source::Fetch`. Never more than the listed size is read, so a blob that grows meanwhile is read as it was listed.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::{DataFusionError, Result};
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::{GetOptions, GetRange, GetResultPayload, ObjectMeta, ObjectStore, ObjectStoreExt};

use super::codec::{Codec, Unpacker};
use super::window::Window;
use crate::source::BlobStore;

/// Bytes asked of a local file at once: what is read is looked at while it is in the second-level cache (`benches/RESULTS.md`).
const BLOCK: usize = 256 << 10;

/// What reading a block came to.
#[derive(Debug)]
pub enum Filled {
    /// There may be more.
    More,
    /// That was all.
    End,
    /// The packed bytes are damaged from here on; what came before is in the window.
    Damaged(String),
}

/// The bytes of one blob, or of a range of it.
pub struct Blocks {
    source: Source,
    unpacker: Unpacker,
    packed: Window,
    unpacked: Vec<u8>,
    taken: u64,
    ended: bool,
}

enum Source {
    Empty,
    File { file: File, left: u64 },
    Stream(BoxStream<'static, object_store::Result<Bytes>>),
}

impl Blocks {
    /// Opens bytes `range` of a blob.
    ///
    /// # Errors
    /// The store's.
    pub async fn open(store: &BlobStore, meta: &ObjectMeta, range: Range<u64>, codec: Codec) -> Result<Self> {
        let end = range.end.min(meta.size);
        let source = match store {
            _ if range.start >= end => Source::Empty,
            BlobStore::Local(store) => open_file(store, meta, range.start..end).await?,
            BlobStore::Remote(fetch) => Source::Stream(fetch.stream(meta, range.start..end)),
        };
        let unpacker = Unpacker::new(codec)?;
        Ok(Self { source, unpacker, packed: Window::default(), unpacked: Vec::new(), taken: 0, ended: false })
    }

    /// Bytes taken from the store since the last call, as stored.
    pub fn take_count(&mut self) -> u64 {
        std::mem::take(&mut self.taken)
    }

    /// Appends up to about a block of unpacked bytes to the window.
    ///
    /// # Errors
    /// The store's; damage in the bytes is no error but [`Filled::Damaged`].
    pub async fn fill(&mut self, window: &mut Window) -> Result<Filled> {
        if matches!(self.unpacker, Unpacker::Plain) {
            return self.fill_plain(window).await;
        }
        loop {
            if self.packed.bytes().is_empty() {
                let count = self.source.read(&mut self.packed).await?;
                self.taken += count as u64;
                if count == 0 {
                    return Ok(self.finish(window));
                }
            }
            self.unpacked.clear();
            let result = self.unpacker.step(self.packed.bytes(), &mut self.unpacked, BLOCK);
            window.extend(&self.unpacked);
            match result {
                Ok(taken) => self.packed.pass(taken),
                Err(error) => {
                    self.ended = true;
                    return Ok(Filled::Damaged(error.to_string()));
                }
            }
            if !self.unpacked.is_empty() {
                return Ok(Filled::More);
            }
        }
    }

    async fn fill_plain(&mut self, window: &mut Window) -> Result<Filled> {
        let count = self.source.read(window).await?;
        self.taken += count as u64;
        Ok(if count == 0 { Filled::End } else { Filled::More })
    }

    fn finish(&mut self, window: &mut Window) -> Filled {
        if std::mem::replace(&mut self.ended, true) {
            return Filled::End;
        }
        self.unpacked.clear();
        let result = self.unpacker.finish(&mut self.unpacked);
        window.extend(&self.unpacked);
        match result {
            Ok(()) => Filled::End,
            Err(error) => Filled::Damaged(error.to_string()),
        }
    }
}

async fn open_file(store: &Arc<dyn ObjectStore>, meta: &ObjectMeta, range: Range<u64>) -> Result<Source> {
    let options = GetOptions { range: Some(GetRange::Bounded(range.clone())), ..GetOptions::default() };
    let result =
        store.get_opts(&meta.location, options).await.map_err(|error| DataFusionError::ObjectStore(Box::new(error)))?;
    Ok(match result.payload {
        GetResultPayload::File(mut file, _) => {
            file.seek(SeekFrom::Start(range.start))?;
            Source::File { file, left: range.end - range.start }
        }
        GetResultPayload::Stream(stream) => Source::Stream(stream),
    })
}

impl Source {
    /// Appends the next block; 0 at the end.
    async fn read(&mut self, out: &mut Window) -> Result<usize> {
        match self {
            Self::Empty => Ok(0),
            Self::File { file, left } => {
                let want = (*left).min(BLOCK as u64);
                let count = read_some(file, out.room(usize::try_from(want).unwrap_or(BLOCK)))?;
                out.grew(count);
                *left = if count == 0 { 0 } else { *left - count as u64 };
                Ok(count)
            }
            Self::Stream(stream) => loop {
                match stream.next().await {
                    None => return Ok(0),
                    Some(bytes) => {
                        let bytes = bytes.map_err(|error| DataFusionError::ObjectStore(Box::new(error)))?;
                        if !bytes.is_empty() {
                            out.extend(&bytes);
                            return Ok(bytes.len());
                        }
                    }
                }
            },
        }
    }
}

/// Reads once, and again if a signal came between.
fn read_some(file: &mut File, room: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match file.read(room) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The first bytes of a blob as stored, `length` of them or fewer.
///
/// # Errors
/// The store's.
pub async fn head(store: &BlobStore, meta: &ObjectMeta, length: u64) -> Result<Bytes> {
    let length = length.min(meta.size);
    let head = match store {
        _ if length == 0 => Ok(Bytes::new()),
        BlobStore::Local(store) => store.get_range(&meta.location, 0..length).await,
        BlobStore::Remote(fetch) => fetch.head(meta, length).await,
    };
    head.map_err(|error| DataFusionError::ObjectStore(Box::new(error)))
}
