//! The shell without a terminal: its dot-commands in scripts.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use crate::lake::{Lake, record};
use crate::secrets::{self, Folder};

/// Three devices in as many hours.
fn lake() -> Lake {
    let lake = Lake::new();
    for hour in 12..15 {
        let mut lines = String::new();
        for device in 0..3 {
            let event = format!(
                r#"{{"Timestamp":"2026-07-18T{hour}:30:00Z","DeviceName":"ws-{device}","FileName":"cmd.exe","ProcessId":{hour}}}"#
            );
            writeln!(lines, "{}", record("DeviceProcessEvents", &event)).unwrap();
        }
        lake.blob("DeviceProcessEvents", &format!("2026-07-18T{hour}"), lines);
    }
    lake
}

/// What a script printed, what it said, and whether it went well.
struct Said {
    out: String,
    told: String,
    good: bool,
}

/// Runs a script in a home of its own, over these sources.
fn run(home: &Path, sources: &[&Path], script: &str) -> Said {
    let mut command = secrets::huntql();
    command.arg("shell");
    for source in sources {
        command.arg("--source").arg(source);
    }
    for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "VISUAL", "EDITOR"] {
        command.env_remove(name);
    }
    command.env("HOME", home).current_dir(home);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = secrets::checked(child.wait_with_output().unwrap());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { out: text(&output.stdout), told: text(&output.stderr), good: output.status.success() }
}

/// Runs a script that must go well.
fn good(lake: &Lake, home: &Path, script: &str) -> Said {
    let said = run(home, &[lake.path()], script);
    assert!(said.good, "{}{}", said.out, said.told);
    said
}

#[test]
fn parameters_and_the_time_are_for_both_languages() {
    let (lake, home) = (lake(), Folder::new());
    let said = good(
        &lake,
        home.path(),
        "\
.format jsonl
.param host = 'ws-1'
.param
SELECT count(*) AS sql FROM DeviceProcessEvents WHERE DeviceName = $host;
declare query_parameters(host: string);
DeviceProcessEvents | where DeviceName == host | summarize kql = count()

.now 2026-07-18T15:00:00Z
.now
SELECT count(*) AS sql FROM DeviceProcessEvents WHERE Timestamp > ago('1h');
DeviceProcessEvents | where Timestamp > ago(1h) | summarize kql = count();
.now off
.now
.param host=
.param
",
    );
    let expected =
        "host=ws-1\n{\"sql\":3}\n{\"kql\":3}\n2026-07-18T15:00:00Z\n{\"sql\":3}\n{\"kql\":3}\nthe time of each query\n";
    assert_eq!(said.out, expected, "{}", said.told);
}

#[test]
fn a_script_may_have_the_line_ends_of_windows() {
    let (lake, home) = (lake(), Folder::new());
    let script =
        ".format csv\r\n.timing off\r\nDeviceProcessEvents\r\n| count\r\n\r\nSELECT 'a\r\n' AS b;\r\n.lang\r\n";
    let said = good(&lake, home.path(), script);
    assert_eq!(said.out, "Count\n9\nb\n\"a\n\"\nauto\n", "{}", said.told);
}

#[test]
fn a_query_is_priced_before_it_reads() {
    let (lake, home) = (lake(), Folder::new());
    let said = good(
        &lake,
        home.path(),
        "\
.now 2026-07-20T14:00:00Z
.dry-run DeviceProcessEvents | where Timestamp > ago(1h) | take 5;
.dry-run SELECT * FROM DeviceProcessEvents
  WHERE Timestamp > TIMESTAMP '2026-07-18T14:30:00Z';
",
    );
    let lines: Vec<&str> = said.out.lines().collect();
    assert!(lines[0].ends_with("in 0 blobs") && lines[1] == "3 of 3 blobs are left out by their hour", "{}", said.out);
    assert!(lines[2].ends_with("in 2 blobs"), "{}", said.out);
    assert_eq!(lines[3], "of 2 hours of receipt, from 2026-07-18 13:00 to 2026-07-18 15:00", "{}", said.out);
    assert_eq!(lines[4], "1 of 3 blobs are left out by their hour", "{}", said.out);

    // What is read hangs on what is read before: that cannot be priced.
    let pivots = ".dry-run DeviceProcessEvents | evaluate pivot(DeviceName);\n";
    let said = run(home.path(), &[lake.path()], pivots);
    assert!(!said.good && said.told.contains("not known before it reads"), "{}", said.told);
}

#[test]
fn plans_are_explained_in_both_languages() {
    let (lake, home) = (lake(), Folder::new());
    let script = "SELECT 1 AS one;\n.explain\n.explain DeviceProcessEvents | where FileName == 'x';\n";
    let said = good(&lake, home.path(), script);
    assert!(said.out.contains("Projection") || said.out.contains("EmptyRelation"), "{}", said.out);
    assert!(said.out.contains("DeviceProcessEvents"), "{}", said.out);
}

