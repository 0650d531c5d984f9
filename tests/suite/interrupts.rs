//! Ctrl-C at every stage of a command over a remote store: it ends within a second or so, and leaves nothing behind. And what a process
//! leaves that is killed without a chance to clean up.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::lake::{Lake, blob_name, record};
use crate::loopback::{Account, Loopback};
use crate::secrets::{self, Folder};

const CONTAINER: &str = "insights-logs-advancedhunting-deviceinfo";
/// Long enough for a loaded machine; nothing that works waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Lines that do not come in the order of their numbers.
fn lines(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        let (id, name) = (number * 7919 % 1_000_003, format!("{:0200}", number % 9973));
        let event = format!(r#"{{"Timestamp":"2026-07-18T14:08:00Z","ReportId":{id},"DeviceName":"{name}"}}"#);
        let _ = writeln!(text, "{}", record("DeviceInfo", &event));
    }
    text
}

fn blobs(count: usize, each: usize) -> BTreeMap<String, Vec<u8>> {
    let hour = |hour: usize| format!("2026-07-{:02}T{:02}", 1 + hour / 24, hour % 24);
    (0..count).map(|number| (blob_name("DeviceInfo", &hour(number)), lines(each).into_bytes())).collect()
}

/// A command over the account, in a folder of its own.
fn start(store: &Loopback, folder: &Path, arguments: &[&str]) -> Child {
    secrets::huntql()
        .args(["--source", &format!("az://{CONTAINER}"), "--temp-dir", "temp", "--cache-dir", "cache"])
        .args(["--cache-limit", "1GB", "--threads", "2"])
        .args(arguments)
        .current_dir(folder)
        .envs([("AZURE_STORAGE_ACCOUNT_NAME", "here"), ("AZURE_SKIP_SIGNATURE", "true")])
        .env("AZURE_STORAGE_ENDPOINT", store.endpoint())
        .env_remove("AZURE_STORAGE_SAS_KEY")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Presses Ctrl-C, and sees to it that the command ends and nothing but the cache is left.
async fn interrupt(what: &str, mut process: Child, folder: &Path) {
    let began = Instant::now();
    assert!(Command::new("kill").args(["-INT", &process.id().to_string()]).status().unwrap().success());
    let status = loop {
        if let Some(status) = process.try_wait().unwrap() {
            break status;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{what}: still running");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(status.code(), Some(130), "{what}");
    eprintln!("{what}: stopped after {:?}", began.elapsed());
    let left: Vec<PathBuf> = files(folder).into_iter().filter(|file| !file.starts_with(folder.join("cache"))).collect();
    assert!(left.is_empty(), "{what}: {left:?}");
}

/// Waits until something is so.
async fn until(what: &str, process: &mut Child, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(process.try_wait().unwrap().is_none(), "{what}: it ended before");
        assert!(began.elapsed() < PATIENCE, "{what}: it does not come to that");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

/// True if a command has spilled rows below a folder.
fn spilled(folder: &Path) -> bool {
    let is_large = |file: &PathBuf| file.metadata().is_ok_and(|facts| facts.len() > 1000);
    files(&folder.join("temp")).iter().any(is_large)
}

fn asked(counter: &AtomicUsize, times: usize) -> bool {
    counter.load(Ordering::Relaxed) >= times
}

const SORTED: [&str; 5] = ["query", "-o", "out.jsonl", "-c", "SELECT * FROM DeviceInfo ORDER BY ReportId"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_while_nothing_answers() {
    for (what, hangs_on_lists, hangs_on_reads) in [("listing", true, false), ("reading", false, true)] {
        let account = Account { blobs: blobs(5, 1), hangs_on_lists, hangs_on_reads, ..Account::default() };
        let (store, folder) = (Loopback::start(account).await, Folder::new());
        let mut process = start(&store, folder.path(), &SORTED);
        let counter = if hangs_on_lists { &store.lists } else { &store.reads };
        until(what, &mut process, || asked(counter, 1)).await;
        interrupt(what, process, folder.path()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_while_it_works() {
    let store = Loopback::start(Account { blobs: blobs(40, 4000), ..Account::default() }).await;
    let folder = Folder::new();
    let path = folder.path();

    let decoding =
        ["query", "-o", "out.jsonl", "-c", "SELECT count(*) FROM DeviceInfo WHERE lower(DeviceName) LIKE '%x%y%'"];
    let mut process = start(&store, path, &decoding);
    until("decoding", &mut process, || asked(&store.reads, 3)).await;
    interrupt("decoding", process, path).await;

    let mut process = start(&store, path, &[&["--memory", "40MB"], &SORTED[..]].concat());
    until("sorting", &mut process, || spilled(path)).await;
    interrupt("sorting", process, path).await;

    let export = ["export", "--table", "DeviceInfo", "--to", "out", "--partition-by", "day"];
    let mut process = start(&store, path, &[&["--memory", "40MB"], &export[..]].concat());
    until("sorting for an export", &mut process, || spilled(path)).await;
    interrupt("sorting for an export", process, path).await;

    let mut process = start(&store, path, &[&export[..], &["--sort", ""]].concat());
    let is_written =
        || files(&path.join("out")).iter().any(|file| file.extension().is_some_and(|end| end == "parquet"));
    until("exporting", &mut process, is_written).await;
    interrupt("exporting", process, path).await;
}

/// Spilled rows of a process that was killed go when the next one starts; those of one that lives stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_killed_spilled_goes() {
    let lake = Lake::new();
    for hour in 10..20 {
        lake.blob("DeviceInfo", &format!("2026-07-18T{hour}"), lines(3000));
    }
    let folder = Folder::new();
    let start = |out: &str, sql: &str| {
        let mut command = secrets::huntql();
        command
            .args(["--source", lake.path().to_str().unwrap(), "--temp-dir", "temp", "--memory", "40MB", "--quiet"])
            .args(["query", "-o", out, "-c", sql])
            .current_dir(folder.path());
        command.spawn().unwrap()
    };
    let spill_folders = || {
        let entries = std::fs::read_dir(folder.path().join("temp")).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let mut killed = start("killed.jsonl", SORTED[4]);
    until("spilling", &mut killed, || spilled(folder.path())).await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    let left = spill_folders();
    assert!(left.len() == 1 && left[0].file_name().unwrap().to_string_lossy().starts_with("huntql-spill-"), "{left:?}");
    let mut living = start("living.jsonl", SORTED[4]);
    until("starting", &mut living, || !left[0].exists()).await;
    let mut next = start("next.jsonl", "SELECT count(*) AS n FROM DeviceInfo");
    assert!(next.wait().unwrap().success() && living.wait().unwrap().success());
    let rows = std::fs::read_to_string(folder.path().join("living.jsonl")).unwrap();
    assert_eq!(rows.lines().count(), 30_000);
    assert_eq!(spill_folders(), Vec::<PathBuf>::new());
}
