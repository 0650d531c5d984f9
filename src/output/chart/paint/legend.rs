//! The names of the series with their colours, in lines below the chart.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, VPos};

use super::pen::width;
use super::{Drawn, INK, Look, Pen, color};
use crate::output::chart::kind::Kind;
use crate::output::chart::model::Chart;
use crate::output::chart::ticks::{cut, exact};

/// Letters of a name that are shown.
const LONGEST: usize = 40;
/// Letters between two names, and for the colour before one.
const ROOM: i32 = 2;

/// How many lines the legend takes.
pub(super) fn lines(chart: &Chart, look: &Look, across: i32) -> i32 {
    places(chart, look, across).last().map_or(0, |(_, line, _)| line + 1)
}

/// Draws the legend from this line down.
pub(super) fn draw<DB: DrawingBackend>(pen: &Pen<'_, DB>, chart: &Chart, top: i32, across: i32) -> Drawn {
    let (letter, line) = pen.look.letter;
    for (series, (left, down, name)) in places(chart, pen.look, across).into_iter().enumerate() {
        let top = top + down * line;
        // Letters stand in the upper part of a line.
        pen.bar((left, top + line / 6), (left + letter - 1, top + line / 6 + line / 2), color(series))?;
        pen.text(&name, (left + ROOM * letter, top), (HPos::Left, VPos::Top), INK)?;
    }
    Ok(())
}

/// Where each name stands: from the left, in which line, and its text.
fn places(chart: &Chart, look: &Look, across: i32) -> Vec<(i32, i32, String)> {
    // Bars that stand for slices have their names beside them.
    if !chart.legend || chart.is_empty() || (chart.kind == Kind::Pie && !look.round) {
        return Vec::new();
    }
    let (mut left, mut line) = (0, 0);
    let place = |series: &crate::output::chart::model::Series| {
        let mut name = cut(&series.name, LONGEST);
        if let (Kind::Pie, Some(value)) = (chart.kind, series.points.first().and_then(|point| point.y)) {
            name = format!("{name} {}", exact(value));
        }
        let wide = width(&name, look) + 2 * ROOM * look.letter.0;
        if left > 0 && left + wide > across {
            (left, line) = (0, line + 1);
        }
        let at = (left, line, name);
        left += wide;
        at
    };
    chart.series.iter().map(place).collect()
}
