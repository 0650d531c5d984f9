//! Functions with an answer for each item of a series, or of two side by side. Where an item is no number, or there is
//! none because the other series is longer, the answer is null.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::numbers::{Item, Series, items, number_of, push_item};
use crate::{
    functions::{
        call::{Answer, Call, Cell, Family, Kind, Param, Param::Need},
        definition::Section,
        math::sign,
    },
    json::value::{Number, Writer},
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const ONE: (&[Param], Answer) = (&[Need(Kind::Dynamic)], Answer::Dynamic);
    const TWO: (&[Param], Answer) = (&[Need(Kind::Any), Need(Kind::Any)], Answer::Dynamic);
    let series = Family(Section::Series);
    [
        series.function(
            "series_abs(series)",
            "Each number without its sign.",
            ("SELECT series_abs([-1, 0, 2])", "[1,0,2]"),
            ONE,
            |call| each(call, abs),
        ),
        series.function(
            "series_acos(series)",
            "The arc cosine of each number.",
            ("SELECT series_acos([1])", "[0.0]"),
            ONE,
            |call| real(call, f64::acos),
        ),
        series.function(
            "series_add(series1, series2)",
            "The sums of the numbers of two series, or of a series and a number.",
            ("SELECT series_add([1, 2], [10, 20]), series_add([1, 2], 0.5::double)", "[11,22], [1.5,2.5]"),
            TWO,
            |call| pairs(call, |a, b| arithmetic(a, b, i64::wrapping_add, |a, b| a + b)),
        ),
        series.function(
            "series_asin(series)",
            "The arc sine of each number.",
            ("SELECT series_asin([0])", "[0.0]"),
            ONE,
            |call| real(call, f64::asin),
        ),
        series.function(
            "series_atan(series)",
            "The arc tangent of each number.",
            ("SELECT series_atan([0])", "[0.0]"),
            ONE,
            |call| real(call, f64::atan),
        ),
        series.function(
            "series_ceiling(series)",
            "For each number the least whole number that is not less, as a double.",
            ("SELECT series_ceiling([1, 2.5])", "[1.0,3.0]"),
            ONE,
            |call| real(call, f64::ceil),
        ),
        series.function(
            "series_cos(series)",
            "The cosine of each number.",
            ("SELECT series_cos([0])", "[1.0]"),
            ONE,
            |call| real(call, f64::cos),
        ),
        series.function(
            "series_divide(series1, series2)",
            "The quotients, as doubles, of the numbers of two series, or of a series and a number.",
            ("SELECT series_divide([1, 2], [2, 0])", r#"[0.5,"Infinity"]"#),
            TWO,
            |call| pairs(call, |a, b| reals(a, b, |a, b| a / b)),
        ),
        series.function(
            "series_equals(series1, series2)",
            "Where the numbers of two series are equal.",
            ("SELECT series_equals([1, 2], [1.0, 3.0])", "[true,false]"),
            TWO,
            |call| tests(call, |a, b| a == b),
        ),
        series.function(
            "series_exp(series)",
            "e to the power of each number.",
            ("SELECT series_exp([0])", "[1.0]"),
            ONE,
            |call| real(call, f64::exp),
        ),
        series.function(
            "series_floor(series)",
            "For each number the greatest whole number that is not greater, as a double.",
            ("SELECT series_floor([1, -1.5])", "[1.0,-2.0]"),
            ONE,
            |call| real(call, f64::floor),
        ),
        series.function(
            "series_greater(series1, series2)",
            "Where the numbers of the first series are greater.",
            ("SELECT series_greater([1, 2], [1, 1])", "[false,true]"),
            TWO,
            |call| tests(call, |a, b| a > b),
        ),
        series.function(
            "series_greater_equals(series1, series2)",
            "Where the numbers of the first series are greater or equal.",
            ("SELECT series_greater_equals([1, 2], [1, 3])", "[true,false]"),
            TWO,
            |call| tests(call, |a, b| a >= b),
        ),
        series.function(
            "series_less(series1, series2)",
            "Where the numbers of the first series are less.",
            ("SELECT series_less([1, 2], [1, 3])", "[false,true]"),
            TWO,
            |call| tests(call, |a, b| a < b),
        ),
        series.function(
            "series_less_equals(series1, series2)",
            "Where the numbers of the first series are less or equal.",
            ("SELECT series_less_equals([1, 2], [1, 1])", "[true,false]"),
            TWO,
            |call| tests(call, |a, b| a <= b),
        ),
        series.function(
            "series_log(series)",
            "The natural logarithm of each number.",
            ("SELECT series_log([1, 0])", r#"[0.0,"-Infinity"]"#),
            ONE,
            |call| real(call, f64::ln),
        ),
        series.function(
            "series_multiply(series1, series2)",
            "The products of the numbers of two series, or of a series and a number.",
            ("SELECT series_multiply([1, 2], [3, 4])", "[3,8]"),
            TWO,
            |call| pairs(call, |a, b| arithmetic(a, b, i64::wrapping_mul, |a, b| a * b)),
        ),
        series.function(
            "series_not_equals(series1, series2)",
            "Where the numbers of two series are not equal.",
            ("SELECT series_not_equals([1, 2], [1, 3])", "[false,true]"),
            TWO,
            |call| tests(call, |a, b| a != b),
        ),
        series.function(
            "series_pow(series1, series2)",
            "The numbers of the first series to the power of those of the second, as doubles.",
            ("SELECT series_pow([2, 3], 2)", "[4.0,9.0]"),
            TWO,
            |call| pairs(call, |a, b| reals(a, b, f64::powf)),
        ),
        series.function(
            "series_sign(series)",
            "-1, 0 or 1 by the sign of each number.",
            ("SELECT series_sign([-6, 0, 8])", "[-1,0,1]"),
            ONE,
            |call| each(call, sign_of),
        ),
        series.function(
            "series_sin(series)",
            "The sine of each number.",
            ("SELECT series_sin([0])", "[0.0]"),
            ONE,
            |call| real(call, f64::sin),
        ),
        series.function(
            "series_subtract(series1, series2)",
            "The differences of the numbers of two series, or of a series and a number.",
            ("SELECT series_subtract([1, 2], [3, 3])", "[-2,-1]"),
            TWO,
            |call| pairs(call, |a, b| arithmetic(a, b, i64::wrapping_sub, |a, b| a - b)),
        ),
        series.function(
            "series_tan(series)",
            "The tangent of each number.",
            ("SELECT series_tan([0])", "[0.0]"),
            ONE,
            |call| real(call, f64::tan),
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

fn abs(number: Number) -> Item {
    Some(match number {
        Number::Long(long) => Number::Long(long.wrapping_abs()),
        Number::Real(real) => Number::Real(real.abs()),
    })
}

fn sign_of(number: Number) -> Item {
    let real = number.real();
    (!real.is_nan()).then(|| Number::Long(sign(real) as i64))
}

fn arithmetic(a: Number, b: Number, whole: impl Fn(i64, i64) -> i64, real: impl Fn(f64, f64) -> f64) -> Number {
    match (a, b) {
        (Number::Long(a), Number::Long(b)) => Number::Long(whole(a, b)),
        (a, b) => Number::Real(real(a.real(), b.real())),
    }
}

fn reals(a: Number, b: Number, function: impl Fn(f64, f64) -> f64) -> Number {
    Number::Real(function(a.real(), b.real()))
}

fn each(call: &Call, function: impl Fn(Number) -> Item) -> Result<ArrayRef> {
    let series = Series::of(call, 0)?;
    call.write(|row, out| {
        let mut array = Writer::array(out);
        for item in series.get(row, items)? {
            array.write(|out| push_item(item.and_then(&function), out));
        }
        array.end();
        Some(())
    })
}

fn real(call: &Call, function: impl Fn(f64) -> f64) -> Result<ArrayRef> {
    each(call, |number| Some(Number::Real(function(number.real()))))
}

/// One side of a pair: a series, or a number that stands for as many of itself as are wanted.
enum Side {
    Series(Vec<Item>),
    Number(Number),
}

impl Side {
    fn of(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Dynamic(value) => items(value).map(Side::Series),
            cell => number_of(cell).map(Side::Number),
        }
    }

    fn len(&self) -> usize {
        match self {
            Side::Series(items) => items.len(),
            Side::Number(_) => 0,
        }
    }

    fn get(&self, place: usize) -> Item {
        match self {
            Side::Series(items) => items.get(place).copied().flatten(),
            Side::Number(number) => Some(*number),
        }
    }
}

/// Writes something for each pair of numbers, null for pairs that lack one. Two numbers are no series.
fn write_pairs(call: &Call, write: impl Fn(Number, Number, &mut String)) -> Result<ArrayRef> {
    let (left, right) = (call.cells(0)?, call.cells(1)?);
    call.write(|row, out| {
        let (left, right) = (Side::of(left.get(row))?, Side::of(right.get(row))?);
        if let (Side::Number(_), Side::Number(_)) = (&left, &right) {
            return None;
        }
        let mut array = Writer::array(out);
        for place in 0..left.len().max(right.len()) {
            array.write(|out| match (left.get(place), right.get(place)) {
                (Some(left), Some(right)) => write(left, right, out),
                _ => out.push_str("null"),
            });
        }
        array.end();
        Some(())
    })
}

fn pairs(call: &Call, function: impl Fn(Number, Number) -> Number) -> Result<ArrayRef> {
    write_pairs(call, |left, right, out| push_item(Some(function(left, right)), out))
}

fn tests(call: &Call, test: impl Fn(f64, f64) -> bool) -> Result<ArrayRef> {
    write_pairs(call, |left, right, out| Cell::Bool(test(left.real(), right.real())).push_json(out))
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, refuses};

    #[tokio::test]
    async fn whole_numbers_stay_whole() {
        for (expression, answer) in [
            ("series_abs(parse_json('[-6.5,0,8.2]')), series_sign(parse_json('[-1.5,0.0]'))", "[6.5,0,8.2], [-1,0]"),
            ("series_add(parse_json('[1,2.0]'), parse_json('[1,1]')), series_multiply(3, [1, 2])", "[2,3.0], [3,6]"),
            (
                "series_floor(parse_json('[-1.5,1,2.5]')), series_ceiling(parse_json('[-1.5,1,2.5]'))",
                "[-2.0,1.0,2.0], [-1.0,1.0,3.0]",
            ),
            ("series_subtract(5, [1, 2]), series_divide([1, 2, 4], [4, 2, 1])", "[4,3], [0.25,1.0,4.0]"),
            ("series_exp([1]), series_log([2])", "[2.718281828459045], [0.6931471805599453]"),
        ] {
            answers(expression, answer).await;
        }
    }

    #[tokio::test]
    async fn what_is_missing_is_null() {
        for (expression, answer) in [
            (
                "series_add([1, 2, 3], [10]), series_less(parse_json('[1,\"x\",null]'), 5)",
                "[11,null,null], [true,null,null]",
            ),
            (
                "series_abs(parse_json('{}')), series_abs(NULL), series_add([1], NULL), series_add(1, 2)",
                "NULL, NULL, NULL, NULL",
            ),
            (
                "series_sin([]), series_divide([0, -1], 0), series_sign(parse_json('[\"NaN\"]'))",
                r#"[], ["NaN","-Infinity"], [null]"#,
            ),
            ("series_add(x, 1) FROM (VALUES ([1, 2]), (NULL), ([3])) AS t(x)", "[2,3]; NULL; [4]"),
        ] {
            answers(expression, answer).await;
        }
        refuses("series_abs('[1]')", "series_abs: argument 1 must be dynamic (JSON), but it is text").await;
    }
}
