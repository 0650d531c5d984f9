//! The plugins of `evaluate`.

use super::super::error::Result;
use super::super::lowered::Lowered;
use super::super::planner::{Planner, unsupported};
use crate::kql::bind::tree::{Plugin, Rel};

/// Lowers the node.
pub fn lower(_planner: &mut Planner, _rel: &Rel, _node: &Plugin) -> Result<Lowered> {
    unsupported("evaluate")
}
