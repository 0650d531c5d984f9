//! The bytes of remote blobs: in ranges, many at once, again when they did not come, and never of two versions of a blob.
//!
//! A blob is read as it was listed. Each answer of the store is held against the listing: the same version will do, and so will an
//! append blob that has only grown since, for what was there is there still. Anything else was replaced, which is an error. So answers
//! to several requests can be put together without asking for one version, which an append between them would make fail.
//!
//! One `Fetch` serves one scan. It knows the order in which blobs will be asked for, and gets the beginnings of the next ones ahead.
//!
//! Where there is a cache, closed blobs are asked for in ranges that lie at the same places whoever asks, so that they are found again.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, Extensions, GetOptions, GetRange, ObjectMeta, ObjectStore, Result};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::cache::{BlobCache, Key};
use super::store::{Traffic, Witness, metered};

/// Requests for one blob at once.
const AT_ONCE: usize = 4;
/// Beginnings of blobs that are got ahead, at most, and their bytes.
const AHEAD: usize = 96;
const AHEAD_BYTES: u64 = 64 << 20;
/// Beginnings of large blobs that are kept: each byte range of one looks at it.
const KEPT: usize = 8;

/// How blobs are cut into requests, and how long to go on when a store fails.
#[derive(Debug, Clone)]
pub struct FetchOptions {
    /// Bytes of a blob's first request: all of most blobs, and enough to tell what it is.
    pub first_bytes: u64,
    /// Bytes of each further request.
    pub chunk_bytes: u64,
    /// Wait before the second try; it doubles from try to try.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// Tries that bring nothing, at most.
    pub tries: u32,
    /// Time for one range, over all tries.
    pub total: Duration,
    /// Time without a byte after which a body is given up.
    pub idle: Duration,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            first_bytes: 2 << 20,
            chunk_bytes: 4 << 20,
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(10),
            tries: 6,
            total: Duration::from_secs(120),
            idle: Duration::from_secs(30),
        }
    }
}

/// What is shared by all scans of one location.
#[derive(Debug)]
pub struct Remote {
    store: Arc<dyn ObjectStore>,
    options: FetchOptions,
    /// One for each request that may be under way.
    permits: Semaphore,
    /// A blob turned out to be another than listed.
    stale: AtomicBool,
    kept: Option<Kept>,
}

/// Where the blobs of a location are kept.
#[derive(Debug)]
struct Kept {
    cache: Arc<BlobCache>,
    /// What stands before a blob's path in its name.
    base: String,
}

/// Requests to one location that may be under way at once.
const REQUESTS: usize = 128;

impl Remote {
    /// A remote store and how its blobs are fetched.
    pub fn new(store: Arc<dyn ObjectStore>, options: FetchOptions) -> Self {
        Self { store, options, permits: Semaphore::new(REQUESTS), stale: AtomicBool::new(false), kept: None }
    }

    /// The same with closed blobs kept in a cache, by their path behind `base`.
    pub fn kept_in(self, cache: Arc<BlobCache>, base: String) -> Self {
        Self { kept: Some(Kept { cache, base }), ..self }
    }

    /// The cache and what a range of a blob is known by there, if it is one to keep.
    fn kept(&self, meta: &ObjectMeta, range: &Range<u64>) -> Option<(&BlobCache, Key)> {
        let kept = self.kept.as_ref()?;
        let key = BlobCache::key(&format!("{}/{}", kept.base, meta.location), meta, range)?;
        Some((&kept.cache, key))
    }

    /// The requests for a range that lies behind the first request, each with how much of its beginning is not wanted.
    fn requests(&self, meta: &ObjectMeta, range: Range<u64>) -> impl Iterator<Item = (Range<u64>, u64)> + use<> {
        let (chunk, size) = (self.options.chunk_bytes.max(1), meta.size);
        let first = self.first(meta);
        let aligned = self.kept(meta, &range).is_some();
        let from = if aligned { first + range.start.saturating_sub(first) / chunk * chunk } else { range.start };
        let most = if aligned { size } else { range.end };
        (0..range.end.saturating_sub(from).div_ceil(chunk)).map(move |number| {
            let start = from + number * chunk;
            (start..(start + chunk).min(most), range.start.saturating_sub(start))
        })
    }

    /// True, once, if a blob turned out to be another than listed.
    pub(super) fn take_stale(&self) -> bool {
        self.stale.swap(false, Ordering::Relaxed)
    }

    /// Bytes of a blob's first request.
    fn first(&self, meta: &ObjectMeta) -> u64 {
        self.options.first_bytes.min(meta.size)
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }
}

/// Fetches the blobs of one scan.
#[derive(Debug)]
pub struct Fetch {
    remote: Arc<Remote>,
    traffic: Arc<Traffic>,
    ahead: Mutex<Ahead>,
}

/// What is got before it is asked for.
#[derive(Debug, Default)]
struct Ahead {
    queue: VecDeque<ObjectMeta>,
    asked: HashSet<Path>,
    started: HashMap<Path, Started>,
    bytes: u64,
    kept: VecDeque<(Path, Bytes)>,
}

