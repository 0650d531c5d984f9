//! Cells as text: one column of a batch, ready to be written row by row.
//!
//! A [`Column`] settles once a batch what its type means, so that a row costs a match and a copy. Two forms exist: bare text for
//! tables and separated values, JSON for the JSON formats; nested values are JSON in both.

pub(super) mod escape;
mod nested;
pub(super) mod number;
pub(super) mod pretty;
pub(super) mod time;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, Float32Array, Float64Array, Int64Array, StringArray,
    StringViewArray, UInt64Array,
};
use datafusion::arrow::buffer::{NullBuffer, ScalarBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Date64Type, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Field, Int64Type, IntervalMonthDayNanoType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt64Type,
};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use nested::Nested;

/// One column of a batch, ready to be written as text.
pub(super) struct Column {
    nulls: Option<NullBuffer>,
    cells: Cells,
}

enum Cells {
    Null,
    Bool(BooleanArray),
    Signed(Int64Array),
    Unsigned(UInt64Array),
    Float32(Float32Array),
    Float64(Float64Array),
    /// Digits that are too many for the machine's numbers.
    Decimal(StringViewArray),
    Text(StringViewArray),
    /// Text that is tagged as JSON.
    Json(StringViewArray),
    Binary(BinaryViewArray),
    Point {
        values: ScalarBuffer<i64>,
        unit: TimeUnit,
        zone: Option<Tz>,
    },
    Day {
        values: ScalarBuffer<i64>,
        per_day: i64,
    },
    Span {
        values: ScalarBuffer<i64>,
        unit: TimeUnit,
    },
    Nested(Nested),
    /// What arrow prints, for types that have no form here.
    Other(StringArray),
}

impl Column {
    /// Prepares the cells of `array`; `field` says whether text is JSON.
    ///
    /// # Errors
    /// Arrow's, for an array that breaks the rules of its type.
    pub(super) fn new(field: &Field, array: &ArrayRef) -> Result<Self, ArrowError> {
        match array.data_type() {
            // These encodings are about storage; their values are what to print.
            DataType::Dictionary(_, values) => Self::new(field, &cast(array, values)?),
            DataType::RunEndEncoded(_, values) => Self::new(field, &cast(array, values.data_type())?),
            _ => Ok(Self { nulls: array.logical_nulls(), cells: Cells::new(field, array)? }),
        }
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// True if the cells are free text, which may hold anything.
    pub(super) fn is_free_text(&self) -> bool {
        matches!(self.cells, Cells::Text(_) | Cells::Json(_) | Cells::Nested(_) | Cells::Other(_))
    }

    /// Writes the cell as bare text; nothing for null.
    pub(super) fn text(&self, row: usize, out: &mut Vec<u8>) {
        if !self.is_null(row) {
            match &self.cells {
                Cells::Text(texts) | Cells::Json(texts) => out.extend_from_slice(texts.value(row).as_bytes()),
                Cells::Nested(nested) => nested.text(row, out),
                cells => cells.scalar(row, out),
            }
        }
    }

    /// Writes the cell as a JSON value.
    pub(super) fn json(&self, row: usize, out: &mut Vec<u8>) {
        if self.is_null(row) {
            return out.extend_from_slice(b"null");
        }
        match &self.cells {
            Cells::Text(texts) => escape::json_string(texts.value(row), out),
            Cells::Json(texts) => escape::json_value(texts.value(row), out),
            Cells::Other(texts) => escape::json_string(texts.value(row), out),
            Cells::Nested(nested) => nested.json(row, out),
            cells if cells.is_json_literal(row) => cells.scalar(row, out),
            cells => {
                // No other scalar's text holds a character that JSON escapes.
                out.push(b'"');
                cells.scalar(row, out);
                out.push(b'"');
            }
        }
    }
}

impl Cells {
    fn new(field: &Field, array: &ArrayRef) -> Result<Self, ArrowError> {
        Ok(match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Bool(array.as_boolean().clone()),
            kind if kind.is_signed_integer() => {
                Self::Signed(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
            }
            kind if kind.is_unsigned_integer() => {
                Self::Unsigned(cast(array, &DataType::UInt64)?.as_primitive::<UInt64Type>().clone())
            }
            DataType::Float16 | DataType::Float32 => {
                Self::Float32(cast(array, &DataType::Float32)?.as_primitive().clone())
            }
            DataType::Float64 => Self::Float64(array.as_primitive().clone()),
            kind if kind.is_decimal() => Self::Decimal(cast(array, &DataType::Utf8View)?.as_string_view().clone()),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                let texts = cast(array, &DataType::Utf8View)?.as_string_view().clone();
                if is_json(field) { Self::Json(texts) } else { Self::Text(texts) }
            }
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
                Self::Binary(cast(array, &DataType::BinaryView)?.as_binary_view().clone())
            }
            DataType::Timestamp(unit, zone) => Self::Point {
                values: ticks(array, *unit),
                unit: *unit,
                zone: zone.as_deref().map_or(Ok(None), local_zone)?,
            },
            DataType::Date32 => {
                let days = cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().values().clone();
                Self::Day { values: days, per_day: 1 }
            }
            DataType::Date64 => {
                Self::Day { values: array.as_primitive::<Date64Type>().values().clone(), per_day: 86_400_000 }
            }
            DataType::Time32(unit) | DataType::Time64(unit) => {
                let values = cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().values().clone();
                Self::Span { values, unit: *unit }
            }
            DataType::Duration(unit) => Self::Span { values: spans(array, *unit), unit: *unit },
            kind if kind.is_nested() => Self::Nested(Nested::new(array)?),
            _ => Self::Other(display(array)?),
        })
    }

    fn is_json_literal(&self, row: usize) -> bool {
        match self {
            Self::Bool(_) | Self::Signed(_) | Self::Unsigned(_) | Self::Decimal(_) => true,
            Self::Float32(values) => values.value(row).is_finite(),
            Self::Float64(values) => values.value(row).is_finite(),
            _ => false,
        }
    }

    /// Writes the bare text of a cell that is not null and is neither free text nor nested.
    fn scalar(&self, row: usize, out: &mut Vec<u8>) {
        match self {
            Self::Null | Self::Nested(_) => {}
            Self::Bool(values) => out.extend_from_slice(if values.value(row) { b"true" } else { b"false" }),
            Self::Signed(values) => number::integer(values.value(row).into(), out),
            Self::Unsigned(values) => number::integer(values.value(row).into(), out),
            Self::Float32(values) => number::float(values.value(row), out),
            Self::Float64(values) => number::float(values.value(row), out),
            Self::Text(texts) | Self::Json(texts) | Self::Decimal(texts) => {
                out.extend_from_slice(texts.value(row).as_bytes())
            }
            Self::Other(texts) => out.extend_from_slice(texts.value(row).as_bytes()),
            Self::Binary(values) => out.extend_from_slice(STANDARD.encode(values.value(row)).as_bytes()),
            Self::Point { values, unit, zone } => {
                if !time::datetime(values[row], *unit, zone.as_ref(), out) {
                    number::integer(values[row].into(), out);
                }
            }
            Self::Day { values, per_day } => {
                if !time::date(values[row].div_euclid(*per_day), out) {
                    number::integer(values[row].into(), out);
                }
            }
            Self::Span { values, unit } => {
                let nanos = 1_000_000_000 / time::per_second(*unit);
                time::timespan(i128::from(values[row]) * i128::from(nanos), out);
            }
        }
    }
}

