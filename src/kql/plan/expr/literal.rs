//! Constants.

use datafusion::common::ScalarValue;
use datafusion::common::metadata::FieldMetadata;
use datafusion::logical_expr::Expr as Plain;
use datafusion_functions_json::json_field_metadata;

use super::super::error::{PlanError, Result};
use crate::catalog::KustoType;
use crate::kql::bind::tree::{Expr, Value};
use crate::kql::syntax::ast::Span;

/// Ticks of 100 ns from 0001-01-01 to 1970-01-01.
const EPOCH: i64 = 621_355_968_000_000_000;

/// Nanoseconds in a tick.
const TICK: i64 = 100;

/// A constant that is kept as it is.
///
/// # Errors
/// If it is a moment or span that 64 bits of nanoseconds cannot hold.
pub fn exact(value: &Value, kind: KustoType, span: Span) -> Result<Plain> {
    scalar(value, kind, false).map(|value| marked(value, kind)).map_err(|error| match error {
        PlanError::Refused { message, .. } => PlanError::at(span, message),
        other => other,
    })
}

/// A constant that others are compared with: a moment that 64 bits of nanoseconds cannot hold is the nearest that they can, for no value in
/// a table lies beyond that.
pub fn bound(expr: &Expr) -> Result<Option<Plain>> {
    expr.as_literal().map(|value| scalar(value, expr.kind, true).map(|value| marked(value, expr.kind))).transpose()
}

/// A constant without the mark of a dynamic.
pub fn plain(value: &Value, kind: KustoType) -> Result<Plain> {
    scalar(value, kind, false).map(|value| Plain::Literal(value, None))
}

/// A moment.
pub fn moment(nanoseconds: i64) -> Plain {
    let whole = nanoseconds.saturating_sub(nanoseconds.rem_euclid(TICK));
    Plain::Literal(ScalarValue::TimestampNanosecond(Some(whole), Some("UTC".into())), None)
}

fn marked(value: ScalarValue, kind: KustoType) -> Plain {
    let mark = (kind == KustoType::Dynamic).then(|| FieldMetadata::from(json_field_metadata()));
    Plain::Literal(value, mark)
}

fn scalar(value: &Value, kind: KustoType, nearest: bool) -> Result<ScalarValue> {
    Ok(match value {
        Value::Null if kind == KustoType::String => ScalarValue::Utf8View(Some(String::new())),
        Value::Null => ScalarValue::try_new_null(&kind.arrow())?,
        Value::Bool(truth) => ScalarValue::Boolean(Some(*truth)),
        Value::Int(number) if kind == KustoType::Long => ScalarValue::Int64(Some(i64::from(*number))),
        Value::Int(number) => ScalarValue::Int32(Some(*number)),
        Value::Long(number) => ScalarValue::Int64(Some(*number)),
        Value::Real(number) => ScalarValue::Float64(Some(*number)),
        Value::String(text) | Value::Guid(text) | Value::Dynamic(text) => ScalarValue::Utf8View(Some(text.to_string())),
        Value::Decimal(text) => decimal(text)?,
        Value::DateTime(ticks) => {
            let nanoseconds = ticks.checked_sub(EPOCH).and_then(|ticks| ticks.checked_mul(TICK));
            let nanoseconds = nanoseconds.or_else(|| nearest.then(|| furthest(*ticks < EPOCH)));
            let nanoseconds = nanoseconds.ok_or_else(|| {
                PlanError::refused(
                    "huntql keeps moments from 1677-09-21 to 2262-04-11; one beyond can be compared with, but not be a value",
                )
            })?;
            ScalarValue::TimestampNanosecond(Some(nanoseconds), Some("UTC".into()))
        }
        Value::Timespan(ticks) => {
            let nanoseconds = ticks.checked_mul(TICK).or_else(|| nearest.then(|| furthest(*ticks < 0)));
            let nanoseconds = nanoseconds
                .ok_or_else(|| PlanError::refused("huntql keeps timespans of up to 292 years; this one is longer"))?;
            ScalarValue::DurationNanosecond(Some(nanoseconds))
        }
    })
}

/// The first or last whole tick that 64 bits of nanoseconds hold.
fn furthest(back: bool) -> i64 {
    if back { i64::MIN / TICK * TICK } else { i64::MAX / TICK * TICK }
}

/// A decimal's text with a point and an exponent, in units of the 18th digit behind the point.
fn decimal(text: &str) -> Result<ScalarValue> {
    let refusal =
        || PlanError::refused(format!("decimal({text}) has more digits than 20 before and 18 behind the point"));
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().map_err(|_| refusal())?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let units: i128 = format!("{whole}{fraction}").parse().map_err(|_| refusal())?;
    let behind = i32::try_from(fraction.len()).map_err(|_| refusal())?;
    let shift = 18_i32.checked_add(exponent).and_then(|shift| shift.checked_sub(behind)).ok_or_else(refusal)?;
    let scale = |by: u32| 10_i128.checked_pow(by);
    let units = match u32::try_from(shift) {
        Ok(by) => scale(by).and_then(|scale| units.checked_mul(scale)).ok_or_else(refusal)?,
        // What lies behind the 18th digit is cut off, as a cast does.
        Err(_) => scale(shift.unsigned_abs()).map_or(0, |scale| units / scale),
    };
    match units.unsigned_abs() < 10_u128.pow(38) {
        true => Ok(ScalarValue::Decimal128(Some(units), 38, 18)),
        false => Err(refusal()),
    }
}
