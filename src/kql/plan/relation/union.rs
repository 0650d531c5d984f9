//! `union`: the rows of several relations.

use std::sync::Arc;

use datafusion::logical_expr::{LogicalPlan, Union};

use super::super::error::{PlanError, Result};
use super::super::lowered::{Lowered, column, name};
use super::super::planner::Planner;
use super::super::projection::projected;
use super::shape::absent;
use crate::kql::bind::tree::{Leg, Rel};

/// Every leg's fields under the names of the union's columns, one leg after the other.
pub fn lower(planner: &mut Planner, rel: &Rel, legs: &[Leg]) -> Result<Lowered> {
    let mut plans = Vec::with_capacity(legs.len());
    for leg in legs {
        let input = planner.rel(&leg.input)?;
        let mut exprs = Vec::with_capacity(rel.columns.len());
        for (own, field) in rel.columns.iter().zip(&leg.fields) {
            let value = match field {
                Some(id) => column(*id),
                None => absent(own.kind)?,
            };
            exprs.push(value.alias(name(own.id)));
        }
        plans.push(Arc::new(projected(input, exprs)?));
    }
    if plans.len() > 1 {
        return Ok(Lowered::unordered(LogicalPlan::Union(Union::try_new_with_loose_types(plans)?)));
    }
    let only = plans.pop().ok_or_else(|| PlanError::refused("`union` has no table to read"))?;
    Ok(Lowered::unordered(Arc::unwrap_or_clone(only)))
}
