//! Lines and polygons with fewer corners: `geo_line_simplify`, `geo_polygon_simplify`, `geo_simplify_polygons_array`.
//!
//! First corners go that are nearer than the tolerance to one that stays, then those that are nearer than that to the straight way from one
//! before them to one behind them. Both ends of a line stay. Kusto has S2 choose the corners, which comes to the same where the choice is
//! plain.

use datafusion::{
    arrow::array::ArrayRef,
    common::{Result, exec_err},
    logical_expr::ScalarUDF,
};

use super::{
    combine::{each, push_lines, push_polygons},
    line,
    overlay::union,
    polygon,
    shape::{Line, Polygon, Ring, lines, polygons},
    sphere::{Arc, Point, RADIUS},
    ways::chains,
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
    const TYPES: (&[Param], Answer) = (&[Need(Kind::Dynamic), May(Kind::Number)], Answer::Dynamic);
    let geo = Family(Section::Geo);
    [
        geo.function("geo_line_simplify(line [, tolerance])", "A line with fewer corners, none of those left out farther from it than the tolerance in metres, 10 if it is left out. NULL if nothing is left.", (r#"SELECT geo_line_simplify(parse_json('{"type":"LineString","coordinates":[[0,0],[1,0.00001],[90,0]]}'))"#, r#"{"type":"LineString","coordinates":[[0.0,0.0],[90.0,0.0]]}"#), TYPES, of_lines),
        geo.function("geo_polygon_simplify(polygon [, tolerance])", "A polygon with fewer corners, none of those left out farther from it than the tolerance in metres, from 0.1 to 10000, or 10 if it is left out. NULL if nothing is left.", (r#"SELECT geo_polygon_simplify(parse_json('{"type":"Polygon","coordinates":[[[0,0],[1,0],[90,0],[0,90],[0,0]]]}'))"#, r#"{"type":"Polygon","coordinates":[[[0.0,0.0],[90.0,0.0],[0.0,90.0],[0.0,0.0]]]}"#), TYPES, of_polygons),
        geo.function("geo_simplify_polygons_array(polygons [, tolerance])", "The polygons of a JSON array as one Polygon or MultiPolygon with fewer corners, none of those left out farther from it than the tolerance in metres, 10 if it is left out. NULL if nothing is left.", (r#"SELECT geo_simplify_polygons_array(parse_json('[{"type":"Polygon","coordinates":[[[0,0],[1,0],[90,0],[0,90],[0,0]]]}]'))"#, r#"{"type":"Polygon","coordinates":[[[0.0,0.0],[90.0,0.0],[0.0,90.0],[0.0,0.0]]]}"#), TYPES, of_array),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// What the tolerance is if it is left out, in metres.
const TOLERANCE: f64 = 10.0;

/// The greatest tolerance in metres.
const GREATEST: f64 = 7_800_000.0;

/// The least and the greatest tolerance for one polygon, in metres.
const OF_POLYGON: std::ops::RangeInclusive<f64> = 0.1..=10_000.0;

/// The tolerance of each row as an angle, if it is within bounds in metres.
fn tolerance<'a>(
    call: &Call<'a>,
    bounds: std::ops::RangeInclusive<f64>,
) -> Result<impl Fn(usize) -> Option<f64> + use<'a>> {
    let metres = if call.len() > 1 { Some(call.real(1)?) } else { None };
    Ok(move |row| {
        let metres = match &metres {
            Some(metres) => metres.get(row)?,
            None => TOLERANCE,
        };
        bounds.contains(&metres).then_some(metres / RADIUS)
    })
}

fn of_lines(call: &Call) -> Result<ArrayRef> {
    let (lines, tolerance) = (line::shapes(call, 0, lines)?, tolerance(call, 0.0..=GREATEST)?);
    call.write(|row, out| {
        let (lines, tolerance) = (lines(row)?, tolerance(row)?);
        let whole = match lines.as_slice() {
            [line] => vec![
                line.edges().next().map(|edge| edge.from).into_iter().chain(line.edges().map(|edge| edge.to)).collect(),
            ],
            lines => chains(lines.iter().flat_map(Line::edges).collect()),
        };
        let left: Vec<Vec<Point>> = whole.iter().filter_map(|line| simplified(line, tolerance)).collect();
        (!left.is_empty()).then(|| push_lines(&left, out))
    })
}

fn of_polygons(call: &Call) -> Result<ArrayRef> {
    let (polygons, tolerance) = (polygon::shapes(call, 0)?, tolerance(call, OF_POLYGON)?);
    call.try_write(|row, out| {
        let (Some(polygons), Some(tolerance)) = (polygons(row), tolerance(row)) else { return Ok(None) };
        fewer(call, polygons.as_ref().clone(), tolerance, out)
    })
}

fn of_array(call: &Call) -> Result<ArrayRef> {
    let (arrays, tolerance) = (call.json(0)?, tolerance(call, 0.0..=GREATEST)?);
    call.try_write(|row, out| {
        let polygons = arrays.get(row).and_then(|array| each(array, polygons));
        let (Some(polygons), Some(tolerance)) = (polygons, tolerance(row)) else { return Ok(None) };
        fewer(call, polygons, tolerance, out)
    })
}

/// Appends what is left of polygons, put together if there are several.
fn fewer(call: &Call, polygons: Vec<Polygon>, tolerance: f64, out: &mut String) -> Result<Option<()>> {
    let whole = match polygons.len() {
        1 => polygons,
        _ => match union(polygons) {
            Ok(whole) => whole,
            Err(trouble) => return exec_err!("{}: {}", call.name, trouble.sentence()),
        },
    };
    let left: Vec<Polygon> = whole
        .iter()
        .filter_map(|polygon| {
            let holes = polygon.holes.iter().filter_map(|hole| of_ring(hole, tolerance)).collect();
            Some(Polygon { outer: of_ring(&polygon.outer, tolerance)?, holes })
        })
        .collect();
    Ok((!left.is_empty()).then(|| push_polygons(&left, out)))
}

/// A ring with fewer corners, its first one kept; `None` if it has no area any more.
fn of_ring(ring: &Ring, tolerance: f64) -> Option<Ring> {
    let mut closed = ring.points().to_vec();
    closed.extend(closed.first().copied());
    let mut left = simplified(&closed, tolerance)?;
    left.pop();
    (left.len() > 2).then(|| Ring::new(left))
}

/// The corners of a line that stay; `None` if all are nearer to each other than the tolerance.
fn simplified(corners: &[Point], tolerance: f64) -> Option<Vec<Point>> {
    let (first, last) = (*corners.first()?, *corners.last()?);
    let mut apart = vec![first];
    for corner in corners.get(1..corners.len() - 1).unwrap_or_default() {
        let near = |other: &Point| corner.angle(*other) < tolerance;
        if !near(&last) && !apart.last().is_some_and(near) {
            apart.push(*corner);
        }
    }
    if apart.len() > 1 || first.angle(last) >= tolerance.max(f64::MIN_POSITIVE) {
        apart.push(last);
    }
    if apart.len() < 2 {
        return None;
    }
    // From each corner that stays, as far as all between are near the straight way.
    let mut left = vec![first];
    let mut from = 0;
    while from + 1 < apart.len() {
        let mut to = from + 1;
        while let (Some(start), Some(end)) = (apart.get(from), apart.get(to + 1)) {
            let way = Arc { from: *start, to: *end };
            let passed = apart.get(from + 1..=to).unwrap_or_default();
            let near = |corner: &Point| way.length() > 0.0 && way.distance(*corner) <= tolerance;
            if !passed.iter().all(near) {
                break;
            }
            to += 1;
        }
        left.extend(apart.get(to));
        from = to;
    }
    Some(left)
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    const STREET: &str = r#"parse_json('{"type":"LineString","coordinates":[[-73.97033169865608,40.789063020152824],[-73.97039607167244,40.78897975920816],[-73.9704617857933,40.78888837512432],[-73.97052884101868,40.7887949601531],[-73.9706052839756,40.788698498903564],[-73.97065222263336,40.78862640672032],[-73.97072866559029,40.78852791445617],[-73.97079303860664,40.788434498977836]]}')"#;
    const BLOCK: &str = r#"parse_json('{"type":"Polygon","coordinates":[[[-73.94885122776031,40.79673476355657],[-73.94885927438736,40.79692258628347],[-73.94887939095497,40.79692055577034],[-73.9488673210144,40.79693476936093],[-73.94888743758202,40.79693476936093],[-73.9488834142685,40.796959135509105],[-73.94890084862709,40.79695304397289],[-73.94906312227248,40.79710736271788],[-73.94923612475395,40.7968708081794],[-73.94885122776031,40.79673476355657]]]}')"#;

    #[tokio::test]
    async fn fewer_corners() {
        let corners = |call: &str, places: &[&str]| {
            let of = |place: &&str| {
                format!(
                    "round(json_get_float(json_get_json({call}, 'coordinates'{place}), 0), 9), round(json_get_float(json_get_json({call}, 'coordinates'{place}), 1), 9)"
                )
            };
            places.iter().map(of).collect::<Vec<_>>().join(", ")
        };
        let line = format!("geo_line_simplify({STREET}, 10)");
        answers(
            &corners(&line, &[", 0", ", 1", ", 2"]),
            "-73.970331699, 40.78906302, -73.970793039, 40.788434499, NULL, NULL",
        )
        .await;
        let block = format!("geo_polygon_simplify({BLOCK})");
        answers(
            &corners(&block, &[", 0, 0", ", 0, 1", ", 0, 2", ", 0, 3", ", 0, 4"]),
            "-73.948851228, 40.796734764, -73.949063122, 40.797107363, -73.949236125, 40.796870808, -73.948851228, 40.796734764, NULL, NULL",
        )
        .await;
    }

    #[tokio::test]
    async fn nothing_is_left() {
        const THREE: &str = r#"parse_json('[{"type":"Polygon","coordinates":[[[-73.9495,40.7969],[-73.95807,40.80068],[-73.98201,40.76825],[-73.97317,40.76455],[-73.9495,40.7969]]]},{"type":"Polygon","coordinates":[[[-73.94622,40.79249],[-73.96888,40.79282],[-73.9577,40.7789],[-73.94622,40.79249]]]}]')"#;
        const COUNTRY: &str =
            r#"parse_json('{"type":"Polygon","coordinates":[[[5,48],[0,50],[0,47],[4,47],[5,48]]]}')"#;
        for (expression, answer) in [
            (r#"geo_line_simplify(parse_json('{"type":"LineString","coordinates":[[1, 1]]}'))"#.to_owned(), "NULL"),
            (
                r#"geo_line_simplify(parse_json('{"type":"LineString","coordinates":[[1,1],[2,2]]}'), -1)"#.to_owned(),
                "NULL",
            ),
            (
                r#"geo_line_simplify(parse_json('{"type":"LineString","coordinates":[[1.1,1.1],[1.2,1.2]]}'), 100000)"#
                    .to_owned(),
                "NULL",
            ),
            (
                format!(
                    "geo_polygon_simplify({COUNTRY}, -0.1), geo_polygon_simplify({COUNTRY}, 1000000), geo_polygon_simplify({COUNTRY}) = {COUNTRY}"
                ),
                "NULL, NULL, false",
            ),
            (
                format!("geo_simplify_polygons_array({THREE}, -1), geo_simplify_polygons_array({THREE}, 10000)"),
                "NULL, NULL",
            ),
            (
                format!(
                    "geo_polygon_area(geo_simplify_polygons_array({THREE}, 1)) = geo_polygon_area(geo_simplify_polygons_array({THREE}, 2))"
                ),
                "true",
            ),
        ] {
            answers(&expression, answer).await;
        }
    }
}
