//! The shell as a person has it: on a terminal, with keys pressed and lines waited for.
//!
//! The terminal is made by `script` or by Python, whichever is there; without either the test says so and ends.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::lake::{Lake, record};
use crate::secrets::{self, Folder};

/// Long enough for a loaded machine; nothing that works waits for it.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is promised to whoever presses Ctrl-C.
const PROMISE: Duration = Duration::from_secs(1);

const ROWS: u32 = 4000;
const CTRL_C: &str = "\x03";
const UP: &str = "\x1b[A";

/// Something that makes a terminal: the program, its arguments before the command line, and those after.
struct Maker(&'static str, &'static [&'static str], &'static [&'static str]);

const PYTHON: &str = "import pty, sys; sys.exit(pty.spawn(['sh', '-c', sys.argv[1]]) != 0)";

impl Maker {
    fn there_is() -> Option<Self> {
        let answers = |program: &str, word: &str| {
            let output = Command::new(program).arg("--version").stdin(Stdio::null()).output();
            output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(word))
        };
        // Of the programs called `script`, this is the one that takes a command line as one argument.
        if answers("script", "util-linux") {
            return Some(Self("script", &["-qec"], &["/dev/null"]));
        }
        answers("python3", "Python").then_some(Self("python3", &["-c", PYTHON], &[]))
    }
}

/// A shell on a terminal of its own.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    screen: Arc<Mutex<String>>,
    /// Where the part of the screen begins that was not yet looked at.
    seen: usize,
}

impl Terminal {
    fn start(maker: &Maker, source: &Path, home: &Path) -> Self {
        let line =
            format!("stty cols 80 rows 24; exec '{}' --source '{}'", env!("CARGO_BIN_EXE_huntql"), source.display());
        let mut child = Command::new(maker.0)
            .args(maker.1)
            .arg(line)
            .args(maker.2)
            .envs(secrets::environment())
            .envs([("TERM", "xterm"), ("SHELL", "/bin/sh"), ("NO_COLOR", "1")])
            .env("HOME", home)
            .env_remove("XDG_STATE_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .current_dir(home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (keys, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let screen = Arc::new(Mutex::new(String::new()));
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                shown.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        let mut terminal = Self { child, keys, screen, seen: 0 };
        terminal.wait_for("huntql> ");
        terminal
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Types a line that leads to `shown`, and waits for that and the prompt after it.
    fn type_line(&mut self, line: &str, shown: &str) {
        assert!(!line.contains(shown), "the echo of the line would be taken for its answer");
        self.press(&format!("{line}\n"));
        self.wait_for(shown);
        self.wait_for("huntql> ");
    }

    /// Waits until this is on the screen, after what was waited for before.
    fn wait_for(&mut self, text: &str) {
        let started = Instant::now();
        loop {
            let screen = self.screen.lock().unwrap().clone();
            if let Some(at) = screen[self.seen..].find(text) {
                self.seen += at + text.len();
                return;
            }
            assert!(started.elapsed() < PATIENCE, "waited for {text:?} in:\n{}", &screen[self.seen..]);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the shell has left.
    fn end(mut self) {
        let started = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < PATIENCE, "the shell does not leave");
            std::thread::sleep(Duration::from_millis(5));
        }
        secrets::check(&*self.screen.lock().unwrap(), "the screen");
    }
}

fn lake() -> Lake {
    let lake = Lake::new();
    let row = |id| {
        record("DeviceProcessEvents", &format!(r#"{{"Timestamp":"2026-07-18T14:00:00Z","ProcessId":{id}}}"#)) + "\n"
    };
    lake.blob("DeviceProcessEvents", "2026-07-18T14", (0..ROWS).map(row).collect::<String>());
    lake
}

#[test]
fn a_person_can_work_in_it() {
    let Some(maker) = Maker::there_is() else {
        eprintln!("skipped: neither util-linux's script nor python3 is there to make a terminal");
        return;
    };
    let (lake, home) = (lake(), Folder::new());
    let mut shell = Terminal::start(&maker, lake.path(), home.path());

    shell.press("SELECT count(*) AS n,\n");
    shell.type_line("max(ProcessId) AS last FROM DeviceProcessEvents;", "4000 │ 3999");
    shell.type_line(".tables", "DeviceProcessEvents │     1");
    shell.type_line(".schema deviceprocessevents", "ProcessCommandLine");
    shell.type_line("SELECT nope FROM DeviceProcessEvents;", "there is no column nope");
    shell.type_line(".tabels", "did you mean .tables?");

    // A statement begun is thrown away, a query under way is stopped, and neither ends the shell.
    shell.press("SELECT 'half\n");
    shell.press(CTRL_C);
    shell.wait_for("huntql> ");
    shell.press(
        "SELECT count(*) FROM DeviceProcessEvents a CROSS JOIN DeviceProcessEvents b CROSS JOIN DeviceProcessEvents c;\n",
    );
    shell.wait_for(" · 0 rows");
    std::thread::sleep(Duration::from_millis(500));
    let pressed = Instant::now();
    shell.press(CTRL_C);
    shell.wait_for("stopped");
    shell.wait_for("huntql> ");
    assert!(pressed.elapsed() < PROMISE, "the prompt was back after {:?}", pressed.elapsed());
    shell.type_line("SELECT 41 + 1 AS back;", "42");
    shell.press(".quit\n");
    shell.end();

    // What was typed is there the next time.
    let mut shell = Terminal::start(&maker, lake.path(), home.path());
    shell.press(UP);
    shell.wait_for(".quit");
    shell.press(UP);
    shell.wait_for("SELECT 41 + 1 AS back;");
    shell.press("\n");
    shell.wait_for("42");
    // Pressed before the prompt is back, the key would be the terminal's and not the shell's.
    shell.wait_for("huntql> ");
    shell.press("\x04");
    shell.end();
}

/// Sends the signal that a terminal sends at Ctrl-C.
fn interrupt(child: &Child) {
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn an_interrupted_sample_leaves_nothing() {
    let home = Folder::new();
    let target = home.path().join("sample");
    let mut child = secrets::huntql()
        .args(["sample", "--rows", "5000000", target.to_str().unwrap()])
        .env("HOME", home.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while !target.exists() {
        assert!(started.elapsed() < PATIENCE, "nothing is written");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(100));
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!target.exists());
}
