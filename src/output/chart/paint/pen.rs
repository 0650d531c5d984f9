//! The few shapes that charts are made of, with one kind of error.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBColor, ShapeStyle, TextStyle};
use unicode_width::UnicodeWidthStr;

use super::Look;

/// The font's name, by which it is registered and by which a browser finds one.
pub(in crate::output::chart) fn font() -> &'static str {
    "sans-serif"
}

/// Why something was not drawn.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::output::chart) struct Trouble(pub(in crate::output::chart) String);

/// Done, or why not.
pub(in crate::output::chart) type Drawn = Result<(), Trouble>;

/// Draws on a surface.
pub(in crate::output::chart) struct Pen<'a, DB: DrawingBackend> {
    pub(super) root: &'a DrawingArea<DB, Shift>,
    pub(super) look: &'a Look,
}

fn drawn<E: std::fmt::Display>(result: Result<(), E>) -> Drawn {
    result.map_err(|error| Trouble(error.to_string()))
}

impl<DB: DrawingBackend> Pen<'_, DB> {
    /// The width of a text in pixels, roughly.
    pub(super) fn width(&self, text: &str) -> i32 {
        width(text, self.look)
    }

    pub(super) fn text(&self, text: &str, at: (i32, i32), (across, along): (HPos, VPos), color: RGBColor) -> Drawn {
        let style = TextStyle::from((font(), self.look.font).into_font()).color(&color).pos(Pos::new(across, along));
        drawn(self.root.draw_text(text, &style, at))
    }

    pub(super) fn line(&self, points: Vec<(i32, i32)>, color: RGBColor, stroke: u32) -> Drawn {
        drawn(self.root.draw(&PathElement::new(points, ShapeStyle::from(&color).stroke_width(stroke))))
    }

    /// A filled rectangle; both corners are part of it.
    pub(super) fn bar(&self, from: (i32, i32), to: (i32, i32), color: RGBColor) -> Drawn {
        let (left, right) = (from.0.min(to.0), from.0.max(to.0));
        let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
        drawn(self.root.draw(&Rectangle::new([(left, top), (right, bottom)], color.filled())))
    }

    pub(super) fn shape(&self, points: Vec<(i32, i32)>, color: RGBColor, opacity: f64) -> Drawn {
        drawn(self.root.draw(&Polygon::new(points, color.mix(opacity))))
    }

    pub(super) fn dot(&self, at: (i32, i32), radius: i32, color: RGBColor) -> Drawn {
        drawn(self.root.draw(&Circle::new(at, radius, color.filled())))
    }

    pub(super) fn pie(
        &self,
        center: (i32, i32),
        radius: f64,
        sizes: &[f64],
        colors: &[RGBColor],
        labels: &[String],
    ) -> Drawn {
        let mut pie = plotters::element::Pie::new(&center, &radius, sizes, colors, labels);
        pie.start_angle(-90.0);
        pie.label_style(TextStyle::from((font(), self.look.font).into_font()));
        drawn(self.root.draw(&pie))
    }
}

/// The width of a text in pixels, roughly.
pub(super) fn width(text: &str, look: &Look) -> i32 {
    i32::try_from(text.width()).unwrap_or(i32::MAX / 100).min(10_000) * look.letter.0
}
