//! Conversions between Kusto's types. They are total: what does not convert is null, never an error.

mod json;
mod number;
mod text;
mod time;

use std::borrow::Cow;

use datafusion::logical_expr::ScalarUDF;

pub(super) use self::text::guid_of;
use super::call::Cell;
use crate::json::value::{Number, Value};

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let families = [json::functions(), number::functions(), text::functions(), time::functions()];
    families.into_iter().flatten().collect()
}

/// Converts a value, a scalar inside a dynamic like one outside of it. Arrays and bags convert to nothing.
fn convert<T>(cell: Cell, convert: impl Fn(Cell) -> Option<T>) -> Option<T> {
    let Cell::Dynamic(value) = cell else { return convert(cell) };
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::Bool(truth) => convert(Cell::Bool(truth)),
        Value::Number(digits) => match Number::of(digits)? {
            Number::Long(long) => convert(Cell::Long(long)),
            Number::Real(real) => convert(Cell::Real(real)),
        },
        Value::String(_) => {
            let text: Cow<str> = value.text();
            convert(Cell::Text(&text))
        }
    }
}
