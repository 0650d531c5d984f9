//! `parse-kv`: columns out of text by keys.

use datafusion::functions::core::expr_fn::get_field;

use super::super::error::{PlanError, Result};
use super::super::expr::dress;
use super::super::lowered::{Lowered, column, name};
use super::super::planner::Planner;
use super::super::projection::projected;
use super::text::converted;
use super::{all, named};
use crate::functions::shape::{self, Pairs};
use crate::kql::bind::tree::{ParseKv, Rel};

/// Lowers the node.
pub fn lower(planner: &mut Planner, rel: &Rel, node: &ParseKv) -> Result<Lowered> {
    let input = planner.ordered(&node.input)?;
    let found = planner.fresh();
    let source = planner.value(&node.source, &input.plan)?;
    let mut exprs = all(&input.plan);
    exprs.push(shape::pairs(pairs(node)?)?.call(vec![source]).alias(&found));
    let plan = projected(input.plan, exprs)?;

    let mut exprs = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        let key = node.keys.iter().enumerate().find(|(_, (_, output))| output.id == own.id);
        exprs.push(match key {
            None => column(own.id),
            Some((place, (_, output))) => {
                let text = get_field(named(&found), shape::value_name(place));
                dress(converted(text, output.kind)?, output.kind).alias(name(own.id))
            }
        });
    }
    Lowered { plan, order: input.order }.project(exprs)
}

fn pairs(node: &ParseKv) -> Result<Pairs> {
    let quotes = match node.quotes.as_deref().map(|quotes| quotes.chars().collect::<Vec<_>>()).as_deref() {
        None | Some([]) => None,
        Some([quote]) => Some((*quote, *quote)),
        Some([open, close]) => Some((*open, *close)),
        Some(_) => {
            return Err(PlanError::refused("the `quote` of `parse-kv` is one character, or two: opening and closing"));
        }
    };
    let escape = match node.escape.as_deref().map(|escape| escape.chars().collect::<Vec<_>>()).as_deref() {
        None | Some([]) => None,
        Some([escape]) => Some(*escape),
        Some(_) => return Err(PlanError::refused("the `escape` of `parse-kv` is one character")),
    };
    Ok(Pairs {
        keys: node.keys.iter().map(|(key, _)| key.clone()).collect(),
        pair_delimiter: node.pair_delimiter.clone(),
        kv_delimiter: node.kv_delimiter.clone(),
        quotes,
        escape,
        greedy: node.greedy,
        regex: node.regex.clone(),
    })
}
