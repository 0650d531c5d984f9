//! The cache of blobs on disk: fetched once, never beyond its limit, shared by processes, and no worse for what kills them or breaks files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use huntql::engine::{Engine, EngineOptions};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::lake::{ask, blob_name, record};
use crate::loopback::{Account, Loopback};
use crate::secrets::{self, Folder};

const CONTAINER: &str = "insights-logs-advancedhunting-deviceinfo";
const SQL: &str = "SELECT count(*) AS n, sum(ReportId) AS s FROM DeviceInfo";

/// Blobs of so many lines each, one an hour; lines are numbered through.
fn account(lines: &[usize]) -> Account {
    let mut number = 0;
    let mut blobs = BTreeMap::new();
    for (hour, count) in lines.iter().enumerate() {
        let path = blob_name("DeviceInfo", &format!("2026-07-{:02}T{:02}", 1 + hour / 24, hour % 24));
        let mut text = String::new();
        for _ in 0..*count {
            number += 1;
            let event = format!(r#"{{"Timestamp":"2026-07-18T14:08:00Z","ReportId":{number}}}"#);
            text += &(record("DeviceInfo", &event) + "\n");
        }
        blobs.insert(path, text.into_bytes());
    }
    Account { blobs, ..Account::default() }
}

/// What [`SQL`] gives.
fn answer(lines: &[usize]) -> String {
    let n: usize = lines.iter().sum();
    format!(r#"{{"n":{n},"s":{}}}"#, n * (n + 1) / 2)
}

fn options(store: &Loopback, cache: &Path, limit: u64, threads: usize) -> EngineOptions {
    EngineOptions {
        cache_dir: Some(cache.to_owned()),
        cache_limit: Some(limit),
        threads: Some(threads),
        ..store.options(&format!("az://{CONTAINER}"))
    }
}

async fn engine(options: EngineOptions) -> Engine {
    Engine::builder().options(options).build().await.unwrap()
}

fn reads(store: &Loopback) -> usize {
    store.reads.load(Ordering::Relaxed)
}

/// The files of the cache, without the one that holds the sum.
fn kept(cache: &Path) -> Vec<PathBuf> {
    let below = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let mut files: Vec<_> = below(&cache.join("blobs"))
        .into_iter()
        .flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] })
        .filter(|path| path.file_name().is_none_or(|name| name != "sum"))
        .collect();
    files.sort();
    files
}

/// The room that files take, in blocks.
fn room(files: &[PathBuf]) -> u64 {
    files.iter().filter_map(|file| file.metadata().ok()).map(|facts| facts.len().div_ceil(4096) * 4096).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_run_asks_for_no_blob() {
    let mut lines = vec![3; 40];
    // A blob of several requests, which several threads read in ranges.
    lines.push(30_000);
    let store = Loopback::start(Account { latency: Duration::from_millis(20), ..account(&lines) }).await;
    let cache = Folder::new();
    let first = ask(&engine(options(&store, cache.path(), 1 << 30, 2)).await, SQL).await.unwrap();
    assert_eq!(first.jsonl.trim(), answer(&lines));
    let (before, fetched) = (reads(&store), first.counters.bytes_fetched);
    assert!(before > 41 && fetched > 0, "{before} reads");
    // The cut into ranges hangs on the number of threads; what is asked for does not.
    for threads in [2, 3, 1] {
        let engine = engine(options(&store, cache.path(), 1 << 30, threads)).await;
        let again = ask(&engine, SQL).await.unwrap();
        assert_eq!(again.jsonl, first.jsonl);
        assert_eq!(reads(&store), before, "{threads} threads");
        assert_eq!(again.counters.bytes_fetched, 0);
        eprintln!("{:?} with {before} reads, {:?} without", first.counters.elapsed, again.counters.elapsed);
        assert!(again.counters.ranges_from_cache >= 41 && again.counters.bytes_from_cache > 0, "{:?}", again.counters);
        let plan = ask(&engine, &format!("EXPLAIN ANALYZE {SQL}")).await.unwrap().jsonl;
        assert!(plan.contains("ranges_from_cache=") && plan.contains("bytes_from_cache="), "{plan}");
    }
    let blobs = store.account.blobs.values().map(|bytes| bytes.len() as u64).sum::<u64>();
    assert!(room(&kept(cache.path())) >= blobs);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(cache.path().join("blobs")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "others may look in");
    }
}

