//! The same rows over every frame, codec and layout.

use apache_avro::types::{Record, Value};
use apache_avro::{Codec, DeflateSettings, Schema, Writer, ZstandardSettings};

use crate::lake::{Lake, TENANT, ask, blob_name, gzip, record, zstd};
use crate::secrets::Folder;

const SQL: &str = "SELECT Timestamp, DeviceName, FileName, ReportId, AdditionalFields, ProcessId FROM DeviceProcessEvents ORDER BY ReportId";

/// The records of all these tests, two tables mixed; the question is for one.
fn records() -> Vec<String> {
    let process = |n: u32| {
        record(
            "DeviceProcessEvents",
            &format!(
                r#"{{"Timestamp":"2026-07-18T14:0{n}:01.5Z","DeviceName":"ws-{n}","FileName":"a{{\"b\":[{n}]}}.exe","ReportId":{n},"AdditionalFields":"{{\"k\":\"v [{n}] {{\"}}","ProcessId":null}}"#
            ),
        )
    };
    let other = record("DeviceFileEvents", r#"{"Timestamp":"2026-07-18T14:00:00Z","FileName":"x"}"#);
    vec![process(1), other, process(2), process(3)]
}

const EXPECTED: &str = r#"{"Timestamp":"2026-07-18T14:01:01.5Z","DeviceName":"ws-1","FileName":"a{\"b\":[1]}.exe","ReportId":1,"AdditionalFields":"{\"k\":\"v [1] {\"}","ProcessId":null}
{"Timestamp":"2026-07-18T14:02:01.5Z","DeviceName":"ws-2","FileName":"a{\"b\":[2]}.exe","ReportId":2,"AdditionalFields":"{\"k\":\"v [2] {\"}","ProcessId":null}
{"Timestamp":"2026-07-18T14:03:01.5Z","DeviceName":"ws-3","FileName":"a{\"b\":[3]}.exe","ReportId":3,"AdditionalFields":"{\"k\":\"v [3] {\"}","ProcessId":null}
"#;

fn pretty(json: &str, indent: &[u8]) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent);
    serde::Serialize::serialize(&value, &mut serde_json::Serializer::with_formatter(&mut out, formatter)).unwrap();
    String::from_utf8(out).unwrap()
}

