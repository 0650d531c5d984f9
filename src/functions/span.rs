//! Time spans of any Arrow type as nanoseconds: durations, intervals, text such as `1h`.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, AsArray, Int64Array},
        compute::cast,
        datatypes::{DataType, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, TimeUnit},
    },
    common::{Result, plan_datafusion_err, plan_err},
};

use super::timespan::{DAY, parse_argument};

/// The type of a time span.
pub(super) const SPAN: DataType = DataType::Duration(TimeUnit::Nanosecond);

/// Time spans in any form, moments and numbers as whole numbers: nanoseconds, or what they count.
pub(super) fn span_of(function: &str, values: &ArrayRef) -> Result<ArrayRef> {
    match values.data_type() {
        kind if kind.is_string() => {
            let texts = cast(values, &DataType::Utf8View)?;
            let spans =
                texts.as_string_view().iter().map(|text| text.map(|text| parse_argument(function, text)).transpose());
            Ok(Arc::new(spans.collect::<Result<Int64Array>>()?))
        }
        DataType::Interval(_) => {
            let intervals = cast(values, &DataType::Interval(IntervalUnit::MonthDayNano))?;
            let spans = intervals.as_primitive::<IntervalMonthDayNanoType>();
            let spans = spans.iter().map(|interval| interval.map(|interval| length_of(function, interval)).transpose());
            Ok(Arc::new(spans.collect::<Result<Int64Array>>()?))
        }
        DataType::Duration(_) => Ok(cast(&cast(values, &SPAN)?, &DataType::Int64)?),
        _ => Ok(cast(values, &DataType::Int64)?),
    }
}

fn length_of(function: &str, interval: IntervalMonthDayNano) -> Result<i64> {
    if interval.months != 0 {
        return plan_err!("{function}: months and years differ in length; use date_trunc('month', …) instead");
    }
    let length = i64::from(interval.days).checked_mul(DAY).and_then(|days| days.checked_add(interval.nanoseconds));
    length.ok_or_else(|| plan_datafusion_err!("{function}: a time span cannot be longer than 292 years"))
}
