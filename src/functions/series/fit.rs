//! Regressions: a line, two lines that meet where the trend changes, a polynomial.

use datafusion::{common::Result, logical_expr::ScalarUDF};

use super::{
    line::{Line, quality},
    numbers::{Series, finite, mean},
    several::{Names, Part, objects, structs},
};
use crate::functions::{
    call::{Answer, Call, Family, Kind, Param, Param::May, Param::Need},
    definition::Section,
};

const LINE: Names = &[
    ("rsquare", Answer::Real),
    ("slope", Answer::Real),
    ("variance", Answer::Real),
    ("rvariance", Answer::Real),
    ("interception", Answer::Real),
    ("line_fit", Answer::Dynamic),
];

const TWO_LINES: Names = &[
    ("rsquare", Answer::Real),
    ("split_idx", Answer::Long),
    ("variance", Answer::Real),
    ("rvariance", Answer::Real),
    ("line_fit", Answer::Dynamic),
    ("right_rsquare", Answer::Real),
    ("right_slope", Answer::Real),
    ("right_interception", Answer::Real),
    ("right_variance", Answer::Real),
    ("right_rvariance", Answer::Real),
    ("left_rsquare", Answer::Real),
    ("left_slope", Answer::Real),
    ("left_interception", Answer::Real),
    ("left_variance", Answer::Real),
    ("left_rvariance", Answer::Real),
];

const POLYNOMIAL: Names = &[
    ("rsquare", Answer::Real),
    ("coefficients", Answer::Dynamic),
    ("variance", Answer::Real),
    ("rvariance", Answer::Real),
    ("poly_fit", Answer::Dynamic),
];

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const ONE: &[Param] = &[Need(Kind::Dynamic)];
    let series = Family(Section::Series);
    [
        series.function("series_fit_2lines(series)", "The two lines, one behind the other, that fit the series best, and where the second begins, as a struct. NULL of fewer than four numbers.", ("SELECT get_field(series_fit_2lines([1, 2, 3, 9, 8, 7]), 'split_idx')", "3"), (ONE, Answer::Several(TWO_LINES)), |call| structs(call, TWO_LINES, two_lines(call)?)),
        series.function("series_fit_2lines_dynamic(series)", "The same as a JSON object.", ("SELECT json_get_float(series_fit_2lines_dynamic([1, 2, 3, 9, 8, 7]), 'right_slope')", "-1.0"), (ONE, Answer::Dynamic), |call| objects(call, TWO_LINES, two_lines(call)?)),
        series.function("series_fit_line(series)", "The line of least squares through the series, whose numbers stand at 1, 2, 3, …, as a struct: how much of the variance it explains, slope, variance, variance of what is left, value at 0, and the line.", ("SELECT get_field(series_fit_line([2, 4, 6]), 'slope')", "2.0"), (ONE, Answer::Several(LINE)), |call| structs(call, LINE, line(call)?)),
        series.function("series_fit_line_dynamic(series)", "The same as a JSON object.", ("SELECT json_get_float(series_fit_line_dynamic([2, 4, 6]), 'slope')", "2.0"), (ONE, Answer::Dynamic), |call| objects(call, LINE, line(call)?)),
        series.function("series_fit_poly(series [, places [, degree]])", "The polynomial of a degree (1 if none is given) that fits the series best, as a struct; its coefficients are ordered from the highest power down. The numbers stand at the places given, or at 1, 2, 3, …", ("SELECT round(get_field(series_fit_poly([1, 4, 9], [1, 2, 3], 2), 'rsquare'), 9)", "1.0"), (&[Need(Kind::Dynamic), May(Kind::Dynamic), May(Kind::Whole)], Answer::Several(POLYNOMIAL)), |call| structs(call, POLYNOMIAL, polynomial(call)?)),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

fn line<'a>(call: &Call<'a>) -> Result<impl Fn(usize) -> Option<[Part; 6]> + use<'a>> {
    let series = Series::of(call, 0)?;
    Ok(move |row| {
        let Line { slope, interception, rsquare, variance, rvariance, fit } = Line::through(&series.get(row, finite)?)?;
        let [rsquare, slope, variance, rvariance, interception] =
            [rsquare, slope, variance, rvariance, interception].map(Part::Real);
        Some([rsquare, slope, variance, rvariance, interception, Part::Reals(fit)])
    })
}

