//! Two axes with their labels, and the plane between them.

use plotters::coord::ranged1d::Ranged;
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, VPos};

use super::{Drawn, FAINT, INK, Part, Pen, Trouble};
use crate::output::chart::model::Chart;
use crate::output::chart::scale::{Scale, Unit};
use crate::output::chart::ticks::{Tick, cut};

/// Where values lie.
pub(super) struct Plane<'a> {
    pub(super) part: Part,
    x: &'a Scale,
    y: &'a Scale,
}

impl Plane<'_> {
    /// The pixel of a value; none if its place lies beyond the axis.
    pub(super) fn at(&self, x: f64, y: f64) -> Option<(i32, i32)> {
        self.x.share(x).map(|_| (self.across(x), self.down(y)))
    }

    /// The pixel of a place on the first axis, or the end that is nearest.
    pub(super) fn across(&self, x: f64) -> i32 {
        self.x.map(&x, (self.part.left, self.part.right))
    }

    /// The pixel of a value, or the end that is nearest.
    pub(super) fn down(&self, y: f64) -> i32 {
        self.y.map(&y, (self.part.bottom, self.part.top))
    }
}

/// Draws the axes and gives the plane.
///
/// # Errors
/// What the surface cannot do, or that it is too small.
pub(super) fn draw<'a, DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    chart: &'a Chart,
    part: Part,
) -> Result<Plane<'a>, Trouble> {
    let (letter, line) = pen.look.letter;
    let down = chart.y.ticks(usize::try_from(part.height() / (line * 3)).unwrap_or(1).clamp(2, 10), usize::MAX);
    let widest = down.iter().map(|tick| pen.width(&tick.label)).max().unwrap_or(0);
    // The title of the values stands above, that of the places below their labels.
    let plane = Part {
        left: part.left + widest + 2 * letter,
        top: part.top + line,
        right: part.right - letter,
        bottom: part.bottom - 2 * line - 1,
    };
    if plane.width() < 4 * letter || plane.height() < line {
        return Err(Trouble("there is too little room for a chart".to_owned()));
    }
    let plane = Plane { part: plane, x: &chart.x, y: &chart.y };
    let title = |text: &str| cut(text, usize::try_from(part.width() / letter).unwrap_or(0));
    pen.text(&title(&chart.y_title), (part.left, part.top), (HPos::Left, VPos::Top), INK)?;
    values(pen, &plane, &down)?;
    places(pen, &plane, chart)?;
    let middle = (plane.part.left + plane.part.right) / 2;
    pen.text(&title(&chart.x_title), (middle, part.bottom - line + 1), (HPos::Center, VPos::Top), INK)?;
    Ok(plane)
}

fn values<DB: DrawingBackend>(pen: &Pen<'_, DB>, plane: &Plane<'_>, ticks: &[Tick]) -> Drawn {
    let Part { left, top, right, bottom } = plane.part;
    for tick in ticks {
        let at = plane.down(tick.at);
        if pen.look.grid {
            pen.line(vec![(left, at), (right, at)], FAINT, 1)?;
        }
        pen.text(&tick.label, (left - 2 * pen.look.letter.0, at), (HPos::Right, VPos::Center), INK)?;
    }
    pen.line(vec![(left - 1, top), (left - 1, bottom + 1)], INK, 1)
}

fn places<DB: DrawingBackend>(pen: &Pen<'_, DB>, plane: &Plane<'_>, chart: &Chart) -> Drawn {
    let Part { left, right, bottom, .. } = plane.part;
    let letters = plane.part.width() / pen.look.letter.0;
    // As many letters as a label may have, with a gap of two.
    let room = match &chart.x.unit {
        Unit::Names(names) => {
            let each = letters / i32::try_from(names.len().max(1)).unwrap_or(i32::MAX);
            let longest = names.iter().map(|name| pen.width(name) / pen.look.letter.0).max().unwrap_or(1);
            (longest + 2).min(each.max(10))
        }
        Unit::Time => 13,
        Unit::Number => 9,
    };
    let most = usize::try_from(letters / room.max(1)).unwrap_or(1).clamp(2, 20);
    let longest = usize::try_from(room - 2).unwrap_or(1).max(1);
    let mut free = i32::MIN;
    for tick in chart.x.ticks(most, longest) {
        let at = plane.across(tick.at);
        if pen.look.grid && !matches!(chart.x.unit, Unit::Names(_)) {
            pen.line(vec![(at, plane.part.top), (at, bottom)], FAINT, 1)?;
        }
        // No label runs into the one before it, nor over an edge.
        let wide = pen.width(&tick.label);
        let start = (at - wide / 2).min(right + pen.look.letter.0 - wide).max(0);
        if start > free {
            pen.text(&tick.label, (start, bottom + 1 + pen.look.letter.1 / 4), (HPos::Left, VPos::Top), INK)?;
            free = start + wide;
        }
    }
    pen.line(vec![(left - 1, bottom + 1), (right, bottom + 1)], INK, 1)
}
