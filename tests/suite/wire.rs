//! The quirks of the wire, one case each: bytes in, rows and rejects out.
//!
//! A case is one blob of `DeviceProcessEvents` (or of the table that it names), one question, the rows it must give and the rejects
//! that `huntql.rejects` must tell. Facts are those of the wire-format notes: the live records of storage blobs and hubs.

use crate::lake::{Lake, blob_name, record};

struct Case {
    name: &'static str,
    table: &'static str,
    bytes: Vec<u8>,
    sql: &'static str,
    rows: &'static str,
    rejects: &'static [&'static str],
}

const TABLE: &str = "DeviceProcessEvents";
const NAMES: &str = "SELECT FileName FROM DeviceProcessEvents";

fn row(properties: &str) -> String {
    record(TABLE, properties)
}

fn case(
    name: &'static str,
    bytes: impl Into<Vec<u8>>,
    sql: &'static str,
    rows: &'static str,
    rejects: &'static [&'static str],
) -> Case {
    Case { name, table: TABLE, bytes: bytes.into(), sql, rows, rejects }
}

fn of(table: &'static str, case: Case) -> Case {
    Case { table, ..case }
}

/// §1 The record, §4 storage: envelopes and lines.
fn envelopes() -> Vec<Case> {
    let a = row(r#"{"FileName":"a"}"#);
    let b = row(r#"{"FileName":"b"}"#);
    let two = "{\"FileName\":\"a\"}\n{\"FileName\":\"b\"}\n";
    let one = "{\"FileName\":\"a\"}\n";
    vec![
        case("lines end in CRLF", format!("{a}\r\n{b}\r\n"), NAMES, two, &[]),
        case("the last line has no end", format!("{a}\n{b}"), NAMES, two, &[]),
        case("blank lines", format!("\r\n{a}\r\n\r\n \n{b}\n"), NAMES, two, &[]),
        case("a lone CR between tokens", format!("{}\n{b}", a.replacen(',', ",\r", 2)), NAMES, two, &[]),
        case("a byte order mark", format!("\u{feff}{a}\n{b}"), NAMES, two, &[]),
        case("half a last line", format!("{a}\n{}", &b[..200]), NAMES, one, &["cut @2"]),
        case("half a line in the middle", format!("{}\n{a}\n", &b[..200]), NAMES, one, &["cut @1"]),
        case("half a line before a good one", format!("{a}\n{}\n{b}\n", &b[..150]), NAMES, two, &["cut @2"]),
        case("a line that is no JSON", format!("{a}\nnot json\n{b}\n"), NAMES, two, &["stray @2"]),
        case(
            "the 2021 form: four keys",
            r#"{"time":"2021-01-01T00:00:00Z","tenantId":"t","category":"AdvancedHunting-DeviceProcessEvents","properties":{"FileName":"a"}}"#,
            NAMES,
            one,
            &[],
        ),
        case(
            "properties and category alone, properties first",
            r#"{"properties":{"FileName":"a"},"category":"AdvancedHunting-DeviceProcessEvents"}"#,
            NAMES,
            one,
            &[],
        ),
        case(
            "unknown envelope keys",
            r#"{"level":4,"resourceId":{"a":["}"]},"category":"AdvancedHunting-DeviceProcessEvents","properties":{"FileName":"a"},"z":null}"#,
            NAMES,
            one,
            &[],
        ),
        case(
            "no category: the path tells",
            r#"{"time":"2021-01-01T00:00:00Z","properties":{"FileName":"a"}}"#,
            NAMES,
            one,
            &[],
        ),
        case(
            "category in another case and without prefix",
            r#"{"category":"deviceprocessevents","properties":{"FileName":"a"}}"#,
            NAMES,
            one,
            &[],
        ),
        case(
            "a category of before 2020",
            r#"{"category":"AdvancedHunting-ProcessCreationEvents","properties":{"FileName":"a"}}"#,
            NAMES,
            one,
            &[],
        ),
        case(
            "receive time with and without Z",
            format!("{a}\n{}", a.replace("55.1234567Z", "55.1234567").replace("\"a\"", "\"b\"")),
            "SELECT FileName, _TimeReceived FROM DeviceProcessEvents",
            "{\"FileName\":\"a\",\"_TimeReceived\":\"2026-07-18T14:08:55.1234567Z\"}\n{\"FileName\":\"b\",\"_TimeReceived\":\"2026-07-18T14:08:55.1234567Z\"}\n",
            &[],
        ),
        case(
            "receive time re-serialised, and missing",
            format!(
                "{}\n{}",
                a.replace("2026-07-18T14:08:55.1234567Z", "2025-04-11 21:07:42.726000000"),
                r#"{"time":"2021-01-01T00:00:00.0000000Z","category":"AdvancedHunting-DeviceProcessEvents","properties":{}}"#
            ),
            "SELECT _TimeReceived FROM DeviceProcessEvents",
            "{\"_TimeReceived\":\"2025-04-11T21:07:42.726Z\"}\n{\"_TimeReceived\":\"2021-01-01T00:00:00Z\"}\n",
            &[],
        ),
        case(
            "a foreign row",
            format!("{a}\n{}", record("DeviceFileEvents", r#"{"FileName":"f"}"#)),
            NAMES,
            one,
            &["foreign @2"],
        ),
        case(
            "an unknown category",
            format!("{a}\n{}", record("DeviceQuantumEvents", r#"{"FileName":"q"}"#)),
            NAMES,
            one,
            &["unknown category @2"],
        ),
        case(
            "a record twice: both rows stay",
            format!("{a}\n{a}\n"),
            "SELECT count(*) AS n FROM DeviceProcessEvents",
            "{\"n\":2}\n",
            &[],
        ),
        case("properties that are no object", format!("{a}\n{}", row("5")), NAMES, one, &["broken @2"]),
        case(
            "properties that break inside",
            format!("{a}\n{}", row(r#"{"FileName":"x" "DeviceName":1}"#)),
            NAMES,
            one,
            &["broken @2"],
        ),
    ]
}

/// Bytes that are not text.
fn bytes() -> Vec<Case> {
    let a = row(r#"{"FileName":"a"}"#);
    let b = row(r#"{"FileName":"b"}"#);
    let two = "{\"FileName\":\"a\"}\n{\"FileName\":\"b\"}\n";
    let nul_run = [a.as_bytes(), b"\n", &[0; 512], b"\n", b.as_bytes()].concat();
    let nul_before = [a.as_bytes(), b"\n", &[0; 512], b.as_bytes()].concat();
    let invalid = [
        row(r#"{"FileName":"a"#).replace(",\"Tenant\":\"DefaultTenant\"}", "").into_bytes(),
        b"\xff\xfe\"},\"Tenant\":\"D\"}\n".to_vec(),
        b.clone().into_bytes(),
    ]
    .concat();
    vec![
        case("a run of NUL bytes as a line", nul_run, NAMES, two, &["stray @2"]),
        case("a run of NUL bytes before a record", nul_before, NAMES, two, &["stray @2"]),
        case(
            "a NUL byte inside a string",
            row("{\"FileName\":\"a\0b\"}"),
            NAMES,
            "{\"FileName\":\"a\\u0000b\"}\n",
            &[],
        ),
        case(
            "bytes that are not UTF-8",
            invalid,
            NAMES,
            "{\"FileName\":\"a\u{fffd}\u{fffd}\"}\n{\"FileName\":\"b\"}\n",
            &["encoding @1"],
        ),
        case(
            "raw and escaped non-ASCII are the same value",
            format!(
                "{}\n{}",
                row(r#"{"FileName":"® système’s"}"#),
                row(r#"{"FileName":"\u00ae syst\u00e8me\u2019s"}"#)
            ),
            "SELECT DISTINCT FileName FROM DeviceProcessEvents",
            "{\"FileName\":\"® système’s\"}\n",
            &[],
        ),
        case(
            "a backslash-u that is text",
            row(r#"{"FileName":"\\u003cid"}"#),
            NAMES,
            "{\"FileName\":\"\\\\u003cid\"}\n",
            &[],
        ),
        case(
            "a surrogate pair and a lone half",
            row(r#"{"FileName":"\ud83d\ude00 \ud83d"}"#),
            NAMES,
            "{\"FileName\":\"😀 \\\\ud83d\"}\n",
            &[],
        ),
        case(
            "quotes and backslashes at the end",
            row(r#"{"FileName":"c:\\x\\\" ","DeviceName":"d\\"}"#),
            "SELECT FileName, DeviceName FROM DeviceProcessEvents",
            "{\"FileName\":\"c:\\\\x\\\\\\\" \",\"DeviceName\":\"d\\\\\"}\n",
            &[],
        ),
        case("an escaped slash", row(r#"{"FileName":"\/usr\/bin"}"#), NAMES, "{\"FileName\":\"/usr/bin\"}\n", &[]),
        case("a key written with escapes", row(r#"{"File\u004eame":"a"}"#), NAMES, "{\"FileName\":\"a\"}\n", &[]),
        case(
            "a key that comes twice: the last wins",
            row(r#"{"FileName":"x","FileName":"a"}"#),
            NAMES,
            "{\"FileName\":\"a\"}\n",
            &[],
        ),
    ]
}

/// §3 Values and their documented types.
fn values() -> Vec<Case> {
    vec![
        case(
            "fractional digits 0 to 9, with and without Z",
            (0..=9)
                .map(|n| {
                    row(&format!(
                        r#"{{"ProcessId":{n},"Timestamp":"2026-07-18T14:08:56{}{}"}}"#,
                        if n == 0 { String::new() } else { format!(".{}", &"123456789"[..n]) },
                        if n % 2 == 0 { "Z" } else { "" }
                    )) + "\r\n"
                })
                .collect::<String>(),
            "SELECT ProcessId AS n, Timestamp AS t FROM DeviceProcessEvents ORDER BY n",
            "{\"n\":0,\"t\":\"2026-07-18T14:08:56Z\"}\n{\"n\":1,\"t\":\"2026-07-18T14:08:56.1Z\"}\n{\"n\":2,\"t\":\"2026-07-18T14:08:56.12Z\"}\n{\"n\":3,\"t\":\"2026-07-18T14:08:56.123Z\"}\n{\"n\":4,\"t\":\"2026-07-18T14:08:56.1234Z\"}\n{\"n\":5,\"t\":\"2026-07-18T14:08:56.12345Z\"}\n{\"n\":6,\"t\":\"2026-07-18T14:08:56.123456Z\"}\n{\"n\":7,\"t\":\"2026-07-18T14:08:56.1234567Z\"}\n{\"n\":8,\"t\":\"2026-07-18T14:08:56.1234567Z\"}\n{\"n\":9,\"t\":\"2026-07-18T14:08:56.1234567Z\"}\n",
            &[],
        ),
        case(
            "null and empty text are kept apart",
            format!(
                "{}\n{}\n{}",
                row(r#"{"ProcessId":1,"FileName":null}"#),
                row(r#"{"ProcessId":2,"FileName":""}"#),
                row(r#"{"ProcessId":3}"#)
            ),
            "SELECT ProcessId AS n, FileName FROM DeviceProcessEvents ORDER BY n",
            "{\"n\":1,\"FileName\":null}\n{\"n\":2,\"FileName\":\"\"}\n{\"n\":3,\"FileName\":null}\n",
            &[],
        ),
        of(
            "DeviceInfo",
            case(
                "18-digit ids never meet a double",
                record("DeviceInfo", r#"{"ReportId":639199803770463703}"#),
                "SELECT ReportId FROM DeviceInfo",
                "{\"ReportId\":639199803770463703}\n",
                &[],
            ),
        ),
        case(
            "text of digits stays text",
            row(r#"{"ProcessUniqueId":"13510798882112217"}"#),
            "SELECT ProcessUniqueId FROM DeviceProcessEvents",
            "{\"ProcessUniqueId\":\"13510798882112217\"}\n",
            &[],
        ),
        case(
            "a number as text converts",
            row(r#"{"InitiatingProcessId":"0"}"#),
            "SELECT InitiatingProcessId AS i FROM DeviceProcessEvents",
            "{\"i\":0}\n",
            &[],
        ),
        case(
            "a cell that does not fit is null and told",
            row(
                r#"{"FileName":"a","IsInitiatingProcessRemoteSession":"8d1ea7a6-d8a1-4f1d-9c2a-6b8f2f0a3b1c","InitiatingProcessSessionId":"x"}"#,
            ),
            "SELECT FileName, IsInitiatingProcessRemoteSession AS r, InitiatingProcessSessionId AS s FROM DeviceProcessEvents",
            "{\"FileName\":\"a\",\"r\":null,\"s\":null}\n",
            &["cell InitiatingProcessSessionId @1", "cell IsInitiatingProcessRemoteSession @1"],
        ),
        case(
            "a datetime that is none, and one out of range",
            format!(
                "{}\n{}",
                row(r#"{"FileName":"a","Timestamp":"soon"}"#),
                row(r#"{"FileName":"b","Timestamp":"0001-01-01T00:00:00Z"}"#)
            ),
            "SELECT FileName, Timestamp FROM DeviceProcessEvents",
            "{\"FileName\":\"a\",\"Timestamp\":null}\n{\"FileName\":\"b\",\"Timestamp\":null}\n",
            &["cell Timestamp @1", "cell Timestamp @2"],
        ),
        of(
            "CloudProcessEvents",
            case(
                "a number where text is documented",
                record("CloudProcessEvents", r#"{"ParentProcessId":456,"AdditionalFields":{"a": 1}}"#),
                "SELECT ParentProcessId AS p, AdditionalFields AS f FROM CloudProcessEvents",
                "{\"p\":\"456\",\"f\":\"{\\\"a\\\":1}\"}\n",
                &[],
            ),
        ),
        of(
            "CloudStorageAggregatedEvents",
            case(
                "text where older pages document a long",
                record("CloudStorageAggregatedEvents", r#"{"AccountType":"App","AccountTenantId":null}"#),
                "SELECT AccountType AS a, AccountTenantId AS t FROM CloudStorageAggregatedEvents",
                "{\"a\":\"App\",\"t\":null}\n",
                &[],
            ),
        ),
        of(
            "CloudAppEvents",
            case(
                "0 for a bool",
                format!(
                    "{}\n{}",
                    record("CloudAppEvents", r#"{"IsAdminOperation":0}"#),
                    record("CloudAppEvents", r#"{"IsAdminOperation":false}"#)
                ),
                "SELECT DISTINCT IsAdminOperation AS a FROM CloudAppEvents",
                "{\"a\":false}\n",
                &[],
            ),
        ),
        of(
            "EmailEvents",
            case(
                "an id above 2^31",
                record("EmailEvents", r#"{"EmailClusterId":2898195034}"#),
                "SELECT EmailClusterId AS c FROM EmailEvents",
                "{\"c\":2898195034}\n",
                &[],
            ),
        ),
    ]
}

/// §4 dynamic and JSON text.
fn dynamics() -> Vec<Case> {
    let object = r#"{"a": 1.0, "id": -640236721980338696, "s": "\u00e9"}"#;
    let app = |fields: &str| record("CloudAppEvents", &format!(r#"{{"AdditionalFields":{fields}}}"#));
    let lines = |fields: &[&str]| fields.iter().map(|fields| app(fields) + "\n").collect::<String>();
    let text = serde_json::to_string(object).unwrap();
    vec![
        of(
            "CloudAppEvents",
            case(
                "an object and its text are the same",
                lines(&[object, &text]),
                "SELECT DISTINCT AdditionalFields AS f FROM CloudAppEvents",
                "{\"f\":{\"a\":1.0,\"id\":-640236721980338696,\"s\":\"é\"}}\n",
                &[],
            ),
        ),
        of(
            "CloudAppEvents",
            case(
                "five spellings of nothing in a dynamic",
                lines(&["null", "\"\"", "\"{}\"", "\"[]\"", "{}"]),
                "SELECT AdditionalFields AS f, count(*) AS n FROM CloudAppEvents GROUP BY 1 ORDER BY 2, 1",
                "{\"f\":[],\"n\":1}\n{\"f\":null,\"n\":2}\n{\"f\":{},\"n\":2}\n",
                &[],
            ),
        ),
        case(
            "five spellings of nothing in text",
            ["null", "\"\"", "\"{}\"", "\"[]\"", "{}"]
                .map(|f| row(&format!(r#"{{"AdditionalFields":{f}}}"#)))
                .join("\n"),
            "SELECT AdditionalFields AS f, count(*) AS n FROM DeviceProcessEvents GROUP BY 1 ORDER BY 1",
            "{\"f\":null,\"n\":1}\n{\"f\":\"\",\"n\":1}\n{\"f\":\"[]\",\"n\":1}\n{\"f\":\"{}\",\"n\":2}\n",
            &[],
        ),
        of(
            "CloudAppEvents",
            case(
                "text that only starts like JSON",
                lines(&["\"[Security Alert] x\"", "\"{31D7786C}\""]),
                "SELECT AdditionalFields AS f FROM CloudAppEvents",
                "{\"f\":\"[Security Alert] x\"}\n{\"f\":\"{31D7786C}\"}\n",
                &[],
            ),
        ),
        case(
            "cut JSON text stays text",
            row(r#"{"AdditionalFields":"{\"a\":1,\"b"}"#),
            "SELECT AdditionalFields AS f FROM DeviceProcessEvents",
            "{\"f\":\"{\\\"a\\\":1,\\\"b\"}\n",
            &[],
        ),
        of(
            "CloudAppEvents",
            case(
                "keys with dots, blanks and dollars",
                lines(&[r#"{"ARG.TASK":"t","Request ID":7,"$id":"2","a":{"b":[1,2]}}"#]),
                "SELECT AdditionalFields->>'ARG.TASK' AS t, AdditionalFields->>'Request ID' AS r, AdditionalFields->>'$id' AS i, AdditionalFields->'a'->'b'->>1 AS b FROM CloudAppEvents",
                "{\"t\":\"t\",\"r\":\"7\",\"i\":\"2\",\"b\":\"2\"}\n",
                &[],
            ),
        ),
        of(
            "CloudAppEvents",
            case(
                "a dynamic that is not JSON",
                lines(&["{bad}"]),
                "SELECT AdditionalFields AS f FROM CloudAppEvents",
                "{\"f\":null}\n",
                &["cell AdditionalFields @1"],
            ),
        ),
    ]
}

/// §2, §5 Columns.
fn columns() -> Vec<Case> {
    vec![
        case(
            "unknown columns are kept",
            row(r#"{"FileName":"a","NewColumn":"x","Other":{"b":[1 , 2]},"Nothing":null}"#),
            "SELECT FileName, _Extra FROM DeviceProcessEvents",
            "{\"FileName\":\"a\",\"_Extra\":{\"NewColumn\":\"x\",\"Other\":{\"b\":[1,2]}}}\n",
            &[],
        ),
        case(
            "a streamed column that no page documents",
            row(r#"{"MachineGroup":"g"}"#),
            "SELECT machinegroup FROM DeviceProcessEvents",
            "{\"MachineGroup\":\"g\"}\n",
            &[],
        ),
        of(
            "CloudAppEvents",
            case(
                "Isp is ISP",
                record("CloudAppEvents", r#"{"ISP":"i"}"#),
                "SELECT isp, \"Isp\", \"ISP\" AS x FROM CloudAppEvents",
                "{\"ISP\":\"i\",\"Isp\":\"i\",\"x\":\"i\"}\n",
                &[],
            ),
        ),
        of(
            "MessageEvents",
            case(
                "streamed under another name",
                record("MessageEvents", r#"{"Subject":"s","ThreadSubType":"t","MessageType":"m"}"#),
                "SELECT MessageSubject, Subject, \"ThreadSubtype\", MessageFormatType FROM MessageEvents",
                "{\"MessageSubject\":\"s\",\"Subject\":\"s\",\"ThreadSubtype\":\"t\",\"MessageFormatType\":\"m\"}\n",
                &[],
            ),
        ),
        of(
            "EmailEvents",
            case(
                "a column of before 2020",
                record("EmailEvents", r#"{"FinalEmailAction":"Moved"}"#),
                "SELECT EmailAction, FinalEmailAction FROM EmailEvents",
                "{\"EmailAction\":\"Moved\",\"FinalEmailAction\":\"Moved\"}\n",
                &[],
            ),
        ),
        of(
            "CallActivityEvents",
            case(
                "a table whose event time has another name",
                record("CallActivityEvents", r#"{"ActivityTimestamp":"2026-07-18T14:00:00Z"}"#),
                "SELECT Timestamp, TimeGenerated FROM CallActivityEvents",
                "{\"Timestamp\":\"2026-07-18T14:00:00Z\",\"TimeGenerated\":\"2026-07-18T14:00:00Z\"}\n",
                &[],
            ),
        ),
        case(
            "few keys, many missing",
            row("{}"),
            "SELECT count(*) AS n, count(FileName) AS f FROM DeviceProcessEvents",
            "{\"n\":1,\"f\":0}\n",
            &[],
        ),
        case(
            "the tenant comes from envelope and path",
            r#"{"properties":{"FileName":"a"}}"#,
            "SELECT TenantId FROM DeviceProcessEvents",
            "{\"TenantId\":\"8d1ea7a6-d8a1-4f1d-9c2a-6b8f2f0a3b1c\"}\n",
            &[],
        ),
    ]
}

#[tokio::test]
async fn every_quirk_has_its_rows_and_rejects() {
    let mut wrong = String::new();
    for case in [envelopes(), bytes(), values(), dynamics(), columns()].into_iter().flatten() {
        let lake = Lake::new();
        lake.blob(case.table, "2026-07-18T14", &case.bytes);
        let (rows, rejects) = (lake.jsonl(case.sql).await, lake.rejects().await);
        if rows != case.rows || rejects != case.rejects {
            wrong += &format!(
                "\n{}\n  rows     {rows:?}\n  expected {:?}\n  rejects  {rejects:?}\n  expected {:?}\n",
                case.name, case.rows, case.rejects
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test]
async fn a_line_of_64_megabytes_and_one_nested_10000_deep_are_rows() {
    let long = "x".repeat(64 << 20);
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let a = row(&format!(r#"{{"FileName":"a","ProcessCommandLine":"{long}"}}"#));
    let b = row(&format!(r#"{{"FileName":"b","Unknown":{deep}}}"#));
    let c = row(r#"{"FileName":"c"}"#);
    let lake = Lake::new();
    lake.blob(TABLE, "2026-07-18T14", format!("{a}\n{b}\n{c}\n"));
    let rows = lake
        .jsonl(
            "SELECT FileName, length(ProcessCommandLine) AS l, length(_Extra) AS e FROM DeviceProcessEvents ORDER BY 1",
        )
        .await;
    assert_eq!(
        rows,
        "{\"FileName\":\"a\",\"l\":67108864,\"e\":null}\n{\"FileName\":\"b\",\"l\":null,\"e\":20012}\n{\"FileName\":\"c\",\"l\":null,\"e\":null}\n"
    );
}

#[tokio::test]
async fn a_cut_gzip_blob_gives_what_came_before_and_a_reject() {
    let lines: String =
        (0..50_000).map(|n| row(&format!(r#"{{"ProcessId":{n},"FileName":"{}"}}"#, n * 7919)) + "\r\n").collect();
    let mut packed = crate::lake::gzip(lines.as_bytes());
    packed.truncate(packed.len() / 2);
    let lake = Lake::new();
    lake.file(&(blob_name(TABLE, "2026-07-18T14") + ".gz"), packed);
    let outcome = lake.ask("SELECT count(*) > 10000 AS many FROM DeviceProcessEvents").await;
    assert_eq!(outcome.jsonl, "{\"many\":true}\n");
    assert!(lake.rejects().await.iter().any(|reject| reject.starts_with("bytes")));
}

#[tokio::test]
async fn strict_stops_at_the_first_reject_and_names_it() {
    let mut lake = Lake::new();
    lake.options.strict = true;
    lake.blob(TABLE, "2026-07-18T14", format!("{}\n{{\"half", row(r#"{"FileName":"a"}"#)));
    let error = crate::lake::ask(&lake.engine().await, NAMES).await.expect_err("strict").to_string();
    assert!(error.contains("PT1H.json, line 2: the record is cut off before its end"), "{error}");
}

#[tokio::test]
async fn mixed_reads_foreign_rows_into_their_own_table() {
    let mut lake = Lake::new();
    lake.blob(
        TABLE,
        "2026-07-18T14",
        format!("{}\n{}", row(r#"{"FileName":"a"}"#), record("DeviceFileEvents", r#"{"FileName":"f"}"#)),
    );
    assert_eq!(lake.jsonl("SELECT FileName FROM DeviceFileEvents").await, "");
    lake.options.mixed = true;
    assert_eq!(lake.jsonl("SELECT FileName FROM DeviceFileEvents").await, "{\"FileName\":\"f\"}\n");
    assert_eq!(lake.rejects().await, Vec::<String>::new());
}

#[tokio::test]
async fn tables_that_no_schema_knows_are_made_from_what_is_seen() {
    let lake = Lake::new();
    let quantum = |n: u32| {
        record(
            "DeviceQuantumEvents",
            &format!(r#"{{"Timestamp":"2026-07-18T14:0{n}:00Z","Qubits":{n},"State":{{"up":true}}}}"#),
        ) + "\n"
    };
    lake.blob("DeviceQuantumEvents", "2026-07-18T14", quantum(1) + &quantum(2));
    lake.file("hub/dump.json", record("CloudThingEvents", r#"{"Name":"n","Score":1.5}"#));
    let sql = "SELECT timestamp, qubits, State->>'up' AS up FROM devicequantumevents ORDER BY Qubits DESC LIMIT 1";
    assert_eq!(lake.jsonl(sql).await, "{\"Timestamp\":\"2026-07-18T14:02:00Z\",\"Qubits\":2,\"up\":\"true\"}\n");
    assert_eq!(
        lake.jsonl("SELECT Name, Score, _Extra FROM CloudThingEvents").await,
        "{\"Name\":\"n\",\"Score\":1.5,\"_Extra\":null}\n"
    );
    let shown =
        lake.jsonl("SELECT table_name FROM information_schema.tables WHERE table_name LIKE '%QuantumEvents'").await;
    assert_eq!(shown, "{\"table_name\":\"DeviceQuantumEvents\"}\n");
}
