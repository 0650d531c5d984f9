//! Amazon's storage and Google's, as the emulator moto speaks them: the questions of a local folder asked of a bucket.
//!
//! Needs Python and its package `moto[server]`; where they are not, the tests say so and do nothing, unless `MOTO_REQUIRED` is set, as
//! `.ci/run` does. `MOTO_SERVER` names the program, else it is looked for where `.ci/run` puts it. Google's client reads and lists by the
//! same requests as Amazon's does, so that moto can answer it, too.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use http::{Method, Request};
use huntql::engine::{Engine, EngineOptions};
use huntql::hunt::shipped;
use huntql::sample::{SampleOptions, write_sample};
use huntql::source::{StoreOption, StoreOptions};
use object_store::ClientOptions;
use object_store::client::{HttpClient, HttpConnector, ReqwestConnector};

use crate::azurite::gather;
use crate::lake::{answers, ask, blob_name, record};
use crate::secrets::{self, AWS_SECRET, AWS_TOKEN, Folder};

/// A running emulator; gone with the test.
struct Moto {
    process: Child,
    port: u16,
    client: HttpClient,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where the program is, or why it is not.
fn program() -> Result<PathBuf, String> {
    let named = std::env::var_os("MOTO_SERVER").map(PathBuf::from).or_else(|| {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
        Some(cache.join("huntql/moto/bin/moto_server"))
    });
    named.filter(|program| program.is_file()).ok_or_else(|| "the Python package moto[server] is not there".to_owned())
}

impl Moto {
    /// Starts one, or says why not.
    async fn start() -> Option<Self> {
        let program = match program() {
            Ok(program) => program,
            Err(reason) if std::env::var_os("MOTO_REQUIRED").is_some() => panic!("moto is required, and {reason}"),
            Err(reason) => {
                eprintln!("skipped: {reason}");
                return None;
            }
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let output = BufReader::new(process.stderr.take().unwrap());
        let log = Arc::clone(&requests);
        std::thread::spawn(move || {
            let request = |line: &str| Some(line.split('"').nth(1)?.to_owned());
            output.lines().map_while(Result::ok).for_each(|line| log.lock().unwrap().extend(request(&line)));
        });
        let client = ReqwestConnector::default().connect(&ClientOptions::new().with_allow_http(true)).unwrap();
        let moto = Self { process, port, client, requests };
        for _ in 0..900 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(moto);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("moto did not start");
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Makes a bucket, or an object in one.
    async fn put(&self, path: &str, body: Vec<u8>) {
        let uri = format!("{}/{}", self.endpoint(), path.replace('=', "%3D"));
        // Google's client sends no signature here.
        let request = Request::builder().method(Method::PUT).uri(uri).header("x-amz-acl", "public-read");
        let request = request.header("Content-Length", body.len());
        let response = self.client.execute(request.body(body.into()).unwrap()).await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
    }

    /// Copies a folder into a bucket.
    async fn upload(&self, folder: &Path, bucket: &str) {
        self.put(bucket, Vec::new()).await;
        let mut files = Vec::new();
        gather(folder, &mut files);
        let upload = |file: PathBuf| async move {
            let name = file.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            self.put(&format!("{bucket}/{name}"), std::fs::read(&file).unwrap()).await;
        };
        futures::stream::iter(files).for_each_concurrent(8, upload).await;
    }

    /// Options of a source in a bucket.
    fn options(&self, source: &str) -> EngineOptions {
        let given = [
            "aws_access_key_id=AKIAHUNTQL".to_owned(),
            format!("aws_secret_access_key={AWS_SECRET}"),
            format!("aws_session_token={AWS_TOKEN}"),
            "aws_region=us-east-1".to_owned(),
            format!("aws_endpoint={}", self.endpoint()),
            "google_skip_signature=true".to_owned(),
            format!("google_base_url={}", self.endpoint()),
        ];
        let given = given.iter().map(|text| StoreOption::parse(text).unwrap()).collect();
        EngineOptions {
            sources: vec![source.to_owned()],
            stores: StoreOptions { given, ..StoreOptions::default() },
            ..EngineOptions::default()
        }
    }

    /// The requests since the last call, as the emulator logs them.
    async fn logged(&self) -> Vec<String> {
        // The log is written after the answer is sent.
        tokio::time::sleep(Duration::from_millis(300)).await;
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

async fn engine(options: EngineOptions) -> Engine {
    Engine::builder().options(options).build().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_answers_as_the_folder_does() {
    let Some(moto) = Moto::start().await else { return };
    let folder = Folder::new();
    let options = SampleOptions { hours: 4, rows: 3000, hub_dumps: false, ..SampleOptions::default() };
    write_sample(folder.path(), &options, &|_| {}).unwrap();
    let blobs = folder.path().join("blobs");
    moto.upload(&blobs, "logs").await;
    let now = Some(options.end);
    let local = EngineOptions { sources: vec![blobs.to_str().unwrap().to_owned()], now, ..EngineOptions::default() };
    let local = engine(local).await;
    let names = |engine: &Engine| {
        let engine = engine.clone();
        async move {
            let tables = engine.tables().await.unwrap();
            tables.into_iter().map(|table| (table.name, table.blobs, table.bytes)).collect::<Vec<_>>()
        }
    };
    let here_names = names(&local).await;
    assert!(here_names.len() > 10);
    for source in ["s3://logs", "gs://logs"] {
        let bucket = engine(EngineOptions { now, ..moto.options(source) }).await;
        assert_eq!(here_names, names(&bucket).await, "{source}");
        let mut found = 0;
        for hunt in shipped() {
            let hunt = hunt.unwrap();
            let (here, there) = (answers(&local, &hunt).await, answers(&bucket, &hunt).await);
            assert_eq!(here, there, "{source}: {}", hunt.key);
            found += here.lines().filter(|line| !line.is_empty()).count();
        }
        assert!(found > 50, "{found} rows");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_of_a_bucket_is_listed_and_read_once_and_then_kept() {
    let Some(moto) = Moto::start().await else { return };
    moto.put("logs", Vec::new()).await;
    for table in ["DeviceEvents", "DeviceInfo"] {
        for hour in 0..96 {
            let time = format!("2026-{:02}-{:02}T{:02}", 7 + hour / 48, 1 + hour % 48 / 24, hour % 24);
            let line = record(table, &format!(r#"{{"Timestamp":"{time}:30:00Z","ReportId":{hour}}}"#)) + "\n";
            moto.put(&format!("logs/a/{}", blob_name(table, &time)), line.into_bytes()).await;
        }
    }
    let sql = "SELECT count(*) AS n FROM DeviceEvents \
               WHERE Timestamp >= TIMESTAMP '2026-07-02T13:01:00Z' AND Timestamp < TIMESTAMP '2026-07-02T13:59:00Z'";
    for source in ["s3://logs/a", "gs://logs/a"] {
        let cache = Folder::new();
        for round in 0..2 {
            let options = EngineOptions {
                late_slack: Duration::ZERO,
                early_slack: Duration::ZERO,
                cache_dir: Some(cache.path().to_owned()),
                cache_limit: Some(1 << 20),
                ..moto.options(source)
            };
            let engine = engine(options).await;
            moto.logged().await;
            let outcome = ask(&engine, sql).await.unwrap();
            assert_eq!(outcome.jsonl.trim(), r#"{"n":1}"#, "{source}");
            let requests = moto.logged().await;
            let (lists, reads): (Vec<_>, Vec<_>) = requests.iter().partition(|request| request.contains("list-type"));
            assert_eq!(reads.len(), 1 - round, "{source}: {requests:#?}");
            assert!(lists.len() <= 6, "{source}: {requests:#?}");
            requests.iter().for_each(|request| secrets::check(request, "a request line"));
        }
    }
    let error = ask(&engine(moto.options("s3://nothing-there")).await, sql).await.unwrap_err().to_string();
    assert!(error.starts_with("'s3://nothing-there' cannot be listed: "), "{error}");
    assert!(error.contains("bucket does not exist"), "{error}");
}