fn two_lines<'a>(call: &Call<'a>) -> Result<impl Fn(usize) -> Option<[Part; 15]> + use<'a>> {
    let series = Series::of(call, 0)?;
    Ok(move |row| {
        let numbers = series.get(row, finite)?;
        let split = best_split(&numbers)?;
        let (left, right) = (Line::through(&numbers[..split])?, Line::through(&numbers[split..])?);
        let fit: Vec<f64> = left.fit.iter().chain(&right.fit).copied().collect();
        let (rsquare, variance, rvariance) = quality(&numbers, &fit);
        Some([
            Part::Real(rsquare),
            Part::Long(i64::try_from(split).ok()?),
            Part::Real(variance),
            Part::Real(rvariance),
            Part::Reals(fit),
            Part::Real(right.rsquare),
            Part::Real(right.slope),
            Part::Real(right.interception),
            Part::Real(right.variance),
            Part::Real(right.rvariance),
            Part::Real(left.rsquare),
            Part::Real(left.slope),
            Part::Real(left.interception),
            Part::Real(left.variance),
            Part::Real(left.rvariance),
        ])
    })
}

/// Where to split numbers so that a line through either part, of at least two, leaves least. One pass over sums serves
/// all places.
fn best_split(numbers: &[f64]) -> Option<usize> {
    let (middle, centre) = (mean(numbers), numbers.len() as f64 / 2.0);
    let points: Vec<(f64, f64)> =
        numbers.iter().enumerate().map(|(place, number)| (place as f64 - centre, number - middle)).collect();
    let mut right = Sums::default();
    points.iter().for_each(|point| right.add(*point, 1.0));
    let mut left = Sums::default();
    let mut best: Option<(usize, f64)> = None;
    for (place, point) in points.iter().enumerate() {
        left.add(*point, 1.0);
        right.add(*point, -1.0);
        let remaining = left.remaining() + right.remaining();
        let is_possible = left.count > 1.5 && right.count > 1.5;
        if is_possible && best.is_none_or(|(_, least)| remaining < least) {
            best = Some((place + 1, remaining));
        }
    }
    best.map(|(place, _)| place)
}

/// Sums over points from which a regression follows.
#[derive(Default)]
struct Sums {
    count: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Sums {
    fn add(&mut self, (x, y): (f64, f64), sign: f64) {
        self.count += sign;
        self.x += sign * x;
        self.y += sign * y;
        self.xx += sign * x * x;
        self.xy += sign * x * y;
        self.yy += sign * y * y;
    }

    /// The sum of the squares of what the best line leaves.
    fn remaining(&self) -> f64 {
        let xx = self.xx - self.x * self.x / self.count;
        let xy = self.xy - self.x * self.y / self.count;
        let yy = self.yy - self.y * self.y / self.count;
        if xx > 0.0 { (yy - xy * xy / xx).max(0.0) } else { yy }
    }
}

/// Kusto's degrees are small; beyond this doubles carry no polynomial.
const GREATEST_DEGREE: i64 = 32;

fn polynomial<'a>(call: &Call<'a>) -> Result<impl Fn(usize) -> Option<[Part; 5]> + use<'a>> {
    let series = Series::of(call, 0)?;
    let places = if call.len() > 1 { Some(Series::of(call, 1)?) } else { None };
    let degrees = call.long_or(2, 1)?;
    Ok(move |row| {
        let numbers = series.get(row, finite)?;
        let given = places.as_ref().and_then(|places| places.get(row, finite));
        let places = given.unwrap_or_else(|| (1..=numbers.len()).map(|place| place as f64).collect());
        let degree = degrees.get(row).filter(|degree| (0..=GREATEST_DEGREE).contains(degree))?;
        let coefficients = least_squares(&places, &numbers, usize::try_from(degree).ok()?)?;
        let value = |x: &f64| coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient);
        let fit: Vec<f64> = places.iter().map(value).collect();
        let (rsquare, variance, rvariance) = quality(&numbers, &fit);
        Some([
            Part::Real(rsquare),
            Part::Reals(coefficients.into_iter().rev().collect()),
            Part::Real(variance),
            Part::Real(rvariance),
            Part::Reals(fit),
        ])
    })
}

