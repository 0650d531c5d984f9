//! `mv-expand`: a row for every item of an array or bag.
//!
//! Each array becomes a list, and the lists are unnested side by side: the shorter ones are filled with nulls, and rows whose lists are
//! all empty go.

use datafusion::common::NullHandling;
use datafusion::common::{Column, UnnestOptions};
use datafusion::logical_expr::{Expr as Plain, LogicalPlanBuilder};

use super::super::error::Result;
use super::super::expr::{call, dress};
use super::super::lowered::{Lowered, column, name};
use super::super::planner::Planner;
use super::text::conversion;
use super::{all, named};
use crate::catalog::KustoType;
use crate::functions::shape::{self, Bags};
use crate::kql::bind::tree::{BagExpansion, Expand, ExpandItem, Rel};

/// Lowers the node. Items of a row follow each other where the input has an order.
pub fn lower(planner: &mut Planner, rel: &Rel, node: &Expand) -> Result<Lowered> {
    let input = planner.ordered(&node.input)?;
    let ordered = !input.order.is_empty();
    let limit = node.limit.as_ref().map(|limit| planner.expr(limit)).transpose()?;

    let mut exprs = all(&input.plan);
    let mut lists = Vec::with_capacity(node.items.len() + 1);
    let mut calls = Vec::with_capacity(node.items.len());
    for item in &node.items {
        let list = planner.fresh();
        let mut args = vec![planner.value(&item.source, &input.plan)?];
        args.extend(limit.clone());
        let items = shape::items(bags(node.bags), is_cast(item.kind)).call(args);
        calls.push(items.clone());
        exprs.push(items.alias(&list));
        lists.push(list);
    }
    let place = planner.fresh();
    let row = planner.fresh();
    // The place tells the order of a row's items, also within the groups of an apply.
    let placed = ordered || node.index.is_some() || node.row.is_some();
    if placed {
        exprs.push(shape::places().call(calls).alias(&place));
        lists.push(place.clone());
    }
    if ordered || node.row.is_some() {
        exprs.push(shape::row_id().call(Vec::new()).alias(&row));
    }
    let unnested = lists.iter().map(|list| Column::new_unqualified(list.as_str())).collect();
    let options = UnnestOptions::new().with_null_handling(NullHandling::Drop);
    let plan =
        LogicalPlanBuilder::from(input.plan).project(exprs)?.unnest_columns_with_options(unnested, options)?.build()?;

    let mut exprs = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        let item = node.items.iter().zip(&lists).find(|(item, _)| item.id == own.id);
        exprs.push(match item {
            Some((item, list)) => element(item, named(list))?.alias(name(own.id)),
            None if node.index == Some(own.id) => named(&place).alias(name(own.id)),
            None if node.row == Some(own.id) => named(&row).alias(name(own.id)),
            None => column(own.id),
        });
    }
    let mut order = input.order;
    if ordered || node.row.is_some() {
        order.push(named(&row).sort(true, true));
        order.push(named(&place).sort(true, true));
    }
    Lowered { plan, order }.project(exprs)
}

/// An element, unnested as JSON, as what it was declared to be. It is cast: text is not read as a number.
fn element(item: &ExpandItem, json: Plain) -> Result<Plain> {
    let json = call("as_dynamic", vec![json])?;
    Ok(match item.kind {
        KustoType::Dynamic => json,
        KustoType::String => dress(call("tostring", vec![json])?, item.kind),
        kind => match conversion(kind) {
            Some(function) => call(function, vec![json])?,
            None => json,
        },
    })
}

/// Whether strings among the elements are nulls.
fn is_cast(kind: KustoType) -> bool {
    matches!(kind, KustoType::Bool | KustoType::Int | KustoType::Long | KustoType::Real | KustoType::Decimal)
}

fn bags(bags: BagExpansion) -> Bags {
    match bags {
        BagExpansion::Bag => Bags::Bag,
        BagExpansion::Array => Bags::Array,
    }
}
