//! The rows of one statement as Parquet files: what `huntql export` and `.export` do alike.
//!
//! The engine sorts, because the files want their rows by folder and time and the engine can spill; `output::export` cuts and writes.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema};
use futures::StreamExt;

use super::{Presenter, ShellError, Work, width_of_stderr};
use crate::engine::{Answer, Engine, QueryOptions};
use crate::hunt::Language;
use crate::output::export::{ExportLayout, ExportOptions, ExportWriter, Written};
use crate::output::progress::Progress;
use crate::output::{self, RowWriter};

/// What to export.
#[derive(Debug, Clone)]
pub struct Export {
    /// The language of the statement.
    pub language: Language,
    /// One statement with one answer.
    pub statement: String,
    /// What it is run with.
    pub query: QueryOptions,
    /// The column of the event time; if none is said, it is looked for among the answer's.
    pub time_column: Option<String>,
    /// How the files are laid out; the column of the event time is put in here.
    pub layout: ExportOptions,
}

impl Export {
    /// Runs the statement and writes its rows to `target`: a file if it ends in `.parquet`, else a folder. Gives the answer that was
    /// read, for its counters, and a sentence about what was written.
    ///
    /// # Errors
    /// What is wrong with the statement or the layout, what cannot be written, or that Ctrl-C came. What was there before stays then.
    pub async fn write(
        self,
        target: &Path,
        presenter: &Presenter,
        engine: &Engine,
        work: &Work<'_>,
    ) -> Result<(Answer, String), ShellError> {
        let plain = self.answer(&self.query, presenter, engine, work).await?;
        let time_column = self.time_column.clone().unwrap_or_else(|| time_column(plain.schema()));
        let options = ExportOptions { time_column, ..self.layout.clone() };
        let order = ExportLayout::new(&options, plain.schema())?.order();
        let mut writer = ExportWriter::create(target, Arc::clone(plain.schema()), &options)?;
        let mut sorted = if order.is_empty() {
            plain
        } else {
            drop(plain);
            self.answer(&QueryOptions { order, ..self.query.clone() }, presenter, engine, work).await?
        };
        pump(&mut sorted, &mut writer, presenter.progress, work).await?;
        let sentence = format!("wrote {} to {}", files(writer.written()), target.display());
        Ok((sorted, sentence))
    }

    /// The one answer of the statement, which has columns.
    async fn answer(
        &self,
        options: &QueryOptions,
        presenter: &Presenter,
        engine: &Engine,
        work: &Work<'_>,
    ) -> Result<Answer, ShellError> {
        let mut answers = presenter.answers(engine, self.language, &self.statement, options, work).await?;
        if answers.left() > 1 {
            let sentence =
                format!("the query has {} results, but an export is one; union can join them", answers.left());
            return Err(ShellError::Command(sentence));
        }
        match presenter.next(&mut answers, work).await? {
            Some(answer) if !answer.schema().fields().is_empty() => Ok(answer),
            _ => Err(ShellError::Command("this statement gives no rows to export".to_owned())),
        }
    }
}

/// Moves all rows to the files, and gives those their final names.
async fn pump(
    answer: &mut Answer,
    writer: &mut ExportWriter,
    with_progress: bool,
    work: &Work<'_>,
) -> Result<(), ShellError> {
    let progress = with_progress.then(|| Progress::start(answer.monitor(), width_of_stderr()));
    while let Some(batch) = work.unless_stopped(answer.next()).await.ok_or(ShellError::Interrupted)? {
        writer.write(&batch?)?;
        if let Some(progress) = &progress {
            progress.note(files(writer.written()));
        }
    }
    writer.finish()?;
    Ok(())
}

/// The column of a query's rows that is most likely the event time.
fn time_column(schema: &Schema) -> String {
    let times = || schema.fields().iter().filter(|field| matches!(field.data_type(), DataType::Timestamp(..)));
    let named = ["Timestamp", "TimeGenerated"].iter().find_map(|name| times().find(|field| field.name() == name));
    named.or_else(|| times().next()).map_or_else(|| "Timestamp".to_owned(), |field| field.name().clone())
}

fn files(written: Written) -> String {
    let s = if written.files == 1 { "" } else { "s" };
    format!("{} file{s}, {}", written.files, output::bytes(written.bytes))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::Field;

    use super::*;
    use crate::catalog::KustoType;

    #[test]
    fn the_event_time_of_a_query_is_found_by_name_then_by_type() {
        let schema = |columns: &[(&str, KustoType)]| {
            Schema::new(columns.iter().map(|(name, kind)| kind.field(name)).collect::<Vec<Field>>())
        };
        let (time, text) = (KustoType::DateTime, KustoType::String);
        assert_eq!(time_column(&schema(&[("First", time), ("Timestamp", time)])), "Timestamp");
        assert_eq!(
            time_column(&schema(&[("Timestamp", text), ("First", time), ("TimeGenerated", time)])),
            "TimeGenerated"
        );
        assert_eq!(time_column(&schema(&[("a", text), ("Hour", time)])), "Hour");
        assert_eq!(time_column(&schema(&[("a", text)])), "Timestamp");
    }
}
