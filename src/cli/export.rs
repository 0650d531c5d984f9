//! `huntql export`: a table or a query as Parquet files.

use super::args::ExportArgs;
use super::context::Context;
use super::failure::{Failure, Outcome};
use super::script::Script;
use crate::engine::{Engine, QueryOptions};
use crate::hunt::{Language, in_place};
use crate::output::export::ExportOptions;
use crate::output::{self, Format};
use crate::shell::{Export, ShellError, Work};

pub(super) async fn run(args: &ExportArgs, context: &Context) -> Outcome {
    let names_query = args.script.command.is_some() || args.script.file.is_some();
    let script = names_query.then(|| Script::read(&args.script)).transpose()?;
    let engine = context.engine().await?;
    context.say_if_nothing_is_open();
    let work = context.interrupts.work();
    let export = match (&args.table, &script) {
        (Some(table), _) => whole_table(table, args, &engine, &work).await?,
        (None, Some(script)) => one_statement(script, args)?,
        (None, None) => return Err(Failure::trouble("say what to export: --table NAME, -c TEXT or a FILE")),
    };
    if args.dry_run {
        return would_read(&export, context, &engine, &work).await;
    }
    let failed = |error: ShellError| match &script {
        Some(script) => script.failed(error),
        None => error.into(),
    };
    let presenter = context.presenter(Format::Parquet, None);
    let (answer, written) = export.write(&args.to, &presenter, &engine, &work).await.map_err(failed)?;
    context.say(&format!("{written}: {}", output::summary(&answer.counters())));
    answer.notes().iter().for_each(|note| context.say(&format!("note: {note}")));
    Ok(())
}

/// Prints what an export would read.
async fn would_read(export: &Export, context: &Context, engine: &Engine, work: &Work<'_>) -> Outcome {
    let presenter = context.presenter(Format::Table, None);
    let options = QueryOptions { dry_run: true, ..export.query.clone() };
    let mut answers = presenter.answers(engine, export.language, &export.statement, &options, work).await?;
    while let Some(answer) = presenter.next(&mut answers, work).await? {
        presenter.show(answer, presenter.stdout(), work).await?;
    }
    Ok(())
}

fn layout(args: &ExportArgs, origin: (&str, &str)) -> ExportOptions {
    ExportOptions {
        partition_by: args.partition_by.clone(),
        sort: sort(args),
        compression: args.compression,
        rows_per_file: args.rows_per_file,
        overwrite: args.overwrite,
        metadata: vec![(origin.0.to_owned(), origin.1.to_owned())],
        ..ExportOptions::default()
    }
}

/// Everything of a table. The name may be in any letter case, a former one, or one that only the data knows.
async fn whole_table(name: &str, args: &ExportArgs, engine: &Engine, work: &Work<'_>) -> Outcome<Export> {
    if engine.catalog().resolve(name).is_none() {
        // Looks for it in the data; if it is there, the catalogue knows it then.
        work.unless_stopped(engine.describe(name)).await.ok_or(Failure::Interrupted)??;
    }
    let catalog = engine.catalog();
    let unknown = || Failure::trouble(format!("--table {name}: there is no such table; huntql tables lists them"));
    let table = catalog.resolve(name).ok_or_else(unknown)?;
    Ok(Export {
        language: Language::Sql,
        statement: format!("SELECT * FROM {}", quoted(table.name())),
        query: QueryOptions::default(),
        time_column: Some(table.event_time().to_owned()),
        layout: layout(args, ("huntql.table", table.name())),
    })
}

fn one_statement(script: &Script, args: &ExportArgs) -> Outcome<Export> {
    let join = match script.language {
        Language::Sql => "WITH can join them",
        Language::Kql => "let and union can join them",
    };
    match script.statements.as_slice() {
        [statement] => Ok(Export {
            language: script.language,
            statement: in_place(statement),
            query: script.options(statement),
            time_column: None,
            layout: layout(args, ("huntql.query", &statement.text)),
        }),
        [] => Err(Failure::trouble("there is no statement to export")),
        [_, second, ..] => Err(Failure::trouble(format!(
            "a second statement starts on line {}, but an export is one; {join}",
            second.line
        ))),
    }
}

fn sort(args: &ExportArgs) -> Option<Vec<String>> {
    let columns = args.sort.iter().filter(|column| !column.is_empty());
    (!args.sort.is_empty()).then(|| columns.cloned().collect())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }
}
