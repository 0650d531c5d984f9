//! What is done to series before they are drawn: ordered, summed, stacked, the largest kept.

use std::collections::BTreeMap;

use super::build::single;
use super::kind::{Kind, Stack};
use super::model::{Point, Series};
use super::scale::Unit;
use crate::output::human::count;

/// Series that are drawn; more cannot be told apart.
pub(super) const MOST_DRAWN: usize = 20;
/// Slices of a pie, the one of all others included.
const MOST_SLICES: usize = 12;
/// Places at which series can be stacked.
const MOST_STACKED: usize = 100_000;

/// Points from the first to the last.
pub(super) fn order(series: &mut Series) {
    series.points.sort_by(|a, b| a.x.total_cmp(&b.x));
}

/// One point for each place: the sum of those that were there.
pub(super) fn sum_up(series: &mut Series) {
    let mut places: BTreeMap<u64, Point> = BTreeMap::new();
    for point in &series.points {
        // The order of the bits does not matter here, and zero has one spelling.
        let sum = places.entry((point.x + 0.0).to_bits()).or_insert(Point { y: None, ..*point });
        sum.y = match (sum.y, point.y) {
            (Some(sum), Some(value)) => Some(sum + value).filter(|sum| sum.is_finite()),
            (sum, value) => sum.or(value),
        };
        sum.marked |= point.marked;
    }
    series.points = places.into_values().collect();
}

/// Each value has those before it added.
pub(super) fn accumulate(series: &mut Series) {
    let mut sum = 0.0;
    for point in &mut series.points {
        if let Some(value) = &mut point.y {
            sum += *value;
            *value = sum;
        }
    }
    series.points.iter_mut().for_each(|point| point.y = point.y.filter(|value| value.is_finite()));
}

fn weight(series: &Series) -> f64 {
    series.points.iter().filter_map(|point| point.y).map(f64::abs).sum()
}

/// The series that sum up to most, in their order.
pub(super) fn the_largest(series: Vec<Series>, notes: &mut Vec<String>) -> Vec<Series> {
    let all = series.len();
    if all <= MOST_DRAWN {
        return series;
    }
    let mut weights: Vec<f64> = series.iter().map(weight).collect();
    weights.sort_by(|a, b| b.total_cmp(a));
    let least = weights[MOST_DRAWN - 1];
    notes.push(format!("of {all} series the {MOST_DRAWN} with the largest sums are drawn"));
    series.into_iter().filter(|series| weight(series) >= least).take(MOST_DRAWN).collect()
}

/// The slices of a pie, the largest first: the places of the first series, or the series if there are several.
pub(super) fn slices(series: &[Series], unit: &Unit, notes: &mut Vec<String>) -> Vec<Series> {
    let name = |point: &Point| match unit {
        Unit::Names(names) => names.get(point.x as usize).cloned().unwrap_or_default(),
        _ => point.x.to_string(),
    };
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    let mut negative = 0;
    for point in series.iter().flat_map(|series| &series.points) {
        match point.y {
            Some(value) if value > 0.0 => *sums.entry(name(point)).or_default() += value,
            Some(value) if value < 0.0 => negative += 1,
            _ => {}
        }
    }
    if negative > 0 {
        notes.push(format!("no slice has {} below zero", count(negative, "value")));
    }
    let mut slices: Vec<Series> = sums.into_iter().map(|(name, value)| single(name, value)).collect();
    slices.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    if slices.len() > MOST_SLICES {
        let rest = slices.split_off(MOST_SLICES - 1);
        slices.push(single(format!("{} others", rest.len()), rest.iter().map(weight).sum()));
    }
    slices
}

/// Puts series on top of each other; what could be done of it.
pub(super) fn stack(series: &mut [Series], wanted: Stack, kind: Kind, notes: &mut Vec<String>) -> Stack {
    if wanted == Stack::None || !matches!(kind, Kind::Area | Kind::Bar | Kind::Column) {
        return Stack::None;
    }
    let mut places: Vec<f64> = series.iter().flat_map(|series| &series.points).map(|point| point.x).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    if places.len() > MOST_STACKED {
        notes.push(format!("more than {MOST_STACKED} places are not stacked"));
        return Stack::None;
    }
    let values: Vec<Vec<f64>> = series.iter().map(|series| at(series, &places)).collect();
    let totals: Vec<f64> = (0..places.len()).map(|place| values.iter().map(|row| row[place].abs()).sum()).collect();
    // What is above zero and what is below are stacked apart.
    let mut ends = vec![(0.0, 0.0); places.len()];
    for (series, values) in series.iter_mut().zip(&values) {
        let points = places.iter().enumerate().map(|(place, &x)| {
            let value = match wanted {
                Stack::Share if totals[place] > 0.0 => values[place] / totals[place] * 100.0,
                _ => values[place],
            };
            let (above, below) = &mut ends[place];
            let end = if value < 0.0 { below } else { above };
            let base = *end;
            *end += value;
            Point { x, base, y: Some(*end).filter(|end| end.is_finite()), marked: false }
        });
        series.points = points.collect();
    }
    wanted
}

