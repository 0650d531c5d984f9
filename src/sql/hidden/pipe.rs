//! Hidden columns in a pipe: they flow through the steps that keep the shape of rows, and end at the first that does not.

use std::collections::BTreeSet;

use datafusion::sql::sqlparser::ast::{PipeOperator, Select, SelectItem};

use super::Source;
use super::mentions::Mentions;
use crate::sql::wildcard;

/// The hidden columns that the pipe behind `SELECT * FROM …` names.
pub(super) fn flowing(select: &Select, pipes: &[PipeOperator], shown: &BTreeSet<&String>) -> Vec<String> {
    if pipes.is_empty() || !matches!(select.projection[..], [SelectItem::Wildcard(_)]) {
        return Vec::new();
    }
    let mentions = Mentions::of_pipes(pipes);
    shown.iter().filter(|column| mentions.any(column)).map(|column| (*column).clone()).collect()
}

/// Ends the flow of hidden columns through a pipe where rows get a new shape, or at the end.
pub(super) fn end_flow(pipes: &mut Vec<PipeOperator>, sources: &[Source], flowing: &[String]) {
    if flowing.is_empty() {
        return;
    }
    let keeps_shape = |operator: &PipeOperator| {
        use PipeOperator::{As, Extend, Join, Limit, OrderBy, Where};
        matches!(operator, Where { .. } | OrderBy { .. } | Limit { .. } | Extend { .. } | As { .. } | Join(_))
    };
    let end = pipes.iter().position(|operator| !keeps_shape(operator)).unwrap_or(pipes.len());
    match pipes.get_mut(end) {
        Some(PipeOperator::Select { exprs }) => wildcard::each(exprs, |name, options| {
            let named = name.and_then(|name| sources.iter().find(|source| source.is_called(name)));
            let flows = |column: &&String| named.is_none_or(|source| source.shown.contains(column));
            wildcard::exclude(options, &flowing.iter().filter(flows).cloned().collect::<Vec<_>>());
        }),
        Some(PipeOperator::Aggregate { .. }) => {}
        _ => pipes.insert(end, wildcard::pipe_all_columns_but(flowing)),
    }
}
