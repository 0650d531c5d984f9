//! `parse` and `parse-where`: columns out of text by a pattern.

use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{Expr as Plain, LogicalPlanBuilder, lit, when};

use super::super::error::Result;
use super::super::expr::dress;
use super::super::lowered::{Lowered, column, name};
use super::super::planner::Planner;
use super::super::projection::projected;
use super::text::converted;
use super::{all, named};
use crate::catalog::KustoType;
use crate::functions::shape::{self, Part, Pattern};
use crate::kql::bind::tree::{Output, Parse, ParseKind, ParsePart, Rel};

/// Lowers the node: the texts that the pattern finds, then their values, then the question whether all are there.
pub fn lower(planner: &mut Planner, rel: &Rel, node: &Parse) -> Result<Lowered> {
    let input = planner.ordered(&node.input)?;
    let outputs: Vec<Output> = node
        .pattern
        .iter()
        .filter_map(|part| match part {
            ParsePart::Capture(output) => Some(*output),
            _ => None,
        })
        .collect();
    let found = planner.fresh();
    let source = planner.value(&node.source, &input.plan)?;
    let mut exprs = all(&input.plan);
    let own = exprs.len();
    exprs.push(shape::pattern(&pattern(node))?.call(vec![source]).alias(&found));
    let plan = projected(input.plan, exprs)?;

    let mut exprs = all(&plan);
    exprs.truncate(own);
    let matched = planner.fresh();
    exprs.push(get_field(named(&found), "matched").alias(&matched));
    let mut values = Vec::with_capacity(outputs.len());
    for (place, output) in outputs.iter().enumerate() {
        let value = planner.fresh();
        let text = get_field(named(&found), shape::value_name(place));
        exprs.push(converted(text, output.kind)?.alias(&value));
        values.push(value);
    }
    let mut builder = LogicalPlanBuilder::from(plan).project(exprs)?;

    let whole = match node.kind {
        ParseKind::Relaxed => named(&matched),
        ParseKind::Simple | ParseKind::Regex => all_there(&outputs, &values, named(&matched)),
    };
    if node.filter {
        builder = builder.filter(whole.clone())?;
    }
    let mut exprs = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        let value = outputs.iter().zip(&values).find(|(output, _)| output.id == own.id);
        exprs.push(match value {
            None => column(own.id),
            Some((output, value)) if node.kind == ParseKind::Relaxed || node.filter => {
                dress(named(value), output.kind).alias(name(own.id))
            }
            Some((output, value)) => {
                let value = when(whole.clone(), named(value)).end()?;
                dress(value, output.kind).alias(name(own.id))
            }
        });
    }
    Lowered { plan: builder.build()?, order: input.order }.project(exprs)
}

/// Whether the pattern matched and every text was a value of its type.
fn all_there(outputs: &[Output], values: &[String], matched: Plain) -> Plain {
    let typed = outputs
        .iter()
        .zip(values)
        .filter(|(output, _)| !matches!(output.kind, KustoType::String | KustoType::Dynamic))
        .map(|(_, value)| named(value).is_not_null());
    std::iter::once(matched).chain(typed).reduce(Plain::and).unwrap_or_else(|| lit(true))
}

fn pattern(node: &Parse) -> Pattern {
    let parts = node.pattern.iter().map(|part| match part {
        ParsePart::Skip => Part::Skip,
        ParsePart::Text(text) => Part::Text(std::sync::Arc::clone(text)),
        ParsePart::Capture(output) => Part::Value(output.kind.arrow()),
    });
    Pattern {
        parts: parts.collect(),
        regex: node.kind == ParseKind::Regex,
        flags: node.flags.clone(),
        relaxed: node.kind == ParseKind::Relaxed,
    }
}
