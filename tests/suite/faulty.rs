//! A store that fails, seeded: answers that do not come, bodies that are cut off or slow, listings of yesterday.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::DateTime;
use datafusion::object_store::memory::InMemory;
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use huntql::source::{Appended, Witness};

/// What may happen to a request, each with its chance in a hundred.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// 500 instead of an answer.
    pub server_error: u32,
    /// 429 with `Retry-After`.
    pub too_many: u32,
    /// A body that ends with an error.
    pub cut: u32,
    /// A body that ends too early and says nothing.
    pub short: u32,
    /// A body in small pieces with pauses.
    pub slow: u32,
}

/// The store.
#[derive(Debug)]
pub struct Faulty {
    pub inner: Arc<InMemory>,
    pub faults: Faults,
    seed: AtomicU64,
    /// Its blobs only grow, and it says so.
    pub appending: bool,
    /// What listings show instead of what is there.
    pub listed: Option<Vec<ObjectMeta>>,
    /// Time that each request takes.
    pub latency: Duration,
    pub requests: AtomicU64,
    /// Folders listed.
    pub lists: AtomicU64,
    under_way: AtomicUsize,
    /// Requests that were under way at once, at most.
    pub most_at_once: AtomicUsize,
}

impl Faulty {
    pub fn new(inner: Arc<InMemory>, seed: u64) -> Self {
        Self {
            inner,
            faults: Faults::default(),
            seed: AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            appending: false,
            listed: None,
            latency: Duration::ZERO,
            requests: AtomicU64::new(0),
            lists: AtomicU64::new(0),
            under_way: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
        }
    }

    /// The next number below `end`.
    pub fn dice(&self, end: u64) -> u64 {
        let mut x = self.seed.load(Ordering::Relaxed);
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.seed.store(x, Ordering::Relaxed);
        (x >> 11) % end.max(1)
    }

    fn happens(&self, chance: u32) -> bool {
        chance > 0 && self.dice(100) < u64::from(chance)
    }

    async fn wait(&self) {
        let now = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_at_once.fetch_max(now, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
        if self.latency > Duration::ZERO {
            tokio::time::sleep(self.latency).await;
        }
        self.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

fn generic(words: &'static str) -> Error {
    Error::Generic { store: "faulty", source: words.into() }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("faulty")
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.inner.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(generic("not used"))
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.wait().await;
        if self.happens(self.faults.server_error) {
            return Err(generic("500 Internal Server Error"));
        }
        if self.happens(self.faults.too_many) {
            return Err(generic("429 Too Many Requests, Retry-After: 0"));
        }
        let witness = options.extensions.get::<Witness>().cloned();
        let result = self.inner.get_opts(path, options).await?;
        if let (true, Some(witness)) = (self.appending, witness) {
            witness.tell(Appended { created: DateTime::UNIX_EPOCH });
        }
        let (meta, range, attributes) = (result.meta.clone(), result.range.clone(), result.attributes.clone());
        let bytes = result.bytes().await?;
        let payload = GetResultPayload::Stream(self.body(bytes));
        Ok(GetResult { payload, meta, range, attributes })
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let prefix = prefix.cloned().unwrap_or_default();
        if self.happens(self.faults.server_error) {
            return stream::iter([Err(generic("500 Internal Server Error"))]).boxed();
        }
        match &self.listed {
            Some(listed) => {
                let listed: Vec<_> =
                    listed.iter().filter(|meta| meta.location.prefix_matches(&prefix)).cloned().map(Ok).collect();
                stream::iter(listed).boxed()
            }
            None => self.inner.list(Some(&prefix)),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.lists.fetch_add(1, Ordering::Relaxed);
        if self.happens(self.faults.server_error) {
            return Err(generic("500 Internal Server Error"));
        }
        let Some(listed) = &self.listed else { return self.inner.list_with_delimiter(prefix).await };
        let prefix = prefix.cloned().unwrap_or_default();
        let (mut folders, mut objects) = (BTreeSet::new(), Vec::new());
        for meta in listed {
            let Some(mut parts) = meta.location.prefix_match(&prefix) else { continue };
            match (parts.next(), parts.next()) {
                (Some(folder), Some(_)) => _ = folders.insert(prefix.clone().join(folder)),
                _ => objects.push(meta.clone()),
            }
        }
        Ok(ListResult { common_prefixes: folders.into_iter().collect(), objects })
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(generic("not used"))
    }
}

impl Faulty {
    /// The bytes as they come.
    fn body(&self, bytes: Bytes) -> BoxStream<'static, Result<Bytes>> {
        let cut = self.dice(bytes.len() as u64 + 1) as usize;
        if self.happens(self.faults.cut) {
            let parts = vec![Ok(bytes.slice(..cut)), Err(generic("connection reset by peer"))];
            return stream::iter(parts).boxed();
        }
        if self.happens(self.faults.short) {
            return stream::iter([Ok(bytes.slice(..cut))]).boxed();
        }
        if self.happens(self.faults.slow) {
            let step = (bytes.len() / 4).max(1);
            let ranges: Vec<Range<usize>> =
                (0..bytes.len()).step_by(step).map(|start| start..(start + step).min(bytes.len())).collect();
            let pieces = stream::iter(ranges).then(move |range| {
                let piece = bytes.slice(range);
                async move {
                    tokio::time::sleep(Duration::from_micros(50)).await;
                    Ok(piece)
                }
            });
            return pieces.boxed();
        }
        stream::iter([Ok(bytes)]).boxed()
    }
}

/// What is there now, as a listing tells it.
pub async fn listing(store: &InMemory) -> Vec<ObjectMeta> {
    store.list(None).try_collect().await.unwrap()
}
