//! Arguments of one type, a value a row; a constant is one value for all rows.

use std::sync::Arc;

use ::regex::Regex;
use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray},
        compute::cast,
        datatypes::{ArrowPrimitiveType, DataType, Int64Type},
    },
    common::Result,
    logical_expr::ColumnarValue,
};

use super::{cell::lists_as_json, param::is_list};
use crate::{
    functions::{arguments::Text, span::span_of},
    json::value::Value,
};

/// The values of an argument, and whether they are one for all rows.
pub(super) fn array_of(value: &ColumnarValue) -> Result<(ArrayRef, bool)> {
    match value {
        ColumnarValue::Scalar(scalar) => Ok((scalar.to_array()?, true)),
        ColumnarValue::Array(array) => Ok((Arc::clone(array), false)),
    }
}

/// Values of one of Arrow's primitive types.
pub(in crate::functions) struct Column<T: ArrowPrimitiveType> {
    values: PrimitiveArray<T>,
    constant: bool,
}

impl<T: ArrowPrimitiveType> Column<T> {
    /// The values of an argument as a type; null where one does not fit.
    pub fn cast(value: &ColumnarValue, kind: &DataType) -> Result<Self> {
        let (values, constant) = array_of(value)?;
        Ok(Self { values: cast(&values, kind)?.as_primitive().clone(), constant })
    }

    /// One value for all rows.
    pub fn constant(value: T::Native) -> Self {
        Self { values: PrimitiveArray::from_value(value, 1), constant: true }
    }

    /// The value of a row, `None` if it is null.
    #[inline]
    pub fn get(&self, row: usize) -> Option<T::Native> {
        let row = if self.constant { 0 } else { row };
        self.values.is_valid(row).then(|| self.values.value(row))
    }
}

impl Column<Int64Type> {
    /// Moments as nanoseconds since 1970.
    pub fn moment(value: &ColumnarValue, kind: &DataType) -> Result<Self> {
        let (values, constant) = array_of(value)?;
        let values = cast(&cast(&values, kind)?, &DataType::Int64)?;
        Ok(Self { values: values.as_primitive().clone(), constant })
    }

    /// Time spans in any form, in nanoseconds.
    pub fn span(function: &str, value: &ColumnarValue) -> Result<Self> {
        let (values, constant) = array_of(value)?;
        Ok(Self { values: span_of(function, &values)?.as_primitive().clone(), constant })
    }
}

/// Truths.
pub(in crate::functions) struct Truths {
    values: BooleanArray,
    constant: bool,
}

impl Truths {
    /// The truths of an argument.
    pub fn of(value: &ColumnarValue) -> Result<Self> {
        let (values, constant) = array_of(value)?;
        Ok(Self { values: cast(&values, &DataType::Boolean)?.as_boolean().clone(), constant })
    }

    /// The truth of a row, `None` if it is null.
    pub fn get(&self, row: usize) -> Option<bool> {
        let row = if self.constant { 0 } else { row };
        self.values.is_valid(row).then(|| self.values.value(row))
    }
}

/// Regular expressions, one for all rows or one a row.
pub(in crate::functions) enum Patterns {
    Constant(Option<Arc<Regex>>),
    Rows(Vec<Option<Arc<Regex>>>),
}

impl Patterns {
    pub(super) fn of(text: &Text, rows: usize, compile: impl Fn(&str) -> Result<Arc<Regex>>) -> Result<Self> {
        match text {
            Text::Constant(text) => text.map(compile).transpose().map(Patterns::Constant),
            text => {
                (0..rows).map(|row| text.get(row).map(&compile).transpose()).collect::<Result<_>>().map(Patterns::Rows)
            }
        }
    }

    /// The pattern of a row, `None` if it is null.
    pub fn get(&self, row: usize) -> Option<&Regex> {
        match self {
            Patterns::Constant(pattern) => pattern.as_deref(),
            Patterns::Rows(patterns) => patterns.get(row)?.as_deref(),
        }
    }
}

/// Dynamics.
pub(in crate::functions) enum Json<'a> {
    Text(Text<'a>),
    /// What was a list.
    Made {
        texts: Text<'a>,
        constant: bool,
    },
}

impl<'a> Json<'a> {
    /// The dynamics of an argument; lists become arrays.
    pub fn of(value: &'a ColumnarValue) -> Result<Self> {
        if !is_list(&value.data_type()) {
            return Text::of(value).map(Json::Text);
        }
        let (lists, constant) = array_of(value)?;
        Ok(Json::Made { texts: Text::Owned(lists_as_json(&lists)?), constant })
    }

    /// Whether every row has the same.
    pub fn is_constant(&self) -> bool {
        matches!(self, Json::Text(Text::Constant(_)) | Json::Made { constant: true, .. })
    }

    /// The JSON of a row, `None` if it is null.
    pub fn raw(&self, row: usize) -> Option<&str> {
        let json = match self {
            Json::Text(text) => text.get(row),
            Json::Made { texts, constant } => texts.get(if *constant { 0 } else { row }),
        };
        json.filter(|json| *json != "null")
    }

    /// The value of a row, `None` if it is null.
    pub fn get(&self, row: usize) -> Option<Value<'_>> {
        self.raw(row).map(Value::of)
    }
}
