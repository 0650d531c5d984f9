//! `geo_line_densify`, `geo_polygon_densify`: edges that are straight on the map become chains of edges that are the
//! shortest ways on earth, by halving each until it is nowhere farther from the straight one than a tolerance. How far
//! it is, is estimated as S2's tessellator does, so that edges are halved where Kusto halves them.

use datafusion::{
    arrow::array::ArrayRef,
    common::{Result, exec_err},
    logical_expr::ScalarUDF,
};

use super::{
    planar::{Place, Planar},
    sphere::{Arc, Point, RADIUS},
};
use crate::{
    functions::{
        call::{Answer, Call, Column, Family, Kind, Param, Param::May, Param::Need},
        definition::Section,
    },
    json::value::Value,
};

/// The tolerance in metres where none is asked for, and the tolerances there are.
const USUAL: f64 = 10.0;
const TOLERANCES: std::ops::RangeInclusive<f64> = 0.1..=10_000.0;

/// The part of an edge at which it is measured, from either end: between them and within the scale, the two ways are
/// nowhere farther apart.
const MEASURED: f64 = 0.312_156_910_822_483_1;
const SCALE: f64 = 0.838_299_925_698_885_1;

/// How often an edge is halved at most: shorter ones would be millimetres.
const HALVINGS: u32 = 32;

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const DENSIFY: (&[Param], Answer) = (&[Need(Kind::Dynamic), May(Kind::Number), May(Kind::Truth)], Answer::Dynamic);
    let geo = Family(Section::Geo);
    [
        geo.function(
            "geo_line_densify(line [, tolerance [, preserve_crossing]])",
            "A line whose edges are straight on the map, with points added so that the shortest ways between them are no farther from it than a tolerance of 0.1 to 10000 metres (10 if not said). Edges across the 180th meridian need preserve_crossing to be true.",
            (
                r#"SELECT geo_line_densify(parse_json('{"type":"LineString","coordinates":[[10,60],[11,60]]}'), 50)"#,
                r#"{"type":"LineString","coordinates":[[10.0,60.0],[10.5,60.0],[11.0,60.0]]}"#,
            ),
            DENSIFY,
            |call| densify(call, Planar::lines),
        ),
        geo.function(
            "geo_polygon_densify(polygon [, tolerance [, preserve_crossing]])",
            "A polygon whose edges are straight on the map, with points added so that the shortest ways between them are no farther from it than a tolerance of 0.1 to 10000 metres (10 if not said). Edges across the 180th meridian need preserve_crossing to be true.",
            (
                r#"SELECT geo_polygon_densify(parse_json('{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}'), 10000)"#,
                r#"{"type":"Polygon","coordinates":[[[0.0,0.0],[1.0,0.0],[1.0,1.0],[0.0,0.0]]]}"#,
            ),
            DENSIFY,
            |call| densify(call, Planar::polygons),
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

fn densify(call: &Call, read: fn(Value) -> Option<Planar>) -> Result<ArrayRef> {
    let shapes = call.json(0)?;
    let tolerances = if call.len() > 1 { call.real(1)? } else { Column::constant(USUAL) };
    let preserve = (call.len() > 2).then(|| call.truth(2)).transpose()?;
    call.try_write(|row, out| {
        let tolerance = tolerances.get(row).filter(|tolerance| TOLERANCES.contains(tolerance));
        let (Some(shape), Some(tolerance)) = (shapes.get(row).and_then(read), tolerance) else { return Ok(None) };
        let crosses = shape.ways().iter().any(|way| edges(way).any(|(from, to)| (from.0 - to.0).abs() > 180.0));
        let is_preserved = preserve.as_ref().is_some_and(|preserve| preserve.get(row) == Some(true));
        if crosses && !is_preserved {
            return exec_err!(
                "{}: an edge crosses the 180th meridian; that is supported only where the third argument, \
                 preserve_crossing, is true",
                call.name
            );
        }
        let tolerance = SCALE * tolerance / RADIUS;
        shape
            .map(|way| {
                let mut dense: Vec<Place> = way.iter().take(1).copied().collect();
                edges(way).for_each(|(from, to)| chain(from, to, tolerance, HALVINGS, &mut dense));
                dense
            })
            .push(out);
        Ok(Some(()))
    })
}

fn edges(way: &[Place]) -> impl Iterator<Item = (Place, Place)> {
    way.iter().copied().zip(way.iter().copied().skip(1))
}

/// Appends the points of an edge behind its first one.
fn chain(from: Place, to: Place, tolerance: f64, halvings: u32, dense: &mut Vec<Place>) {
    if halvings == 0 || apart(from, to) <= tolerance {
        dense.push(to);
        return;
    }
    let middle = between(from, to, 0.5);
    chain(from, middle, tolerance, halvings - 1, dense);
    chain(middle, to, tolerance, halvings - 1, dense);
}

/// The place at a part of a straight edge, which takes the short way around the earth.
fn between(from: Place, to: Place, part: f64) -> Place {
    let around = match to.0 - from.0 {
        east if east > 180.0 => east - 360.0,
        east if east < -180.0 => east + 360.0,
        east => east,
    };
    let longitude = match from.0 + around * part {
        longitude if longitude > 180.0 => longitude - 360.0,
        longitude if longitude < -180.0 => longitude + 360.0,
        longitude => longitude,
    };
    (longitude, from.1 + (to.1 - from.1) * part)
}

/// How far a straight edge and the shortest way are from each other, as an angle.
fn apart(from: Place, to: Place) -> f64 {
    let point = |(longitude, latitude)| Point::at(longitude, latitude);
    let (Some(start), Some(end)) = (point(from), point(to)) else { return 0.0 };
    // Too far for a measure.
    if start.dot(end) < -1e-14 {
        return f64::INFINITY;
    }
    let arc = Arc { from: start, to: end };
    let at = |part| point(between(from, to, part)).map_or(0.0, |straight| straight.angle(arc.point(part)));
    at(MEASURED).max(at(1.0 - MEASURED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::{answers, fails};

    #[test]
    fn no_chain_is_farther_than_the_tolerance() {
        for (from, to) in [((0.0, 50.0), (40.0, 50.0)), ((-170.0, 10.0), (-20.0, 80.0)), ((3.0, 4.0), (3.0, -60.0))] {
            for tolerance in [0.1, 10.0, 10_000.0] {
                let mut dense = vec![from];
                chain(from, to, SCALE * tolerance / RADIUS, HALVINGS, &mut dense);
                assert_eq!(dense.last(), Some(&to));
                for (from, to) in edges(&dense) {
                    let point = |place: Place| Point::at(place.0, place.1).unwrap();
                    let arc = Arc { from: point(from), to: point(to) };
                    for part in 1..20 {
                        let straight = point(between(from, to, f64::from(part) / 20.0));
                        assert!(arc.distance(straight) * RADIUS <= tolerance);
                    }
                }
            }
        }
    }

    #[tokio::test]
    async fn shapes() {
        const ACROSS: &str = r#"parse_json('{"type":"LineString","coordinates":[[179,60],[-179,60]]}')"#;
        for (expression, answer) in [
            (
                r#"geo_line_densify(parse_json('{"type":"MultiLineString","coordinates":[[[7,0],[7,80]],[[0,1],[0.01,1]]]}'))"#.to_owned(),
                r#"{"type":"MultiLineString","coordinates":[[[7.0,0.0],[7.0,80.0]],[[0.0,1.0],[0.01,1.0]]]}"#,
            ),
            (
                format!("geo_line_densify({ACROSS}, 200, true)"),
                r#"{"type":"LineString","coordinates":[[179.0,60.0],[180.0,60.0],[-179.0,60.0]]}"#,
            ),
            (
                format!("geo_line_densify({ACROSS}, 0.05, true), geo_line_densify({ACROSS}, 10001, true), geo_line_densify({ACROSS}, NULL, true), geo_polygon_densify({ACROSS})"),
                "NULL, NULL, NULL, NULL",
            ),
        ] {
            answers(&expression, answer).await;
        }
        fails(&format!("geo_line_densify({ACROSS})"), "geo_line_densify: an edge crosses the 180th meridian").await;
    }
}
