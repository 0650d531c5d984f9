//! `bin`: values rounded down to a grid.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, PrimitiveArray},
        compute::cast,
        datatypes::{ArrowPrimitiveType, DataType, Field, FieldRef, Int64Type, TimeUnit},
    },
    common::{Result, ScalarValue, plan_err},
    logical_expr::{
        ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
        interval_arithmetic::Interval,
        preimage::PreimageResult,
        simplify::SimplifyContext,
        sort_properties::{ExprProperties, SortProperties},
    },
};

use super::{
    arguments::{all_constant, exactly},
    definition::{Definition, Section, Words, defined},
    span::{SPAN, span_of},
    timespan::{DAY, UTC},
};

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let words = Words {
        section: Section::Time,
        syntax: "bin(value, size)",
        description: "The value rounded down to a multiple of size: a time or a time span by a span such as '1h' or \
                      an interval, a number by a number. Bins of time begin with the year 1, so '7d' begins weeks \
                      on Monday.",
        example: ("SELECT bin(TIMESTAMP '2026-10-01T13:45:07Z', '1h'), bin(-7, 5)", "2026-10-01T13:00:00, -10"),
    };
    vec![ScalarUDF::from(Bin { definition: Definition::new(words, (2, Some(2))).aliases(&["kusto_floor"]) })]
}

/// `bin(value, size)`, which Kusto also calls `floor`.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bin {
    definition: Definition,
}

/// How a value is rounded; also the type of the result.
#[derive(Clone)]
enum Grid {
    /// Multiples of a span since 0001-01-01T00:00:00Z, on the instant whatever time zone it is shown in.
    Moments(Option<Arc<str>>),
    /// Multiples of a span.
    Spans,
    Integers,
    Reals,
}

impl Grid {
    fn of(function: &str, value: &DataType, size: &DataType) -> Result<Self> {
        let is_span = matches!(size, DataType::Interval(_) | DataType::Duration(_)) || size.is_string();
        let is_number = size.is_numeric();
        let grid = match value {
            DataType::Timestamp(_, zone) if is_span || size.is_null() => Grid::Moments(zone.clone()),
            DataType::Date32 | DataType::Date64 if is_span || size.is_null() => Grid::Moments(Some(UTC.into())),
            DataType::Duration(_) if is_span || size.is_null() => Grid::Spans,
            DataType::Null if is_span || size.is_null() => Grid::Moments(Some(UTC.into())),
            kind if (kind.is_integer() || kind.is_null()) && (size.is_integer() || size.is_null()) => Grid::Integers,
            kind if (kind.is_numeric() || kind.is_null()) && (is_number || size.is_null()) => Grid::Reals,
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 | DataType::Duration(_) => {
                return plan_err!("{function}: a time is rounded by a time span such as '1h', not by {size}");
            }
            kind if kind.is_numeric() => {
                return plan_err!("{function}: a number is rounded by a number, not by {size}");
            }
            other => {
                return plan_err!(
                    "{function}: a time, a time span or a number was expected as argument 1, not {other}"
                );
            }
        };
        Ok(grid)
    }

    fn result(&self) -> DataType {
        match self {
            Grid::Moments(zone) => DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()),
            Grid::Spans => SPAN,
            Grid::Integers => DataType::Int64,
            Grid::Reals => DataType::Float64,
        }
    }

    /// What the multiples of a size are counted from, reduced to less than one bin.
    fn origin(&self, size: i64) -> i64 {
        match self {
            Grid::Moments(_) if size != 0 => i64::try_from(YEAR_ONE % i128::from(size)).unwrap_or_default(),
            _ => 0,
        }
    }
}

/// 0001-01-01T00:00:00Z in nanoseconds of the Unix epoch. It was a Monday.
const YEAR_ONE: i128 = -719_162 * DAY as i128;

