//! `huntql run` and `huntql check`: files as others keep them, what is chosen of them, what is written of a run.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::lake::{Lake, record};
use crate::secrets::{self, Folder};

fn huntql(arguments: &[&str]) -> Output {
    secrets::output(secrets::huntql().args(arguments))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Process events of three hours, one of which holds markup.
fn lake() -> Lake {
    let lake = Lake::new();
    for (hour, device) in
        [("2026-07-18T13", "early"), ("2026-07-18T14", "<script>alert(1)</script>"), ("2026-07-18T15", "late")]
    {
        let event = |minute: u32| {
            record(
                "DeviceProcessEvents",
                &format!(
                    r#"{{"Timestamp":"{hour}:{minute:02}:00Z","DeviceName":"{device}","FileName":"cmd.exe","ProcessId":{minute}}}"#
                ),
            )
        };
        lake.blob("DeviceProcessEvents", hour, format!("{}\n{}\n", event(1), event(2)));
    }
    lake
}

/// A pack in all forms that hunts are kept in.
fn pack() -> Folder {
    let folder = Folder::new();
    let files = [
        (
            "all.sql",
            "/*\nname: All\nid: hunt-1\nseverity: low\ntactics: [Execution]\ntechniques: [T1059.001]\n*/\nSELECT Timestamp, DeviceName, FileName FROM DeviceProcessEvents ORDER BY 1",
        ),
        (
            "rule.yaml",
            "id: r\nname: Rule\nseverity: High\ntriggerOperator: gt\ntriggerThreshold: 100\nrelevantTechniques: [T1003]\nquery: |\n  DeviceProcessEvents\n  | where FileName =~ 'CMD.exe'\n",
        ),
        (
            "page.md",
            "# Page\n```KQL\nDeviceProcessEvents | where TimeGenerated > ago(1000d) | count\n```\n```KQL\nDeviceProcessEvents | where Timestamp > ago(1000d) | count\n```\n",
        ),
        ("broken.kql", "DeviceProcessEvents\n| wher x"),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn run(lake: &Lake, pack: &Path, more: &[&str]) -> Output {
    let (source, pack) = (lake.path().to_str().unwrap(), pack.to_str().unwrap());
    huntql(&[&["run", pack, "--source", source, "--now", "2026-07-19T00:00:00Z"], more].concat())
}

/// The rows of each hunt, from the summary.
fn rows(folder: &Path) -> Vec<(String, String, u64)> {
    let summary: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("summary.json")).unwrap()).unwrap();
    let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let hunts = summary["hunts"].as_array().unwrap().iter();
    hunts.map(|hunt| (word(&hunt["name"]), word(&hunt["status"]), hunt["rows"].as_u64().unwrap())).collect()
}

#[test]
fn every_form_is_run_and_summed_up() {
    let (lake, pack, out) = (lake(), pack(), Folder::new());
    let results = out.path().join("results");
    for jobs in ["1", "3"] {
        let output = run(&lake, pack.path(), &["--results", results.to_str().unwrap(), "--jobs", jobs]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let expected = [("All", "hit", 6), ("broken", "failed", 0), ("Page", "hit", 1), ("Rule", "nothing", 6)];
        let mut told = rows(&results);
        told[1].0 = "broken".to_owned();
        assert_eq!(told, expected.map(|(name, status, rows)| (name.to_owned(), status.to_owned(), rows)));
        assert!(text(&output.stderr).contains("broken.kql:2:3"), "{}", text(&output.stderr));
    }
    let summary =
        crate::cli::parquet_rows(&results.join("summary.parquet"), "SELECT sum(rows) AS n, count(error) AS e FROM t");
    assert!(summary.contains("| 13 | 1 |"), "{summary}");
    let found = crate::cli::parquet_rows(&results.join("all.parquet"), "SELECT count(*) AS n FROM t");
    assert!(found.contains("| 6 |"), "{found}");
    assert_eq!(run(&lake, pack.path(), &["--fail-on-error"]).status.code(), Some(2));
    assert_eq!(run(&lake, &pack.path().join("rule.yaml"), &["--fail-on-hits"]).status.code(), Some(0));
    assert_eq!(run(&lake, &pack.path().join("all.sql"), &["--fail-on-hits"]).status.code(), Some(1));
}

#[test]
fn severity_technique_and_time_choose() {
    let (lake, pack, out) = (lake(), pack(), Folder::new());
    let names = |more: &[&str]| {
        let results = out.path().join("chosen");
        let output =
            run(&lake, pack.path(), &[more, &["--results", results.to_str().unwrap(), "--format", "jsonl"]].concat());
        assert_eq!(output.status.code(), Some(0), "{more:?}: {}", text(&output.stderr));
        let all: Vec<_> = rows(&results).into_iter().filter(|hunt| hunt.1 != "failed").collect();
        all.into_iter().map(|(name, _, rows)| format!("{name} {rows}")).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--severity", "low,medium"]), ["All 6"]);
    assert_eq!(names(&["--technique", "T1003"]), ["Rule 6"]);
    assert_eq!(names(&["--technique", "T1059"]), ["All 6"]);
    assert_eq!(
        names(&["--from", "2026-07-18T14:01:00Z", "--to", "2026-07-18T15:02:00Z"]),
        ["All 3", "Page 1", "Rule 3"]
    );
    assert_eq!(names(&["--last", "10h"]), ["All 4", "Page 1", "Rule 4"]);
    assert_eq!(fs::read_to_string(out.path().join("chosen/page.jsonl")).unwrap(), "{\"Count\":4}\n");
    for wrong in [
        &["--from", "2026-07-19", "--to", "2026-07-18"][..],
        &["--format", "csv"],
        &["--severity", "bad"],
        &["--technique", "T9999"],
        &["--report", "/dev/null/x.html"],
    ] {
        assert_eq!(run(&lake, pack.path(), wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_report_shows_rows_as_text_and_links_to_results() {
    let (lake, pack, out) = (lake(), pack(), Folder::new());
    let (results, report) = (out.path().join("made/results"), out.path().join("made/report.html"));
    let output =
        run(&lake, pack.path(), &["--results", results.to_str().unwrap(), "--report", report.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let page = fs::read_to_string(&report).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains("<script>alert"));
    for told in
        ["href=\"results/all.parquet\"", "T1059.001", "Execution", "2026-07-18 13:00", "did you mean `where`?", "early"]
    {
        assert!(page.contains(told), "{told}");
    }
}

#[test]
fn a_check_tells_what_would_run() {
    let pack = pack();
    fs::write(pack.path().join("names.kql"), "DeviceProcessEvents\n| where FileNam == 'x'").unwrap();
    fs::write(pack.path().join("names.sql"), "SELECT\n  FileNam FROM DeviceProcessEvents").unwrap();
    let path = pack.path().to_str().unwrap();
    let output = huntql(&["check", path]);
    let told = text(&output.stdout).replace(path, "P");
    assert_eq!(output.status.code(), Some(1), "{told}");
    for line in [
        "runs   All\n",
        "runs   Page\n",
        "runs   Rule\n",
        "P/broken.kql:2:3: error: ",
        "P/names.kql:2:9: error: ",
        "P/names.sql:2:3: error: ",
    ] {
        assert!(told.contains(line), "{line} is not in\n{told}");
    }
    let json: serde_json::Value = serde_json::from_slice(&huntql(&["check", path, "--format", "json"]).stdout).unwrap();
    assert_eq!(json.as_array().unwrap().iter().filter(|hunt| hunt["runs"] == true).count(), 3);
    let sarif: serde_json::Value =
        serde_json::from_slice(&huntql(&["check", path, "--format", "sarif"]).stdout).unwrap();
    let regions: Vec<_> = sarif["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| &result["locations"][0]["physicalLocation"]["region"]["startLine"])
        .collect();
    assert_eq!(regions, [&serde_json::json!(2), &serde_json::json!(2), &serde_json::json!(2)]);
    let good = pack.path().join("all.sql");
    assert_eq!(huntql(&["check", good.to_str().unwrap()]).status.code(), Some(0));
}

#[test]
fn a_window_cuts_events_and_says_what_it_cannot_cut() {
    let (lake, pack, out) = (lake(), Folder::new(), Folder::new());
    let node = record("ExposureGraphNodes", r#"{"NodeId":"n","NodeName":"vault"}"#) + "\n";
    lake.blob("ExposureGraphNodes", "2026-07-18T13", node);
    fs::write(pack.path().join("nodes.kql"), "ExposureGraphNodes | project NodeName").unwrap();
    fs::write(pack.path().join("nodes2.sql"), "SELECT NodeName FROM ExposureGraphNodes").unwrap();
    fs::write(pack.path().join("old.sql"), "SELECT FileName FROM DeviceProcessEvents").unwrap();
    let results = out.path().join("results");
    let output = run(&lake, pack.path(), &["--last", "1h", "--results", results.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let told: Vec<_> = rows(&results).into_iter().map(|(name, _, rows)| (name, rows)).collect();
    assert_eq!(told, [("nodes".to_owned(), 1), ("nodes2".to_owned(), 1), ("old".to_owned(), 0)]);
    let summary = fs::read_to_string(results.join("summary.json")).unwrap();
    assert_eq!(summary.matches("a table without event time was read whole").count(), 2, "{summary}");
}

#[test]
fn no_hunt_takes_the_summarys_place() {
    let (lake, pack, out) = (lake(), Folder::new(), Folder::new());
    fs::write(pack.path().join("summary.kql"), "DeviceProcessEvents | count").unwrap();
    assert_eq!(run(&lake, pack.path(), &[]).status.code(), Some(0));
    let output = run(&lake, pack.path(), &["--results", out.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("rename the hunt"), "{}", text(&output.stderr));
}
