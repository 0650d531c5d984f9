//! Lines and polygons as GeoJSON (RFC 7946) has them.

use super::sphere::{Arc, Point};
use crate::json::value::Value;

/// Points that follow each other, at least two.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line(Vec<Point>);

/// Rings: the outer one, then holes in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Polygon {
    pub outer: Ring,
    pub holes: Vec<Ring>,
}

/// Points around an area, of which it is on the left; the first is not repeated.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ring(Vec<Point>);

/// A point of a list of coordinates.
fn point(json: &str) -> Option<Point> {
    let value = Value::of(json);
    let degree = |place| Some(Value::of(value.at(place)?).number()?.real());
    Point::at(degree(0)?, degree(1)?)
}

fn points(json: &str) -> Option<Vec<Point>> {
    Value::of(json).items()?.map(point).collect()
}

/// The type and the coordinates of a shape.
pub(super) fn parts<'a>(shape: Value<'a>) -> Option<(&'a str, &'a str)> {
    let Value::String(kind) = Value::of(shape.get("type")?) else { return None };
    Some((kind, shape.get("coordinates")?))
}

/// The lines of a LineString or a MultiLineString.
pub(super) fn lines(shape: Value) -> Option<Vec<Line>> {
    let (kind, coordinates) = parts(shape)?;
    match kind {
        "LineString" => Some(vec![Line::of(coordinates)?]),
        "MultiLineString" => Value::of(coordinates).items()?.map(Line::of).collect(),
        _ => None,
    }
}

/// The one line of a LineString.
pub(super) fn line(shape: Value) -> Option<Line> {
    let mut lines = lines(shape)?;
    lines.pop().filter(|_| lines.is_empty())
}

/// The polygons of a Polygon or a MultiPolygon.
pub(super) fn polygons(shape: Value) -> Option<Vec<Polygon>> {
    let (kind, coordinates) = parts(shape)?;
    match kind {
        "Polygon" => Some(vec![Polygon::of(coordinates)?]),
        "MultiPolygon" => Value::of(coordinates).items()?.map(Polygon::of).collect(),
        _ => None,
    }
}

impl Line {
    /// Points that follow each other, at least two.
    #[cfg(test)]
    pub fn new(points: Vec<Point>) -> Self {
        Self(points)
    }

    fn of(coordinates: &str) -> Option<Self> {
        points(coordinates).filter(|points| points.len() > 1).map(Self)
    }

    pub fn edges(&self) -> impl Iterator<Item = Arc> {
        self.0.iter().zip(self.0.iter().skip(1)).map(|(from, to)| Arc { from: *from, to: *to })
    }

    pub fn length(&self) -> f64 {
        self.edges().map(Arc::length).sum()
    }
}

impl Polygon {
    fn of(coordinates: &str) -> Option<Self> {
        let mut rings = Value::of(coordinates).items()?.map(Ring::of).collect::<Option<Vec<_>>>()?.into_iter();
        Some(Self { outer: rings.next()?, holes: rings.collect() })
    }

    pub fn rings(&self) -> impl Iterator<Item = &Ring> {
        std::iter::once(&self.outer).chain(&self.holes)
    }

    pub fn edges(&self) -> impl Iterator<Item = Arc> {
        self.rings().flat_map(Ring::edges)
    }

    /// The edges with the area on the left of each, those of holes, too.
    pub fn directed_edges(&self) -> impl Iterator<Item = Arc> {
        let holes = self.holes.iter().flat_map(Ring::edges).map(|edge| Arc { from: edge.to, to: edge.from });
        self.outer.edges().chain(holes)
    }

    pub fn contains(&self, point: Point) -> bool {
        self.outer.contains(point) && !self.holes.iter().any(|hole| hole.contains(point))
    }

    pub fn area(&self) -> f64 {
        self.outer.area() - self.holes.iter().map(Ring::area).sum::<f64>()
    }

    /// The sum of all points of the area as vectors: it points to the centre of mass.
    pub fn moment(&self) -> Point {
        self.holes.iter().fold(self.outer.moment(), |sum, hole| sum.plus(hole.moment().scaled(-1.0)))
    }

    /// Whether two polygons have an area in common. That only their edges meet is not enough.
    pub fn overlaps(&self, other: &Self) -> bool {
        let is_within =
            |point: Point, polygon: &Self| polygon.contains(point) && !polygon.edges().any(|edge| edge.holds(point));
        // Where an edge begins and in its middle: it may cross the other polygon at the ends of edges only.
        let reaches = |one: &Self, other: &Self| {
            one.edges().any(|edge| is_within(edge.from, other) || is_within(edge.point(0.5), other))
        };
        // Edges that touch seem to cross at times, by rounding.
        let cross = |edge: Arc, of_other: Arc| edge.crosses(of_other) && !edge.touches(of_other);
        // Areas are on the left of their edges, so those of one edge in the same direction have some in common.
        reaches(self, other)
            || reaches(other, self)
            || self.outer.edges().any(|edge| other.outer.edges().any(|of_other| edge == of_other))
            || self.edges().any(|edge| other.edges().any(|of_other| cross(edge, of_other)))
    }
}

