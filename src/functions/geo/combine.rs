//! Functions that make a shape of several: `geo_intersection_…`, `geo_union_…`.

use datafusion::{
    arrow::array::ArrayRef,
    common::{Result, exec_err},
    logical_expr::ScalarUDF,
};

use super::{
    cut::Trouble,
    line::{self, push_coordinates, push_point},
    overlay::{Common, apart, intersection, union},
    planar::{Place, Planar},
    polygon,
    shape::{Line, Polygon, Ring, lines, polygons},
    sphere::Point,
    ways::{chains, lines_in_common, lines_in_polygons},
};
use crate::{
    functions::{
        call::{Answer, Call, Family, Kind, Param, Param::Need},
        definition::Section,
    },
    json::value::{Value, Writer},
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const SHAPE: Param = Need(Kind::Dynamic);
    const TWO: (&[Param], Answer) = (&[SHAPE, SHAPE], Answer::Dynamic);
    const ARRAY: (&[Param], Answer) = (&[SHAPE], Answer::Dynamic);
    let geo = Family(Section::Geo);
    [
        geo.function(
            "geo_intersection_2lines(line1, line2)",
            "What two lines (LineString or MultiLineString) have in common: a Point, a LineString, several of these, or a GeometryCollection, which is empty if there is nothing.",
            (
                r#"SELECT geo_intersection_2lines(parse_json('{"type":"LineString","coordinates":[[-1,0],[1,0]]}'), parse_json('{"type":"LineString","coordinates":[[0,-1],[0,1]]}'))"#,
                r#"{"type":"Point","coordinates":[0.0,0.0]}"#,
            ),
            TWO,
            two_lines,
        ),
        geo.function(
            "geo_intersection_2polygons(polygon1, polygon2)",
            "What two polygons (Polygon or MultiPolygon) have in common: a Polygon, several of these, lines or points on their edges, or a GeometryCollection, which is empty if there is nothing.",
            (
                r#"SELECT geo_intersection_2polygons(parse_json('{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,0]]]}'), parse_json('{"type":"Polygon","coordinates":[[[5,0],[7,0],[7,2],[5,0]]]}'))"#,
                r#"{"type":"GeometryCollection","geometries":[]}"#,
            ),
            TWO,
            two_polygons,
        ),
        geo.function(
            "geo_intersection_line_with_polygon(line, polygon)",
            "The part of a line that is in a polygon: a LineString, several of these, points, or a GeometryCollection, which is empty if there is none.",
            (
                r#"SELECT geo_intersection_line_with_polygon(parse_json('{"type":"LineString","coordinates":[[5,0],[9,0]]}'), parse_json('{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,0]]]}'))"#,
                r#"{"type":"GeometryCollection","geometries":[]}"#,
            ),
            TWO,
            line_and_polygon,
        ),
        geo.function(
            "geo_union_lines_array(lines)",
            "The lines of a JSON array as one LineString or MultiLineString, in which every edge is once.",
            (
                r#"SELECT geo_union_lines_array(parse_json('[{"type":"LineString","coordinates":[[0,0],[90,0]]},{"type":"LineString","coordinates":[[90,0],[0,0]]}]'))"#,
                r#"{"type":"LineString","coordinates":[[0.0,0.0],[90.0,0.0]]}"#,
            ),
            ARRAY,
            union_of_lines,
        ),
        geo.function(
            "geo_union_polygons_array(polygons)",
            "The polygons of a JSON array as one Polygon or MultiPolygon, which covers what any of them does.",
            (
                r#"SELECT geo_union_polygons_array(parse_json('[{"type":"Polygon","coordinates":[[[0,0],[90,0],[0,90],[0,0]]]}]'))"#,
                r#"{"type":"Polygon","coordinates":[[[0.0,0.0],[90.0,0.0],[0.0,90.0],[0.0,0.0]]]}"#,
            ),
            ARRAY,
            union_of_polygons,
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// The answer of a row, or the sentence why there is none.
fn told<T>(call: &Call, made: std::result::Result<T, Trouble>) -> Result<T> {
    made.or_else(|trouble| exec_err!("{}: {}", call.name, trouble.sentence()))
}

fn two_lines(call: &Call) -> Result<ArrayRef> {
    let (left, right) = (line::shapes(call, 0, lines)?, line::shapes(call, 1, lines)?);
    call.try_write(|row, out| {
        let (Some(left), Some(right)) = (left(row), right(row)) else { return Ok(None) };
        push_common(&told(call, lines_in_common(&left, &right))?, out);
        Ok(Some(()))
    })
}

fn line_and_polygon(call: &Call) -> Result<ArrayRef> {
    let (lines, polygons) = (line::shapes(call, 0, lines)?, polygon::shapes(call, 1)?);
    call.try_write(|row, out| {
        let (Some(lines), Some(polygons)) = (lines(row), polygons(row)) else { return Ok(None) };
        let polygons = told(call, apart(&polygons))?;
        push_common(&told(call, lines_in_polygons(&lines, &polygons))?, out);
        Ok(Some(()))
    })
}

fn two_polygons(call: &Call) -> Result<ArrayRef> {
    let (left, right) = (polygon::shapes(call, 0)?, polygon::shapes(call, 1)?);
    call.try_write(|row, out| {
        let (Some(left), Some(right)) = (left(row), right(row)) else { return Ok(None) };
        let (left, right) = (told(call, apart(&left))?, told(call, apart(&right))?);
        push_common(&told(call, intersection(&left, &right))?, out);
        Ok(Some(()))
    })
}

fn union_of_lines(call: &Call) -> Result<ArrayRef> {
    let arrays = call.json(0)?;
    call.write(|row, out| {
        let lines: Vec<Line> = each(arrays.get(row)?, lines)?;
        push_lines(&chains(lines.iter().flat_map(Line::edges).collect()), out);
        Some(())
    })
}

fn union_of_polygons(call: &Call) -> Result<ArrayRef> {
    let arrays = call.json(0)?;
    call.try_write(|row, out| {
        let Some(polygons) = arrays.get(row).and_then(|array| each(array, polygons)) else { return Ok(None) };
        push_polygons(&told(call, union(polygons))?, out);
        Ok(Some(()))
    })
}

/// The shapes of all items of an array; `None` if there is none, or an item is no such shape.
pub(super) fn each<T>(array: Value, read: impl Fn(Value) -> Option<Vec<T>>) -> Option<Vec<T>> {
    let shapes = array.items()?.map(|item| read(Value::of(item))).collect::<Option<Vec<_>>>()?;
    let shapes: Vec<T> = shapes.into_iter().flatten().collect();
    (!shapes.is_empty()).then_some(shapes)
}

/// Appends what there is: one shape as itself, several of a kind as one of that kind, of several kinds as a collection.
fn push_common(common: &Common, out: &mut String) {
    let mut shapes: Vec<String> = Vec::new();
    let mut add = |is_empty: bool, push: &dyn Fn(&mut String)| {
        if !is_empty {
            let mut shape = String::new();
            push(&mut shape);
            shapes.push(shape);
        }
    };
    add(common.points.is_empty(), &|out| push_points(&common.points, out));
    add(common.lines.is_empty(), &|out| push_lines(&common.lines, out));
    add(common.polygons.is_empty(), &|out| push_polygons(&common.polygons, out));
    if let [shape] = shapes.as_slice() {
        return out.push_str(shape);
    }
    let mut collection = Writer::object(out);
    collection.member("type", |out| out.push_str("\"GeometryCollection\""));
    collection.member("geometries", |out| {
        let mut array = Writer::array(out);
        shapes.iter().for_each(|shape| array.item(shape));
        array.end();
    });
    collection.end();
}

fn push_points(points: &[Point], out: &mut String) {
    if let [point] = points {
        return push_point(*point, out);
    }
    let mut object = Writer::object(out);
    object.member("type", |out| out.push_str("\"MultiPoint\""));
    object.member("coordinates", |out| {
        let mut places = Writer::array(out);
        for (longitude, latitude) in points.iter().map(|point| point.degrees()) {
            places.write(|out| push_coordinates(longitude, latitude, out));
        }
        places.end();
    });
    object.end();
}

pub(super) fn push_lines(lines: &[Vec<Point>], out: &mut String) {
    let mut lines: Vec<Vec<Place>> = lines.iter().map(|line| places(line)).collect();
    match (lines.pop(), lines.is_empty()) {
        (Some(line), true) => Planar::Line(line),
        (last, _) => {
            lines.extend(last);
            Planar::Lines(lines)
        }
    }
    .push(out);
}

pub(super) fn push_polygons(polygons: &[Polygon], out: &mut String) {
    let ring = |ring: &Ring| {
        let mut ring = places(ring.points());
        ring.extend(ring.first().copied());
        ring
    };
    let rings = |polygon: &Polygon| -> Vec<Vec<Place>> {
        // GeoJSON has holes the other way round.
        std::iter::once(ring(&polygon.outer)).chain(polygon.holes.iter().map(|hole| ring(&hole.reversed()))).collect()
    };
    match polygons {
        [polygon] => Planar::Polygon(rings(polygon)),
        polygons => Planar::Polygons(polygons.iter().map(rings).collect()),
    }
    .push(out);
}

fn places(points: &[Point]) -> Vec<Place> {
    points.iter().map(|point| point.degrees()).collect()
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, fails};

    fn shape(kind: &str, coordinates: &str) -> String {
        format!(r#"parse_json('{{"type":"{kind}","coordinates":{coordinates}}}')"#)
    }

    fn kind_of(call: &str) -> String {
        format!("json_get_str({call}, 'type')")
    }

    #[tokio::test]
    async fn kinds_of_answers() {
        let line = |coordinates| shape("LineString", coordinates);
        let square = shape("Polygon", "[[[0,0],[10,0],[10,10],[0,10],[0,0]]]");
        let lines = |left, right| kind_of(&format!("geo_intersection_2lines({}, {})", line(left), line(right)));
        let clipped = |way| kind_of(&format!("geo_intersection_line_with_polygon({}, {square})", line(way)));
        let polygons = |other| kind_of(&format!("geo_intersection_2polygons({square}, {})", shape("Polygon", other)));
        for (expression, answer) in [
            (lines("[[0,0],[10,5]]", "[[0,5],[10,0]]"), "Point"),
            (lines("[[0,0],[10,5],[20,0]]", "[[0,5],[10,0],[20,5]]"), "MultiPoint"),
            (lines("[[0,0],[10,5],[20,0]]", "[[10,5],[0,0]]"), "LineString"),
            (lines("[[0,0],[10,5],[20,0]]", "[[20,0],[10,5],[10,0],[0,5]]"), "GeometryCollection"),
            (clipped("[[-5,5],[15,6]]"), "LineString"),
            (clipped("[[-5,5],[5,6],[5,-6],[13,6]]"), "MultiLineString"),
            (clipped("[[-5,5],[0,0],[5,-6]]"), "Point"),
            (clipped("[[0,0],[10,0],[15,-6]]"), "LineString"),
            (clipped("[[1,1],[2,2]]"), "LineString"),
            (polygons("[[[5,5],[15,5],[15,15],[5,15],[5,5]]]"), "Polygon"),
            (polygons("[[[10,10],[15,10],[15,15],[10,10]]]"), "Point"),
            (polygons("[[[10,10],[10,0],[15,5],[10,10]]]"), "LineString"),
            (polygons("[[[1,-5],[9,-5],[9,3],[6,-2],[4,-2],[1,3],[1,-5]]]"), "MultiPolygon"),
        ] {
            answers(&expression, answer).await;
        }
        answers(
            &format!("geo_intersection_2lines({}, {square}), geo_intersection_2polygons({square}, {}), geo_intersection_line_with_polygon({square}, {square}), geo_union_lines_array(parse_json('[]')), geo_union_polygons_array({square})", line("[[0,0],[1,1]]"), line("[[0,0],[1,1]]")),
            "NULL, NULL, NULL, NULL, NULL",
        )
        .await;
        fails(
            &format!("geo_intersection_2lines({}, {})", line("[[0,0],[10,0]]"), line("[[5,0],[5,5]]")),
            "geo_intersection_2lines: a corner of one shape lies on an edge of another",
        )
        .await;
    }

    #[tokio::test]
    async fn a_union_covers_what_its_polygons_do() {
        const TWO: &str = r#"[{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,4],[0,0]]]},{"type":"Polygon","coordinates":[[[2,1],[6,1],[6,3],[2,3],[2,1]]]}]"#;
        answers(
            &format!(
                "round(geo_polygon_area(geo_union_polygons_array(parse_json('{TWO}'))) / 1e9), {}",
                kind_of(&format!("geo_union_polygons_array(parse_json('{TWO}'))"))
            ),
            "247.0, Polygon",
        )
        .await;
    }
}
