//! A series as the functions read and write it: the items of a JSON array that are numbers.
//!
//! Whole numbers stay whole where a function says nothing else, as in Kusto: the sum of `[1]` and `[2]` is `[3]`, that of
//! `[1.0]` and `[2]` is `[3.0]`.

use datafusion::common::Result;

use crate::{
    functions::call::{Call, Cell, Cells, DECIMAL},
    json::value::{Number, Value, Writer},
};

/// An item: `None` where it is null or no number.
pub(super) type Item = Option<Number>;

/// The items of a JSON array, `None` if the value is none. NaN and the infinities are texts in JSON.
pub(super) fn items(value: Value) -> Option<Vec<Item>> {
    Some(value.items()?.map(|item| number(Value::of(item))).collect())
}

fn number(value: Value) -> Item {
    match value {
        Value::String("NaN") => Some(Number::Real(f64::NAN)),
        Value::String("Infinity") => Some(Number::Real(f64::INFINITY)),
        Value::String("-Infinity") => Some(Number::Real(f64::NEG_INFINITY)),
        value => value.number(),
    }
}

/// The same as doubles, `None` also if an item is no number.
pub(super) fn reals(value: Value) -> Option<Vec<f64>> {
    items(value)?.into_iter().map(|item| item.map(Number::real)).collect()
}

/// The same, where also an item that is not finite makes it none.
pub(super) fn finite(value: Value) -> Option<Vec<f64>> {
    reals(value).filter(|items| items.iter().all(|item| item.is_finite()))
}

/// An argument that is a series in each row.
pub(super) struct Series<'a>(Cells<'a>);

impl<'a> Series<'a> {
    /// The series at a place, counted from 0.
    pub fn of(call: &Call<'a>, place: usize) -> Result<Self> {
        call.cells(place).map(Self)
    }

    /// The series of a row as `read` reads it, `None` if it is none.
    pub fn get<T>(&self, row: usize, read: impl Fn(Value) -> Option<T>) -> Option<T> {
        match self.0.get(row) {
            Cell::Dynamic(value) => read(value),
            _ => None,
        }
    }
}

/// The number of an argument that is one.
pub(super) fn number_of(cell: Cell) -> Item {
    match cell {
        Cell::Long(long) => Some(Number::Long(long)),
        Cell::Real(real) => Some(Number::Real(real)),
        Cell::Whole(whole) => Some(Number::Real(whole as f64)),
        Cell::Decimal(decimal) => Some(Number::Real(decimal as f64 / 10_f64.powi(DECIMAL.1.into()))),
        _ => None,
    }
}

/// Appends an item.
pub(super) fn push_item(item: Item, out: &mut String) {
    let cell = match item {
        Some(Number::Long(long)) => Cell::Long(long),
        Some(Number::Real(real)) => Cell::Real(real),
        None => Cell::Null,
    };
    cell.push_json(out);
}

/// Appends a whole series.
pub(super) fn push_items(items: impl IntoIterator<Item = Item>, out: &mut String) {
    let mut array = Writer::array(out);
    items.into_iter().for_each(|item| array.write(|out| push_item(item, out)));
    array.end();
}

/// Appends a whole series of doubles.
pub(super) fn push_reals(reals: impl IntoIterator<Item = f64>, out: &mut String) {
    push_items(reals.into_iter().map(|real| Some(Number::Real(real))), out);
}

/// The mean of doubles, NaN of none.
pub(super) fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// The sum of the squares of the distances from the mean.
pub(super) fn spread(numbers: &[f64]) -> f64 {
    let mean = mean(numbers);
    numbers.iter().map(|number| (number - mean).powi(2)).sum()
}

/// The variance of a sample, 0 of fewer than two.
pub(super) fn variance(numbers: &[f64]) -> f64 {
    if numbers.len() < 2 { 0.0 } else { spread(numbers) / (numbers.len() - 1) as f64 }
}

/// The percentile of sorted numbers, between two of them in proportion; `None` of none.
pub(super) fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let place = percent / 100.0 * sorted.len().checked_sub(1)? as f64;
    let (low, high) = (sorted.get(place.floor() as usize)?, sorted.get(place.ceil() as usize)?);
    Some(low + (high - low) * place.fract())
}

/// The middle of numbers, or of the two in the middle; `None` of none.
pub(super) fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    percentile(&numbers, 50.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_numbers_or_nothing() {
        let read = items(Value::of(r#"[1, 2.0, null, "x", "NaN", "-Infinity", [3], true]"#)).unwrap_or_default();
        let mut out = String::new();
        push_items(read, &mut out);
        assert_eq!(out, r#"[1,2.0,null,null,"NaN","-Infinity",null,null]"#);
        assert!(items(Value::of("{}")).is_none() && reals(Value::of("[1,null]")).is_none());
        assert_eq!(finite(Value::of("[1,2.5]")), Some(vec![1.0, 2.5]));
        assert_eq!(finite(Value::of(r#"[1,"NaN"]"#)), None);
    }

    #[test]
    fn middles_and_percentiles() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
        assert_eq!(percentile(&[0.0, 10.0, 20.0], 25.0), Some(5.0));
        assert_eq!((variance(&[1.0]), variance(&[1.0, 3.0])), (0.0, 2.0));
    }
}