/// The values at these places; nothing is zero.
fn at(series: &Series, places: &[f64]) -> Vec<f64> {
    let mut values = vec![0.0; places.len()];
    for point in &series.points {
        if let Ok(place) = places.binary_search_by(|place| place.total_cmp(&point.x)) {
            values[place] += point.y.unwrap_or(0.0);
        }
    }
    values
}

/// The least distance of two places: as wide as a bar may be.
pub(super) fn least_distance(series: &[Series]) -> f64 {
    let mut places: Vec<f64> = series.iter().flat_map(|series| &series.points).map(|point| point.x).collect();
    places.sort_by(f64::total_cmp);
    let distances = places.windows(2).map(|pair| pair[1] - pair[0]).filter(|distance| *distance > 0.0);
    let least = distances.fold(f64::INFINITY, f64::min);
    if least.is_finite() { least } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(points: &[(f64, f64)]) -> Series {
        let points = points.iter().map(|&(x, y)| Point { x, base: 0.0, y: Some(y), marked: false });
        Series { name: String::new(), points: points.collect() }
    }

    fn spans(series: &Series) -> Vec<(f64, f64, f64)> {
        series.points.iter().map(|point| (point.x, point.base, point.y.unwrap_or(f64::NAN))).collect()
    }

    #[test]
    fn places_are_summed_and_values_accumulate() {
        let mut one = series(&[(2.0, 1.0), (0.0, 5.0), (2.0, 3.0), (-0.0, 1.0)]);
        sum_up(&mut one);
        order(&mut one);
        assert_eq!(spans(&one), [(0.0, 0.0, 6.0), (2.0, 0.0, 4.0)]);
        accumulate(&mut one);
        assert_eq!(spans(&one), [(0.0, 0.0, 6.0), (2.0, 0.0, 10.0)]);
    }

    #[test]
    fn series_stand_on_each_other_where_one_has_gaps_too() {
        let mut two = [series(&[(1.0, 2.0), (2.0, -1.0)]), series(&[(2.0, 4.0), (3.0, 6.0)])];
        assert_eq!(stack(&mut two, Stack::Sum, Kind::Area, &mut Vec::new()), Stack::Sum);
        assert_eq!(spans(&two[0]), [(1.0, 0.0, 2.0), (2.0, 0.0, -1.0), (3.0, 0.0, 0.0)]);
        assert_eq!(spans(&two[1]), [(1.0, 2.0, 2.0), (2.0, 0.0, 4.0), (3.0, 0.0, 6.0)]);
        let mut two = [series(&[(1.0, 1.0)]), series(&[(1.0, 3.0)])];
        stack(&mut two, Stack::Share, Kind::Column, &mut Vec::new());
        assert_eq!((spans(&two[0]), spans(&two[1])), (vec![(1.0, 0.0, 25.0)], vec![(1.0, 25.0, 100.0)]));
    }

    #[test]
    fn only_the_largest_are_kept_and_that_is_told() {
        let many = (0..50).map(|size| series(&[(0.0, f64::from(size))])).collect();
        let mut notes = Vec::new();
        let kept = the_largest(many, &mut notes);
        assert_eq!((kept.len(), kept[0].points[0].y), (MOST_DRAWN, Some(30.0)));
        assert_eq!(notes, ["of 50 series the 20 with the largest sums are drawn"]);
    }

    #[test]
    fn small_slices_are_one() {
        let names = Unit::Names((0..20).map(|place| format!("n{place}")).collect());
        let pie = series(&(0..20).map(|place| (f64::from(place), f64::from(place) - 1.0)).collect::<Vec<_>>());
        let mut notes = Vec::new();
        let slices = slices(&[pie], &names, &mut notes);
        let told: Vec<_> = slices.iter().map(|slice| format!("{} {}", slice.name, weight(slice))).collect();
        assert_eq!((told.len(), told[0].as_str(), told[11].as_str()), (MOST_SLICES, "n19 18", "7 others 28"));
        assert_eq!(notes, ["no slice has 1 value below zero"]);
    }
}
