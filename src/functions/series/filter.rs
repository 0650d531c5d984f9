//! Linear filters over a series: `series_fir` of finite, `series_iir` of infinite response.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::numbers::{Series, push_reals, reals};
use crate::functions::{
    call::{Answer, Call, Family, Kind, Param::May, Param::Need},
    definition::Section,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    let series = Family(Section::Series);
    [
        series.function(
            "series_fir(series, filter [, normalize [, center]])",
            "Each number and those before it, each times its number of the filter, added up; numbers before the \
             beginning count as 0. The filter is divided by its sum if normalize is true, which it is unless the filter \
             has a negative number. With center the numbers around are taken instead of those before.",
            ("SELECT series_fir([2, 4, 6], [1, 1]), series_fir([2, 4, 6], [1, -1])", "[1.0,3.0,5.0], [2.0,2.0,2.0]"),
            (&[Need(Kind::Dynamic), Need(Kind::Dynamic), May(Kind::Truth), May(Kind::Truth)], Answer::Dynamic),
            fir,
        ),
        series.function(
            "series_iir(series, numerators, denominators)",
            "The series through a recursive filter: with numerators [1] and denominators [1, -1] the running sum. NULL \
             if the first denominator is 0.",
            ("SELECT series_iir([1, 2, 3], [1], [1, -1])", "[1.0,3.0,6.0]"),
            (&[Need(Kind::Dynamic), Need(Kind::Dynamic), Need(Kind::Dynamic)], Answer::Dynamic),
            iir,
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

fn fir(call: &Call) -> Result<ArrayRef> {
    let (series, filters) = (Series::of(call, 0)?, Series::of(call, 1)?);
    let truth = |place| if call.len() > place { call.truth(place).map(Some) } else { Ok(None) };
    let (normalize, center) = (truth(2)?, truth(3)?);
    call.write(|row, out| {
        let (numbers, mut filter) = (series.get(row, reals)?, filters.get(row, reals)?);
        let has_negative = filter.iter().any(|factor| *factor < 0.0);
        let normalize = normalize.as_ref().and_then(|truths| truths.get(row)).unwrap_or(!has_negative);
        if normalize {
            let sum: f64 = filter.iter().sum();
            if has_negative || sum == 0.0 {
                return None;
            }
            filter.iter_mut().for_each(|factor| *factor /= sum);
        }
        let is_centered = center.as_ref().and_then(|truths| truths.get(row)).unwrap_or(false);
        let shift = if is_centered { filter.len().saturating_sub(1) / 2 } else { 0 };
        push_reals((0..numbers.len()).map(|at| weighed(&numbers, &filter, at + shift)), out);
        Some(())
    })
}

/// The number at a place and those before it, each times its factor.
fn weighed(numbers: &[f64], factors: &[f64], at: usize) -> f64 {
    let before =
        factors.iter().enumerate().filter_map(|(back, factor)| Some(factor * numbers.get(at.checked_sub(back)?)?));
    before.sum()
}

fn iir(call: &Call) -> Result<ArrayRef> {
    let (series, numerators, denominators) = (Series::of(call, 0)?, Series::of(call, 1)?, Series::of(call, 2)?);
    call.write(|row, out| {
        let (numbers, numerators) = (series.get(row, reals)?, numerators.get(row, reals)?);
        let denominators = denominators.get(row, reals)?;
        let (&first, rest) = denominators.split_first()?;
        if first == 0.0 {
            return None;
        }
        let mut answers: Vec<f64> = Vec::with_capacity(numbers.len());
        for at in 0..numbers.len() {
            let fed_back = at.checked_sub(1).map_or(0.0, |before| weighed(&answers, rest, before));
            answers.push((weighed(&numbers, &numerators, at) - fed_back) / first);
        }
        push_reals(answers, out);
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn filters() {
        for (expression, answer) in [
            (
                "series_fir([0, 0, 10, 0, 0], [1, 1, 1, 1, 1]), series_fir([0, 0, 10, 0, 0], [1, 1, 1, 1, 1], true, true)",
                "[0.0,0.0,2.0,2.0,2.0], [2.0,2.0,2.0,2.0,2.0]",
            ),
            (
                "series_fir([0, 2, 2, 3], [1, -1], false, false), series_fir([1], [1, -1], true), series_fir([1, 2], [2], false)",
                "[0.0,2.0,0.0,1.0], NULL, [2.0,4.0]",
            ),
            ("series_fir([], [1]), series_fir([1, NULL], [1]), series_fir([1], [])", "[], NULL, NULL"),
            (
                "series_iir([1, 1, 1], [1, 1], [2]), series_iir([1, 0, 0], [1], parse_json('[1,-0.5]'))",
                "[0.5,1.0,1.0], [1.0,0.5,0.25]",
            ),
            ("series_iir([1], [1], [0, 1]), series_iir([1], [1], [])", "NULL, NULL"),
        ] {
            answers(expression, answer).await;
        }
    }
}
