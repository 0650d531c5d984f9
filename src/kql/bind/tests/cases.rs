//! Runs the cases in `tests/kql/bind`.
//!
//! A case is `// === title`, then a script, then `// ---` and what comes of it: in `columns` the columns of each result, in `tree` the
//! bound tree, both with warnings and notes if there are any; in `err` the rendered diagnostics. With `HUNTQL_BLESS=1` in the environment
//! the files are written anew, to be read before they are kept.

use std::fs;
use std::path::{Path, PathBuf};

use super::bound;
use crate::kql::bind::Bound;
use crate::kql::syntax::{Diagnostic, render};

const TITLE: &str = "// === ";
const OUTCOME: &str = "// ---\n";

#[test]
fn columns_have_kustos_names_and_types() {
    run("columns", |case| {
        let (bound, diagnostics) = bound(case);
        let mut out = String::new();
        for result in &bound.script.results {
            let columns: Vec<String> =
                result.rel.visible_columns().iter().map(|column| format!("{}:{}", column.name, column.kind)).collect();
            out.push_str(&columns.join(", "));
            out.push('\n');
        }
        with_remarks(case, out, &bound, &diagnostics)
    });
}

#[test]
fn trees_are_small_and_say_all() {
    run("tree", |case| {
        let (bound, diagnostics) = bound(case);
        let dump = bound.script.dump();
        with_remarks(case, dump, &bound, &diagnostics)
    });
}

#[test]
fn errors_name_the_thing_and_the_way_out() {
    run("err", |case| {
        let (_, diagnostics) = bound(case);
        assert!(diagnostics.iter().any(Diagnostic::is_error), "no error in\n{case}");
        render(case, &diagnostics, "case.kql", false)
    });
}

fn with_remarks(case: &str, mut out: String, bound: &Bound, diagnostics: &[Diagnostic]) -> String {
    assert!(diagnostics.iter().all(|said| !said.is_error()), "{}", render(case, diagnostics, "case", false));
    for said in diagnostics {
        out.push_str(&format!("warning: {}\n", said.message));
    }
    for note in &bound.script.notes {
        out.push_str(&format!("note: {}\n", note.text));
    }
    out
}

/// Compares the cases of a folder with what comes of them.
fn run(folder: &str, outcome: impl Fn(&str) -> String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kql/bind").join(folder);
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).expect("folder").map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    assert!(!files.is_empty());
    let bless = std::env::var_os("HUNTQL_BLESS").is_some();
    let mut wrong = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("file");
        let mut written = String::new();
        for case in text.split(TITLE).filter(|case| !case.trim().is_empty()) {
            let (title, rest) = case.split_once('\n').expect("a title");
            let (script, expected) = rest.split_once(OUTCOME).unwrap_or((rest, ""));
            let found = outcome(script.trim_end());
            if found.trim_end() != expected.trim_end() {
                wrong.push(format!("{}: {title}\n{script}expected\n{expected}\nfound\n{found}", path.display()));
            }
            written.push_str(&format!("{TITLE}{title}\n{}\n{OUTCOME}{}\n\n", script.trim_end(), found.trim_end()));
        }
        if bless {
            fs::write(&path, written.trim_end().to_owned() + "\n").expect("written");
        }
    }
    assert!(bless || wrong.is_empty(), "{}", wrong.join("\n"));
}
