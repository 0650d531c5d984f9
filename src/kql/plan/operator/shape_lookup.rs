//! `evaluate geo_polygon_lookup`, `evaluate geo_line_lookup`.

use std::collections::HashMap;

use datafusion::common::JoinType;
use datafusion::logical_expr::{Expr as Plain, LogicalPlanBuilder, lit};

use super::super::error::Result;
use super::super::expr::{call, dress};
use super::super::lowered::{Lowered, column, name};
use super::super::planner::Planner;
use super::named;
use crate::catalog::KustoType;
use crate::kql::bind::tree::{Rel, ShapeLookup};

/// A join on a condition that is asked of every pair of a place and a shape. The different shapes are few, as Kusto's reference assumes, too.
pub fn lower(planner: &mut Planner, rel: &Rel, node: &ShapeLookup) -> Result<Lowered> {
    let left = planner.rel(&node.input)?;
    let right = planner.rel(&node.table)?;
    // The two may be the same table; the right one's columns are renamed.
    let renamed: HashMap<String, String> =
        node.table.columns.iter().map(|own| (name(own.id), planner.fresh())).collect();
    let of_table = |id| renamed.get(&name(id)).map(String::as_str).unwrap_or_default();
    let exprs: Vec<Plain> = node.table.columns.iter().map(|own| column(own.id).alias(of_table(own.id))).collect();
    let shapes = LogicalPlanBuilder::from(right).project(exprs)?.build()?;

    let shape = dress(named(of_table(node.shape)), KustoType::Dynamic);
    let place = vec![column(node.longitude), column(node.latitude), shape];
    let condition = match (node.of_lines, node.radius) {
        (true, radius) => call("geo_distance_point_to_line", place)?.lt_eq(lit(radius.unwrap_or_default())),
        (false, Some(radius)) => call("geo_distance_point_to_polygon", place)?.lt_eq(lit(radius)),
        (false, None) => call("geo_point_in_polygon", place)?,
    };
    let kind = if node.keep_unmatched { JoinType::Left } else { JoinType::Inner };
    let plan = LogicalPlanBuilder::from(left).join_on(shapes, kind, [condition])?.build()?;
    let mut exprs = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        exprs.push(match node.input.column(own.id) {
            None => dress(named(of_table(own.id)), own.kind).alias(name(own.id)),
            Some(_) => column(own.id),
        });
    }
    Ok(Lowered::unordered(LogicalPlanBuilder::from(plan).project(exprs)?.build()?))
}
