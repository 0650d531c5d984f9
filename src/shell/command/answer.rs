//! Commands on the last answer, which is kept: none of them runs the query again.

use std::path::Path;

use super::super::answer::KeptAnswer;
use super::super::file::write_rows;
use super::super::{Presenter, ShellError, print, say};
use super::{Flow, Session, refuse};
use crate::output::chart::{Kind, Picture};
use crate::output::{self, Format, Records};

/// The last answer that has rows or columns.
fn last(session: &Session) -> Result<&KeptAnswer, ShellError> {
    let nothing = || ShellError::Command("there is no answer yet; run a query first".to_owned());
    session.answer.as_ref().ok_or_else(nothing)
}

/// Tells what is missing in an answer, and how much of it there is.
fn tell(kept: &KeptAnswer) {
    kept.partial.iter().chain(&kept.rows.note()).for_each(|sentence| say(&format!("note: {sentence}")));
}

/// Shows the answer again, in another format, or writes it to a file.
pub(super) fn again(session: &Session, argument: &str) -> Result<Flow, ShellError> {
    let kept = last(session)?;
    if looks_like_file(argument) {
        write(kept, Path::new(argument.trim_matches('"')))?;
        return Ok(Flow::Next);
    }
    let format: Format = match argument {
        "" => session.presenter.format,
        word => word.parse().map_err(ShellError::Command)?,
    };
    if format.is_binary() {
        return refuse(format!("{format} is not for a terminal; write .last FILE.{}", format.extension()));
    }
    let presenter = Presenter { format, ..session.presenter.clone() };
    presenter.show_kept(kept, &session.interrupts.work())?;
    tell(kept);
    Ok(Flow::Next)
}

fn write(kept: &KeptAnswer, path: &Path) -> Result<(), ShellError> {
    if Picture::of_path(path).is_ok() {
        kept.draw_to(path, None)?;
    } else {
        let Some(format) = Format::of_path(path) else {
            let endings = Format::ALL.map(Format::extension).join(", ");
            let sentence = format!("{}: let the name end in one of {endings}, svg, png, html", path.display());
            return Err(ShellError::Command(sentence));
        };
        write_rows(path, format, &kept.rows)?;
        tell(kept);
    }
    say(&format!("wrote {} to {}", output::count(kept.rows.rows(), "row"), path.display()));
    Ok(())
}

/// Shows one record whole.
pub(super) fn row(session: &Session, argument: &str) -> Result<Flow, ShellError> {
    let kept = last(session)?;
    let Ok(number) = argument.parse::<u64>() else {
        return refuse(format!("'{argument}' is not the number of a row; .row 1 shows the first"));
    };
    let Some(batch) = kept.rows.row(number) else {
        return refuse(format!("there is no row {number}: the answer has {}", output::count(kept.rows.rows(), "row")));
    };
    let style = session.presenter.stdout().style;
    print(&output::records(kept.rows.schema(), &batch, number, &style)?)?;
    Ok(Flow::Next)
}

/// Shows the answer one column a line, or sets how answers are shown from now on.
pub(super) fn expand(session: &mut Session, argument: &str) -> Result<Flow, ShellError> {
    match argument {
        "on" => session.presenter.screen.records = Records::Always,
        "off" => session.presenter.screen.records = Records::Never,
        "auto" => session.presenter.screen.records = Records::Auto,
        "" => {
            let mut presenter = Presenter { format: Format::Table, ..session.presenter.clone() };
            presenter.screen.records = Records::Always;
            let kept = last(session)?;
            presenter.show_kept(kept, &session.interrupts.work())?;
            tell(kept);
        }
        other => return refuse(format!("'{other}' is none of on, off and auto")),
    }
    Ok(Flow::Next)
}

/// Draws the answer: on the terminal, or into a file.
pub(super) fn chart(session: &Session, argument: &str) -> Result<Flow, ShellError> {
    let kept = last(session)?;
    let (kind, path) = kind_and_file(argument).map_err(ShellError::Command)?;
    match path {
        Some(path) => {
            kept.draw_to(Path::new(path), kind)?;
            say(&format!("drew {} to {path}", output::count(kept.rows.rows(), "row")));
        }
        None => session.presenter.draw(kept, kind, &session.interrupts.work())?,
    }
    Ok(Flow::Next)
}

/// `[KIND] [FILE]`: a first word that is no file names the kind.
fn kind_and_file(argument: &str) -> Result<(Option<Kind>, Option<&str>), String> {
    let (first, rest) = argument.split_once(char::is_whitespace).unwrap_or((argument, ""));
    if looks_like_file(argument) && first.parse::<Kind>().is_err() {
        return Ok((None, Some(argument.trim_matches('"'))));
    }
    let kind = if first.is_empty() { None } else { Some(first.parse()?) };
    let file = rest.trim().trim_matches('"');
    Ok((kind, Some(file).filter(|file| !file.is_empty())))
}

/// True if a word is a file rather than a name of something.
fn looks_like_file(word: &str) -> bool {
    word.contains(['.', '/', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_a_kind_or_a_file_or_both_or_neither() {
        assert_eq!(kind_and_file(""), Ok((None, None)));
        assert_eq!(kind_and_file("pie"), Ok((Some(Kind::Pie), None)));
        assert_eq!(kind_and_file("a b.svg"), Ok((None, Some("a b.svg"))));
        assert_eq!(kind_and_file("timechart \"my hunt.html\""), Ok((Some(Kind::Time), Some("my hunt.html"))));
        assert!(kind_and_file("sunburst").is_err());
    }
}
