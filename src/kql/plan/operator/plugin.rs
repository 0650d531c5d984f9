//! `evaluate`: `bag_unpack`, `pivot`, `narrow`, `ipv4_lookup`, `ipv6_lookup`, `dcount_intersect`.

use std::collections::HashMap;

use datafusion::common::{Column, JoinType, NullEquality, NullHandling, UnnestOptions};
use datafusion::functions_nested::make_array::make_array_udf;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Expr as Plain, LogicalPlan, LogicalPlanBuilder, lit};

use super::super::error::{PlanError, Result};
use super::super::expr::{call, dress};
use super::super::lowered::{Lowered, column, name};
use super::super::planner::Planner;
use super::super::projection::projected;
use super::{all, named};
use crate::catalog::KustoType;
use crate::functions::shape::{self, Networks};
use crate::kql::bind::tree::{
    ColumnId, CommonCounts, Expr, ExprNode, NetworkLookup, Pivot, Plugin, Rel, Unpack, Value,
};
use crate::kql::syntax::ast::Span;

/// Lowers the node.
pub fn lower(planner: &mut Planner, rel: &Rel, node: &Plugin) -> Result<Lowered> {
    match node {
        Plugin::Unpack(unpack) => bag_unpack(planner, rel, unpack),
        Plugin::Pivot(node) => pivot(planner, rel, node),
        Plugin::Narrow(input) => narrow(planner, rel, input),
        Plugin::NetworkLookup(lookup) => network_lookup(planner, rel, lookup),
        Plugin::CommonCounts(counts) => common_counts(planner, rel, counts),
        Plugin::Mining(mining) => super::whole::mining(planner, rel, mining),
        Plugin::ShapeLookup(lookup) => super::shape_lookup::lower(planner, rel, lookup),
    }
}

/// A column for every key, whose value is cast.
fn bag_unpack(planner: &mut Planner, rel: &Rel, node: &Unpack) -> Result<Lowered> {
    let input = planner.ordered(&node.input)?;
    let mut exprs = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        let Some((key, output)) = node.keys.iter().find(|(_, output)| output.id == own.id) else {
            exprs.push(column(own.id));
            continue;
        };
        let key = Expr::literal(Value::String(key.as_str().into()), KustoType::String, Span::default());
        let member = ExprNode::Member(Box::new(node.bag.clone()), Box::new(key));
        let mut value = Expr::new(member, KustoType::Dynamic, node.bag.span);
        if output.kind != KustoType::Dynamic {
            value = Expr::new(ExprNode::Cast(Box::new(value)), output.kind, node.bag.span);
        }
        exprs.push(dress(planner.value(&value, &input.plan)?, output.kind).alias(name(own.id)));
    }
    input.project(exprs)
}

/// For each sketch a count of what it and those before it have seen.
fn common_counts(planner: &mut Planner, rel: &Rel, node: &CommonCounts) -> Result<Lowered> {
    let input = planner.ordered(&node.input)?;
    let mut sketches = Vec::with_capacity(node.sketches.len());
    for sketch in &node.sketches {
        sketches.push(planner.value(sketch, &input.plan)?);
    }
    let mut exprs = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        exprs.push(match node.counts.iter().position(|count| *count == own.id) {
            Some(place) => {
                let first = sketches.iter().take(place + 1).cloned().collect();
                call("dcount_common", first)?.alias(name(own.id))
            }
            None => column(own.id),
        });
    }
    input.project(exprs)
}

