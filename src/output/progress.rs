//! The line on standard error that shows how far something is: one line, gone at the end, nothing on a pipe.

mod terminal;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::human::{bytes, count, time};
use crate::engine::{Counters, Monitor};

/// What ends sooner shows no line.
const PATIENCE: Duration = Duration::from_millis(500);
const REDRAW: Duration = Duration::from_millis(200);
const BAR_CELLS: usize = 20;

/// A progress line, there until it is dropped.
pub struct Progress {
    bar: ProgressBar,
    note: Arc<Mutex<String>>,
}

impl Progress {
    /// Follows a query's counters. Draws on standard error, if that is a terminal, in at most `width` columns.
    pub fn start(monitor: Arc<dyn Monitor>, width: usize) -> Self {
        let width = terminal::usable(width);
        Self::of_query(terminal::target(width), monitor, width)
    }

    /// Follows the number of bytes that something has written, where nobody knows how many it will be.
    pub fn written(bytes: Arc<AtomicU64>, width: usize) -> Self {
        let started = Instant::now();
        let line = move |_: &str| (started.elapsed(), written(bytes.load(Ordering::Relaxed), started.elapsed()));
        Self::draw_on(terminal::target(terminal::usable(width)), line)
    }

    /// Follows many things that are done together, of which `what` is the noun: how many are done, and how much is read for them.
    pub fn together(
        progress: impl Fn() -> Together + Clone + Send + Sync + 'static,
        what: &'static str,
        width: usize,
    ) -> Self {
        let (started, width) = (Instant::now(), terminal::usable(width));
        let line = move |_: &str| (started.elapsed(), together(&progress(), what, started.elapsed(), width));
        Self::draw_on(terminal::target(width), line)
    }

    /// Says that something is being done of which nothing can be counted, such as the listing of blobs, and for how long.
    pub fn waiting(what: &'static str, width: usize) -> Self {
        let started = Instant::now();
        let line = move |_: &str| (started.elapsed(), format!("{what} · {}", time(started.elapsed())));
        Self::draw_on(terminal::target(terminal::usable(width)), line)
    }

    fn of_query(target: ProgressDrawTarget, monitor: Arc<dyn Monitor>, width: usize) -> Self {
        Self::draw_on(target, move |note| {
            let counters = monitor.counters();
            (counters.elapsed, line(&counters, note, width))
        })
    }

    /// `line` is given the note, and gives the time since the start and the line.
    fn draw_on<L>(target: ProgressDrawTarget, line: L) -> Self
    where
        L: Fn(&str) -> (Duration, String) + Clone + Send + Sync + 'static,
    {
        let note = Arc::new(Mutex::new(String::new()));
        let bar = ProgressBar::with_draw_target(None, target);
        let shared_note = Arc::clone(&note);
        let draw = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            let note = shared_note.lock().map(|note| note.clone()).unwrap_or_default();
            let (elapsed, line) = line(&note);
            if elapsed >= PATIENCE {
                // The buffer that indicatif hands out takes everything.
                let _ = out.write_str(&line);
            }
        };
        // The template is fixed and right; were it not, indicatif's own style would be shown.
        if let Ok(style) = ProgressStyle::with_template("{line}") {
            bar.set_style(style.with_key("line", draw));
        }
        bar.enable_steady_tick(REDRAW);
        Self { bar, note }
    }

    /// Puts a note at the end of the line, such as what an export has written.
    pub fn note(&self, text: impl Into<String>) {
        if let Ok(mut note) = self.note.lock() {
            *note = text.into();
        }
    }

    /// Takes the line away while `print` writes to the terminal.
    pub fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How far things are that are done together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Together {
    /// Things that are done.
    pub done: u64,
    /// All things.
    pub all: u64,
    /// Bytes that are read for them.
    pub read: u64,
    /// Bytes to read in all.
    pub planned: u64,
}

fn together(progress: &Together, what: &str, elapsed: Duration, width: usize) -> String {
    let Together { done, all, read, planned } = *progress;
    let share = if planned > 0 { read as f64 / planned as f64 } else { 0.0 };
    let rate = read as f64 / elapsed.as_secs_f64().max(0.001);
    let mut parts = vec![format!("{} {:3.0} %", gauge(share), (share * 100.0).floor())];
    parts.push(format!("{} of {}", HumanCount(done), count(all, what)));
    if planned > 0 {
        parts.push(format!("{} of {}", bytes(read), bytes(planned)));
    }
    if read > 0 && read < planned {
        let left = Duration::try_from_secs_f64((planned - read) as f64 / rate).unwrap_or(Duration::MAX);
        parts.push(format!("{} left", time(left)));
        parts.push(format!("{}/s", bytes(rate as u64)));
    }
    fitting(parts, width)
}

/// The line: parts that do not fit in `width` columns are left out, the least important first.
fn line(counters: &Counters, note: &str, width: usize) -> String {
    let read = counters.bytes_scanned;
    // Compressed blobs that are split, or blobs that grow while they are read, can make more of it than was planned.
    let planned = counters.bytes_planned.max(read);
    let mut parts = Vec::new();
    if planned > 0 {
        let share = read as f64 / planned as f64;
        parts.push(format!("{} {:3.0} %", gauge(share), (share * 100.0).floor()));
        parts.push(format!("{} of {}", bytes(read), bytes(planned)));
    }
    parts.push(count(counters.rows, "row"));
    let rate = read as f64 / counters.elapsed.as_secs_f64().max(0.001);
    if read > 0 && read < planned {
        let left = Duration::try_from_secs_f64((planned - read) as f64 / rate).unwrap_or(Duration::MAX);
        parts.push(format!("{} left", time(left)));
    }
    if !note.is_empty() {
        parts.push(note.to_owned());
    }
    if read > 0 {
        parts.push(format!("{}/s", bytes(rate as u64)));
    }
    if counters.blobs_planned > 0 {
        parts.push(format!(
            "{} of {}",
            counters.blobs_opened.min(counters.blobs_planned),
            count(counters.blobs_planned, "blob")
        ));
    }
    if counters.blobs_pruned > 0 {
        parts.push(format!("{} skipped", HumanCount(counters.blobs_pruned)));
    }
    fitting(parts, width)
}

/// The parts in one line, without those that do not fit.
fn fitting(parts: Vec<String>, width: usize) -> String {
    let mut text = String::new();
    for part in parts {
        let lead = if text.is_empty() { "" } else { " · " };
        if text.chars().count() + lead.chars().count() + part.chars().count() < width {
            text.push_str(lead);
            text.push_str(&part);
        }
    }
    text
}

fn written(count: u64, elapsed: Duration) -> String {
    let rate = count as f64 / elapsed.as_secs_f64().max(0.001);
    format!("{} written · {}/s · {}", bytes(count), bytes(rate as u64), time(elapsed))
}

fn gauge(share: f64) -> String {
    let full = ((share * BAR_CELLS as f64) as usize).min(BAR_CELLS);
    format!("{}{}", "█".repeat(full), "░".repeat(BAR_CELLS - full))
}

#[cfg(test)]
mod tests;
