//! Commands that change how the shell goes on.

use chrono::{DateTime, SecondsFormat, Utc};

use super::super::{ShellError, print, say};
use super::{Flow, Session, refuse};
use crate::kql::syntax::value::{Moment, TICKS_PER_DAY, TICKS_PER_SECOND, datetime};
use crate::output::Format;

pub(super) async fn lang(session: &mut Session, word: &str) -> Result<Flow, ShellError> {
    if word.is_empty() {
        print(&format!("{}\n", session.choice.name()))?;
    } else {
        session.choice = word.parse().map_err(ShellError::Command)?;
    }
    Ok(Flow::Next)
}

pub(super) async fn format(session: &mut Session, word: &str) -> Result<Flow, ShellError> {
    if word.is_empty() {
        print(&format!("{}\n", session.presenter.format))?;
        return Ok(Flow::Next);
    }
    let format: Format = word.parse().map_err(ShellError::Command)?;
    if format.is_binary() {
        return refuse(format!("{format} is not for a terminal; .export FILE.{} writes it", format.extension()));
    }
    session.presenter.format = format;
    Ok(Flow::Next)
}

pub(super) async fn timing(session: &mut Session, word: &str) -> Result<Flow, ShellError> {
    switch(&mut session.presenter.timing, word)
}

pub(super) async fn stats(session: &mut Session, word: &str) -> Result<Flow, ShellError> {
    switch(&mut session.presenter.stats, word)
}

/// Sets a switch; without a word, tells how it stands.
fn switch(switch: &mut bool, word: &str) -> Result<Flow, ShellError> {
    match word.to_ascii_lowercase().as_str() {
        "on" => *switch = true,
        "off" => *switch = false,
        "" => print(if *switch { "on\n" } else { "off\n" })?,
        other => return refuse(format!("'{other}' is neither on nor off")),
    }
    Ok(Flow::Next)
}

pub(super) async fn param(session: &mut Session, argument: &str) -> Result<Flow, ShellError> {
    if argument.is_empty() {
        if session.params.is_empty() {
            say("no parameter has a value; .param name=value gives one");
        }
        print(&session.params.iter().map(|(name, value)| format!("{name}={value}\n")).collect::<String>())?;
        return Ok(Flow::Next);
    }
    let Some((name, value)) = argument.split_once('=') else {
        return refuse(format!("write .param {argument}=VALUE; .param {argument}= takes its value away"));
    };
    let name = name.trim().trim_start_matches('$');
    if name.is_empty() || !name.chars().all(|letter| letter == '_' || letter.is_alphanumeric()) {
        return refuse(format!("'{name}' is no name of a parameter: letters, digits and _ make one"));
    }
    session.params.retain(|(known, _)| known != name);
    if !value.trim().is_empty() {
        session.params.push((name.to_owned(), unquoted(value.trim()).to_owned()));
    }
    Ok(Flow::Next)
}

/// A value without the quotes that it may stand in.
fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    within('\'').or_else(|| within('"')).unwrap_or(value)
}

pub(super) async fn now(session: &mut Session, argument: &str) -> Result<Flow, ShellError> {
    match argument {
        "" => match session.now.or(session.engine.options().now) {
            Some(now) => print(&format!("{}\n", now.to_rfc3339_opts(SecondsFormat::AutoSi, true)))?,
            None => print("the time of each query\n")?,
        },
        "off" => session.now = None,
        text => {
            let problem = || format!("'{text}' is not a time; write for example 2026-10-01T06:30:00Z or 2026-10-01");
            session.now = Some(moment(text.trim_matches(['\'', '"'])).ok_or_else(|| ShellError::Command(problem()))?);
        }
    }
    Ok(Flow::Next)
}

/// A point in time that has nanoseconds.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    /// Days from the year 1 to 1970.
    const BEFORE_1970: i64 = 719_162;
    let Moment::At(ticks) = datetime(text)? else { return None };
    let ticks = ticks - BEFORE_1970 * TICKS_PER_DAY;
    let nanos = ticks.checked_mul(1_000_000_000 / TICKS_PER_SECOND)?;
    Some(DateTime::from_timestamp_nanos(nanos))
}

pub(super) async fn open(session: &mut Session, source: &str) -> Result<Flow, ShellError> {
    let source = source.trim_matches('"');
    session.engine = session.unless_stopped(session.engine.with_source(source)).await?;
    // The source as it may be shown: what was typed may hold a signature.
    let opened = session.engine.sources().pop().unwrap_or_default().to_owned();
    say(&format!("opened {opened}; .tables lists what is there"));
    Ok(Flow::Next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_in_kql() {
        let read = |text: &str| moment(text).map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        assert_eq!(read("2026-10-01").as_deref(), Some("2026-10-01T00:00:00Z"));
        assert_eq!(read("2026-10-01T08:30:00.1234567+02:00").as_deref(), Some("2026-10-01T06:30:00.123456700Z"));
        assert_eq!((read("0001-01-01"), read("10:30"), read("soon")), (None, None, None));
    }

    #[test]
    fn values_may_be_quoted() {
        assert_eq!([unquoted("'a b'"), unquoted("\"x\""), unquoted("it's"), unquoted("'")], ["a b", "x", "it's", "'"]);
    }
}
