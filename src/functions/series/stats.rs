//! `series_stats` and `series_stats_dynamic`: what describes a series in a few numbers.

use datafusion::{common::Result, logical_expr::ScalarUDF};

use super::{
    numbers::{Series, items, mean, variance},
    several::{Names, Part, objects, structs},
};
use crate::{
    functions::{
        call::{Answer, Call, Family, Kind, Param, Param::May, Param::Need},
        definition::Section,
    },
    json::value::Number,
};

const NAMES: Names = &[
    ("min", Answer::Real),
    ("min_idx", Answer::Long),
    ("max", Answer::Real),
    ("max_idx", Answer::Long),
    ("avg", Answer::Real),
    ("stdev", Answer::Real),
    ("variance", Answer::Real),
    ("sum", Answer::Real),
    ("len", Answer::Long),
];

/// How many of [`NAMES`] the struct has.
const OF_STRUCT: usize = 7;

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const PARAMS: &[Param] = &[Need(Kind::Dynamic), May(Kind::Truth)];
    let series = Family(Section::Series);
    [
        series.function(
            "series_stats(series [, ignore])",
            "The least and the greatest number and where they first are, the mean, and the standard deviation and \
             variance of a sample, as a struct. NULL if an item is not finite or no number, unless such are to be \
             ignored.",
            ("SELECT get_field(series_stats([1, 2, 6]), 'avg')", "3.0"),
            (PARAMS, Answer::Several(NAMES.split_at(OF_STRUCT).0)),
            |call| structs(call, NAMES.split_at(OF_STRUCT).0, stats(call)?),
        ),
        series.function(
            "series_stats_dynamic(series [, ignore])",
            "The same with the sum and the length, as a JSON object.",
            (
                "SELECT series_stats_dynamic([1, 3])",
                r#"{"min":1.0,"min_idx":0,"max":3.0,"max_idx":1,"avg":2.0,"stdev":1.4142135623730951,"variance":2.0,"sum":4.0,"len":2}"#,
            ),
            (PARAMS, Answer::Dynamic),
            |call| objects(call, NAMES, stats(call)?),
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

fn stats<'a>(call: &Call<'a>) -> Result<impl Fn(usize) -> Option<[Part; 9]> + use<'a>> {
    let series = Series::of(call, 0)?;
    let ignore = if call.len() > 1 { Some(call.truth(1)?) } else { None };
    Ok(move |row| {
        let items = series.get(row, items)?;
        let is_finite = |number: &Option<Number>| number.is_some_and(|number| number.real().is_finite());
        let ignores = ignore.as_ref().is_some_and(|ignore| ignore.get(row) == Some(true));
        if !ignores && !items.iter().all(is_finite) {
            return None;
        }
        // Places are those in the whole series.
        let numbers: Vec<(usize, f64)> = items
            .iter()
            .enumerate()
            .filter(|(_, item)| is_finite(item))
            .filter_map(|(at, item)| Some((at, (*item)?.real())))
            .collect();
        let first = *numbers.first()?;
        let least = numbers.iter().fold(first, |best, next| if next.1 < best.1 { *next } else { best });
        let greatest = numbers.iter().fold(first, |best, next| if next.1 > best.1 { *next } else { best });
        let values: Vec<f64> = numbers.iter().map(|(_, value)| *value).collect();
        let place = |at: usize| Part::Long(i64::try_from(at).unwrap_or(i64::MAX));
        Some([
            Part::Real(least.1),
            place(least.0),
            Part::Real(greatest.1),
            place(greatest.0),
            Part::Real(mean(&values)),
            Part::Real(variance(&values).sqrt()),
            Part::Real(variance(&values)),
            Part::Real(values.iter().sum()),
            place(values.len()),
        ])
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn a_series_described() {
        const SERIES: &str = "[23, 46, 23, 87, 4, 8, 3, 75, 2, 56, 13, 75, 32, 16, 29]";
        for (expression, answer) in [
            (
                format!(
                    "s['min'], s['min_idx'], s['max'], s['max_idx'], s['avg'], round(s['stdev'], 9), round(s['variance'], 9) FROM (SELECT series_stats({SERIES}) AS s)"
                ),
                "2.0, 8, 87.0, 3, 32.8, 28.503633854, 812.457142857",
            ),
            ("series_stats([1, NULL]), series_stats([]), series_stats(NULL)".to_owned(), "NULL, NULL, NULL"),
            (
                r#"series_stats_dynamic(parse_json('[null,5,"NaN",5]'), true)"#.to_owned(),
                r#"{"min":5.0,"min_idx":1,"max":5.0,"max_idx":1,"avg":5.0,"stdev":0.0,"variance":0.0,"sum":10.0,"len":2}"#,
            ),
            ("series_stats_dynamic([1, NULL]), series_stats_dynamic([1, NULL], false)".to_owned(), "NULL, NULL"),
        ] {
            answers(&expression, answer).await;
        }
    }
}
