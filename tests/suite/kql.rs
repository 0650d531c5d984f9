//! KQL as data: the cases of `tests/kql/run`, each over the lake of `queries`, and what the engine does around a text.
//!
//! A case is `// === title`, then a script, then `// ---` and what comes of it: for each result its columns with Kusto's types, its rows
//! as JSON, and its notes; or the error. With `HUNTQL_BLESS=1` in the environment the files are written anew, to be read before they are
//! kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt;
use huntql::engine::{Answer, Answers, Engine, EngineOptions, Error, ErrorKind, QueryOptions};
use huntql::hunt::{self, Language};
use huntql::output::{Format, Style, writer};
use huntql::sample::{SampleOptions, write_sample};

use crate::lake::{Shared, record};
use crate::queries::lake;
use crate::secrets::Folder;

const TITLE: &str = "// === ";
const OUTCOME: &str = "// ---\n";

/// All results of a text: columns, rows, notes that are not about pruning.
pub async fn told(engine: &Engine, text: &str) -> Result<String, Error> {
    let mut answers = engine.kql(text).await?;
    let mut out = String::new();
    while let Some(mut answer) = answers.next().await? {
        if let Some(name) = answer.name() {
            out.push_str(&format!("-- {name}\n"));
        }
        if let Some(render) = answer.render() {
            out.push_str(&format!("-- {}\n", render.chart));
        }
        let columns: Vec<String> = answer.schema().fields().iter().map(|field| field.name().clone()).collect();
        out.push_str(&format!("{}\n", columns.join(", ")));
        let shared = Shared::default();
        let schema = std::sync::Arc::clone(answer.schema());
        let mut rows = writer(Format::Jsonl, schema, Box::new(shared.clone()), &Style::default()).unwrap();
        while let Some(batch) = answer.next().await {
            rows.write(&batch?).unwrap();
        }
        rows.finish().unwrap();
        out.push_str(&shared.text());
        answer.notes().iter().for_each(|note| out.push_str(&format!("note: {note}\n")));
    }
    Ok(out)
}

