//! `scan`: sequences of rows.

use super::super::error::Result;
use super::super::lowered::Lowered;
use super::super::planner::{Planner, unsupported};
use crate::kql::bind::tree::{PatternScan, Rel};

/// Lowers the node.
pub fn lower(_planner: &mut Planner, _rel: &Rel, _node: &PatternScan) -> Result<Lowered> {
    unsupported("scan")
}
