//! Periods of a series: how strongly it repeats itself, and what repeats.
//!
//! The score of a period is the autocorrelation of the series at that distance, or at twice the distance if it is less
//! there: what is periodic repeats itself more than once. It agrees with the few scores that Kusto's documentation
//! shows; Kusto's own way is not published.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::{
    fourier::autocorrelation,
    numbers::{Series, finite, mean, median, push_reals, spread},
    several::{Names, Part, structs},
};
use crate::functions::{
    call::{Answer, Call, Family, Kind, Param::May, Param::Need, Param::Rest},
    definition::Section,
};

const PERIODS: Names = &[("periods", Answer::Dynamic), ("scores", Answer::Dynamic)];

/// Shorter periods are noise.
const SHORTEST: usize = 4;

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    let series = Family(Section::Series);
    [
        series.function("series_periods_detect(series, least, greatest, count)", "The periods between two lengths that the series repeats itself by, the strongest first, and their scores from 0 to 1, as a struct of two arrays of so many numbers; 0 where there are no more.", ("SELECT get_field(series_periods_detect([1, 5, 9, 5, 1, 5, 9, 5, 1, 5, 9, 5, 1, 5, 9, 5], 2, 8, 2), 'periods')", "[4.0,0.0]"), (&[Need(Kind::Dynamic), Need(Kind::Number), Need(Kind::Number), Need(Kind::Whole)], Answer::Several(PERIODS)), detect),
        series.function("series_periods_validate(series, period, …)", "How strongly the series repeats itself by the periods given, from 0 to 1, as a struct of the periods and their scores.", ("SELECT round(json_get_float(get_field(series_periods_validate([1, 5, 9, 5, 1, 5, 9, 5, 1, 5, 9, 5, 1, 5, 9, 5], 4), 'scores'), 0), 9)", "1.0"), (&[Need(Kind::Dynamic), Need(Kind::Number), Rest(Kind::Number)], Answer::Several(PERIODS)), validate),
        series.function("series_seasonal(series [, period])", "What repeats in the series: for each place in the period the median of the numbers there. Without a period, or with -1, it is the strongest whose score is at least 0.7; without any the answer is zeros.", ("SELECT series_seasonal([1, 3, 5, 1, 3, 5, 2, 4, 6], 3)", "[1.0,3.0,5.0,1.0,3.0,5.0,1.0,3.0,5.0]"), (&[Need(Kind::Dynamic), May(Kind::Whole)], Answer::Dynamic), of_season),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// Autocorrelations of one series: how far numbers at each distance go together, from -1 to 1.
struct Rhythm(Vec<f64>);

impl Rhythm {
    fn of(numbers: &[f64]) -> Self {
        let mean = mean(numbers);
        let distances: Vec<f64> = numbers.iter().map(|number| number - mean).collect();
        let variance = spread(numbers) / numbers.len().max(1) as f64;
        let sums = autocorrelation(&distances);
        // Without variance there is nothing to go together.
        let part = |(distance, sum): (usize, f64)| {
            if variance > 0.0 { sum / (numbers.len() - distance) as f64 / variance } else { 0.0 }
        };
        Self(sums.into_iter().enumerate().map(part).collect())
    }

    fn at(&self, distance: usize) -> f64 {
        self.0.get(distance).copied().unwrap_or(0.0)
    }

    /// The score of a period, 0 if it is too short or does not fit twice.
    fn score(&self, period: usize) -> f64 {
        if period < SHORTEST || period.saturating_mul(2) >= self.0.len() {
            return 0.0;
        }
        self.at(period).min(self.at(2 * period)).clamp(0.0, 1.0)
    }

    /// Whether the series repeats itself at a period at least as strongly as at all others about as long.
    fn is_peak(&self, period: usize) -> bool {
        let reach = (period / 4).max(1);
        let here = self.at(period);
        // From the inside out: what is no peak is told by its neighbours.
        (period - reach..period).rev().all(|near| self.at(near) < here)
            && (period + 1..=period + reach).all(|near| self.at(near) <= here)
    }

    /// The periods in a range that are peaks, the strongest first.
    fn periods(&self, least: f64, greatest: f64) -> Vec<(usize, f64)> {
        let longest = (self.0.len() / 2).min(greatest.max(0.0).floor() as usize);
        let shortest = SHORTEST.max(least.max(0.0).ceil() as usize);
        let mut found: Vec<(usize, f64)> = Vec::new();
        for period in shortest..=longest {
            let score = self.score(period);
            // Twice a period is one too; it says something of its own only if it repeats more strongly.
            let is_known = found.iter().any(|(base, of_base)| is_multiple(period, *base) && score <= of_base + 0.05);
            if score > 0.0 && !is_known && self.is_peak(period) {
                found.push((period, score));
            }
        }
        found.sort_by(|left, right| right.1.total_cmp(&left.1));
        found
    }
}

/// Whether a period is a multiple of another, give or take a step.
fn is_multiple(period: usize, base: usize) -> bool {
    let times = (period + base / 2) / base;
    times > 1 && period.abs_diff(times * base) <= 1
}

/// The strongest period of at least some score.
pub(super) fn strongest(numbers: &[f64], threshold: f64) -> Option<usize> {
    let periods = Rhythm::of(numbers).periods(0.0, f64::INFINITY);
    periods.first().filter(|(_, score)| *score >= threshold).map(|(period, _)| *period)
}

/// Kusto's greatest number of periods.
const MOST: i64 = 16;

fn detect(call: &Call) -> Result<ArrayRef> {
    let series = Series::of(call, 0)?;
    let (least, greatest, counts) = (call.real(1)?, call.real(2)?, call.long(3)?);
    structs(call, PERIODS, |row| {
        let periods = Rhythm::of(&series.get(row, finite)?).periods(least.get(row)?, greatest.get(row)?);
        let count = usize::try_from(counts.get(row)?.clamp(0, MOST)).ok()?;
        let nothing = std::iter::repeat((0, 0.0));
        let (periods, scores) =
            periods.into_iter().chain(nothing).take(count).map(|(period, score)| (period as f64, score)).unzip();
        Some([Part::Reals(periods), Part::Reals(scores)])
    })
}

fn validate(call: &Call) -> Result<ArrayRef> {
    let series = Series::of(call, 0)?;
    let periods = (1..call.len()).map(|place| call.real(place)).collect::<Result<Vec<_>>>()?;
    structs(call, PERIODS, |row| {
        let rhythm = Rhythm::of(&series.get(row, finite)?);
        let periods: Vec<f64> = periods.iter().map(|periods| periods.get(row)).collect::<Option<_>>()?;
        let scores = periods.iter().map(|period| rhythm.score(period.round().max(0.0) as usize)).collect();
        Some([Part::Reals(periods), Part::Reals(scores)])
    })
}

/// The score from which on `series_seasonal` takes a period for one.
const SEASONAL_THRESHOLD: f64 = 0.7;

fn of_season(call: &Call) -> Result<ArrayRef> {
    let (series, periods) = (Series::of(call, 0)?, call.long_or(1, -1)?);
    call.write(|row, out| {
        let numbers = series.get(row, finite)?;
        let period = match periods.get(row)? {
            -1 => strongest(&numbers, SEASONAL_THRESHOLD),
            period => usize::try_from(period).ok().filter(|period| *period > 0),
        };
        push_reals(seasonal(&numbers, period, numbers.len()), out);
        Some(())
    })
}

/// What repeats in some numbers, for as many places as are wanted: zeros without a period.
pub(super) fn seasonal(numbers: &[f64], period: Option<usize>, length: usize) -> Vec<f64> {
    let Some(period) = period.filter(|period| *period > 0) else { return vec![0.0; length] };
    let phases = period.min(length);
    let medians: Vec<f64> = (0..phases)
        .map(|phase| median(numbers.iter().skip(phase).step_by(period).copied().collect()).unwrap_or(0.0))
        .collect();
    (0..length).map(|place| medians.get(place % period).copied().unwrap_or(0.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::answers;

    /// So many steps of hours with a day and a week in them.
    fn hours(count: usize) -> Vec<f64> {
        let number = |hour: usize| {
            let day = [1.0, 0.0, 0.0, 2.0, 6.0, 9.0, 7.0, 4.0][hour % 24 / 3];
            if hour / 24 % 7 >= 5 { day / 4.0 } else { day }
        };
        (0..count).map(number).collect()
    }

    #[test]
    fn days_and_weeks_are_found_and_their_multiples_are_not() {
        let periods = Rhythm::of(&hours(24 * 7 * 6)).periods(0.8 * 24.0, 1.2 * 168.0);
        let found: Vec<usize> = periods.iter().map(|(period, _)| *period).collect();
        assert_eq!(found, [168, 24]);
        assert_eq!(strongest(&hours(24 * 7 * 6), 0.6), Some(168));
        assert_eq!(strongest(&[1.0; 40], 0.6), None);
        assert_eq!(strongest(&[], 0.6), None);
    }

    #[tokio::test]
    async fn periods() {
        const TWO_WEEKS: &str = "parse_json('[80,139,87,110,68,54,50,51,53,133,86,141,97,156,94,149,95,140,77,61,50,54,47,133,72,152,94,148,105,162,101,160,87,63,53,55,54,151,103,189,108,183,113,175,113,178,90,71,62,62,65,165,109,181,115,182,121,178,114,170]')";
        for (expression, answer) in [
            (format!("p['periods'], round(json_get_float(p['scores'], 0), 2) FROM (SELECT series_periods_detect({TWO_WEEKS}, 0.0, 50.0, 2) AS p)"), "[14.0,0.0], 0.84"),
            (format!("p['periods'], round(json_get_float(p['scores'], 0), 2), json_get_float(p['scores'], 1) FROM (SELECT series_periods_validate({TWO_WEEKS}, 14.0, 10.0) AS p)"), "[14.0,10.0], 0.84, 0.0"),
            (format!("series_periods_validate({TWO_WEEKS}, 3, 31, -1)['scores'], series_periods_detect({TWO_WEEKS}, 20, 10, 1)['periods']"), "[0.0,0.0,0.0], [0.0]"),
            ("series_periods_detect([], 1, 2, 1)['periods'], series_periods_detect(NULL, 1, 2, 1), series_periods_validate([1, NULL], 4)".to_owned(), "[0.0], NULL, NULL"),
        ] {
            answers(&expression, answer).await;
        }
    }

    #[tokio::test]
    async fn seasons() {
        for (expression, answer) in [
            (
                "series_seasonal([2, 5, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1])",
                "[1.0,2.0,3.0,4.0,3.0,2.0,1.0,2.0,3.0,4.0,3.0,2.0,1.0,2.0,3.0,4.0,3.0,2.0,1.0,2.0,3.0,4.0,3.0,2.0,1.0]",
            ),
            (
                "series_seasonal([8, 12, 14, 12, 10, 10, 12, 14, 12, 10, 10, 12, 14, 12, 10, 10, 12, 14, 12, 10])",
                "[10.0,12.0,14.0,12.0,10.0,10.0,12.0,14.0,12.0,10.0,10.0,12.0,14.0,12.0,10.0,10.0,12.0,14.0,12.0,10.0]",
            ),
            (
                "series_seasonal([1, 3, 5, 2, 4, 6, 1, 3, 5, 2, 4, 6])",
                "[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0]",
            ),
            (
                "series_seasonal([1, 3, 5, 2, 4, 6, 1, 3, 5, 2, 4, 6], 3)",
                "[1.5,3.5,5.5,1.5,3.5,5.5,1.5,3.5,5.5,1.5,3.5,5.5]",
            ),
            (
                "series_seasonal([1, 2], 0), series_seasonal([1, 2], 9223372036854775807), series_seasonal([])",
                "[0.0,0.0], [1.0,2.0], []",
            ),
        ] {
            answers(expression, answer).await;
        }
    }
}