/// The aggregate once for every value, over the rows that have it.
fn pivot(planner: &mut Planner, rel: &Rel, node: &Pivot) -> Result<Lowered> {
    let Lowered { plan, order } = planner.ordered(&node.input)?;
    let text = planner.fresh();
    let mut exprs = all(&plan);
    exprs.push(planner.value(&node.pivot, &plan)?.alias(&text));
    let plan = projected(plan, exprs)?;
    let mut groups = Vec::with_capacity(node.groups.len());
    for group in &node.groups {
        groups.push(planner.value(&group.expr, &plan)?.alias(name(group.id)));
    }
    let mut aggregates = Vec::with_capacity(node.values.len());
    let mut results = HashMap::new();
    for (value, output) in &node.values {
        let lowered = planner.aggregate(&node.call, &order)?;
        let Some((_, result)) = lowered.outputs.into_iter().next() else {
            return Err(PlanError::refused("the aggregate of `pivot` gives no value"));
        };
        let (call, called) = match lowered.call {
            Plain::Alias(alias) => (*alias.expr, alias.name),
            other => (other, planner.fresh()),
        };
        let Plain::AggregateFunction(AggregateFunction { func, mut params }) = call else {
            return Err(PlanError::refused("what `pivot` computes must be one aggregate"));
        };
        params.filter = Some(Box::new(named(&text).eq(lit(value.as_str()))));
        aggregates.push(Plain::AggregateFunction(AggregateFunction { func, params }).alias(called));
        results.insert(output.id, result.unalias());
    }
    let plan = LogicalPlanBuilder::from(plan).aggregate(groups, aggregates)?.build()?;
    let mut exprs = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        exprs.push(match results.get(&own.id) {
            Some(result) => {
                let kind = node.call.outputs.first().map_or(own.kind, |output| output.kind);
                let result = planner.typed(result.clone(), kind, &plan)?;
                dress(planner.convert(result, kind, own.kind)?, own.kind).alias(name(own.id))
            }
            None => column(own.id),
        });
    }
    Ok(Lowered::unordered(projected(plan, exprs)?))
}

/// A row for every cell: the rows are numbered, and a list of the names and one of the cells' texts unnested side by side.
fn narrow(planner: &mut Planner, rel: &Rel, input: &Rel) -> Result<Lowered> {
    let [row, label, value] = rel.columns.as_slice() else {
        return Err(PlanError::refused("`narrow` has three columns"));
    };
    if input.visible_columns().is_empty() {
        return Err(PlanError::refused("`narrow` is given rows without columns"));
    }
    let lowered = planner.ordered(input)?.sorted()?;
    let order = lowered.order.clone();
    let number = planner.fresh();
    let row_number = datafusion::functions_window::expr_fn::row_number();
    let row_number = match order.is_empty() {
        true => row_number,
        false => datafusion::logical_expr::ExprFunctionExt::order_by(row_number, order).build()?,
    };
    let row_number = row_number.alias(&number);
    let plan = LogicalPlanBuilder::from(lowered.plan).window(vec![row_number])?.build()?;

    let mut names = Vec::new();
    let mut cells = Vec::new();
    for own in input.visible_columns() {
        names.push(lit(own.name.as_ref()));
        cells.push(call("tostring", vec![column(own.id)])?);
    }
    let (names_list, cells_list, place) = (planner.fresh(), planner.fresh(), planner.fresh());
    let names = make_array_udf().call(names);
    let exprs = vec![
        named(&number),
        shape::places().call(vec![names.clone()]).alias(&place),
        names.alias(&names_list),
        make_array_udf().call(cells).alias(&cells_list),
    ];
    let lists = [&place, &names_list, &cells_list].map(|list| Column::new_unqualified(list.as_str())).to_vec();
    let options = UnnestOptions::new().with_null_handling(NullHandling::Drop);
    let plan = LogicalPlanBuilder::from(plan).project(exprs)?.unnest_columns_with_options(lists, options)?.build()?;
    let typed = |planner: &mut Planner, list: &str, plan: &LogicalPlan| -> Result<Plain> {
        Ok(dress(planner.typed(named(list), KustoType::String, plan)?, KustoType::String))
    };
    let from_zero = datafusion::logical_expr::cast(named(&number), KustoType::Long.arrow()) - lit(1_i64);
    let exprs = vec![
        from_zero.alias(name(row.id)),
        typed(planner, &names_list, &plan)?.alias(name(label.id)),
        typed(planner, &cells_list, &plan)?.alias(name(value.id)),
    ];
    let order = vec![named(&number).sort(true, true), named(&place).sort(true, true)];
    Lowered { plan, order }.project(exprs)
}

