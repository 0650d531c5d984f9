//! `reduce`: patterns of similar texts.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray, StringViewBuilder};
use datafusion::common::{Result as DataResult, internal_err};

use super::super::super::error::Result;
use super::super::super::lowered::{Lowered, name};
use super::super::super::planner::Planner;
use super::super::super::projection::projected;
use super::super::all;
use super::made;
use super::table::Work;
use super::terms::patterns;
use crate::kql::bind::tree::{Reduce, Rel};

/// What stands for texts without a pattern.
const OTHERS: &str = "others";

/// Lowers the node.
pub fn lower(planner: &mut Planner, rel: &Rel, node: &Reduce) -> Result<Lowered> {
    let plan = planner.rel(&node.input)?;
    let mut exprs = if node.keep_rows { all(&plan) } else { Vec::new() };
    let text = planner.fresh();
    exprs.push(planner.value(&node.source, &plan)?.alias(text));
    let plan = projected(plan, exprs)?;
    let mut sources = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        let output = node.outputs.iter().position(|output| *output == own.id);
        let place = || plan.schema().fields().iter().position(|field| *field.name() == name(own.id));
        sources.push(match output {
            Some(output) => Source::Pattern(output),
            None => Source::Row(place().unwrap_or(usize::MAX)),
        });
    }
    let work =
        Patterns { threshold: node.threshold, characters: node.characters.clone(), keep_rows: node.keep_rows, sources };
    Ok(Lowered::unordered(made(plan, Arc::new(work), &rel.columns)?))
}

/// Where a column comes from.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// The row, by place.
    Row(usize),
    /// The pattern, the count or the representative.
    Pattern(usize),
}

/// Texts, the last column, to patterns: a row for each, or for each row its own.
#[derive(Debug)]
struct Patterns {
    threshold: f64,
    characters: String,
    keep_rows: bool,
    sources: Vec<Source>,
}

impl Work for Patterns {
    fn name(&self) -> &'static str {
        "reduce"
    }

    fn done(&self, rows: &RecordBatch) -> DataResult<Vec<ArrayRef>> {
        let Some(texts) = rows.columns().last().and_then(|texts| texts.as_string_view_opt()) else {
            return internal_err!("reduce was given no text");
        };
        let texts: Vec<&str> = texts.iter().map(Option::unwrap_or_default).collect();
        let (found, of_text) = patterns(&texts, self.threshold, &self.characters);
        let others = of_text.iter().filter(|found| found.is_none()).count();
        // What stands behind each row that comes out.
        let behind: Vec<Option<usize>> = match self.keep_rows {
            true => of_text,
            false => (0..found.len()).map(Some).chain((others > 0).then_some(None)).collect(),
        };
        let (mut pattern, mut first) = (StringViewBuilder::new(), StringViewBuilder::new());
        let mut counts = Vec::with_capacity(behind.len());
        for place in behind {
            match place.and_then(|place| found.get(place)) {
                Some(found) => {
                    pattern.append_value(&found.pattern);
                    first.append_value(texts.get(found.first).copied().unwrap_or_default());
                    counts.push(found.count);
                }
                None => {
                    pattern.append_value(OTHERS);
                    first.append_value("");
                    counts.push(i64::try_from(others).unwrap_or(i64::MAX));
                }
            }
        }
        let made: [ArrayRef; 3] =
            [Arc::new(pattern.finish()), Arc::new(Int64Array::from(counts)), Arc::new(first.finish())];
        let column = |source: &Source| match source {
            Source::Row(place) => rows.columns().get(*place).map(Arc::clone),
            Source::Pattern(place) => made.get(*place).map(Arc::clone),
        };
        let length = made.first().map_or(0, |column| column.len());
        let nothing = || Arc::new(StringViewArray::new_null(length)) as ArrayRef;
        Ok(self.sources.iter().map(|source| column(source).unwrap_or_else(nothing)).collect())
    }
}