impl ScalarUDFImpl for Bin {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [value, size] = types else { return plan_err!("{}: two arguments were expected", self.name()) };
        Grid::of(self.name(), value, size).map(|grid| grid.result())
    }

    /// Also refuses a constant size that is no time span, while the query is planned.
    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let ([value, size], [_, constant]) = (args.arg_fields, args.scalar_arguments) else {
            return plan_err!("{}: two arguments were expected", self.name());
        };
        let grid = Grid::of(self.name(), value.data_type(), size.data_type())?;
        if let Some(constant) = constant {
            span_of(self.name(), &constant.to_array()?)?;
        }
        Ok(Arc::new(Field::new(self.name(), grid.result(), true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value, size] = exactly(&args.args)?;
        let grid = Grid::of(self.name(), &value.data_type(), &size.data_type())?;
        let rows = if all_constant(&args.args) { 1 } else { args.number_rows };
        let value = cast(&value.to_array(rows)?, &grid.result())?;
        // A constant size stays one value, so that it is read once.
        let size = match size {
            ColumnarValue::Scalar(size) => size.to_array()?,
            ColumnarValue::Array(sizes) => Arc::clone(sizes),
        };
        let floored: ArrayRef = if let Grid::Reals = grid {
            let sizes = cast(&size, &DataType::Float64)?;
            Arc::new(floor_reals(value.as_primitive(), sizes.as_primitive()))
        } else {
            let (values, sizes) = (cast(&value, &DataType::Int64)?, span_of(self.name(), &size)?);
            cast(&floor_whole(&grid, values.as_primitive(), sizes.as_primitive()), &grid.result())?
        };
        if all_constant(&args.args) {
            return ScalarValue::try_from_array(&floored, 0).map(ColumnarValue::Scalar);
        }
        Ok(ColumnarValue::Array(floored))
    }

    /// Rounding down by one size keeps an order.
    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        match inputs {
            [value, size] if size.sort_properties == SortProperties::Singleton => Ok(value.sort_properties),
            _ => Ok(SortProperties::Unordered),
        }
    }

    /// Turns `bin(Timestamp, '1h') = x` into a range of `Timestamp`, which prunes.
    fn preimage(&self, args: &[Expr], literal: &Expr, info: &SimplifyContext) -> Result<PreimageResult> {
        let ([value, Expr::Literal(size, _)], Expr::Literal(bin, _)) = (args, literal) else {
            return Ok(PreimageResult::None);
        };
        let grid = Grid::of(self.name(), &info.get_data_type(value)?, &size.data_type())?;
        let same_types = info.get_data_type(value)? == grid.result() && bin.data_type() == grid.result();
        let whole = |value: &ScalarValue| -> Result<Option<i64>> {
            let whole = span_of(self.name(), &value.to_array()?)?;
            Ok(whole.is_valid(0).then(|| whole.as_primitive::<Int64Type>().value(0)))
        };
        if matches!(grid, Grid::Reals) || !same_types {
            return Ok(PreimageResult::None);
        }
        let (Some(size), Some(start)) = (whole(size)?, whole(bin)?) else { return Ok(PreimageResult::None) };
        let (true, Some(end)) =
            (size > 0 && floor(start, size, grid.origin(size)) == Some(start), start.checked_add(size))
        else {
            return Ok(PreimageResult::None);
        };
        let end = ScalarValue::Int64(Some(end)).cast_to(&grid.result())?;
        Ok(match Interval::try_new(bin.clone(), end) {
            Ok(interval) => PreimageResult::Range { expr: value.clone(), interval: Box::new(interval) },
            Err(_) => PreimageResult::None,
        })
    }
}

/// Applies `floor` to each value with its size; one size serves all values.
fn floor_whole(grid: &Grid, values: &Int64Array, sizes: &Int64Array) -> Int64Array {
    if sizes.len() == 1 && sizes.is_valid(0) {
        let (size, origin) = (sizes.value(0), grid.origin(sizes.value(0)));
        return values.unary_opt(|value| floor(value, size, origin));
    }
    rows(values, sizes, |value, size| floor(value, size, grid.origin(size)))
}

fn floor_reals(values: &Float64Array, sizes: &Float64Array) -> Float64Array {
    rows(values, sizes, |value, size| Some((value / size).floor() * size))
}

fn rows<T: ArrowPrimitiveType>(
    values: &PrimitiveArray<T>,
    sizes: &PrimitiveArray<T>,
    floor: impl Fn(T::Native, T::Native) -> Option<T::Native>,
) -> PrimitiveArray<T> {
    let size = |row| if sizes.len() == 1 { 0 } else { row };
    let sizes = (0..values.len()).map(|row| sizes.is_valid(size(row)).then(|| sizes.value(size(row))));
    values.iter().zip(sizes).map(|(value, size)| floor(value?, size?)).collect()
}

