//! How long parsing and binding of many KQL queries takes, without data and planning.
//!
//! `python3 tests/corpus/measure.py FOLDER --list > list.jsonl`, then `cargo bench --bench kql -- list.jsonl`. Prints the best of three
//! rounds and the slowest query; judges nothing.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use huntql::kql::bind::{NoProbe, bind};
use huntql::kql::syntax::parse;
use portal::Portal;

#[path = "../tests/support/portal.rs"]
mod portal;

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
    let portal = Portal::default();
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
