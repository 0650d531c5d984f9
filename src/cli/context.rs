//! What every command is given: settings, surroundings, and the way to stop.

use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::failure::{Failure, Outcome};
use super::scratch::Scratch;
use super::settings::Settings;
use super::surroundings::Surroundings;
use crate::engine::{Engine, EngineOptions, Error};
use crate::output::Format;
use crate::shell::{Interrupts, PagerCommand, Presenter, Screen, say};

/// What a command says that has no source.
pub(super) const NOTHING_OPEN: &str = "no source is open; name one with --source URL or in huntql.toml";

/// What a command works with.
pub(super) struct Context {
    pub(super) settings: Settings,
    pub(super) interrupts: Arc<Interrupts>,
    /// Folders that must not outlive the command.
    pub(super) scratch: Arc<Scratch>,
    /// Whether a terminal is to get colours.
    pub(super) color: bool,
    /// Whether a terminal is to get lines that tell how far something is.
    pub(super) progress: bool,
    /// The user's editor, a command line.
    pub(super) editor: Option<String>,
    /// The user's pager, for a shell on a terminal.
    pub(super) pager: Option<PagerCommand>,
}

impl Context {
    /// The context in these surroundings. `NO_COLOR` and dumb terminals get no colours, and these no progress either: a line that is drawn anew needs more.
    pub(super) fn new(
        settings: Settings,
        surroundings: &Surroundings,
        interrupts: Arc<Interrupts>,
        scratch: Arc<Scratch>,
    ) -> Self {
        let is_dumb = surroundings.variable("TERM") == Some("dumb");
        let color = surroundings.variable("NO_COLOR").is_none() && !is_dumb;
        let progress = !settings.quiet && !is_dumb;
        let editor = surroundings.variable("VISUAL").or_else(|| surroundings.variable("EDITOR")).map(str::to_owned);
        let pager = pager(surroundings);
        Self { settings, interrupts, scratch, color, progress, editor, pager }
    }

    /// The time that is now, as far as the settings let it be.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.settings.engine.now.unwrap_or_else(Utc::now)
    }

    /// The engine over the sources of the settings.
    pub(super) async fn engine(&self) -> Outcome<Engine> {
        self.engine_with(self.settings.engine.clone()).await
    }

    /// An engine with options of its own.
    pub(super) async fn engine_with(&self, options: EngineOptions) -> Outcome<Engine> {
        // A query that is stopped may still hold its spilled data when the process ends.
        let parent = options.temp_dir.clone().unwrap_or_else(tempfile::env::temp_dir);
        let spill = self.scratch.until_the_end("huntql-spill-", &parent).map_err(|error| {
            Failure::trouble(format!("the temporary folder {} cannot be used: {error}", parent.display()))
        })?;
        let options = EngineOptions { temp_dir: Some(spill), ..options };
        self.unless_stopped(Engine::builder().options(options).build()).await
    }

    /// The result of a part of the work, unless Ctrl-C comes first.
    pub(super) async fn unless_stopped<T>(&self, part: impl Future<Output = Result<T, Error>>) -> Outcome<T> {
        let work = self.interrupts.work();
        Ok(work.unless_stopped(part).await.ok_or(Failure::Interrupted)??)
    }

    /// What shows answers.
    pub(super) fn presenter(&self, format: Format, max_rows: Option<u64>) -> Presenter {
        let Settings { quiet, stats, .. } = self.settings;
        Presenter {
            format,
            color: self.color,
            max_rows,
            quiet,
            progress: self.progress,
            timing: true,
            stats,
            screen: Screen::default(),
        }
    }

    /// Says that no source is open, if so: tables without rows look like a clean house.
    pub(super) fn say_if_nothing_is_open(&self) {
        if self.settings.engine.sources.is_empty() {
            self.say(&format!("note: {NOTHING_OPEN}"));
        }
    }

    /// Says something that is neither an answer nor an error.
    pub(super) fn say(&self, line: &str) {
        if !self.settings.quiet {
            say(line);
        }
    }
}

/// What `PAGER` says, else `less` where there is one; dumb terminals have none. `less` shows colours and does not wrap, unless the user has
/// settings for it.
fn pager(surroundings: &Surroundings) -> Option<PagerCommand> {
    if surroundings.variable("TERM") == Some("dumb") {
        return None;
    }
    let line = surroundings.variable("PAGER").or_else(|| surroundings.has_program("less").then_some("less"))?;
    let pager = PagerCommand::of(line)?;
    Some(if surroundings.variable("LESS").is_none() { pager.with("LESS", "-RS") } else { pager })
}