#[derive(Debug)]
struct Started {
    task: JoinHandle<Result<Bytes>>,
    bytes: u64,
}

impl Drop for Started {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fetch {
    /// A fetcher for blobs that will be asked for about in this order.
    pub fn new(remote: Arc<Remote>, planned: impl IntoIterator<Item = ObjectMeta>, traffic: Arc<Traffic>) -> Self {
        let ahead = Ahead { queue: planned.into_iter().collect(), ..Ahead::default() };
        Self { remote, traffic, ahead: Mutex::new(ahead) }
    }

    /// What was asked of the store so far.
    pub fn traffic(&self) -> &Arc<Traffic> {
        &self.traffic
    }

    fn ahead(&self) -> MutexGuard<'_, Ahead> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The blob's beginning, at least `length` bytes of it if there are so many.
    ///
    /// # Errors
    /// The store's; [`Error::Precondition`] if the blob was replaced since it was listed.
    pub async fn head(&self, meta: &ObjectMeta, length: u64) -> Result<Bytes> {
        let first = self.first(meta).await?;
        if first.len() as u64 >= length.min(meta.size) {
            return Ok(first);
        }
        let rest = self.range(meta, first.len() as u64..length.min(meta.size)).await?;
        Ok([first, rest].concat().into())
    }

    /// Bytes `range` of the blob, in order, with the next ones on their way.
    pub fn stream(self: &Arc<Self>, meta: &ObjectMeta, range: Range<u64>) -> BoxStream<'static, Result<Bytes>> {
        let end = range.end.min(meta.size);
        let first_bytes = self.remote.first(meta);
        let (fetch, meta) = (Arc::clone(self), Arc::new(meta.clone()));
        let begins = range.start < first_bytes;
        let first = {
            let (fetch, meta, range) = (Arc::clone(&fetch), Arc::clone(&meta), range.start..end);
            stream::once(async move {
                let first = fetch.first(&meta).await?;
                let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(first.len());
                Ok(first.slice(at(range.start)..at(range.end).max(at(range.start))))
            })
        };
        let from = if begins { first_bytes } else { range.start };
        let requests = self.remote.requests(&meta, from..end.max(from));
        let rest = stream::iter(requests)
            .map(move |(range, unwanted)| {
                let (fetch, meta) = (Arc::clone(&fetch), Arc::clone(&meta));
                async move {
                    let wanted = unwanted..end.min(range.end).saturating_sub(range.start);
                    let bytes = fetch.range(&meta, range).await?;
                    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                    Ok(bytes.slice(at(wanted.start)..at(wanted.end).max(at(wanted.start))))
                }
            })
            .buffered(AT_ONCE);
        if begins { first.chain(rest).boxed() } else { rest.boxed() }
    }

    /// Says that a blob will not be asked for.
    pub fn skip(&self, path: &Path) {
        let mut ahead = self.ahead();
        ahead.asked.insert(path.clone());
        if let Some(started) = ahead.started.remove(path) {
            ahead.bytes -= started.bytes;
        }
    }

    /// The first request's bytes; sends for the next blobs' meanwhile.
    async fn first(&self, meta: &ObjectMeta) -> Result<Bytes> {
        let started = {
            let mut ahead = self.ahead();
            ahead.asked.insert(meta.location.clone());
            let kept = ahead.kept.iter().position(|(path, _)| *path == meta.location);
            if let Some((path, bytes)) = kept.and_then(|at| ahead.kept.remove(at)) {
                // What fits into one request is asked for twice: to tell what it is, and to read it. More is asked for by each range.
                if meta.size > self.remote.options.first_bytes {
                    ahead.kept.push_back((path, bytes.clone()));
                }
                return Ok(bytes);
            }
            let started = ahead.started.remove(&meta.location);
            if let Some(started) = &started {
                ahead.bytes -= started.bytes;
            }
            self.send_ahead(&mut ahead);
            started
        };
        let bytes = match started {
            Some(mut started) => match (&mut started.task).await {
                Ok(result) => result?,
                Err(error) => return Err(error.into()),
            },
            None => self.range(meta, 0..self.remote.first(meta)).await?,
        };
        let mut ahead = self.ahead();
        if ahead.kept.len() >= KEPT.max(ahead.started.len()) {
            ahead.kept.pop_front();
        }
        ahead.kept.push_back((meta.location.clone(), bytes.clone()));
        Ok(bytes)
    }

    /// Sends for the beginnings of the next blobs: of few at first, since a query may end with the first rows.
    fn send_ahead(&self, ahead: &mut Ahead) {
        let most = AHEAD.min(4 + 2 * ahead.asked.len());
        while ahead.started.len() < most && ahead.bytes < AHEAD_BYTES {
            let Some(meta) = ahead.queue.pop_front() else { return };
            if ahead.asked.contains(&meta.location) || ahead.started.contains_key(&meta.location) {
                continue;
            }
            let bytes = self.remote.first(&meta);
            let (path, remote, traffic) = (meta.location.clone(), Arc::clone(&self.remote), Arc::clone(&self.traffic));
            let task = tokio::spawn(async move { remote.range(&meta, 0..bytes, &traffic).await });
            ahead.bytes += bytes;
            ahead.started.insert(path, Started { task, bytes });
        }
    }

