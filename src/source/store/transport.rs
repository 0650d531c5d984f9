//! How requests to stores travel: on threads of their own, counted, and as slowly as the service asks.
//!
//! object_store sends again by itself (5xx, 429, cut connections) but does not look at `Retry-After`: here an answer that has one is
//! held back until then.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::StatusCode;
use http::header::{HeaderMap, RETRY_AFTER};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, SpawnedReqwestConnector,
};
use tokio::runtime::Handle;

/// What was asked of stores, by a scan or by a query with all its scans.
#[derive(Debug, Default)]
pub struct Traffic {
    /// What this is a part of.
    whole: Option<Arc<Traffic>>,
    requests: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
    kept: AtomicU64,
    kept_bytes: AtomicU64,
}

impl Traffic {
    /// The traffic of a part of something.
    pub fn part_of(whole: &Arc<Self>) -> Self {
        Self { whole: Some(Arc::clone(whole)), ..Self::default() }
    }

    fn count(&self, number: impl Fn(&Self) -> &AtomicU64, more: u64) {
        number(self).fetch_add(more, Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            number(whole).fetch_add(more, Ordering::Relaxed);
        }
    }

    /// Requests sent, the repeated ones too.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Requests that were sent because an earlier one brought nothing or not all.
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Bytes of blobs that came.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Ranges of blobs that were not asked for, since they are kept on disk.
    pub fn kept(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    /// Their bytes.
    pub fn kept_bytes(&self) -> u64 {
        self.kept_bytes.load(Ordering::Relaxed)
    }

    /// Adds what another counted.
    pub fn add(&self, other: &Self) {
        self.count(|traffic| &traffic.requests, other.requests());
        self.count(|traffic| &traffic.retries, other.retries());
        self.count(|traffic| &traffic.bytes, other.bytes());
        self.count(|traffic| &traffic.kept, other.kept());
        self.count(|traffic| &traffic.kept_bytes, other.kept_bytes());
    }

    pub(in crate::source) fn add_kept(&self, bytes: usize) {
        self.count(|traffic| &traffic.kept, 1);
        self.count(|traffic| &traffic.kept_bytes, bytes as u64);
    }

    pub(in crate::source) fn add_retry(&self) {
        self.count(|traffic| &traffic.retries, 1);
    }

    pub(in crate::source) fn add_bytes(&self, count: usize) {
        self.count(|traffic| &traffic.bytes, count as u64);
    }
}

tokio::task_local! {
    static METER: Arc<Traffic>;
}

/// Counts the requests of some work.
pub async fn metered<T>(traffic: Arc<Traffic>, work: impl Future<Output = T>) -> T {
    METER.scope(traffic, work).await
}

/// What the service says of a blob besides its bytes; a request carries it among its extensions, and its answer fills it.
#[derive(Debug, Clone, Default)]
pub struct Witness(Arc<Mutex<Option<Appended>>>);

/// A blob that can only grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// When it was made.
    pub created: DateTime<Utc>,
}

impl Witness {
    /// Says that the blob is one that can only grow.
    pub fn tell(&self, appended: Appended) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(appended);
    }

    /// What was said.
    pub fn told(&self) -> Option<Appended> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects stores.
#[derive(Debug)]
pub(super) struct Transport {
    inner: SpawnedReqwestConnector,
}

impl Transport {
    /// Requests are sent from the threads of this runtime.
    pub(super) fn new(runtime: Handle) -> Self {
        Self { inner: SpawnedReqwestConnector::new(runtime) }
    }
}

impl HttpConnector for Transport {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Watched { inner: self.inner.connect(options)? }))
    }
}

#[derive(Debug)]
struct Watched {
    inner: HttpClient,
}

/// No service is waited for longer at a time.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

#[async_trait]
impl HttpService for Watched {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let _not_everything_is_metered = METER.try_with(|traffic| traffic.count(|traffic| &traffic.requests, 1));
        let witness = request.extensions().get::<Witness>().cloned();
        let response = self.inner.execute(request).await?;
        if let (Some(witness), Some(appended)) = (witness, appended(response.headers())) {
            witness.tell(appended);
        }
        if matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
            && let Some(wait) = retry_after(response.headers())
        {
            tokio::time::sleep(wait).await;
        }
        Ok(response)
    }
}

/// The seconds that a service asks to be left alone. Dates are not understood: storage services send seconds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

fn appended(headers: &HeaderMap) -> Option<Appended> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let created = DateTime::parse_from_rfc2822(text("x-ms-creation-time")?).ok()?;
    text("x-ms-blob-type")?
        .eq_ignore_ascii_case("AppendBlob")
        .then(|| Appended { created: created.with_timezone(&Utc) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read() {
        let mut headers = HeaderMap::new();
        assert_eq!(retry_after(&headers), None);
        headers.insert("retry-after", "7".parse().expect("value"));
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(7)));
        headers.insert("retry-after", "86400".parse().expect("value"));
        assert_eq!(retry_after(&headers), Some(LONGEST_WAIT));

        headers.insert("x-ms-creation-time", "Sat, 18 Jul 2026 14:00:01 GMT".parse().expect("value"));
        headers.insert("x-ms-blob-type", "BlockBlob".parse().expect("value"));
        assert_eq!(appended(&headers), None);
        headers.insert("x-ms-blob-type", "AppendBlob".parse().expect("value"));
        assert_eq!(
            appended(&headers).map(|blob| blob.created.to_rfc3339()).as_deref(),
            Some("2026-07-18T14:00:01+00:00")
        );
    }
}
