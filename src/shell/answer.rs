//! Answers that are kept after they were shown, and answers that are drawn.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;

use super::file::write_bytes;
use super::present::{Destination, Presenter};
use super::terminal::{say, width_of_stdout};
use super::{ShellError, Work, print};
use crate::engine::{Answer, Counters, Render};
use crate::output::chart::{Chart, Kind, Picture, Wish};
use crate::output::{self, Format, Kept, OutputError, RowWriter};

/// An answer as it is kept.
#[derive(Debug, Clone)]
pub struct KeptAnswer {
    /// Its rows, as many as were shown or drawn.
    pub rows: Kept,
    /// How its query wants it drawn.
    pub render: Option<Render>,
    /// Why there are fewer rows than the query has; a sentence.
    pub partial: Option<String>,
}

impl KeptAnswer {
    fn of(answer: &Answer) -> Self {
        Self { rows: Kept::new(answer.schema()), render: answer.render().cloned(), partial: None }
    }

    /// What a chart of it is to be, and sentences about what of that is not drawn: the kind that is asked for, else what the query
    /// says, else what its columns suggest.
    ///
    /// # Errors
    /// A sentence, if huntql does not draw what the query asks for.
    fn wish(&self, kind: Option<Kind>) -> Result<(Wish, Vec<String>), String> {
        let of_query = self.render.as_ref().map(Wish::of_render);
        match (kind, of_query) {
            (Some(kind), Some(Ok((wish, notes)))) => Ok((Wish { kind, ..wish }, notes)),
            (Some(kind), _) => Ok((Wish::new(kind), Vec::new())),
            (None, Some(of_query)) => of_query,
            (None, None) => Ok((Wish::new(Kind::fitting(self.rows.schema())), Vec::new())),
        }
    }

    /// The chart, and sentences about what is not drawn.
    ///
    /// # Errors
    /// A sentence, if the rows are not such as to be drawn so.
    pub fn chart(&self, kind: Option<Kind>) -> Result<(Chart, Vec<String>), ShellError> {
        let (wish, mut notes) = self.wish(kind).map_err(ShellError::Command)?;
        let chart = Chart::new(&wish, self.rows.schema(), self.rows.batches())?;
        notes.extend(chart.notes().iter().cloned());
        notes.extend(self.rows.note());
        notes.extend(self.partial.clone());
        Ok((chart, notes))
    }

    /// Draws it into a file, and tells what is not drawn.
    ///
    /// # Errors
    /// What cannot be drawn or written; a file that was there stays then.
    pub fn draw_to(&self, path: &Path, kind: Option<Kind>) -> Result<(), ShellError> {
        let picture = Picture::of_path(path).map_err(ShellError::Command)?;
        let is_table = self.wish(kind).is_ok_and(|(wish, _)| wish.kind == Kind::Table);
        if is_table && picture == Picture::Html {
            let page = output::chart::rows_as_page("Rows", self.rows.schema(), self.rows.batches())?;
            return write_bytes(path, page.as_bytes());
        }
        let (chart, notes) = self.chart(kind)?;
        write_bytes(path, &chart.file(picture, self.rows.schema(), self.rows.batches())?)?;
        notes.iter().for_each(|note| say(&format!("note: {note}")));
        Ok(())
    }
}

/// A writer of rows that are only to be kept.
struct Discard;

impl RowWriter for Discard {
    fn write(&mut self, _: &RecordBatch) -> Result<(), OutputError> {
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn finish(&mut self) -> Result<u64, OutputError> {
        Ok(0)
    }
}

impl Presenter {
    /// Shows an answer on standard output and keeps what was shown: drawn, if its query asks for a chart, a terminal is there to show
    /// it and it is such as can be drawn; else its rows. What was kept is there after an error, too.
    ///
    /// # Errors
    /// As for [`Presenter::show`].
    pub async fn present(&self, mut answer: Answer, work: &Work<'_>) -> (KeptAnswer, Result<(), ShellError>) {
        let mut kept = KeptAnswer::of(&answer);
        let mut counters = Counters::default();
        let done = self.present_to(&mut answer, &mut kept, work, &mut counters).await;
        if matches!(done, Ok(()) | Err(ShellError::Interrupted)) {
            self.sum_up_at(&answer, counters);
        }
        (kept, done)
    }

