//! What a query may use, and what it would use: memory, rows, and the price told before.

use std::fmt::Write as _;

use futures::StreamExt;
use huntql::engine::{Engine, QueryOptions};

use crate::lake::{Lake, ask, ask_with, record};
use crate::secrets;

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
    let sql = "SELECT count(*) AS n, sum(length(a.FolderPath) + length(b.FolderPath)) AS s, max(a.ReportId) AS m \
               FROM DeviceEvents a JOIN DeviceFileEvents b ON a.ReportId = b.ReportId";
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

/// Each limit that is met, or cannot be used, is told in a sentence that names its flag.
#[test]
fn limits_that_are_met_are_told() {
    let lake = Lake::new();
    wide(&lake, 20_000);
    let file = lake.file("a-file", "");
    let run = |arguments: &[&str]| {
        let mut command = secrets::huntql();
        command.args(["--source", lake.path().to_str().unwrap(), "--threads", "2", "--quiet"]).args(arguments);
        let output = secrets::output(&mut command);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr), output.status.code())
    };
    let sorted = ["query", "--format", "jsonl", "-c", "SELECT * FROM DeviceEvents ORDER BY FolderPath"];
    let cases: [(&[&str], &str); 9] = [
        (&["--memory", "20MB", "--temp-limit", "1MB"], "more temporary disk than it may use: raise --temp-limit"),
        (&["--memory", "1MB"], "more memory to sort than it may use: raise --memory"),
        (&["--timeout", "10ms"], "the query took longer than 10ms (--timeout) and was stopped"),
        (&["--temp-dir", file.to_str().unwrap()], "the temporary folder "),
        (&["--temp-limit", "0"], "flag --temp-limit: '0' is not a size"),
        (&["--memory", "much"], "flag --memory: 'much' is not a size"),
        (&["--timeout", "soon"], "flag --timeout: 'soon' is not a span of time"),
        (&["--cache-limit=-1"], "flag --cache-limit: '-1' is not a size"),
        (&["--cache-limit", "1GB", "--cache-dir", file.to_str().unwrap()], "--cache-dir: nothing can be kept in "),
    ];
    for (arguments, said) in cases {
        let (rows, told, code) = run(&[arguments, &sorted].concat());
        assert!(told.contains(said), "{arguments:?}: {told}");
        assert_eq!((rows.as_str(), code), ("", Some(2)), "{arguments:?}: {told}");
        assert!(told.lines().count() <= 4 && !told.contains("datafusion"), "{arguments:?}: {told}");
    }
    let (rows, told, code) = run(&[&["--memory", "20MB"], &sorted[..], &["--max-rows", "3"]].concat());
    assert_eq!((rows.lines().count(), code), (3, Some(0)), "{told}");
    let mut command = secrets::huntql();
    command.args(["--source", lake.path().to_str().unwrap()]).args(sorted).args(["--max-rows", "3"]);
    let told = String::from_utf8_lossy(&secrets::output(&mut command).stderr).into_owned();
    assert!(told.contains("only the first 3 rows are shown (--max-rows)"), "{told}");

    let threads =
        "SELECT value FROM information_schema.df_settings WHERE name = 'datafusion.execution.target_partitions'";
    let mut command = secrets::huntql();
    command.args(["--threads", "3", "query", "--format", "csv", "-c", threads]);
    assert_eq!(String::from_utf8_lossy(&secrets::output(&mut command).stdout), "value\n3\n");
    let mut command = secrets::huntql();
    command.args(["--threads", "0"]).args(sorted);
    let told = String::from_utf8_lossy(&secrets::output(&mut command).stderr).into_owned();
    assert!(told.contains("flag --threads: '0' is not a number of 1 or more"), "{told}");
}
