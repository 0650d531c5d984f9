//! `parse` and `parse-where`.

use super::super::error::Result;
use super::super::lowered::Lowered;
use super::super::planner::{Planner, unsupported};
use crate::kql::bind::tree::{Parse, Rel};

/// Lowers the node.
pub fn lower(_planner: &mut Planner, _rel: &Rel, _node: &Parse) -> Result<Lowered> {
    unsupported("parse")
}
