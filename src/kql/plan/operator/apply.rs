//! `partition` and `mv-apply`: a subquery over every group of rows.
//!
//! Either all groups are answered by one query, in which what tells the groups apart is a key ([`lift`]), or the subquery is planned once
//! and run on one group after the other ([`group`](super::group)).

use std::sync::Arc;

use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr as Plain, LogicalPlanBuilder};

use super::super::error::{PlanError, Result};
use super::super::lowered::{Lowered, columns, name};
use super::super::planner::Planner;
use super::super::projection::projected;
use super::group::{Applied, GroupRows, Source};
use super::lift::Lift;
use crate::kql::bind::tree::{Column, ColumnId, GroupId, Grouping, Rel};

/// Lowers the node.
pub fn lower(
    planner: &mut Planner,
    rel: &Rel,
    input: &Rel,
    grouping: &Grouping,
    group: GroupId,
    subquery: &Rel,
) -> Result<Lowered> {
    let (key, carried): (ColumnId, &[ColumnId]) = match grouping {
        Grouping::Key(key) => (*key, &[]),
        Grouping::Row { row, carried } => (*row, carried),
    };
    let keys: Vec<Column> = std::iter::once(&key).chain(carried).filter_map(|id| input.column(*id)).cloned().collect();
    if let Some(lifted) = (Lift { group, input, keys: &keys }).rel(planner, subquery)? {
        let plan = planner.ordered(&lifted)?.plan;
        return Ok(Lowered::unordered(projected(plan, columns(rel))?));
    }
    one_by_one(planner, rel, input, (key, carried), group, subquery)
}

/// The subquery run on one group after the other.
fn one_by_one(
    planner: &mut Planner,
    rel: &Rel,
    input: &Rel,
    (key, carried): (ColumnId, &[ColumnId]),
    group: GroupId,
    subquery: &Rel,
) -> Result<Lowered> {
    let Lowered { plan: rows, order } = planner.ordered(input)?;
    let leaf = Arc::new(GroupRows::new(group.0, Arc::clone(rows.schema().inner())));
    let scan = LogicalPlanBuilder::scan("group", provider_as_source(leaf), None)?.build()?;
    let unqualified = scan.schema().columns().into_iter().map(|field| {
        let name = field.name.clone();
        Plain::Column(field).alias(name)
    });
    let unqualified: Vec<Plain> = unqualified.collect();
    let scan = projected(scan, unqualified)?;
    planner.groups.insert(group, Lowered { plan: scan, order });
    let lowered = planner.ordered(subquery).and_then(Lowered::sorted);
    planner.groups.remove(&group);
    let answer = LogicalPlanBuilder::from(lowered?.plan).project(columns(subquery))?.build()?;

    let missing = || PlanError::refused("a subquery over groups gives a column that is not there");
    let mut sources = Vec::with_capacity(rel.columns.len());
    let mut fields = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        let (source, schema) = match subquery.columns.iter().position(|column| column.id == own.id) {
            Some(place) if !carried.contains(&own.id) => (Source::Answer(place), answer.schema()),
            _ => {
                let place = rows.schema().index_of_column_by_name(None, &name(own.id)).ok_or_else(missing)?;
                (Source::Group(place), rows.schema())
            }
        };
        let place = match source {
            Source::Answer(place) | Source::Group(place) => place,
        };
        fields.push(Arc::clone(schema.fields().get(place).ok_or_else(missing)?));
        sources.push(source);
    }
    let key = rows.schema().index_of_column_by_name(None, &name(key)).ok_or_else(missing)?;
    let applied = Arc::new(Applied::new(rows, answer, (group.0, key), sources, fields));
    let scan = LogicalPlanBuilder::scan("groups", provider_as_source(applied), None)?.build()?;
    let exprs = scan.schema().columns().into_iter().zip(&rel.columns);
    let exprs: Vec<Plain> = exprs.map(|(field, own)| Plain::Column(field).alias(name(own.id))).collect();
    Ok(Lowered::unordered(projected(scan, exprs)?))
}
