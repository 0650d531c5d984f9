//! Constants of one type as constants of another, for the cells of a `datatable` and parameters of a query.

use std::sync::Arc;

use super::dynamic;
use super::tree::{Expr, ExprNode, Value};
use crate::catalog::KustoType;
use crate::kql::syntax::value;

/// The constant as one of this type; none if it is no constant or does not fit.
pub(super) fn convert(expr: &Expr, kind: KustoType) -> Option<Value> {
    let expr = match &expr.node {
        // A conversion of a constant, such as a `let` of another type.
        ExprNode::Cast(inner) if expr.kind == kind => inner,
        _ => expr,
    };
    let constant = expr.as_literal()?;
    let fits = match (constant, kind) {
        (Value::Null, KustoType::String) => Value::String("".into()),
        (Value::Null, _) => Value::Null,
        (value, _) if expr.kind == kind => value.clone(),
        (Value::Int(number), KustoType::Long) => Value::Long(i64::from(*number)),
        (Value::Long(number), KustoType::Int) => Value::Int(i32::try_from(*number).ok()?),
        (Value::Int(number), KustoType::Real) => Value::Real(f64::from(*number)),
        #[allow(clippy::cast_precision_loss)] // Kusto's own conversion.
        (Value::Long(number), KustoType::Real) => Value::Real(*number as f64),
        #[allow(clippy::cast_possible_truncation)] // Kusto's own conversion: towards zero, saturating.
        (Value::Real(number), KustoType::Long) => Value::Long(*number as i64),
        (Value::Long(number), KustoType::Decimal) => Value::Decimal(number.to_string().into()),
        (Value::Real(number), KustoType::Decimal) => Value::Decimal(number.to_string().into()),
        (Value::Long(number), KustoType::Bool) => Value::Bool(*number != 0),
        (Value::Int(number), KustoType::Bool) => Value::Bool(*number != 0),
        (Value::String(text), _) => from_text(text, kind)?,
        (Value::Bool(truth), KustoType::String) => Value::String(if *truth { "True" } else { "False" }.into()),
        (Value::Long(number), KustoType::String) => Value::String(number.to_string().into()),
        (Value::Int(number), KustoType::String) => Value::String(number.to_string().into()),
        (Value::Guid(guid), KustoType::String) => Value::String(Arc::clone(guid)),
        (value, KustoType::Dynamic) => Value::Dynamic(json(value)?.into()),
        _ => return None,
    };
    Some(fits)
}

/// A text as a constant of another type. An empty text is null, as it is everywhere in Kusto.
pub(super) fn from_text(text: &str, kind: KustoType) -> Option<Value> {
    if text.is_empty() && kind != KustoType::String {
        return Some(Value::Null);
    }
    Some(match kind {
        KustoType::String => Value::String(text.into()),
        KustoType::Long => Value::Long(value::long(text)?),
        KustoType::Int => Value::Int(value::int(text)?),
        KustoType::Real => Value::Real(value::real(text)?),
        KustoType::Decimal => Value::Decimal(value::decimal(text)?.into()),
        KustoType::Bool => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => return None,
        },
        KustoType::Guid => Value::Guid(value::guid(text)?.into()),
        KustoType::Timespan => Value::Timespan(value::timespan(text)?),
        KustoType::DateTime => match value::datetime(text)? {
            value::Moment::At(ticks) => Value::DateTime(ticks),
            value::Moment::TimeOfDay(_) => return None,
        },
        // What is no JSON is a JSON string.
        KustoType::Dynamic => Value::Dynamic(dynamic::quote(text).into()),
    })
}

fn json(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Long(number) | Value::Timespan(number) => number.to_string(),
        Value::Real(number) if number.is_finite() => format!("{number:?}"),
        Value::Decimal(digits) => dynamic::quote(digits),
        Value::Guid(guid) => dynamic::quote(guid),
        Value::DateTime(ticks) => dynamic::quote(&dynamic::iso(*ticks)),
        _ => return None,
    })
}
