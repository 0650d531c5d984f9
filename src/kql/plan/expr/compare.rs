//! Comparisons by Kusto's rule of nulls: beside a value, null is not equal and is unequal; beside null, both are null. NaN equals nothing
//! and is neither less nor greater.

use datafusion::logical_expr::{BinaryExpr, Case, Expr as Plain, Operator};

use super::super::error::{PlanError, Result};
use super::super::planner::Planner;
use super::{call, literal};
use crate::catalog::KustoType;
use crate::kql::bind::tree::{Expr, Value};
use crate::kql::syntax::ast::Comparison;

/// A comparison as a value.
pub fn exact(planner: &mut Planner, operator: Comparison, a: &Expr, b: &Expr) -> Result<Plain> {
    let equality = match operator {
        Comparison::Equal => "kql_equal",
        Comparison::NotEqual => "kql_not_equal",
        _ => return order(planner, operator, a, b),
    };
    if a.kind == KustoType::String && b.kind == KustoType::String {
        return truth(planner, operator, a, b);
    }
    let (left, right) = (operand(planner, a)?, operand(planner, b)?);
    // Beside a constant there is no null to answer.
    if plain_constant(a) || plain_constant(b) {
        let distinct = operator == Comparison::NotEqual;
        return Ok(binary(left, if distinct { Operator::IsDistinctFrom } else { Operator::IsNotDistinctFrom }, right));
    }
    call(equality, vec![left, right])
}

/// A comparison where null is as good as false.
pub fn truth(planner: &mut Planner, operator: Comparison, a: &Expr, b: &Expr) -> Result<Plain> {
    let not_equal = match operator {
        Comparison::Equal => false,
        Comparison::NotEqual => true,
        _ => return order(planner, operator, a, b),
    };
    let careful = |kind| matches!(kind, KustoType::Real | KustoType::Dynamic);
    if (careful(a.kind) || careful(b.kind)) && !plain_constant(a) && !plain_constant(b) {
        return exact(planner, operator, a, b);
    }
    let (left, right) = (operand(planner, a)?, operand(planner, b)?);
    let text = a.kind == KustoType::String && b.kind == KustoType::String;
    let operator = match (not_equal, text) {
        (false, _) => Operator::Eq,
        (true, true) => Operator::NotEq,
        (true, false) => Operator::IsDistinctFrom,
    };
    Ok(binary(left, operator, right))
}

/// `<` and its kind: null beside null or a value.
fn order(planner: &mut Planner, operator: Comparison, a: &Expr, b: &Expr) -> Result<Plain> {
    let operator = match operator {
        Comparison::Less => Operator::Lt,
        Comparison::LessOrEqual => Operator::LtEq,
        Comparison::Greater => Operator::Gt,
        Comparison::GreaterOrEqual => Operator::GtEq,
        Comparison::Equal => Operator::Eq,
        Comparison::NotEqual => Operator::NotEq,
    };
    if a.kind == KustoType::Dynamic || b.kind == KustoType::Dynamic {
        return Err(PlanError::at(
            a.span,
            "two dynamic values have no order; convert one, as in `tolong(x) < tolong(y)`",
        ));
    }
    let (left, right) = (operand(planner, a)?, operand(planner, b)?);
    let mut compared = binary(left.clone(), operator, right.clone());
    for (side, value) in [(a, left), (b, right)] {
        let may_be_nan = !matches!(side.as_literal(), Some(Value::Real(number)) if !number.is_nan());
        if side.kind == KustoType::Real && may_be_nan {
            // Arrow has NaN beyond all numbers.
            compared = compared.and(Plain::Not(Box::new(call("isnan", vec![value])?)));
        }
    }
    Ok(compared)
}

/// `between`, both ends included.
pub fn between(planner: &mut Planner, value: &Expr, low: &Expr, high: &Expr, negated: bool) -> Result<Plain> {
    let (value, from, to) = (planner.expr(value)?, operand(planner, low)?, operand(planner, high)?);
    let known = |expr: &Expr| expr.as_literal().is_some_and(|value| *value != Value::Null);
    let all_known = !negated || known(low) && known(high);
    let ends = from.clone().is_not_null().and(to.clone().is_not_null());
    let within =
        Plain::Between(datafusion::logical_expr::Between::new(Box::new(value), negated, Box::new(from), Box::new(to)));
    // A null anywhere makes it null, so that an end that is null settles nothing.
    if all_known {
        return Ok(within);
    }
    Ok(Plain::Case(Case::new(None, vec![(Box::new(ends), Box::new(within))], None)))
}

/// A side of a comparison.
pub fn operand(planner: &mut Planner, side: &Expr) -> Result<Plain> {
    match literal::bound(side)? {
        Some(bound) => Ok(bound),
        None => planner.expr(side),
    }
}

/// Whether it is a constant that DataFusion compares as Kusto does: no null, no NaN, no JSON.
pub fn plain_constant(side: &Expr) -> bool {
    match side.as_literal() {
        None | Some(Value::Null | Value::Dynamic(_)) => false,
        Some(Value::Real(number)) => !number.is_nan(),
        Some(_) => side.kind != KustoType::Dynamic,
    }
}

fn binary(left: Plain, operator: Operator, right: Plain) -> Plain {
    Plain::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
}