/// The coefficients, from the lowest power up, of the polynomial of least squares: the powers of the places are made
/// orthogonal one after the other (Gram and Schmidt), each against those before.
fn least_squares(places: &[f64], numbers: &[f64], degree: usize) -> Option<Vec<f64>> {
    if places.len() != numbers.len() || numbers.len() <= degree {
        return None;
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut orthogonal: Vec<Vec<f64>> = Vec::new();
    // What each power is made of: column by column an upper triangle.
    let mut triangle: Vec<Vec<f64>> = Vec::new();
    for power in 0..=degree {
        let mut column: Vec<f64> = places.iter().map(|x| x.powi(power as i32)).collect();
        let before = dot(&column, &column).sqrt();
        let mut parts = vec![0.0; orthogonal.len()];
        // Twice, for what the first time leaves by rounding.
        for _ in 0..2 {
            for (part, direction) in parts.iter_mut().zip(&orthogonal) {
                let along = dot(&column, direction);
                *part += along;
                column.iter_mut().zip(direction).for_each(|(value, step)| *value -= along * step);
            }
        }
        let length = dot(&column, &column).sqrt();
        // NaN is no length either.
        if length.is_nan() || length <= before * 1e-13 {
            return None;
        }
        column.iter_mut().for_each(|value| *value /= length);
        parts.push(length);
        orthogonal.push(column);
        triangle.push(parts);
    }
    let mut coefficients: Vec<f64> = orthogonal.iter().map(|direction| dot(direction, numbers)).collect();
    for power in (0..=degree).rev() {
        let (below, at) = coefficients.split_at_mut(power);
        let coefficient = at.first_mut()?;
        let parts = &triangle[power];
        *coefficient /= parts.last()?;
        below.iter_mut().zip(parts).for_each(|(below, part)| *below -= *coefficient * part);
    }
    Some(coefficients)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn lines() {
        const SERIES: &str = "[2, 5, 6, 8, 11, 15, 17, 18, 25, 26, 30, 30]";
        for (expression, answer) in [
            (
                format!(
                    "round(f['rsquare'], 3), round(f['slope'], 3), round(f['variance'], 3), round(f['rvariance'], 3), round(f['interception'], 3), round(json_get_float(f['line_fit'], 11), 3) FROM (SELECT series_fit_line({SERIES}) AS f)"
                ),
                "0.983, 2.731, 98.629, 1.686, -1.667, 31.103",
            ),
            (
                "series_fit_line_dynamic([3, 3])".to_owned(),
                r#"{"rsquare":1.0,"slope":0.0,"variance":0.0,"rvariance":0.0,"interception":3.0,"line_fit":[3.0,3.0]}"#,
            ),
            (
                "series_fit_line([]), series_fit_line([1, NULL]), series_fit_line_dynamic(NULL)".to_owned(),
                "NULL, NULL, NULL",
            ),
        ] {
            answers(&expression, answer).await;
        }
    }

    #[tokio::test]
    async fn two_lines() {
        for (expression, answer) in [
            (
                "f['split_idx'], f['right_slope'], f['left_slope'], f['rsquare'], f['line_fit'] FROM (SELECT series_fit_2lines([1, 2, 3, 9, 7, 5]) AS f)",
                "3, -2.0, 1.0, 1.0, [1.0,2.0,3.0,9.0,7.0,5.0]",
            ),
            (
                "f['split_idx'], round(f['rsquare'], 2) FROM (SELECT series_fit_2lines(parse_json('[1,2.2,2.5,4.7,5.0,12,10.3,10.3,9,8.3,6.2]')) AS f)",
                "5, 0.99",
            ),
            ("series_fit_2lines([1, 2, 3]), series_fit_2lines_dynamic([1, 2, 3])", "NULL, NULL"),
        ] {
            answers(expression, answer).await;
        }
    }

    #[tokio::test]
    async fn polynomials() {
        for (expression, answer) in [
            (
                "round(json_get_float(f['coefficients'], 0), 9), round(json_get_float(f['coefficients'], 2), 9) FROM (SELECT series_fit_poly([6, 11, 18, 27], [1, 2, 3, 4], 2) AS f)",
                "1.0, 3.0",
            ),
            (
                "round(series_fit_poly([2, 5, 6, 8])['rsquare'], 9) = round(series_fit_line([2, 5, 6, 8])['rsquare'], 9)",
                "true",
            ),
            (
                "series_fit_poly([1, 2], [1, 2], 2), series_fit_poly([1, 2], [1, 1], 1), series_fit_poly([1, 2], [1], 1), series_fit_poly([1, 2], [1, 2], -1)",
                "NULL, NULL, NULL, NULL",
            ),
        ] {
            answers(expression, answer).await;
        }
    }

    #[test]
    fn a_polynomial_of_high_degree_is_found_again() {
        let places: Vec<f64> = (0..60).map(|place| f64::from(place) / 59.0 * 4.0 - 2.0).collect();
        let value = |x: &f64| 6.0 + 10.0 * x - 8.0 * x.powi(3) + x.powi(5);
        let numbers: Vec<f64> = places.iter().map(value).collect();
        let found = least_squares(&places, &numbers, 5).unwrap();
        for (found, expected) in found.iter().zip([6.0, 10.0, 0.0, -8.0, 0.0, 1.0]) {
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        }
    }
}
