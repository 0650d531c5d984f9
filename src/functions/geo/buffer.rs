//! Areas around places, lines and polygons: `geo_point_buffer`, `geo_line_buffer`, `geo_polygon_buffer`.
//!
//! Around a point it is a polygon of equal sides that all touch the circle; around an edge half of one at each end, and straight sides. Those
//! of all edges are put together. Where the corners lie Kusto does not say, but that the area holds all within the radius, and nothing that
//! is farther than radius and tolerance.

use std::f64::consts::PI;

use datafusion::{
    arrow::array::ArrayRef,
    common::{Result, exec_err},
    logical_expr::ScalarUDF,
};

use super::{
    combine::push_polygons,
    line,
    overlay::union,
    point::point,
    polygon,
    shape::{Line, Polygon, Ring, lines},
    sphere::{Arc, Point, RADIUS},
};
use crate::functions::{
    call::{
        Answer, Call, Family, Kind,
        Param::{self, May, Need},
    },
    definition::Section,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const SHAPE: Param = Need(Kind::Dynamic);
    const NUMBER: Param = Need(Kind::Number);
    const TOLERANCE: Param = May(Kind::Number);
    let geo = Family(Section::Geo);
    [
        geo.function("geo_point_buffer(longitude, latitude, radius [, tolerance])", "A Polygon that holds all within so many metres of a point, and nothing that is farther by more than the tolerance, 10 m if it is left out.", (r#"SELECT geo_point_in_polygon(0, 0.0089, geo_point_buffer(0, 0, 1000)), geo_point_in_polygon(0, 0.0092, geo_point_buffer(0, 0, 1000))"#, "true, false"), (&[NUMBER, NUMBER, NUMBER, TOLERANCE], Answer::Dynamic), around_points),
        geo.function("geo_line_buffer(line, radius [, tolerance])", "A Polygon or MultiPolygon that holds all within so many metres of a line, and nothing that is farther by more than the tolerance, 10 m if it is left out.", (r#"SELECT geo_point_in_polygon(1, 0.0089, geo_line_buffer(parse_json('{"type":"LineString","coordinates":[[0,0],[2,0]]}'), 1000))"#, "true"), (&[SHAPE, NUMBER, TOLERANCE], Answer::Dynamic), around_lines),
        geo.function("geo_polygon_buffer(polygon, radius [, tolerance])", "A Polygon or MultiPolygon that holds all within so many metres of a polygon, and nothing that is farther by more than the tolerance, 10 m if it is left out.", (r#"SELECT geo_point_in_polygon(1, -0.0089, geo_polygon_buffer(parse_json('{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]}'), 1000))"#, "true"), (&[SHAPE, NUMBER, TOLERANCE], Answer::Dynamic), around_polygons),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// What the tolerance is if it is left out, in metres.
const TOLERANCE: f64 = 10.0;

/// How much of the tolerance keeps corners of neighbours apart.
const SPARE: f64 = 0.2;

/// The least tolerance, as a part of the radius.
const LEAST: f64 = 1e-6;

/// A quarter of the way around the earth: a buffer that reaches farther would have its outside for its inside.
const FARTHEST: f64 = PI / 2.0;

/// How far a buffer reaches and in how many corners, as angles on the earth.
#[derive(Debug, Clone, Copy)]
struct Reach {
    /// The distance of the corners.
    corner: f64,
    /// By how much corners may be farther.
    spare: f64,
    /// How many corners a whole circle has; an even number.
    corners: u32,
}

impl Reach {
    /// `None` if radius and tolerance, in metres, are none.
    fn of(radius: f64, tolerance: f64) -> Option<Self> {
        let angle = radius / RADIUS;
        let fits = radius > 0.0 && angle < FARTHEST && tolerance >= LEAST * radius;
        fits.then_some(())?;
        // Part of the tolerance is spent by `apart`.
        let tolerance = tolerance.min(radius * 0.999);
        let outer = (radius + tolerance * (1.0 - SPARE)) / RADIUS;
        // Of a polygon around a circle: the tangent of the circle's radius to that of the corners' is the cosine of half an angle.
        let half = (angle.tan() / outer.min(1.5).tan()).clamp(0.0, 1.0).acos();
        let corners = ((PI / half).ceil().clamp(4.0, 1e5) as u32).next_multiple_of(2);
        let half = PI / f64::from(corners);
        Some(Self { corner: (angle.tan() / half.cos()).atan(), spare: tolerance * SPARE / RADIUS, corners })
    }

    /// The same with corners a little farther, by another length for each place: so no corner of one part lies on an edge of the next, where
    /// rounding would have to decide which is outside.
    fn apart(self, place: usize) -> Self {
        let part = (place as f64 * 0.618_033_988_749_894_9).fract();
        Self { corner: self.corner + self.spare * part, ..self }
    }
}

fn reach<'a>(call: &Call<'a>, place: usize) -> Result<impl Fn(usize) -> Option<Reach> + use<'a>> {
    let radius = call.real(place)?;
    let tolerance = if call.len() > place + 1 { Some(call.real(place + 1)?) } else { None };
    Ok(move |row| {
        let tolerance = match &tolerance {
            Some(tolerance) => tolerance.get(row)?,
            None => TOLERANCE,
        };
        Reach::of(radius.get(row)?, tolerance)
    })
}

fn around_points(call: &Call) -> Result<ArrayRef> {
    let (point, reach) = (point(call, 0)?, reach(call, 2)?);
    call.write(|row, out| {
        push_polygons(&[circle(point(row)?, reach(row)?)], out);
        Some(())
    })
}

fn around_lines(call: &Call) -> Result<ArrayRef> {
    let (lines, reach) = (line::shapes(call, 0, lines)?, reach(call, 1)?);
    call.try_write(|row, out| {
        let (Some(lines), Some(reach)) = (lines(row), reach(row)) else { return Ok(None) };
        put_together(call, around(lines.iter().flat_map(Line::edges), reach), out)
    })
}

fn around_polygons(call: &Call) -> Result<ArrayRef> {
    let (polygons, reach) = (polygon::shapes(call, 0)?, reach(call, 1)?);
    call.try_write(|row, out| {
        let (Some(polygons), Some(reach)) = (polygons(row), reach(row)) else { return Ok(None) };
        let mut parts = around(polygons.iter().flat_map(Polygon::edges), reach);
        parts.extend(polygons.iter().cloned());
        put_together(call, parts, out)
    })
}

fn put_together(call: &Call, parts: Vec<Polygon>, out: &mut String) -> Result<Option<()>> {
    match union(parts) {
        Ok(whole) => push_polygons(&whole, out),
        Err(trouble) => return exec_err!("{}: {}", call.name, trouble.sentence()),
    }
    Ok(Some(()))
}

fn around(edges: impl Iterator<Item = Arc>, reach: Reach) -> Vec<Polygon> {
    edges
        .enumerate()
        .map(|(place, edge)| match edge.length() > 0.0 {
            true => capsule(edge, reach.apart(place)),
            false => circle(edge.from, reach.apart(place)),
        })
        .collect()
}

/// The polygon around a point.
fn circle(center: Point, reach: Reach) -> Polygon {
    // Any direction will do; this one is not that of the point.
    let Point([x, y, z]) = center;
    let other = if z.abs() < 0.9 { Point([0.0, 0.0, 1.0]) } else { Point([1.0, 0.0, 0.0]) };
    let ahead = other.plus(Point([x, y, z]).scaled(-center.dot(other))).unit();
    let corners = (0..reach.corners)
        .map(|place| corner(center, ahead, 2.0 * PI * f64::from(place) / f64::from(reach.corners), reach));
    Polygon { outer: Ring::new(corners.collect()), holes: Vec::new() }
}

/// The polygon around an edge: half a circle's corners around each of its ends.
fn capsule(edge: Arc, reach: Reach) -> Polygon {
    let normal = edge.from.cross(edge.to).unit();
    let half = reach.corners / 2;
    let around = |center: Point, ahead: Point| {
        let step = PI / f64::from(half);
        // From the right of the edge to its left, so that the area is on the left.
        (0..half).map(move |place| corner(center, ahead, step * (f64::from(place) + 0.5) - PI / 2.0, reach))
    };
    let ahead = normal.cross(edge.to).unit();
    let back = edge.from.cross(normal).unit();
    let corners = around(edge.to, ahead).chain(around(edge.from, back));
    Polygon { outer: Ring::new(corners.collect()), holes: Vec::new() }
}

/// A corner seen from a point at an angle to the left of the way ahead.
fn corner(center: Point, ahead: Point, angle: f64, reach: Reach) -> Point {
    let left = center.cross(ahead);
    let direction = ahead.scaled(angle.cos()).plus(left.scaled(angle.sin()));
    center.scaled(reach.corner.cos()).plus(direction.scaled(reach.corner.sin())).unit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::answers;

    fn at(longitude: f64, latitude: f64) -> Point {
        Point::at(longitude, latitude).unwrap()
    }

    /// Points at a distance in metres from one, all around.
    fn ring(center: Point, metres: f64) -> Vec<Point> {
        let reach = Reach { corner: metres / RADIUS, spare: 0.0, corners: 360 };
        circle(center, reach).outer.points().to_vec()
    }

    #[test]
    fn circles_hold_what_is_near_and_nothing_that_is_far() {
        for (radius, tolerance) in [(20_000.0, 10.0), (4.0, 0.1), (1.0, 10.0), (3_000_000.0, 1_000.0), (5.0, 0.001)] {
            let reach = Reach::of(radius, tolerance).unwrap();
            for center in [at(-115.17, 36.15), at(0.0, 89.9), at(180.0, 0.0)] {
                let circle = circle(center, reach);
                let tolerance = tolerance.min(radius);
                assert!(ring(center, radius * (1.0 - 1e-9)).iter().all(|point| circle.contains(*point)), "{radius}");
                assert!(
                    !ring(center, radius + tolerance * 1.001).iter().any(|point| circle.contains(*point)),
                    "{radius}"
                );
            }
        }
    }

    #[test]
    fn capsules_hold_what_is_near_the_edge() {
        let edge = Arc { from: at(10.0, 45.0), to: at(10.2, 45.1) };
        let reach = Reach::of(1_000.0, 5.0).unwrap();
        let capsule = capsule(edge, reach);
        for part in [0.0, 0.3, 0.5, 1.0] {
            let center = edge.point(part);
            assert!(ring(center, 999.999).iter().all(|point| capsule.contains(*point)), "{part}");
            let far = ring(center, 1_005.1);
            let out = |point: &&Point| edge.distance(**point) * RADIUS > 1_005.0;
            assert!(far.iter().filter(out).count() > 0);
            assert!(!far.iter().filter(out).any(|point| capsule.contains(*point)), "{part}");
        }
    }

    #[test]
    fn no_radius_and_no_tolerance() {
        for (radius, tolerance) in [(0.0, 1.0), (-1.0, 1.0), (f64::NAN, 1.0), (1.0, 1e-7), (1.0, f64::NAN), (2e7, 10.0)]
        {
            assert!(Reach::of(radius, tolerance).is_none(), "{radius} {tolerance}");
        }
    }

    #[tokio::test]
    async fn buffers() {
        const LINE: &str = r#"parse_json('{"type":"LineString","coordinates":[[-80.66634997047466,24.894526340592122],[-80.67373241820246,24.890808090321286],[-80.68,24.9]]}')"#;
        const SQUARE: &str = r#"parse_json('{"type":"Polygon","coordinates":[[[139.813757,35.719666],[139.72558,35.71813],[139.727471,35.653231],[139.818721,35.657264],[139.813757,35.719666]]]}')"#;
        for (expression, answer) in [
            (format!("geo_point_in_polygon(-80.67, 24.8926, geo_line_buffer({LINE}, 40, 0.1)), geo_point_in_polygon(-80.67, 24.9, geo_line_buffer({LINE}, 40, 0.1))"), "true, false"),
            (format!("geo_point_in_polygon(139.77, 35.7, geo_polygon_buffer({SQUARE}, 10000)), geo_point_in_polygon(139.77, 35.79, geo_polygon_buffer({SQUARE}, 10000)), geo_point_in_polygon(139.77, 35.83, geo_polygon_buffer({SQUARE}, 10000))"), "true, true, false"),
            ("geo_point_buffer(200, 1, 0.1), geo_point_buffer(10, 10, -1)".to_owned(), "NULL, NULL"),
            (r#"geo_line_buffer(parse_json('{"type":"LineString"}'), 5), geo_line_buffer(parse_json('{"type":"LineString","coordinates":[[0,0],[1,1]]}'), 0)"#.to_owned(), "NULL, NULL"),
            (r#"geo_polygon_buffer(parse_json('{"type":"p"}'), 1), geo_polygon_buffer(parse_json('{"type":"Polygon","coordinates":[[[10,10],[0,10],[0,0],[10,10]]]}'), 0)"#.to_owned(), "NULL, NULL"),
        ] {
            answers(&expression, answer).await;
        }
    }
}
