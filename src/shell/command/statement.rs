//! Commands that do something with a statement other than run it.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;

use super::super::export::Export;
use super::super::{ShellError, print, say, write_file};
use super::{Flow, Session, refuse};
use crate::complete::Takes;
use crate::hunt::Language;
use crate::output::export::ExportOptions;
use crate::output::{self, Format};
use crate::shell::session::Typed;

/// Shows the plan. Both languages know `EXPLAIN`; what is written as one already stays one.
pub(super) async fn explain(session: &mut Session, given: &str) -> Result<Flow, ShellError> {
    let Typed { language, text } = session.statement(given)?;
    let options = session.options(language, &text);
    let has_word = text.trim_start().get(..8).is_some_and(|word| word.trim_end().eq_ignore_ascii_case("explain"));
    let text = if has_word { text } else { format!("EXPLAIN {text}") };
    session.show(language, &text, &options).await?;
    Ok(Flow::Next)
}

/// Tells what a query would read.
pub(super) async fn dry_run(session: &mut Session, given: &str) -> Result<Flow, ShellError> {
    let Typed { language, text } = session.statement(given)?;
    let options = session.options(language, &text);
    let price = match language {
        Language::Sql => session.unless_stopped(session.engine.sql_price(&text, &options)).await?,
        Language::Kql => session.unless_stopped(session.engine.kql_price(&text, &options)).await?,
    };
    let mut lines = format!("would read at most {} in {} blobs\n", output::bytes(price.bytes), price.blobs);
    if let Some((first, end)) = price.span() {
        let hour = "%Y-%m-%d %H:00";
        let hours = price.hours.len();
        lines += &format!(
            "of {hours} hour{} of receipt, from {} to {}\n",
            if hours == 1 { "" } else { "s" },
            first.format(hour),
            end.format(hour)
        );
    }
    lines += &format!("{} of {} blobs are left out by their hour\n", price.blobs_pruned, price.blobs_listed);
    print(&lines)?;
    Ok(Flow::Next)
}

/// Writes rows to a file whose name tells the format, or to Parquet as `huntql export` does.
pub(super) async fn export(session: &mut Session, argument: &str) -> Result<Flow, ShellError> {
    let (target, given) = Takes::PathThenStatement.split(argument);
    let (target, Typed { language, text }) = (Path::new(target), session.statement(given)?);
    let options = session.options(language, &text);
    let work = session.interrupts.work();
    if let Some(format) = Format::of_path(target).filter(|format| *format != Format::Parquet) {
        let presenter = super::super::Presenter { format, max_rows: None, ..session.presenter.clone() };
        let mut answers = presenter.answers(&session.engine, language, &text, &options, &work).await?;
        if answers.left() != 1 {
            return refuse(format!("the query has {} results, and a file holds one", answers.left()));
        }
        let Some(answer) = presenter.next(&mut answers, &work).await? else { return Ok(Flow::Next) };
        write_file(target, answer, &presenter, &work).await?;
        say(&format!("wrote {}", target.display()));
        return Ok(Flow::Next);
    }
    let layout =
        ExportOptions { metadata: vec![("huntql.query".to_owned(), text.clone())], ..ExportOptions::default() };
    let export = Export { language, statement: text, query: options, time_column: None, layout };
    let (answer, sentence) = export.write(target, &session.presenter, &session.engine, &work).await?;
    say(&format!("{sentence}: {}", output::summary(&answer.counters())));
    Ok(Flow::Next)
}

/// Lets the user's editor change the last statement. What it saves is run, unless nothing is left of it.
pub(super) async fn edit(session: &mut Session) -> Result<Flow, ShellError> {
    let Some(editor) = session.places.editor.clone() else {
        return refuse("no editor is set: name one in the environment as VISUAL or EDITOR");
    };
    let before = session.last.clone();
    let ending = match before.as_ref().map(|last| last.language) {
        Some(Language::Sql) => ".sql",
        _ => ".kql",
    };
    let text = before.map(|last| last.text).unwrap_or_default();
    let text = edited(&editor, &text, ending).map_err(ShellError::Command)?;
    if text.trim().is_empty() {
        say("nothing to run");
        return Ok(Flow::Next);
    }
    print(&format!("{}\n", text.trim_end()))?;
    Ok(Flow::Submit(text))
}

/// The text after the editor has ended.
///
/// # Errors
/// A sentence, if there is no such editor, it fails, or the file cannot be used.
fn edited(editor: &str, text: &str, ending: &str) -> Result<String, String> {
    let cannot = |error: std::io::Error| format!("cannot edit the statement in a file: {error}");
    let mut file = tempfile::Builder::new().prefix("huntql-").suffix(ending).tempfile().map_err(cannot)?;
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(cannot)?;
    // The variable holds a command line, which may have arguments of its own.
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or(editor);
    let status = Command::new(program).args(words).arg(file.path()).status();
    let status = status.map_err(|error| format!("cannot start the editor {program}: {error}"))?;
    if !status.success() {
        return Err(format!("the editor {program} gave up ({status}); nothing is run"));
    }
    // Editors often put a new file in the place of the old one.
    let mut after = std::fs::File::open(file.path()).map_err(cannot)?;
    let mut text = String::new();
    after.read_to_string(&mut text).map_err(cannot)?;
    Ok(text)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn an_editor_changes_the_text() {
        assert_eq!(edited("sed -i s/1/2/", "print 1", ".kql"), Ok("print 2".to_owned()));
        let error = |editor: &str| edited(editor, "", ".kql").expect_err("error");
        insta::assert_snapshot!(error("no-such-editor -x"), @"cannot start the editor no-such-editor: No such file or directory (os error 2)");
        insta::assert_snapshot!(error("false"), @"the editor false gave up (exit status: 1); nothing is run");
    }
}