#[test]
fn a_statement_is_saved_listed_and_run_again() {
    let (lake, home) = (lake(), Folder::new());
    let said = good(
        &lake,
        home.path(),
        "\
.format csv
.timing off
.param host=ws-2
declare query_parameters(host: string);
DeviceProcessEvents | where DeviceName == host | summarize n = count() by DeviceName

.save by_host
.param host=
.run by_host
.run by_host host=ws-0
SELECT 6 * 7 AS answer;
.save question
.hunts by_
",
    );
    assert!(
        said.out.starts_with("DeviceName,n\nws-2,3\nDeviceName,n\nws-2,3\nDeviceName,n\nws-0,3\nanswer\n42\n"),
        "{}",
        said.out
    );
    assert!(said.out.contains("by_host │ saved"), "{}", said.out);
    let saved = home.path().join(".local/state/huntql/hunts/by_host.kql");
    assert!(std::fs::read_to_string(&saved).unwrap().contains("// name: 'by_host'"));

    // Nothing is overwritten, a hunt that is not there is told, and a shipped one is found by the end of its name.
    let again = run(home.path(), &[lake.path()], "print 1;\n.save by_host\n");
    assert!(!again.good && again.told.contains("already"), "{}", again.told);
    let misspelt = run(home.path(), &[lake.path()], ".run by_hots\n");
    assert!(!misspelt.good && misspelt.told.contains("did you mean by_host?"), "{}", misspelt.told);
    let said = good(&lake, home.path(), ".format csv\n.timing off\n.run question\n");
    assert_eq!(said.out, "answer\n42\n", "{}", said.told);
}

#[test]
fn rows_are_exported_as_the_command_does_it() {
    let (lake, home) = (lake(), Folder::new());
    let said = good(
        &lake,
        home.path(),
        "\
.format csv
.timing off
DeviceProcessEvents | project Timestamp, DeviceName, ProcessId | sort by ProcessId desc;
.export rows.parquet
.export rows.csv SELECT DISTINCT ProcessId
FROM DeviceProcessEvents ORDER BY ProcessId;
.export rows.jsonl print a = 1

",
    );
    assert!(said.told.contains("wrote 1 file") && said.told.contains("to rows.parquet"), "{}", said.told);
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
    assert_eq!((read("rows.csv").as_str(), read("rows.jsonl").as_str()), ("ProcessId\n12\n13\n14\n", "{\"a\":1}\n"));
    // The files are sorted by time, whatever order the query asked for.
    let file = std::fs::File::open(home.path().join("rows.parquet")).unwrap();
    let reader = datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let rows: Vec<i64> = reader
        .build()
        .unwrap()
        .flat_map(|batch| {
            use datafusion::arrow::array::AsArray;
            let batch = batch.unwrap();
            let column =
                datafusion::arrow::compute::cast(&batch["ProcessId"], &datafusion::arrow::datatypes::DataType::Int64);
            column.unwrap().as_primitive::<datafusion::arrow::datatypes::Int64Type>().values().to_vec()
        })
        .collect();
    assert_eq!(rows, [12, 12, 12, 13, 13, 13, 14, 14, 14]);
}

#[test]
fn a_source_is_opened_in_a_running_session() {
    let (one, two, home) = (lake(), lake(), Folder::new());
    let other = two.path().display();
    let script = format!(
        "\
.format csv
.timing off
CREATE VIEW devices AS SELECT DISTINCT DeviceName, count(*) AS n FROM DeviceProcessEvents GROUP BY DeviceName;
SELECT max(n) AS n FROM devices;
.open {other}
.sources
SELECT max(n) AS n FROM devices;
.stats
.functions ipv4_is_in_range
"
    );
    let said = good(&one, home.path(), &script);
    let sources = format!("{}\n{other}\n", one.path().display());
    assert!(said.out.starts_with(&format!("n\n3\n{sources}n\n6\noff\n")), "{}{}", said.out, said.told);
    assert!(said.out.contains("ipv4_is_in_range(ip, range)"), "{}", said.out);
    let twice = run(home.path(), &[one.path()], &format!(".open {}\n", one.path().display()));
    assert!(!twice.good && twice.told.contains("is open already"), "{}", twice.told);
}

#[test]
fn a_query_goes_on_behind_a_blank_line_if_an_operator_follows() {
    let (lake, home) = (lake(), tempfile::tempdir().unwrap());
    let script = ".format csv\n.timing off\n.lang kql\nprint a = 1\n\n// and\n\n| extend b = 2\n\nprint c = 3\n\n| where c > 3\n";
    assert_eq!(good(&lake, home.path(), script).out, "a,b\n1,2\nc\n");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let (lake, home) = (lake(), Folder::new());
    let said = run(home.path(), &[lake.path()], "SELECT 1;\nSELECT DeviceNam\nFROM DeviceProcessEvents;\n");
    assert!(!said.good);
    assert!(said.told.contains("line 2, column 8: there is no column DeviceNam"), "{}", said.told);
    assert!(said.told.contains("    SELECT DeviceNam\n           ^^^^^^^^^"), "{}", said.told);
    let refused = [
        (".format parquet\n", "is not for a terminal"),
        (".param a b=1\n", "no name of a parameter"),
        (".now yesterday\n", "is not a time"),
        (".explain\n", "there is no statement yet"),
        (".edit\n", "no editor is set"),
        (".timing maybe\n", "neither on nor off"),
    ];
    for (script, sentence) in refused {
        let said = run(home.path(), &[lake.path()], script);
        assert!(!said.good && said.told.contains(sentence), "{script}{}", said.told);
    }
}