impl Ring {
    /// A ring is closed: its last point is its first. No other point comes twice.
    fn of(coordinates: &str) -> Option<Self> {
        let mut points = points(coordinates)?;
        let last = points.pop()?;
        if points.len() < 3 || points.first() != Some(&last) {
            return None;
        }
        let mut bits: Vec<[u64; 3]> = points.iter().map(|point| point.0.map(f64::to_bits)).collect();
        bits.sort_unstable();
        if bits.windows(2).any(|pair| pair.first() == pair.last()) {
            return None;
        }
        let ring = Self(points);
        // Whichever way it was written, the smaller side is meant.
        Some(if ring.signed_area() < 0.0 { Self(ring.0.into_iter().rev().collect()) } else { ring })
    }

    /// Points that are a ring already, the first not repeated.
    pub fn new(points: Vec<Point>) -> Self {
        Self(points)
    }

    pub fn points(&self) -> &[Point] {
        &self.0
    }

    /// The same points the other way round, beginning with the same one.
    pub fn reversed(&self) -> Self {
        let (first, rest) = (self.0.iter().take(1), self.0.iter().skip(1).rev());
        Self(first.chain(rest).copied().collect())
    }

    pub fn edges(&self) -> impl Iterator<Item = Arc> {
        self.0.iter().zip(self.0.iter().cycle().skip(1)).map(|(from, to)| Arc { from: *from, to: *to })
    }

    /// The area on the left, negative if it is that on the right which is smaller, as a sum of triangles.
    pub fn signed_area(&self) -> f64 {
        let Some((corner, rest)) = self.0.split_first() else { return 0.0 };
        let triangle = |pair: &[Point]| match pair {
            [a, b] => {
                let solid = 1.0 + corner.dot(*a) + a.dot(*b) + b.dot(*corner);
                2.0 * corner.dot(a.cross(*b)).atan2(solid)
            }
            _ => 0.0,
        };
        rest.windows(2).map(triangle).sum()
    }

    fn area(&self) -> f64 {
        self.signed_area().abs()
    }

    /// Half the angle of each edge along its normal, by Stokes.
    fn moment(&self) -> Point {
        let of_edge = |edge: Arc| {
            let normal = edge.from.cross(edge.to);
            let length = normal.length();
            if length > 0.0 { normal.scaled(edge.length() / length / 2.0) } else { normal.scaled(0.0) }
        };
        self.edges().map(of_edge).fold(Point([0.0; 3]), Point::plus)
    }

    /// Whether the ring goes once around a point, leftwards, as seen from it.
    pub fn contains(&self, point: Point) -> bool {
        // The direction to another point, and what is a quarter turn to its left.
        let turn = |edge: Arc| {
            let (from, to) = (point.cross(edge.from), point.cross(edge.to));
            point.dot(from.cross(to)).atan2(from.dot(to))
        };
        let turns: f64 = self.edges().map(turn).sum();
        turns > std::f64::consts::PI
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polygon(json: &str) -> Option<Polygon> {
        polygons(Value::of(json))?.pop()
    }

    #[test]
    fn shapes_that_are_none() {
        for json in [
            r#"{"type":"Polygon","coordinates":[[[0,0],[10,10],[10,10],[0,0]]]}"#,
            r#"{"type":"Polygon","coordinates":[[[0,0],[10,10],[10,1]]]}"#,
            r#"{"type":"Polygon","coordinates":[[[0,0],[10,200],[10,1],[0,0]]]}"#,
            r#"{"type":"Polygon","coordinates":[]}"#,
            r#"{"type":"LineString","coordinates":[[1,1],[2,2]]}"#,
            r#"{"type":"Polygon"}"#,
            "[]",
        ] {
            assert_eq!(polygon(json), None, "{json}");
        }
        assert_eq!(lines(Value::of(r#"{"type":"LineString","coordinates":[[1,1]]}"#)), None);
        assert_eq!(line(Value::of(r#"{"type":"MultiLineString","coordinates":[[[1,1],[2,2]],[[1,1],[3,3]]]}"#)), None);
    }

    #[test]
    fn either_way_round_means_the_smaller_side() {
        let left = polygon(r#"{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10],[0,0]]]}"#).unwrap();
        let right = polygon(r#"{"type":"Polygon","coordinates":[[[0,0],[0,10],[10,10],[10,0],[0,0]]]}"#).unwrap();
        let at = |x, y| Point::at(x, y).unwrap();
        for polygon in [&left, &right] {
            assert!(polygon.contains(at(5.0, 5.0)));
            assert!(!polygon.contains(at(15.0, 5.0)) && !polygon.contains(at(-175.0, -5.0)));
        }
        assert!((left.area() - right.area()).abs() < 1e-15);
        // A tenth of a degree at the equator is nearly flat.
        let small = polygon(r#"{"type":"Polygon","coordinates":[[[0,0],[0.1,0],[0.1,0.1],[0,0.1],[0,0]]]}"#).unwrap();
        assert!((small.area() / 0.1_f64.to_radians().powi(2) - 1.0).abs() < 1e-6);
    }
}
