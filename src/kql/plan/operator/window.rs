//! Functions of neighbouring rows.

use super::super::error::Result;
use super::super::lowered::Lowered;
use super::super::planner::{Planner, unsupported};
use crate::kql::bind::tree::{Rel, WindowCall};

/// Lowers the node.
pub fn lower(_planner: &mut Planner, _rel: &Rel, _input: &Rel, calls: &[WindowCall]) -> Result<Lowered> {
    unsupported(calls.first().map_or("a function of neighbouring rows", |call| call.call.function.name))
}
