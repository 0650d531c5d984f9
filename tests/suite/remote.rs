//! What only a network shows: many requests at once over real connections, services that ask to wait, and Ctrl-C while nothing answers.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use huntql::engine::Engine;
use huntql::source::StoreOption;

use crate::lake::{TENANT, ask, blob_name, record};
use crate::loopback::{Account, Loopback};
use crate::secrets::{self, Folder};

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

/// The program over the account, to its end: what it printed, and what it said.
async fn run(store: &Loopback, folder: &Folder, arguments: &[&str]) -> (String, String) {
    let mut command = secrets::huntql();
    command
        .args(["--source", &format!("az://{CONTAINER}"), "--cache-dir", "cache"])
        .args(arguments)
        .current_dir(folder.path())
        .envs([("AZURE_STORAGE_ACCOUNT_NAME", "here"), ("AZURE_SKIP_SIGNATURE", "true")])
        .env("AZURE_STORAGE_ENDPOINT", store.endpoint())
        .env_remove("AZURE_STORAGE_SAS_KEY");
    let output = tokio::task::spawn_blocking(move || secrets::output(&mut command)).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, said) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {said}");
    (out, said)
}

/// One line an hour of the first three days of six months.
fn six_months() -> Account {
    let hours = (1..=6).flat_map(|month| (0..72).map(move |hour| (month, 1 + hour / 24, hour % 24)));
    let blob = |(month, day, hour)| {
        let hour = format!("2026-{month:02}-{day:02}T{hour:02}");
        let event = format!(r#"{{"Timestamp":"{hour}:30:00Z","ReportId":1}}"#);
        (blob_name("DeviceInfo", &hour), (record("DeviceInfo", &event) + "\n").into_bytes())
    };
    Account { blobs: hours.map(blob).collect(), ..Account::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_price_of_runs_and_exports_is_told_and_nothing_read() {
    let (store, folder) = (Loopback::start(six_months()).await, Folder::new());
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.sql", "/*\nname: by sql\n*/\nSELECT * FROM DeviceInfo");
    write("b.kql", "DeviceInfo | where ReportId == 1 | count");
    write("c.kql", "DeviceInfo | extend d = parse_json(AdditionalFields) | evaluate bag_unpack(d)");
    write("d.sql", "SELECT nothing_here FROM DeviceInfo");
    let day =
        ["--from", "2026-03-02T00:00:00Z", "--to", "2026-03-02T12:00:00Z", "--late-slack", "0", "--early-slack", "0"];
    let (told, said) = run(&store, &folder, &[&["run", ".", "--dry-run"], &day[..]].concat()).await;
    // Each end of the window touches one hour more.
    let bytes = huntql::output::bytes(14 * store.account.blobs.values().next().unwrap().len() as u64);
    for (line, name) in told.lines().skip(1).zip(["by sql", "b"]) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!((words[0], words[3]), ("14", "14"), "{told}");
        assert!(line.contains(&bytes) && line.ends_with(name), "{told}");
    }
    assert!(told.contains("not known  c: which columns there are hangs on the rows"), "{told}");
    assert!(told.contains("not known  d: ") && told.contains("nothing_here"), "{told}");
    assert!(said.contains("as if it ran alone"), "{said}");

    let (told, _) = run(&store, &folder, &["export", "--table", "deviceinfo", "--to", "out", "--dry-run"]).await;
    assert!(told.contains("DeviceInfo") && told.contains("432"), "{told}");
    let query =
        ["export", "--to", "out", "--dry-run", "-c", "DeviceInfo | where Timestamp < datetime(2026-01-01T05:00)"];
    let (told, _) = run(&store, &folder, &query).await;
    assert!(told.contains("2026-01-01T00:00:00Z"), "{told}");
    assert!(!folder.path().join("out").exists());
    assert_eq!(store.reads.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_there_in_a_time_is_told_without_listing_all_others() {
    let (store, folder) = (Loopback::start(six_months()).await, Folder::new());
    let listed = || store.listed.swap(0, Ordering::Relaxed);
    let time = ["--from", "2026-03-02T06:00:00Z", "--to", "2026-03-02T12:00:00Z", "--format", "json"];
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let all = json(&run(&store, &folder, &["tables", "--format", "json"]).await.0);
    assert_eq!((all[0]["blobs"].as_u64(), listed()), (Some(432), 432));
    let some = json(&run(&store, &folder, &[&["tables"], &time[..]].concat()).await.0);
    assert_eq!((some[0]["blobs"].as_u64(), listed()), (Some(6), 72));
    assert_eq!(
        (some[0]["first_hour"].as_str(), some[0]["last_hour"].as_str()),
        (Some("2026-03-02T06:00:00Z"), Some("2026-03-02T12:00:00Z"))
    );
    // The month is closed: what was listed of it is not listed again, but for the last of it, where the listing begins.
    let some = json(&run(&store, &folder, &[&["inspect"], &time[..]].concat()).await.0);
    assert_eq!((some["locations"][0]["blobs"].as_u64(), listed()), (Some(6), 1));
    let rows = json(&run(&store, &folder, &[&["tables", "--rows"], &time[..]].concat()).await.0);
    assert_eq!(rows[0]["rows"].as_u64(), Some(6));
    let wrong = ["tables", "--from", "2026-03-02", "--to", "2026-03-01"];
    let output = secrets::output(secrets::huntql().args(wrong));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--to is not after --from"), "{output:?}");
}

/// A service that does not know where a listing is to begin lists all again; nothing is there twice for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_that_does_not_begin_where_it_should_gives_nothing_twice() {
    let (store, folder) = (Loopback::start(Account { knows_no_start: true, ..six_months() }).await, Folder::new());
    let query = "SELECT count(*) AS n FROM DeviceInfo WHERE Timestamp BETWEEN '2026-03-01T00:00:00Z' AND '2026-03-31T00:00:00Z'";
    for _ in 0..3 {
        let (told, _) = run(&store, &folder, &["query", "--format", "csv", "-c", query]).await;
        assert_eq!(told, "n\n72\n");
    }
}

/// The hunts of a run read small blobs over a slow network as one query does: many at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_of_many_hunts_over_a_slow_network() {
    const BLOBS: usize = 2_000;
    const LATENCY: Duration = Duration::from_millis(40);
    let store = Loopback::start(Account { blobs: small_blobs(BLOBS), latency: LATENCY, ..Account::default() }).await;
    let folder = Folder::new();
    for number in 0..40 {
        let hunt = format!("DeviceInfo | where ReportId % 40 == {number} | summarize n = count(), s = sum(ReportId)");
        std::fs::write(folder.path().join(format!("h{number:02}.kql")), hunt).unwrap();
    }
    let began = Instant::now();
    let (told, _) = run(&store, &folder, &["run", ".", "--results", "results", "--format", "jsonl"]).await;
    let (took, one_by_one) = (began.elapsed(), LATENCY * BLOBS as u32);
    let most = store.most_at_once.load(Ordering::Relaxed);
    eprintln!("40 hunts over {BLOBS} blobs of 40 ms: {took:?}, {most} at once, one at a time {one_by_one:?}");
    assert_eq!(told.lines().count(), 41, "{told}");
    for number in 0..40_usize {
        let rows = std::fs::read_to_string(folder.path().join(format!("results/h{number:02}.jsonl"))).unwrap();
        let sum: usize = (number..BLOBS).step_by(40).sum();
        assert_eq!(rows.trim(), format!(r#"{{"n":{},"s":{sum}}}"#, BLOBS / 40));
    }
    assert!(most >= 64, "{most} at once");
    // One blob is looked at before, to see what is common there.
    assert!(store.reads.load(Ordering::Relaxed) <= BLOBS + 1);
}
