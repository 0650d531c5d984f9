//! Commands that tell what there is.

use super::super::{ShellError, listing, print, say};
use super::{COMMANDS, Flow, Session, find};
use crate::hunt::Language;
use crate::kql::facts;

pub(super) async fn tables(session: &Session) -> Result<Flow, ShellError> {
    let tables = session.unless_stopped(session.engine.tables()).await?;
    if tables.is_empty() {
        say("no blob's path names a table");
    } else {
        session.presenter.list(&listing::tables(&tables, None)?)?;
        listing::without_schema(&tables).iter().for_each(|sentence| say(sentence));
    }
    Ok(Flow::Next)
}

pub(super) async fn schema(session: &Session, table: &str) -> Result<Flow, ShellError> {
    let columns = session.unless_stopped(session.engine.describe(table.trim_matches('"'))).await?;
    session.presenter.list(&listing::columns(&columns)?)?;
    Ok(Flow::Next)
}

pub(super) async fn sources(session: &Session) -> Result<Flow, ShellError> {
    let sources = session.engine.sources();
    if sources.is_empty() {
        say("no source is open; .open adds one");
    }
    print(&sources.iter().map(|source| format!("{source}\n")).collect::<String>())?;
    Ok(Flow::Next)
}

/// The functions whose names hold a word, one row for each way to call them.
pub(super) async fn functions(session: &Session, word: &str) -> Result<Flow, ShellError> {
    let word = word.to_ascii_lowercase();
    let wanted = |name: &str| name.to_ascii_lowercase().contains(&word);
    let of_kql = facts::functions().iter().filter(|function| wanted(function.name)).flat_map(|function| {
        function.usages().into_iter().map(|usage| (Language::Kql, usage, function.doc.to_owned()))
    });
    let of_sql = session.engine.sql_functions()?.into_iter().filter(|function| wanted(&function.name));
    let of_sql = of_sql.map(|function| (Language::Sql, function.usage, function.doc));
    let found: Vec<_> = of_kql.chain(of_sql).collect();
    if found.is_empty() {
        say(&format!("no function's name holds '{word}'"));
        return Ok(Flow::Next);
    }
    session.presenter.list(&listing::functions(&found)?)?;
    Ok(Flow::Next)
}

pub(super) async fn help(argument: &str) -> Result<Flow, ShellError> {
    let named = format!(".{}", argument.trim_start_matches('.'));
    let text = if argument.is_empty() { all() } else { line_of(&find(&named).map_err(ShellError::Command)?.facts) };
    print(&text)?;
    Ok(Flow::Next)
}

fn all() -> String {
    let commands: String = COMMANDS.iter().map(|command| line_of(&command.facts)).collect();
    format!(
        "A statement in SQL ends with ; and one in KQL with ; or an empty line; both may go over several lines.\n\
         Tab completes, Ctrl-R searches the history, Ctrl-C stops a running query.\n{commands}"
    )
}

fn line_of(facts: &crate::complete::CommandFacts) -> String {
    format!("  {:<26} {}\n", format!("{} {}", facts.name, facts.arguments), facts.help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_lists_every_command() {
        let help = all();
        for command in COMMANDS {
            assert!(help.contains(&format!("  {}", command.facts.name)), "{}", command.facts.name);
            assert!(help.contains(command.facts.help), "{}", command.facts.name);
        }
    }
}
