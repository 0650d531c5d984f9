//! Values laid on an axis of equal steps: what `make-series` computes.
//!
//! The steps of an axis are numbered. The number of a value's step is [`Axis::Step`]; the values of the steps, gathered
//! as lists in any order, become an array by [`series`].

use std::{collections::HashMap, fmt::Write, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringViewBuilder},
        compute::cast,
        datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type},
    },
    common::{Result, exec_err, plan_err},
    logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, Volatility},
};

use super::{Shape, items::dynamic, made};
use crate::{
    functions::call::{Cell, Cells, is_dynamic},
    json::value::Writer,
};

/// More steps than this no series has.
const MOST_STEPS: i64 = 1 << 20;

/// A function of the axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    /// `(value, start, step)`: the number of the step that the value lies in. A null start is zero, for moments the
    /// first of January of the year 1.
    Step,
    /// `(end, start, step)`: the number behind the last step that begins before the end.
    End,
    /// `(end, start, step)`: the number behind the last step that does not begin after the end.
    EndIncluded,
    /// `(first, behind, start, step)`: the beginnings of the steps from one number to before another, as JSON.
    Labels,
}

impl Axis {
    /// The function.
    pub fn function(self) -> ScalarUDF {
        made(self, Volatility::Immutable)
    }
}

/// `series(numbers, first, behind, default, values)`: the values of two lists, each at its number, from the number
/// `first` to before `behind`, and the default where no number is, as JSON.
pub fn series() -> ScalarUDF {
    made(Series, Volatility::Immutable)
}

/// Where the axis of moments starts: the beginning of the year 1, in nanoseconds before 1970.
const FIRST_MOMENT: i128 = -62_135_596_800_000_000_000;

/// A column of places on the axis: whole numbers and times, or doubles.
enum Places {
    Whole(Int64Array, i128),
    Real(Float64Array),
}

impl Places {
    fn of(array: &ArrayRef) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Float64 | DataType::Float32 | DataType::Decimal128(..) => {
                Places::Real(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
            }
            kind => {
                let zero = if matches!(kind, DataType::Timestamp(..)) { FIRST_MOMENT } else { 0 };
                Places::Whole(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone(), zero)
            }
        })
    }

    fn whole(&self, row: usize) -> Option<i128> {
        match self {
            Places::Whole(values, _) => values.is_valid(row).then(|| values.value(row).into()),
            Places::Real(_) => None,
        }
    }

    fn real(&self, row: usize) -> Option<f64> {
        match self {
            Places::Whole(values, _) => values.is_valid(row).then(|| values.value(row) as f64),
            Places::Real(values) => values.is_valid(row).then(|| values.value(row)),
        }
    }
}

impl Axis {
    /// The number for one row, of a value.
    fn number(self, value: &Places, start: &Places, step: &Places, row: usize) -> Option<i64> {
        if let (Places::Whole(_, zero), Places::Whole(..)) = (value, step) {
            let step = step.whole(row).filter(|step| *step > 0)?;
            let start = start.whole(row).unwrap_or(*zero);
            let way = value.whole(row)? - start;
            let number = match self {
                Axis::End => -(-way).div_euclid(step),
                Axis::EndIncluded => way.div_euclid(step) + 1,
                Axis::Step | Axis::Labels => way.div_euclid(step),
            };
            return i64::try_from(number).ok();
        }
        let step = step.real(row).filter(|step| *step > 0.0)?;
        let way = (value.real(row)? - start.real(row).unwrap_or(0.0)) / step;
        let number = match self {
            Axis::End => way.ceil(),
            Axis::EndIncluded => way.floor() + 1.0,
            Axis::Step | Axis::Labels => way.floor(),
        };
        (number.abs() < 9e15).then_some(number as i64)
    }
}

impl Shape for Axis {
    const NAME: &'static str = "axis";

    fn field(&self, _: &[FieldRef]) -> Result<FieldRef> {
        Ok(Arc::new(match self {
            Axis::Labels => dynamic(Self::NAME),
            _ => Field::new(Self::NAME, DataType::Int64, true),
        }))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let rows = args.number_rows;
        let arrays = args.args.iter().map(|arg| arg.to_array(rows)).collect::<Result<Vec<_>>>()?;
        match (self, arrays.as_slice()) {
            (Axis::Labels, [first, behind, start, step]) => labels(first, behind, start, step, rows),
            (Axis::Labels, _) => plan_err!("make-series: the axis has no ends"),
            (axis, [value, start, step]) => {
                let (value, start, step) = (Places::of(value)?, Places::of(start)?, Places::of(step)?);
                Ok(Arc::new((0..rows).map(|row| axis.number(&value, &start, &step, row)).collect::<Int64Array>()))
            }
            _ => plan_err!("make-series: the axis has no step"),
        }
    }
}

