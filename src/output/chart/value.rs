//! Cells as a chart reads them: numbers, times in seconds, texts, arrays.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int64Type, TimeUnit};
use datafusion::arrow::error::ArrowError;
use serde::Deserialize;

use super::roles::Class;
use crate::output::cell::{Column, time};
use crate::output::visible;

/// Characters of a name that are kept; longer ones are told apart by their beginnings.
const LONGEST_NAME: usize = 80;

/// One column of a batch.
pub(super) enum Values {
    /// Numbers as they are.
    Numbers(Float64Array),
    /// Times or spans: ticks, and how many of them make a second.
    Ticks(Int64Array, f64),
    /// Everything else.
    Cells(Column),
}

impl Values {
    /// Prepares a column.
    ///
    /// # Errors
    /// Arrow's, for an array that breaks the rules of its type.
    pub(super) fn new(field: &Field, array: &ArrayRef, class: Class) -> Result<Self, ArrowError> {
        let array = match array.data_type() {
            DataType::Dictionary(_, values) => &cast(array, values)?,
            _ => array,
        };
        Ok(match class {
            Class::Number => Self::Numbers(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone()),
            Class::Time | Class::Span => {
                let per_second = match array.data_type() {
                    DataType::Date32 => 1.0 / 86_400.0,
                    DataType::Date64 => time::per_second(TimeUnit::Millisecond) as f64,
                    DataType::Timestamp(unit, _) | DataType::Duration(unit) => time::per_second(*unit) as f64,
                    _ => 1.0,
                };
                // A date is a number of days in 32 bits, which does not become 64 bits at once.
                let array =
                    if *array.data_type() == DataType::Date32 { &cast(array, &DataType::Int32)? } else { array };
                Self::Ticks(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone(), per_second)
            }
            Class::Numbers | Class::Times | Class::Text => Self::Cells(Column::new(field, array)?),
        })
    }

    /// The number of a cell: itself, or seconds. None for null, for what is no number, and for what is not finite.
    pub(super) fn number(&self, row: usize) -> Option<f64> {
        match self {
            Self::Numbers(numbers) if numbers.is_valid(row) => {
                Some(numbers.value(row)).filter(|value| value.is_finite())
            }
            Self::Ticks(ticks, per_second) if ticks.is_valid(row) => Some(ticks.value(row) as f64 / per_second),
            _ => None,
        }
    }

    /// The text of a cell, as it may be shown.
    pub(super) fn name(&self, row: usize) -> String {
        let text = match self {
            Self::Cells(column) if column.is_null(row) => return "(null)".to_owned(),
            Self::Cells(column) => {
                let mut text = Vec::new();
                column.text(row, &mut text);
                String::from_utf8_lossy(&text).into_owned()
            }
            _ => return self.number(row).map_or_else(|| "(null)".to_owned(), |number| number.to_string()),
        };
        if text.is_empty() { "(empty)".to_owned() } else { short(&text) }
    }

    /// The elements of an array's cell.
    pub(super) fn elements(&self, row: usize) -> Vec<Option<f64>> {
        let Self::Cells(column) = self else { return Vec::new() };
        let mut text = Vec::new();
        column.text(row, &mut text);
        elements(&text).iter().map(Element::number).collect()
    }
}

fn elements(text: &[u8]) -> Vec<Element> {
    serde_json::from_slice(text).unwrap_or_default()
}

/// What the elements of a cell are: times, if the first that tells is a time; none, if the cell is no array.
pub(super) fn class_of_array(text: &[u8]) -> Option<Class> {
    let is_array = text.trim_ascii_start().first() == Some(&b'[');
    is_array.then(|| match elements(text).iter().find(|element| element.number().is_some()) {
        Some(Element::Text(_)) => Class::Times,
        _ => Class::Numbers,
    })
}

/// A name as it may be shown, cut if it is long.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", visible(&text[..end])),
        None => visible(text),
    }
}

/// An element of an array of numbers or times.
#[derive(Deserialize)]
#[serde(untagged)]
enum Element {
    Number(f64),
    Text(String),
    Other(serde::de::IgnoredAny),
}

impl Element {
    fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number).filter(|number| number.is_finite()),
            Self::Text(text) => {
                let time = chrono::DateTime::parse_from_rfc3339(text).ok()?;
                Some(time.timestamp() as f64 + f64::from(time.timestamp_subsec_micros()) / 1e6)
            }
            Self::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{Date32Array, DurationMillisecondArray, StringArray, TimestampNanosecondArray};

    use super::*;

    fn of(array: ArrayRef, class: Class) -> Values {
        Values::new(&Field::new("a", array.data_type().clone(), true), &array, class).expect("values")
    }

    #[test]
    fn times_are_seconds_and_what_is_not_finite_is_nothing() {
        let times = of(Arc::new(TimestampNanosecondArray::from(vec![Some(1_500_000_000), None])), Class::Time);
        assert_eq!((times.number(0), times.number(1)), (Some(1.5), None));
        assert_eq!(of(Arc::new(Date32Array::from(vec![2])), Class::Time).number(0), Some(172_800.0));
        assert_eq!(of(Arc::new(DurationMillisecondArray::from(vec![-250])), Class::Span).number(0), Some(-0.25));
        let numbers = of(Arc::new(Float64Array::from(vec![f64::NAN, f64::INFINITY, 1e308])), Class::Number);
        assert_eq!([0, 1, 2].map(|row| numbers.number(row)), [None, None, Some(1e308)]);
    }

    #[test]
    fn arrays_and_names_are_read_whatever_they_hold() {
        let texts = ["[1, null, \"2026-10-01T00:00:00Z\", {\"a\": [1]}, 2.5]", "[[[", "", "a\u{1b}[2J\n"];
        let cells = of(Arc::new(StringArray::from(texts.to_vec())), Class::Numbers);
        assert_eq!(cells.elements(0), [Some(1.0), None, Some(1_790_812_800.0), None, Some(2.5)]);
        assert_eq!((cells.elements(1), cells.name(2).as_str(), cells.name(3).as_str()), (vec![], "(empty)", "a␛[2J␊"));
        let deep = of(Arc::new(StringArray::from(vec!["[".repeat(100_000)])), Class::Numbers);
        assert!(deep.elements(0).is_empty());
        assert_eq!(deep.name(0).chars().count(), LONGEST_NAME + 1);
    }
}
