//! `series_outliers`: how far each number lies outside of where most numbers are, by Tukey's fences.
//!
//! The score of a number above the upper percentile is its distance from it in ranges between the percentiles, below the
//! lower percentile the same, negative; in between it is 0. Beyond ±1.5 it is an outlier. Kusto publishes no formula; its
//! scores may be scaled in another way.

use datafusion::{
    arrow::array::ArrayRef,
    common::{Result, plan_err},
    logical_expr::ScalarUDF,
};

use super::numbers::{Item, Series, items, percentile, push_reals};
use crate::{
    functions::{
        call::{Answer, Call, Family, Kind, Param::May, Param::Need},
        definition::Section,
    },
    json::value::Number,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const NUMBER: Kind = Kind::Number;
    let series = Family(Section::Series);
    let function = series.function(
        "series_outliers(series [, kind [, ignored [, low [, high [, tested]]]]])",
        "A score for each number: 0 between the percentiles low and high, beyond them the distance in ranges between them, \
         negative below. Above 1.5 or below -1.5 it is an outlier. The kind is 'ctukey' (percentiles 10 and 90, or \
         others from 2 to 98) or 'tukey' (25 and 75). NULLs and numbers equal to ignored score 0; the last numbers, as \
         many as are tested, do not count for the percentiles.",
        ("SELECT series_outliers([1, 2, 3, 4, 9], 'tukey')", "[-0.5,0.0,0.0,0.0,2.5]"),
        (&[Need(Kind::Dynamic), May(Kind::Text), May(NUMBER), May(NUMBER), May(NUMBER), May(Kind::Whole)], Answer::Dynamic),
        outliers,
    );
    vec![ScalarUDF::from(function)]
}

/// The percentiles of a kind of test.
pub(super) fn fences(function: &str, kind: &str) -> Result<(f64, f64)> {
    match kind {
        "ctukey" => Ok((10.0, 90.0)),
        "tukey" => Ok((25.0, 75.0)),
        other => plan_err!("{function}: there is no kind '{other}' of test; write 'ctukey' or 'tukey'"),
    }
}

fn outliers(call: &Call) -> Result<ArrayRef> {
    let (series, kinds) = (Series::of(call, 0)?, call.text_if_any(1)?);
    let number = |place| if call.len() > place { call.real(place).map(Some) } else { Ok(None) };
    let (ignored, low, high, tested) = (number(2)?, number(3)?, number(4)?, call.long_or(5, 0)?);
    // A kind that there is not is refused before the first row is written.
    for row in 0..call.rows {
        if let Some(kind) = kinds.as_ref().and_then(|kinds| kinds.get(row)) {
            fences(call.name, kind)?;
        }
    }
    call.write(|row, out| {
        let kind = kinds.as_ref().and_then(|kinds| kinds.get(row)).unwrap_or("ctukey");
        let mut fences = fences(call.name, kind).ok()?;
        if kind == "ctukey" {
            let given = |percents: &Option<_>, default| match percents {
                Some(percents) => custom(percents, row, default),
                None => Some(default),
            };
            fences = (given(&low, fences.0)?, given(&high, fences.1)?);
        }
        let ignored = ignored.as_ref().and_then(|ignored| ignored.get(row));
        let is_ignored = |item: &Item| item.is_none_or(|number| ignored == Some(number.real()));
        let items = series.get(row, items)?;
        let numbers: Vec<Option<f64>> =
            items.into_iter().map(|item| item.filter(|_| !is_ignored(&item)).map(Number::real)).collect();
        push_reals(scores(&numbers, fences, usize::try_from(tested.get(row)?).ok()?), out);
        Some(())
    })
}

/// A percentile that is given, `None` if it is out of bounds.
fn custom(
    percents: &crate::functions::call::Column<datafusion::arrow::datatypes::Float64Type>,
    row: usize,
    default: f64,
) -> Option<f64> {
    Some(percents.get(row).unwrap_or(default)).filter(|percent| (2.0..=98.0).contains(percent))
}

/// The score of each number; the last `tested` numbers do not decide what is usual.
pub(super) fn scores(numbers: &[Option<f64>], (low, high): (f64, f64), tested: usize) -> Vec<f64> {
    let learned = numbers.get(..numbers.len().saturating_sub(tested)).unwrap_or_default();
    let mut sorted: Vec<f64> = learned.iter().flatten().copied().filter(|number| number.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (percentile(&sorted, low), percentile(&sorted, high)) else {
        return vec![0.0; numbers.len()];
    };
    let score = |number: &Option<f64>| match number {
        // Where all usual numbers are one, any other is as far away as can be: by a range of 0.
        Some(number) if *number > high => (number - high) / (high - low),
        Some(number) if *number < low => (number - low) / (high - low),
        _ => 0.0,
    };
    numbers.iter().map(score).collect()
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, fails};

    #[tokio::test]
    async fn scores() {
        for (expression, answer) in [
            (
                "series_outliers([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 110])",
                "[-0.125,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,12.625]",
            ),
            ("series_outliers([0, 5, 5, 5, 10], 'ctukey', NULL, 25, 75)", r#"["-Infinity",0.0,0.0,0.0,"Infinity"]"#),
            (
                "series_outliers([1, NULL, 3, 100, 2], 'tukey', 100), series_outliers([NULL])",
                "[-0.5,0.0,0.5,0.0,0.0], [0.0]",
            ),
            ("series_outliers([1, 2, 3, 50], 'tukey', NULL, 25, 75, 1)", "[-0.5,0.0,0.5,47.5]"),
            ("series_outliers([]), series_outliers(NULL), series_outliers([1], 'ctukey', NULL, 1)", "[], NULL, NULL"),
        ] {
            answers(expression, answer).await;
        }
        fails("series_outliers([1], 'grubbs')", "series_outliers: there is no kind 'grubbs' of test").await;
    }
}
