//! The command line: one file a subcommand, and what they share.
//!
//! Flags, environment and `huntql.toml` become `settings::Settings` here, and nothing below reads any of them. Whatever prints to a
//! person or ends the process is here or in the shell.

mod args;
mod batch;
mod check;
mod config;
mod config_file;
mod context;
mod demo;
mod export;
mod failure;
mod global;
mod inspect;
mod keys;
mod query;
mod rejects;
mod run;
mod sample;
mod scratch;
mod script;
mod settings;
mod shell;
mod signals;
mod surroundings;
mod tables;
mod translate;
mod units;
mod window;

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use crate::shell::{Interrupts, say};
use args::{Cli, Command};
use context::Context;
use failure::{Failure, Outcome};
use global::{Flags, With};
use scratch::Scratch;
use settings::Settings;
use surroundings::Surroundings;

/// Runs huntql with these arguments, the first being the program's name, and gives its exit code.
///
/// It reads the environment and the working directory, prints to standard output and standard error, and listens for Ctrl-C.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(answer) => {
            // Also help and version come as errors, of code 0. That nobody reads them is no trouble.
            let _ = answer.print();
            return ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(2));
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(cli: Cli) -> Outcome {
    let surroundings = Surroundings::of_process()?;
    let Flags { layer, config } = cli.flags()?;
    let settings = Settings::gather(layer, config.as_deref(), &surroundings)?;
    if !settings.quiet {
        surroundings.strange_variables().iter().for_each(|warning| say(&format!("warning: {warning}")));
    }
    let command = cli.command.unwrap_or(Command::Shell(With::default()));
    let on_terminal = matches!(command, Command::Shell(_)) && io::stdin().is_terminal();
    let interrupts = Arc::new(Interrupts::new(on_terminal));
    let scratch = Arc::new(Scratch::default());
    // Queries run on the engine's own threads: this runtime stays free to hear Ctrl-C.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let outcome = runtime.block_on(async {
        signals::listen(Arc::clone(&interrupts), Arc::clone(&scratch), on_terminal)?;
        let context = Context::new(settings, &surroundings, interrupts, Arc::clone(&scratch));
        dispatch(command, &context, on_terminal).await
    });
    // What still reads somewhere must not keep the process from ending.
    runtime.shutdown_background();
    scratch.clear();
    outcome
}

async fn dispatch(command: Command, context: &Context, on_terminal: bool) -> Outcome {
    match command {
        Command::Shell(with) => shell::run(&with.own, context, on_terminal).await,
        Command::Query(with) => query::run(&with.own, context).await,
        Command::Run(with) => run::run(&with.own, context).await,
        Command::Check(with) => check::run(&with.own, context).await,
        Command::Translate(with) => translate::run(&with.own, context).await,
        Command::Export(with) => export::run(&with.own, context).await,
        Command::Tables(with) => tables::run(&with.own, context).await,
        Command::Inspect(with) => inspect::run(&with.own, context).await,
        Command::Sample(with) => sample::run(&with.own, context).await,
        Command::Demo(with) => demo::run(&with.own, context).await,
        Command::Config(with) => config::run(&with.own, context),
    }
}

/// Prints a value as JSON, for programs.
fn print_json(value: &impl serde::Serialize) -> Outcome {
    let mut out = crate::shell::stdout();
    serde_json::to_writer_pretty(&mut out, value).map_err(|error| Failure::from(io::Error::from(error)))?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// Prints text that a command answers with.
fn print(text: &str) -> Outcome {
    let mut out = crate::shell::stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
