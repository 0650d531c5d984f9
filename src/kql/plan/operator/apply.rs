//! `partition` and `mv-apply`: a subquery over every group of rows.

use super::super::error::Result;
use super::super::lowered::Lowered;
use super::super::planner::{Planner, unsupported};
use crate::kql::bind::tree::{GroupId, Grouping, Rel};

/// Lowers the node. The subquery's leaf is what `planner.groups` has for the group.
pub fn lower(
    _planner: &mut Planner,
    _rel: &Rel,
    _input: &Rel,
    grouping: &Grouping,
    _group: GroupId,
    _subquery: &Rel,
) -> Result<Lowered> {
    unsupported(match grouping {
        Grouping::Key(_) => "partition",
        Grouping::Row { .. } => "mv-apply",
    })
}
