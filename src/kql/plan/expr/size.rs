//! `estimate_data_size`: what the values of some columns take in Kusto's store, by their types. It is lowered here because only the binder
//! knows a guid from a text.

use datafusion::logical_expr::{Expr as Plain, lit};

use super::super::error::{PlanError, Result};
use super::super::planner::Planner;
use super::make::call;
use crate::catalog::KustoType;
use crate::kql::bind::tree::Expr;

/// The bytes of some values together: a text takes its own, other types take the same for every value, null or not.
pub fn lower(planner: &mut Planner, args: &[Expr]) -> Result<Plain> {
    let mut fixed = 0_i64;
    let mut texts = Vec::new();
    for arg in args {
        fixed += match arg.kind {
            KustoType::Bool => 1,
            KustoType::Int => 4,
            KustoType::Long | KustoType::Real | KustoType::DateTime | KustoType::Timespan => 8,
            KustoType::Guid => 16,
            KustoType::String => {
                texts.push(call("string_size", vec![planner.expr(arg)?])?);
                0
            }
            KustoType::Dynamic | KustoType::Decimal => {
                return Err(PlanError::at(
                    arg.span,
                    "`estimate_data_size`: how Kusto stores dynamic and decimal values is not known; name columns of other types, or measure \
                     `tostring(…)` of these",
                ));
            }
        };
    }
    Ok(texts.into_iter().fold(lit(fixed), |sum, text| sum + text))
}
