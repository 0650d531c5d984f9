//! A pie, round.

use plotters::prelude::DrawingBackend;

use super::{Drawn, Part, Pen, color};
use crate::output::chart::model::Chart;

/// Draws the slices; the legend names them.
pub(super) fn draw<DB: DrawingBackend>(pen: &Pen<'_, DB>, chart: &Chart, part: Part) -> Drawn {
    let values: Vec<f64> = chart.series.iter().filter_map(|series| series.points.first()?.y).collect();
    // Sums of huge values are no numbers; shares of the largest are.
    let largest = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let sizes: Vec<f64> = values.iter().map(|value| value / largest).collect();
    let total: f64 = sizes.iter().sum();
    let labels: Vec<String> = sizes.iter().map(|size| format!("{:.1} %", size / total * 100.0)).collect();
    let colors: Vec<_> = (0..sizes.len()).map(color).collect();
    let center = ((part.left + part.right) / 2, (part.top + part.bottom) / 2);
    let room = part.width().min(part.height()) / 2 - 3 * pen.look.letter.1;
    pen.pie(center, f64::from(room.max(10)), &sizes, &colors, &labels)
}
