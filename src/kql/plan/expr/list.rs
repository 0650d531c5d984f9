//! `in`, `has_any`, `has_all`: tests against lists.

use datafusion::logical_expr::{Expr as Plain, LogicalPlanBuilder, Operator, binary_expr, lit};

use super::super::error::{PlanError, Result};
use super::super::lowered::column;
use super::super::planner::Planner;
use super::compare::{operand, plain_constant};
use super::make::{aggregate_call, all_of, call, text};
use super::{dress, scalar_subquery};
use crate::catalog::KustoType;
use crate::json::value::Value as Json;
use crate::kql::bind::tree::{Expr, List, ScalarQuery, Value};

/// What a list comes down to: single values, and dynamic ones that stand for their elements.
struct Items {
    /// Values of the type that is looked for.
    single: Vec<Plain>,
    /// Whether the single values are constants that DataFusion compares as Kusto does.
    constant: bool,
    /// Arrays at run time.
    arrays: Vec<Plain>,
}

/// `in` and its kind. With `rows` null counts as false.
pub fn is_in(
    planner: &mut Planner,
    value: &Expr,
    list: &List,
    (case_sensitive, negated): (bool, bool),
    rows: bool,
) -> Result<Plain> {
    let text_wanted = value.kind == KustoType::String;
    let items = items(planner, list, text_wanted)?;
    let of = planner.expr(value)?;
    if text_wanted {
        let found = text_in(of, items, case_sensitive)?;
        return Ok(if negated { Plain::Not(Box::new(found)) } else { found });
    }
    if value.kind != KustoType::Dynamic && items.constant && items.arrays.is_empty() {
        // Against constants null is in no list.
        let found = of.clone().in_list(items.single, negated);
        return Ok(match (negated, rows) {
            (false, true) => found,
            (false, false) => of.is_not_null().and(found),
            (true, _) => of.is_null().or(found),
        });
    }
    let mut tests = Vec::new();
    for item in items.single {
        tests.push(call(if negated { "kql_not_equal" } else { "kql_equal" }, vec![of.clone(), item])?);
    }
    for array in items.arrays {
        let has = datafusion::functions::core::coalesce()
            .call(vec![call("set_has_element", vec![array, of.clone()])?, lit(false)]);
        tests.push(if negated { Plain::Not(Box::new(has)) } else { has });
    }
    Ok(all_of(negated, tests))
}

fn text_in(of: Plain, items: Items, case_sensitive: bool) -> Result<Plain> {
    let Items { single, constant, arrays } = items;
    if single.is_empty() && arrays.is_empty() {
        return Ok(lit(false));
    }
    let lists = arrays.into_iter().map(|array| call("dynamic_to_texts", vec![array])).collect::<Result<Vec<_>>>()?;
    if !case_sensitive {
        let mut args = vec![of];
        args.extend(single);
        args.extend(lists);
        return Ok(known(call("in_ci", args)?));
    }
    let mut tests = Vec::new();
    match constant {
        true if !single.is_empty() => tests.push(of.clone().in_list(single, false)),
        _ => tests.extend(single.into_iter().map(|item| binary_expr(of.clone(), Operator::Eq, item))),
    }
    for list in lists {
        let has = datafusion::functions_nested::array_has::array_has_udf().call(vec![list, of.clone()]);
        tests.push(known(has));
    }
    Ok(all_of(false, tests))
}

/// Null lists hold nothing.
fn known(test: Plain) -> Plain {
    Plain::IsTrue(Box::new(test))
}

/// `has_any` and `has_all`.
pub fn has_terms(planner: &mut Planner, value: &Expr, list: &List, all: bool) -> Result<Plain> {
    let items = items(planner, list, true)?;
    if items.single.is_empty() && items.arrays.is_empty() {
        return Ok(lit(all));
    }
    let mut args = vec![planner.expr(value)?];
    args.extend(items.single);
    for array in items.arrays {
        args.push(call("dynamic_to_texts", vec![array])?);
    }
    call(if all { "has_all" } else { "has_any" }, args)
}

fn items(planner: &mut Planner, list: &List, texts: bool) -> Result<Items> {
    let mut items = Items { single: Vec::new(), constant: true, arrays: Vec::new() };
    let values = match list {
        List::Values(values) => values,
        List::Table(query) => {
            items.arrays.push(set_of(planner, query)?);
            return Ok(items);
        }
    };
    for value in values {
        if value.kind != KustoType::Dynamic {
            items.constant &= plain_constant(value);
            items.single.push(operand(planner, value)?);
            continue;
        }
        match value.as_literal() {
            Some(Value::Dynamic(json)) if texts => items.single.extend(elements(json)),
            Some(Value::Null) => {}
            _ => items.arrays.push(planner.expr(value)?),
        }
    }
    Ok(items)
}

/// The texts of a constant array's elements, nulls left out; another value is its own text.
fn elements(json: &str) -> Vec<Plain> {
    let value = Json::of(json);
    let one = |item| Some(Json::of(item)).filter(|item| *item != Json::Null).map(|item| text(&item.text()));
    match value.items() {
        Some(items) => items.filter_map(one).collect(),
        None => vec![text(&value.text())],
    }
}

/// The distinct values of a query's first column as an array, computed once.
fn set_of(planner: &mut Planner, query: &ScalarQuery) -> Result<Plain> {
    let Some(first) = query.rel.columns.first() else {
        return Err(PlanError::refused("a query that stands for a list has no column"));
    };
    let rows = planner.rel(&query.rel)?;
    let set = aggregate_call("make_set", vec![column(first.id)])?.alias("set");
    let plan = LogicalPlanBuilder::from(rows).aggregate(Vec::<Plain>::new(), vec![set])?.build()?;
    Ok(dress(scalar_subquery(plan), KustoType::Dynamic))
}
