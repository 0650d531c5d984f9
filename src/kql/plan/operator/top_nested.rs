//! `top-nested`.

use super::super::error::Result;
use super::super::lowered::Lowered;
use super::super::planner::{Planner, unsupported};
use crate::kql::bind::tree::{Rel, TopNested};

/// Lowers the node.
pub fn lower(_planner: &mut Planner, _rel: &Rel, _node: &TopNested) -> Result<Lowered> {
    unsupported("top-nested")
}
