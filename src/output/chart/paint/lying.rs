//! Lying bars: a line for each, with its name before it and its value behind.

use plotters::coord::ranged1d::Ranged;
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, VPos};

use super::{Drawn, INK, Look, Part, Pen, color};
use crate::output::chart::kind::{Kind, Stack};
use crate::output::chart::model::{Chart, Point};
use crate::output::chart::scale::{Scale, Unit};
use crate::output::chart::ticks::{cut, exact};

/// Letters of a name that are shown.
const LONGEST: usize = 40;

/// A line of the chart.
struct Line {
    name: String,
    /// Pieces one behind the other: series, start, end.
    pieces: Vec<(usize, f64, f64)>,
    told: String,
}

/// The lines of a chart, and how many more there would be.
fn lines(chart: &Chart, look: &Look) -> (Vec<Line>, usize) {
    if chart.kind == Kind::Pie {
        return (slices(chart), 0);
    }
    let mut places: Vec<f64> = chart.series.iter().flat_map(|series| &series.points).map(|point| point.x).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let each = if chart.stack == Stack::None { chart.series.len().max(1) } else { 1 };
    let shown = (look.most_bars / each).max(1).min(places.len());
    let lines = places[..shown].iter().flat_map(|&x| at(chart, x)).collect();
    (lines, places.len() - shown)
}

fn slices(chart: &Chart) -> Vec<Line> {
    let value = |point: &Point| point.y.unwrap_or(0.0);
    let largest = chart.series.iter().flat_map(|series| &series.points).map(value).fold(1e-300, f64::max);
    let total: f64 = chart.series.iter().flat_map(|series| &series.points).map(|point| value(point) / largest).sum();
    let line = |(place, series): (usize, &crate::output::chart::model::Series)| {
        let value = series.points.first().map_or(0.0, value);
        let told = format!("{} ({:.1} %)", exact(value), value / largest / total.max(1e-300) * 100.0);
        Line { name: cut(&series.name, LONGEST), pieces: vec![(place, 0.0, value)], told }
    };
    chart.series.iter().enumerate().map(line).collect()
}

/// The lines at a place: one, or one for each series.
fn at(chart: &Chart, x: f64) -> Vec<Line> {
    let piece = |(place, series): (usize, &crate::output::chart::model::Series)| {
        let found = series.points.binary_search_by(|point| point.x.total_cmp(&x)).ok()?;
        let point = series.points.get(found)?;
        Some((place, point.base, point.y?))
    };
    let pieces: Vec<_> = chart.series.iter().enumerate().filter_map(piece).collect();
    let name = || match &chart.x.unit {
        Unit::Names(names) => cut(names.get(x as usize).map_or("", String::as_str), LONGEST),
        Unit::Time => moment(x),
        Unit::Number => exact(x),
    };
    if chart.stack == Stack::None {
        let mut name = Some(name());
        return pieces
            .into_iter()
            .map(|piece| Line { name: name.take().unwrap_or_default(), told: exact(piece.2), pieces: vec![piece] })
            .collect();
    }
    let total: f64 = pieces.iter().map(|(_, from, to)| to - from).sum();
    let told = if chart.stack == Stack::Share { String::new() } else { exact(total) };
    vec![Line { name: name(), pieces, told }]
}

fn moment(seconds: f64) -> String {
    let time = chrono::DateTime::from_timestamp(seconds.floor() as i64, 0);
    time.map_or_else(|| seconds.to_string(), |time| time.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// Pixels from one line to the next.
fn step(look: &Look) -> i32 {
    if look.grid { look.letter.1 + look.letter.1 / 4 } else { look.letter.1 }
}

/// The height of all lines, with the title above and what is left out below.
pub(super) fn height(chart: &Chart, look: &Look) -> i32 {
    let (lines, more) = lines(chart, look);
    let count = i32::try_from(lines.len()).unwrap_or(i32::MAX / 1000).min(100_000);
    count * step(look) + look.letter.1 * (1 + i32::from(more > 0))
}

/// Draws the lines.
pub(super) fn draw<DB: DrawingBackend>(pen: &Pen<'_, DB>, chart: &Chart, part: Part) -> Drawn {
    let (letter, line) = pen.look.letter;
    let (lines, more) = lines(chart, pen.look);
    let names = lines.iter().map(|line| pen.width(&line.name)).max().unwrap_or(0).min(part.width() / 3);
    let told = lines.iter().map(|line| pen.width(&line.told)).max().unwrap_or(0);
    let start = part.left + names + letter;
    let end = (part.right - told - 2 * letter).max(start + 1);
    pen.text(&chart.y_title, (start, part.top), (HPos::Left, VPos::Top), INK)?;
    let scale = scale(chart);
    let across = |value: f64| scale.map(&value, (start, end));
    let mut top = part.top + line;
    let thick = step(pen.look) * 3 / 4;
    for row in &lines {
        let middle = top + step(pen.look) / 2;
        let name = cut(&row.name, usize::try_from(names / letter).unwrap_or(0));
        pen.text(&name, (part.left + names, middle), (HPos::Right, VPos::Center), INK)?;
        let mut last = across(0.0);
        for &(place, from, to) in row.pieces.iter().filter(|(_, from, to)| from != to) {
            let (from, to) = (across(from), across(to));
            // Pieces do not lie over each other, and none is too thin to be seen.
            let to = if to > from { (to - 1).max(from) } else { to };
            pen.bar((from, top + step(pen.look) / 8), (to, top + thick), color(place))?;
            last = last.max(to);
        }
        pen.text(&row.told, (last + 2 * letter, middle), (HPos::Left, VPos::Center), INK)?;
        top += step(pen.look);
    }
    if more > 0 {
        pen.text(&format!("… {more} more"), (part.left, top), (HPos::Left, VPos::Top), INK)?;
    }
    Ok(())
}

/// The axis of values; bars of a pie stand on zero.
fn scale(chart: &Chart) -> Scale {
    if chart.kind == Kind::Pie {
        let values = chart.series.iter().flat_map(|series| &series.points).filter_map(|point| point.y);
        return Scale::over(values.chain([0.0]), Unit::Number, false, (None, None));
    }
    chart.y.clone()
}
