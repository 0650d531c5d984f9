//! A terminal of its own that a test types into and looks at, made by tmux.
//!
//! Each has a server of its own behind a private socket, so that tests disturb neither each other nor whoever runs them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::secrets;

/// Long enough for a loaded machine; nothing that works waits for it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How large the terminal is.
pub const COLUMNS: u16 = 100;
pub const LINES: u16 = 40;

/// A terminal in which one program runs.
pub struct Tmux {
    socket: String,
}

impl Tmux {
    /// Whether there is a tmux; says so if there is none, since the test then ends without having shown anything.
    pub fn is_there() -> bool {
        let there =
            Command::new("tmux").arg("-V").stdin(Stdio::null()).output().is_ok_and(|output| output.status.success());
        if !there {
            eprintln!("skipped: there is no tmux to make a terminal; apt-get install -y tmux");
        }
        there
    }

    /// Starts the shell of huntql with these arguments and this home, and waits for its prompt.
    pub fn shell(home: &Path, arguments: &[&str]) -> Self {
        Self::shell_with(home, arguments, &[])
    }

    /// The same with variables of its environment.
    pub fn shell_with(home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let socket = format!("huntql-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let terminal = Self { socket };
        // tmux gives its programs a TERM of its own: what a test wants of the environment is set behind that.
        let secrets = secrets::environment().map(|(name, value)| format!("{name}={value}"));
        let variables = secrets.chain(variables.iter().map(|(name, value)| format!("{name}={value}")));
        let words = [env!("CARGO_BIN_EXE_huntql")].into_iter().chain(arguments.iter().copied()).map(str::to_owned);
        let line: Vec<String> = variables.chain(words).map(|word| format!("'{word}'")).collect();
        let (columns, lines) = (COLUMNS.to_string(), LINES.to_string());
        let mut command = terminal.command(&["-f", "/dev/null", "new-session", "-d", "-x", &columns, "-y", &lines]);
        command.arg(format!("exec env {}", line.join(" ")));
        command.env("HOME", home).env("SHELL", "/bin/sh").env_remove("TMUX").env_remove("NO_COLOR");
        for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "VISUAL", "EDITOR"] {
            command.env_remove(name);
        }
        command.current_dir(home);
        let output = command.output().unwrap();
        assert!(output.status.success(), "tmux: {}", String::from_utf8_lossy(&output.stderr));
        terminal.wait_for_prompt();
        terminal
    }

    /// Types a text, as it stands.
    pub fn type_text(&self, text: &str) {
        self.run(&["send-keys", "-l", "--", &escaped(text)]);
    }

    /// Types a line and Enter.
    pub fn type_line(&self, line: &str) {
        self.type_text(line);
        self.press(&["Enter"]);
    }

    /// Presses keys by tmux's names: `Tab`, `Enter`, `Up`, `C-c`.
    pub fn press(&self, keys: &[&str]) {
        self.run(&[&["send-keys", "--"], keys].concat());
    }

    /// Pastes a text, in brackets if the program asked for them.
    pub fn paste(&self, text: &str) {
        self.run(&["set-buffer", "--", &escaped(text)]);
        self.run(&["paste-buffer", "-p"]);
    }

    /// What is on the screen now, lines without the blanks at their ends.
    pub fn screen(&self) -> String {
        String::from_utf8_lossy(&secrets::checked(self.run(&["capture-pane", "-p"])).stdout).into_owned()
    }

    /// The same with the escape sequences for colours and the like.
    pub fn screen_with_escapes(&self) -> String {
        String::from_utf8_lossy(&secrets::checked(self.run(&["capture-pane", "-p", "-e"])).stdout).into_owned()
    }

    /// Waits until the screen shows a text.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(&format!("{text:?}"), |screen| screen.contains(text))
    }

    /// Waits until the screen is as it should be.
    pub fn wait_until(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let screen = self.screen();
            if holds(&screen) {
                return screen;
            }
            assert!(started.elapsed() < PATIENCE, "waited for {what} in:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the last line that is not blank begins with the prompt and nothing is typed behind it.
    pub fn wait_for_prompt(&self) -> String {
        self.wait_until("the prompt", |screen| screen.trim_end().lines().last() == Some("huntql>"))
    }

    /// Clears the line, and the screen above it.
    pub fn clear(&self) {
        self.press(&["C-c"]);
        // Between two prompts the terminal is not the editor's, and a key would be lost.
        std::thread::sleep(Duration::from_millis(200));
        self.wait_for_prompt();
        self.press(&["C-l"]);
        self.wait_until("an empty screen", |screen| screen.trim() == "huntql>");
    }

    /// Waits until the program has ended.
    pub fn wait_for_end(&self) {
        let started = Instant::now();
        while self.command(&["has-session"]).output().unwrap().status.success() {
            assert!(started.elapsed() < PATIENCE, "it does not end:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.socket]).args(arguments).stdin(Stdio::null());
        command
    }
}

/// A text as tmux takes it: a `;` at the end of an argument would end tmux's own command.
fn escaped(text: &str) -> String {
    text.strip_suffix(';').map_or_else(|| text.to_owned(), |text| format!("{text}\\;"))
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _it_may_have_ended = self.command(&["kill-server"]).output();
        let folder = std::env::var_os("TMUX_TMPDIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
        // tmux leaves its socket behind.
        if let Ok(entries) = std::fs::read_dir(folder) {
            let servers = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("tmux-"));
            servers.for_each(|entry| drop(std::fs::remove_file(entry.path().join(&self.socket))));
        }
    }
}
