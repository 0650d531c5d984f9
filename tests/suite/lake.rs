//! A folder of blobs that a test writes, and the questions it asks of it.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use futures::StreamExt;
use huntql::engine::{Counters, Engine, EngineOptions, Error, QueryOptions};
use huntql::hunt::{Hunt, Language, in_place};
use huntql::output::{Format, Style, writer};

use crate::secrets::{self, Folder};

pub const TENANT: &str = "8d1ea7a6-d8a1-4f1d-9c2a-6b8f2f0a3b1c";

/// A folder of blobs; gone with the test.
pub struct Lake {
    folder: Folder,
    pub options: EngineOptions,
}

/// What a query came to.
#[derive(Debug)]
pub struct Outcome {
    /// The rows, one JSON object a line.
    pub jsonl: String,
    pub counters: Counters,
    pub notes: Vec<String>,
}

impl Lake {
    pub fn new() -> Self {
        Self { folder: Folder::new(), options: EngineOptions::default() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file at a path under the lake.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Writes the blob of a table and an hour, `2026-07-18T14`.
    pub fn blob(&self, table: &str, hour: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        self.file(&blob_name(table, hour), bytes)
    }

    pub async fn engine(&self) -> Engine {
        self.engine_at(self.folder.path()).await
    }

    pub async fn engine_at(&self, source: &Path) -> Engine {
        let mut options = self.options.clone();
        options.sources = vec![source.to_str().unwrap().to_owned()];
        Engine::builder().options(options).build().await.unwrap()
    }

    /// Asks, and expects an answer.
    pub async fn ask(&self, sql: &str) -> Outcome {
        ask(&self.engine().await, sql).await.unwrap_or_else(|error| panic!("{sql}\n{error}"))
    }

    /// The rows of a question, one JSON object a line.
    pub async fn jsonl(&self, sql: &str) -> String {
        self.ask(sql).await.jsonl
    }

    /// `kind column line` of every reject, in order.
    pub async fn rejects(&self) -> Vec<String> {
        let sql = "SELECT Kind || coalesce(' ' || ColumnName, '') || coalesce(' @' || Line, '') AS r FROM huntql.rejects \
                   ORDER BY File, \"Offset\", ColumnName";
        let lines = self.jsonl(sql).await;
        let reject =
            |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["r"].as_str().unwrap().to_owned();
        lines.lines().map(reject).collect()
    }
}

pub async fn ask(engine: &Engine, sql: &str) -> Result<Outcome, Error> {
    ask_with(engine, sql, &QueryOptions::default()).await
}

/// Asks; what comes back is looked through for secrets.
pub async fn ask_with(engine: &Engine, sql: &str, options: &QueryOptions) -> Result<Outcome, Error> {
    let asked = answered(engine, sql, options).await;
    match &asked {
        Ok(outcome) => {
            secrets::check(&outcome.jsonl, "rows");
            secrets::check(outcome.notes.join("\n"), "notes");
        }
        Err(error) => {
            let mut cause: Option<&dyn std::error::Error> = Some(error);
            while let Some(words) = cause {
                secrets::check(words.to_string(), "an error");
                cause = words.source();
            }
        }
    }
    asked
}

async fn answered(engine: &Engine, sql: &str, options: &QueryOptions) -> Result<Outcome, Error> {
    let mut answer = engine.sql_with(sql, options).await?;
    let shared = Shared::default();
    let mut rows =
        writer(Format::Jsonl, std::sync::Arc::clone(answer.schema()), Box::new(shared.clone()), &Style::default())
            .unwrap();
    while let Some(batch) = answer.next().await {
        rows.write(&batch?).unwrap();
    }
    rows.finish().unwrap();
    Ok(Outcome { jsonl: shared.text(), counters: answer.counters(), notes: answer.notes() })
}

/// The rows of every statement of a hunt, in an order that is its own.
pub async fn answers(engine: &Engine, hunt: &Hunt) -> String {
    let options = QueryOptions { params: hunt.bind(&[]).unwrap(), ..QueryOptions::default() };
    let mut told = String::new();
    for statement in hunt.statements() {
        let text = in_place(&statement);
        let mut lines = Vec::new();
        let mut answers = Vec::new();
        match hunt.language {
            Language::Sql => answers.push(engine.sql_with(&text, &options).await.unwrap()),
            Language::Kql => {
                let mut several = engine.kql_with(&text, &options).await.unwrap();
                while let Some(answer) = several.next().await.unwrap() {
                    answers.push(answer);
                }
            }
        }
        for mut answer in answers {
            let shared = Shared::default();
            let schema = std::sync::Arc::clone(answer.schema());
            if schema.fields().is_empty() {
                while answer.next().await.is_some() {}
                continue;
            }
            let mut rows = writer(Format::Jsonl, schema, Box::new(shared.clone()), &Style::default()).unwrap();
            while let Some(batch) = answer.next().await {
                rows.write(&batch.unwrap()).unwrap();
            }
            rows.finish().unwrap();
            lines.extend(shared.text().lines().map(str::to_owned));
        }
        lines.sort();
        secrets::check(lines.join("\n"), "rows");
        let _ = writeln!(told, "{}", lines.join("\n"));
    }
    told
}

/// A sink that can be read after its writer took it.
#[derive(Clone, Default)]
pub struct Shared(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Shared {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub fn blob_name(table: &str, hour: &str) -> String {
    let (y, m, d, h) = (&hour[..4], &hour[5..7], &hour[8..10], &hour[11..13]);
    let container = table.to_ascii_lowercase();
    format!("insights-logs-advancedhunting-{container}/tenantId={TENANT}/y={y}/m={m}/d={d}/h={h}/m=00/PT1H.json")
}

/// A record in the service's own envelope.
pub fn record(table: &str, properties: &str) -> String {
    format!(
        r#"{{"time":"2026-07-18T14:08:56.0000000Z","tenantId":"{TENANT}","operationName":"Publish","category":"AdvancedHunting-{table}","_TimeReceivedBySvc":"2026-07-18T14:08:55.1234567Z","properties":{properties},"Tenant":"DefaultTenant"}}"#
    )
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}