fn labels(first: &ArrayRef, behind: &ArrayRef, start: &ArrayRef, step: &ArrayRef, rows: usize) -> Result<ArrayRef> {
    let kind = start.data_type().clone();
    let (first, behind) = (cast(first, &DataType::Int64)?, cast(behind, &DataType::Int64)?);
    let (first, behind) = (first.as_primitive::<Int64Type>(), behind.as_primitive::<Int64Type>());
    let (start, step) = (Places::of(start)?, Places::of(step)?);
    let mut builder = StringViewBuilder::with_capacity(rows);
    let mut json = String::new();
    for row in 0..rows {
        let Some(range) = steps(first, behind, row)? else {
            builder.append_null();
            continue;
        };
        json.clear();
        let mut array = Writer::array(&mut json);
        for number in range {
            array.write(|out| match (&start, &step) {
                (Places::Whole(_, zero), Places::Whole(..)) => {
                    let start = start.whole(row).unwrap_or(*zero);
                    let place = i128::from(number)
                        .checked_mul(step.whole(row).unwrap_or(0))
                        .and_then(|way| start.checked_add(way))
                        .and_then(|place| i64::try_from(place).ok());
                    match (place, &kind) {
                        (None, _) => out.push_str("null"),
                        (Some(place), DataType::Timestamp(..)) => Cell::Moment(place).push_json(out),
                        (Some(place), DataType::Duration(_)) => Cell::Span(place).push_json(out),
                        (Some(place), _) => {
                            let _ = write!(out, "{place}");
                        }
                    }
                }
                _ => {
                    let start = start.real(row).unwrap_or(0.0);
                    Cell::Real(number as f64 * step.real(row).unwrap_or(0.0) + start).push_json(out);
                }
            });
        }
        array.end();
        builder.try_append_value(&json)?;
    }
    Ok(Arc::new(builder.finish()))
}

/// The numbers of a row's steps, `None` if an end is null.
fn steps(first: &Int64Array, behind: &Int64Array, row: usize) -> Result<Option<std::ops::Range<i64>>> {
    if first.is_null(row) || behind.is_null(row) {
        return Ok(None);
    }
    let range = first.value(row)..behind.value(row).max(first.value(row));
    match range.end.checked_sub(range.start) {
        Some(count) if count <= MOST_STEPS => Ok(Some(range)),
        _ => {
            exec_err!("make-series: the axis has more than {MOST_STEPS} steps; choose a longer step or a shorter range")
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Series;

impl Shape for Series {
    const NAME: &'static str = "series";

    fn field(&self, _: &[FieldRef]) -> Result<FieldRef> {
        Ok(Arc::new(dynamic(Self::NAME)))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let rows = args.number_rows;
        let [numbers, first, behind, default, values] = args.args.as_slice() else {
            return plan_err!("make-series: a series has no values");
        };
        let ends = [first, behind].map(|end| end.to_array(rows).and_then(|end| Ok(cast(&end, &DataType::Int64)?)));
        let [first, behind] = ends;
        let (first, behind) = (first?, behind?);
        let (first, behind) = (first.as_primitive::<Int64Type>(), behind.as_primitive::<Int64Type>());
        let default_field = args.arg_fields.get(3).is_some_and(|field| is_dynamic(field));
        let defaults = Cells::of("make-series", default, default_field)?;
        let (numbers, values) = (numbers.to_array(rows)?, values.to_array(rows)?);
        let (Some(numbers), Some(values)) = (numbers.as_list_opt::<i32>(), values.as_list_opt::<i32>()) else {
            return plan_err!("make-series: a series has no values");
        };
        let places = numbers.values().as_primitive::<Int64Type>();
        let items = ColumnarValue::Array(Arc::clone(values.values()));
        let cells = Cells::of("make-series", &items, default_field)?;
        let mut builder = StringViewBuilder::with_capacity(rows);
        let mut json = String::new();
        for row in 0..rows {
            let Some(range) = steps(first, behind, row)? else {
                builder.append_null();
                continue;
            };
            let offset = |list: &datafusion::arrow::array::ListArray, row: usize| {
                list.value_offsets().get(row).and_then(|offset| usize::try_from(*offset).ok()).unwrap_or(0)
            };
            let start = offset(values, row);
            let found: HashMap<i64, usize> = (offset(numbers, row)..offset(numbers, row + 1))
                .enumerate()
                .filter(|(_, at)| places.is_valid(*at))
                .map(|(place, at)| (places.value(at), start + place))
                .collect();
            json.clear();
            let mut array = Writer::array(&mut json);
            for number in range {
                array.write(|out| match found.get(&number) {
                    Some(at) => cells.get(*at).push_json(out),
                    None => defaults.get(row).push_json(out),
                });
            }
            array.end();
            builder.try_append_value(&json)?;
        }
        Ok(Arc::new(builder.finish()))
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::TimestampNanosecondArray;

    use super::*;

    #[test]
    fn steps_are_numbered() {
        let longs = |value: Option<i64>| Places::of(&(Arc::new(Int64Array::from(vec![value])) as ArrayRef)).unwrap();
        for (axis, value, start, step, number) in [
            (Axis::Step, Some(7), Some(0), 5, Some(1)),
            (Axis::Step, Some(-1), None, 5, Some(-1)),
            (Axis::Step, None, None, 5, None),
            (Axis::Step, Some(1), None, 0, None),
            (Axis::End, Some(10), Some(0), 5, Some(2)),
            (Axis::End, Some(11), Some(0), 5, Some(3)),
            (Axis::EndIncluded, Some(10), Some(0), 5, Some(3)),
            (Axis::End, Some(-3), Some(0), 5, Some(0)),
        ] {
            assert_eq!(axis.number(&longs(value), &longs(start), &longs(Some(step)), 0), number, "{axis:?} {value:?}");
        }
        let moment = Places::of(&(Arc::new(TimestampNanosecondArray::from(vec![0])) as ArrayRef)).unwrap();
        let none = Places::of(&(Arc::new(TimestampNanosecondArray::from(vec![None])) as ArrayRef)).unwrap();
        // The year 1 began on a Monday, and so do weeks.
        let week = longs(Some(7 * 86_400_000_000_000));
        assert_eq!(Axis::Step.number(&moment, &none, &week, 0), Some(719_162 / 7));
    }
}
