//! SQL as data: the `.slt` files of `tests/slt`, each over the lake that this file writes.

use std::path::Path;

use futures::StreamExt;
use huntql::engine::{Engine, Error, ErrorKind, QueryOptions};
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};

use crate::lake::{Lake, ask, ask_with, record};
use crate::secrets::Folder;

/// A small company's morning, over a few tables.
pub fn lake() -> Lake {
    let lake = Lake::new();
    let process = |minute: u32, device: &str, file: &str, command: &str, id: u32| {
        let command = serde_json::to_string(command).unwrap();
        record(
            "DeviceProcessEvents",
            &format!(
                r#"{{"Timestamp":"2026-07-18T14:{minute:02}:00Z","DeviceId":"id-{device}","DeviceName":"{device}","FileName":"{file}","ProcessCommandLine":{command},"ProcessId":{id},"AccountName":"u{id}"}}"#
            ),
        ) + "\r\n"
    };
    let processes = [
        process(1, "ws-1", "powershell.exe", "powershell.exe -nop -EncodedCommand aQBlAHgAIAAoADEAKQA=", 1),
        process(2, "ws-1", "cmd.exe", "cmd.exe /c whoami", 2),
        process(
            3,
            "ws-2",
            "rundll32.exe",
            "rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 612 l.dmp full",
            3,
        ),
        process(4, "ws-2", "PowerShell.exe", "PowerShell.exe -File run.ps1", 4),
    ];
    lake.blob("DeviceProcessEvents", "2026-07-18T14", processes.concat());
    let network = |minute: u32, device: &str, ip: &str, url: &str| {
        record(
            "DeviceNetworkEvents",
            &format!(
                r#"{{"Timestamp":"2026-07-18T14:{minute:02}:30Z","DeviceId":"id-{device}","DeviceName":"{device}","RemoteIP":"{ip}","RemoteUrl":"{url}","RemotePort":443}}"#
            ),
        ) + "\n"
    };
    let connections = [
        network(1, "ws-1", "203.0.113.9", "https://evil.example:8443/a?b=c"),
        network(2, "ws-1", "10.1.2.3", ""),
        network(5, "ws-2", "2001:db8::1", "cdn.example"),
    ];
    lake.blob("DeviceNetworkEvents", "2026-07-18T14", connections.concat());
    let app = |action: &str, fields: &str| {
        record(
            "CloudAppEvents",
            &format!(
                r#"{{"Timestamp":"2026-07-18T14:00:00Z","ActionType":"{action}","ISP":"i","AdditionalFields":{fields}}}"#
            ),
        ) + "\n"
    };
    lake.blob(
        "CloudAppEvents",
        "2026-07-18T14",
        [app("A", r#"{"n":1,"l":["x","y"]}"#), app("B", r#"{"n":2}"#), app("C", "null")].concat(),
    );
    lake
}

struct Session(Engine);

#[async_trait::async_trait]
impl AsyncDB for Session {
    type Error = Error;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Error> {
        let mut answer = self.0.sql(sql).await?;
        let columns = answer.schema().fields().len();
        let mut rows = Vec::new();
        while let Some(batch) = answer.next().await {
            let batch = batch?;
            for row in 0..batch.num_rows() {
                let cell = |column| {
                    let array = batch.column(column);
                    if datafusion::arrow::array::Array::is_null(array, row) {
                        return "NULL".to_owned();
                    }
                    let shown = datafusion::arrow::util::display::array_value_to_string(array, row).unwrap();
                    if shown.is_empty() { "(empty)".to_owned() } else { shown.replace('\n', "\\n") }
                };
                rows.push((0..columns).map(cell).collect());
            }
        }
        if columns == 0 {
            Ok(DBOutput::StatementComplete(0))
        } else {
            Ok(DBOutput::Rows { types: vec![DefaultColumnType::Any; columns], rows })
        }
    }

    async fn shutdown(&mut self) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn every_slt_file_holds() {
    let mut files: Vec<_> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let lake = lake();
        let engine = lake.engine().await;
        let mut runner = Runner::new(|| async { Ok(Session(engine.clone())) });
        runner.run_file_async(&file).await.unwrap_or_else(|error| panic!("{}", error.display(false)));
    }
}

#[tokio::test]
async fn headers_keep_the_catalogues_spelling() {
    let lake = lake();
    let engine = lake.engine().await;
    let answer = engine
        .sql("SELECT devicename, FileName FROM deviceprocessevents WHERE filename = 'powershell.exe'")
        .await
        .unwrap();
    let names: Vec<String> = answer.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["DeviceName", "FileName"]);
    drop(answer);
    let rows = ask(&engine, "SELECT devicename, FileName FROM deviceprocessevents WHERE filename = 'powershell.exe'")
        .await
        .unwrap();
    assert_eq!(rows.jsonl, "{\"DeviceName\":\"ws-1\",\"FileName\":\"powershell.exe\"}\n");
}

#[tokio::test]
async fn parameters_are_bound_and_never_pasted() {
    let lake = lake();
    let engine = lake.engine().await;
    let with =
        |name: &str, value: &str| QueryOptions { params: vec![(name.into(), value.into())], ..QueryOptions::default() };
    let sql = "SELECT count(*) AS n FROM DeviceProcessEvents WHERE FileName = $name";
    assert_eq!(ask_with(&engine, sql, &with("name", "cmd.exe")).await.unwrap().jsonl, "{\"n\":1}\n");
    assert_eq!(ask_with(&engine, sql, &with("name", "' OR '1'='1")).await.unwrap().jsonl, "{\"n\":0}\n");
    let since = "SELECT count(*) AS n FROM DeviceProcessEvents WHERE Timestamp >= $since";
    assert_eq!(ask_with(&engine, since, &with("since", "2026-07-18T14:03:00Z")).await.unwrap().jsonl, "{\"n\":2}\n");
    let missing = ask(&engine, sql).await.expect_err("missing").to_string();
    assert!(missing.contains("$name") && missing.contains("--param"), "{missing}");
}

#[tokio::test]
async fn what_would_write_is_refused() {
    let mut lake = lake();
    let engine = lake.engine().await;
    for sql in [
        "INSERT INTO DeviceProcessEvents VALUES (1)",
        "DELETE FROM DeviceProcessEvents",
        "DROP TABLE DeviceProcessEvents",
        "CREATE TABLE t AS SELECT 1",
        "COPY (SELECT 1 AS a) TO 'x.csv'",
    ] {
        let error = ask(&engine, sql).await.expect_err(sql);
        assert_eq!(error.kind(), ErrorKind::Refused, "{sql}: {error}");
    }
    let out = Folder::new();
    lake.options.allow_write = vec![out.path().to_owned()];
    let file = out.path().join("rows.parquet");
    ask(
        &lake.engine().await,
        &format!("COPY (SELECT DeviceName, AdditionalFields->'n' AS n FROM CloudAppEvents) TO '{}'", file.display()),
    )
    .await
    .unwrap_err();
    ask(
        &lake.engine().await,
        &format!("COPY (SELECT ActionType, AdditionalFields->'n' AS n FROM CloudAppEvents) TO '{}'", file.display()),
    )
    .await
    .unwrap();
    assert!(file.exists());
}

#[tokio::test]
async fn errors_say_what_to_do() {
    let lake = lake();
    let engine = lake.engine().await;
    let mut said = String::new();
    for sql in [
        "SELECT DeviceNam FROM DeviceProcessEvents",
        "SELECT * FROM DeviceProcesEvents",
        "SELECT hass(FileName, 'x') FROM DeviceProcessEvents",
        "SELECT * FROM",
        "SELECT matches_regex(FileName, '(') FROM DeviceProcessEvents",
    ] {
        said += &format!("{}\n", ask(&engine, sql).await.expect_err(sql));
    }
    insta::assert_snapshot!(said);
}

#[tokio::test]
async fn a_schema_file_adds_and_overrides_tables() {
    let mut lake = Lake::new();
    let schemas = Folder::new();
    std::fs::write(
        schemas.path().join("CloudThingEvents.csv"),
        "ColumnName,ColumnType\nTimestamp,datetime\nScore,real\n",
    )
    .unwrap();
    std::fs::write(
        schemas.path().join("EmailUrlInfo.csv"),
        "ColumnName,ColumnType\nTimestamp,datetime\nUrl,string\nUrlCount,long\n",
    )
    .unwrap();
    lake.options.schemas = Some(schemas.path().to_owned());
    lake.blob("CloudThingEvents", "2026-07-18T14", record("CloudThingEvents", r#"{"Score":"2.5","Other":1}"#));
    lake.blob("EmailUrlInfo", "2026-07-18T14", record("EmailUrlInfo", r#"{"Url":"u","UrlCount":3}"#));
    assert_eq!(
        lake.jsonl("SELECT score, _Extra FROM cloudthingevents").await,
        "{\"Score\":2.5,\"_Extra\":{\"Other\":1}}\n"
    );
    assert_eq!(lake.jsonl("SELECT urlcount FROM EmailUrlInfo").await, "{\"UrlCount\":3}\n");
    std::fs::write(schemas.path().join("Broken.csv"), "ColumnName,ColumnType\nA,strin\n").unwrap();
    let mut options = lake.options.clone();
    options.sources = vec![lake.path().to_str().unwrap().to_owned()];
    let error = Engine::builder().options(options).build().await.err().unwrap().to_string();
    assert!(error.contains("Broken.csv: line 2: unknown column type 'strin'"), "{error}");
}
