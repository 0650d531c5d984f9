//! Edges of two shapes cut where they cross, which is what unions and intersections are made of. No function.
//!
//! Shapes may have corners and whole edges in common. A corner of one on the inside of an edge of the other is refused:
//! on which side it is, is decided by rounding, in Kusto as here.

use std::collections::HashMap;

use super::sphere::{Arc, NEAR, Point};

/// Why shapes cannot be combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A corner of one lies on an edge of the other, or nearly on its corner.
    Touch,
    /// What is left does not join: edges are closer to each other than numbers can tell.
    Loose,
    /// More than half of the earth would be covered.
    Large,
}

impl Trouble {
    /// What to tell, behind the function's name.
    pub fn sentence(self) -> &'static str {
        match self {
            Trouble::Touch => {
                "a corner of one shape lies on an edge of another, and whether they meet there is not decided here; \
                 that is not supported"
            }
            Trouble::Loose => "edges of the shapes are too close to each other; that is not supported",
            Trouble::Large => "the shapes together cover more than half of the earth; that is not supported",
        }
    }
}

/// A point by its bits: the same only if it is the same to the last.
pub(super) fn key(point: Point) -> [u64; 3] {
    // There is one zero.
    point.0.map(|part| (part + 0.0).to_bits())
}

/// How a piece lies to an edge of the other shape that it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shared {
    Along,
    Against,
}

/// A part of an edge between two crossings, or a whole edge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub arc: Arc,
    /// If it is an edge of the other shape as well.
    pub shared: Option<Shared>,
}

/// The edges of two shapes in their order, each in its pieces.
pub(super) struct Cut {
    pub left: Vec<Piece>,
    pub right: Vec<Piece>,
    /// Where edges cross.
    pub crossings: Vec<Point>,
    /// Corners that both have.
    pub corners: Vec<Point>,
}

/// An edge with a ball around it, by which most pairs are told to be apart at once.
struct Edge {
    arc: Arc,
    middle: Point,
    half: f64,
}

impl Edge {
    fn of(arc: Arc) -> Self {
        Self { arc, middle: arc.from.plus(arc.to).unit(), half: arc.length() / 2.0 }
    }

    fn is_apart(&self, other: &Self) -> bool {
        let reach = self.half + other.half + NEAR;
        let between = self.middle.plus(other.middle.scaled(-1.0));
        between.dot(between) > reach * reach
    }
}

/// Cuts the edges of two shapes; those without length are left out.
pub(super) fn cut(left: impl Iterator<Item = Arc>, right: impl Iterator<Item = Arc>) -> Result<Cut, Trouble> {
    let edges = |arcs: &mut dyn Iterator<Item = Arc>| -> Vec<Edge> {
        arcs.filter(|arc| key(arc.from) != key(arc.to)).map(Edge::of).collect()
    };
    let (left, right) = (edges(&mut { left }), edges(&mut { right }));
    let mut of_left: Vec<Marks> = left.iter().map(|_| Marks::default()).collect();
    let mut of_right: Vec<Marks> = right.iter().map(|_| Marks::default()).collect();
    let (mut crossings, mut corners) = (Vec::new(), HashMap::new());
    for (one, marks) in left.iter().zip(&mut of_left) {
        for (other, other_marks) in right.iter().zip(&mut of_right) {
            if one.is_apart(other) {
                continue;
            }
            let (a, b) = (one.arc, other.arc);
            let ends = [(a.from, b.from), (a.from, b.to), (a.to, b.from), (a.to, b.to)].map(|(a, b)| key(a) == key(b));
            match ends {
                [true, _, _, true] => (marks.shared, other_marks.shared) = (Some(Shared::Along), Some(Shared::Along)),
                [_, true, true, _] => {
                    (marks.shared, other_marks.shared) = (Some(Shared::Against), Some(Shared::Against));
                }
                [false, false, false, false] if a.touches(b) => return Err(Trouble::Touch),
                [false, false, false, false] => {
                    if a.crosses(b) {
                        let point = a.crossing(b);
                        marks.cuts.push(point);
                        other_marks.cuts.push(point);
                        crossings.push(point);
                    }
                    continue;
                }
                // One corner in common: the other ends must be off the edges.
                [from_from, from_to, to_from, _] => {
                    let far_of_a = if from_from || from_to { a.to } else { a.from };
                    let far_of_b = if from_from || to_from { b.to } else { b.from };
                    if b.holds(far_of_a) || a.holds(far_of_b) {
                        return Err(Trouble::Touch);
                    }
                }
            }
            for corner in [a.from, a.to].into_iter().filter(|end| [key(b.from), key(b.to)].contains(&key(*end))) {
                corners.insert(key(corner), corner);
            }
        }
    }
    let mut corners: Vec<Point> = corners.into_values().collect();
    corners.sort_unstable_by_key(|corner| key(*corner));
    Ok(Cut { left: pieces(&left, of_left), right: pieces(&right, of_right), crossings, corners })
}

/// What was found about an edge.
#[derive(Default)]
struct Marks {
    cuts: Vec<Point>,
    shared: Option<Shared>,
}

fn pieces(edges: &[Edge], marks: Vec<Marks>) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(edges.len());
    for (Edge { arc, .. }, Marks { mut cuts, shared }) in edges.iter().zip(marks) {
        cuts.sort_by(|a, b| arc.from.angle(*a).total_cmp(&arc.from.angle(*b)));
        cuts.dedup_by_key(|cut| key(*cut));
        let mut from = arc.from;
        for to in cuts.into_iter().chain([arc.to]) {
            pieces.push(Piece { arc: Arc { from, to }, shared });
            from = to;
        }
    }
    pieces
}
