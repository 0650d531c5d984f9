//! `huntql export`: a table or a query as Parquet files.
//!
//! The engine sorts, because the files want their rows by folder and time and the engine can spill; `output::export` cuts and writes.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema};
use futures::StreamExt;

use super::args::ExportArgs;
use super::context::Context;
use super::failure::{Failure, Outcome};
use super::script::Script;
use crate::engine::{Answer, Engine, QueryOptions};
use crate::hunt::{Language, in_place};
use crate::output::export::{ExportLayout, ExportOptions, ExportWriter, Written};
use crate::output::progress::Progress;
use crate::output::{self, RowWriter};
use crate::shell::{ShellError, Work, width_of_stderr};

/// What to export.
struct Rows {
    /// One statement.
    sql: String,
    options: QueryOptions,
    /// The column of the event time, where the table says it.
    time_column: Option<String>,
    /// For the files' metadata.
    origin: (String, String),
}

pub(super) async fn run(args: &ExportArgs, context: &Context) -> Outcome {
    let names_query = args.script.command.is_some() || args.script.file.is_some();
    let script = names_query.then(|| Script::read(&args.script)).transpose()?;
    let engine = context.engine().await?;
    context.say_if_nothing_is_open();
    let work = context.interrupts.work();
    let rows = match (&args.table, &script) {
        (Some(table), _) => whole_table(table, &engine, &work).await?,
        (None, Some(script)) if script.language == Language::Kql => {
            return Err(Failure::trouble(
                "an export is a table or a query in SQL; the rows of one in KQL are written by huntql query -o FILE.parquet",
            ));
        }
        (None, Some(script)) => one_statement(script)?,
        (None, None) => return Err(Failure::trouble("say what to export: --table NAME, -c TEXT or a FILE")),
    };
    let failed = |error: ShellError| match &script {
        Some(script) => script.failed(error),
        None => error.into(),
    };
    let plain = answer(&rows.sql, &rows, &engine, &work).await.map_err(failed)?;
    if plain.schema().fields().is_empty() {
        return Err(Failure::trouble("this statement gives no rows to export"));
    }
    let options = options(args, &rows, plain.schema());
    let order = ExportLayout::new(&options, plain.schema())?.order_by();
    let mut writer = ExportWriter::create(&args.to, Arc::clone(plain.schema()), &options)?;
    let mut sorted = match order {
        Some(order) => {
            drop(plain);
            answer(&ordered(&rows.sql, &order), &rows, &engine, &work).await.map_err(failed)?
        }
        None => plain,
    };
    pump(&mut sorted, &mut writer, !context.settings.quiet, &work).await.map_err(failed)?;
    let (files, to) = (files(writer.written()), args.to.display());
    context.say(&format!("wrote {files} to {to}: {}", output::summary(&sorted.counters())));
    sorted.notes().iter().for_each(|note| context.say(&format!("note: {note}")));
    Ok(())
}

fn options(args: &ExportArgs, rows: &Rows, schema: &Schema) -> ExportOptions {
    ExportOptions {
        partition_by: args.partition_by.clone(),
        sort: sort(args),
        time_column: rows.time_column.clone().unwrap_or_else(|| time_column(schema)),
        compression: args.compression,
        rows_per_file: args.rows_per_file,
        overwrite: args.overwrite,
        metadata: vec![rows.origin.clone()],
        ..ExportOptions::default()
    }
}

async fn answer(sql: &str, rows: &Rows, engine: &Engine, work: &Work<'_>) -> Result<Answer, ShellError> {
    let answer = work.unless_stopped(engine.sql_with(sql, &rows.options)).await;
    Ok(answer.ok_or(ShellError::Interrupted)??)
}

/// Moves all rows to the files, and gives those their final names.
async fn pump(
    answer: &mut Answer,
    writer: &mut ExportWriter,
    with_progress: bool,
    work: &Work<'_>,
) -> Result<(), ShellError> {
    let progress = with_progress.then(|| Progress::start(answer.monitor(), width_of_stderr()));
    while let Some(batch) = work.unless_stopped(answer.next()).await.ok_or(ShellError::Interrupted)? {
        writer.write(&batch?)?;
        if let Some(progress) = &progress {
            progress.note(files(writer.written()));
        }
    }
    writer.finish()?;
    Ok(())
}

