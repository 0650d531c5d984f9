//! One statement: run, shown as its rows come, summed up. Shell and batch both live on this.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::RecordBatch;
use futures::StreamExt;

use super::pager::{PagerCommand, PagerEnd, paged};
use super::terminal::{height_of_stdout, say, stdout, width_of_stderr, width_of_stdout};
use super::{ShellError, Work};
use crate::engine::{Answer, Answers, Counters, Engine, QueryOptions};
use crate::hunt::Language;
use crate::output::progress::Progress;
use crate::output::{self, Format, OutputError, Records, RowWriter, Style};

/// How long somebody waits for more rows before those that a writer holds back are printed.
const PATIENCE: Duration = Duration::from_millis(250);

/// How answers are shown.
#[derive(Debug, Clone)]
pub struct Presenter {
    /// How rows are written.
    pub format: Format,
    /// Whether a terminal is to get colours.
    pub color: bool,
    /// Rows of an answer to print at most.
    pub max_rows: Option<u64>,
    /// No summaries.
    pub quiet: bool,
    /// A line that tells how far something is, where standard error is a terminal.
    pub progress: bool,
    /// Time, rows and bytes behind each answer.
    pub timing: bool,
    /// All counters of each query.
    pub stats: bool,
    /// What somebody at a terminal wants besides.
    pub screen: Screen,
}

/// How answers are shown to somebody at a terminal.
#[derive(Debug, Clone, Default)]
pub struct Screen {
    /// When rows are shown one column a line.
    pub records: Records,
    /// Charts that a query asks for are drawn instead of its rows.
    pub charts: bool,
    /// What shows answers that are longer than the screen.
    pub pager: Option<PagerCommand>,
    /// How somebody can see a cell whole that is cut.
    pub whole: Option<&'static str>,
}

/// Where rows go.
pub struct Destination {
    /// What takes the bytes.
    pub sink: Box<dyn Write + Send>,
    /// What its reader is like.
    pub style: Style,
}

impl Destination {
    /// Somewhere that is not a terminal.
    pub fn file(sink: Box<dyn Write + Send>) -> Self {
        Self { sink, style: Style::default() }
    }
}

impl Presenter {
    /// Standard output, with the manners of the terminal that it may be.
    pub fn stdout(&self) -> Destination {
        let width = width_of_stdout();
        // The summary says how many rows there are, unless it is not wanted.
        let style = Style {
            width,
            color: self.color && width.is_some(),
            row_count: self.quiet || !self.timing,
            records: self.screen.records,
            whole: self.screen.whole.filter(|_| width.is_some()),
            ..Style::default()
        };
        Destination { sink: stdout(), style }
    }

    /// Standard output, through the pager if there is one and the answer is longer than the screen.
    pub(super) fn paged_stdout(&self) -> (Destination, Option<PagerEnd>) {
        let Destination { sink, style } = self.stdout();
        match (&self.screen.pager, height_of_stdout()) {
            (Some(command), Some(height)) => {
                let (sink, end) = paged(command.clone(), height, sink);
                (Destination { sink: Box::new(sink), style }, Some(end))
            }
            _ => (Destination { sink, style }, None),
        }
    }

    /// Hands a statement in.
    ///
    /// # Errors
    /// What is wrong with the statement, or that Ctrl-C came.
    pub async fn start(
        &self,
        engine: &Engine,
        statement: &str,
        options: &QueryOptions,
        work: &Work<'_>,
    ) -> Result<Answer, ShellError> {
        let _line = self.planning();
        let answer = work.unless_stopped(engine.sql_with(statement, options)).await;
        Ok(answer.ok_or(ShellError::Interrupted)??)
    }

    /// Hands a statement of either language in.
    ///
    /// # Errors
    /// As for [`Presenter::start`].
    pub async fn answers(
        &self,
        engine: &Engine,
        language: Language,
        statement: &str,
        options: &QueryOptions,
        work: &Work<'_>,
    ) -> Result<Answers, ShellError> {
        match language {
            Language::Sql => Ok(self.start(engine, statement, options, work).await?.into()),
            Language::Kql => {
                let _line = self.planning();
                let answers = work.unless_stopped(engine.kql_with(statement, options)).await;
                Ok(answers.ok_or(ShellError::Interrupted)??)
            }
        }
    }

