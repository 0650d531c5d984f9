//! `huntql shell`, which is also what `huntql` alone is.

use std::io;
use std::sync::Arc;

use super::args::ShellArgs;
use super::context::{Context, NOTHING_OPEN};
use super::failure::Outcome;
use crate::output::Format;
use crate::shell::{Places, Screen, Shell};

pub(super) async fn run(args: &ShellArgs, context: &Context, on_terminal: bool) -> Outcome {
    let engine = context.engine().await?;
    let mut presenter = context.presenter(Format::Table, Some(args.max_rows).filter(|rows| *rows > 0));
    if on_terminal {
        let whole = Some(".row N shows a record whole");
        presenter.screen = Screen { charts: true, pager: context.pager.clone(), whole, ..Screen::default() };
    }
    let places = Places {
        history: context.settings.history.clone(),
        hunts: context.settings.hunts.clone(),
        editor: context.editor.clone(),
    };
    let shell = Shell::new(engine, presenter, Arc::clone(&context.interrupts), places);
    if !on_terminal {
        return Ok(shell.script(io::stdin().lock()).await?);
    }
    context.say(&format!("huntql {}, .help lists the commands", env!("CARGO_PKG_VERSION")));
    match context.settings.engine.sources.as_slice() {
        [] => context.say(NOTHING_OPEN),
        sources => context.say(&format!("sources: {}", sources.join(", "))),
    }
    Ok(shell.interact().await?)
}
