//! Listings of remote locations that leave out what is not asked for: never a blob less than a listing of everything, and few requests.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use datafusion::object_store::memory::InMemory;
use datafusion::object_store::path::Path;
use datafusion::object_store::{ObjectStore, ObjectStoreExt};
use huntql::engine::{Engine, EngineOptions};
use huntql::source::{Blob, FetchOptions, Listing, Location, TimeRange, Wanted};

use crate::faulty::Faulty;
use crate::lake::{TENANT, ask, record};
use crate::secrets::Folder;

const OTHER: &str = "11111111-2222-4333-8444-555555555555";

async fn put(store: &InMemory, name: &str, bytes: &str) {
    store.put(&Path::from(name), bytes.to_owned().into()).await.unwrap();
}

fn hour(number: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_764_547_200, 0).unwrap() + TimeDelta::hours(number)
}

/// The name of a blob of an hour, in one of the ways that names are made.
fn name(way: u64, time: DateTime<Utc>) -> String {
    let padded = time.format("y=%Y/m=%m/d=%d/h=%H/m=00");
    let defender = |table: &str, tenant: &str, path: &dyn std::fmt::Display| {
        format!("insights-logs-advancedhunting-{table}/tenantId={tenant}/{path}/PT1H.json")
    };
    match way {
        0 => defender("deviceinfo", TENANT, &padded),
        1 => defender("deviceinfo", OTHER, &padded),
        2 => defender("emailevents", TENANT, &padded),
        3 => defender("deviceinfo", TENANT, &time.format("y=%Y/m=%-m/d=%-d/h=%-H/m=0")),
        4 => format!("backup/{}", defender("deviceinfo", TENANT, &padded)),
        5 => time.format("ns/hub/3/%Y/%m/%d/%H/00/00.avro").to_string(),
        6 => format!("am-deviceinfo/WorkspaceResourceId=/subscriptions/x/{padded}/PT05M.json"),
        7 => format!("insights-logs-advancedhunting-deviceinfo/resourceId=/SUBSCRIPTIONS/X/{padded}/PT1H.json"),
        8 => defender("deviceinfo", TENANT, &padded).replace('/', "_"),
        9 => time.format("reports/%Y/%m/%d/%H.json").to_string(),
        _ => time.format("loose/%Y-%m-%d/x.json").to_string(),
    }
}

fn dice(seed: &mut u64, end: u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    (*seed >> 11) % end
}

fn nanos(time: DateTime<Utc>) -> Option<i64> {
    time.timestamp_nanos_opt()
}

