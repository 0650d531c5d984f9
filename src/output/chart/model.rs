//! A chart as data: what to draw, before anything is drawn.

use super::kind::{Kind, Stack};
use super::scale::Scale;

/// A chart that can be drawn.
#[derive(Debug, Clone)]
pub struct Chart {
    pub(super) kind: Kind,
    pub(super) stack: Stack,
    pub(super) title: Option<String>,
    pub(super) x_title: String,
    pub(super) y_title: String,
    pub(super) x: Scale,
    pub(super) y: Scale,
    /// How far apart bars stand, on the first axis.
    pub(super) slot: f64,
    pub(super) series: Vec<Series>,
    /// Whether to name the series.
    pub(super) legend: bool,
    /// Of a card: names and values, instead of series.
    pub(super) cards: Vec<(String, String)>,
    pub(super) notes: Vec<String>,
}

/// Values that belong together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Series {
    pub(super) name: String,
    /// By their place on the first axis, unless the chart is of points.
    pub(super) points: Vec<Point>,
}

/// A value at a place. None is a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    /// What it stands on: zero, or the series below.
    pub(super) base: f64,
    pub(super) y: Option<f64>,
    /// Whether to mark it.
    pub(super) marked: bool,
}

impl Chart {
    /// Sentences about what is not drawn, and why.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// True if there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty() && self.series.iter().all(|series| series.points.iter().all(|point| point.y.is_none()))
    }
}
