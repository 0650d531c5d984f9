//! Functions that answer in the type of their argument.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, Decimal128Array},
        compute::cast,
        datatypes::{
            DataType, Decimal128Type, DurationNanosecondType, Field, FieldRef, Float64Type, Int32Type, Int64Type,
        },
    },
    common::{Result, ScalarValue, plan_err},
    logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl},
};

use crate::functions::{
    definition::{Definition, Section, Words, defined},
    span::SPAN,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    let abs = Words {
        section: Section::Math,
        syntax: "kusto_abs(number)",
        description: "A number or a time span without its sign. Whole numbers are counted in 64 bits.",
        example: ("SELECT kusto_abs(-5), kusto_abs(-2.5)", "5, 2.5"),
    };
    let round = Words {
        section: Section::Math,
        syntax: "kusto_round(number [, digits])",
        description: "A number rounded to so many digits behind the point, or before it if there are fewer than 0. \
                      Halves go away from zero. The type is kept.",
        example: ("SELECT kusto_round(2.15, 1), kusto_round(-50.55, -2), kusto_round(2.5)", "2.2, -100.0, 3.0"),
    };
    vec![
        ScalarUDF::from(Number { definition: Definition::new(abs, (1, Some(1))), what: What::Abs }),
        ScalarUDF::from(Number { definition: Definition::new(round, (1, Some(2))), what: What::Round }),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Abs,
    Round,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Number {
    definition: Definition,
    what: What,
}

impl Number {
    /// The type in which an argument of a type is answered.
    fn kind(&self, given: &DataType) -> Option<DataType> {
        match (self.what, given) {
            (What::Abs, DataType::Duration(_)) => Some(SPAN),
            (What::Round, DataType::Int32) => Some(DataType::Int32),
            (_, DataType::UInt64) => Some(DataType::Decimal128(20, 0)),
            (_, DataType::Decimal128(..)) => Some(given.clone()),
            (_, DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale)) => {
                Some(DataType::Decimal128(*precision, *scale))
            }
            (_, given) if given.is_integer() => Some(DataType::Int64),
            (_, given) if given.is_floating() || given.is_null() => Some(DataType::Float64),
            _ => None,
        }
    }
}

impl ScalarUDFImpl for Number {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let name = self.name();
        match types {
            [number] | [number, DataType::Null] => match self.kind(number) {
                Some(kind) => Ok(kind),
                None => plan_err!("{name}: argument 1 must be a number, but it is {number}"),
            },
            [number, digits] if digits.is_integer() => self.return_type(std::slice::from_ref(number)),
            [_, digits] => plan_err!("{name}: argument 2 must be a whole number, but it is {digits}"),
            _ => plan_err!("{name}: the number is missing"),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        Ok(Arc::new(Field::new(self.name(), self.return_type(&types)?, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let array = |place: usize| args.args.get(place).map(|value| value.to_array(rows)).transpose();
        let Some(numbers) = array(0)? else { return plan_err!("{}: the number is missing", self.name()) };
        let numbers = cast(&numbers, args.return_field.data_type())?;
        let answer = match self.what {
            What::Abs => abs(&numbers),
            What::Round => round(&numbers, array(1)?)?,
        };
        match constant {
            true => ScalarValue::try_from_array(&answer, 0).map(ColumnarValue::Scalar),
            false => Ok(ColumnarValue::Array(answer)),
        }
    }
}

fn abs(numbers: &ArrayRef) -> ArrayRef {
    match numbers.data_type() {
        DataType::Int64 => Arc::new(numbers.as_primitive::<Int64Type>().unary::<_, Int64Type>(i64::wrapping_abs)),
        DataType::Float64 => Arc::new(numbers.as_primitive::<Float64Type>().unary::<_, Float64Type>(f64::abs)),
        kind @ DataType::Decimal128(..) => {
            let positive: Decimal128Array = numbers.as_primitive::<Decimal128Type>().unary(i128::wrapping_abs);
            Arc::new(positive.with_data_type(kind.clone()))
        }
        // All that is left by `kind`.
        _ => {
            let spans = numbers.as_primitive::<DurationNanosecondType>();
            Arc::new(spans.unary::<_, DurationNanosecondType>(i64::wrapping_abs))
        }
    }
}

fn round(numbers: &ArrayRef, digits: Option<ArrayRef>) -> Result<ArrayRef> {
    let digits = match digits {
        Some(digits) => cast(&digits, &DataType::Int64)?,
        None => ScalarValue::Int64(Some(0)).to_array_of_size(numbers.len())?,
    };
    let digits = digits.as_primitive::<Int64Type>();
    Ok(match numbers.data_type() {
        DataType::Int32 => {
            let numbers = numbers.as_primitive::<Int32Type>();
            let wide = |(number, digits): (Option<i32>, Option<i64>)| {
                round_whole(i128::from(number?), digits?, 0).try_into().ok()
            };
            Arc::new(numbers.iter().zip(digits).map(wide).collect::<datafusion::arrow::array::Int32Array>())
        }
        DataType::Int64 => {
            let numbers = numbers.as_primitive::<Int64Type>();
            let wide = |(number, digits): (Option<i64>, Option<i64>)| {
                round_whole(i128::from(number?), digits?, 0).try_into().ok()
            };
            Arc::new(numbers.iter().zip(digits).map(wide).collect::<datafusion::arrow::array::Int64Array>())
        }
        kind @ DataType::Decimal128(_, scale) => {
            let scale = i64::from(*scale);
            let numbers = numbers.as_primitive::<Decimal128Type>().iter().zip(digits);
            let rounded: Decimal128Array =
                numbers.map(|(number, digits)| Some(round_whole(number?, digits?, scale))).collect();
            Arc::new(rounded.with_data_type(kind.clone()))
        }
        _ => {
            let numbers = numbers.as_primitive::<Float64Type>().iter().zip(digits);
            let rounded = numbers.map(|(number, digits)| Some(round_real(number?, digits?)));
            Arc::new(rounded.collect::<datafusion::arrow::array::Float64Array>())
        }
    })
}

/// A double is scaled, rounded and scaled back, so that what was written 2.15 is rounded as such although the nearest
/// double lies below.
fn round_real(number: f64, digits: i64) -> f64 {
    // Beyond these no digit of a double is left, or none is cut.
    let digits = digits.clamp(-400, 400) as i32;
    let scale = 10_f64.powi(digits.abs());
    let rounded = if digits >= 0 { (number * scale).round() / scale } else { (number / scale).round() * scale };
    match digits {
        // The scale was too great: there is nothing to round so far behind the point, nothing left so far before it.
        _ if rounded.is_finite() || !number.is_finite() => rounded,
        digits if digits >= 0 => number,
        _ => 0.0,
    }
}

/// A whole number that counts units of `scale` digits behind the point.
fn round_whole(number: i128, digits: i64, scale: i64) -> i128 {
    let Ok(cut) = u32::try_from(scale.saturating_sub(digits)) else { return number };
    let Some(unit) = 10_i128.checked_pow(cut) else { return 0 };
    let rest = number % unit;
    let away = if rest.abs() >= unit - rest.abs() { unit * number.signum() } else { 0 };
    if unit == 1 { number } else { number - rest + away }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, refuses};

    #[tokio::test]
    async fn the_type_is_kept() {
        for (expression, answer) in [
            ("kusto_abs(arrow_cast(-5, 'Int32')), arrow_typeof(kusto_abs(arrow_cast(-5, 'Int32')))", "5, Int64"),
            (
                "kusto_abs(-9223372036854775808), kusto_abs('-Infinity'::double), kusto_abs(NULL)",
                "-9223372036854775808, inf, NULL",
            ),
            (
                "kusto_abs(arrow_cast(-5000000000, 'Duration(Nanosecond)')) = arrow_cast(5000000000, 'Duration(Nanosecond)')",
                "true",
            ),
            ("kusto_abs(CAST(-1.50 AS DECIMAL(10, 2))), kusto_round(CAST(-1.55 AS DECIMAL(10, 2)), 1)", "1.50, -1.60"),
            ("arrow_typeof(kusto_round(arrow_cast(5, 'Int32'))), arrow_typeof(kusto_round(5))", "Int32, Int64"),
        ] {
            answers(expression, answer).await;
        }
        refuses("kusto_abs('1')", "kusto_abs: argument 1 must be a number").await;
        refuses("kusto_round(1, 1.5)", "kusto_round: argument 2 must be a whole number").await;
    }

    #[tokio::test]
    async fn halves_go_away_from_zero() {
        for (expression, answer) in [
            ("kusto_round(0.5), kusto_round(-0.5), kusto_round(1.5), kusto_round(1e300, 10)", "1.0, -1.0, 2.0, 1e300"),
            ("kusto_round(1.005, 2), kusto_round(-50.55, 1), kusto_round(123.456, 400)", "1.0, -50.6, 123.456"),
            (
                "kusto_round(15, -1), kusto_round(-15, -1), kusto_round(14, -1), kusto_round(7, 3), kusto_round(7, -30)",
                "20, -20, 10, 7, 0",
            ),
            ("kusto_round(7.0, -400), kusto_round('NaN'::double, 1), kusto_round('Infinity'::double)", "0.0, NaN, inf"),
            ("kusto_round(x, d) FROM (VALUES (1.25, 1), (NULL, 1), (2.0, NULL)) AS t(x, d)", "1.3; NULL; NULL"),
        ] {
            answers(expression, answer).await;
        }
    }
}
