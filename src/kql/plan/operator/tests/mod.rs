//! The special operators run: cases as data, one file an operator.
//!
//! A case is a query, a line `----` or `====`, and the answer: the columns' names, then the rows, cells parted by `|`. Under `----` the
//! order of rows does not matter. `!` and a text say that the query is refused with a sentence that holds the text. Blank lines part cases.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::collect;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::kql::bind::{NoProbe, Schemas, TableSchema, bind};
use crate::kql::plan::{Tables, plan};
use crate::kql::syntax::parse;

/// No table: the cases bring their rows along.
struct Nothing;

impl Schemas for Nothing {
    fn table(&self, _: &str) -> Option<Arc<TableSchema>> {
        None
    }

    fn table_names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Tables for Nothing {
    fn scan(&self, _: &str) -> Option<Result<LogicalPlan>> {
        None
    }

    fn now(&self) -> i64 {
        1_790_000_000_000_000_000
    }
}

/// The last result's columns and rows, or why there is none.
async fn answer(query: &str) -> std::result::Result<(String, Vec<String>), String> {
    let (script, mut diagnostics) = parse(query);
    let bound = bind(&script, &Nothing, &mut NoProbe, &HashMap::new());
    diagnostics.extend(bound.diagnostics.iter().cloned());
    if let Some(error) = diagnostics.iter().find(|diagnostic| diagnostic.is_error()) {
        return Err(format!("{error:?}"));
    }
    let planned = plan(&bound.script, &Nothing).map_err(|error| error.to_string())?;
    let plan = planned.results.last().ok_or("no result")?.plan.clone();
    // Many small batches in several partitions: what depends on luck fails.
    let config = SessionConfig::new().with_target_partitions(3).with_batch_size(2);
    let mut state = SessionStateBuilder::new().with_default_features().with_config(config).build();
    crate::functions::register_all(&mut state).map_err(|error| error.to_string())?;
    let context = SessionContext::new_with_state(state);
    rows(&context, &plan).await.map_err(|error| format!("{error}\n{}", plan.display_indent()))
}

async fn rows(context: &SessionContext, plan: &LogicalPlan) -> Result<(String, Vec<String>)> {
    let names: Vec<&str> = plan.schema().fields().iter().map(|field| field.name().as_str()).collect();
    let physical = context.state().create_physical_plan(plan).await?;
    let mut rows = Vec::new();
    for batch in collect(physical, context.task_ctx()).await? {
        let options = FormatOptions::new().with_null("NULL");
        let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            rows.push(columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join("|"));
        }
    }
    Ok((names.join("|"), rows))
}

/// Runs the cases of a file.
async fn check(cases: &str) {
    let mut wrong = Vec::new();
    for case in cases.split("\n\n").filter(|case| !case.trim().is_empty()) {
        let (query, ordered, expected) = match (case.split_once("\n----\n"), case.split_once("\n====\n")) {
            (Some((query, expected)), _) => (query, false, expected),
            (_, Some((query, expected))) => (query, true, expected),
            _ => panic!("no answer: {case}"),
        };
        let expected = expected.trim_end_matches('\n');
        let found = answer(query).await;
        let fits = match (&found, expected.strip_prefix("! ")) {
            (Err(error), Some(part)) => error.contains(part),
            (Ok((names, rows)), None) => {
                let mut lines = expected.split('\n');
                let head = lines.next().unwrap_or_default();
                let (mut wanted, mut rows): (Vec<&str>, Vec<&str>) =
                    (lines.collect(), rows.iter().map(String::as_str).collect());
                if !ordered {
                    wanted.sort_unstable();
                    rows.sort_unstable();
                }
                head == names && wanted == rows
            }
            _ => false,
        };
        if !fits {
            let found = match found {
                Ok((names, rows)) => format!("{names}\n{}", rows.join("\n")),
                Err(error) => format!("! {error}"),
            };
            wrong.push(format!("{query}\nmust answer\n{expected}\nbut answers\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn mv_expand() {
    check(include_str!("expand.txt")).await;
}

#[tokio::test]
async fn parse_and_parse_where() {
    check(include_str!("parse.txt")).await;
}

#[tokio::test]
async fn parse_kv() {
    check(include_str!("parse_kv.txt")).await;
}

#[tokio::test]
async fn neighbouring_rows() {
    check(include_str!("window.txt")).await;
}

#[tokio::test]
async fn mv_apply_and_partition() {
    check(include_str!("apply.txt")).await;
}

#[tokio::test]
async fn make_series() {
    check(include_str!("make_series.txt")).await;
}

#[tokio::test]
async fn plugins() {
    check(include_str!("plugin.txt")).await;
}

#[tokio::test]
async fn top_nested() {
    check(include_str!("top_nested.txt")).await;
}

#[tokio::test]
async fn scan() {
    check(include_str!("scan.txt")).await;
}