    /// Starts the next of several answers, if there is one.
    ///
    /// # Errors
    /// As for [`Presenter::start`].
    pub async fn next(&self, answers: &mut Answers, work: &Work<'_>) -> Result<Option<Answer>, ShellError> {
        let _line = self.planning();
        Ok(work.unless_stopped(answers.next()).await.ok_or(ShellError::Interrupted)??)
    }

    /// The line that stands while blobs are listed and the query is planned.
    fn planning(&self) -> Option<Progress> {
        self.progress.then(|| Progress::waiting("listing and planning", width_of_stderr()))
    }

    /// Shows an answer, then its counters and notes. An answer without columns, as `CREATE VIEW` gives, shows no rows.
    ///
    /// # Errors
    /// What stopped the query or the output, or that Ctrl-C came; the rows that had come are shown.
    pub async fn show(&self, mut answer: Answer, to: Destination, work: &Work<'_>) -> Result<(), ShellError> {
        self.rows(&mut answer, to, work, |_| {}).await?;
        self.sum_up(&answer);
        Ok(())
    }

    /// Shows the rows of an answer; `hear` is told of each batch shown.
    ///
    /// # Errors
    /// As for [`Presenter::show`].
    pub async fn rows(
        &self,
        answer: &mut Answer,
        to: Destination,
        work: &Work<'_>,
        hear: impl FnMut(&RecordBatch),
    ) -> Result<(), ShellError> {
        if answer.schema().fields().is_empty() {
            let rest = work.unless_stopped(answer.collect()).await;
            return Ok(rest.ok_or(ShellError::Interrupted)?.map(|_| ())?);
        }
        let mut writer = output::writer(self.format, Arc::clone(answer.schema()), to.sink, &to.style)?;
        self.pour(answer, writer.as_mut(), work, hear).await
    }

    /// Hands the rows of an answer to a writer, with a progress line meanwhile; `hear` is told of each batch.
    ///
    /// # Errors
    /// As for [`Presenter::show`].
    pub async fn pour(
        &self,
        answer: &mut Answer,
        writer: &mut dyn RowWriter,
        work: &Work<'_>,
        hear: impl FnMut(&RecordBatch),
    ) -> Result<(), ShellError> {
        let (notes, done) = self.pour_paged(answer, writer, None, work, hear).await;
        notes.iter().for_each(|note| say(note));
        done
    }

    /// As [`Presenter::pour`], with sentences for when the screen is free again; the progress line goes when the pager comes.
    pub(super) async fn pour_paged(
        &self,
        answer: &mut Answer,
        writer: &mut dyn RowWriter,
        pager: Option<&PagerEnd>,
        work: &Work<'_>,
        hear: impl FnMut(&RecordBatch),
    ) -> (Vec<String>, Result<(), ShellError>) {
        let progress = self.progress.then(|| Progress::start(answer.monitor(), width_of_stderr()));
        let mut shown = Shown { progress, pager, rows: 0 };
        let cut = self.pump(answer, writer, &mut shown, work, hear).await;
        let rows = shown.rows;
        drop(shown);
        let mut notes = Vec::new();
        match (&cut, self.max_rows) {
            (Ok(true), Some(limit)) => notes.push(format!("only the first {limit} rows are shown (--max-rows)")),
            (Err(ShellError::Interrupted), _) if rows > 0 => {
                notes.push(format!("the answer is partial: {} came before it was stopped", output::count(rows, "row")));
            }
            _ => {}
        }
        let done = match cut {
            Ok(_) => writer.finish().map(|_| ()).map_err(ShellError::from),
            Err(error) => {
                // What came is shown, but not ended: output that looks whole must be whole. The first error is the one to tell.
                let _ = writer.flush();
                Err(error)
            }
        };
        (notes, done)
    }

