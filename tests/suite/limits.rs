//! What a query may use, and what it would use: memory, rows, and the price told before.

use std::fmt::Write as _;

use futures::StreamExt;
use huntql::engine::{Engine, QueryOptions};

use crate::lake::{Lake, ask, ask_with, record};

/// Two tables of wide rows, some of which meet.
fn wide(lake: &Lake, rows: usize) {
    for table in ["DeviceEvents", "DeviceFileEvents"] {
        let mut lines = String::new();
        for number in 0..rows {
            let text = format!("{:0900}", number * 7919 % 1_000_003);
            let event = format!(
                r#"{{"Timestamp":"2026-07-18T14:08:00Z","ReportId":{number},"FolderPath":"{text}","FileName":"{}"}}"#,
                number % 97
            );
            let _ = writeln!(lines, "{}", record(table, &event));
        }
        lake.blob(table, "2026-07-18T14", lines);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_join_that_does_not_fit_is_run_again_by_sorting() {
    const ROWS: usize = 60_000;
    let mut lake = Lake::new();
    wide(&lake, ROWS);
    // As plain texts: of the views that tables give, each slice is counted with all that it shares, and no sort fits either.
    let texts = |table: &str| format!("(SELECT ReportId, arrow_cast(FolderPath, 'Utf8') AS p FROM {table})");
    let sql = format!(
        "SELECT count(*) AS n, sum(length(a.p) + length(b.p)) AS s, max(a.ReportId) AS m FROM {} a JOIN {} b ON a.ReportId = b.ReportId",
        texts("DeviceEvents"),
        texts("DeviceFileEvents")
    );
    let sql = sql.as_str();
    let with_room = lake.ask(sql).await;
    lake.options.memory = Some(48 << 20);
    lake.options.threads = Some(2);
    let tight = lake.ask(sql).await;
    assert_eq!(with_room.jsonl, tight.jsonl);
    assert_eq!(with_room.jsonl.trim(), format!(r#"{{"n":{ROWS},"s":{},"m":{}}}"#, ROWS * 1800, ROWS - 1));
    let said = |notes: &[String]| notes.iter().any(|note| note.contains("run again by sorting both sides"));
    assert!(!said(&with_room.notes), "{:?}", with_room.notes);
    assert!(said(&tight.notes), "{:?}", tight.notes);
    assert!(tight.counters.bytes_spilled > 0, "{:?}", tight.counters);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_price_is_told_before() {
    let lake = Lake::new();
    let line = record("DeviceEvents", r#"{"Timestamp":"2026-07-18T14:08:00Z","ReportId":1}"#) + "\n";
    for hour in 10..20 {
        lake.blob("DeviceEvents", &format!("2026-07-18T{hour}"), &line);
    }
    lake.blob("DeviceInfo", "2026-07-18T14", &line);
    let engine: Engine = lake.engine().await;
    let dry = QueryOptions { dry_run: true, ..QueryOptions::default() };
    let sql = "SELECT count(*) FROM DeviceEvents WHERE Timestamp >= TIMESTAMP '2026-07-18T12:00:01Z' AND Timestamp < TIMESTAMP '2026-07-18T15:00:00Z'";
    let told = ask_with(&engine, sql, &dry).await.unwrap();
    assert_eq!(told.counters.blobs_opened, 0);
    let row: serde_json::Value = serde_json::from_str(&told.jsonl).unwrap();
    // Late by 48 hours, early by one.
    let expected = ask(&engine, sql).await.unwrap().counters;
    assert_eq!(row["Blobs"].as_u64(), Some(expected.blobs_planned));
    assert_eq!(row["Bytes"].as_u64(), Some(expected.bytes_planned));
    assert_eq!((row["Table"].as_str(), row["LastHour"].as_str()), (Some("DeviceEvents"), Some("2026-07-18T20:00:00Z")));

    let join = "SELECT * FROM DeviceEvents JOIN DeviceInfo USING (ReportId)";
    let told = ask_with(&engine, join, &dry).await.unwrap();
    assert_eq!(told.jsonl.lines().count(), 2, "{}", told.jsonl);
    let mut answers =
        engine.kql_with("DeviceEvents | where Timestamp > datetime(2026-07-18T15:30) | count", &dry).await.unwrap();
    let mut answer = answers.next().await.unwrap().unwrap();
    let batch = answer.next().await.unwrap().unwrap();
    assert_eq!((batch.num_rows(), batch.schema().field(2).name().as_str()), (1, "Blobs"));
}
