//! Functions of lines.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::{
    point::point,
    shape::{Line, line, lines},
    sphere::{Arc, Point, RADIUS},
};
use crate::{
    functions::{
        call::{Answer, Call, Cell, Family, Kind, Param, Param::Need},
        definition::Section,
    },
    json::value::Writer,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const SHAPE: Param = Need(Kind::Dynamic);
    const NUMBER: Param = Need(Kind::Number);
    let geo = Family(Section::Geo);
    [
        geo.function("geo_distance_point_to_line(longitude, latitude, line)", "The distance of a point from a line (LineString or MultiLineString) in metres.", (r#"SELECT round(geo_distance_point_to_line(1, 1, parse_json('{"type":"LineString","coordinates":[[0,0],[2,0]]}')), 3)"#, "111195.101"), (&[NUMBER, NUMBER, SHAPE], Answer::Real), distance),
        geo.function("geo_line_centroid(line)", "The middle of a line's mass as a Point.", (r#"SELECT geo_line_centroid(parse_json('{"type":"LineString","coordinates":[[-1,0],[1,0]]}'))"#, r#"{"type":"Point","coordinates":[0.0,0.0]}"#), (&[SHAPE], Answer::Dynamic), centroid),
        geo.function("geo_line_interpolate_point(line, part)", "The Point of a LineString at a part, from 0 to 1, of its length.", (r#"SELECT geo_line_interpolate_point(parse_json('{"type":"LineString","coordinates":[[-1,0],[1,0]]}'), 0.5)"#, r#"{"type":"Point","coordinates":[0.0,0.0]}"#), (&[SHAPE, NUMBER], Answer::Dynamic), interpolate),
        geo.function("geo_line_length(line)", "The length of a line in metres, of a MultiLineString that of all its lines.", (r#"SELECT round(geo_line_length(parse_json('{"type":"LineString","coordinates":[[0,0],[0,1]]}')), 3)"#, "111195.101"), (&[SHAPE], Answer::Real), length),
        geo.function("geo_line_locate_point(line, longitude, latitude)", "The part, from 0 to 1, of the length of a LineString at which it is closest to a point.", (r#"SELECT round(geo_line_locate_point(parse_json('{"type":"LineString","coordinates":[[0,0],[0,4]]}'), 0.5, 1), 3)"#, "0.25"), (&[SHAPE, NUMBER, NUMBER], Answer::Real), locate),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// Appends a point as GeoJSON.
pub(super) fn push_point(point: Point, out: &mut String) {
    let (longitude, latitude) = point.degrees();
    push_place(longitude, latitude, out);
}

/// Appends a point in degrees as GeoJSON.
pub(super) fn push_place(longitude: f64, latitude: f64, out: &mut String) {
    let mut object = Writer::object(out);
    object.member("type", |out| out.push_str("\"Point\""));
    object.member("coordinates", |out| push_coordinates(longitude, latitude, out));
    object.end();
}

/// Appends a pair of coordinates.
pub(super) fn push_coordinates(longitude: f64, latitude: f64, out: &mut String) {
    let mut pair = Writer::array(out);
    // No zero but the one without a sign.
    pair.write(|out| Cell::Real(longitude + 0.0).push_json(out));
    pair.write(|out| Cell::Real(latitude + 0.0).push_json(out));
    pair.end();
}

/// Appends an area with one ring around it, which is given without its end, in degrees.
pub(super) fn push_area(corners: impl Iterator<Item = (f64, f64)> + Clone, out: &mut String) {
    let mut polygon = Writer::object(out);
    polygon.member("type", |out| out.push_str("\"Polygon\""));
    polygon.member("coordinates", |out| {
        let mut rings = Writer::array(out);
        rings.write(|out| {
            let mut ring = Writer::array(out);
            let end = corners.clone().take(1);
            corners.chain(end).for_each(|(x, y)| ring.write(|out| push_coordinates(x, y, out)));
            ring.end();
        });
        rings.end();
    });
    polygon.end();
}

/// The lines in an argument, read as `read` does.
pub(super) fn shapes<'a, T>(
    call: &Call<'a>,
    place: usize,
    read: impl Fn(crate::json::value::Value) -> Option<T>,
) -> Result<impl Fn(usize) -> Option<T>> {
    let json = call.json(place)?;
    Ok(move |row| read(json.get(row)?))
}

fn length(call: &Call) -> Result<ArrayRef> {
    let lines = shapes(call, 0, lines)?;
    call.reals(|row| Some(lines(row)?.iter().map(Line::length).sum::<f64>() * RADIUS))
}

fn distance(call: &Call) -> Result<ArrayRef> {
    let (point, lines) = (point(call, 0)?, shapes(call, 2, lines)?);
    call.reals(|row| {
        let (point, lines) = (point(row)?, lines(row)?);
        nearest(lines.iter().flat_map(Line::edges), point)
    })
}

/// The distance of a point from the nearest of some edges, in metres.
pub(super) fn nearest(edges: impl Iterator<Item = Arc>, point: Point) -> Option<f64> {
    edges.map(|edge| edge.distance(point) * RADIUS).min_by(f64::total_cmp)
}

fn centroid(call: &Call) -> Result<ArrayRef> {
    let lines = shapes(call, 0, lines)?;
    call.write(|row, out| {
        let lines = lines(row)?;
        // The points of an arc add up to a vector through its middle, of the length of its chord.
        let moment = |edge: Arc| {
            let middle = edge.from.plus(edge.to);
            let length = middle.length();
            let chord = 2.0 * (edge.length() / 2.0).sin();
            if length > 0.0 { middle.scaled(chord / length) } else { middle }
        };
        let sum = lines.iter().flat_map(Line::edges).map(moment).fold(Point([0.0; 3]), Point::plus);
        (sum.length() > 0.0).then(|| push_point(sum, out))
    })
}

fn interpolate(call: &Call) -> Result<ArrayRef> {
    let (lines, parts) = (shapes(call, 0, line)?, call.real(1)?);
    call.write(|row, out| {
        let (line, part) = (lines(row)?, parts.get(row).filter(|part| (0.0..=1.0).contains(part))?);
        let mut left = part * line.length();
        let mut edges = line.edges().peekable();
        while let Some(edge) = edges.next() {
            if left <= edge.length() || edges.peek().is_none() {
                let part = if edge.length() > 0.0 { (left / edge.length()).min(1.0) } else { 0.0 };
                push_point(edge.point(part), out);
                return Some(());
            }
            left -= edge.length();
        }
        None
    })
}

fn locate(call: &Call) -> Result<ArrayRef> {
    let (lines, point) = (shapes(call, 0, line)?, point(call, 1)?);
    call.reals(|row| {
        let (line, point) = (lines(row)?, point(row)?);
        let mut before = 0.0;
        let places = line.edges().map(|edge| {
            let place = before + edge.closest(point) * edge.length();
            before += edge.length();
            (edge.distance(point), place)
        });
        let (_, place) = places.min_by(|left, right| left.0.total_cmp(&right.0))?;
        Some(if before > 0.0 { place / before } else { 0.0 })
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn lines() {
        const WAY: &str =
            r#"parse_json('{"type":"LineString","coordinates":[[-73.958,40.8],[-73.95,40.797],[-73.973,40.764]]}')"#;
        const WAYS: &str = r#"parse_json('{"type":"MultiLineString","coordinates":[[[0,0],[0,1]],[[5,0],[5,2]]]}')"#;
        const NONE: &str = r#"parse_json('{"type":"LineString","coordinates":[[1,1]]}')"#;
        for (expression, answer) in [
            (
                format!("round(geo_line_length({WAY}), 2), round(geo_line_length({WAYS}) / 6371010 / radians(1), 9)"),
                "4900.61, 3.0",
            ),
            (
                format!(
                    "geo_line_length({NONE}), geo_line_centroid({NONE}), geo_line_interpolate_point({NONE}, 0.5), geo_line_locate_point({NONE}, 1, 1)"
                ),
                "NULL, NULL, NULL, NULL",
            ),
            (
                format!(
                    "geo_distance_point_to_line(300, 3, {WAY}), geo_distance_point_to_line(1, 1, {NONE}), round(geo_distance_point_to_line(5, 3, {WAYS}) / 6371010 / radians(1), 9)"
                ),
                "NULL, NULL, 1.0",
            ),
            (
                format!(
                    "geo_line_interpolate_point({WAY}, 0) = geo_line_interpolate_point({WAY}, 0.0), geo_line_interpolate_point({WAY}, 1.5), geo_line_interpolate_point({WAYS}, 0.5)"
                ),
                "true, NULL, NULL",
            ),
            (
                format!(
                    "round(geo_line_locate_point({WAY}, -73.973, 40.764), 9), geo_line_locate_point({WAY}, -73.958, 40.9)"
                ),
                "1.0, 0.0",
            ),
        ] {
            answers(&expression, answer).await;
        }
    }

    #[tokio::test]
    async fn a_part_of_a_line_is_found_where_it_was_put() {
        const WAY: &str =
            r#"parse_json('{"type":"LineString","coordinates":[[-73.95796,40.80042],[-73.97317,40.764486]]}')"#;
        answers(
            &format!("round(geo_line_locate_point({WAY}, -73.965, 40.792), 9), round(json_get_float(json_get_json(geo_line_interpolate_point({WAY}, 0.25), 'coordinates'), 1), 9), round(json_get_float(json_get_json(geo_line_centroid({WAY}), 'coordinates'), 0), 9)"),
            "0.255601351, 40.791436687, -73.965567057",
        )
        .await;
    }
}
