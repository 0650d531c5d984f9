//! Tests of whole samples: what is written, read back with nothing but a JSON reader.

use super::*;
use base64::Engine as _;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use tempfile::TempDir;

fn options(rows: u64) -> SampleOptions {
    SampleOptions { rows, hours: 6, ..SampleOptions::default() }
}

fn sample(options: &SampleOptions) -> (TempDir, SampleSummary) {
    let folder = tempfile::tempdir().unwrap();
    let summary = write_sample(folder.path(), options, &|_| {}).unwrap();
    (folder, summary)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn unpacked(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    let mut plain = Vec::new();
    match bytes.get(..4) {
        Some([0x1f, 0x8b, ..]) => flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap(),
        Some([0x28, 0xb5, 0x2f, 0xfd]) => zstd::Decoder::new(&bytes[..]).unwrap().read_to_end(&mut plain).unwrap(),
        _ => return bytes,
    };
    plain
}

/// The messages of a Capture file, or the file.
fn bodies(path: &Path) -> Vec<Vec<u8>> {
    let bytes = unpacked(path);
    if !bytes.starts_with(b"Obj\x01") {
        return vec![bytes];
    }
    let messages = apache_avro::Reader::new(&bytes[..]).unwrap();
    messages
        .map(|message| {
            let apache_avro::types::Value::Record(fields) = message.unwrap() else { panic!("a record") };
            match fields.into_iter().find(|(name, _)| name == "Body") {
                Some((_, apache_avro::types::Value::Union(1, body))) => match *body {
                    apache_avro::types::Value::Bytes(bytes) => bytes,
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            }
        })
        .collect()
}

/// Rows by table, as `properties`, and lines that are no JSON.
#[derive(Default)]
struct Found {
    rows: BTreeMap<String, Vec<Value>>,
    broken: u64,
}

impl Found {
    fn read(folder: &Path) -> Self {
        let mut found = Self::default();
        for path in files(folder) {
            let shown = path.to_str().unwrap();
            for body in bodies(&path) {
                if shown.contains("/blobs/") {
                    body.split(|byte| *byte == b'\n').for_each(|line| found.line(line, shown));
                } else {
                    let values = serde_json::Deserializer::from_slice(&body).into_iter::<Value>();
                    values.for_each(|value| found.value(value.unwrap(), shown));
                }
            }
        }
        found
    }

    fn line(&mut self, line: &[u8], path: &str) {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        if line.iter().all(|byte| matches!(byte, b' ' | b'\r' | 0)) {
            return;
        }
        match serde_json::from_slice(line) {
            Ok(value) => self.value(value, path),
            Err(_) => self.broken += 1,
        }
    }

    fn value(&mut self, value: Value, path: &str) {
        match value {
            Value::Array(records) => records.into_iter().for_each(|record| self.value(record, path)),
            Value::Object(mut map) => {
                if let Some(records) = map.remove("records").or_else(|| map.remove("body")) {
                    return self.value(records, path);
                }
                let category = map.get("category").or_else(|| map.get("Type")).and_then(Value::as_str);
                let from_path =
                    || TABLES.iter().find(|table| path.contains(&format!("-{}/", table.name.to_lowercase())));
                let table = category
                    .map_or_else(|| from_path().unwrap().name, |name| name.trim_start_matches("AdvancedHunting-"));
                let table = table.to_owned();
                let properties = map.remove("properties").unwrap_or(Value::Object(map));
                self.rows.entry(table).or_default().push(properties);
            }
            other => panic!("{other}"),
        }
    }

    fn count(&self) -> u64 {
        self.rows.values().map(|rows| rows.len() as u64).sum()
    }
}

#[test]
fn the_same_options_write_the_same_bytes() {
    let (one, _) = sample(&options(1500));
    let (other, _) = sample(&options(1500));
    let relative = |folder: &TempDir| -> Vec<(PathBuf, Vec<u8>)> {
        let strip = |path: PathBuf| (path.strip_prefix(folder.path()).unwrap().to_owned(), fs::read(&path).unwrap());
        files(folder.path()).into_iter().map(strip).collect()
    };
    assert!(relative(&one) == relative(&other));
    let (third, _) = sample(&SampleOptions { seed: 2, ..options(1500) });
    assert!(relative(&one) != relative(&third));
}

#[test]
fn the_summary_tells_what_is_there() {
    let (folder, summary) = sample(&options(4000));
    assert_eq!(summary.rows(), 4000);
    let found = Found::read(folder.path());
    for (table, count) in &summary.tables {
        let rows = &found.rows[*table];
        assert_eq!(rows.len() as u64, count.rows + count.redelivered, "{table}");
        let different: HashSet<String> = rows.iter().map(ToString::to_string).collect();
        assert_eq!(different.len() as u64, count.rows, "{table}");
    }
    assert_eq!(found.count(), 4000 + summary.quirk(Quirk::Redelivered));
    assert_eq!(found.broken, summary.quirk(Quirk::HalfLine) + summary.quirk(Quirk::InvalidUtf8));
    assert_eq!(summary.tables.values().map(|count| count.damaged).sum::<u64>(), summary.quirk(Quirk::InvalidUtf8));
    assert_eq!(files(folder.path()).len() as u64, summary.blobs);
    for quirk in Quirk::ALL {
        assert!(summary.quirk(quirk) > 0, "{quirk:?}");
    }
    let with = |test: &dyn Fn(&Value) -> bool| found.rows.values().flatten().filter(|row| test(row)).count() as u64;
    assert_eq!(with(&|row| row.get("SampleUnknownColumn").is_some()), summary.quirk(Quirk::UnknownColumn));
    assert_eq!(with(&|row| row["IsInitiatingProcessRemoteSession"].is_string()), summary.quirk(Quirk::MisfitBool));
    assert_eq!(with(&|row| row["InitiatingProcessSessionId"].is_string()), summary.quirk(Quirk::MisfitLong));
    assert_eq!(with(&|row| row["InitiatingProcessId"] == "0"), summary.quirk(Quirk::NumberAsText));
    let accents = |row: &Value| row["ProcessCommandLine"].as_str().is_some_and(|line| line.contains("Données\\"));
    assert_eq!(with(&accents), summary.quirk(Quirk::RawNonAscii) + summary.quirk(Quirk::EscapedNonAscii));
}

#[test]
fn without_quirks_every_line_is_as_usual() {
    let (folder, summary) = sample(&SampleOptions { quirks: false, ..options(1500) });
    assert!(summary.quirks.is_empty());
    let found = Found::read(folder.path());
    assert_eq!((found.broken, found.count()), (0, 1500));
    let container = folder.path().join("blobs/insights-logs-advancedhunting-deviceprocessevents");
    for path in files(&container) {
        for line in unpacked(&path).split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            assert!(line.starts_with(b"{\"time\":\"") && line.ends_with(b"\"Tenant\":\"DefaultTenant\"}\r"));
            assert_eq!(serde_json::from_slice::<Value>(line).unwrap().as_object().unwrap().len(), 7);
        }
    }
}

#[test]
fn the_intrusion_is_there_however_small_the_sample() {
    for hours in [1, 24] {
        let (folder, summary) = sample(&SampleOptions { hours, ..options(1000) });
        let found = Found::read(folder.path());
        let processes = &found.rows["DeviceProcessEvents"];
        let command = |words: &str| {
            processes.iter().find(|row| row["ProcessCommandLine"].as_str().is_some_and(|line| line.contains(words)))
        };
        let dump = command("comsvcs.dll, MiniDump").unwrap();
        assert_eq!(dump["DeviceName"], summary.intrusion.device);
        let shell = command("-WindowStyle Hidden").unwrap();
        assert_eq!(shell["InitiatingProcessFileName"], "WINWORD.EXE");
        let script = shell["ProcessCommandLine"].as_str().unwrap().rsplit(' ').next().unwrap();
        let bytes = base64::engine::general_purpose::STANDARD.decode(script).unwrap();
        let units: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        assert_eq!(String::from_utf16(&units).unwrap(), summary.intrusion.script);
        let document = found.rows["DeviceFileEvents"].iter().find(|row| row["FileName"] == summary.intrusion.document);
        assert_eq!(document.unwrap()["SHA256"], summary.intrusion.document_sha256);
        let clicks = &found.rows["UrlClickEvents"];
        assert!(clicks.iter().any(|row| row["NetworkMessageId"] == summary.intrusion.network_message_id));
        for (table, rows) in &summary.intrusion.rows {
            assert!(found.rows[*table].len() as u64 >= *rows, "{table}");
        }
    }
}

#[test]
fn one_document_holds_everything() {
    let (folder, summary) = sample(&SampleOptions { layout: Layout::OneRecordsDocument, ..options(1200) });
    let [file] = &files(folder.path())[..] else { panic!("one file") };
    let document: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    assert_eq!(document["records"].as_array().unwrap().len() as u64, summary.rows());
    assert_eq!(summary.rows(), 1200);
}

#[test]
fn chosen_tables_only() {
    let tables = vec!["deviceprocessevents".to_owned(), "EmailUrlInfo".to_owned()];
    let (folder, summary) = sample(&SampleOptions { only_tables: tables, quirks: false, ..options(600) });
    assert_eq!(summary.tables.keys().copied().collect::<Vec<_>>(), ["DeviceProcessEvents", "EmailUrlInfo"]);
    assert_eq!(Found::read(folder.path()).count(), 600);
}

#[test]
fn it_stops_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let calls = std::cell::Cell::new(0);
    let stopped = write_sample_while(folder.path(), &options(3000), &|_| {
        calls.set(calls.get() + 1);
        calls.get() < 3
    });
    assert!(matches!(stopped, Err(SampleError::Stopped)));
    assert_eq!(calls.get(), 3);
}

#[test]
fn errors_say_what_to_do() {
    let fail = |folder: &Path, options| write_sample(folder, &options, &|_| {}).unwrap_err().to_string();
    let folder = tempfile::tempdir().unwrap();
    let few = fail(folder.path(), options(3));
    assert!(few.starts_with("3 rows are too few: the intrusion alone has "), "{few}");
    let none = fail(folder.path(), SampleOptions { hours: 0, ..options(1000) });
    assert!(none.contains("--hours 1"), "{none}");
    let table = fail(folder.path(), SampleOptions { only_tables: vec!["Nope".to_owned()], ..options(1000) });
    assert!(table.starts_with("the sample has no table \"Nope\"; it has DeviceProcessEvents, "), "{table}");
    fs::write(folder.path().join("x"), "").unwrap();
    let full = fail(folder.path(), options(1000));
    assert!(full.ends_with("name a new one, so that two samples do not mix"), "{full}");
}
