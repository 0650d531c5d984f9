//! Functions of polygons.

use datafusion::{
    arrow::array::{ArrayRef, Float64Array},
    common::{Result, exec_err},
    logical_expr::ScalarUDF,
};

use super::{
    line::{nearest, push_point},
    overlay::apart,
    point::point,
    shape::{Polygon, polygons},
    sphere::{Arc, Point, RADIUS},
};
use crate::functions::{
    call::{Answer, Call, Family, Kind, Param, Param::Need},
    definition::Section,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const SHAPE: Param = Need(Kind::Dynamic);
    const NUMBER: Param = Need(Kind::Number);
    let geo = Family(Section::Geo);
    [
        geo.function("geo_distance_point_to_polygon(longitude, latitude, polygon)", "The distance of a point from a polygon in metres, 0 within it.", (r#"SELECT round(geo_distance_point_to_polygon(-1, 1, parse_json('{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]}')))"#, "111178.0"), (&[NUMBER, NUMBER, SHAPE], Answer::Real), distance),
        geo.function("geo_point_in_polygon(longitude, latitude, polygon)", "Whether a point is within a polygon (Polygon or MultiPolygon) and not in a hole of it.", (r#"SELECT geo_point_in_polygon(1, 1, parse_json('{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]}'))"#, "true"), (&[NUMBER, NUMBER, SHAPE], Answer::Bool), contains),
        geo.function("geo_polygon_area(polygon)", "The area of a polygon in square metres, of a MultiPolygon that of all its polygons together.", (r#"SELECT round(geo_polygon_area(parse_json('{"type":"Polygon","coordinates":[[[0,0],[0.1,0],[0.1,0.1],[0,0.1],[0,0]]]}')))"#, "123643474.0"), (&[SHAPE], Answer::Real), area),
        geo.function("geo_polygon_centroid(polygon)", "The middle of a polygon's mass as a Point.", (r#"SELECT geo_polygon_centroid(parse_json('{"type":"Polygon","coordinates":[[[-1,-1],[1,-1],[1,1],[-1,1],[-1,-1]]]}'))"#, r#"{"type":"Point","coordinates":[0.0,0.0]}"#), (&[SHAPE], Answer::Dynamic), centroid),
        geo.function("geo_polygon_perimeter(polygon)", "The length of a polygon's edges in metres, those of holes included.", (r#"SELECT round(geo_polygon_perimeter(parse_json('{"type":"Polygon","coordinates":[[[0,0],[1,0],[0,1],[0,0]]]}')))"#, "379640.0"), (&[SHAPE], Answer::Real), perimeter),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// The polygons of each row; of a constant they are read once.
pub(super) fn shapes<'a>(
    call: &Call<'a>,
    place: usize,
) -> Result<impl Fn(usize) -> Option<std::sync::Arc<Vec<Polygon>>> + use<'a>> {
    let json = call.json(place)?;
    let read = move |row| Some(std::sync::Arc::new(polygons(json.get(row)?)?));
    let is_constant = matches!(call.args.get(place), Some(datafusion::logical_expr::ColumnarValue::Scalar(_)));
    let constant = is_constant.then(|| read(0));
    Ok(move |row| match &constant {
        Some(polygons) => polygons.clone(),
        None => read(row),
    })
}

fn contains(call: &Call) -> Result<ArrayRef> {
    let (point, polygons) = (point(call, 0)?, shapes(call, 2)?);
    call.truths(|row| {
        let point = point(row)?;
        Some(polygons(row)?.iter().any(|polygon| polygon.contains(point)))
    })
}

fn distance(call: &Call) -> Result<ArrayRef> {
    let (point, polygons) = (point(call, 0)?, shapes(call, 2)?);
    call.reals(|row| {
        let (point, polygons) = (point(row)?, polygons(row)?);
        match polygons.iter().any(|polygon| polygon.contains(point)) {
            true => Some(0.0),
            false => nearest(polygons.iter().flat_map(Polygon::edges), point),
        }
    })
}

/// The polygons of a row so that none overlaps another: what is covered twice is measured once.
fn covered(call: &Call, polygons: &[Polygon]) -> Result<Vec<Polygon>> {
    apart(polygons).or_else(|trouble| exec_err!("{}: {}", call.name, trouble.sentence()))
}

/// A number of each row's polygons, as they are when none overlaps another.
fn measure(call: &Call, measure: impl Fn(&[Polygon]) -> f64) -> Result<ArrayRef> {
    let polygons = shapes(call, 0)?;
    let one = |row| polygons(row).map(|polygons| Ok(measure(&covered(call, &polygons)?))).transpose();
    Ok(std::sync::Arc::new((0..call.rows).map(one).collect::<Result<Float64Array>>()?))
}

fn area(call: &Call) -> Result<ArrayRef> {
    measure(call, |polygons| polygons.iter().map(Polygon::area).sum::<f64>() * RADIUS * RADIUS)
}

fn perimeter(call: &Call) -> Result<ArrayRef> {
    measure(call, |polygons| polygons.iter().flat_map(Polygon::edges).map(Arc::length).sum::<f64>() * RADIUS)
}

fn centroid(call: &Call) -> Result<ArrayRef> {
    let polygons = shapes(call, 0)?;
    call.try_write(|row, out| {
        let Some(polygons) = polygons(row) else { return Ok(None) };
        let sum = covered(call, &polygons)?.iter().map(Polygon::moment).fold(Point([0.0; 3]), Point::plus);
        Ok((sum.length() > 0.0).then(|| push_point(sum, out)))
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    /// With a hole in it.
    const SQUARE: &str = r#"parse_json('{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[4,4],[6,4],[6,6],[4,6],[4,4]]]}')"#;
    const PARK: &str = r#"parse_json('{"type":"Polygon","coordinates":[[[-73.9495,40.7969],[-73.95807266235352,40.80068603561921],[-73.98201942443848,40.76825672305777],[-73.97317886352539,40.76455136505513],[-73.9495,40.7969]]]}')"#;
    const TWO: &str = r#"parse_json('{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]}')"#;
    const OVERLAPPING: &str = r#"parse_json('{"type":"MultiPolygon","coordinates":[[[[0,0],[4,0],[4,4],[0,0]]],[[[2,-1],[6,-1],[6,6],[2,-1]]]]}')"#;
    const SAME: &str = r#"parse_json('{"type":"MultiPolygon","coordinates":[[[[0,0],[4,0],[4,4],[0,0]]],[[[4,0],[4,4],[0,0],[4,0]]]]}')"#;
    /// A cross whose arms have their corners on each other.
    const CROSS: &str = r#"parse_json('{"type":"MultiPolygon","coordinates":[[[[-3,-1],[-1,-1],[1,-1],[3,-1],[3,1],[1,1],[-1,1],[-3,1],[-3,-1]]],[[[-1,-3],[1,-3],[1,-1],[1,1],[1,3],[-1,3],[-1,1],[-1,-1],[-1,-3]]]]}')"#;
    const BESIDE: &str = r#"parse_json('{"type":"MultiPolygon","coordinates":[[[[0,0],[4,0],[4,4],[0,4],[0,0]]],[[[4,0],[8,0],[8,4],[4,4],[4,0]]]]}')"#;
    const SQUARE_OF_4: &str = r#"parse_json('{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,4],[0,0]]]}')"#;
    const SQUARE_OF_2: &str =
        r#"parse_json('{"type":"Polygon","coordinates":[[[-1,-1],[1,-1],[1,1],[-1,1],[-1,-1]]]}')"#;
    const NONE: &str = r#"parse_json('{"type":"Polygon","coordinates":[[[0,0],[10,10],[10,10],[0,0]]]}')"#;

    #[tokio::test]
    async fn points_in_polygons() {
        for (expression, answer) in [
            (
                format!(
                    "geo_point_in_polygon(x, y, {SQUARE}) FROM (VALUES (1, 1), (5, 5), (11, 5), (-175, -5), (NULL, 1), (200, 1)) AS t(x, y)"
                ),
                "true; false; false; false; NULL; NULL",
            ),
            (
                format!(
                    "geo_point_in_polygon(5.9, 5.5, {TWO}), geo_point_in_polygon(3, 3, {TWO}), geo_point_in_polygon(1, 1, {NONE})"
                ),
                "true, false, NULL",
            ),
            (
                format!(
                    "geo_distance_point_to_polygon(1, 1, {SQUARE}), round(geo_distance_point_to_polygon(-73.9839, 40.7705, {PARK}), 6), geo_distance_point_to_polygon(500, 1, {SQUARE})"
                ),
                "0.0, 259.940756, NULL",
            ),
        ] {
            answers(&expression, answer).await;
        }
    }

    #[tokio::test]
    async fn measures() {
        for (expression, answer) in [
            (
                format!(
                    "round(geo_polygon_area({PARK})), round(geo_polygon_perimeter({PARK}), 6), geo_polygon_area({NONE})"
                ),
                "3475207.0, 9930.301496, NULL",
            ),
            (
                format!(
                    "round(json_get_float(json_get_json(geo_polygon_centroid({PARK}), 'coordinates'), 0), 7), geo_polygon_centroid({NONE}), geo_polygon_perimeter({NONE})"
                ),
                "-73.9657357, NULL, NULL",
            ),
            (format!("geo_polygon_area({TWO}) > 1e10, round(geo_polygon_area({SQUARE}) / 1e12, 3)"), "true, 1.184"),
        ] {
            answers(&expression, answer).await;
        }
        // What is covered twice is measured once: a cross is five squares, of which its arms have one in common.
        let area = |shape| format!("geo_polygon_area({shape})");
        for (expression, answer) in [
            (format!("{} > {} / 2, {0} < {1} * 0.51", area(SAME), area(SQUARE_OF_4)), "true, true"),
            (format!("round({} / {}, 1)", area(CROSS), area(SQUARE_OF_2)), "5.0"),
            (format!("round({} / 1e10)", area(OVERLAPPING)), "25.0"),
            // An edge in common is inside.
            (
                format!(
                    "round(geo_polygon_perimeter({BESIDE}) / 1e4), round(geo_polygon_perimeter({CROSS}) / 12 / 1e4)"
                ),
                "267.0, 22.0",
            ),
        ] {
            answers(&expression, answer).await;
        }
        // An edge in common is no area in common.
        answers(&format!("geo_polygon_area({BESIDE}) > 3.9e11"), "true").await;
    }
}
