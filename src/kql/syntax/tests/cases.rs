//! Runs the cases in `tests/kql/syntax`.
//!
//! A case is `// === title`, then a text, then `// ---` and what comes of it: in `ok` the printed tree, and warnings if there are any; in
//! `err` the rendered diagnostics. With `HUNTQL_BLESS=1` in the environment the files are written anew, to be read before they are kept.

use std::fs;
use std::path::{Path, PathBuf};

use super::{shape, spans};
use crate::kql::syntax::ast::Script;
use crate::kql::syntax::{Diagnostic, parse, parse_file, print, render, tokens};

const TITLE: &str = "// === ";
const OUTCOME: &str = "// ---\n";

#[test]
fn what_is_kql_is_read() {
    run("ok", |case| {
        let (script, diagnostics) = parse(case);
        assert!(diagnostics.iter().all(|d| !d.is_error()), "{}", render(case, &diagnostics, "case", false));
        check_tree(case, &script);
        let printed = print(&script);
        let (again, warnings) = parse(&printed);
        assert!(warnings.iter().all(|d| !d.is_error()), "{printed}\n{}", render(&printed, &warnings, "printed", false));
        assert_eq!(shape(&again), shape(&script), "{printed}");
        assert_eq!(print(&again), printed);
        with_warnings(case, printed, &diagnostics)
    });
}

#[test]
fn what_is_not_kql_is_refused_with_reasons() {
    run("err", |case| {
        let (script, diagnostics) = parse(case);
        assert!(diagnostics.iter().any(Diagnostic::is_error), "no error");
        check_tree(case, &script);
        render(case, &diagnostics, "case.kql", false)
    });
}

#[test]
fn blank_lines_separate_the_scripts_of_a_file() {
    run("file", |case| {
        let (scripts, diagnostics) = parse_file(case);
        let printed: Vec<String> = scripts.iter().map(print).collect();
        with_warnings(case, printed.join("\n"), &diagnostics)
    });
}

fn with_warnings(case: &str, mut printed: String, diagnostics: &[Diagnostic]) -> String {
    if !diagnostics.is_empty() {
        printed.push_str(&render(case, diagnostics, "case.kql", false));
    }
    printed
}

/// Every node lies within the text, and the pieces for colouring are the text.
fn check_tree(case: &str, script: &Script) {
    for (start, end) in spans(script) {
        assert!(start <= end && case.get(start..end).is_some(), "{start}..{end} of {case}");
    }
    let pieces: String = tokens(case).iter().map(|token| token.span.text(case)).collect();
    assert_eq!(pieces, case);
}

/// Runs all cases of a folder and compares what comes of them with what is written below them.
fn run(folder: &str, outcome: impl Fn(&str) -> String + std::panic::RefUnwindSafe) {
    let mut count = 0;
    let mut wrong = Vec::new();
    for path in files(folder) {
        let text = fs::read_to_string(&path).unwrap();
        let mut blessed = String::new();
        for case in text.split(TITLE).skip(1) {
            let (title, rest) = case.split_once('\n').unwrap();
            let (query, expected) = rest.split_once(OUTCOME).unwrap_or((rest, ""));
            let query = query.strip_suffix('\n').unwrap_or(query);
            count += 1;
            match std::panic::catch_unwind(|| outcome(query)) {
                Ok(actual) => {
                    if actual.trim_end() != expected.trim_end() {
                        wrong
                            .push(format!("{}: {title}\n--- expected\n{expected}--- actual\n{actual}", path.display()));
                    }
                    blessed.push_str(&format!("{TITLE}{title}\n{query}\n{OUTCOME}{}\n\n", actual.trim_end()));
                }
                Err(_) => {
                    wrong.push(format!("{}: {title}: see the message above", path.display()));
                    blessed.push_str(&format!("{TITLE}{case}"));
                }
            }
        }
        if std::env::var_os("HUNTQL_BLESS").is_some() {
            fs::write(&path, blessed.trim_end().to_owned() + "\n").unwrap();
        }
    }
    assert!(count > 5, "only {count} cases in {folder}");
    assert!(wrong.is_empty(), "{} of {count} cases:\n{}", wrong.len(), wrong.join("\n"));
}

/// The files of a folder of cases, in order.
pub(super) fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kql/syntax").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The texts of all cases that are KQL.
pub(super) fn good_texts() -> Vec<String> {
    let mut texts = Vec::new();
    for path in files("ok") {
        let text = fs::read_to_string(path).unwrap();
        for case in text.split(TITLE).skip(1) {
            let (_, rest) = case.split_once('\n').unwrap();
            texts.push(rest.split(OUTCOME).next().unwrap().to_owned());
        }
    }
    texts
}
