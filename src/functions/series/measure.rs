//! Functions with one number for a series, or for two.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::numbers::{Item, Series, items, mean, number_of, reals, spread};
use crate::{
    functions::{
        call::{Answer, Call, Cell, Family, Kind, Param, Param::May, Param::Need},
        definition::Section,
    },
    json::value::Number,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const ONE: (&[Param], Answer) = (&[Need(Kind::Dynamic)], Answer::Real);
    let series = Family(Section::Series);
    [
        series.function("series_cosine_similarity(series1, series2 [, magnitude1, magnitude2])", "The cosine of the angle between two series taken as vectors. Their magnitudes may be given, to save computing them.", ("SELECT series_cosine_similarity([3, 4], [4, 3])", "0.96"), (&[Need(Kind::Dynamic), Need(Kind::Dynamic), May(Kind::Number), May(Kind::Number)], Answer::Real), cosine),
        series.function("series_dot_product(series1, series2)", "The sum of the products of the numbers of two series, or of a series and a number.", ("SELECT series_dot_product([1, 2, 4], [4, 2, 1]), series_dot_product([1, 2], 3)", "12.0, 9.0"), (&[Need(Kind::Any), Need(Kind::Any)], Answer::Real), dot_product),
        series.function("series_magnitude(series)", "The square root of the sum of the squares.", ("SELECT series_magnitude([3, 4])", "5.0"), ONE, |call| one(call, |numbers| numbers.map(|x| x * x).sum::<f64>().sqrt())),
        series.function("series_pearson_correlation(series1, series2)", "How far two series go together, from -1 to 1. NULL if an item is no number or one series is longer.", ("SELECT series_pearson_correlation([1, 2, 3], [2, 4, 6])", "1.0"), (&[Need(Kind::Dynamic), Need(Kind::Dynamic)], Answer::Real), correlation),
        series.function("series_product(series)", "The product of the numbers.", ("SELECT series_product([1, 2, 3, 4])", "24.0"), ONE, |call| one(call, |numbers| numbers.product())),
        series.function("series_sum(series)", "The sum of the numbers.", ("SELECT series_sum([1, 2, 3, 4])", "10.0"), ONE, |call| one(call, |numbers| numbers.fold(0.0, |sum, number| sum + number))),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// Of the items that are numbers.
fn one(call: &Call, measure: impl Fn(&mut dyn Iterator<Item = f64>) -> f64) -> Result<ArrayRef> {
    let series = Series::of(call, 0)?;
    call.reals(|row| Some(measure(&mut series.get(row, items)?.into_iter().flatten().map(Number::real))))
}

/// The pairs of numbers of two series, as far as the shorter one goes.
fn pairs(left: Vec<Item>, right: Vec<Item>) -> Vec<(f64, f64)> {
    let pairs = left.into_iter().zip(right);
    pairs.filter_map(|(left, right)| Some((left?.real(), right?.real()))).collect()
}

fn dot(pairs: &[(f64, f64)]) -> f64 {
    pairs.iter().map(|(left, right)| left * right).sum()
}

fn dot_product(call: &Call) -> Result<ArrayRef> {
    let (left, right) = (call.cells(0)?, call.cells(1)?);
    call.reals(|row| {
        let (left, right) = match (left.get(row), right.get(row)) {
            (Cell::Dynamic(left), Cell::Dynamic(right)) => (items(left)?, items(right)?),
            (Cell::Dynamic(series), number) | (number, Cell::Dynamic(series)) => {
                let series = items(series)?;
                let numbers = vec![Some(number_of(number)?); series.len()];
                (series, numbers)
            }
            _ => return None,
        };
        (!left.is_empty() && !right.is_empty()).then(|| dot(&pairs(left, right)))
    })
}

fn cosine(call: &Call) -> Result<ArrayRef> {
    let (left, right) = (Series::of(call, 0)?, Series::of(call, 1)?);
    let magnitude = |place| if call.len() > place { call.real(place).map(Some) } else { Ok(None) };
    let (left_length, right_length) = (magnitude(2)?, magnitude(3)?);
    call.reals(|row| {
        let pairs = pairs(left.get(row, items)?, right.get(row, items)?);
        if pairs.is_empty() {
            return None;
        }
        let length = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(|pair| of(pair).powi(2)).sum::<f64>().sqrt();
        let left_length = match &left_length {
            Some(given) => given.get(row)?,
            None => length(|pair| pair.0),
        };
        let right_length = match &right_length {
            Some(given) => given.get(row)?,
            None => length(|pair| pair.1),
        };
        Some(dot(&pairs) / (left_length * right_length))
    })
}

fn correlation(call: &Call) -> Result<ArrayRef> {
    let (left, right) = (Series::of(call, 0)?, Series::of(call, 1)?);
    call.reals(|row| {
        let (left, right) = (left.get(row, reals)?, right.get(row, reals)?);
        (left.len() == right.len() && !left.is_empty()).then(|| pearson(&left, &right))
    })
}

/// The correlation of as many numbers.
pub(super) fn pearson(left: &[f64], right: &[f64]) -> f64 {
    let (left_mean, right_mean) = (mean(left), mean(right));
    let together: f64 = left.iter().zip(right).map(|(left, right)| (left - left_mean) * (right - right_mean)).sum();
    together / (spread(left) * spread(right)).sqrt()
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn numbers_of_series() {
        for (expression, answer) in [
            ("round(series_cosine_similarity(parse_json('[0.1,0.2,0.1,0.2]'), [1, 2, 3, 4]), 12)", "0.923760430703"),
            ("series_cosine_similarity([3, 4], [4, 3], 5, 5), series_cosine_similarity([], [1])", "0.96, NULL"),
            (
                "series_dot_product([1, 2, 3], [1]), series_dot_product(parse_json('[1,\"x\",3]'), [1, 1, 1]), series_dot_product([], [])",
                "1.0, 4.0, NULL",
            ),
            (
                "series_pearson_correlation([1, 2], [2, 1]), series_pearson_correlation([1, 2], [1]), series_pearson_correlation([1, NULL], [1, 2])",
                "-1.0, NULL, NULL",
            ),
            (
                "series_sum([]), series_product([]), series_sum(parse_json('5')), series_sum(parse_json('[1,null,2.5]'))",
                "0.0, 1.0, NULL, 3.5",
            ),
        ] {
            answers(expression, answer).await;
        }
    }
}
