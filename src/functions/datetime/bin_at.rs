//! `bin_at`: values rounded down to a grid that goes through a fixed point.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, DurationNanosecondArray, Float64Array, Int64Array, TimestampNanosecondArray},
        datatypes::{DataType, FieldRef, Float64Type},
    },
    common::{Result, ScalarValue, plan_err},
    logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl},
};

use crate::functions::{
    arguments::{all_constant, exactly},
    call::{Answer, Column, moment},
    definition::{Definition, Section, Words, defined},
    timespan::UTC,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let words = Words {
        section: Section::Time,
        syntax: "bin_at(value, size, point)",
        description: "The value rounded down to a grid of the size that goes through the point: times and time spans \
                      by a span, numbers by a number.",
        example: (
            "SELECT bin_at(6.5, 2.5, 7), bin_at(TIMESTAMP '2017-05-17T10:20:00Z', '7d', TIMESTAMP '2017-06-04T00:00:00Z')",
            "4.5, 2017-05-14T00:00:00Z",
        ),
    };
    vec![ScalarUDF::from(BinAt { definition: Definition::new(words, (3, Some(3))) })]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct BinAt {
    definition: Definition,
}

impl BinAt {
    fn answer(&self, value: &DataType, size: &DataType, point: &DataType) -> Result<Answer> {
        let is_moment = |kind: &DataType| matches!(kind, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64);
        let is_span =
            |kind: &DataType| matches!(kind, DataType::Duration(_) | DataType::Interval(_)) || kind.is_string();
        let is_long = |kind: &DataType| kind.is_integer() || kind.is_null();
        let is_number = |kind: &DataType| kind.is_numeric() || kind.is_null();
        match (value, size, point) {
            _ if is_moment(value) && (is_span(size) || size.is_null()) && (is_moment(point) || point.is_null()) => {
                Ok(Answer::Moment)
            }
            _ if is_span(value) && (is_span(size) || size.is_null()) && (is_span(point) || point.is_null()) => {
                Ok(Answer::Span)
            }
            _ if is_long(value) && is_long(size) && is_long(point) => Ok(Answer::Long),
            _ if is_number(value) && is_number(size) && is_number(point) => Ok(Answer::Real),
            _ => plan_err!(
                "{}: {value}, {size} and {point} do not go together; a time takes a time span and a time, a number two \
                 numbers",
                self.definition.name
            ),
        }
    }
}

impl ScalarUDFImpl for BinAt {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [value, size, point] = types else { return plan_err!("{}: three arguments were expected", self.name()) };
        Ok(self.answer(value, size, point)?.field(self.name()).data_type().clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let [value, size, point] = args.arg_fields else {
            return plan_err!("{}: three arguments were expected", self.name());
        };
        let answer = self.answer(value.data_type(), size.data_type(), point.data_type())?;
        Ok(Arc::new(answer.field(self.name())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value, size, point] = exactly(&args.args)?;
        let answer = self.answer(&value.data_type(), &size.data_type(), &point.data_type())?;
        let constant = all_constant(&args.args);
        let rows = if constant { 1 } else { args.number_rows };
        let binned: ArrayRef = if answer == Answer::Real {
            let column = |value: &ColumnarValue| Column::<Float64Type>::cast(value, &DataType::Float64);
            let (value, size, point) = (column(value)?, column(size)?, column(point)?);
            let row = |row| {
                let (size, point) = (size.get(row)?, point.get(row)?);
                Some(((value.get(row)? - point) / size).floor() * size + point)
            };
            Arc::new((0..rows).map(row).collect::<Float64Array>())
        } else {
            let column = |value: &ColumnarValue| match answer {
                Answer::Moment
                    if matches!(value.data_type(), DataType::Timestamp(..) | DataType::Date32 | DataType::Date64) =>
                {
                    Column::moment(value, &moment())
                }
                Answer::Long => Column::cast(value, &DataType::Int64),
                _ => Column::span(self.name(), value),
            };
            let (value, size, point) = (column(value)?, column(size)?, column(point)?);
            let row = |row| {
                let (value, size, point) = (value.get(row)?, i128::from(size.get(row)?), i128::from(point.get(row)?));
                let above = (i128::from(value) - point).checked_rem_euclid(size)?;
                value.checked_sub(i64::try_from(above).ok()?)
            };
            let binned = (0..rows).map(row);
            match answer {
                Answer::Moment => Arc::new(binned.collect::<TimestampNanosecondArray>().with_timezone(UTC)),
                Answer::Span => Arc::new(binned.collect::<DurationNanosecondArray>()),
                _ => Arc::new(binned.collect::<Int64Array>()),
            }
        };
        match constant {
            true => ScalarValue::try_from_array(&binned, 0).map(ColumnarValue::Scalar),
            false => Ok(ColumnarValue::Array(binned)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, refuses};

    #[tokio::test]
    async fn grids() {
        for (query, expected) in [
            ("tostring(bin_at(totimespan('1h'), totimespan('1d'), totimespan('12h')))", "-12:00:00"),
            ("bin_at(-7, 5, 1), bin_at(7, 0, 1), bin_at(7, NULL, 1)", "-9, NULL, NULL"),
            ("bin_at(DATE '2017-05-17', '1d', TIMESTAMP '1970-01-01T12:00:00Z')", "2017-05-16T12:00:00Z"),
            ("bin_at(v, 2, 1) FROM (VALUES (4), (NULL)) AS t(v)", "3; NULL"),
        ] {
            answers(query, expected).await;
        }
        refuses("bin_at(now(), 1, now())", "bin_at: Timestamp").await;
    }
}
