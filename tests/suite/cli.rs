//! The binary itself: flags, exit codes, files that it writes.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use crate::queries::lake;
use crate::secrets::{self, Folder};

fn huntql(arguments: &[&str]) -> Output {
    secrets::output(secrets::huntql().args(arguments))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_query_prints_rows_and_tells_what_it_did() {
    let lake = lake();
    let source = lake.path().to_str().unwrap();
    let sql = "SELECT devicename, FileName FROM deviceprocessevents WHERE filename = 'powershell.exe'";
    let output = huntql(&["query", "--source", source, "--format", "csv", "-c", sql]);
    assert_eq!(text(&output.stdout), "DeviceName,FileName\nws-1,powershell.exe\n", "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).starts_with("1 row, "), "{}", text(&output.stderr));
}

#[test]
fn wrong_input_is_a_sentence_and_exit_code_2() {
    for (arguments, said) in [
        (
            &["query", "--source", "/no/such/folder", "-c", "select 1"][..],
            "there is no file or folder '/no/such/folder'",
        ),
        (&["query", "-c", "select nothing_here"], "nothing_here"),
        (&["query", "-c", "select 1", "--format", "xml"], "xml"),
        (&["query", "/no/such/file.sql"], "/no/such/file.sql"),
    ] {
        let output = huntql(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{arguments:?}: {}", text(&output.stderr));
    }
}

/// The rows of Parquet files under a folder, read by DataFusion itself.
pub(crate) fn parquet_rows(folder: &Path, sql: &str) -> String {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let session = datafusion::prelude::SessionContext::new();
        let options = datafusion::prelude::ParquetReadOptions::default();
        session.register_parquet("t", folder.to_str().unwrap(), options).await.unwrap();
        let batches = session.sql(sql).await.unwrap().collect().await.unwrap();
        datafusion::arrow::util::pretty::pretty_format_batches(&batches).unwrap().to_string()
    })
}

#[test]
fn an_export_reads_back() {
    let (lake, out) = (lake(), Folder::new());
    let target = out.path().join("processes");
    let source = lake.path().to_str().unwrap();
    let output = huntql(&[
        "export",
        "--source",
        source,
        "--table",
        "deviceprocessevents",
        "--to",
        target.to_str().unwrap(),
        "--partition-by",
        "day",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(target.join("day=2026-07-18").is_dir());
    let rows = parquet_rows(
        &target.join("day=2026-07-18"),
        r#"SELECT count(*) AS n, min("Timestamp") AS first, max("ProcessId") AS last FROM t"#,
    );
    assert!(rows.contains("| 4 | 2026-07-18T14:01:00Z | 4    |"), "{rows}");
}

#[test]
fn killed_exports_never_leave_half_a_file_under_a_final_name() {
    let lake = crate::lake::Lake::new();
    let padding: String = "p".repeat(300);
    for hour in 0..24 {
        let rows: String = (0..1500)
            .map(|n| crate::lake::record("DeviceProcessEvents", &format!(r#"{{"Timestamp":"2026-07-18T{hour:02}:00:00Z","ProcessId":{n},"ProcessCommandLine":"{padding}{}"}}"#, n * 7919)) + "\n")
            .collect();
        lake.blob("DeviceProcessEvents", &format!("2026-07-18T{hour:02}"), rows);
    }
    let source = lake.path().to_str().unwrap().to_owned();
    let mut delays = (0..20u64).map(|n| Duration::from_millis(n * 37 % 740));
    let out = Folder::new();
    for round in 0..20 {
        let target = out.path().join(format!("t{round}"));
        let mut child = secrets::huntql()
            .args([
                "export",
                "--quiet",
                "--source",
                &source,
                "--table",
                "DeviceProcessEvents",
                "--partition-by",
                "hour",
                "--to",
                target.to_str().unwrap(),
            ])
            .spawn()
            .unwrap();
        std::thread::sleep(delays.next().unwrap());
        child.kill().unwrap();
        child.wait().unwrap();
        for file in final_files(&target) {
            let reader =
                datafusion::parquet::file::reader::SerializedFileReader::new(std::fs::File::open(&file).unwrap());
            assert!(reader.is_ok(), "{} is not whole", file.display());
        }
    }
}

fn final_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { final_files(&path) } else { vec![path] })
        .filter(|path| {
            path.extension().is_some_and(|ending| ending == "parquet")
                && !path.file_name().unwrap().to_str().unwrap().starts_with('.')
        })
        .collect()
}

#[test]
fn a_text_in_kql_is_told_by_its_first_words() {
    let lake = lake();
    let source = lake.path().to_str().unwrap();
    let kql = "DeviceProcessEvents | where FileName =~ 'powershell.exe' | project DeviceName | sort by DeviceName asc";
    let output = huntql(&["query", "--source", source, "--format", "csv", "-c", kql]);
    assert_eq!(text(&output.stdout), "DeviceName\nws-1\nws-2\n", "{}", text(&output.stderr));
    let output = huntql(&["query", "--lang", "sql", "-c", kql]);
    assert_eq!(output.status.code(), Some(2));
    let output = huntql(&["query", "--format", "csv", "--quiet", "-c", "print 1; print b = 2"]);
    assert_eq!(text(&output.stdout), "print_0\n1\nb\n2\n", "{}", text(&output.stderr));
}

#[test]
fn errors_in_kql_show_the_place() {
    let folder = Folder::new();
    let file = folder.path().join("x.kql");
    std::fs::write(&file, "// ---\n// name: x\n// ---\nDeviceEvents\n| where FileNam = 1\n").unwrap();
    let output = huntql(&["query", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    let said: Vec<&str> = said.lines().filter(|line| !line.starts_with("note: no source")).collect();
    assert!(said[0].starts_with("error: "), "{said:?}");
    assert_eq!(said[1].trim(), format!("--> {}:5:9", file.display()));
    assert!(said[3].ends_with("| where FileNam = 1") && said[4].ends_with("^^^^^^^^^^^"), "{said:?}");
}

#[test]
fn a_file_of_queries_gives_its_answers_in_order() {
    let folder = Folder::new();
    let file = folder.path().join("x.kql");
    std::fs::write(&file, "let a = 1;\nprint x = a\n\n// the second\nprint y = 2; print z = 3\n").unwrap();
    let output = huntql(&["query", "--format", "csv", "--quiet", file.to_str().unwrap()]);
    assert_eq!(text(&output.stdout), "x\n1\ny\n2\nz\n3\n", "{}", text(&output.stderr));
    let out = folder.path().join("x.csv");
    let output = huntql(&["query", "-o", out.to_str().unwrap(), file.to_str().unwrap()]);
    assert!(text(&output.stderr).contains("gives rows as well"), "{}", text(&output.stderr));
}

#[test]
fn a_translation_shows_tree_and_plan() {
    let output = huntql(&["translate", "--quiet", "-c", "DeviceEvents | where FileName has 'cmd' | count"]);
    let said = text(&output.stdout);
    assert!(said.starts_with("result\n") && said.contains("\nplan\n") && said.contains("scan DeviceEvents"), "{said}");
    assert!(said.contains("TableScan: DeviceEvents"), "{said}");
}

#[test]
fn a_script_may_change_its_language() {
    use std::io::Write as _;
    let mut child = secrets::huntql()
        .args(["shell", "--quiet"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let script = ".lang\nselect 1 as a;\nprint b = 2\n\nlet c = 3;\nprint d = c;\n.lang kql\nprint e = 4\n";
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = secrets::checked(child.wait_with_output().unwrap());
    let said = text(&output.stdout);
    let places: Vec<Option<usize>> = ["auto", " a", " b", " d", " e"].iter().map(|word| said.find(word)).collect();
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{said}\n{}", text(&output.stderr));
}
