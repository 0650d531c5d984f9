//! All dot-commands, by name.

use super::{Command, Flow, answer, look, pack, settings, statement};
use crate::complete::{CommandFacts, Takes};
use crate::output::Format;
use crate::output::chart::Kind;

/// Every command.
pub(in crate::shell) const COMMANDS: &[Command] = &[
    Command {
        facts: facts(
            ".chart",
            "[KIND] [FILE]",
            "draw the last answer, here or as .svg, .png or .html",
            Takes::Words(charts),
        ),
        run: |session, argument| Box::pin(async move { answer::chart(session, argument) }),
    },
    Command {
        facts: facts(
            ".dry-run",
            "[QUERY]",
            "what a query, or the last one, would read, without reading it",
            Takes::Statement,
        ),
        run: |session, argument| Box::pin(statement::dry_run(session, argument)),
    },
    Command {
        facts: facts(".edit", "", "edit the last statement in $VISUAL or $EDITOR, then run it", Takes::Nothing),
        run: |session, _| Box::pin(statement::edit(session)),
    },
    Command {
        facts: facts(
            ".expand",
            "[on|off|auto]",
            "the last answer one column a line; or set when answers are shown so",
            Takes::Words(|| vec!["on", "off", "auto"]),
        ),
        run: |session, argument| Box::pin(async move { answer::expand(session, argument) }),
    },
    Command {
        facts: facts(".explain", "[QUERY]", "the plan of a query, or of the last one", Takes::Statement),
        run: |session, argument| Box::pin(statement::explain(session, argument)),
    },
    Command {
        facts: facts(
            ".export",
            "FILE [QUERY]",
            "write the rows of a query, or of the last one, to a file or a folder of Parquet",
            Takes::PathThenStatement,
        ),
        run: |session, argument| Box::pin(statement::export(session, argument)),
    },
    Command {
        facts: facts(".format", "[FORMAT]", "how rows are shown: table, json, csv …", Takes::Words(formats)),
        run: |session, argument| Box::pin(settings::format(session, argument)),
    },
    Command {
        facts: facts(".functions", "[WORD]", "the functions of both languages whose names hold a word", Takes::Word),
        run: |session, argument| Box::pin(look::functions(session, argument)),
    },
    Command {
        facts: facts(".help", "[COMMAND]", "this text, or that of one command", Takes::Command),
        run: |_, argument| Box::pin(look::help(argument)),
    },
    Command {
        facts: facts(".hunts", "[WORD]", "the saved and the shipped hunts whose names hold a word", Takes::Word),
        run: |session, argument| Box::pin(pack::hunts(session, argument)),
    },
    Command {
        facts: facts(
            ".lang",
            "[auto|sql|kql]",
            "the language of statements; auto tells by their first words",
            Takes::Words(|| vec!["auto", "sql", "kql"]),
        ),
        run: |session, argument| Box::pin(settings::lang(session, argument)),
    },
    Command {
        facts: facts(
            ".last",
            "[FORMAT|FILE]",
            "the last answer again, in a format or to a file",
            Takes::Words(formats),
        ),
        run: |session, argument| Box::pin(async move { answer::again(session, argument) }),
    },
    Command {
        facts: facts(".now", "[TIME|off]", "the time that now() and ago() mean", Takes::Words(|| vec!["off"])),
        run: |session, argument| Box::pin(settings::now(session, argument)),
    },
    Command {
        facts: facts(".open", "SOURCE", "add a folder, a file or a URL to the sources", Takes::Path),
        run: |session, argument| Box::pin(settings::open(session, argument)),
    },
    Command {
        facts: facts(
            ".param",
            "[NAME=VALUE|NAME=]",
            "give a parameter a value, or take it away; alone, list them",
            Takes::Parameter,
        ),
        run: |session, argument| Box::pin(settings::param(session, argument)),
    },
    Command {
        facts: facts(".quit", "", "leave the shell; Ctrl-D does the same", Takes::Nothing),
        run: |_, _| Box::pin(async { Ok(Flow::Leave) }),
    },
    Command {
        facts: facts(".row", "N", "a record of the last answer whole", Takes::Number),
        run: |session, argument| Box::pin(async move { answer::row(session, argument) }),
    },
    Command {
        facts: facts(".run", "HUNT [NAME=VALUE …]", "run a hunt, by its name or its file", Takes::Hunt),
        run: |session, argument| Box::pin(pack::run(session, argument)),
    },
    Command {
        facts: facts(".save", "NAME", "keep the last statement as a hunt of this name", Takes::Word),
        run: |session, argument| Box::pin(pack::save(session, argument)),
    },
    Command {
        facts: facts(".schema", "TABLE", "the columns of a table", Takes::Table),
        run: |session, argument| Box::pin(look::schema(session, argument)),
    },
    Command {
        facts: facts(".sources", "", "the folders and URLs that are open", Takes::Nothing),
        run: |session, _| Box::pin(look::sources(session)),
    },
    Command {
        facts: facts(".stats", "[on|off]", "all counters behind each answer", Takes::Words(switches)),
        run: |session, argument| Box::pin(settings::stats(session, argument)),
    },
    Command {
        facts: facts(".tables", "", "the tables that the sources hold", Takes::Nothing),
        run: |session, _| Box::pin(look::tables(session)),
    },
    Command {
        facts: facts(".timing", "[on|off]", "time, rows and bytes behind each answer", Takes::Words(switches)),
        run: |session, argument| Box::pin(settings::timing(session, argument)),
    },
];

const fn facts(name: &'static str, arguments: &'static str, help: &'static str, takes: Takes) -> CommandFacts {
    CommandFacts { name, arguments, help, takes }
}

fn charts() -> Vec<&'static str> {
    Kind::ALL.map(Kind::name).to_vec()
}

fn switches() -> Vec<&'static str> {
    vec!["on", "off"]
}

fn formats() -> Vec<&'static str> {
    Format::ALL.into_iter().filter(|format| !format.is_binary()).map(Format::name).collect()
}
