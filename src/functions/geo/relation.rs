//! Functions of how shapes lie to each other: whether they meet, and where one is closest to a point.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::{
    line::{self, push_point},
    point::point,
    polygon,
    shape::{Line, Polygon, lines},
    sphere::{Arc, Point},
};
use crate::functions::{
    call::{Answer, Call, Family, Kind, Param, Param::Need},
    definition::Section,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const SHAPE: Param = Need(Kind::Dynamic);
    const NUMBER: Param = Need(Kind::Number);
    const TWO: (&[Param], Answer) = (&[SHAPE, SHAPE], Answer::Bool);
    const CLOSEST: (&[Param], Answer) = (&[NUMBER, NUMBER, SHAPE], Answer::Dynamic);
    let geo = Family(Section::Geo);
    [
        geo.function(
            "geo_closest_point_on_line(longitude, latitude, line)",
            "The Point of a line (LineString or MultiLineString) that is closest to a point.",
            (
                r#"SELECT geo_closest_point_on_line(-5, 1, parse_json('{"type":"LineString","coordinates":[[0,0],[2,0]]}'))"#,
                r#"{"type":"Point","coordinates":[0.0,0.0]}"#,
            ),
            CLOSEST,
            closest_on_line,
        ),
        geo.function(
            "geo_closest_point_on_polygon(longitude, latitude, polygon)",
            "The Point of a polygon (Polygon or MultiPolygon) that is closest to a point: the point itself if it is within.",
            (
                r#"SELECT geo_closest_point_on_polygon(1, 0.5, parse_json('{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]}'))"#,
                r#"{"type":"Point","coordinates":[1.0,0.5]}"#,
            ),
            CLOSEST,
            closest_on_polygon,
        ),
        geo.function(
            "geo_intersects_2lines(line1, line2)",
            "Whether two lines (LineString or MultiLineString) have a point in common.",
            (
                r#"SELECT geo_intersects_2lines(parse_json('{"type":"LineString","coordinates":[[-1,0],[1,0]]}'), parse_json('{"type":"LineString","coordinates":[[0,-1],[0,1]]}'))"#,
                "true",
            ),
            TWO,
            two_lines,
        ),
        geo.function(
            "geo_intersects_2polygons(polygon1, polygon2)",
            "Whether two polygons (Polygon or MultiPolygon) have a point in common.",
            (
                r#"SELECT geo_intersects_2polygons(parse_json('{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]}'), parse_json('{"type":"Polygon","coordinates":[[[1,1],[3,1],[3,3],[1,3],[1,1]]]}'))"#,
                "true",
            ),
            TWO,
            two_polygons,
        ),
        geo.function(
            "geo_intersects_line_with_polygon(line, polygon)",
            "Whether a line and a polygon have a point in common.",
            (
                r#"SELECT geo_intersects_line_with_polygon(parse_json('{"type":"LineString","coordinates":[[-1,1],[1,1]]}'), parse_json('{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]}'))"#,
                "true",
            ),
            TWO,
            line_and_polygon,
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// The point of some edges that is closest to a point.
fn closest(edges: impl Iterator<Item = Arc>, point: Point) -> Option<Point> {
    let places = edges.map(|edge| edge.point(edge.closest(point)));
    places.min_by(|left, right| left.angle(point).total_cmp(&right.angle(point)))
}

fn closest_on_line(call: &Call) -> Result<ArrayRef> {
    let (point, lines) = (point(call, 0)?, line::shapes(call, 2, lines)?);
    call.write(|row, out| {
        let (point, lines) = (point(row)?, lines(row)?);
        push_point(closest(lines.iter().flat_map(Line::edges), point)?, out);
        Some(())
    })
}

fn closest_on_polygon(call: &Call) -> Result<ArrayRef> {
    let (longitudes, latitudes) = (call.real(0)?, call.real(1)?);
    let polygons = polygon::shapes(call, 2)?;
    call.write(|row, out| {
        let (longitude, latitude) = (longitudes.get(row)?, latitudes.get(row)?);
        let (point, polygons) = (Point::at(longitude, latitude)?, polygons(row)?);
        match polygons.iter().any(|polygon| polygon.contains(point)) {
            // As it was given: no digit may change on the way through the sphere.
            true => line::push_place(longitude, latitude, out),
            false => push_point(closest(polygons.iter().flat_map(Polygon::edges), point)?, out),
        }
        Some(())
    })
}

/// Whether any of some edges meets any of others.
fn any_meet<E: Iterator<Item = Arc>>(mut edges: impl Iterator<Item = Arc>, others: impl Fn() -> E) -> bool {
    edges.any(|edge| others().any(|other| edge.meets(other)))
}

fn two_lines(call: &Call) -> Result<ArrayRef> {
    let (left, right) = (line::shapes(call, 0, lines)?, line::shapes(call, 1, lines)?);
    call.truths(|row| {
        let (left, right) = (left(row)?, right(row)?);
        Some(any_meet(left.iter().flat_map(Line::edges), || right.iter().flat_map(Line::edges)))
    })
}

fn line_and_polygon(call: &Call) -> Result<ArrayRef> {
    let (lines, polygons) = (line::shapes(call, 0, lines)?, polygon::shapes(call, 1)?);
    call.truths(|row| {
        let (lines, polygons) = (lines(row)?, polygons(row)?);
        let edges = || lines.iter().flat_map(Line::edges);
        let is_within = |edge: Arc| polygons.iter().any(|polygon| polygon.contains(edge.from));
        Some(edges().any(is_within) || any_meet(edges(), || polygons.iter().flat_map(Polygon::edges)))
    })
}

fn two_polygons(call: &Call) -> Result<ArrayRef> {
    let (left, right) = (polygon::shapes(call, 0)?, polygon::shapes(call, 1)?);
    call.truths(|row| {
        let (left, right) = (left(row)?, right(row)?);
        let meet = |one: &Polygon, other: &Polygon| one.overlaps(other) || any_meet(one.edges(), || other.edges());
        Some(left.iter().any(|one| right.iter().any(|other| meet(one, other))))
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    fn line(coordinates: &str) -> String {
        format!(r#"parse_json('{{"type":"LineString","coordinates":{coordinates}}}')"#)
    }

    fn polygon(coordinates: &str) -> String {
        format!(r#"parse_json('{{"type":"Polygon","coordinates":{coordinates}}}')"#)
    }

    #[tokio::test]
    async fn lines_that_meet() {
        for (left, right, answer) in [
            ("[[0,0],[4,4]]", "[[0,4],[4,0]]", "true"),
            ("[[0,0],[4,4]]", "[[0,4],[1,3]]", "false"),
            // An end on an end, an end on an edge, one along the other, and one beyond the other.
            ("[[0,0],[4,4]]", "[[4,4],[9,0]]", "true"),
            ("[[0,0],[4,0]]", "[[2,0],[2,5]]", "true"),
            ("[[0,0],[4,0]]", "[[1,0],[2,0]]", "true"),
            ("[[0,0],[4,0]]", "[[5,0],[9,0]]", "false"),
            ("[[179,0],[-179,0]]", "[[180,-1],[180,1]]", "true"),
            ("[[1,0],[-1,0]]", "[[180,-1],[180,1]]", "false"),
            ("[[0,0]]", "[[0,0],[1,1]]", "NULL"),
        ] {
            answers(&format!("geo_intersects_2lines({}, {})", line(left), line(right)), answer).await;
            answers(&format!("geo_intersects_2lines({}, {})", line(right), line(left)), answer).await;
        }
    }

    #[tokio::test]
    async fn lines_and_polygons_that_meet() {
        const HOLED: &str = "[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[4,4],[6,4],[6,6],[4,6],[4,4]]]";
        for (way, answer) in [
            ("[[1,1],[2,2]]", "true"),
            ("[[-5,5],[15,5]]", "true"),
            ("[[-5,5],[0,5]]", "true"),
            ("[[-5,5],[-1,5]]", "false"),
            ("[[4.5,5],[5.5,5]]", "false"),
            ("[[4.5,5],[7,5]]", "true"),
            ("[[1,1]]", "NULL"),
        ] {
            answers(&format!("geo_intersects_line_with_polygon({}, {})", line(way), polygon(HOLED)), answer).await;
        }
        answers(&format!("geo_intersects_line_with_polygon({}, {})", line("[[1,1],[2,2]]"), polygon("[]")), "NULL")
            .await;
    }

    #[tokio::test]
    async fn polygons_that_meet() {
        const HOLED: &str = "[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[4,4],[6,4],[6,6],[4,6],[4,4]]]";
        for (other, answer) in [
            (HOLED, "true"),
            ("[[[1,1],[2,1],[2,2],[1,1]]]", "true"),
            ("[[[-9,-9],[19,-9],[19,19],[-9,19],[-9,-9]]]", "true"),
            ("[[[4.5,4.5],[5.5,4.5],[5.5,5.5],[4.5,4.5]]]", "false"),
            ("[[[10,0],[12,0],[12,5],[10,0]]]", "true"),
            ("[[[11,0],[12,0],[12,5],[11,0]]]", "false"),
            ("[[[0,0],[1,1],[1,1],[0,0]]]", "NULL"),
        ] {
            answers(&format!("geo_intersects_2polygons({}, {})", polygon(HOLED), polygon(other)), answer).await;
            answers(&format!("geo_intersects_2polygons({}, {})", polygon(other), polygon(HOLED)), answer).await;
        }
    }

    #[tokio::test]
    async fn closest_points() {
        let part = |call: String| {
            let degree = |axis| format!("round(json_get_float(json_get_json({call}, 'coordinates'), {axis}), 9)");
            format!("{}, {}", degree(0), degree(1))
        };
        let way = line("[[0,0],[10,0],[10,10]]");
        let park = polygon(
            "[[[-73.9495,40.7969],[-73.95807266235352,40.80068603561921],[-73.98201942443848,40.76825672305777],[-73.97317886352539,40.76455136505513],[-73.9495,40.7969]]]",
        );
        for (expression, answer) in [
            (part(format!("geo_closest_point_on_line(3, 2, {way})")), "3.0, 0.0"),
            (part(format!("geo_closest_point_on_line(12, -1, {way})")), "10.0, 0.0"),
            (part(format!("geo_closest_point_on_polygon(-73.9839, 40.7705, {park})")), "-73.98120558, 40.769359453"),
            (
                format!(
                    "geo_closest_point_on_line(300, 3, {way}), geo_closest_point_on_polygon(500, 1, {park}), geo_closest_point_on_polygon(1, 1, {})",
                    polygon("[[[0,0],[10,10],[10,10],[0,0]]]")
                ),
                "NULL, NULL, NULL",
            ),
        ] {
            answers(&expression, answer).await;
        }
    }
}