/// Every way in which hub dumps hold the records.
fn frames() -> Vec<(&'static str, String)> {
    let all = records();
    let message = |records: &[String]| format!("{{\"records\":[{}]}}", records.join(","));
    let messages = [message(&all[..2]), message(&all[2..])];
    let body =
        |json: &str| format!(r#"{{"body":{json},"x-opt-sequence-number":7,"x-opt-enqueued-time":1784383736000}}"#);
    let as_text = |json: &str| serde_json::to_string(json).unwrap();
    let with_escaped_properties: Vec<String> = all
        .iter()
        .map(|json| {
            let mut value: serde_json::Value = serde_json::from_str(json).unwrap();
            value["properties"] = serde_json::Value::String(value["properties"].to_string());
            value.to_string()
        })
        .collect();
    vec![
        ("records a line, LF", all.join("\n")),
        ("records a line, CRLF", all.join("\r\n") + "\r\n"),
        ("records separated by a lone CR", all.join("\r")),
        ("records concatenated", all.concat()),
        ("an array", format!("[{}]", all.join(","))),
        ("an array, a record a line", format!("[\n{}\n]\n", all.join(",\n"))),
        ("one pretty-printed array", pretty(&format!("[{}]", all.join(",")), b"  ")),
        ("an array printed without indent", pretty(&format!("[{}]", all.join(",")), b"")),
        ("one message a line", messages.join("\n") + "\n"),
        ("messages concatenated", messages.concat()),
        ("messages pretty-printed", format!("{}\n{}", pretty(&messages[0], b"  "), pretty(&messages[1], b"\t"))),
        ("an array of messages", format!("[{}]", messages.join(","))),
        ("records wrapped in body", all.iter().map(|json| body(json) + "\n").collect()),
        ("messages wrapped in body", messages.iter().map(|json| body(json) + "\n").collect()),
        ("messages as text in body", messages.iter().map(|json| body(&as_text(json)) + "\n").collect()),
        ("an array of wrapped messages", format!("[{}]", messages.each_ref().map(|json| body(json)).join(","))),
        ("properties as escaped text", with_escaped_properties.join("\n")),
        (
            "a message with more keys",
            format!("{{\"records\":[{}],\"count\":4,\"more\":{{\"a\":[1]}}}}{}", all[..3].join(","), all[3]),
        ),
        ("byte order mark, blank lines", format!("\u{feff}\r\n{}\n\n\n{}\n", all[..2].join("\n"), all[2..].join("\n"))),
    ]
}

#[tokio::test]
async fn every_frame_and_codec_gives_the_same_rows() {
    for (name, text) in frames() {
        for (codec, bytes) in
            [("plain", text.clone().into_bytes()), ("gzip", gzip(text.as_bytes())), ("zstd", zstd(text.as_bytes()))]
        {
            let lake = Lake::new();
            // The name lies about the codec: content decides.
            lake.file("dumps/hub.json", &bytes);
            let outcome = lake.ask(SQL).await;
            assert_eq!(outcome.jsonl, EXPECTED, "{name}, {codec}");
            assert_eq!((outcome.counters.records_rejected, outcome.counters.cells_rejected), (0, 0), "{name}, {codec}");
            assert_eq!(
                lake.jsonl("SELECT count(*) AS n FROM DeviceFileEvents").await,
                "{\"n\":1}\n",
                "{name}, {codec}"
            );
        }
    }
}

/// A Capture file of these messages; the schema is the documented one.
pub fn capture(messages: &[Vec<u8>], codec: Codec) -> Vec<u8> {
    let schema = Schema::parse_str(
        r#"{"type":"record","name":"EventData","namespace":"Microsoft.ServiceBus.Messaging","fields":[
            {"name":"SequenceNumber","type":"long"},{"name":"Offset","type":"string"},{"name":"EnqueuedTimeUtc","type":"string"},
            {"name":"SystemProperties","type":{"type":"map","values":["long","double","string","bytes"]}},
            {"name":"Properties","type":{"type":"map","values":["long","double","string","bytes"]}},
            {"name":"Body","type":["null","bytes"]}]}"#,
    )
    .unwrap();
    let mut file = Writer::with_codec(&schema, Vec::new(), codec).unwrap();
    for (number, message) in messages.iter().enumerate() {
        let mut event = Record::new(&schema).unwrap();
        event.put("SequenceNumber", number as i64);
        event.put("Offset", "12");
        event.put("EnqueuedTimeUtc", "8/9/2023 2:14:51 PM");
        let properties = [("x-opt-enqueued-time".to_owned(), Value::Union(0, Box::new(Value::Long(5))))];
        event.put("SystemProperties", Value::Map(properties.into_iter().collect()));
        event.put("Properties", Value::Map(std::collections::HashMap::new()));
        event.put("Body", Value::Union(1, Box::new(Value::Bytes(message.clone()))));
        file.append_value(event).unwrap();
    }
    file.into_inner().unwrap()
}

#[tokio::test]
async fn capture_files_give_the_same_rows_in_every_codec() {
    let all = records();
    let messages: Vec<Vec<u8>> = [&all[..2], &all[2..]]
        .iter()
        .map(|part| format!("{{\"records\":[{}]}}", part.join(",")).into_bytes())
        .collect();
    let codecs = [
        Codec::Null,
        Codec::Deflate(DeflateSettings::default()),
        Codec::Snappy,
        Codec::Zstandard(ZstandardSettings::default()),
    ];
    for codec in codecs {
        let lake = Lake::new();
        lake.file("ns/hub/0/2026/07/18/14/00/00.avro", capture(&messages, codec));
        lake.file("ns/hub/1/2026/07/18/14/00/00.avro", capture(&[], codec));
        lake.file("ns/hub/2/2026/07/18/14/00/00.avro", b"");
        let outcome = lake.ask(SQL).await;
        assert_eq!(outcome.jsonl, EXPECTED, "{codec:?}");
        assert_eq!(lake.rejects().await, Vec::<String>::new(), "{codec:?}");
    }
}

/// What is unpacked meanwhile lies where `--temp-dir` says.
#[tokio::test]
async fn capture_files_are_unpacked_in_the_temporary_folder() {
    let (mut lake, temp) = (Lake::new(), Folder::new());
    let messages: Vec<Vec<u8>> = records().into_iter().map(String::into_bytes).collect();
    lake.file("ns/hub/0/2026/07/18/14/00/00.avro", capture(&messages, Codec::Null));
    let folder = temp.path().join("spilled");
    lake.options.temp_dir = Some(folder.clone());
    let engine = lake.engine().await;
    assert_eq!(ask(&engine, SQL).await.unwrap().jsonl, EXPECTED);
    std::fs::remove_dir_all(&folder).unwrap();
    let error = ask(&engine, SQL).await.unwrap_err().to_string();
    assert!(error.contains("00.avro cannot be read: the temporary folder ") && error.contains("spilled"), "{error}");
}

