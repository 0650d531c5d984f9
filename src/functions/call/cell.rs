//! Arguments of any type: a [`Cell`] a row, with the text that Kusto's `tostring` makes of it and the JSON that it is
//! inside a dynamic.

use std::{fmt::Write, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, ListArray, StringViewArray, StringViewBuilder},
        compute::cast,
        datatypes::{
            DataType, Decimal128Type, DurationNanosecondType, Field, Float64Type, Int64Type, TimestampNanosecondType,
        },
    },
    common::{Result, plan_err},
    logical_expr::ColumnarValue,
};

use super::{
    DECIMAL,
    column::{Column, Json, Truths},
    is_dynamic, moment,
    param::is_list,
};
use crate::{
    functions::{
        arguments::Text,
        span::SPAN,
        text_form::{push_decimal, push_moment, push_real, push_span},
    },
    json::{push_quoted, value::Value},
};

/// One value of any of Kusto's types.
#[derive(Debug, Clone, Copy)]
pub(in crate::functions) enum Cell<'a> {
    Null,
    Bool(bool),
    Long(i64),
    Real(f64),
    /// In units of the last digit of [`DECIMAL`].
    Decimal(i128),
    /// A decimal without digits behind the point, which may have more of them before it.
    Whole(i128),
    Text(&'a str),
    /// Nanoseconds since 1970.
    Moment(i64),
    /// Nanoseconds.
    Span(i64),
    Dynamic(Value<'a>),
}

impl Cell<'_> {
    /// Appends what `tostring` says: nothing for null.
    pub fn push_text(self, out: &mut String) {
        match self {
            Cell::Null => {}
            Cell::Bool(truth) => out.push_str(if truth { "True" } else { "False" }),
            // Writing to a string does not fail.
            Cell::Long(long) => write!(out, "{long}").unwrap_or_default(),
            Cell::Real(real) => push_real(real, out),
            Cell::Decimal(decimal) => push_decimal(decimal, DECIMAL.1, out),
            Cell::Whole(whole) => write!(out, "{whole}").unwrap_or_default(),
            Cell::Text(text) => out.push_str(text),
            Cell::Moment(moment) => push_moment(moment, out),
            Cell::Span(span) => push_span(span, out),
            Cell::Dynamic(value) => out.push_str(&value.text()),
        }
    }

    /// Appends what the value is inside a dynamic. What JSON has no type for is a string there.
    pub fn push_json(self, out: &mut String) {
        match self {
            Cell::Null => out.push_str("null"),
            Cell::Bool(truth) => out.push_str(if truth { "true" } else { "false" }),
            Cell::Real(real) => push_real_json(real, out),
            Cell::Text(text) => push_quoted(text, out),
            Cell::Long(_) => self.push_text(out),
            Cell::Decimal(_) | Cell::Whole(_) | Cell::Moment(_) | Cell::Span(_) => {
                out.push('"');
                self.push_text(out);
                out.push('"');
            }
            Cell::Dynamic(Value::String(inside)) => {
                out.push('"');
                out.push_str(inside);
                out.push('"');
            }
            Cell::Dynamic(Value::Null) => out.push_str("null"),
            Cell::Dynamic(value) => out.push_str(&value.text()),
        }
    }

    pub fn is_null(self) -> bool {
        matches!(self, Cell::Null)
    }
}

/// Appends a double as JSON, which stays a double when it is read again; what JSON has no digits for is a string.
pub(in crate::functions) fn push_real_json(real: f64, out: &mut String) {
    let start = out.len();
    if !real.is_finite() {
        out.push('"');
        push_real(real, out);
        out.push('"');
        return;
    }
    push_real(real, out);
    let is_whole = !out[start..].contains(['.', 'E']);
    if is_whole {
        out.push_str(".0");
    }
}

/// Values of any type, one a row.
pub(in crate::functions) enum Cells<'a> {
    Bool(Truths),
    Long(Column<Int64Type>),
    Real(Column<Float64Type>),
    Decimal(Column<Decimal128Type>),
    Whole(Column<Decimal128Type>),
    Text(Text<'a>),
    Moment(Column<TimestampNanosecondType>),
    Span(Column<DurationNanosecondType>),
    Dynamic(Json<'a>),
}

/// Refuses what is none of Kusto's types.
pub(super) fn check_any(function: &str, place: usize, kind: &DataType) -> Result<()> {
    match kind {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            check_any(function, place, item.data_type())
        }
        DataType::Dictionary(_, value) => check_any(function, place, value),
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 | DataType::Duration(_) => Ok(()),
        kind if kind.is_null() || kind.is_numeric() || kind.is_string() || *kind == DataType::Boolean => Ok(()),
        DataType::Union(..) => plan_err!(
            "{function}: argument {place} is a JSON value of any type; take it out of its column with ->> instead of \
             -> to have it as text"
        ),
        other => plan_err!("{function}: argument {place} cannot be {other}"),
    }
}