/// The names that a query would read of a listing.
fn read(blobs: &[Blob], wanted: &Wanted, range: &TimeRange, slack: Duration) -> Vec<String> {
    let table = |blob: &Blob| blob.facts.table.as_ref().is_none_or(|table| !wanted.other_tables.contains(table));
    let kept = blobs.iter().filter(|blob| {
        table(blob) && wanted.may_be_of_tenant(&blob.facts) && range.may_be_in(&blob.facts, slack, slack)
    });
    kept.map(|blob| blob.meta.location.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_missed_in_any_layout() {
    let mut seed = 42;
    let store = InMemory::new();
    for number in 0..3000 {
        let way = dice(&mut seed, 11);
        // Three years, with some hours close together.
        let time = if number % 2 == 0 {
            hour(dice(&mut seed, 26_000) as i64)
        } else {
            hour(700 + dice(&mut seed, 800) as i64)
        };
        put(&store, &name(way, time), "x").await;
    }
    let cache = Folder::new();
    let store: Arc<dyn ObjectStore> = Arc::new(store);
    let location = Location::over("test://lake", Arc::clone(&store), FetchOptions::default(), None);
    let all = Listing::default().blobs(&location).await.unwrap();
    assert!(all.len() > 2500, "{}", all.len());
    for round in 0..150 {
        // Half of the rounds meet what the others left on disk.
        let listing = Listing::new(Some(cache.path().to_owned()).filter(|_| round % 2 == 0));
        let start = hour(dice(&mut seed, 26_500) as i64 - 200) + TimeDelta::minutes(dice(&mut seed, 60) as i64);
        let end = start + TimeDelta::minutes(dice(&mut seed, [10, 3000, 200_000][round % 3]) as i64);
        let range = TimeRange {
            start: nanos(start).filter(|_| dice(&mut seed, 5) > 0),
            end: nanos(end).filter(|_| dice(&mut seed, 5) > 0),
        };
        let slack = Duration::from_secs(3600 * dice(&mut seed, 50));
        let wanted = Wanted {
            other_tables: if dice(&mut seed, 2) == 0 { vec!["emailevents".to_owned()] } else { Vec::new() },
            tenants: (dice(&mut seed, 3) == 0).then(|| vec![TENANT.to_owned()]),
            hours: Wanted::hours_of(&range, slack, slack),
        };
        let some = listing.wanted(&location, &wanted).await.unwrap();
        let (some, mut missed) = (read(&some, &wanted, &range, slack), read(&all, &wanted, &range, slack));
        missed.retain(|name| !some.contains(name));
        assert!(missed.is_empty(), "round {round}: {wanted:?} misses {missed:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_hours_are_listed_once_and_open_ones_again() {
    let inner = Arc::new(InMemory::new());
    let now = Utc::now();
    let blob = |time: DateTime<Utc>| name(0, time);
    // The month before this one, whole, and the days of this one.
    for day in 0..60 {
        put(&inner, &blob(now - TimeDelta::days(day)), "x").await;
    }
    let cache = Folder::new();
    let location = Location::over("test://lake", Arc::clone(&inner) as _, FetchOptions::default(), None);
    let range = TimeRange { start: nanos(now - TimeDelta::days(50)), end: None };
    let wanted = Wanted { hours: Wanted::hours_of(&range, Duration::ZERO, Duration::ZERO), ..Wanted::default() };
    let listed = || async {
        let listing = Listing::new(Some(cache.path().to_owned()));
        listing
            .wanted(&location, &wanted)
            .await
            .unwrap()
            .iter()
            .map(|blob| blob.meta.location.to_string())
            .collect::<Vec<_>>()
    };
    let before = listed().await;
    // A new blob of an open hour is found; one of a closed hour that went is still there, until somebody meets that it is not.
    put(&inner, &blob(now + TimeDelta::hours(1)), "x").await;
    let gone = blob(now - TimeDelta::days(20));
    inner.delete(&Path::from(gone.as_str())).await.unwrap();
    let after = listed().await;
    assert_eq!(after.len(), before.len() + 1);
    assert!(after.contains(&gone));

    // Whatever lies in the folder, the listing is right.
    for file in std::fs::read_dir(cache.path().join("listings")).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    }
    let anew = listed().await;
    assert_eq!(anew.len(), before.len());
    assert!(!anew.contains(&gone));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blob_that_is_gone_makes_the_next_query_list_anew() {
    let inner = Arc::new(InMemory::new());
    let event =
        |number: usize| record("DeviceInfo", &format!(r#"{{"Timestamp":"2025-12-03T00:30:00Z","ReportId":{number}}}"#));
    put(&inner, &name(0, hour(48)), &event(1)).await;
    put(&inner, &name(0, hour(49)), &event(2)).await;
    let cache = Folder::new();
    let engine = || async {
        let options = EngineOptions { cache_dir: Some(cache.path().to_owned()), ..EngineOptions::default() };
        let builder = Engine::builder().options(options).threads(1);
        builder.store("test://lake", Arc::clone(&inner) as _, FetchOptions::default()).build().await.unwrap()
    };
    let sql = "SELECT count(*) AS n FROM DeviceInfo WHERE Timestamp > TIMESTAMP '2025-12-02T00:00:00Z'";
    assert_eq!(ask(&engine().await, sql).await.unwrap().jsonl.trim(), r#"{"n":2}"#);
    inner.delete(&Path::from(name(0, hour(49)))).await.unwrap();
    let engine = engine().await;
    let error = ask(&engine, sql).await.unwrap_err().to_string();
    assert!(error.contains("is not there any more"), "{error}");
    assert_eq!(ask(&engine, sql).await.unwrap().jsonl.trim(), r#"{"n":1}"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_may_keep_listings_at_once() {
    let inner = Arc::new(InMemory::new());
    for number in 0..400 {
        put(&inner, &name(0, hour(number)), "x").await;
    }
    let cache = Folder::new();
    let location = Location::over("test://lake", inner as _, FetchOptions::default(), None);
    let wanted = Wanted { hours: (Some(hour(0)), Some(hour(500))), ..Wanted::default() };
    let tasks = (0..16).map(|_| {
        let (location, wanted, folder) = (location.clone(), wanted.clone(), cache.path().to_owned());
        tokio::spawn(async move {
            for _ in 0..5 {
                let blobs = Listing::new(Some(folder.clone())).wanted(&location, &wanted).await.unwrap();
                assert_eq!(blobs.len(), 400);
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let left: Vec<_> =
        std::fs::read_dir(cache.path().join("listings")).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name.to_string_lossy().ends_with(".jsonl")), "{left:?}");
}

/// Three hundred thousand blobs: an hour of one table costs a handful of requests, all of them a few seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_thousands_of_blobs() {
    let inner = Arc::new(InMemory::new());
    let tables = ["deviceinfo", "emailevents", "alertinfo", "deviceevents", "urlclickevents"];
    for table in tables {
        for number in 0..60_000 {
            put(&inner, &name(0, hour(number)).replace("deviceinfo", table), "x").await;
        }
    }
    let store = Arc::new(Faulty::new(inner, 1));
    let location = Location::over("test://lake", Arc::clone(&store) as _, FetchOptions::default(), None);
    let range = TimeRange { start: nanos(hour(30_000)), end: nanos(hour(30_001)) };
    let wanted = Wanted {
        other_tables: tables[1..].iter().map(|&table| table.to_owned()).collect(),
        tenants: None,
        hours: Wanted::hours_of(&range, Duration::ZERO, Duration::ZERO),
    };
    let blobs = Listing::default().wanted(&location, &wanted).await.unwrap();
    assert!((1..=800).contains(&blobs.len()), "{}", blobs.len());
    let requests = store.lists.load(Ordering::Relaxed);
    assert!(requests <= 4, "{requests} folders listed");
    let began = Instant::now();
    assert_eq!(Listing::default().blobs(&location).await.unwrap().len(), 300_000);
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    eprintln!("300,000 blobs in {:?}", began.elapsed());
}