/// The greatest multiple of a size, counted from an origin, that is not above the value. There is none of size 0, nor
/// if it is below what 64 bits can hold. For a negative size it is the least that is not below, as in Kusto's engine
/// (its documentation says null).
fn floor(value: i64, size: i64, origin: i64) -> Option<i64> {
    if size == 0 {
        return None;
    }
    let above = value.checked_sub(origin)?.wrapping_rem(size);
    let above = if above != 0 && (above < 0) != (size < 0) { above + size } else { above };
    value.checked_sub(above)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{DurationNanosecondArray, TimestampNanosecondArray};
    use proptest::prelude::*;

    use super::*;
    use crate::functions::testing::{answers, context, over, plan, refuses};

    #[tokio::test]
    async fn bins_of_times() {
        let time = "TIMESTAMP '2026-10-01T13:45:07.1234567Z'";
        for (size, expected) in [
            ("'1h'", "2026-10-01T13:00:00"),
            ("'7d'", "2026-09-28T00:00:00"), // A Monday.
            ("INTERVAL '15 minutes'", "2026-10-01T13:45:00"),
            ("'1s'", "2026-10-01T13:45:07"),
            ("arrow_cast(60, 'Duration(Second)')", "2026-10-01T13:45:00"),
            ("'0s'", "NULL"),
            ("NULL", "NULL"),
        ] {
            answers(&format!("bin({time}, {size})"), expected).await;
        }
        answers("bin(DATE '2007-01-03', '7d')", "2007-01-01T00:00:00Z").await;
        answers("bin(TIMESTAMP '1960-01-01T00:00:01Z', '1d')", "1960-01-01T00:00:00").await;
        answers("bin(arrow_cast(1000, 'Timestamp(Second, Some(\"+02:00\"))'), '1h')", "1970-01-01T02:00:00+02:00")
            .await;
    }

    #[tokio::test]
    async fn bins_of_spans_and_numbers() {
        answers("bin(arrow_cast(384, 'Duration(Second)'), '1m')", "PT360S").await;
        answers("bin(-7, 5), bin(7, 5), bin(7, -5), bin(-7, -5), bin(7, 0)", "-10, 5, 10, -5, NULL").await;
        answers("bin(4.5, 1), bin(-0.5, 1), bin(7, 2.5), bin(1.0, 0)", "4.0, -1.0, 5.0, NaN").await;
        answers("bin(NULL, 1), bin(1, NULL), bin(NULL, '1h')", "NULL, NULL, NULL").await;
        answers("arrow_typeof(bin(arrow_cast(1, 'Int32'), 2)), arrow_typeof(bin(1, 2.0))", "Int64, Float64").await;
        answers("bin(v, s) FROM (VALUES (7, 5), (7, NULL), (NULL, 5), (8, 3)) AS t(v, s)", "5; NULL; NULL; 6").await;
    }

    #[tokio::test]
    async fn bins_of_columns() {
        let hour = 3_600_000_000_000;
        let times = TimestampNanosecondArray::from(vec![Some(hour + 1), None, Some(-1)]).with_timezone("UTC");
        let expected = ["1970-01-01T01:00:00Z", "NULL", "1969-12-31T23:00:00Z"];
        assert_eq!(over(Arc::new(times), "bin(t, '1h')").await, expected);
        let spans = DurationNanosecondArray::from(vec![Some(hour + 1), None]);
        assert_eq!(over(Arc::new(spans), "bin(t, '30m')").await, ["PT3600S", "NULL"]);
    }

    #[tokio::test]
    async fn bin_refuses_what_does_not_go_together() {
        refuses("bin(now(), 5)", "bin: a time is rounded by a time span such as '1h', not by Int64").await;
        refuses("bin(5, '1h')", "bin: a number is rounded by a number, not by Utf8").await;
        refuses("bin('x', '1h')", "bin: a time, a time span or a number was expected as argument 1, not Utf8").await;
        refuses("bin(now(), 'hour')", "bin: 'hour' is no time span").await;
        refuses("bin(now(), INTERVAL '1 month')", "bin: months and years differ in length; use date_trunc").await;
    }

    #[tokio::test]
    async fn a_comparison_with_a_bin_becomes_a_range() {
        let times = || Arc::new(TimestampNanosecondArray::from(vec![1]).with_timezone("UTC"));
        let hit = "SELECT t FROM t WHERE bin(t, '1h') = TIMESTAMP '2026-10-01T13:00:00Z'";
        let plan_of_hit = plan(hit, times()).await;
        assert!(!plan_of_hit.contains("bin(") && plan_of_hit.contains("t.t >= "), "{plan_of_hit}");
        let miss = "SELECT t FROM t WHERE bin(t, '1h') = TIMESTAMP '2026-10-01T13:30:00Z'";
        assert!(plan(miss, times()).await.contains("bin("), "no bin begins there, so no range is right");
    }

    #[tokio::test]
    async fn bins_keep_the_order_of_their_input() -> Result<()> {
        let context = context(Arc::new(TimestampNanosecondArray::from(vec![3, 1])));
        let query = "EXPLAIN SELECT bin(t, '1h') AS b FROM (SELECT t FROM t ORDER BY t LIMIT 10) ORDER BY b";
        let plan = context.sql(query).await?.to_string().await?;
        assert_eq!(plan.matches("SortExec").count(), 1, "{plan}");
        Ok(())
    }

    proptest! {
        #[test]
        fn a_bin_holds_its_value(value: i64, size in prop_oneof![1..100_i64, any::<i64>()], moments: bool) {
            let grid = if moments { Grid::Moments(None) } else { Grid::Spans };
            let origin = grid.origin(size);
            if let Some(start) = floor(value, size, origin) {
                let (value, start, size) = (i128::from(value), i128::from(start), i128::from(size));
                if size > 0 {
                    prop_assert!(start <= value && value < start + size);
                } else {
                    prop_assert!(start >= value && value > start + size);
                }
                let counted = if moments { start - YEAR_ONE } else { start };
                prop_assert_eq!(counted % size, 0);
            }
        }
    }
}
