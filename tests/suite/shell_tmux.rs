//! The shell in a real terminal: what its screen shows to somebody who types.

use std::fmt::Write as _;
use std::path::Path;

use crate::lake::{Lake, record};
use crate::secrets::Folder;
use crate::tmux::Tmux;

/// A few processes, of which powershell.exe is the most frequent.
fn lake() -> Lake {
    let lake = Lake::new();
    let mut lines = String::new();
    for (place, file) in ["powershell.exe", "powershell.exe", "powershell_ise.exe", "cmd.exe"].iter().enumerate() {
        let event = format!(
            r#"{{"Timestamp":"2026-07-18T14:00:0{place}Z","FileName":"{file}","DeviceName":"ws-{place}","ProcessId":{place}}}"#
        );
        writeln!(lines, "{}", record("DeviceProcessEvents", &event)).unwrap();
    }
    lake.blob("DeviceProcessEvents", "2026-07-18T14", lines);
    lake
}

fn shell(lake: &Lake, home: &Path) -> Tmux {
    Tmux::shell(home, &["--source", lake.path().to_str().unwrap()])
}

#[test]
fn tab_completes_columns_operators_and_values() {
    if !Tmux::is_there() {
        return;
    }
    let (lake, home) = (lake(), Folder::new());
    let shell = shell(&lake, home.path());

    shell.type_text("DeviceProcessEv");
    shell.press(&["Tab"]);
    shell.wait_for("huntql> DeviceProcessEvents");
    shell.type_text(" | project F = FileName, ProcessId | wh");
    shell.press(&["Tab"]);
    shell.wait_for("| where");
    // A column under its new name, told with its type, and no other.
    shell.type_text(" ");
    shell.press(&["Tab"]);
    let screen = shell.wait_for("ProcessId  long");
    assert!(!screen.contains("DeviceName"), "{screen}");
    shell.type_text("F == \"c");
    shell.press(&["Tab"]);
    shell.wait_for("where F == \"cmd.exe\"");
    shell.press(&["Enter"]);
    shell.press(&["Enter"]);
    shell.wait_for("cmd.exe │         3");

    // Of several values the common part is put in, and the others are shown.
    shell.clear();
    shell.type_text("SELECT ProcessId FROM DeviceProcessEvents WHERE FileName = 'pow");
    shell.press(&["Tab"]);
    let screen = shell.wait_for("'powershell_ise.exe'");
    assert!(screen.contains("FileName = 'powershell"), "{screen}");
    shell.clear();

    shell.type_text(".sch");
    shell.press(&["Tab"]);
    shell.wait_for("huntql> .schema");
}

#[test]
fn a_statement_goes_over_lines_until_it_is_whole() {
    if !Tmux::is_there() {
        return;
    }
    let (lake, home) = (lake(), Folder::new());
    let shell = shell(&lake, home.path());

    shell.type_line("DeviceProcessEvents");
    shell.type_line("| summarize n = count() by FileName");
    shell.type_line("| where n > 1");
    let screen = shell.screen();
    assert!(!screen.contains("rows in") && !screen.contains("error"), "half a statement ran:\n{screen}");
    shell.press(&["Enter"]);
    shell.wait_for("powershell.exe │ 2");

    shell.clear();
    shell.type_line("SELECT count(*) AS n,");
    shell.type_line("max(ProcessId) AS last FROM DeviceProcessEvents;");
    shell.wait_for("4 │    3");

    // A whole file is pasted: both languages, empty lines between operators, a command.
    shell.clear();
    shell.paste("DeviceProcessEvents\n\n// the last one\n| summarize a = max(ProcessId) * 11\n\nSELECT 40 + 2 AS b;\n.lang\nprint c = 7 * 12;\n");
    shell.press(&["Enter"]);
    let screen = shell.wait_for("84");
    for shown in ["33", "42", "auto"] {
        assert!(screen.contains(shown), "{shown}:\n{screen}");
    }

    // Ctrl-C throws away what is typed so far.
    shell.clear();
    shell.type_line("SELECT 'half");
    shell.press(&["C-c"]);
    shell.wait_for_prompt();
    shell.type_line("print d = 6 * 9;");
    shell.wait_for("54");
}

