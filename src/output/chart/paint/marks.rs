//! Lines, areas, points and standing bars on a plane.

use std::collections::HashSet;

use plotters::prelude::DrawingBackend;

use super::frame::Plane;
use super::{Drawn, MARK, Pen, color};
use crate::output::chart::kind::{Kind, Stack};
use crate::output::chart::model::{Chart, Point, Series};

/// A point on the surface.
type Pixel = (i32, i32);

/// Draws all series.
pub(super) fn draw<DB: DrawingBackend>(pen: &Pen<'_, DB>, chart: &Chart, plane: &Plane<'_>) -> Drawn {
    for (place, series) in chart.series.iter().enumerate() {
        match chart.kind {
            Kind::Scatter => points(pen, series, place, plane)?,
            Kind::Area => area(pen, chart, series, place, plane)?,
            Kind::Column | Kind::Bar => bars(pen, chart, series, place, plane)?,
            _ => lines(pen, series, place, plane)?,
        }
        for point in series.points.iter().filter(|point| point.marked) {
            if let Some(at) = point.y.and_then(|y| plane.at(point.x, y)) {
                pen.dot(at, (pen.look.letter.0 / 2).max(1), MARK)?;
            }
        }
    }
    Ok(())
}

/// The pixels of a series: a run for each stretch without a gap.
fn runs(points: &[Point], plane: &Plane<'_>, value: impl Fn(&Point) -> f64) -> Vec<Vec<Pixel>> {
    let mut runs = vec![Vec::new()];
    for point in points {
        match (point.y.and_then(|_| plane.at(point.x, value(point))), runs.last_mut()) {
            (Some(pixel), Some(run)) => run.push(pixel),
            (None, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
            _ => {}
        }
    }
    runs.into_iter().filter(|run| !run.is_empty()).map(|run| thinned(&run)).collect()
}

/// Of the pixels in a column, which many values can share, the first, the lowest, the highest and the last: the picture is the same.
fn thinned(run: &[Pixel]) -> Vec<Pixel> {
    let mut kept: Vec<Pixel> = Vec::new();
    for column in run.chunk_by(|a, b| a.0 == b.0) {
        let ends = [
            column.first(),
            column.iter().min_by_key(|pixel| pixel.1),
            column.iter().max_by_key(|pixel| pixel.1),
            column.last(),
        ];
        for pixel in ends.into_iter().flatten() {
            if kept.last() != Some(pixel) {
                kept.push(*pixel);
            }
        }
    }
    kept
}

fn value(point: &Point) -> f64 {
    point.y.unwrap_or(point.base)
}

fn lines<DB: DrawingBackend>(pen: &Pen<'_, DB>, series: &Series, place: usize, plane: &Plane<'_>) -> Drawn {
    for run in runs(&series.points, plane, value) {
        match run.as_slice() {
            // A value between two gaps has no line.
            [alone] => pen.dot(*alone, i32::try_from(pen.look.stroke).unwrap_or(1), color(place))?,
            _ => pen.line(run, color(place), pen.look.stroke)?,
        }
    }
    Ok(())
}

fn area<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    chart: &Chart,
    series: &Series,
    place: usize,
    plane: &Plane<'_>,
) -> Drawn {
    let opacity = if chart.stack == Stack::None { 0.3 } else { 0.7 };
    let bases = runs(&series.points, plane, |point| point.base);
    for (mut run, base) in runs(&series.points, plane, value).into_iter().zip(bases) {
        run.extend(base.into_iter().rev());
        if run.len() > 2 {
            pen.shape(run, color(place), opacity)?;
        }
    }
    lines(pen, series, place, plane)
}

fn points<DB: DrawingBackend>(pen: &Pen<'_, DB>, series: &Series, place: usize, plane: &Plane<'_>) -> Drawn {
    let mut seen: HashSet<Pixel> = HashSet::new();
    for point in &series.points {
        if let Some(at) = point.y.and_then(|y| plane.at(point.x, y))
            && seen.insert(at)
        {
            pen.dot(at, i32::try_from(pen.look.stroke).unwrap_or(1), color(place))?;
        }
    }
    Ok(())
}

fn bars<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    chart: &Chart,
    series: &Series,
    place: usize,
    plane: &Plane<'_>,
) -> Drawn {
    // Series that are not stacked share the place.
    let (beside, shift) =
        if chart.stack == Stack::None { (chart.series.len() as f64, place as f64) } else { (1.0, 0.0) };
    let (wide, start) = (chart.slot * 0.8 / beside, -chart.slot * 0.4);
    for point in &series.points {
        let Some(y) = point.y.filter(|y| *y != point.base && plane.at(point.x, *y).is_some()) else { continue };
        let left = plane.across(point.x + start + wide * shift);
        let right = plane.across(point.x + start + wide * (shift + 1.0)) - 1;
        pen.bar((left, plane.down(point.base)), (right.max(left), plane.down(y)), color(place))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_values_in_a_column_are_few_pixels() {
        let run: Vec<Pixel> = (0..100_000).map(|n| (n / 50_000, (n * 7) % 1000)).collect();
        let kept = thinned(&run);
        assert!(kept.len() <= 8 && kept.contains(&(0, 0)) && kept.contains(&(1, 999)), "{kept:?}");
        assert_eq!(thinned(&[(0, 5), (1, 5), (2, 7)]), [(0, 5), (1, 5), (2, 7)]);
    }
}