#[tokio::test]
async fn a_damaged_capture_file_gives_what_came_before_and_a_reject() {
    let all = records();
    let messages: Vec<Vec<u8>> = all.iter().map(|record| record.clone().into_bytes()).collect();
    let mut bytes = capture(&messages, Codec::Null);
    bytes.truncate(bytes.len() - 40);
    let lake = Lake::new();
    lake.file("ns/hub/0/2026/07/18/14/00/00.avro", bytes);
    lake.file("ns/hub/0/2026/07/18/14/05/00.avro", b"Obj\x01nothing");
    assert!(lake.rejects().await.iter().all(|reject| reject.starts_with("bytes")));
    assert_eq!(lake.rejects().await.len(), 2);
}

#[tokio::test]
async fn every_layout_gives_the_same_rows() {
    let processes: Vec<String> =
        records().into_iter().filter(|record| record.contains("DeviceProcessEvents")).collect();
    let lines = processes.join("\r\n") + "\r\n";
    let blob = blob_name("DeviceProcessEvents", "2026-07-18T14");
    let resource =
        blob.replace(&format!("tenantId={TENANT}"), "resourceId=/SUBSCRIPTIONS/1/RESOURCEGROUPS/R/PROVIDERS/P/T/N");
    for name in [
        blob.clone(),
        format!("a/prefix/{blob}"),
        resource,
        blob.replace('/', "_"),
        blob.replace('/', "%2F"),
        "PT1H.json".into(),
    ] {
        let lake = Lake::new();
        let file = lake.file(&name, &lines);
        assert_eq!(lake.jsonl(SQL).await, EXPECTED, "{name}");
        // Any point of the path is a location: the container, the tenant's folder, the file itself.
        let mut source = file.as_path();
        while source != lake.path() {
            let engine = lake.engine_at(source).await;
            assert_eq!(crate::lake::ask(&engine, SQL).await.unwrap().jsonl, EXPECTED, "{}", source.display());
            source = source.parent().unwrap();
        }
    }
}

#[tokio::test]
async fn log_analytics_rows_are_flat() {
    let rows: Vec<String> = records()
        .iter()
        .filter(|record| record.contains("DeviceProcessEvents"))
        .map(|record| {
            let value: serde_json::Value = serde_json::from_str(record).unwrap();
            let mut row = value["properties"].clone();
            row["TimeGenerated"] = row["Timestamp"].take();
            row.as_object_mut().unwrap().remove("Timestamp");
            row["Type"] = "DeviceProcessEvents".into();
            row["TenantId"] = "workspace".into();
            row.to_string()
        })
        .collect();
    let lake = Lake::new();
    let path = "am-deviceprocessevents/WorkspaceResourceId=/subscriptions/1/resourcegroups/r/providers/microsoft.operationalinsights/workspaces/w/y=2026/m=07/d=18/h=14/m=05/PT05M.json";
    lake.file(path, rows.join("\n"));
    assert_eq!(lake.jsonl(SQL).await, EXPECTED);
    let extra = lake.jsonl("SELECT DISTINCT _Extra, TenantId FROM DeviceProcessEvents").await;
    assert_eq!(extra, "{\"_Extra\":null,\"TenantId\":\"workspace\"}\n");
}

#[tokio::test]
async fn one_location_may_mix_tables_frames_and_codecs() {
    let all = records();
    let lake = Lake::new();
    lake.blob("DeviceProcessEvents", "2026-07-18T14", &all[0]);
    lake.file("hub/a.json.gz", gzip(format!("{{\"records\":[{},{}]}}", all[1], all[2]).as_bytes()));
    lake.file("ns/hub/0/2026/07/18/14/00/00.avro", capture(&[all[3].clone().into_bytes()], Codec::Snappy));
    assert_eq!(lake.jsonl(SQL).await, EXPECTED);
    assert_eq!(lake.jsonl("SELECT FileName FROM DeviceFileEvents").await, "{\"FileName\":\"x\"}\n");
}

#[tokio::test]
async fn line_is_the_line_in_json_lines_and_the_ordinal_elsewhere() {
    let all = records();
    for text in [all.join("\n"), format!("{{\"records\":[{}]}}", all.join(",")), format!("[\n\n{}]", all.join(","))] {
        let lake = Lake::new();
        lake.file("dump.json", &text);
        let numbers = lake.jsonl("SELECT _Line AS l FROM DeviceProcessEvents ORDER BY 1").await;
        assert_eq!(numbers, "{\"l\":1}\n{\"l\":3}\n{\"l\":4}\n", "{text}");
    }
}