    /// Shows an answer; `counters` are those of when all its rows had come.
    async fn present_to(
        &self,
        answer: &mut Answer,
        kept: &mut KeptAnswer,
        work: &Work<'_>,
        counters: &mut Counters,
    ) -> Result<(), ShellError> {
        if answer.schema().fields().is_empty() {
            let done = self.rows(answer, self.stdout(), work, |_| {}).await;
            *counters = answer.counters();
            return done;
        }
        let is_drawn = self.screen.charts && self.format == Format::Table && width_of_stdout().is_some();
        match kept.render.as_ref().filter(|_| is_drawn).map(Wish::of_render) {
            Some(Ok((wish, _))) if wish.kind != Kind::Table => {
                let done = self.keep(answer, kept, work).await;
                *counters = answer.counters();
                if kept.rows.rows() > 0 || done.is_ok() {
                    self.draw(kept, None, work)?;
                }
                return done;
            }
            Some(Err(sentence)) => say(&format!("note: {sentence}")),
            _ => {}
        }
        let (Destination { sink, style }, pager) = self.paged_stdout();
        let mut writer = output::writer(self.format, Arc::clone(answer.schema()), sink, &style)?;
        let rows = &mut kept.rows;
        let (notes, done) =
            self.pour_paged(answer, writer.as_mut(), pager.as_ref(), work, |batch| rows.push(batch)).await;
        *counters = answer.counters();
        drop(writer);
        let is_paged = pager.map_or(Ok(false), |pager| work.aside(|| pager.wait())).map_err(OutputError::from)?;
        notes.iter().for_each(|note| say(note));
        kept.partial = notes.into_iter().next();
        match done {
            // Whoever leaves the pager has seen enough.
            Err(ShellError::Output(OutputError::BrokenPipe)) if is_paged => {
                kept.partial = Some("the answer is partial: the pager was left before its end".to_owned());
                Ok(())
            }
            done => done,
        }
    }

    /// Keeps all rows of an answer and shows none.
    ///
    /// # Errors
    /// As for [`Presenter::show`].
    pub async fn keep(&self, answer: &mut Answer, kept: &mut KeptAnswer, work: &Work<'_>) -> Result<(), ShellError> {
        let all = Self { max_rows: None, ..self.clone() };
        let (notes, done) = all.pour_paged(answer, &mut Discard, None, work, |batch| kept.rows.push(batch)).await;
        kept.partial = notes.into_iter().next();
        done
    }

    /// All rows of an answer, to be drawn.
    ///
    /// # Errors
    /// As for [`Presenter::show`]; or that it has no rows at all.
    pub async fn kept(&self, mut answer: Answer, work: &Work<'_>) -> Result<KeptAnswer, ShellError> {
        if answer.schema().fields().is_empty() {
            return Err(ShellError::Command("this statement gives no rows to draw".to_owned()));
        }
        let mut kept = KeptAnswer::of(&answer);
        self.keep(&mut answer, &mut kept, work).await?;
        self.sum_up(&answer);
        Ok(kept)
    }

    /// Draws an answer on the terminal; one that cannot be drawn is shown as rows, and why is told.
    ///
    /// # Errors
    /// If the terminal cannot be written.
    pub(super) fn draw(&self, kept: &KeptAnswer, kind: Option<Kind>, work: &Work<'_>) -> Result<(), ShellError> {
        let drawn = kept.chart(kind).and_then(|(chart, notes)| {
            // Where no terminal is, the chart is as wide as terminals are at least.
            let text = chart.text(width_of_stdout().unwrap_or(80), self.color && width_of_stdout().is_some())?;
            Ok((text, notes))
        });
        match drawn {
            Ok((text, notes)) => {
                print(&text)?;
                notes.iter().for_each(|note| say(&format!("note: {note}")));
                Ok(())
            }
            Err(error) => {
                say(&format!("note: {error}; the rows:"));
                self.show_kept(kept, work)
            }
        }
    }

    /// Shows the rows of an answer that is kept.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub(super) fn show_kept(&self, kept: &KeptAnswer, work: &Work<'_>) -> Result<(), ShellError> {
        let (Destination { sink, style }, pager) = self.paged_stdout();
        let style = output::Style { row_count: true, ..style };
        let mut writer = output::writer(self.format, Arc::clone(kept.rows.schema()), sink, &style)?;
        let done = kept.rows.batches().iter().try_for_each(|batch| writer.write(batch));
        let done = done.and_then(|()| writer.finish());
        drop(writer);
        let is_paged = pager.map_or(Ok(false), |pager| work.aside(|| pager.wait())).map_err(OutputError::from)?;
        match done {
            Err(OutputError::BrokenPipe) if is_paged => Ok(()),
            done => Ok(done.map(|_| ())?),
        }
    }
}
