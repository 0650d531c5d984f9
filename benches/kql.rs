//! How long parsing and binding of many KQL queries takes, without data and planning.
//!
//! `python3 tests/corpus/measure.py FOLDER --list > list.jsonl`, then `cargo bench --bench kql -- list.jsonl`. Prints the best of three
//! rounds and the slowest query; judges nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use huntql::catalog::Catalog;
use huntql::kql::bind::{NoProbe, Schemas, TableSchema, bind};
use huntql::kql::syntax::parse;

/// The tables of the catalogue, each made ready once, as a session keeps them.
struct Portal {
    catalog: Catalog,
    ready: Mutex<HashMap<String, Arc<TableSchema>>>,
}

impl Schemas for Portal {
    fn table(&self, name: &str) -> Option<Arc<TableSchema>> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = ready.get(name) {
            return Some(Arc::clone(known));
        }
        let table = self.catalog.resolve(name)?;
        let columns = table.columns().iter().map(|column| (column.name.as_str().into(), column.kind)).collect();
        let visible = table.visible_columns().len();
        let schema = Arc::new(TableSchema { name: table.name().to_owned(), columns, visible });
        ready.insert(name.to_owned(), Arc::clone(&schema));
        Some(schema)
    }

    fn table_names(&self) -> Vec<String> {
        self.catalog.tables().map(|table| table.name().to_owned()).collect()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `cargo bench` adds a flag of its own.
    let Some(path) = std::env::args().skip(1).find(|argument| !argument.starts_with("--")) else {
        println!("name a list of queries: cargo bench --bench kql -- list.jsonl");
        return Ok(());
    };
    let mut queries = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let entry: serde_json::Value = serde_json::from_str(line)?;
        queries.extend(entry["query"].as_str().map(str::to_owned));
    }
    let portal = Portal { catalog: Catalog::builtin(), ready: Mutex::default() };
    let (mut best, mut bound, mut slowest) = (Duration::MAX, 0, (Duration::ZERO, ""));
    for _ in 0..3 {
        let started = Instant::now();
        (bound, slowest) = (0, (Duration::ZERO, ""));
        for query in &queries {
            let begun = Instant::now();
            let (script, _) = parse(query);
            bound += usize::from(bind(&script, &portal, &mut NoProbe, &HashMap::new()).is_ok());
            slowest = slowest.max((begun.elapsed(), query.as_str()));
        }
        best = best.min(started.elapsed());
    }
    let first: String = slowest.1.chars().take(60).collect();
    println!("{bound} of {} bound in {best:?}; the slowest in {:?}: {first}", queries.len(), slowest.0);
    Ok(())
}
