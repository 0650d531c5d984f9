//! What a real terminal shows of answers: the first rows of a long scan, the last answer again, charts, the pager.

use std::fmt::Write as _;
use std::path::Path;

use crate::lake::{Lake, record};
use crate::secrets::Folder;
use crate::tmux::{LINES, Tmux};

/// Rows that no screen holds.
const ROWS: usize = 120;

fn process(id: usize, file: &str, line: &str) -> String {
    let event = format!(
        r#"{{"Timestamp":"2026-07-18T14:{:02}:{:02}Z","ProcessId":{id},"FileName":"{file}","ProcessCommandLine":"{line}","AdditionalFields":"{{\"a\":[1,{id}]}}"}}"#,
        id / 60 % 60,
        id % 60
    );
    record("DeviceProcessEvents", &event) + "\n"
}

fn lake() -> Lake {
    let lake = Lake::new();
    let line = "powershell.exe -enc ".repeat(12);
    let lines: String = (0..ROWS).map(|id| process(id, ["cmd.exe", "svchost.exe"][id % 2], &line)).collect();
    lake.blob("DeviceProcessEvents", "2026-07-18T14", lines);
    lake
}

/// A shell without a pager.
fn shell(lake: &Lake, home: &Path) -> Tmux {
    paged_by("cat", lake, home)
}

fn paged_by(pager: &str, lake: &Lake, home: &Path) -> Tmux {
    Tmux::shell_with(home, &["--source", lake.path().to_str().unwrap()], &[("PAGER", pager), ("NO_COLOR", "1")])
}

#[test]
fn the_last_answer_is_shown_again_without_a_second_run() {
    if !Tmux::is_there() {
        return;
    }
    let (lake, home) = (lake(), Folder::new());
    let shell = shell(&lake, home.path());
    shell.type_line(".last");
    shell.wait_for("there is no answer yet");
    shell.type_line(
        "SELECT ProcessId, ProcessCommandLine, AdditionalFields FROM DeviceProcessEvents ORDER BY 1 LIMIT 3;",
    );
    let screen = shell.wait_for(".row N shows a record whole");
    assert!(screen.contains("…"), "{screen}");

    // The source goes; the answer stays.
    std::fs::remove_dir_all(lake.path()).unwrap();
    shell.clear();
    shell.type_line(".row 2");
    let screen = shell.wait_for("─[ 2 ]");
    shell.wait_for_prompt();
    assert_eq!(screen.replace([' ', '\n', '│'], "").matches("powershell.exe-enc").count(), 12, "{screen}");
    assert!(screen.contains("│ {\n") && screen.contains("│   \"a\": ["), "{screen}");
    shell.type_line(".row 4");
    shell.wait_for("there is no row 4: the answer has 3 rows");
    shell.clear();
    shell.type_line(".last csv");
    shell.wait_for("2,powershell.exe");
    shell.clear();
    shell.type_line(".expand");
    shell.wait_for("─[ 3 ]");
    shell.clear();
    shell.type_line(".last rows.jsonl");
    shell.wait_for("wrote 3 rows to rows.jsonl");
    let rows = std::fs::read_to_string(home.path().join("rows.jsonl")).unwrap();
    assert_eq!(rows.lines().count(), 3);
}

#[test]
fn charts_are_drawn_where_a_query_asks_and_again_in_files() {
    if !Tmux::is_there() {
        return;
    }
    let (lake, home) = (lake(), Folder::new());
    let shell = shell(&lake, home.path());
    shell.type_line(
        "DeviceProcessEvents | summarize n = count() by FileName | order by FileName asc | render barchart;",
    );
    let screen = shell.wait_for("svchost.exe ⣿");
    assert!(screen.contains(" 60\n") && !screen.contains("──"), "{screen}");
    shell.clear();
    shell.type_line(".chart pie");
    shell.wait_for("60 (50.0 %)");
    shell.clear();
    for file in ["a.svg", "a.png", "a.html"] {
        shell.type_line(&format!(".chart {file}"));
        shell.wait_for(&format!("drew 2 rows to {file}"));
    }
    let read = |file: &str| std::fs::read(home.path().join(file)).unwrap();
    assert!(read("a.svg").starts_with(b"<svg") && read("a.png").starts_with(b"\x89PNG"));
    assert!(String::from_utf8(read("a.html")).unwrap().contains("svchost.exe</td>"));
    shell.clear();
    shell.type_line(".chart sunburst");
    shell.wait_for("there is no chart sunburst");
    // What cannot be drawn is shown as rows, and why is told.
    shell.clear();
    shell.type_line("DeviceProcessEvents | project FileName | take 1 | render timechart;");
    let screen = shell.wait_for("a timechart needs a column of times");
    assert!(shell.wait_for("1 row").contains("FileName"), "{screen}");
}

