//! `+ - * / %` as KQL means them: whole numbers wrap around, division by zero is null, a remainder is never negative,
//! times and time spans go together. A time or a span that 64 bits of nanoseconds cannot hold is the nearest that they
//! can. Of more than two operands the first two are taken first: a sum of hundreds is one call, which nests in nothing.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, Decimal128Array, DurationNanosecondArray, Float64Array, Int64Array,
            TimestampNanosecondArray,
        },
        datatypes::{DataType, Decimal128Type, FieldRef, Float64Type, Int64Type, i256},
    },
    common::{Result, ScalarValue, plan_datafusion_err, plan_err},
    logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl},
};

use super::class::{Class, Operation};
use crate::functions::{
    call::{Answer, Column, DECIMAL, moment},
    definition::{Definition, Section, Words, defined},
    moment_text::{EPOCH_TICKS, saturate},
    text_form::TICK,
    timespan::UTC,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let operator = |operation, sign, syntax, description, example| {
        let words = Words { section: Section::Operator, syntax, description, example };
        ScalarUDF::from(Arithmetic { definition: Definition::new(words, (2, None)), operation, sign })
    };
    vec![
        operator(
            Operation::Add,
            "+",
            "kql_add(a, b)",
            "The sum. Whole numbers wrap around; a time and a time span are a time.",
            (
                "SELECT kql_add(TIMESTAMP '2026-10-01T00:00:00Z', totimespan('1h')), kql_add(9223372036854775807, 1)",
                "2026-10-01T01:00:00Z, -9223372036854775808",
            ),
        ),
        operator(
            Operation::Subtract,
            "-",
            "kql_subtract(a, b)",
            "The difference; that of two times is a time span.",
            (
                "SELECT tostring(kql_subtract(TIMESTAMP '2026-10-02T01:00:00Z', TIMESTAMP '2026-10-01T00:00:00Z'))",
                "1.01:00:00",
            ),
        ),
        operator(
            Operation::Multiply,
            "*",
            "kql_multiply(a, b)",
            "The product; that of a time span and a number is a time span.",
            ("SELECT tostring(kql_multiply(1.5, totimespan('1h'))), kql_multiply(6, 7)", "01:30:00, 42"),
        ),
        operator(
            Operation::Divide,
            "/",
            "kql_divide(a, b)",
            "The quotient. That of whole numbers is cut off toward zero, and NULL by zero; that of two time spans is \
             a double.",
            (
                "SELECT kql_divide(-7, 2), kql_divide(1, 0), kql_divide(1.0, 0), \
                 kql_divide(totimespan('1d'), totimespan('1h'))",
                "-3, NULL, inf, 24.0",
            ),
        ),
        operator(
            Operation::Modulo,
            "%",
            "kql_modulo(a, b)",
            "The remainder, which is never negative. NULL by zero.",
            (
                "SELECT kql_modulo(-14, 12), kql_modulo(14, -12), tostring(kql_modulo(totimespan('26h'), totimespan('1d')))",
                "10, 2, 02:00:00",
            ),
        ),
    ]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Arithmetic {
    definition: Definition,
    operation: Operation,
    sign: &'static str,
}

impl Arithmetic {
    /// What the sides are, and what comes of them.
    fn types(&self, left: &DataType, right: &DataType) -> Result<(Class, Class, Answer)> {
        let (name, sign) = (self.definition.name, self.sign);
        let class = |kind| Class::of(kind).ok_or_else(|| plan_datafusion_err!("{name}: {sign} does not take {kind}"));
        let (left_class, right_class) = (class(left)?, class(right)?);
        match self.operation.answer(left_class, right_class) {
            Some(answer) => Ok((left_class, right_class, answer)),
            None => plan_err!("{name}: there is no {left} {sign} {right}"),
        }
    }
}

impl Arithmetic {
    fn of_two(&self, left: &ColumnarValue, right: &ColumnarValue, rows: usize) -> Result<ColumnarValue> {
        let (left_class, right_class, answer) = self.types(&left.data_type(), &right.data_type())?;
        let constant = matches!((left, right), (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { rows };
        let sides = (Side { value: left, class: left_class }, Side { value: right, class: right_class });
        let answers = compute(self.operation, answer, &sides, rows)?;
        match constant {
            true => ScalarValue::try_from_array(&answers, 0).map(ColumnarValue::Scalar),
            false => Ok(ColumnarValue::Array(answers)),
        }
    }
}

impl ScalarUDFImpl for Arithmetic {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [first, second, rest @ ..] = types else {
            return plan_err!("{}: two arguments were expected", self.name());
        };
        let answer = |left: &DataType, right: &DataType| -> Result<DataType> {
            Ok(self.types(left, right)?.2.field(self.name()).data_type().clone())
        };
        rest.iter().try_fold(answer(first, second)?, |left, right| answer(&left, right))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let (Some(last), [first, before @ ..]) =
            (types.last(), types.get(..types.len().max(1) - 1).unwrap_or_default())
        else {
            return plan_err!("{}: two arguments were expected", self.name());
        };
        let left = match before {
            [] => first.clone(),
            _ => self.return_type(types.get(..types.len() - 1).unwrap_or_default())?,
        };
        Ok(Arc::new(self.types(&left, last)?.2.field(self.name())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [first, rest @ ..] = args.args.as_slice() else {
            return plan_err!("{}: two arguments were expected", self.name());
        };
        rest.iter().try_fold(first.clone(), |left, right| self.of_two(&left, right, args.number_rows))
    }
}

struct Side<'a> {
    value: &'a ColumnarValue,
    class: Class,
}

impl Side<'_> {
    fn longs(&self) -> Result<Column<Int64Type>> {
        Column::cast(self.value, &DataType::Int64)
    }

    fn reals(&self) -> Result<Column<Float64Type>> {
        Column::cast(self.value, &DataType::Float64)
    }

    fn decimals(&self) -> Result<Column<Decimal128Type>> {
        Column::cast(self.value, &DataType::Decimal128(DECIMAL.0, DECIMAL.1))
    }

    /// Nanoseconds: of a span, or of a moment since 1970.
    fn nanoseconds(&self) -> Result<Column<Int64Type>> {
        match self.class {
            Class::Moment => Column::moment(self.value, &moment()),
            Class::Null => Column::cast(self.value, &DataType::Int64),
            _ => Column::span("kql", self.value),
        }
    }
}

fn compute(operation: Operation, answer: Answer, sides: &(Side, Side), rows: usize) -> Result<ArrayRef> {
    let (left, right) = sides;
    Ok(match answer {
        Answer::Long => {
            let (a, b) = (left.longs()?, right.longs()?);
            Arc::new((0..rows).map(|row| long(operation, a.get(row)?, b.get(row)?)).collect::<Int64Array>())
        }
        Answer::Real if left.class == Class::Span || right.class == Class::Span => {
            let (a, b) = (left.nanoseconds()?, right.nanoseconds()?);
            Arc::new((0..rows).map(|row| Some(a.get(row)? as f64 / b.get(row)? as f64)).collect::<Float64Array>())
        }
        Answer::Real => {
            let (a, b) = (left.reals()?, right.reals()?);
            Arc::new((0..rows).map(|row| Some(real(operation, a.get(row)?, b.get(row)?))).collect::<Float64Array>())
        }
        Answer::Decimal => {
            let (a, b) = (left.decimals()?, right.decimals()?);
            let decimals = (0..rows).map(|row| decimal(operation, a.get(row)?, b.get(row)?));
            Arc::new(decimals.collect::<Decimal128Array>().with_precision_and_scale(DECIMAL.0, DECIMAL.1)?)
        }
        Answer::Moment => {
            let moments = times(operation, left, right, rows)?;
            Arc::new(moments.into_iter().collect::<TimestampNanosecondArray>().with_timezone(UTC))
        }
        _ => Arc::new(times(operation, left, right, rows)?.into_iter().collect::<DurationNanosecondArray>())
            as Arc<dyn Array>,
    })
}

fn long(operation: Operation, a: i64, b: i64) -> Option<i64> {
    match operation {
        Operation::Add => Some(a.wrapping_add(b)),
        Operation::Subtract => Some(a.wrapping_sub(b)),
        Operation::Multiply => Some(a.wrapping_mul(b)),
        Operation::Divide => (b != 0).then(|| a.wrapping_div(b)),
        Operation::Modulo => (b != 0).then(|| a.wrapping_rem_euclid(b)),
    }
}

fn real(operation: Operation, a: f64, b: f64) -> f64 {
    match operation {
        Operation::Add => a + b,
        Operation::Subtract => a - b,
        Operation::Multiply => a * b,
        Operation::Divide => a / b,
        Operation::Modulo => a.rem_euclid(b),
    }
}

/// Of decimals in units of their last digit; null beyond 38 digits.
fn decimal(operation: Operation, a: i128, b: i128) -> Option<i128> {
    let one = i256::from_i128(10_i128.pow(u32::try_from(DECIMAL.1).ok()?));
    let (wide_a, wide_b) = (i256::from_i128(a), i256::from_i128(b));
    let units = match operation {
        Operation::Add => wide_a.checked_add(wide_b)?,
        Operation::Subtract => wide_a.checked_sub(wide_b)?,
        Operation::Multiply => wide_a.checked_mul(wide_b)?.checked_div(one)?,
        Operation::Divide => wide_a.checked_mul(one)?.checked_div(wide_b)?,
        Operation::Modulo => i256::from_i128(a.checked_rem_euclid(b)?),
    };
    units.to_i128().filter(|units| units.unsigned_abs() < 10_u128.pow(DECIMAL.0.into()))
}

/// What is a moment or a span, in nanoseconds on whole ticks.
fn times(operation: Operation, left: &Side, right: &Side, rows: usize) -> Result<Vec<Option<i64>>> {
    let is_time = |side: &Side| matches!(side.class, Class::Moment | Class::Span);
    let whole = |total: i128| saturate(total);
    if is_time(left) && is_time(right) || matches!(operation, Operation::Add | Operation::Subtract) {
        let (a, b) = (left.nanoseconds()?, right.nanoseconds()?);
        // A moment's multiples are counted from the year 1, as those of `bin` are.
        let since = if left.class == Class::Moment { i128::from(EPOCH_TICKS) * i128::from(TICK) } else { 0 };
        let row = |row| {
            let (a, b) = (i128::from(a.get(row)?), i128::from(b.get(row)?));
            match operation {
                Operation::Add => Some(whole(a + b)),
                Operation::Subtract => Some(whole(a - b)),
                _ => (b != 0).then(|| whole((a + since).rem_euclid(b))),
            }
        };
        return Ok((0..rows).map(row).collect());
    }
    let (span, factor) = if right.class == Class::Span { (right, left) } else { (left, right) };
    let spans = span.nanoseconds()?;
    if factor.class == Class::Long {
        let factors = factor.longs()?;
        let row = |row| {
            let (span, factor) = (i128::from(spans.get(row)?) / i128::from(TICK), i128::from(factors.get(row)?));
            let ticks =
                if operation == Operation::Divide { span.checked_div(factor)? } else { span.checked_mul(factor)? };
            Some(whole(ticks * i128::from(TICK)))
        };
        return Ok((0..rows).map(row).collect());
    }
    let factors = factor.reals()?;
    let row = |row| {
        let (span, factor) = ((spans.get(row)? / TICK) as f64, factors.get(row)?);
        let ticks = if operation == Operation::Divide { span / factor } else { span * factor };
        ticks.is_finite().then(|| whole(i128::from(ticks as i64) * i128::from(TICK)))
    };
    Ok((0..rows).map(row).collect())
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, refuses};

    #[tokio::test]
    async fn whole_numbers() {
        answers("kql_divide(1, 2), kql_divide(-9223372036854775808, -1)", "0, -9223372036854775808").await;
        answers("kql_modulo(-14, -12), kql_modulo(5, 0), kql_modulo(-9223372036854775808, -1)", "10, NULL, 0").await;
        answers(
            "kql_multiply(9223372036854775807, 2), kql_subtract(-9223372036854775808, 1)",
            "-2, 9223372036854775807",
        )
        .await;
        answers(
            "arrow_typeof(kql_add(toint(2147483647), toint(1))), kql_add(toint(2147483647), toint(1))",
            "Int64, 2147483648",
        )
        .await;
        answers(
            "kql_divide(a, b) FROM (VALUES (7, 2), (7, 0), (NULL, 2), (7, NULL)) AS t(a, b)",
            "3; NULL; NULL; NULL",
        )
        .await;
        answers("kql_add(1, NULL), kql_add(NULL, NULL)", "NULL, NULL").await;
    }

    #[tokio::test]
    async fn doubles_and_decimals() {
        answers(
            "kql_divide(1, 2.0), kql_divide(0.0, 0), kql_modulo(-7.5, 2), kql_modulo(1.0, 0)",
            "0.5, NaN, 0.5, NaN",
        )
        .await;
        answers(
            "tostring(kql_divide(todecimal(1), todecimal(3))), tostring(kql_multiply(todecimal('1.1'), 3))",
            "0.333333333333333333, 3.3",
        )
        .await;
        answers("kql_divide(todecimal(1), 0), kql_multiply(todecimal('1e19'), 10)", "NULL, NULL").await;
    }

    #[tokio::test]
    async fn times_and_spans() {
        let time = "TIMESTAMP '2026-10-01T00:00:00Z'";
        let hour = "totimespan('1h')";
        for (query, expected) in [
            (format!("kql_subtract({time}, {hour})"), "2026-09-30T23:00:00Z"),
            (format!("kql_add({hour}, {time})"), "2026-10-01T01:00:00Z"),
            (format!("kql_add({time}, INTERVAL '1 day')"), "2026-10-02T00:00:00Z"),
            (format!("tostring(kql_divide({hour}, 7))"), "00:08:34.2857142"),
            (format!("tostring(kql_divide({hour}, 0.5))"), "02:00:00"),
            (format!("tostring(kql_multiply({hour}, -3))"), "-03:00:00"),
            (
                format!("kql_divide({hour}, 0), kql_divide({hour}, 0.0), kql_modulo({hour}, totimespan('0s'))"),
                "NULL, NULL, NULL",
            ),
            (format!("tostring(kql_modulo({time}, totimespan('7d')))"), "3.00:00:00"),
            ("tostring(kql_modulo(totimespan('-1h'), totimespan('1d')))".to_owned(), "23:00:00"),
            (format!("kql_add({time}, totimespan('106751d'))"), "2262-04-11T23:47:16.854775800Z"),
            (format!("tostring(kql_multiply({hour}, 99999999))"), "106751.23:47:16.8547758"),
            (format!("kql_add({time}, NULL), kql_subtract(NULL, {hour})"), "NULL, NULL"),
        ] {
            answers(&query, expected).await;
        }
        answers(
            "kql_subtract(b, a) = totimespan('1m') FROM (VALUES (TIMESTAMP '2026-10-01T00:00:00Z', TIMESTAMP '2026-10-01T00:01:00Z')) AS t(a, b)",
            "true",
        )
        .await;
    }

    #[tokio::test]
    async fn what_does_not_go_together_is_refused() {
        refuses("kql_add(now(), now())", "kql_add: there is no Timestamp").await;
        refuses("kql_divide(1, totimespan('1h'))", "kql_divide: there is no Int64 / Duration").await;
        refuses("kql_add('a', 1)", "kql_add: + does not take Utf8").await;
    }
}