/// Everything of a table. The name may be in any letter case, a former one, or one that only the data knows.
async fn whole_table(name: &str, engine: &Engine, work: &Work<'_>) -> Outcome<Rows> {
    if engine.catalog().resolve(name).is_none() {
        // Looks for it in the data; if it is there, the catalogue knows it then.
        work.unless_stopped(engine.describe(name)).await.ok_or(Failure::Interrupted)??;
    }
    let catalog = engine.catalog();
    let unknown = || Failure::trouble(format!("--table {name}: there is no such table; huntql tables lists them"));
    let table = catalog.resolve(name).ok_or_else(unknown)?;
    Ok(Rows {
        sql: format!("SELECT * FROM {}", quoted(table.name())),
        options: QueryOptions::default(),
        time_column: Some(table.event_time().to_owned()),
        origin: ("huntql.table".to_owned(), table.name().to_owned()),
    })
}

fn one_statement(script: &Script) -> Outcome<Rows> {
    match script.statements.as_slice() {
        [statement] => Ok(Rows {
            sql: in_place(statement),
            options: script.options(statement),
            time_column: None,
            origin: ("huntql.query".to_owned(), statement.text.clone()),
        }),
        [] => Err(Failure::trouble("there is no statement to export")),
        [_, second, ..] => Err(Failure::trouble(format!(
            "a second statement starts on line {}, but an export is one; WITH can join them",
            second.line
        ))),
    }
}

/// A query sorted. The line break ends a comment that the query may end with.
fn ordered(sql: &str, order: &str) -> String {
    let before = sql.len() - sql.trim_start_matches('\n').len();
    let (lines, sql) = sql.split_at(before);
    format!("{lines}SELECT * FROM ({sql}\n) ORDER BY {order}")
}

fn sort(args: &ExportArgs) -> Option<Vec<String>> {
    let columns = args.sort.iter().filter(|column| !column.is_empty());
    (!args.sort.is_empty()).then(|| columns.cloned().collect())
}

/// The column of a query's rows that is most likely the event time.
fn time_column(schema: &Schema) -> String {
    let times = || schema.fields().iter().filter(|field| matches!(field.data_type(), DataType::Timestamp(..)));
    let named = ["Timestamp", "TimeGenerated"].iter().find_map(|name| times().find(|field| field.name() == name));
    named.or_else(|| times().next()).map_or_else(|| "Timestamp".to_owned(), |field| field.name().clone())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn files(written: Written) -> String {
    let s = if written.files == 1 { "" } else { "s" };
    format!("{} file{s}, {}", written.files, output::bytes(written.bytes))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::Field;

    use super::*;
    use crate::catalog::KustoType;

    #[test]
    fn a_query_is_sorted_whatever_it_ends_with() {
        insta::assert_snapshot!(ordered("\n\nselect 1 -- all", "\"a\" ASC"), @r#"


        SELECT * FROM (select 1 -- all
        ) ORDER BY "a" ASC
        "#);
    }

    #[test]
    fn the_event_time_of_a_query_is_found_by_name_then_by_type() {
        let schema = |columns: &[(&str, KustoType)]| {
            Schema::new(columns.iter().map(|(name, kind)| kind.field(name)).collect::<Vec<Field>>())
        };
        let (time, text) = (KustoType::DateTime, KustoType::String);
        assert_eq!(time_column(&schema(&[("First", time), ("Timestamp", time)])), "Timestamp");
        assert_eq!(
            time_column(&schema(&[("Timestamp", text), ("First", time), ("TimeGenerated", time)])),
            "TimeGenerated"
        );
        assert_eq!(time_column(&schema(&[("a", text), ("Hour", time)])), "Hour");
        assert_eq!(time_column(&schema(&[("a", text)])), "Timestamp");
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }
}
