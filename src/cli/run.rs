//! `huntql run`: packs of hunts, each result a Parquet file, a summary at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;

use super::args::RunArgs;
use super::batch::Batch;
use super::context::{Context, NOTHING_OPEN};
use super::failure::{Failure, Outcome};
use crate::engine::Answer;
use crate::hunt::{self, Hunt, HuntError, Sink, SinkError};
use crate::output::RowWriter;
use crate::output::export::{ExportOptions, ExportWriter};

pub(super) async fn run(args: &RunArgs, context: &Context) -> Outcome {
    let hunts = hunt::load(&args.paths)?;
    refuse_unknown_params(&args.params, &hunts)?;
    if context.settings.engine.sources.is_empty() {
        // Hunts that find nothing would be taken for a clean house.
        return Err(Failure::trouble(NOTHING_OPEN));
    }
    let engine = context.engine().await?;
    let mut batch = Batch::new(&engine, &args.params, context)?;
    for hunt in &hunts {
        let mut results = Results::of(hunt, args.results.as_deref());
        batch.run(hunt, &mut results).await?;
    }
    let tally = batch.tally();
    context.say(&tally.to_string());
    tally.rejects().iter().for_each(|sentence| context.say(sentence));
    if tally.failed > 0 {
        Err(Failure::Reported)
    } else if tally.hits > 0 && args.fail_on_hits {
        Err(Failure::Unmet)
    } else {
        Ok(())
    }
}

/// A parameter that no hunt takes is a misspelt one, and the hunts would run with its default.
fn refuse_unknown_params(given: &[(String, String)], hunts: &[Result<Hunt, HuntError>]) -> Outcome {
    let is_taken = |name: &str| hunts.iter().flatten().any(|hunt| hunt.takes(name));
    match given.iter().find(|(name, _)| !is_taken(name)) {
        Some((name, _)) => Err(Failure::trouble(format!("--param {name}: none of the hunts has this parameter"))),
        None => Ok(()),
    }
}

/// Where the rows of a hunt go: a Parquet file that is there when it is whole, or nowhere.
struct Results {
    /// The file, and for its metadata what names the hunt.
    file: Option<(PathBuf, Vec<(String, String)>)>,
    writer: Option<ExportWriter>,
}

impl Results {
    fn of(hunt: &Result<Hunt, HuntError>, folder: Option<&Path>) -> Self {
        let file = hunt.as_ref().ok().zip(folder).map(|(hunt, folder)| {
            let id = hunt.metadata.id.as_ref().unwrap_or(&hunt.key);
            (folder.join(format!("{}.parquet", hunt.key)), vec![("huntql.hunt".to_owned(), id.clone())])
        });
        Self { file, writer: None }
    }
}

impl Sink for Results {
    fn begin(&mut self, answer: &Answer) -> Result<(), SinkError> {
        let Some((path, metadata)) = &self.file else { return Ok(()) };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
        }
        // The order of the rows is the hunt's, and the file of an earlier run makes way.
        let options = ExportOptions {
            sort: Some(Vec::new()),
            overwrite: true,
            metadata: metadata.clone(),
            ..ExportOptions::default()
        };
        self.writer = Some(ExportWriter::create(path, Arc::clone(answer.schema()), &options)?);
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<(), SinkError> {
        match &mut self.writer {
            Some(writer) => Ok(writer.write(batch)?),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), SinkError> {
        if let Some(writer) = &mut self.writer {
            writer.finish()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hunt::Language;

    #[test]
    fn a_parameter_that_no_hunt_takes_is_refused() {
        let hunt = Hunt::parse("a", Path::new("a.sql"), Language::Sql, "select $host");
        let given = |name: &str| vec![(name.to_owned(), "x".to_owned())];
        assert_eq!(refuse_unknown_params(&given("host"), std::slice::from_ref(&hunt)), Ok(()));
        let Err(Failure::Trouble(message)) = refuse_unknown_params(&given("hots"), &[hunt]) else { panic!("no error") };
        insta::assert_snapshot!(message, @"--param hots: none of the hunts has this parameter");
    }
}
