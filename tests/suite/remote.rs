//! What only a network shows: many requests at once over real connections, services that ask to wait, and Ctrl-C while nothing answers.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use huntql::engine::Engine;
use huntql::source::StoreOption;

use crate::lake::{TENANT, ask, blob_name, record};
use crate::loopback::{Account, Loopback};

const CONTAINER: &str = "insights-logs-advancedhunting-deviceinfo";

fn line(number: usize) -> String {
    record("DeviceInfo", &format!(r#"{{"Timestamp":"2026-07-18T14:08:00Z","ReportId":{number}}}"#)) + "\n"
}

fn small_blobs(count: usize) -> BTreeMap<String, Vec<u8>> {
    (0..count).map(|number| (format!("{CONTAINER}/small/{number:05}.json"), line(number).into_bytes())).collect()
}

/// Ten thousand blobs at forty milliseconds each: one at a time they take 400 s. What is asserted is how many are under way at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_small_blobs_over_a_slow_network() {
    const BLOBS: usize = 10_000;
    let account = Account { blobs: small_blobs(BLOBS), latency: Duration::from_millis(40), ..Account::default() };
    let store = Loopback::start(account).await;
    let engine = Engine::builder().options(store.options(&format!("az://{CONTAINER}"))).build().await.unwrap();
    let began = Instant::now();
    let outcome = ask(&engine, "SELECT count(*) AS n, sum(ReportId) AS s FROM DeviceInfo").await.unwrap();
    let took = began.elapsed();
    assert_eq!(outcome.jsonl.trim(), r#"{"n":10000,"s":49995000}"#);
    let most = store.most_at_once.load(Ordering::Relaxed);
    eprintln!("{BLOBS} blobs of 40 ms: {took:?}, {most} at once, one at a time {} s", BLOBS * 40 / 1000);
    assert!(most >= 64, "{most} at once");
    assert_eq!(store.reads.load(Ordering::Relaxed), BLOBS);
    assert_eq!(outcome.counters.requests as usize, BLOBS + store.lists.load(Ordering::Relaxed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_asks_to_wait_is_left_alone_so_long() {
    let account = Account { blobs: small_blobs(5), too_many: 2, ..Account::default() };
    let store = Loopback::start(account).await;
    let engine = Engine::builder().options(store.options(&format!("az://{CONTAINER}"))).build().await.unwrap();
    let began = Instant::now();
    let outcome = ask(&engine, "SELECT count(*) AS n FROM DeviceInfo").await.unwrap();
    assert_eq!(outcome.jsonl.trim(), r#"{"n":5}"#);
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(store.reads.load(Ordering::Relaxed), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn explain_analyze_tells_the_requests() {
    let store = Loopback::start(Account { blobs: small_blobs(20), ..Account::default() }).await;
    let engine = Engine::builder().options(store.options(&format!("az://{CONTAINER}"))).build().await.unwrap();
    let plan = ask(&engine, "EXPLAIN ANALYZE SELECT max(ReportId) FROM DeviceInfo").await.unwrap().jsonl;
    assert!(plan.contains("requests=20") && plan.contains("bytes_fetched="), "{plan}");
}

/// A large blob is fetched in ranges, and read as it is by several threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_blob_comes_in_ranges() {
    let lines = 40_000;
    let whole: String = (0..lines).map(line).collect();
    let path = blob_name("DeviceInfo", "2026-07-18T14");
    let size = whole.len();
    let account = Account { blobs: BTreeMap::from([(path, whole.into_bytes())]), ..Account::default() };
    let store = Loopback::start(account).await;
    let mut options = store.options(&format!("az://{CONTAINER}"));
    options.threads = Some(2);
    let engine = Engine::builder().options(options).build().await.unwrap();
    let outcome = ask(&engine, "SELECT count(*) AS n, sum(ReportId) AS s FROM DeviceInfo").await.unwrap();
    assert_eq!(outcome.jsonl.trim(), format!(r#"{{"n":{lines},"s":{}}}"#, lines * (lines - 1) / 2));
    assert!(outcome.counters.bytes_fetched < size as u64 + (16 << 20), "{:?}", outcome.counters);
    assert!(store.reads.load(Ordering::Relaxed) > 3);
}

/// Ctrl-C while a listing or a read does not come back ends the process within a second or so, and leaves nothing.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_while_nothing_answers() {
    for (what, hangs_on_lists, hangs_on_reads) in [("listing", true, false), ("reading", false, true)] {
        let account = Account { blobs: small_blobs(5), hangs_on_lists, hangs_on_reads, ..Account::default() };
        let store = Loopback::start(account).await;
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_huntql"))
            .args(["--source", &format!("az://{CONTAINER}"), "--temp-dir", "temp", "query", "-o", "out.jsonl", "-c"])
            .arg("SELECT * FROM DeviceInfo ORDER BY ReportId")
            .current_dir(folder.path())
            .envs([
                ("AZURE_STORAGE_ACCOUNT_NAME", "here"),
                ("AZURE_SKIP_SIGNATURE", "true"),
                ("XDG_CACHE_HOME", "cache"),
            ])
            .env("AZURE_STORAGE_ENDPOINT", store.endpoint())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let asked = || if hangs_on_lists { &store.lists } else { &store.reads };
        for _ in 0..300 {
            if asked().load(Ordering::Relaxed) > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(asked().load(Ordering::Relaxed) > 0, "{what}: nothing was asked");
        let began = Instant::now();
        let pid = process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let status = loop {
            if let Some(status) = process.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < Duration::from_secs(10), "{what}: still running");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(status.code(), Some(130), "{what}");
        eprintln!("{what}: stopped after {:?}", began.elapsed());
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        let temp = folder.path().join("temp");
        assert!(left.iter().all(|name| name == "temp" || name == "cache"), "{what}: {left:?}");
        assert!(!temp.exists() || std::fs::read_dir(&temp).unwrap().next().is_none(), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_limit_holds_while_nothing_answers() {
    for (hangs_on_lists, hangs_on_reads) in [(true, false), (false, true)] {
        let account = Account { blobs: small_blobs(5), hangs_on_lists, hangs_on_reads, ..Account::default() };
        let store = Loopback::start(account).await;
        let mut options = store.options(&format!("az://{CONTAINER}"));
        options.timeout = Some(Duration::from_millis(400));
        let engine = Engine::builder().options(options).build().await.unwrap();
        let error = ask(&engine, "SELECT count(*) FROM DeviceInfo").await.unwrap_err().to_string();
        assert_eq!(error, "the query took longer than 400ms (--timeout) and was stopped");
    }
}

/// Each account has its own credentials and its own place; a tenant of one is told from that of the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_accounts_at_once() {
    let other = "11111111-2222-4333-8444-555555555555";
    let path = blob_name("DeviceInfo", "2026-07-18T14");
    let of_other = |text: &str| text.replace(TENANT, other);
    let one = Account { blobs: BTreeMap::from([(path.clone(), line(1).into_bytes())]), ..Account::default() };
    let two = (line(2) + &line(3)).replace(TENANT, other);
    let two = Account { blobs: BTreeMap::from([(of_other(&path), two.into_bytes())]), ..Account::default() };
    let (one, two) = (Loopback::start(one).await, Loopback::start(two).await);
    let source = |account: &str| format!("abfss://{CONTAINER}@{account}.dfs.core.windows.net/");
    let given = [
        format!("azure_storage_endpoint@one={}", one.endpoint()),
        format!("azure_storage_endpoint@two={}", two.endpoint()),
        "azure_skip_signature=true".to_owned(),
    ];
    let mut options = one.options(&source("one"));
    options.sources.push(source("two"));
    options.stores.given = given.iter().map(|text| StoreOption::parse(text).unwrap()).collect();
    let engine = Engine::builder().options(options).build().await.unwrap();
    let sql = "SELECT \"TenantId\" AS t, count(*) AS n FROM DeviceInfo GROUP BY 1 ORDER BY 2";
    let rows = ask(&engine, sql).await.unwrap().jsonl;
    assert_eq!(rows.trim(), format!("{{\"t\":\"{TENANT}\",\"n\":1}}\n{{\"t\":\"{other}\",\"n\":2}}"));
    // A tenant that is asked for by name is looked for only where paths name it.
    let (before, reads) = (one.reads.load(Ordering::Relaxed), two.reads.load(Ordering::Relaxed));
    let outcome =
        ask(&engine, &format!("SELECT count(*) AS n FROM DeviceInfo WHERE \"TenantId\" = '{other}'")).await.unwrap();
    assert_eq!(outcome.jsonl.trim(), r#"{"n":2}"#);
    assert_eq!((one.reads.load(Ordering::Relaxed), two.reads.load(Ordering::Relaxed)), (before, reads + 1));
}
