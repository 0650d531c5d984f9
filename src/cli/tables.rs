//! `huntql tables`: what tables are there, or the columns of one.

use std::collections::BTreeMap;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::error::ArrowError;
use serde::Serialize;

use super::args::{ReportFormat, TablesArgs};
use super::context::{Context, NOTHING_OPEN};
use super::failure::{Failure, Outcome};
use crate::engine::{Engine, QueryOptions, TableSummary};
use crate::output::Format;
use crate::shell;
use crate::source::{Scope, TimeRange};

/// A table as programs read it.
#[derive(Serialize)]
struct Table<'a> {
    #[serde(flatten)]
    summary: &'a TableSummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
}

/// A column as programs read it.
#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    hidden: bool,
}

pub(super) async fn run(args: &TablesArgs, context: &Context) -> Outcome {
    let engine = context.engine().await?;
    match &args.name {
        Some(name) => columns(name, args.format, &engine, context).await,
        None => tables(args, &engine, context).await,
    }
}

async fn columns(table: &str, format: ReportFormat, engine: &Engine, context: &Context) -> Outcome {
    let columns = context.unless_stopped(engine.describe(table)).await?;
    if format == ReportFormat::Json {
        let columns =
            columns.iter().map(|column| Column { name: &column.name, kind: column.kind.name(), hidden: column.hidden });
        return super::print_json(&columns.collect::<Vec<_>>());
    }
    list(shell::columns(&columns), context)
}

async fn tables(args: &TablesArgs, engine: &Engine, context: &Context) -> Outcome {
    let window = args.time.range(context.now())?;
    let tables = context.unless_stopped(engine.tables_in(window)).await?;
    let rows = if args.rows { Some(count_rows(&tables, window, engine, context).await?) } else { None };
    if args.format == ReportFormat::Json {
        let rows_of = |table: &TableSummary| rows.as_ref().and_then(|rows| rows.get(&table.name).copied());
        return super::print_json(
            &tables.iter().map(|summary| Table { summary, rows: rows_of(summary) }).collect::<Vec<_>>(),
        );
    }
    if tables.is_empty() {
        match context.settings.engine.sources.is_empty() {
            true => context.say(NOTHING_OPEN),
            false => {
                context.say("the sources hold no blob whose path names a table; huntql inspect shows what they hold")
            }
        }
        return Ok(());
    }
    list(shell::tables(&tables, rows.as_ref()), context)?;
    shell::without_schema(&tables).iter().for_each(|sentence| context.say(sentence));
    Ok(())
}

/// The rows of each table, by its name. One query a table: the tables of a location lie in blobs of their own.
async fn count_rows(
    tables: &[TableSummary],
    window: TimeRange,
    engine: &Engine,
    context: &Context,
) -> Outcome<BTreeMap<String, u64>> {
    let mut rows = BTreeMap::new();
    let options = QueryOptions { scope: Scope { window, ..Scope::default() }, ..QueryOptions::default() };
    for table in tables {
        let sql = format!("SELECT count(*) FROM \"{}\"", table.name.replace('"', "\"\""));
        let count = async {
            let batches = engine.sql_with(&sql, &options).await?.collect().await?;
            Ok(batches.iter().filter(|batch| batch.num_rows() > 0).map(count_in).sum())
        };
        rows.insert(table.name.clone(), context.unless_stopped(count).await?);
    }
    Ok(rows)
}

fn count_in(batch: &RecordBatch) -> u64 {
    let count = batch.column(0).as_primitive_opt::<Int64Type>().map_or(0, |counts| counts.value(0));
    u64::try_from(count).unwrap_or(0)
}

fn list(rows: Result<RecordBatch, ArrowError>, context: &Context) -> Outcome {
    let rows = rows.map_err(|error| Failure::trouble(format!("cannot make the listing: {error}")))?;
    Ok(context.presenter(Format::Table, None).list(&rows)?)
}
