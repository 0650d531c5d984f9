//! A series as the sum of what repeats, a trend, and the rest; anomalies of the rest; the series continued.

use datafusion::{
    arrow::array::ArrayRef,
    common::{Result, plan_err},
    logical_expr::ScalarUDF,
};

use super::{
    line::Line,
    numbers::{Series, finite, mean, push_reals},
    outlier::{fences, scores},
    period::{seasonal, strongest},
    several::{Names, Part, structs},
};
use crate::functions::{
    arguments::Text,
    call::{Answer, Call, Column, Family, Kind, Param::May, Param::Need},
    definition::Section,
};

const PARTS: Names = &[
    ("baseline", Answer::Dynamic),
    ("seasonal", Answer::Dynamic),
    ("trend", Answer::Dynamic),
    ("residual", Answer::Dynamic),
];

const ANOMALIES: Names = &[("ad_flag", Answer::Dynamic), ("ad_score", Answer::Dynamic), ("baseline", Answer::Dynamic)];

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    let series = Family(Section::Series);
    [
        series.function(
            "series_decompose(series [, period [, trend [, tested [, threshold]]]])",
            "The series as the sum of a baseline, which is what repeats and the trend, and the rest; a struct of all \
             four. The period is found if it is -1 or left out (with a score of at least the threshold, 0.6), and there \
             is none if it is 0. The trend is 'avg', 'linefit' or 'none'. The last numbers, as many as are tested, are \
             not learned from.",
            ("SELECT get_field(series_decompose([1, 2, 3, 4], 0, 'linefit'), 'trend')", "[1.0,2.0,3.0,4.0]"),
            (&[Need(Kind::Dynamic), May(Kind::Whole), May(Kind::Text), May(Kind::Whole), May(Kind::Number)], Answer::Several(PARTS)),
            |call| {
                let learning = Learning::of(call, [1, 2, 3, 4])?;
                structs(call, PARTS, |row| {
                    let Decomposed { baseline, seasonal, trend, residual } = learning.decompose(row)?;
                    Some([baseline, seasonal, trend, residual].map(Part::Reals))
                })
            },
        ),
        series.function(
            "series_decompose_anomalies(series [, threshold [, period [, trend [, tested [, kind [, seasonality]]]]]])",
            "Where the series is far from its baseline: 1 above, -1 below, 0 elsewhere; the scores by series_outliers, \
             which the threshold (1.5) is for; and the baseline; as a struct. For the other arguments see \
             series_decompose and series_outliers.",
            ("SELECT get_field(series_decompose_anomalies([5, 5, 6, 5, 30, 5, 6, 5, 5, 6, 5, 5]), 'ad_flag')", "[0,0,0,0,1,0,0,0,0,0,0,0]"),
            (
                &[
                    Need(Kind::Dynamic),
                    May(Kind::Number),
                    May(Kind::Whole),
                    May(Kind::Text),
                    May(Kind::Whole),
                    May(Kind::Text),
                    May(Kind::Number),
                ],
                Answer::Several(ANOMALIES),
            ),
            anomalies,
        ),
        series.function(
            "series_decompose_forecast(series, points [, period [, trend [, threshold]]])",
            "The baseline of the series, learned without the last numbers, as many as are points, and continued over \
             them. For the other arguments see series_decompose.",
            ("SELECT series_decompose_forecast([1, 2, 3, 0, 0], 2, 0, 'linefit')", "[1.0,2.0,3.0,4.0,5.0]"),
            (
                &[Need(Kind::Dynamic), Need(Kind::Whole), May(Kind::Whole), May(Kind::Text), May(Kind::Number)],
                Answer::Dynamic,
            ),
            |call| {
                let learning = Learning::of(call, [2, 3, 1, 4])?;
                call.write(|row, out| {
                    push_reals(learning.decompose(row)?.baseline, out);
                    Some(())
                })
            },
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Trend {
    Mean,
    Line,
    None,
}

impl Trend {
    fn of(function: &str, text: &str) -> Result<Self> {
        match text {
            "avg" => Ok(Trend::Mean),
            "linefit" => Ok(Trend::Line),
            "none" => Ok(Trend::None),
            other => plan_err!("{function}: there is no trend '{other}'; write 'avg', 'linefit' or 'none'"),
        }
    }
}

/// The score from which on a period is taken for one.
const SEASONALITY: f64 = 0.6;

/// The arguments that say how to decompose.
struct Learning<'a> {
    series: Series<'a>,
    periods: Column<datafusion::arrow::datatypes::Int64Type>,
    trends: Option<Text<'a>>,
    tested: Column<datafusion::arrow::datatypes::Int64Type>,
    thresholds: Option<Column<datafusion::arrow::datatypes::Float64Type>>,
}

/// The series in its parts; seasonal and trend make the baseline.
struct Decomposed {
    baseline: Vec<f64>,
    seasonal: Vec<f64>,
    trend: Vec<f64>,
    residual: Vec<f64>,
}

impl<'a> Learning<'a> {
    /// From the arguments at places: period, trend, tested, threshold.
    fn of(call: &Call<'a>, [period, trend, tested, threshold]: [usize; 4]) -> Result<Self> {
        let trends = call.text_if_any(trend)?;
        for row in 0..call.rows {
            if let Some(trend) = trends.as_ref().and_then(|trends| trends.get(row)) {
                Trend::of(call.name, trend)?;
            }
        }
        Ok(Self {
            series: Series::of(call, 0)?,
            periods: call.long_or(period, -1)?,
            trends,
            tested: call.long_or(tested, 0)?,
            thresholds: if call.len() > threshold { Some(call.real(threshold)?) } else { None },
        })
    }

    fn trend(&self, row: usize) -> Trend {
        let text = self.trends.as_ref().and_then(|trends| trends.get(row));
        text.and_then(|text| Trend::of("", text).ok()).unwrap_or(Trend::Mean)
    }

    /// How many numbers at the end are not learned from.
    fn tested(&self, row: usize) -> usize {
        self.tested.get(row).and_then(|tested| usize::try_from(tested).ok()).unwrap_or(0)
    }

    fn decompose(&self, row: usize) -> Option<Decomposed> {
        let numbers = self.series.get(row, finite)?;
        let learned = numbers.get(..numbers.len().saturating_sub(self.tested(row)))?;
        let trend = self.trend(row);
        let period = match self.periods.get(row).unwrap_or(-1) {
            -1 => {
                let threshold = self.thresholds.as_ref().and_then(|thresholds| thresholds.get(row));
                strongest(&without_line(learned, trend), threshold.unwrap_or(SEASONALITY))
            }
            period => usize::try_from(period).ok().filter(|period| *period > 0),
        };
        let seasonal = seasonal(learned, period, numbers.len());
        let deseasonal: Vec<f64> = learned.iter().zip(&seasonal).map(|(number, season)| number - season).collect();
        let trend = match (trend, Line::through(&deseasonal)) {
            (Trend::Line, Some(line)) => (0..numbers.len()).map(|place| line.at(place)).collect(),
            (Trend::Mean, Some(_)) => vec![mean(&deseasonal); numbers.len()],
            _ => vec![0.0; numbers.len()],
        };
        let baseline: Vec<f64> = seasonal.iter().zip(&trend).map(|(season, trend)| season + trend).collect();
        let residual = numbers.iter().zip(&baseline).map(|(number, baseline)| number - baseline).collect();
        Some(Decomposed { baseline, seasonal, trend, residual })
    }
}

/// The numbers in which to look for periods: a line would hide them, for all numbers far apart differ by it.
fn without_line(numbers: &[f64], trend: Trend) -> Vec<f64> {
    match Line::through(numbers).filter(|_| trend == Trend::Line) {
        Some(line) => numbers.iter().zip(&line.fit).map(|(number, fit)| number - fit).collect(),
        None => numbers.to_vec(),
    }
}

/// The score from which on a number is an anomaly.
const ANOMALY: f64 = 1.5;

fn anomalies(call: &Call) -> Result<ArrayRef> {
    let thresholds = if call.len() > 1 { Some(call.real(1)?) } else { None };
    let learning = Learning::of(call, [2, 3, 4, 6])?;
    let kinds = call.text_if_any(5)?;
    for row in 0..call.rows {
        if let Some(kind) = kinds.as_ref().and_then(|kinds| kinds.get(row)) {
            fences(call.name, kind)?;
        }
    }
    structs(call, ANOMALIES, |row| {
        let kind = kinds.as_ref().and_then(|kinds| kinds.get(row)).unwrap_or("ctukey");
        let Decomposed { baseline, residual, .. } = learning.decompose(row)?;
        let residual: Vec<Option<f64>> = residual.into_iter().map(Some).collect();
        let scores = scores(&residual, fences(call.name, kind).ok()?, learning.tested(row));
        let threshold = thresholds.as_ref().and_then(|thresholds| thresholds.get(row)).unwrap_or(ANOMALY);
        let flag = |score: &f64| i64::from(*score > threshold) - i64::from(*score < -threshold);
        Some([Part::Longs(scores.iter().map(flag).collect()), Part::Reals(scores), Part::Reals(baseline)])
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, fails};

    const WEEKS: &str = "[1, 2, 9, 2, 1, 2, 9, 2, 1, 2, 9, 2, 1, 2, 9, 2, 1, 2, 9, 2]";

    #[tokio::test]
    async fn parts() {
        for (expression, answer) in [
            (format!("d['seasonal'], d['trend'], d['residual'] FROM (SELECT series_decompose({}) AS d)", WEEKS.replace("1, 2, 9, 2]", "1, 2, 9, 7]")), "[1.0,2.0,9.0,2.0,1.0,2.0,9.0,2.0,1.0,2.0,9.0,2.0,1.0,2.0,9.0,2.0,1.0,2.0,9.0,2.0], [0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25], [-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,-0.25,4.75]"),
            ("d['baseline'], d['residual'] FROM (SELECT series_decompose([1, 2, 6], 0, 'avg') AS d)".to_owned(), "[3.0,3.0,3.0], [-2.0,-1.0,3.0]"),
            ("d['baseline'], d['residual'] FROM (SELECT series_decompose([1, 2, 6], 0, 'none') AS d)".to_owned(), "[0.0,0.0,0.0], [1.0,2.0,6.0]"),
            ("series_decompose([1, 2, 6], 0, 'avg', 1)['baseline'], series_decompose([]), series_decompose([1, NULL])".to_owned(), "[1.5,1.5,1.5], {baseline: [], seasonal: [], trend: [], residual: []}, NULL"),
            ("series_decompose([1, 2], 0, 'avg', 5)['baseline'], series_decompose([1, 2], 0, 'avg', -5)['baseline']".to_owned(), "[0.0,0.0], [1.5,1.5]"),
        ] {
            answers(&expression, answer).await;
        }
        fails("series_decompose([1], 0, 'cubic')", "series_decompose: there is no trend 'cubic'").await;
    }

    #[tokio::test]
    async fn anomalies() {
        let spike = WEEKS.replace("1, 2, 9, 2]", "1, 2, 9, 7]");
        for (expression, answer) in [
            (format!("series_decompose_anomalies({spike})['ad_flag']"), "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1]"),
            ("a['ad_flag'], a['baseline'] FROM (SELECT series_decompose_anomalies([5, 6, 5, 6, -20, 5, 6, 5, 6, 5, 6, 5], 1.5, 0, 'none') AS a)".to_owned(), "[0,0,0,0,-1,0,0,0,0,0,0,0], [0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0]"),
            ("series_decompose_anomalies([5, 6, 5, 6, 5, 5, 6, 5, 6, 5, 6, 8], 1.5, 0, 'avg', 1, 'tukey')['ad_flag'], series_decompose_anomalies([5, 6, 5, 6, 5, 5, 6, 5, 6, 5, 6, 8], 3.0, 0, 'avg', 1, 'tukey')['ad_flag']".to_owned(), "[0,0,0,0,0,0,0,0,0,0,0,1], [0,0,0,0,0,0,0,0,0,0,0,0]"),
            ("series_decompose_anomalies([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3])['ad_flag'], series_decompose_anomalies(NULL)".to_owned(), "[0,0,0,0,0,0,0,0,0,0,0,1], NULL"),
        ] {
            answers(&expression, answer).await;
        }
        fails(
            "series_decompose_anomalies([1], 1.5, 0, 'avg', 0, 'x')",
            "series_decompose_anomalies: there is no kind 'x'",
        )
        .await;
    }

    #[tokio::test]
    async fn forecasts() {
        let query = format!("series_decompose_forecast({}, 4)", WEEKS.replace("1, 2, 9, 2]", "0, 0, 0, 0]"));
        answers(&query, "[1.0,2.0,9.0,2.0,1.0,2.0,9.0,2.0,1.0,2.0,9.0,2.0,1.0,2.0,9.0,2.0,1.0,2.0,9.0,2.0]").await;
        answers(
            "series_decompose_forecast([1, 2, 3, 0], 1, 0, 'linefit'), series_decompose_forecast(NULL, 1)",
            "[1.0,2.0,3.0,4.0], NULL",
        )
        .await;
    }
}
