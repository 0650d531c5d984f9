//! A chart drawn with plotters: on any of its backends, so that terminal, SVG and PNG show one picture.
//!
//! All lengths are pixels; a [`Look`] says how large a letter is in them. Nothing here knows what the pixels become.

mod frame;
mod legend;
mod lying;
mod marks;
mod pen;
mod pie;

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::kind::Kind;
use super::model::Chart;
use super::scale::Unit;
pub(super) use pen::{Drawn, Pen, Trouble, font};

/// What the surface is like.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Look {
    /// Width and height of a letter.
    pub(super) letter: (i32, i32),
    /// Size of the font.
    pub(super) font: f64,
    /// Width of lines.
    pub(super) stroke: u32,
    /// Circles can be drawn: pies, rather than lying bars.
    pub(super) round: bool,
    /// Names are told best in lines of their own: bars over names lie.
    pub(super) lying: bool,
    /// Lines behind the values.
    pub(super) grid: bool,
    /// Bars that are drawn at most, if they lie.
    pub(super) most_bars: usize,
}

/// Colour of text and axes.
pub(super) const INK: RGBColor = RGBColor(51, 51, 51);
/// Colour of the grid.
pub(super) const FAINT: RGBColor = RGBColor(224, 224, 224);
/// Colour of marks.
pub(super) const MARK: RGBColor = RGBColor(209, 17, 17);
/// Colours of series: ten strong ones and ten pale ones, told apart by most eyes in this order.
pub(super) const PALETTE: [RGBColor; 20] = [
    RGBColor(31, 119, 180),
    RGBColor(255, 127, 14),
    RGBColor(44, 160, 44),
    RGBColor(214, 39, 40),
    RGBColor(148, 103, 189),
    RGBColor(140, 86, 75),
    RGBColor(227, 119, 194),
    RGBColor(127, 127, 127),
    RGBColor(188, 189, 34),
    RGBColor(23, 190, 207),
    RGBColor(174, 199, 232),
    RGBColor(255, 187, 120),
    RGBColor(152, 223, 138),
    RGBColor(255, 152, 150),
    RGBColor(197, 176, 213),
    RGBColor(196, 156, 148),
    RGBColor(247, 182, 210),
    RGBColor(199, 199, 199),
    RGBColor(219, 219, 141),
    RGBColor(158, 218, 229),
];

/// The colour of a series.
pub(super) fn color(series: usize) -> RGBColor {
    PALETTE[series % PALETTE.len()]
}

/// A part of the surface; right and bottom are its last pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
}

impl Part {
    fn width(&self) -> i32 {
        (self.right - self.left).max(0)
    }

    fn height(&self) -> i32 {
        (self.bottom - self.top).max(0)
    }
}

/// How a chart's values are shown.
enum Form {
    Cards,
    Pie,
    Lying,
    Plane,
}

fn form(chart: &Chart, look: &Look) -> Form {
    match chart.kind {
        Kind::Card => Form::Cards,
        Kind::Pie if look.round => Form::Pie,
        Kind::Pie | Kind::Bar => Form::Lying,
        Kind::Column if look.lying && matches!(chart.x.unit, Unit::Names(_)) => Form::Lying,
        _ => Form::Plane,
    }
}

/// The height that a chart wants at this width, if a usual one is `usual`.
pub(super) fn height(chart: &Chart, look: &Look, width: i32, usual: i32) -> i32 {
    let lines = i32::from(chart.title.is_some()) + legend::lines(chart, look, width);
    let line = look.letter.1;
    match form(chart, look) {
        _ if chart.is_empty() => line * (lines + 1),
        Form::Cards => line * (lines + 2 * i32::try_from(chart.cards.len()).unwrap_or(1)),
        Form::Lying => lying::height(chart, look) + line * lines,
        Form::Pie | Form::Plane => usual + line * lines,
    }
}

/// Draws a chart over the whole surface.
///
/// # Errors
/// What the surface cannot do.
pub(super) fn paint<DB: DrawingBackend>(root: &DrawingArea<DB, Shift>, chart: &Chart, look: &Look) -> Drawn {
    let pen = Pen { root, look };
    let (width, height) = root.dim_in_pixel();
    let size = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX) - 1;
    let mut part = Part { left: 0, top: 0, right: size(width), bottom: size(height) };
    if let Some(title) = &chart.title {
        pen.text(title, (part.width() / 2, part.top), (HPos::Center, VPos::Top), INK)?;
        part.top += look.letter.1;
    }
    if chart.is_empty() {
        return pen.text("no values to draw", (part.left, part.top), (HPos::Left, VPos::Top), INK);
    }
    part.bottom -= legend::lines(chart, look, part.width()) * look.letter.1;
    legend::draw(&pen, chart, part.bottom + 1, part.width())?;
    match form(chart, look) {
        Form::Cards => cards(&pen, chart, part),
        Form::Pie => pie::draw(&pen, chart, part),
        Form::Lying => lying::draw(&pen, chart, part),
        Form::Plane => {
            let plane = frame::draw(&pen, chart, part)?;
            marks::draw(&pen, chart, &plane)
        }
    }
}

fn cards<DB: DrawingBackend>(pen: &Pen<'_, DB>, chart: &Chart, part: Part) -> Drawn {
    let line = pen.look.letter.1;
    let mut top = part.top;
    for (name, value) in &chart.cards {
        pen.text(name, (part.left, top), (HPos::Left, VPos::Top), INK)?;
        pen.text(value, (part.left + 2 * pen.look.letter.0, top + line), (HPos::Left, VPos::Top), color(0))?;
        top += 2 * line;
    }
    Ok(())
}
