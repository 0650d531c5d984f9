//! `huntql check`: whether hunts would run, told without data, for people and for pipelines.

use serde::Serialize;
use serde_json::json;

use super::args::{CheckArgs, CheckFormat};
use super::batch::printable;
use super::context::Context;
use super::failure::{Failure, Outcome};
use crate::engine::{Engine, EngineOptions, Finding, Level, QueryOptions};
use crate::hunt::{self, Hunt, HuntError, Language, in_place};

/// What was found about a hunt.
struct Checked {
    name: String,
    path: String,
    findings: Vec<Finding>,
}

impl Checked {
    fn would_run(&self) -> bool {
        self.findings.iter().all(|finding| finding.level != Level::Error)
    }
}

pub(super) async fn run(args: &CheckArgs, context: &Context) -> Outcome {
    let hunts = hunt::load(&args.paths)?;
    // No data: what a query names must be known without it.
    let engine = context.engine_with(EngineOptions { sources: Vec::new(), ..context.settings.engine.clone() }).await?;
    let work = context.interrupts.work();
    let mut checked = Vec::new();
    for hunt in &hunts {
        checked.push(work.unless_stopped(check(&engine, hunt)).await.ok_or(Failure::Interrupted)?);
    }
    match args.format {
        CheckFormat::Table => super::print(&checked.iter().map(told).collect::<String>())?,
        CheckFormat::Json => super::print_json(&checked.iter().map(Told::of).collect::<Vec<_>>())?,
        CheckFormat::Sarif => super::print_json(&sarif(&checked))?,
    }
    let wrong = checked.iter().filter(|checked| !checked.would_run()).count();
    context.say(&format!("{} of {} hunts would run", checked.len() - wrong, checked.len()));
    if wrong > 0 { Err(Failure::Unmet) } else { Ok(()) }
}

async fn check(engine: &Engine, hunt: &Result<Hunt, HuntError>) -> Checked {
    let hunt = match hunt {
        Ok(hunt) => hunt,
        Err(error) => return unreadable(error),
    };
    let mut findings = Vec::new();
    // What has no default is given by whoever runs it.
    let params = hunt.bind(&[]).unwrap_or_default();
    let options = QueryOptions { params, file: Some(hunt.path.display().to_string()), ..QueryOptions::default() };
    let statements = hunt.statements();
    if statements.is_empty() {
        findings.push(whole(Level::Error, "there is no statement in it".to_owned()));
    }
    for statement in &statements {
        let text = in_place(statement);
        findings.extend(match hunt.language {
            Language::Sql => engine.sql_check(&text, &options).await,
            Language::Kql => engine.kql_check(&text, &options).await,
        });
    }
    Checked { name: hunt.metadata.name.clone(), path: hunt.path.display().to_string(), findings }
}

fn unreadable(error: &HuntError) -> Checked {
    let path = error.path.display().to_string();
    let finding = Finding { start: error.line.map(|line| (line, 1)), ..whole(Level::Error, error.message.clone()) };
    Checked { name: path.clone(), path, findings: vec![finding] }
}

fn whole(level: Level, message: String) -> Finding {
    Finding { level, start: None, end: None, message, help: None }
}

/// A line for the hunt, and one for each finding in the form that editors jump to.
fn told(checked: &Checked) -> String {
    let Checked { name, path, findings } = checked;
    let verdict = if checked.would_run() { "runs " } else { "fails" };
    let mut text = format!("{verdict}  {}\n", one_line(name));
    for Finding { level, start, message, help, .. } in findings {
        let place = start.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        let help = help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        text.push_str(&format!("       {path}{place}: {}: {}\n", level.name(), one_line(&format!("{message}{help}"))));
    }
    text
}

/// A text as one line that cannot drive a terminal.
fn one_line(text: &str) -> String {
    printable(&text.lines().collect::<Vec<_>>().join(" "))
}

/// A hunt for programs.
#[derive(Serialize)]
struct Told<'a> {
    name: &'a str,
    path: &'a str,
    runs: bool,
    findings: Vec<serde_json::Value>,
}

impl<'a> Told<'a> {
    fn of(checked: &'a Checked) -> Self {
        let finding = |finding: &Finding| {
            json!({
                "level": finding.level.name(),
                "line": finding.start.map(|place| place.0),
                "column": finding.start.map(|place| place.1),
                "message": finding.message,
                "help": finding.help,
            })
        };
        Self {
            name: &checked.name,
            path: &checked.path,
            runs: checked.would_run(),
            findings: checked.findings.iter().map(finding).collect(),
        }
    }
}

/// The findings as SARIF 2.1.0 (OASIS), which code hosts show at their lines.
fn sarif(checked: &[Checked]) -> serde_json::Value {
    let results: Vec<_> =
        checked.iter().flat_map(|hunt| hunt.findings.iter().map(move |finding| result(hunt, finding))).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "huntql",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": [
                    {"id": "error", "shortDescription": {"text": "The query cannot be run."}},
                    {"id": "warning", "shortDescription": {"text": "The query may not mean what was meant."}},
                    {"id": "note", "shortDescription": {"text": "The answer may differ from Kusto's."}},
                ],
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(hunt: &Checked, finding: &Finding) -> serde_json::Value {
    let help = finding.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    let mut place = json!({"artifactLocation": {"uri": uri(&hunt.path)}});
    if let Some((line, column)) = finding.start {
        let mut region = json!({"startLine": line, "startColumn": column});
        if let Some((line, column)) = finding.end {
            region["endLine"] = json!(line);
            region["endColumn"] = json!(column);
        }
        place["region"] = region;
    }
    json!({
        "ruleId": finding.level.name(),
        "level": finding.level.name(),
        "message": {"text": format!("{}{help}", finding.message)},
        "locations": [{"physicalLocation": place}],
    })
}

/// A path as a reference of a URI.
fn uri(path: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');
    utf8_percent_encode(&path.replace('\\', "/"), PATH).to_string()
}
