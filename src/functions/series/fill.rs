//! Functions that fill the gaps of a series: items that are null, or equal to a number that stands for a gap.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::numbers::{Item, Series, items, number_of, push_items};
use crate::{
    functions::{
        call::{Answer, Call, Cells, Family, Kind, Param, Param::May, Param::Need},
        definition::Section,
    },
    json::value::Number,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const SIMPLE: (&[Param], Answer) = (&[Need(Kind::Dynamic), May(Kind::Number)], Answer::Dynamic);
    let series = Family(Section::Series);
    [
        series.function("series_fill_backward(series [, gap])", "Each gap (NULL, or the number given) filled with the next number; gaps at the end stay.", ("SELECT series_fill_backward([NULL, 2, NULL])", "[2,2,null]"), SIMPLE, |call| simple(call, backward)),
        series.function("series_fill_const(series, number [, gap])", "Each gap (NULL, or the number given last) filled with a number.", ("SELECT series_fill_const([1, NULL], 0), series_fill_const([1, 5], 0, 5)", "[1,0], [1,0]"), (&[Need(Kind::Dynamic), Need(Kind::Number), May(Kind::Number)], Answer::Dynamic), constant),
        series.function("series_fill_forward(series [, gap])", "Each gap (NULL, or the number given) filled with the number before; gaps at the beginning stay.", ("SELECT series_fill_forward([NULL, 2, NULL])", "[null,2,2]"), SIMPLE, |call| simple(call, forward)),
        series.function("series_fill_linear(series [, gap [, edges [, number]]])", "Gaps (NULL, or the number given) filled in proportion between the numbers around them, in a series of whole numbers with whole numbers. Those at the edges get the nearest number, unless edges is false; a series of nothing but gaps is filled with the last argument, or 0.", ("SELECT series_fill_linear([NULL, 1, NULL, NULL, 7])", "[1,1,3,5,7]"), (&[Need(Kind::Dynamic), May(Kind::Number), May(Kind::Truth), May(Kind::Number)], Answer::Dynamic), linear),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// What stands for a gap in each row.
struct Gaps<'a>(Option<Cells<'a>>);

impl<'a> Gaps<'a> {
    fn of(call: &Call<'a>, place: usize) -> Result<Self> {
        Ok(Self(if call.len() > place { Some(call.cells(place)?) } else { None }))
    }

    fn is_gap(&self, row: usize) -> impl Fn(&Item) -> bool + use<> {
        let gap = self.0.as_ref().and_then(|cells| number_of(cells.get(row))).map(Number::real);
        move |item| match (gap, item) {
            (None, item) => item.is_none(),
            (Some(gap), Some(number)) => number.real() == gap,
            (Some(_), None) => false,
        }
    }
}

fn simple(call: &Call, fill: impl Fn(&mut [Item], &dyn Fn(&Item) -> bool)) -> Result<ArrayRef> {
    let (series, gaps) = (Series::of(call, 0)?, Gaps::of(call, 1)?);
    call.write(|row, out| {
        let mut items = series.get(row, items)?;
        fill(&mut items, &gaps.is_gap(row));
        push_items(items, out);
        Some(())
    })
}

fn fill<'i>(items: impl Iterator<Item = &'i mut Item>, is_gap: &dyn Fn(&Item) -> bool) {
    let mut last = None;
    for item in items {
        match last {
            Some(last) if is_gap(item) => *item = last,
            _ if is_gap(item) => {}
            _ => last = Some(*item),
        }
    }
}

fn forward(items: &mut [Item], is_gap: &dyn Fn(&Item) -> bool) {
    fill(items.iter_mut(), is_gap);
}

fn backward(items: &mut [Item], is_gap: &dyn Fn(&Item) -> bool) {
    fill(items.iter_mut().rev(), is_gap);
}

fn constant(call: &Call) -> Result<ArrayRef> {
    let (series, constants, gaps) = (Series::of(call, 0)?, call.cells(1)?, Gaps::of(call, 2)?);
    call.write(|row, out| {
        let (items, constant, is_gap) = (series.get(row, items)?, number_of(constants.get(row)), gaps.is_gap(row));
        push_items(items.into_iter().map(|item| if is_gap(&item) { constant } else { item }), out);
        Some(())
    })
}

fn linear(call: &Call) -> Result<ArrayRef> {
    let (series, gaps) = (Series::of(call, 0)?, Gaps::of(call, 1)?);
    let edges = if call.len() > 2 { Some(call.truth(2)?) } else { None };
    let constants = if call.len() > 3 { Some(call.cells(3)?) } else { None };
    call.write(|row, out| {
        let (mut items, is_gap) = (series.get(row, items)?, gaps.is_gap(row));
        if items.iter().all(&is_gap) {
            let constant = match &constants {
                Some(constants) => number_of(constants.get(row)),
                None => Some(Number::Real(0.0)),
            };
            items.fill(constant);
        }
        between(&mut items, &is_gap);
        if edges.as_ref().is_none_or(|edges| edges.get(row) != Some(false)) {
            forward(&mut items, &is_gap);
            backward(&mut items, &is_gap);
        }
        push_items(items, out);
        Some(())
    })
}

/// Fills the gaps that have a number on either side.
fn between(items: &mut [Item], is_gap: &dyn Fn(&Item) -> bool) {
    let known: Vec<(usize, Item)> = items.iter().copied().enumerate().filter(|(_, item)| !is_gap(item)).collect();
    let is_whole = known.iter().all(|(_, item)| matches!(item, Some(Number::Long(_))));
    for pair in known.windows(2) {
        let [(left, Some(from)), (right, Some(to))] = pair else { continue };
        let step = (to.real() - from.real()) / (right - left) as f64;
        for (at, item) in items.iter_mut().enumerate().take(*right).skip(left + 1) {
            let number = from.real() + step * (at - left) as f64;
            *item = Some(if is_whole { Number::Long(number as i64) } else { Number::Real(number) });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn gaps() {
        const GAPS: &str = "[NULL, 111, NULL, 36, 41, NULL, NULL, 16, NULL]";
        for (expression, answer) in [
            (format!("series_fill_forward({GAPS})"), "[null,111,111,36,41,41,41,16,16]"),
            (format!("series_fill_backward({GAPS})"), "[111,111,36,36,41,16,16,16,null]"),
            (format!("series_fill_const({GAPS}, -1)"), "[-1,111,-1,36,41,-1,-1,16,-1]"),
            (format!("series_fill_const({GAPS}, 0.0::double), series_fill_const({GAPS}, NULL)"), "[0.0,111,0.0,36,41,0.0,0.0,16,0.0], [null,111,null,36,41,null,null,16,null]"),
            (format!("series_fill_linear({GAPS})"), "[111,111,73,36,41,32,24,16,16]"),
            (format!("series_fill_linear({GAPS}, NULL, false)"), "[null,111,73,36,41,32,24,16,null]"),
            ("series_fill_linear(parse_json('[1.0,null,2.0]')), series_fill_linear([1, 0, 3], 0)".to_owned(), "[1.0,1.5,2.0], [1,2,3]"),
            ("series_fill_linear([NULL, NULL]), series_fill_linear([NULL], NULL, true, 3), series_fill_linear([NULL], NULL, true, NULL)".to_owned(), "[0.0,0.0], [3], [null]"),
            ("series_fill_forward([1, 0, NULL, 0], 0), series_fill_forward(NULL), series_fill_linear([])".to_owned(), "[1,1,null,null], NULL, []"),
        ] {
            answers(&expression, answer).await;
        }
    }
}