    async fn range(&self, meta: &ObjectMeta, range: Range<u64>) -> Result<Bytes> {
        self.remote.range(meta, range, &self.traffic).await
    }
}

impl Remote {
    /// Bytes of one range: kept ones, or else whatever it takes.
    async fn range(&self, meta: &ObjectMeta, range: Range<u64>, traffic: &Arc<Traffic>) -> Result<Bytes> {
        let Some((cache, key)) = self.kept(meta, &range) else { return self.fetched(meta, range, traffic).await };
        if let Some(bytes) = cache.get(&key).await {
            traffic.add_kept(bytes.len());
            return Ok(bytes);
        }
        let bytes = self.fetched(meta, range, traffic).await?;
        cache.keep(&key, &bytes).await;
        Ok(bytes)
    }

    /// Bytes of one range from the store.
    async fn fetched(&self, meta: &ObjectMeta, range: Range<u64>, traffic: &Arc<Traffic>) -> Result<Bytes> {
        let Ok(_permit) = self.permits.acquire().await else { return Err(stopped()) };
        let began = Instant::now();
        let mut got = BytesMut::with_capacity(usize::try_from(range.end - range.start).unwrap_or_default());
        let (mut tries, mut wait) = (0, self.options.first_wait);
        loop {
            let before = got.len();
            let rest = range.start + got.len() as u64..range.end;
            match metered(Arc::clone(traffic), self.once(meta, rest, &mut got, traffic)).await {
                Ok(()) if got.len() as u64 >= range.end - range.start => return Ok(got.freeze()),
                Err(error) if !may_pass(&error) => {
                    let other = matches!(error, Error::NotFound { .. } | Error::Precondition { .. });
                    self.stale.fetch_or(other, Ordering::Relaxed);
                    return Err(error);
                }
                result => {
                    if got.len() > before {
                        (tries, wait) = (0, self.options.first_wait);
                    }
                    tries += 1;
                    if tries >= self.options.tries || began.elapsed() + wait >= self.options.total {
                        return Err(result.err().unwrap_or_else(|| cut_off(meta)));
                    }
                    traffic.add_retry();
                    tokio::time::sleep(jittered(wait)).await;
                    wait = (wait * 2).min(self.options.longest_wait);
                }
            }
        }
    }

    /// Asks once, and adds what comes.
    async fn once(&self, meta: &ObjectMeta, range: Range<u64>, got: &mut BytesMut, traffic: &Traffic) -> Result<()> {
        let most = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let witness = Witness::default();
        let mut extensions = Extensions::new();
        extensions.insert(witness.clone());
        let options = GetOptions { range: Some(GetRange::Bounded(range)), extensions, ..GetOptions::default() };
        let idle = |_| Error::Generic { store: "remote", source: "no bytes came for too long".into() };
        let answer = tokio::time::timeout(self.options.total, self.store.get_opts(&meta.location, options));
        let answer = answer.await.map_err(idle)??;
        same_version(meta, &answer.meta, &witness)?;
        let mut body = answer.into_stream();
        let mut left = most;
        while let Some(bytes) = tokio::time::timeout(self.options.idle, body.try_next()).await.map_err(idle)?? {
            let bytes = bytes.slice(..bytes.len().min(left));
            left -= bytes.len();
            traffic.add_bytes(bytes.len());
            got.extend_from_slice(&bytes);
        }
        Ok(())
    }
}

/// Holds an answer against the listing.
fn same_version(listed: &ObjectMeta, now: &ObjectMeta, witness: &Witness) -> Result<()> {
    let tag =
        |meta: &ObjectMeta| meta.e_tag.as_deref().map(|tag| tag.trim_start_matches("W/").trim_matches('"').to_owned());
    let same = match (tag(listed), tag(now)) {
        (Some(listed), Some(now)) => listed == now,
        _ => listed.last_modified == now.last_modified && listed.size == now.size,
    };
    let grown =
        || now.size >= listed.size && witness.told().is_some_and(|appended| appended.created <= listed.last_modified);
    if same || grown() {
        return Ok(());
    }
    let source = "it was replaced after it was listed".into();
    Err(Error::Precondition { path: listed.location.to_string(), source })
}

/// True for trouble that may be gone at the next try.
fn may_pass(error: &Error) -> bool {
    matches!(error, Error::Generic { .. } | Error::JoinError { .. })
}

fn cut_off(meta: &ObjectMeta) -> Error {
    let source = format!("the store ends its answers for {} before all bytes came", meta.location).into();
    Error::Generic { store: "remote", source }
}

fn stopped() -> Error {
    Error::Generic { store: "remote", source: "the engine is shutting down".into() }
}

/// Between half of a wait and all of it, so that those who failed together do not come back together.
fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(rand::random_range(0.5..1.0))
}
