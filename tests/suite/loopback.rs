//! A storage account on this machine that answers as Azure does, as slowly and as badly as a test wants: listings, ranges, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use huntql::engine::EngineOptions;
use huntql::source::{StoreOption, StoreOptions};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the account holds and how it behaves.
#[derive(Debug, Default)]
pub struct Account {
    /// Blobs by path, the container first.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// Time that each answer takes.
    pub latency: Duration,
    /// So many of the first reads are answered with 429 and `Retry-After: 1`.
    pub too_many: usize,
    /// Listings are not answered.
    pub hangs_on_lists: bool,
    /// Reads are not answered.
    pub hangs_on_reads: bool,
    /// Listings begin at the start, wherever they were to begin.
    pub knows_no_start: bool,
}

/// The running account; its threads end with the test's runtime.
pub struct Loopback {
    pub port: u16,
    pub lists: Arc<AtomicUsize>,
    pub reads: Arc<AtomicUsize>,
    /// Blobs that listings named.
    pub listed: Arc<AtomicUsize>,
    /// Reads that were under way at once, at most.
    pub most_at_once: Arc<AtomicUsize>,
    pub account: Arc<Account>,
}

#[derive(Clone)]
struct Server {
    account: Arc<Account>,
    lists: Arc<AtomicUsize>,
    reads: Arc<AtomicUsize>,
    listed: Arc<AtomicUsize>,
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Loopback {
    pub async fn start(account: Account) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Server {
            account: Arc::new(account),
            lists: Arc::default(),
            reads: Arc::default(),
            listed: Arc::default(),
            now: Arc::default(),
            most: Arc::default(),
        };
        let (lists, reads, most_at_once) =
            (Arc::clone(&server.lists), Arc::clone(&server.reads), Arc::clone(&server.most));
        let (account, listed) = (Arc::clone(&server.account), Arc::clone(&server.listed));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        Self { port, lists, reads, listed, most_at_once, account }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn options(&self, source: &str) -> EngineOptions {
        let given = ["azure_storage_account_name=here", "azure_skip_signature=true"].map(str::to_owned);
        let endpoint = format!("azure_storage_endpoint={}", self.endpoint());
        let given = given.iter().chain([&endpoint]).map(|text| StoreOption::parse(text).unwrap()).collect();
        EngineOptions {
            sources: vec![source.to_owned()],
            stores: StoreOptions { given, ..StoreOptions::default() },
            ..EngineOptions::default()
        }
    }
}

impl Server {
    /// Answers the requests of one connection.
    async fn serve(self, stream: TcpStream) {
        stream.set_nodelay(true).unwrap();
        let mut stream = BufReader::new(stream);
        loop {
            let (mut target, mut range) = (String::new(), None);
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                let line = line.trim_end();
                if target.is_empty() {
                    target = line.split(' ').nth(1).unwrap_or_default().to_owned();
                } else if let Some(text) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
                    range = text.split_once('-').map(|(start, end)| (start.parse().unwrap(), end.parse().unwrap()));
                } else if line.is_empty() {
                    break;
                }
            }
            let answer =
                if target.contains("comp=list") { self.list(&target).await } else { self.read(&target, range).await };
            if stream.get_mut().write_all(&answer).await.is_err() {
                return;
            }
        }
    }

    async fn wait(&self, hangs: bool) {
        let wait = if hangs { Duration::from_secs(3600) } else { self.account.latency };
        tokio::time::sleep(wait).await;
    }

    async fn list(&self, target: &str) -> Vec<u8> {
        self.lists.fetch_add(1, Ordering::Relaxed);
        self.wait(self.account.hangs_on_lists).await;
        let url = url::Url::parse(&format!("http://x{target}")).unwrap();
        let query: BTreeMap<_, _> = url.query_pairs().collect();
        let container = url.path().trim_matches('/');
        let prefix = query.get("prefix").map(ToString::to_string).unwrap_or_default();
        let start = query.get("startFrom").filter(|_| !self.account.knows_no_start).map(ToString::to_string);
        let (mut folders, mut xml) = (BTreeSet::new(), String::from("<EnumerationResults><Blobs>"));
        for (path, bytes) in &self.account.blobs {
            let Some(name) = path.strip_prefix(container).and_then(|name| name.strip_prefix('/')) else { continue };
            let Some(rest) = name.strip_prefix(&prefix) else { continue };
            if start.as_ref().is_some_and(|start| name < start.as_str()) {
                continue;
            }
            match rest.split_once('/').filter(|_| query.contains_key("delimiter")) {
                Some((folder, _)) => _ = folders.insert(format!("{prefix}{folder}/")),
                None => {
                    self.listed.fetch_add(1, Ordering::Relaxed);
                    let _ = write!(
                        xml,
                        "<Blob><Name>{name}</Name><Properties><Last-Modified>Sat, 18 Jul 2026 14:00:01 GMT</Last-Modified>\
                         <Content-Length>{}</Content-Length><Content-Type>text/plain</Content-Type><Etag>0x1</Etag></Properties></Blob>",
                        bytes.len()
                    );
                }
            }
        }
        folders.iter().for_each(|folder| _ = write!(xml, "<BlobPrefix><Name>{folder}</Name></BlobPrefix>"));
        xml.push_str("</Blobs><NextMarker/></EnumerationResults>");
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {}\r\n\r\n{xml}", xml.len())
            .into_bytes()
    }

    async fn read(&self, target: &str, range: Option<(usize, usize)>) -> Vec<u8> {
        let count = self.reads.fetch_add(1, Ordering::Relaxed);
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        self.wait(self.account.hangs_on_reads).await;
        self.now.fetch_sub(1, Ordering::Relaxed);
        if count < self.account.too_many {
            return b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n".to_vec();
        }
        let path =
            percent_encoding::percent_decode_str(target.trim_start_matches('/')).decode_utf8_lossy().into_owned();
        let Some(bytes) = self.account.blobs.get(&path) else {
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec();
        };
        let (start, end) = range.unwrap_or((0, bytes.len() - 1));
        let end = end.min(bytes.len() - 1);
        let head = format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{end}/{}\r\nContent-Length: {}\r\nETag: \"0x1\"\r\n\
             Last-Modified: Sat, 18 Jul 2026 14:00:01 GMT\r\n\r\n",
            bytes.len(),
            end + 1 - start
        );
        [head.as_bytes(), &bytes[start..=end]].concat()
    }
}