#[test]
fn errors_point_into_the_text_and_say_what_to_do() {
    if !Tmux::is_there() {
        return;
    }
    let (lake, home) = (lake(), Folder::new());
    let shell = shell(&lake, home.path());

    shell.type_line("DeviceProcessEvents | where FileNam == 'x';");
    let screen = shell.wait_for("did you mean");
    assert!(screen.contains("`FileName`") && screen.contains("^^^^^^^"), "{screen}");
    shell.clear();
    shell.type_line("DeviceProcessEvents | where FileName = 'x';");
    let screen = shell.wait_for("==");
    assert!(screen.contains('^'), "{screen}");
    shell.clear();
    shell.type_line("SELECT FileNam FROM DeviceProcessEvents;");
    let screen = shell.wait_for("did you mean FileName");
    assert!(screen.contains("^^^^^^^"), "{screen}");
}

#[test]
fn history_is_shared_searched_and_hinted_at_and_keeps_no_secret() {
    if !Tmux::is_there() {
        return;
    }
    let (lake, home) = (lake(), Folder::new());
    let (one, two) = (shell(&lake, home.path()), shell(&lake, home.path()));
    one.type_line("print one = 11 * 11;");
    one.wait_for("121");
    two.type_line("print two = 12 * 12;");
    two.wait_for("144");
    one.type_line(".param api_token=hunter2hunter2");
    one.wait_for("not kept in the history");
    one.type_line("print three = 13 * 13;");
    one.wait_for("169");
    for shell in [&one, &two] {
        shell.wait_for_prompt();
        shell.press(&["C-d"]);
        shell.wait_for_end();
    }

    let three = shell(&lake, home.path());
    for earlier in ["print three", "print two", "print one"] {
        three.press(&["Up"]);
        three.wait_for(&format!("huntql> {earlier}"));
    }
    three.clear();
    three.press(&["C-r"]);
    three.type_text("two =");
    three.wait_for("print two = 12 * 12;");
    three.press(&["C-g"]);
    three.clear();
    three.type_text("print thr");
    three.wait_for("huntql> print three = 13 * 13;");
    three.press(&["Right", "Enter"]);
    three.wait_for("169");
    let kept = std::fs::read_to_string(home.path().join(".local/state/huntql/history")).unwrap();
    assert!(kept.contains("print one") && !kept.contains("hunter2"), "{kept}");
}

#[test]
fn an_editor_changes_the_last_statement() {
    if !Tmux::is_there() {
        return;
    }
    let (lake, home) = (lake(), Folder::new());
    let shell =
        Tmux::shell_with(home.path(), &["--source", lake.path().to_str().unwrap()], &[("EDITOR", "sed -i s/11/12/")]);
    shell.type_line("print n = 11 * 2;");
    shell.wait_for("22");
    shell.type_line(".edit");
    shell.wait_for("24");
}

#[test]
fn a_dumb_terminal_gets_plain_text_and_whole_statements() {
    if !Tmux::is_there() {
        return;
    }
    let (lake, home) = (lake(), Folder::new());
    let source = lake.path().to_str().unwrap();
    for variables in [[("TERM", "dumb")], [("NO_COLOR", "1")]] {
        let shell = Tmux::shell_with(home.path(), &["--source", source], &variables);
        shell.type_line("SELECT count(*) AS n,");
        shell.type_line("max(ProcessId) AS last FROM DeviceProcessEvents;");
        shell.wait_for("4 │    3");
        let coloured = shell.screen_with_escapes();
        assert!(!coloured.contains('\u{1b}'), "{variables:?}: {coloured:?}");
    }
}
