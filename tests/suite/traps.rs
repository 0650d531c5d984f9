//! Traps that give silently wrong rows, or queries that cannot be stopped: each one a regression test.

use std::time::{Duration, Instant};

use futures::StreamExt;

use crate::lake::{Lake, ask, ask_with, record};
use huntql::engine::{ErrorKind, QueryOptions};

/// 30 days of hours with a row each, newest last.
fn month() -> Lake {
    let lake = Lake::new();
    for day in 1..=30 {
        for hour in 0..24 {
            let properties = format!(
                r#"{{"Timestamp":"2026-09-{day:02}T{hour:02}:30:00Z","DeviceName":"d{day}","ProcessId":{hour}}}"#
            );
            lake.blob(
                "DeviceProcessEvents",
                &format!("2026-09-{day:02}T{hour:02}"),
                record("DeviceProcessEvents", &properties),
            );
        }
    }
    lake
}

#[tokio::test]
async fn one_hour_of_a_month_opens_that_hour_and_the_slack() {
    let lake = month();
    let sql = "SELECT DeviceName FROM DeviceProcessEvents WHERE Timestamp >= '2026-09-10T05:00:00Z' AND Timestamp < '2026-09-10T06:00:00Z'";
    let outcome = lake.ask(sql).await;
    assert_eq!(outcome.jsonl, "{\"DeviceName\":\"d10\"}\n");
    // The hour, one before it (clocks ahead), 48 after (late rows), and the hours that touch these.
    assert!((50..=52).contains(&outcome.counters.blobs_opened), "{:?}", outcome.counters);
    assert_eq!(outcome.counters.blobs_pruned, 720 - outcome.counters.blobs_planned);
    assert!(outcome.notes.iter().any(|note| note.contains("left out by the hour in the path")), "{:?}", outcome.notes);
}

#[tokio::test]
async fn exact_time_reads_everything() {
    let mut lake = month();
    lake.options.exact_time = true;
    let outcome =
        lake.ask("SELECT count(*) AS n FROM DeviceProcessEvents WHERE Timestamp < '2026-09-01T01:00:00Z'").await;
    assert_eq!((outcome.jsonl.as_str(), outcome.counters.blobs_opened), ("{\"n\":1}\n", 720));
}

