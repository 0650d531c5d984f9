//! The secrets that the suite works with, and the one place where everything that it captures is looked through for them.
//!
//! Every huntql of the suite runs with credentials in its environment, of stores that it mostly has no use for. What it prints, what it
//! leaves in folders (histories, reports, summaries, results, listings), what the library answers: none of it may hold one.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

/// The key that every emulator of Azure's has.
pub const AZURE_KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
/// A key that is nobody's.
pub const WRONG_KEY: &str = "c2VjcmV0LXRoYXQtbm9ib2R5LXNlZXM=";
pub const AWS_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYSECRETOFAWS";
pub const AWS_TOKEN: &str = "FwoGZXIvYXdzEBYaDSESSIONTOKENOFTHESUITE";

/// What is in the environment of every process.
const ENVIRONMENT: [(&str, &str); 6] = [
    ("AZURE_STORAGE_ACCOUNT_KEY", WRONG_KEY),
    ("AZURE_STORAGE_SAS_KEY", "sv=2024-01-01&sp=rl&sig=U0FTLXNpZ25hdHVyZS1vZi10aGUtc3VpdGU%3D"),
    ("AZURE_CLIENT_SECRET", "~client8Q~secret-of-the-suite"),
    ("AWS_SECRET_ACCESS_KEY", AWS_SECRET),
    ("AWS_SESSION_TOKEN", AWS_TOKEN),
    ("GOOGLE_SERVICE_ACCOUNT_KEY", r#"{"private_key":"MIIEvQ-private-key-of-the-suite"}"#),
];

/// What must not be seen: parts of secrets that are long enough to be no chance, as they are and as URLs write them.
const SECRETS: [&str; 8] = [
    "Eby8vdM02xNOcqFl",
    "c2VjcmV0LXRoYXQt",
    "U0FTLXNpZ25hdHVy",
    "~client8Q~secret",
    "%7Eclient8Q%7Ese",
    "wJalrXUtnFEMI",
    "FwoGZXIvYXdzEBYa",
    "MIIEvQ-private-k",
];

/// Secrets that are made while the suite runs, such as signatures.
static MADE: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Adds a secret.
pub fn add(secret: &str) {
    assert!(secret.len() >= 12, "too short to be told from chance");
    MADE.lock().unwrap_or_else(PoisonError::into_inner).push(secret.to_owned());
}

/// The secret that is in a text, if one is, in any letter case.
fn secret_in(text: &[u8]) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let holds = |secret: &&str| memchr::memmem::find(&text, secret.to_ascii_lowercase().as_bytes()).is_some();
    let made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    SECRETS.into_iter().chain(made.iter().map(String::as_str)).find(holds).map(str::to_owned)
}

/// Fails the test if a text holds a secret.
pub fn check(text: impl AsRef<[u8]>, what: &str) {
    if let Some(secret) = secret_in(text.as_ref()) {
        panic!("the secret {secret} is in {what}:\n{}", String::from_utf8_lossy(text.as_ref()));
    }
}

/// The program, with secrets in its environment and the rest of it as it is.
pub fn huntql() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_huntql"));
    command.envs(ENVIRONMENT).env("HOME", "/nonexistent").env_remove("HUNTQL_BLESS").stdin(Stdio::null());
    command
}

/// The variables of [`huntql`], for programs that start it.
pub fn environment() -> impl Iterator<Item = (&'static str, &'static str)> {
    ENVIRONMENT.into_iter()
}

/// What a command printed, looked through.
pub fn checked(output: Output) -> Output {
    check(&output.stdout, "standard output");
    check(&output.stderr, "standard error");
    output
}

/// Runs a command to its end, and looks through what it printed.
pub fn output(command: &mut Command) -> Output {
    checked(command.output().unwrap())
}

/// A folder of a test. When it goes, all files in it are looked through.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            check_files(self.path());
        }
    }
}

/// Looks through all files below a folder, and their names.
fn check_files(folder: &Path) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            check(path.to_string_lossy().as_bytes(), "a name");
            match path.symlink_metadata() {
                Ok(facts) if facts.is_dir() => folders.push(path),
                Ok(facts) if facts.is_file() => check_file(path),
                _ => {}
            }
        }
    }
}

fn check_file(path: PathBuf) {
    let bytes = std::fs::read(&path).unwrap_or_default();
    if let Some(secret) = secret_in(&bytes) {
        panic!("the secret {secret} is in {}", path.display());
    }
}

#[test]
fn a_secret_is_found_wherever_it_is() {
    assert_eq!(secret_in(format!("key={WRONG_KEY} ").as_bytes()).as_deref(), Some("c2VjcmV0LXRoYXQt"));
    assert!(ENVIRONMENT.iter().all(|(_, value)| secret_in(value.as_bytes()).is_some()));
    assert!([AZURE_KEY, AWS_SECRET, AWS_TOKEN].iter().all(|secret| secret_in(secret.as_bytes()).is_some()));
    assert_eq!(secret_in(b"nothing here"), None);
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("deep")).unwrap();
    std::fs::write(folder.path().join("deep/history"), format!("--store azure_storage_account_key={WRONG_KEY}"))
        .unwrap();
    let found = std::panic::catch_unwind(|| check_files(folder.path()));
    assert!(found.is_err());
    std::fs::remove_dir_all(folder.path().join("deep")).unwrap();
}