fn case_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kql/run");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_answers() {
    let mut lake = lake();
    lake.options.now = Some("2026-07-19T00:00:00Z".parse().unwrap());
    let list = lake.file("side/list.csv", "name,score\r\nws-1,\"1\"\r\n\"ws,2\",x\r\n");
    lake.options.map_url = vec![("https://example.org/list.csv".to_owned(), list)];
    let engine = lake.engine().await;
    let bless = std::env::var_os("HUNTQL_BLESS").is_some();
    for file in case_files() {
        let text = fs::read_to_string(&file).unwrap();
        let mut blessed = String::new();
        for case in text.split(TITLE).filter(|case| !case.trim().is_empty()) {
            let (title, rest) = case.split_once('\n').unwrap();
            let (script, expected) = rest.split_once(OUTCOME).unwrap_or((rest, ""));
            let script = script.trim_end();
            let found = match told(&engine, script).await {
                Ok(told) => told,
                Err(error) => format!("error: {error}\n"),
            };
            if !bless {
                assert_eq!(found.trim_end(), expected.trim_end(), "{}: {title}\n{script}", file.display());
            }
            blessed.push_str(&format!("{TITLE}{title}\n{script}\n{OUTCOME}{found}\n"));
        }
        if bless {
            fs::write(&file, format!("{}\n", blessed.trim_end())).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shipped_hunt_in_kql_finds_what_was_planted() {
    let folder = Folder::new();
    let options = SampleOptions { rows: 30_000, ..SampleOptions::default() };
    let now = Some(options.end);
    write_sample(folder.path(), &options, &|_| ()).unwrap();
    let sources = vec![folder.path().to_str().unwrap().to_owned()];
    let engine = Engine::builder().options(EngineOptions { sources, now, ..EngineOptions::default() });
    let engine = engine.build().await.unwrap();
    let mut tables = std::collections::BTreeSet::new();
    let mut count = 0;
    for hunt in hunt::shipped().into_iter().map(Result::unwrap).filter(|hunt| hunt.language == Language::Kql) {
        let options = QueryOptions { file: Some(hunt.key.clone()), ..QueryOptions::default() };
        let mut answers = engine.kql_with(&hunt.text, &options).await.unwrap_or_else(|error| panic!("{error}"));
        let mut answer = answers.next().await.unwrap_or_else(|error| panic!("{}: {error}", hunt.key)).unwrap();
        let rows: usize = Answer::collect(&mut answer).await.unwrap().iter().map(|batch| batch.num_rows()).sum();
        assert!(rows > 0 && answers.left() == 0, "{} finds nothing", hunt.key);
        assert!(hunt.metadata.expect_hit, "{}", hunt.key);
        for table in &hunt.metadata.tables {
            assert!(hunt.text.split("// ---").last().unwrap().contains(table.as_str()), "{}: {table}", hunt.key);
        }
        tables.extend(hunt.metadata.tables);
        count += 1;
    }
    assert!(count >= 40, "{count} hunts");
    assert!(tables.len() >= 18, "{tables:?}");
}

async fn rows(mut answers: Answers) -> Result<usize, Error> {
    let mut count = 0;
    while let Some(mut answer) = answers.next().await? {
        count += Answer::collect(&mut answer).await?.iter().map(|batch| batch.num_rows()).sum::<usize>();
    }
    Ok(count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_ends_at_its_time_limit() {
    let lake = lake();
    let engine = lake.engine().await;
    let options = QueryOptions { timeout: Some(Duration::from_millis(300)), ..QueryOptions::default() };
    let text = "range a from 1 to 100000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 100000 step 1 | extend k = 1) on k | where a * b == -1";
    let started = std::time::Instant::now();
    let error = match engine.kql_with(text, &options).await {
        Ok(answers) => rows(answers).await.expect_err("too long"),
        Err(error) => error,
    };
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn parameters_are_those_that_a_text_declares() {
    let lake = lake();
    let engine = lake.engine().await;
    let text = "declare query_parameters(file: string, least: long = 0);\nDeviceProcessEvents | where FileName == file and ProcessId > least";
    let with = |params: &[(&str, &str)]| QueryOptions {
        params: params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..QueryOptions::default()
    };
    assert_eq!(rows(engine.kql_with(text, &with(&[("file", "cmd.exe")])).await.unwrap()).await.unwrap(), 1);
    let none = with(&[("file", "cmd.exe"), ("least", "2")]);
    assert_eq!(rows(engine.kql_with(text, &none).await.unwrap()).await.unwrap(), 0);
    let quoted = with(&[("file", "\" or 1 == 1 or \"")]);
    assert_eq!(rows(engine.kql_with(text, &quoted).await.unwrap()).await.unwrap(), 0);
    assert!(engine.kql_with(text, &with(&[])).await.is_err());
}

#[tokio::test]
async fn views_and_unknown_tables_are_seen() {
    let lake = lake();
    lake.blob(
        "CloudNewEvents",
        "2026-07-18T14",
        record("CloudNewEvents", r#"{"Timestamp":"2026-07-18T14:00:00Z","X":1}"#),
    );
    let engine = lake.engine().await;
    let view = "CREATE VIEW Shells AS SELECT FileName, ProcessId::BIGINT AS Id FROM DeviceProcessEvents \
                WHERE FileName ILIKE 'power%'";
    Answer::collect(&mut engine.sql(view).await.unwrap()).await.unwrap();
    assert_eq!(rows(engine.kql("Shells | where Id > 1").await.unwrap()).await.unwrap(), 1);
    assert_eq!(rows(engine.kql("CloudNewEvents").await.unwrap()).await.unwrap(), 1);
    let error = engine.kql("CloudNewEvent").await.err().unwrap().to_string();
    assert!(error.contains("CloudNewEvents"), "{error}");
}

#[tokio::test]
async fn what_the_service_knows_is_looked_up_in_tables_of_ones_own() {
    let engine = lake().engine().await;
    for view in [
        "CREATE VIEW FileProfile AS SELECT 'AB' AS \"SHA256\", '' AS \"SHA1\", 7 AS \"GlobalPrevalence\", 'Contoso' AS \"Signer\"",
        r#"CREATE VIEW SeenBy AS SELECT 'd1' AS "DeviceId", '["d2","d3"]' AS "SeenBy""#,
    ] {
        Answer::collect(&mut engine.sql(view).await.unwrap()).await.unwrap();
    }
    let profiles = "datatable(F: string, H: string)['a', 'ab', 'b', 'cd', 'c', ''] | invoke FileProfile(H, 500) \
                    | project F, GlobalPrevalence, Signer, Publisher | sort by F asc";
    let expected = r#"F, GlobalPrevalence, Signer, Publisher
{"F":"a","GlobalPrevalence":7,"Signer":"Contoso","Publisher":""}
{"F":"b","GlobalPrevalence":null,"Signer":"","Publisher":""}
{"F":"c","GlobalPrevalence":null,"Signer":"","Publisher":""}
"#;
    assert_eq!(told(&engine, profiles).await.unwrap(), expected);
    let named = profiles.replace("(H, 500)", "(\"H\")");
    assert_eq!(told(&engine, &named).await.unwrap(), expected);
    let seen = told(&engine, "print DeviceId = 'd1' | invoke SeenBy()").await.unwrap();
    assert_eq!(seen, "DeviceId, SeenBy\n{\"DeviceId\":\"d1\",\"SeenBy\":[\"d2\",\"d3\"]}\n");
}

#[tokio::test]
async fn plans_are_told_instead_of_rows() {
    let lake = lake();
    let engine = lake.engine().await;
    let plan = told(&engine, "EXPLAIN DeviceProcessEvents | where FileName has 'cmd'").await.unwrap();
    assert!(plan.contains("logical_plan") && plan.contains("physical_plan"), "{plan}");
    let translated = engine.kql_translate("print a = 1 + 1; print 2", &QueryOptions::default()).await.unwrap();
    assert_eq!(translated.plans.len(), 2);
    assert!(translated.tree.starts_with("result\n"), "{}", translated.tree);
}

#[test]
fn a_file_is_cut_at_blank_lines() {
    let statements = Engine::split_kql("let a = 1;\n\nT | take a\n\n// the second\nU\n\n\n");
    let cut: Vec<_> = statements.iter().map(|one| (one.line, one.text.lines().next().unwrap())).collect();
    assert_eq!(cut, [(1, "let a = 1;"), (6, "U")]);
    assert!(Engine::split_kql(" \n").is_empty());
}
