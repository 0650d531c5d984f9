//! `huntql query`: the statements of a script in order, each answer printed or the last one written to a file.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::Path;

use tempfile::NamedTempFile;

use super::args::QueryArgs;
use super::context::Context;
use super::failure::{Failure, Outcome};
use super::script::Script;
use crate::engine::Answer;
use crate::hunt::in_place;
use crate::output::Format;
use crate::shell::{Destination, Presenter, ShellError, Work};

pub(super) async fn run(args: &QueryArgs, context: &Context) -> Outcome {
    let format = format(args)?;
    let script = Script::read(&args.script)?;
    let engine = context.engine().await?;
    context.say_if_nothing_is_open();
    let presenter = context.presenter(format, args.max_rows);
    let last = script.statements.len();
    for (number, statement) in (1..).zip(&script.statements) {
        let work = context.interrupts.work();
        let text = in_place(statement);
        let failed = |error| script.failed(error);
        let options = script.options(statement);
        let answers = presenter.answers(&engine, script.language, &text, &options, &work).await;
        let mut answers = answers.map_err(failed)?;
        while let Some(answer) = presenter.next(&mut answers, &work).await.map_err(failed)? {
            let is_last = number == last && answers.left() == 0;
            // A file holds one answer, and so does whatever reads a binary format.
            if !is_last && has_rows(&answer) && (args.output.is_some() || format.is_binary()) {
                return Err(Failure::trouble(format!(
                    "the statement on line {} gives rows as well, and only those of the last one can be written; run it on its own",
                    statement.line
                )));
            }
            match args.output.as_deref().filter(|_| is_last) {
                Some(path) => write_file(path, answer, &presenter, &work, failed).await?,
                None => presenter.show(answer, presenter.stdout(), &work).await.map_err(failed)?,
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

/// Writes the answer beside the file and gives it the file's name when it is whole.
async fn write_file(
    path: &Path,
    answer: Answer,
    presenter: &Presenter,
    work: &Work<'_>,
    failed: impl Fn(ShellError) -> Failure,
) -> Outcome {
    let cannot = |error: io::Error| Failure::trouble(format!("cannot write {}: {error}", path.display()));
    if !has_rows(&answer) {
        return Err(Failure::trouble(format!("the last statement gives no rows to write to {}", path.display())));
    }
    if !can_be_replaced(path) {
        let sink = File::create(path).map_err(cannot)?;
        return presenter.show(answer, Destination::file(Box::new(sink)), work).await.map_err(failed);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(Failure::trouble(format!(
            "cannot write {}: there is no folder {}",
            path.display(),
            folder.display()
        )));
    }
    let temporary = beside(folder).map_err(cannot)?;
    let sink = io::BufWriter::with_capacity(1 << 16, temporary.reopen().map_err(cannot)?);
    presenter.show(answer, Destination::file(Box::new(sink)), work).await.map_err(failed)?;
    temporary.persist(path).map_err(|error| cannot(error.error))?;
    Ok(())
}

/// True if a new file may take the place of what is at `path`. A pipe, a device, or a link, as `/dev/stdout` is one, must stay what it
/// is: it is written through.
fn can_be_replaced(path: &Path) -> bool {
    path.symlink_metadata().map_or(true, |there| there.is_file())
}

/// A temporary file in a folder, with the permissions that any new file has.
pub(super) fn beside(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(".huntql-").tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::args::{Cli, Command};
    use super::*;

    #[cfg(unix)]
    #[test]
    fn links_and_devices_are_written_through() {
        let folder = tempfile::tempdir().expect("folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        assert!(can_be_replaced(&file));
        std::fs::write(&file, "").expect("write");
        std::os::unix::fs::symlink(&file, &link).expect("link");
        assert!(can_be_replaced(&file));
        assert!(!can_be_replaced(&link));
        assert!(!can_be_replaced(Path::new("/dev/null")));
    }

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