/// Pairs of an address and a network that holds it.
///
/// Each of the different addresses is looked up once: for every length that a network of the table has, the address's network of that length
/// has a key, and keys are joined. What was found is joined to the rows by the address.
fn network_lookup(planner: &mut Planner, rel: &Rel, node: &NetworkLookup) -> Result<Lowered> {
    let left = planner.rel(&node.input)?;
    let right = planner.rel(&node.table)?;

    // The two may be the same table; the right one's columns are renamed.
    let renamed: HashMap<String, String> =
        node.table.columns.iter().map(|own| (name(own.id), planner.fresh())).collect();
    let of_table = |id| renamed.get(&name(id)).map(String::as_str).unwrap_or_default();
    let [network_key, bits, length, address_key] = [(); 4].map(|()| planner.fresh());
    let network = || vec![column(node.network)];
    let mut exprs: Vec<Plain> = node.table.columns.iter().map(|own| column(own.id).alias(of_table(own.id))).collect();
    exprs.push(Networks::Key.function(node.v6).call(network()).alias(&network_key));
    exprs.push(Networks::Bits.function(node.v6).call(network()).alias(&bits));
    let networks =
        LogicalPlanBuilder::from(right).project(exprs)?.filter(named(&network_key).is_not_null())?.build()?;
    let lengths = LogicalPlanBuilder::from(networks.clone())
        .aggregate(vec![named(&bits)], Vec::<Plain>::new())?
        .project(vec![named(&bits).alias(&length)])?
        .build()?;

    // What must be equal: the address, and the further keys.
    let sought: Vec<ColumnId> = std::iter::once(node.address).chain(node.keys.iter().map(|(a, _)| *a)).collect();
    let copies: Vec<String> = sought.iter().map(|_| planner.fresh()).collect();
    let mut distinct: Vec<Plain> = Vec::new();
    for id in &sought {
        if !distinct.contains(&column(*id)) {
            distinct.push(column(*id));
        }
    }
    let own = sought.iter().zip(&copies).map(|(id, copy)| column(*id).alias(copy)).collect::<Vec<_>>();
    let addresses = LogicalPlanBuilder::from(left.clone())
        .aggregate(distinct, Vec::<Plain>::new())?
        .project(own)?
        .cross_join(lengths)?
        .build()?;
    let address = copies.first().map(|copy| named(copy)).unwrap_or_else(|| column(node.address));
    let mut exprs: Vec<Plain> = copies.iter().map(|copy| named(copy)).collect();
    let key = Networks::KeyOfAddress.function(node.v6).call(vec![address, named(&length)]);
    exprs.push(key.alias(&address_key));
    let by_name = |name: &str| Column::new_unqualified(name);
    let mut on = (vec![by_name(&address_key)], vec![by_name(&network_key)]);
    for ((_, of_right), copy) in node.keys.iter().zip(copies.iter().skip(1)) {
        on.0.push(by_name(copy));
        on.1.push(by_name(of_table(*of_right)));
    }
    let mut shown: Vec<Plain> = copies.iter().map(|copy| named(copy)).collect();
    shown.extend(node.table.columns.iter().map(|own| named(of_table(own.id))));
    let found = LogicalPlanBuilder::from(addresses)
        .project(exprs)?
        .join(networks, JoinType::Inner, on, None)?
        .project(shown)?
        .build()?;

    let on = (
        sought.iter().map(|id| by_name(&name(*id))).collect::<Vec<_>>(),
        copies.iter().map(|copy| by_name(copy)).collect::<Vec<_>>(),
    );
    let kind = if node.keep_unmatched { JoinType::Left } else { JoinType::Inner };
    let plan =
        LogicalPlanBuilder::from(left).join_detailed(found, kind, on, None, NullEquality::NullEqualsNull)?.build()?;
    let mut exprs = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        exprs.push(match node.input.column(own.id) {
            None => dress(named(of_table(own.id)), own.kind).alias(name(own.id)),
            Some(_) => column(own.id),
        });
    }
    Ok(Lowered::unordered(projected(plan, exprs)?))
}