/// True if a text field is tagged with Arrow's JSON extension type, as dynamic columns are.
pub(super) fn is_json(field: &Field) -> bool {
    field.extension_type_name() == Some("arrow.json")
}

/// The zone to print in; none for UTC, which prints as `Z`.
fn local_zone(name: &str) -> Result<Option<Tz>, ArrowError> {
    if matches!(name, "UTC" | "Etc/UTC" | "Z" | "+00:00" | "+0000" | "+00") {
        return Ok(None);
    }
    name.parse().map(Some)
}

fn ticks(array: &ArrayRef, unit: TimeUnit) -> ScalarBuffer<i64> {
    match unit {
        TimeUnit::Second => array.as_primitive::<TimestampSecondType>().values().clone(),
        TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().values().clone(),
        TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().values().clone(),
        TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().values().clone(),
    }
}

fn spans(array: &ArrayRef, unit: TimeUnit) -> ScalarBuffer<i64> {
    match unit {
        TimeUnit::Second => array.as_primitive::<DurationSecondType>().values().clone(),
        TimeUnit::Millisecond => array.as_primitive::<DurationMillisecondType>().values().clone(),
        TimeUnit::Microsecond => array.as_primitive::<DurationMicrosecondType>().values().clone(),
        TimeUnit::Nanosecond => array.as_primitive::<DurationNanosecondType>().values().clone(),
    }
}

/// Arrow's own text, but for intervals without months, which are timespans.
fn display(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
    let intervals = array.as_primitive_opt::<IntervalMonthDayNanoType>();
    let texts = (0..array.len()).map(|row| {
        if array.is_null(row) {
            return Ok(None);
        }
        match intervals.map(|intervals| intervals.value(row)) {
            Some(interval) if interval.months == 0 => {
                let mut text = Vec::new();
                let days = i128::from(interval.days) * 86_400_000_000_000;
                time::timespan(days + i128::from(interval.nanoseconds), &mut text);
                Ok(Some(String::from_utf8_lossy(&text).into_owned()))
            }
            _ => formatter.value(row).try_to_string().map(Some),
        }
    });
    texts.collect()
}

#[cfg(test)]
mod tests;