/// Without a limit that is given nothing is kept, and an hour that may grow never is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_grow_or_nobody_asked_to_keep_is_not_kept() {
    let hour = chrono::Utc::now() - chrono::Duration::hours(5);
    let path = blob_name("DeviceInfo", &hour.format("%Y-%m-%dT%H").to_string());
    let line = record("DeviceInfo", r#"{"Timestamp":"2026-07-18T14:08:00Z","ReportId":1}"#) + "\n";
    let store =
        Loopback::start(Account { blobs: BTreeMap::from([(path, line.into_bytes())]), ..Account::default() }).await;
    let cache = Folder::new();
    for round in 1..3 {
        ask(&engine(options(&store, cache.path(), 1 << 30, 1)).await, SQL).await.unwrap();
        assert_eq!((reads(&store), kept(cache.path())), (round, Vec::new()));
    }
    let store = Loopback::start(account(&[1])).await;
    let without = EngineOptions { cache_limit: None, ..options(&store, cache.path(), 0, 1) };
    for round in 1..3 {
        ask(&engine(without.clone()).await, SQL).await.unwrap();
        assert_eq!((reads(&store), kept(cache.path())), (round, Vec::new()));
    }
    let nowhere = EngineOptions { cache_dir: None, ..options(&store, cache.path(), 1, 1) };
    let error = Engine::builder().options(nowhere).build().await.err().unwrap().to_string();
    assert_eq!(error, "there is no folder to keep blobs in up to --cache-limit: name one with --cache-dir");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limit_holds_and_what_was_used_last_stays() {
    const LIMIT: u64 = 40 * 4096;
    let lines = vec![5; 100];
    let store = Loopback::start(account(&lines)).await;
    let cache = Folder::new();
    for _ in 0..3 {
        let outcome = ask(&engine(options(&store, cache.path(), LIMIT, 2)).await, SQL).await.unwrap();
        assert_eq!(outcome.jsonl.trim(), answer(&lines));
        let files = kept(cache.path());
        assert!(files.len() > 20 && room(&files) <= LIMIT, "{} files, {} bytes", files.len(), room(&files));
    }
    // One day's hours fit beside some others: asked for again and again, they stay while those come and go.
    let mut engine_options = options(&store, cache.path(), LIMIT, 2);
    (engine_options.late_slack, engine_options.early_slack) = (Duration::ZERO, Duration::ZERO);
    let engine = engine(engine_options).await;
    let hours = |from: &str, to: &str| {
        format!(
            "SELECT count(*) AS n FROM DeviceInfo WHERE Timestamp >= TIMESTAMP '{from}Z' AND Timestamp < TIMESTAMP '{to}Z'"
        )
    };
    let today = hours("2026-07-02T00:00:01", "2026-07-02T10:00:00");
    ask(&engine, &today).await.unwrap();
    for hour in 0..20 {
        let before = reads(&store);
        ask(&engine, &today).await.unwrap();
        assert_eq!(reads(&store), before, "after {hour} others");
        let other = hours(&format!("2026-07-03T{hour:02}:00:01"), &format!("2026-07-03T{hour:02}:59:00"));
        ask(&engine, &other).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_is_fetched_again() {
    let lines = [20, 7, 1, 300];
    let store = Loopback::start(account(&lines)).await;
    let cache = Folder::new();
    let run = || async {
        let outcome = ask(&engine(options(&store, cache.path(), 1 << 30, 2)).await, SQL).await.unwrap();
        assert_eq!(outcome.jsonl.trim(), answer(&lines));
        reads(&store)
    };
    let mut before = run().await;
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    for round in 0..60 {
        let files = kept(cache.path());
        assert_eq!(files.len(), 4);
        let file = &files[dice.random_range(0..files.len())];
        let mut bytes = std::fs::read(file).unwrap();
        match round % 3 {
            0 => bytes.truncate(dice.random_range(0..bytes.len())),
            1 => {
                let at = dice.random_range(0..bytes.len());
                bytes[at] ^= 1 << dice.random_range(0..8);
            }
            // The bytes of another blob, whole in themselves.
            _ => bytes = std::fs::read(files.iter().find(|other| *other != file).unwrap()).unwrap(),
        }
        std::fs::write(file, bytes).unwrap();
        let now = run().await;
        assert_eq!(now, before + 1, "round {round}");
        before = now;
    }
    assert_eq!(run().await, before);
}

/// The program asking [`SQL`] of the account.
fn process(store: &Loopback, cache: &Path, limit: &str) -> Command {
    let mut command = secrets::huntql();
    command
        .args(["--source", &format!("az://{CONTAINER}"), "--quiet", "--threads", "2", "--cache-limit", limit])
        .args(["query", "--format", "jsonl", "-c", SQL])
        .arg("--cache-dir")
        .arg(cache)
        .envs([("AZURE_STORAGE_ACCOUNT_NAME", "here"), ("AZURE_SKIP_SIGNATURE", "true")])
        .env("AZURE_STORAGE_ENDPOINT", store.endpoint())
        .env_remove("AZURE_STORAGE_SAS_KEY")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn ends_with_answer(child: Child, lines: &[usize]) {
    let output = secrets::checked(child.wait_with_output().unwrap());
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(told.trim(), answer(lines), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_processes_at_once() {
    let lines = vec![4; 120];
    let store = Loopback::start(Account { latency: Duration::from_millis(2), ..account(&lines) }).await;
    let (roomy, tight) = (Folder::new(), Folder::new());
    for (cache, limit) in [(roomy.path(), "1GB"), (tight.path(), "200000")] {
        let children: Vec<_> = (0..8).map(|_| process(&store, cache, limit).spawn().unwrap()).collect();
        let wait = move |child| ends_with_answer(child, &[4; 120]);
        tokio::task::spawn_blocking(move || children.into_iter().for_each(wait)).await.unwrap();
    }
    let files = kept(tight.path());
    assert!(!files.is_empty() && room(&files) <= 200_000, "{} files, {} bytes", files.len(), room(&files));
    // What eight wanted is there once, and a ninth asks for nothing.
    assert_eq!(kept(roomy.path()).len(), 120);
    let before = reads(&store);
    let last = process(&store, roomy.path(), "1GB").spawn().unwrap();
    tokio::task::spawn_blocking(move || ends_with_answer(last, &[4; 120])).await.unwrap();
    assert_eq!(reads(&store), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_leaves_nothing_wrong() {
    const ROUNDS: u64 = 40;
    let lines = vec![150; 60];
    let store = Loopback::start(Account { latency: Duration::from_millis(2), ..account(&lines) }).await;
    let cache = Folder::new();
    let mut dice = ChaCha8Rng::seed_from_u64(11);
    let mut kept_then = Vec::new();
    for round in 0..ROUNDS {
        let mut child = process(&store, cache.path(), "2MB").spawn().unwrap();
        // The first ones die early, so that later ones find a cache that is not full.
        let (before, wanted) = (reads(&store), dice.random_range(0..4 + round as usize));
        while reads(&store) < before + wanted && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(dice.random_range(0..8_000))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        kept_then.push(kept(cache.path()).len());
        assert!(room(&kept(cache.path())) <= 2_000_000);
    }
    assert!(kept_then.iter().any(|&count| count > 0), "all were killed before they kept anything: {kept_then:?}");
    for _ in 0..2 {
        let child = process(&store, cache.path(), "2MB").spawn().unwrap();
        tokio::task::spawn_blocking(move || ends_with_answer(child, &[150; 60])).await.unwrap();
    }
    assert!(room(&kept(cache.path())) <= 2_000_000);
}
