//! The beta distribution, and the test of Welch that two samples have one mean.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::special::{incomplete_beta, inverse_incomplete_beta, ln_gamma};
use crate::functions::{
    call::{Answer, Call, Family, Kind, Param, Param::Need},
    definition::Section,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const NUMBER: Param = Need(Kind::Number);
    const THREE: (&[Param], Answer) = (&[NUMBER, NUMBER, NUMBER], Answer::Real);
    let math = Family(Section::Math);
    [
        math.function(
            "beta_cdf(x, alpha, beta)",
            "The cumulative beta distribution. NaN unless x is from 0 to 1 and alpha and beta are above 0 and at most \
             10000.",
            ("SELECT beta_cdf(0.25, 1, 1), beta_cdf(1.5, 1, 1)", "0.25, NaN"),
            THREE,
            |call| three(call, |x, alpha, beta| Some(cdf(x, alpha, beta))),
        ),
        math.function(
            "beta_inv(probability, alpha, beta)",
            "The x at which beta_cdf(x, alpha, beta) is the probability. NULL unless the probability is above 0 and at \
             most 1; NaN unless alpha and beta are above 0.",
            ("SELECT round(beta_inv(0.25, 1, 1), 9), beta_inv(1.5, 1, 1)", "0.25, NULL"),
            THREE,
            |call| three(call, inverse),
        ),
        math.function(
            "beta_pdf(x, alpha, beta)",
            "The density of the beta distribution. NaN unless x is between 0 and 1 and alpha and beta are above 0.",
            ("SELECT round(beta_pdf(0.5, 2, 2), 9), beta_pdf(1, 2, 2)", "1.5, NaN"),
            THREE,
            |call| three(call, |x, alpha, beta| Some(density(x, alpha, beta))),
        ),
        math.function(
            "welch_test(mean1, variance1, count1, mean2, variance2, count2)",
            "The probability, by the t-test of Welch, that samples as unlike as these come from populations of one \
             mean.",
            ("SELECT round(welch_test(20.82, 7.857, 15, 22.987, 3.81, 15), 3)", "0.021"),
            (&[NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER], Answer::Real),
            welch,
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

fn three(call: &Call, function: impl Fn(f64, f64, f64) -> Option<f64>) -> Result<ArrayRef> {
    let (first, second, third) = (call.real(0)?, call.real(1)?, call.real(2)?);
    call.reals(|row| function(first.get(row)?, second.get(row)?, third.get(row)?))
}

/// Kusto's greatest parameter of a distribution.
const GREATEST: f64 = 10_000.0;

fn cdf(x: f64, alpha: f64, beta: f64) -> f64 {
    let are_usable = [alpha, beta].iter().all(|parameter| *parameter > 0.0 && *parameter <= GREATEST);
    if are_usable && (0.0..=1.0).contains(&x) { incomplete_beta(x, alpha, beta) } else { f64::NAN }
}

fn inverse(probability: f64, alpha: f64, beta: f64) -> Option<f64> {
    if !(probability > 0.0 && probability <= 1.0) {
        return None;
    }
    let are_usable = [alpha, beta].iter().all(|parameter| *parameter > 0.0 && parameter.is_finite());
    Some(if are_usable { inverse_incomplete_beta(probability, alpha, beta) } else { f64::NAN })
}

fn density(x: f64, alpha: f64, beta: f64) -> f64 {
    if !(x > 0.0 && x < 1.0 && alpha > 0.0 && beta > 0.0) {
        return f64::NAN;
    }
    let logarithm = ln_gamma(alpha + beta) - ln_gamma(alpha) - ln_gamma(beta);
    (logarithm + (alpha - 1.0) * x.ln() + (beta - 1.0) * (-x).ln_1p()).exp()
}

fn welch(call: &Call) -> Result<ArrayRef> {
    let arguments = (0..6).map(|place| call.real(place)).collect::<Result<Vec<_>>>()?;
    call.reals(|row| {
        let row: Option<Vec<f64>> = arguments.iter().map(|argument| argument.get(row)).collect();
        let [mean1, variance1, count1, mean2, variance2, count2] = row?.try_into().ok()?;
        Some(welch_probability(mean1 - mean2, (variance1, count1), (variance2, count2)))
    })
}

/// Two-sided, with the degrees of freedom of Welch and Satterthwaite.
fn welch_probability(difference: f64, (variance1, count1): (f64, f64), (variance2, count2): (f64, f64)) -> f64 {
    let (error1, error2) = (variance1 / count1, variance2 / count2);
    let t = difference / (error1 + error2).sqrt();
    let degrees = (error1 + error2).powi(2) / (error1.powi(2) / (count1 - 1.0) + error2.powi(2) / (count2 - 1.0));
    if degrees > 0.0 && t.is_finite() {
        incomplete_beta(degrees / (degrees + t * t), degrees / 2.0, 0.5)
    } else {
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn distributions() {
        for (expression, answer) in [
            ("round(beta_cdf(0.3, 2, 2), 12), beta_cdf(0, 2, 3), beta_cdf(1, 2, 3)", "0.216, 0.0, 1.0"),
            (
                "beta_cdf(-0.1, 2, 2), beta_cdf(0.1, 0, 2), beta_cdf(0.1, 2, 10001), beta_cdf(NULL, 1, 1)",
                "NaN, NaN, NaN, NULL",
            ),
            ("round(beta_inv(0.216, 2, 2), 12), round(beta_inv(1, 2, 2), 6)", "0.3, 1.0"),
            ("beta_inv(0, 2, 2), beta_inv(0.1, -1, 20), beta_inv(0.1, NULL, 20)", "NULL, NaN, NULL"),
            ("round(beta_pdf(0.5, 10, 20), 12), beta_pdf(0, 1, 1), beta_pdf(0.5, -1, 1)", "0.746176019311, NaN, NaN"),
            ("welch_test(1, 0, 5, 1, 0, 5), welch_test(1, 1, 5, 1, 1, NULL)", "NaN, NULL"),
            ("round(welch_test(1, 1, 5, 1, 1, 5), 9)", "1.0"),
        ] {
            answers(expression, answer).await;
        }
    }
}