impl<'a> Cells<'a> {
    /// Reads an argument that [`check_any`] let pass.
    pub fn of(function: &str, value: &'a ColumnarValue, dynamic: bool) -> Result<Self> {
        let kind = match value.data_type() {
            DataType::Dictionary(_, value) => *value,
            kind => kind,
        };
        Ok(match &kind {
            kind if is_list(kind) => Cells::Dynamic(Json::of(value)?),
            _ if dynamic => Cells::Dynamic(Json::of(value)?),
            kind if kind.is_string() || kind.is_null() => Cells::Text(Text::of(value)?),
            DataType::Boolean => Cells::Bool(Truths::of(value)?),
            DataType::UInt64 | DataType::Decimal128(_, 0) => {
                Cells::Whole(Column::cast(value, &DataType::Decimal128(DECIMAL.0, 0))?)
            }
            kind if kind.is_decimal() => {
                Cells::Decimal(Column::cast(value, &DataType::Decimal128(DECIMAL.0, DECIMAL.1))?)
            }
            kind if kind.is_integer() => Cells::Long(Column::cast(value, &DataType::Int64)?),
            kind if kind.is_floating() => Cells::Real(Column::cast(value, &DataType::Float64)?),
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => {
                Cells::Moment(Column::cast(value, &moment())?)
            }
            DataType::Duration(_) => Cells::Span(Column::cast(value, &SPAN)?),
            other => return plan_err!("{function}: an argument cannot be {other}"),
        })
    }

    /// The value of a row.
    pub fn get(&self, row: usize) -> Cell<'_> {
        let cell = match self {
            Cells::Bool(truths) => truths.get(row).map(Cell::Bool),
            Cells::Long(longs) => longs.get(row).map(Cell::Long),
            Cells::Real(reals) => reals.get(row).map(Cell::Real),
            Cells::Decimal(decimals) => decimals.get(row).map(Cell::Decimal),
            Cells::Whole(wholes) => wholes.get(row).map(Cell::Whole),
            Cells::Text(texts) => texts.get(row).map(Cell::Text),
            Cells::Moment(moments) => moments.get(row).map(Cell::Moment),
            Cells::Span(spans) => spans.get(row).map(Cell::Span),
            Cells::Dynamic(values) => values.get(row).map(Cell::Dynamic),
        };
        cell.unwrap_or(Cell::Null)
    }
}

/// Lists of values as JSON arrays.
pub(in crate::functions) fn lists_as_json(lists: &ArrayRef) -> Result<StringViewArray> {
    let (item, dynamic) = match lists.data_type() {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            (item.data_type().clone(), is_dynamic(item))
        }
        other => return plan_err!("a list was expected, not {other}"),
    };
    let lists = cast(lists, &DataType::List(Field::new_list_field(item, true).into()))?;
    let lists: &ListArray = lists.as_list();
    let values = ColumnarValue::Array(Arc::clone(lists.values()));
    let cells = Cells::of("list", &values, dynamic)?;
    let (mut builder, mut json) = (StringViewBuilder::with_capacity(lists.len()), String::new());
    for row in 0..lists.len() {
        if lists.is_null(row) {
            builder.append_null();
            continue;
        }
        let offsets = lists.value_offsets();
        let range = usize::try_from(offsets[row]).unwrap_or(0)..usize::try_from(offsets[row + 1]).unwrap_or(0);
        json.clear();
        let mut array = crate::json::value::Writer::array(&mut json);
        range.for_each(|item| array.write(|out| cells.get(item).push_json(out)));
        array.end();
        builder.try_append_value(&json)?;
    }
    Ok(builder.finish())
}

#[cfg(test)]
mod tests {
    use super::{super::column::array_of, *};

    #[test]
    fn doubles_stay_doubles_in_json() {
        for (real, json) in [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (-2.5e300, "-2.5E+300"),
            (f64::NAN, "\"NaN\""),
            (f64::INFINITY, "\"Infinity\""),
            (-0.0, "-0.0"),
        ] {
            let mut out = String::new();
            push_real_json(real, &mut out);
            assert_eq!(out, json);
            assert!(crate::json::is_json(&out));
        }
    }

    #[test]
    fn lists_become_arrays() -> Result<()> {
        let array = array_of(&ColumnarValue::Scalar(datafusion::common::ScalarValue::List(
            datafusion::common::ScalarValue::new_list_nullable(
                &[Some(1_i64).into(), None::<i64>.into()],
                &DataType::Int64,
            ),
        )))?;
        assert_eq!(lists_as_json(&array.0)?.value(0), "[1,null]");
        Ok(())
    }
}
