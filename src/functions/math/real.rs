//! Functions of doubles. Those whose DataFusion namesake differs are called `kusto_…`: there a number outside of a
//! function's domain gives NaN, in Kusto null.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::special::{erf, erfc, gamma, ln_gamma};
use crate::functions::{
    call::{Answer, Call, Family, Kind, Param::Need},
    definition::Section,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    let math = Family(Section::Math);
    let one = (&[Need(Kind::Number)][..], Answer::Real);
    let test = (&[Need(Kind::Number)][..], Answer::Bool);
    [
        math.function(
            "ceiling(number)",
            "The least whole number that is not less, as a double.",
            ("SELECT ceiling(-1.1), ceiling(2)", "-1.0, 2.0"),
            one,
            |call| real(call, f64::ceil),
        ),
        math.function(
            "erf(x)",
            "The error function.",
            ("SELECT erf(0), round(erf(1), 12)", "0.0, 0.84270079295"),
            one,
            |call| real(call, erf),
        ),
        math.function(
            "erfc(x)",
            "The complementary error function, 1 - erf(x).",
            ("SELECT erfc(0)", "1.0"),
            one,
            |call| real(call, erfc),
        ),
        math.function("exp10(x)", "10 to the power of x.", ("SELECT exp10(2)", "100.0"), one, |call| {
            real(call, |x| 10_f64.powf(x))
        }),
        math.function("exp2(x)", "2 to the power of x.", ("SELECT exp2(10)", "1024.0"), one, |call| {
            real(call, f64::exp2)
        }),
        math.function(
            "gamma(x)",
            "The gamma function, which for a whole number is the factorial of the one before.",
            ("SELECT gamma(5)", "24.0"),
            one,
            |call| real(call, gamma),
        ),
        math.function(
            "isfinite(number)",
            "Whether a number is neither infinite nor NaN. False for NULL.",
            ("SELECT isfinite(1), isfinite('Infinity'::double), isfinite(NULL)", "true, false, false"),
            test,
            |call| truth(call, f64::is_finite),
        ),
        math.function(
            "isinf(number)",
            "Whether a number is infinite. False for NULL.",
            ("SELECT isinf(1), isinf('-Infinity'::double), isinf(NULL)", "false, true, false"),
            test,
            |call| truth(call, f64::is_infinite),
        ),
        math.function(
            "kusto_acos(x)",
            "The arc cosine; NULL if x is not from -1 to 1.",
            ("SELECT kusto_acos(1), kusto_acos(2)", "0.0, NULL"),
            one,
            |call| partial(call, |x| x.abs() <= 1.0, f64::acos),
        ),
        math.function(
            "kusto_asin(x)",
            "The arc sine; NULL if x is not from -1 to 1.",
            ("SELECT kusto_asin(0), kusto_asin(-2)", "0.0, NULL"),
            one,
            |call| partial(call, |x| x.abs() <= 1.0, f64::asin),
        ),
        math.function(
            "kusto_isnan(number)",
            "Whether a double is NaN. False for NULL.",
            ("SELECT kusto_isnan('NaN'::double), kusto_isnan(NULL)", "true, false"),
            test,
            |call| truth(call, f64::is_nan),
        ),
        math.function(
            "kusto_log(x)",
            "The natural logarithm; NULL if x is negative.",
            ("SELECT kusto_log(1), kusto_log(-1)", "0.0, NULL"),
            one,
            |call| partial(call, not_negative, f64::ln),
        ),
        math.function(
            "kusto_log10(x)",
            "The logarithm to base 10; NULL if x is negative.",
            ("SELECT kusto_log10(1000), kusto_log10(-1)", "3.0, NULL"),
            one,
            |call| partial(call, not_negative, f64::log10),
        ),
        math.function(
            "kusto_log2(x)",
            "The logarithm to base 2; NULL if x is negative.",
            ("SELECT kusto_log2(8), kusto_log2(-1)", "3.0, NULL"),
            one,
            |call| partial(call, not_negative, f64::log2),
        ),
        math.function(
            "kusto_pow(base, exponent)",
            "A base to the power of an exponent, as a double whatever they are.",
            ("SELECT kusto_pow(2, 3), kusto_pow(2, -1)", "8.0, 0.5"),
            (&[Need(Kind::Number), Need(Kind::Number)], Answer::Real),
            pow,
        ),
        math.function(
            "kusto_sqrt(x)",
            "The square root; NULL if x is negative.",
            ("SELECT kusto_sqrt(9), kusto_sqrt(-9)", "3.0, NULL"),
            one,
            |call| partial(call, not_negative, f64::sqrt),
        ),
        math.function(
            "loggamma(x)",
            "The natural logarithm of the absolute value of gamma(x).",
            ("SELECT round(loggamma(5), 9) = round(ln(24), 9)", "true"),
            one,
            |call| real(call, ln_gamma),
        ),
        math.function(
            "sign(number)",
            "-1, 0 or 1 as a double, by the sign of a number.",
            ("SELECT sign(-42), sign(0), sign(1.5)", "-1.0, 0.0, 1.0"),
            one,
            |call| real(call, sign),
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

fn not_negative(x: f64) -> bool {
    x >= 0.0
}

/// The sign of a double; NaN has none. Unlike `signum`, zero has sign 0.
pub(in crate::functions) fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

fn real(call: &Call, function: impl Fn(f64) -> f64) -> Result<ArrayRef> {
    let numbers = call.real(0)?;
    call.reals(|row| numbers.get(row).map(&function))
}

/// A function that has no answer, hence null, but in its domain.
fn partial(call: &Call, domain: impl Fn(f64) -> bool, function: impl Fn(f64) -> f64) -> Result<ArrayRef> {
    let numbers = call.real(0)?;
    call.reals(|row| numbers.get(row).filter(|x| x.is_nan() || domain(*x)).map(&function))
}

fn truth(call: &Call, test: impl Fn(f64) -> bool) -> Result<ArrayRef> {
    let numbers = call.real(0)?;
    call.truths(|row| Some(numbers.get(row).is_some_and(&test)))
}

fn pow(call: &Call) -> Result<ArrayRef> {
    let (bases, exponents) = (call.real(0)?, call.real(1)?);
    call.reals(|row| Some(bases.get(row)?.powf(exponents.get(row)?)))
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, refuses};

    #[tokio::test]
    async fn numbers_of_any_type_and_null() {
        for (expression, answer) in [
            ("kusto_sqrt(CAST(16 AS DECIMAL(10, 2))), kusto_sqrt(NULL), kusto_sqrt('NaN'::double)", "4.0, NULL, NaN"),
            ("kusto_log(0), kusto_log(0.0 * -1)", "-inf, -inf"),
            ("kusto_pow(0, 0), kusto_pow(-8, 1.0 / 3), kusto_pow(NULL, 2)", "1.0, NaN, NULL"),
            ("kusto_pow(10, 20)", "1e20"),
            ("ceiling(x) FROM (VALUES (1.5), (-0.5), (NULL)) AS t(x)", "2.0; -0.0; NULL"),
            ("sign('NaN'::double), sign(-0.0)", "NaN, 0.0"),
            ("arrow_typeof(sign(1)), arrow_typeof(ceiling(1))", "Float64, Float64"),
            ("isfinite('NaN'::double), isinf('NaN'::double)", "false, false"),
            ("kusto_acos(1.0000001), kusto_asin('NaN'::double)", "NULL, NaN"),
        ] {
            answers(expression, answer).await;
        }
    }

    #[tokio::test]
    async fn what_is_no_number_is_refused() {
        refuses("kusto_sqrt('4')", "kusto_sqrt: argument 1 must be a number").await;
        refuses("exp2(true)", "exp2: argument 1 must be a number").await;
    }
}
