//! `huntql query`: the statements of a script in order, each answer printed or the last one written to a file.

use std::io::{self, IsTerminal};

use super::args::QueryArgs;
use super::context::Context;
use super::failure::{Failure, Outcome};
use super::script::Script;
use crate::engine::{Answer, QueryOptions};
use crate::hunt::in_place;
use crate::output::Format;
use crate::shell::write_file;

pub(super) async fn run(args: &QueryArgs, context: &Context) -> Outcome {
    let format = format(args)?;
    let script = Script::read(&args.script)?;
    let engine = context.engine().await?;
    context.say_if_nothing_is_open();
    let mut presenter = context.presenter(format, args.max_rows);
    // A terminal gets the chart that a query asks for, unless rows are asked for.
    presenter.screen.charts = args.format.is_none() && io::stdout().is_terminal();
    let last = script.statements.len();
    for (number, statement) in (1..).zip(&script.statements) {
        let work = context.interrupts.work();
        let text = in_place(statement);
        let failed = |error| script.failed(error);
        let options = QueryOptions { dry_run: args.dry_run, ..script.options(statement) };
        let answers = presenter.answers(&engine, script.language, &text, &options, &work).await;
        let mut answers = answers.map_err(failed)?;
        while let Some(answer) = presenter.next(&mut answers, &work).await.map_err(failed)? {
            let is_last = number == last && answers.left() == 0;
            // A file holds one answer, and so does whatever reads a binary format.
            let to_file = args.output.is_some() || args.chart.is_some();
            if !is_last && has_rows(&answer) && (to_file || format.is_binary()) {
                return Err(Failure::trouble(format!(
                    "the statement on line {} gives rows as well, and only those of the last one can be written; run it on its own",
                    statement.line
                )));
            }
            match (&args.output, &args.chart) {
                (Some(path), _) if is_last => write_file(path, answer, &presenter, &work).await.map_err(failed)?,
                (None, Some(path)) if is_last => {
                    let kept = presenter.kept(answer, &work).await.map_err(failed)?;
                    kept.draw_to(path, args.chart_kind).map_err(failed)?;
                }
                // What is drawn is kept; rows are not.
                _ if presenter.screen.charts && answer.render().is_some() => {
                    presenter.present(answer, &work).await.1.map_err(failed)?
                }
                _ => presenter.show(answer, presenter.stdout(), &work).await.map_err(failed)?,
            }
        }
    }
    Ok(())
}

fn format(args: &QueryArgs) -> Outcome<Format> {
    let format = match (&args.format, &args.output) {
        (Some(format), _) => *format,
        (None, Some(path)) => Format::of_path(path).ok_or_else(|| {
            let endings = Format::ALL.map(Format::extension).join(", ");
            Failure::trouble(format!(
                "--output {}: say --format, or let the name end in one of {endings}",
                path.display()
            ))
        })?,
        (None, None) => Format::Table,
    };
    if format.is_binary() && args.output.is_none() && io::stdout().is_terminal() {
        return Err(Failure::trouble(format!("{format} is not for a terminal; write it to a file with -o FILE")));
    }
    Ok(format)
}

fn has_rows(answer: &Answer) -> bool {
    !answer.schema().fields().is_empty()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::args::{Cli, Command};
    use super::*;

    fn format_of(args: &[&str]) -> Outcome<Format> {
        let cli = Cli::try_parse_from(["huntql", "query", "-c", "select 1"].iter().chain(args)).expect("parses");
        let Some(Command::Query(with)) = cli.command else { panic!("no query") };
        format(&with.own)
    }

    #[test]
    fn the_format_is_the_flags_else_the_files_else_a_table() {
        assert_eq!(format_of(&[]), Ok(Format::Table));
        assert_eq!(format_of(&["-o", "x.csv"]), Ok(Format::Csv));
        assert_eq!(format_of(&["-o", "x.csv", "--format", "jsonl"]), Ok(Format::Jsonl));
        let Err(Failure::Trouble(message)) = format_of(&["-o", "rows"]) else { panic!("no error") };
        insta::assert_snapshot!(message, @"--output rows: say --format, or let the name end in one of txt, json, jsonl, csv, tsv, md, parquet, arrow");
    }
}