#[tokio::test]
async fn rows_within_the_slack_are_found_in_later_blobs() {
    let lake = Lake::new();
    lake.blob(
        "DeviceProcessEvents",
        "2026-09-12T00",
        record("DeviceProcessEvents", r#"{"Timestamp":"2026-09-10T05:30:00Z","ProcessId":1}"#),
    );
    let sql = "SELECT ProcessId FROM DeviceProcessEvents WHERE TimeGenerated BETWEEN '2026-09-10T05:00:00Z' AND '2026-09-10T06:00:00Z'";
    assert_eq!(lake.jsonl(sql).await, "{\"ProcessId\":1}\n");
}

#[tokio::test]
async fn the_newest_rows_are_found_in_few_blobs() {
    let lake = month();
    let outcome = lake.ask("SELECT Timestamp FROM DeviceProcessEvents ORDER BY Timestamp DESC LIMIT 2").await;
    assert_eq!(outcome.jsonl, "{\"Timestamp\":\"2026-09-30T23:30:00Z\"}\n{\"Timestamp\":\"2026-09-30T22:30:00Z\"}\n");
    assert!(outcome.counters.blobs_opened < 100, "{:?}", outcome.counters);
}

#[tokio::test]
async fn a_limit_stops_the_scan() {
    let outcome = month().ask("SELECT DeviceName FROM DeviceProcessEvents LIMIT 3").await;
    assert_eq!(outcome.jsonl.lines().count(), 3);
    assert!(outcome.counters.blobs_opened < 20, "{:?}", outcome.counters);
}

#[tokio::test]
async fn the_same_question_twice_has_the_same_answer() {
    let lake = month();
    let engine = lake.engine().await;
    for _ in 0..2 {
        let outcome = ask(&engine, "SELECT count(*) AS n FROM DeviceProcessEvents").await.unwrap();
        assert_eq!(outcome.jsonl, "{\"n\":720}\n");
    }
    ask(&engine, "EXPLAIN ANALYZE SELECT count(*) FROM DeviceProcessEvents").await.unwrap();
    assert_eq!(ask(&engine, "SELECT count(*) AS n FROM DeviceProcessEvents").await.unwrap().jsonl, "{\"n\":720}\n");
}

/// Rows enough that DataFusion cuts the file into byte ranges.
fn rows(count: usize) -> Vec<String> {
    let padding = "p".repeat(400);
    (0..count)
        .map(|n| record("DeviceProcessEvents", &format!(r#"{{"ProcessId":{n},"FileName":"{padding}"}}"#)))
        .collect()
}

#[tokio::test]
async fn byte_ranges_give_every_row_once_whatever_the_input() {
    let all = rows(40_000);
    let inputs = [
        ("lines", all.join("\r\n").into_bytes()),
        ("gzip", crate::lake::gzip(all.join("\n").as_bytes())),
        ("one records document", format!("{{\"records\":[{}]}}", all.join(",")).into_bytes()),
        ("an array", format!("[{}]", all.join(",\n")).into_bytes()),
        (
            "capture",
            crate::frames::capture(
                &all.iter().map(|r| r.clone().into_bytes()).collect::<Vec<_>>(),
                apache_avro::Codec::Null,
            ),
        ),
    ];
    for (name, bytes) in inputs {
        let mut lake = Lake::new();
        lake.options.threads = Some(5);
        lake.file("dump.json", bytes);
        let outcome = lake
            .ask("SELECT count(*) AS n, count(DISTINCT ProcessId) AS d, sum(ProcessId) AS s FROM DeviceProcessEvents")
            .await;
        assert_eq!(outcome.jsonl, "{\"n\":40000,\"d\":40000,\"s\":799980000}\n", "{name}");
        assert_eq!(outcome.counters.records_rejected, 0, "{name}");
        assert_eq!(outcome.counters.blobs_opened > 1, outcome.counters.bytes_planned > 10 << 20, "{name}");
    }
}

#[tokio::test]
async fn line_numbers_are_right_in_a_file_that_could_be_cut() {
    let lake = Lake::new();
    lake.file("dump.json", rows(30_000).join("\n"));
    let outcome = lake.ask("SELECT count(*) AS n FROM DeviceProcessEvents WHERE _Line = ProcessId + 1").await;
    assert_eq!(outcome.jsonl, "{\"n\":30000}\n");
}

#[tokio::test]
async fn json_unions_never_reach_an_answer() {
    let lake = Lake::new();
    let fields = |n: u32| record("CloudAppEvents", &format!(r#"{{"AdditionalFields":{{"a":{n},"s":"x{n}"}}}}"#));
    lake.blob("CloudAppEvents", "2026-07-18T14", (1..=12).map(|n| fields(n) + "\n").collect::<String>());
    let top = lake
        .jsonl("SELECT AdditionalFields->'s' AS s FROM CloudAppEvents ORDER BY AdditionalFields->'s' DESC LIMIT 2")
        .await;
    assert_eq!(top, "{\"s\":\"x9\"}\n{\"s\":\"x8\"}\n");
    let three = lake
        .jsonl("SELECT AdditionalFields->>'s' || '!' AS s FROM CloudAppEvents WHERE AdditionalFields->>'a' = '3'")
        .await;
    assert_eq!(three, "{\"s\":\"x3!\"}\n");
    let number = lake.jsonl("SELECT max((AdditionalFields->'a')::int) AS m FROM CloudAppEvents").await;
    assert_eq!(number, "{\"m\":12}\n");
}

#[tokio::test]
async fn from_without_select_gives_the_columns() {
    let lake = Lake::new();
    lake.blob("EmailUrlInfo", "2026-07-18T14", record("EmailUrlInfo", r#"{"Url":"https://x.example"}"#));
    assert!(lake.jsonl("FROM EmailUrlInfo").await.contains("\"Url\":\"https://x.example\""));
    assert_eq!(lake.jsonl("SELECT * FROM EmailUrlInfo").await, lake.jsonl("FROM EmailUrlInfo").await);
}

#[tokio::test]
async fn a_time_limit_stops_joins_and_scans_within_a_second() {
    let lake = Lake::new();
    lake.file("dump.json", rows(60_000).join("\n"));
    let engine = lake.engine().await;
    let slow = [
        "SELECT count(*) FROM DeviceProcessEvents a CROSS JOIN DeviceProcessEvents b",
        "SELECT count(*) FROM DeviceProcessEvents a JOIN DeviceProcessEvents b ON a.FileName = b.FileName",
        "SELECT max(length(repeat(FileName, 200))) FROM DeviceProcessEvents",
    ];
    for sql in slow {
        let options = QueryOptions { timeout: Some(Duration::from_millis(400)), ..QueryOptions::default() };
        let started = Instant::now();
        let error = ask_with(&engine, sql, &options).await.expect_err(sql);
        assert_eq!(error.kind(), ErrorKind::Timeout, "{sql}: {error}");
        assert!(started.elapsed() < Duration::from_millis(1400), "{sql}: {:?}", started.elapsed());
    }
    // Nothing goes on in the background: the next question is answered at once.
    let started = Instant::now();
    ask(&engine, "SELECT 1").await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test]
async fn dropping_an_answer_stops_its_query() {
    let lake = Lake::new();
    lake.file("dump.json", rows(60_000).join("\n"));
    let engine = lake.engine().await;
    let mut answer =
        engine.sql("SELECT a.FileName FROM DeviceProcessEvents a CROSS JOIN DeviceProcessEvents b").await.unwrap();
    answer.next().await.unwrap().unwrap();
    let monitor = answer.monitor();
    drop(answer);
    tokio::time::sleep(Duration::from_millis(1000)).await;
    let before = monitor.counters().rows;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(monitor.counters().rows, before);
}

#[tokio::test]
async fn of_a_join_the_side_with_the_rarer_filter_is_built() {
    let lake = Lake::new();
    let event = |table: &str, id: usize| {
        record(table, &format!(r#"{{"DeviceId":"d{id}","ProcessCommandLine":"x","RemoteIP":"y"}}"#))
    };
    let lines = |table: &str, count: usize| (0..count).map(|id| event(table, id) + "\n").collect::<String>();
    lake.blob("DeviceProcessEvents", "2026-07-18T14", lines("DeviceProcessEvents", 400));
    lake.blob("DeviceNetworkEvents", "2026-07-18T14", lines("DeviceNetworkEvents", 200));
    for (condition, built) in
        [("true", "devicenetworkevents"), ("has(p.ProcessCommandLine, 'comsvcs')", "deviceprocessevents")]
    {
        let plan = lake.jsonl(&format!("EXPLAIN SELECT p.DeviceId FROM DeviceNetworkEvents n JOIN DeviceProcessEvents p ON p.DeviceId = n.DeviceId WHERE {condition}")).await;
        let scans = plan.split("HashJoinExec").nth(1).unwrap().split("insights-logs-advancedhunting-").nth(1).unwrap();
        assert!(scans.starts_with(built), "{condition}: {plan}");
    }
}