    /// Moves rows from the answer to the writer; true if there were more than are wanted.
    async fn pump(
        &self,
        answer: &mut Answer,
        writer: &mut dyn RowWriter,
        shown: &mut Shown<'_>,
        work: &Work<'_>,
        mut hear: impl FnMut(&RecordBatch),
    ) -> Result<bool, ShellError> {
        let mut wanted = self.max_rows.map_or(usize::MAX, |rows| usize::try_from(rows).unwrap_or(usize::MAX));
        let mut held_since: Option<Instant> = None;
        loop {
            // Rows wait as long as patience lasts, counted from the first that waits: others may come all the time.
            let patience = held_since.map_or(PATIENCE, |since| PATIENCE.saturating_sub(since.elapsed()));
            let next = tokio::time::timeout(patience, answer.next());
            let batch = match work.unless_stopped(next).await.ok_or(ShellError::Interrupted)? {
                Ok(None) => return Ok(false),
                Ok(Some(batch)) => batch?,
                Err(_) => {
                    if shown.pager.is_some_and(PagerEnd::is_left) {
                        return Err(OutputError::BrokenPipe.into());
                    }
                    if held_since.take().is_some() {
                        shown.print(&mut || writer.flush())?;
                    }
                    continue;
                }
            };
            let fitting = batch.slice(0, batch.num_rows().min(wanted));
            shown.print(&mut || writer.write(&fitting))?;
            shown.rows += fitting.num_rows() as u64;
            hear(&fitting);
            if fitting.num_rows() < batch.num_rows() {
                return Ok(true);
            }
            wanted -= fitting.num_rows();
            held_since.get_or_insert_with(Instant::now);
        }
    }

    /// Prints a listing, always as a table: `format` is for answers.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub fn list(&self, rows: &RecordBatch) -> Result<(), OutputError> {
        let Destination { sink, style } = self.stdout();
        let mut writer = output::writer(Format::Table, rows.schema(), sink, &Style { row_count: false, ..style })?;
        writer.write(rows)?;
        writer.finish().map(|_| ())
    }

    /// Says what an answer took, and how it came to be. What gives no rows, as `CREATE VIEW`, is done.
    pub fn sum_up(&self, answer: &Answer) {
        self.sum_up_at(answer, answer.counters());
    }

    /// As [`Presenter::sum_up`], with the counters of an earlier moment: a pager may have been read for long.
    pub(super) fn sum_up_at(&self, answer: &Answer, counters: Counters) {
        if !self.quiet {
            let gives_rows = !answer.schema().fields().is_empty();
            if self.timing || !gives_rows {
                say(&if gives_rows { output::summary(&counters) } else { "done".to_owned() });
            }
            answer.notes().iter().for_each(|note| say(&format!("note: {note}")));
        }
        if self.stats {
            say(&all_counters(&counters));
        }
    }
}

/// What is on the screen while rows come.
struct Shown<'a> {
    progress: Option<Progress>,
    pager: Option<&'a PagerEnd>,
    rows: u64,
}

impl Shown<'_> {
    /// Lets something be printed where the progress line is.
    fn print(&mut self, print: &mut dyn FnMut() -> Result<(), OutputError>) -> Result<(), OutputError> {
        let result = match &self.progress {
            Some(progress) => progress.suspend(print),
            None => print(),
        };
        if self.pager.is_some_and(PagerEnd::is_paging) {
            self.progress = None;
        }
        result
    }
}

fn all_counters(counters: &Counters) -> String {
    let Counters {
        blobs_listed,
        blobs_pruned,
        bytes_pruned,
        blobs_planned,
        blobs_opened,
        bytes_planned,
        bytes_scanned,
        records_seen,
        records_rejected,
        cells_rejected,
        rows,
        bytes_spilled,
        requests,
        requests_repeated,
        bytes_fetched,
        ranges_from_cache,
        bytes_from_cache,
        elapsed,
    } = counters;
    let store = match elapsed.as_secs_f64() {
        _ if *requests == 0 && *bytes_fetched == 0 => String::new(),
        seconds => format!(
            "store: {requests} requests, {requests_repeated} repeated, {bytes_fetched} bytes fetched, {}/s\n",
            output::bytes((*bytes_fetched as f64 / seconds.max(0.001)) as u64)
        ),
    };
    let cache = match ranges_from_cache {
        0 => String::new(),
        ranges => format!("cache: {ranges} ranges, {bytes_from_cache} bytes\n"),
    };
    format!(
        "blobs: {blobs_listed} listed, {blobs_pruned} skipped by time, {blobs_planned} planned, {blobs_opened} opened\n\
         bytes: {bytes_pruned} skipped by time, {bytes_planned} planned, {bytes_scanned} read, {bytes_spilled} spilled\n\
         {store}{cache}records: {records_seen} seen, {records_rejected} rejected, {cells_rejected} cells rejected\n\
         rows: {rows} in {:.3} s",
        elapsed.as_secs_f64()
    )
}