#[test]
fn long_answers_are_paged_and_short_ones_are_not() {
    if !Tmux::is_there() {
        return;
    }
    let (lake, home) = (lake(), Folder::new());
    // A pager that shows two lines and leaves.
    let shell = paged_by("sed -n 103,104p", &lake, home.path());
    shell.type_line("SELECT ProcessId FROM DeviceProcessEvents ORDER BY 1 LIMIT 5;");
    let screen = shell.wait_for("5 rows");
    assert!(screen.contains(" 4\n"), "{screen}");
    shell.clear();
    shell.type_line("SELECT ProcessId FROM DeviceProcessEvents ORDER BY 1;");
    let screen = shell.wait_for("120 rows");
    shell.wait_for_prompt();
    assert!(screen.contains("100\n") && screen.contains("101\n") && !screen.contains("102\n"), "{screen}");

    let shell = paged_by("less", &lake, home.path());
    let has_less = std::process::Command::new("less").arg("--version").output().is_ok();
    if has_less {
        shell.type_line("SELECT ProcessId FROM DeviceProcessEvents ORDER BY 1;");
        let screen = shell.wait_until("the pager", |screen| screen.trim_end().ends_with(':'));
        assert!(screen.lines().count() <= usize::from(LINES) && screen.contains("ProcessId"), "{screen}");
        // Ctrl-C is the pager's while it is there. The terminal may throw away what is typed close behind it.
        shell.press(&["C-c"]);
        shell.press(&["C-c"]);
        shell.wait_until("the end in the pager", |screen| {
            shell.press(&["G"]);
            screen.contains("(END)")
        });
        shell.press(&["q"]);
        shell.wait_for("120 rows");
        shell.wait_for_prompt();
    }
}

#[test]
fn the_first_rows_of_a_long_scan_come_soon_and_ctrl_c_keeps_them() {
    if !Tmux::is_there() {
        return;
    }
    // Much to read, little to store: frames of Zstandard may be repeated.
    let pack = |text: String| zstd::encode_all(text.as_bytes(), 1).unwrap();
    let mut filler = String::new();
    for id in 0..30_000 {
        write!(filler, "{}", process(id % 1000, "other.exe", "x")).unwrap();
    }
    let (hits, filler) = (pack(process(4711, "needle.exe", "x")), pack(filler));
    let lake = Lake::new();
    lake.blob("DeviceProcessEvents", "2026-07-18T14", [hits, filler.repeat(2000)].concat());
    let home = Folder::new();
    let shell = shell(&lake, home.path());

    shell.type_line("DeviceProcessEvents | where FileName == 'needle.exe' | project ProcessId;");
    let screen = shell.wait_for("4711");
    assert!(!screen.contains("rows, "), "the scan had ended before it was looked at:\n{screen}");
    shell.wait_for(" left · ");
    shell.press(&["C-c"]);
    let screen = shell.wait_for("the answer is partial: 1 row came before it was stopped");
    shell.wait_for("stopped\n");
    shell.wait_for_prompt();
    assert!(screen.contains("4711") && !shell.screen().contains(" left · "), "{screen}");
    shell.clear();
    shell.type_line(".last");
    let screen = shell.wait_for("note: the answer is partial");
    assert!(screen.contains("4711"), "{screen}");
}

#[test]
fn answers_have_colours_only_where_they_are_wanted() {
    if !Tmux::is_there() {
        return;
    }
    let (lake, home) = (lake(), Folder::new());
    let source = lake.path().to_str().unwrap();
    let query = "DeviceProcessEvents | summarize n = count() by bin(Timestamp, 10s), FileName | render timechart;";
    for (variables, is_coloured) in
        [([("TERM", "dumb")], false), ([("NO_COLOR", "1")], false), ([("PAGER", "cat")], true)]
    {
        let shell = Tmux::shell_with(home.path(), &["--source", source], &variables);
        shell.type_line(query);
        shell.wait_for("svchost.exe\n");
        shell.type_line("SELECT 'High' AS Severity, 1 AS n;");
        shell.wait_for("High     │ 1");
        // The line that is typed has colours of its own.
        let screen = shell.screen_with_escapes();
        let answers: String = screen.lines().filter(|line| !line.contains("huntql>")).collect();
        assert_eq!(answers.contains("\u{1b}[36m"), is_coloured, "{variables:?}: {screen:?}");
        assert!(is_coloured || !screen.contains('\u{1b}'), "{variables:?}: {screen:?}");
        // Without colours the series have letters.
        assert_eq!(screen.contains("* cmd.exe  o svchost.exe"), !is_coloured, "{variables:?}: {screen}");
    }
}
