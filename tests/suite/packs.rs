//! Packs of hunts: one pass over the data for all of them, and runs that read on where the last one ended.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::lake::{Lake, blob_name, record};
use crate::secrets::{self, Folder};

fn command(arguments: &[&str]) -> Command {
    let mut command = secrets::huntql();
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    secrets::output(&mut command(arguments))
}

/// The lines of each result, sorted: the order of rows is a hunt's own business.
fn results(folder: &Path) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "jsonl") {
                let mut lines: Vec<String> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
                lines.sort();
                found.insert(path.file_stem().unwrap().to_string_lossy().into_owned(), lines);
            }
        }
    }
    found
}

/// A pack of many hunts in both languages over two tables: needles, lists, groups, joins, limits, sorted and unsorted.
fn many_hunts() -> Folder {
    let folder = Folder::new();
    let shapes = [
        "DeviceProcessEvents | where FileName has '@'",
        "DeviceProcessEvents | where ProcessCommandLine contains '@' | project Timestamp, DeviceName, ProcessCommandLine, _File",
        "DeviceProcessEvents | where FileName in~ ('x@.exe', '@.exe') | summarize n = count(), newest = max(Timestamp) by DeviceName",
        "DeviceProcessEvents | summarize n = count(), names = dcount(FileName) by bin(Timestamp, 1h) | extend m = '@'",
        "DeviceLogonEvents | where AccountName startswith '@' | count",
        "DeviceLogonEvents | where Timestamp > datetime(2026-07-18T13:30:00Z) | project DeviceId, AccountName, w = '@'",
        "DeviceProcessEvents | where FileName has '@' | join kind=inner (DeviceLogonEvents | project DeviceId, AccountName) on DeviceId",
        "DeviceProcessEvents | where DeviceName endswith '@' or FileName =~ 'cmd.exe' | top 7 by ProcessId",
        "let d = DeviceLogonEvents | where AccountName has '@' | distinct DeviceId; DeviceProcessEvents | where DeviceId in (d) | project ProcessId",
        "let d = materialize(DeviceLogonEvents | where AccountName has '@' | project DeviceId); DeviceProcessEvents | where FileName has '@' or FileName has 'e' | join kind=inner (d | distinct DeviceId) on DeviceId | project ProcessId | union (d | count | project ProcessId = Count)",
        "let n = toscalar(DeviceProcessEvents | where FileName has '@' | count); DeviceProcessEvents | where ProcessId > n | count",
        "DeviceProcessEvents | where FileName has '@' | partition by DeviceName (join kind=inner (DeviceLogonEvents | project DeviceId, AccountName) on DeviceId | summarize m = max(ProcessId), c = count() by DeviceName)",
        "DeviceProcessEvents | where FileName has '@' | make-graph DeviceName --> FileName with_node_id=n | graph-match (a)-[e]->(b) project d = a.n, e.ProcessId",
        "union withsource=T DeviceProcessEvents, DeviceLogonEvents | where DeviceName has '@' | summarize count() by T",
    ];
    for (number, shape) in shapes.iter().enumerate() {
        for needle in ["cmd", "power", "whoami", "7", "zulu", "admin"] {
            let name = format!("h{number}-{needle}.kql");
            fs::write(folder.path().join(name), shape.replace('@', needle)).unwrap();
        }
    }
    let sql = [
        ("star.sql", "SELECT * FROM DeviceProcessEvents WHERE ProcessId % 97 = 0"),
        ("line.sql", "SELECT _Line, ProcessId FROM DeviceProcessEvents WHERE FileName = 'cmd.exe'"),
        ("rejects.sql", "SELECT Kind, Reason FROM huntql.rejects"),
        (
            "again.sql",
            "WITH RECURSIVE t(n) AS (SELECT min(ProcessId) FROM DeviceProcessEvents UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT * FROM t",
        ),
        (
            "self.sql",
            "SELECT a.ProcessId FROM DeviceProcessEvents a JOIN DeviceProcessEvents b ON a.ProcessId = b.ProcessId + 1",
        ),
        ("none.sql", "SELECT * FROM DeviceFileEvents"),
    ];
    for (name, text) in sql {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Two tables over three hours, in lines, in messages, packed, with a cut line.
fn two_tables() -> Lake {
    let lake = Lake::new();
    let programs = ["cmd.exe", "powershell.exe", "whoami.exe", "x7.exe", "C:\\\\temp\\\\power.dll", "p\\u006fwer.exe"];
    let people = ["administrator", "alice", "zulu7", "cmdr", "bob"];
    for (place, hour) in ["2026-07-18T13", "2026-07-18T14", "2026-07-18T15"].into_iter().enumerate() {
        let process = |number: usize| {
            let (program, number) = (programs[number % programs.len()], number + place * 400);
            let properties = format!(
                r#"{{"Timestamp":"{hour}:{:02}:00Z","DeviceId":"d{}","DeviceName":"host{}","FileName":"{program}","ProcessId":{number},"ProcessCommandLine":"{program} /c {number} whoami"}}"#,
                number % 60,
                number % 11,
                number % 13
            );
            record("DeviceProcessEvents", &properties)
        };
        let logon = |number: usize| {
            let properties = format!(
                r#"{{"Timestamp":"{hour}:{:02}:00Z","DeviceId":"d{}","DeviceName":"host{}","AccountName":"{}"}}"#,
                number % 60,
                number % 7,
                number % 5,
                people[number % people.len()]
            );
            record("DeviceLogonEvents", &properties)
        };
        let lines = |records: Vec<String>| records.join("\n") + "\n";
        lake.blob("DeviceProcessEvents", hour, lines((0..400).map(process).collect()) + "{\"time\":");
        lake.blob("DeviceLogonEvents", hour, lines((0..90).map(logon).collect()));
        let message = format!("{{\"records\":[{}]}}", (400..450).map(process).collect::<Vec<_>>().join(","));
        lake.file(&format!("hub/{place}.json"), message);
    }
    lake
}

#[test]
fn hunts_that_read_together_find_what_they_find_alone() {
    let (lake, pack, out) = (two_tables(), many_hunts(), Folder::new());
    let answers = |jobs: &str, more: &[&str]| {
        let folder = out.path().join(jobs);
        let (source, pack) = (lake.path().to_str().unwrap(), pack.path().to_str().unwrap());
        let fixed = ["run", pack, "--source", source, "--now", "2026-07-19T00:00:00Z", "--format", "jsonl", "--quiet"];
        let output = run(&[&fixed, &["--results", folder.to_str().unwrap(), "--jobs", jobs][..], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        results(&folder)
    };
    for more in [&[][..], &["--memory", "64MB", "--threads", "1"], &["--plain-scan"], &["--last", "10h"]] {
        let (alone, together, some) = (answers("1", more), answers("256", more), answers("7", more));
        assert_eq!(alone.len(), 90, "{more:?}");
        assert!(alone.values().filter(|lines| !lines.is_empty()).count() > 40, "{more:?}");
        for (name, lines) in &alone {
            assert_eq!(Some(lines), together.get(name), "{name} {more:?}");
            assert_eq!(Some(lines), some.get(name), "{name} {more:?}");
        }
    }
}

#[test]
fn a_hunt_that_fails_or_takes_too_long_stops_no_other() {
    let (lake, pack, out) = (two_tables(), Folder::new(), Folder::new());
    let hunts = [
        ("broken.kql", "DeviceProcessEvents | wher x"),
        ("fails.sql", "SELECT CAST(FileName AS INT) FROM DeviceProcessEvents"),
        ("good.kql", "DeviceProcessEvents | where FileName has 'whoami' | count"),
        (
            "long.sql",
            "SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 100000) b, (SELECT DISTINCT FileName FROM DeviceProcessEvents) WHERE a.value = b.value + 1 AND b.value % 7 = a.value % 3",
        ),
    ];
    for (name, text) in hunts {
        fs::write(pack.path().join(name), text).unwrap();
    }
    let (source, results) = (lake.path().to_str().unwrap(), out.path().to_str().unwrap());
    let arguments = ["run", pack.path().to_str().unwrap(), "--source", source, "--results", results];
    let output = run(&[&arguments[..], &["--timeout-each", "3s"]].concat());
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(out.path().join("summary.json")).unwrap()).unwrap();
    let told: Vec<(&str, &str, &str)> = summary["hunts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hunt| {
            let word = |key: &str| hunt[key].as_str().unwrap_or_default();
            (word("hunt"), word("status"), word("error"))
        })
        .collect();
    assert_eq!(told.iter().map(|hunt| hunt.1).collect::<Vec<_>>(), ["failed", "failed", "hit", "failed"], "{told:?}");
    assert!(told[1].2.contains("fails.sql") && told[1].2.contains("Int32"), "{}", told[1].2);
    assert!(told[3].2.contains("took longer than 3s"), "{}", told[3].2);
    assert_eq!(output.status.code(), Some(0));
}

/// Appends lines to blobs of one hour after the other, cut at any byte, until it is told to stop; gives the rows that it wrote.
fn append(folder: &Path, stop: &AtomicBool) -> u64 {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let (mut rows, mut waiting) = (0, Vec::new());
    for hour in 0.. {
        let path =
            folder.join(blob_name("DeviceProcessEvents", &format!("2026-07-{:02}T{:02}", 1 + hour / 24, hour % 24)));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut blob = File::options().create(true).append(true).open(path).unwrap();
        for _ in 0..random.random_range(1..60) {
            for _ in 0..random.random_range(1..20) {
                let properties =
                    format!(r#"{{"Timestamp":"2026-07-18T14:00:00Z","ProcessId":{rows},"FileName":"cmd.exe"}}"#);
                waiting.extend_from_slice(record("DeviceProcessEvents", &properties).as_bytes());
                waiting.push(b'\n');
                rows += 1;
            }
            let cut = random.random_range(0..=waiting.len());
            blob.write_all(&waiting[..cut]).unwrap();
            waiting.drain(..cut);
            std::thread::sleep(Duration::from_micros(random.random_range(0..3000)));
        }
        blob.write_all(&waiting).unwrap();
        waiting.clear();
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    rows
}

#[test]
fn every_row_is_in_one_run_under_a_writer_and_kills() {
    let (lake, out) = (Lake::new(), Folder::new());
    let pack = Folder::new();
    fs::write(pack.path().join("a.kql"), "DeviceProcessEvents | project ProcessId").unwrap();
    fs::write(pack.path().join("b.sql"), "SELECT ProcessId FROM DeviceProcessEvents WHERE FileName = 'cmd.exe'")
        .unwrap();
    let (state, runs) = (out.path().join("state.json"), out.path().join("runs"));
    let start = || -> Child {
        let arguments = [
            ["run", pack.path().to_str().unwrap()],
            ["--source", lake.path().to_str().unwrap()],
            ["--since-last-run", state.to_str().unwrap()],
            ["--results", runs.to_str().unwrap()],
            ["--format", "jsonl"],
        ];
        command(&arguments.concat()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let finish = |child: Child| {
        let output = secrets::checked(child.wait_with_output().unwrap());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let stop = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let writer = scope.spawn(|| append(lake.path(), &stop));
        let mut random = ChaCha8Rng::seed_from_u64(11);
        for number in 0..100 {
            let mut child = start();
            if number % 2 == 0 {
                finish(child);
            } else {
                std::thread::sleep(Duration::from_millis(random.random_range(0..150)));
                child.kill().unwrap();
                child.wait().unwrap();
            }
        }
        stop.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    });
    finish(start());
    for hunt in ["a", "b"] {
        let mut seen = BTreeSet::new();
        for run in fs::read_dir(&runs).unwrap() {
            let run = run.unwrap().path();
            assert!(!run.file_name().unwrap().to_string_lossy().starts_with('.'), "left behind: {}", run.display());
            for line in fs::read_to_string(run.join(format!("{hunt}.jsonl"))).unwrap().lines() {
                assert!(seen.insert(line.to_owned()), "twice in {hunt}: {line}");
            }
        }
        assert_eq!(seen.len() as u64, written, "{hunt}");
    }
    let before = fs::read_dir(&runs).unwrap().count();
    finish(start());
    assert_eq!(fs::read_dir(&runs).unwrap().count(), before, "a run without news leaves nothing");
}

#[test]
fn a_hunt_that_failed_reads_again_what_it_missed() {
    let (lake, out) = (Lake::new(), Folder::new());
    let pack = Folder::new();
    let event = |number: u32| {
        record(
            "DeviceProcessEvents",
            &format!(r#"{{"Timestamp":"2026-07-18T14:00:00Z","ProcessId":{number},"FileName":"cmd.exe"}}"#),
        ) + "\n"
    };
    let good = "SELECT ProcessId FROM DeviceProcessEvents";
    let rows = || {
        let (state, results) = (out.path().join("state"), out.path().join("runs"));
        let known: BTreeSet<_> = fs::read_dir(&results).into_iter().flatten().map(|run| run.unwrap().path()).collect();
        let arguments = [
            ["run", pack.path().to_str().unwrap()],
            ["--source", lake.path().to_str().unwrap()],
            ["--since-last-run", state.to_str().unwrap()],
            ["--results", results.to_str().unwrap()],
            ["--format", "jsonl"],
        ];
        run(&arguments.concat());
        let new =
            fs::read_dir(&results).unwrap().map(|run| run.unwrap().path()).find(|run| !known.contains(run)).unwrap();
        ["a", "b"]
            .map(|hunt| fs::read_to_string(new.join(format!("{hunt}.jsonl"))).ok().map(|text| text.lines().count()))
    };
    fs::write(pack.path().join("a.sql"), good).unwrap();
    fs::write(pack.path().join("b.sql"), "SELECT Nothing FROM DeviceProcessEvents").unwrap();
    let path = lake.blob("DeviceProcessEvents", "2026-07-18T14", event(1) + &event(2));
    assert_eq!(rows(), [Some(2), None]);
    fs::write(pack.path().join("b.sql"), good).unwrap();
    let grow = |text: &str| File::options().append(true).open(&path).unwrap().write_all(text.as_bytes()).unwrap();
    grow(&event(3));
    assert_eq!(rows(), [Some(1), Some(3)]);
    grow(&event(4));
    assert_eq!(rows(), [Some(1), Some(1)]);
}
