//! `geo_polygon_to_h3cells`: the H3 cells whose middles are in a polygon, whose edges are straight on the map here, as
//! in the H3 library.

use std::collections::HashSet;

use datafusion::{
    arrow::array::ArrayRef,
    common::{Result, exec_err},
    logical_expr::ScalarUDF,
};
use h3o::{CellIndex, LatLng, Resolution};

use super::{
    h3::{USUAL, push_tokens, resolution_of},
    planar::{Place, Planar},
};
use crate::functions::{
    call::{Answer, Call, Family, Kind, Param::May, Param::Need},
    definition::Section,
};

/// How many cells Kusto gives for a polygon at most; if there were more, it gives null.
const MOST: usize = 61_680;

/// How many places along the edges are looked at.
const STEPS: f64 = 1e6;

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    let function = Family(Section::Geo).function(
        "geo_polygon_to_h3cells(polygon [, resolution [, radius]])",
        "The tokens of the H3 cells of a resolution (6 if not said) whose middles are in a polygon, as a JSON array. NULL if they were more than 61680.",
        (
            r#"SELECT geo_polygon_to_h3cells(parse_json('{"type":"Polygon","coordinates":[[[2,48],[3,48],[3,49],[2,49],[2,48]]]}'), 4)"#,
            r#"["841fb01ffffffff","841fb05ffffffff","841fb09ffffffff","841fb0dffffffff","841fb47ffffffff"]"#,
        ),
        (&[Need(Kind::Dynamic), May(Kind::Whole), May(Kind::Number)], Answer::Dynamic),
        cells,
    );
    vec![ScalarUDF::from(function)]
}

fn cells(call: &Call) -> Result<ArrayRef> {
    let (shapes, resolutions) = (call.json(0)?, call.long_or(1, USUAL)?);
    let radii = (call.len() > 2).then(|| call.real(2)).transpose()?;
    call.try_write(|row, out| {
        let resolution = resolutions.get(row).and_then(resolution_of);
        let radius = radii.as_ref().map_or(Some(0.0), |radii| radii.get(row)).filter(|radius| *radius >= 0.0);
        let shape = shapes.get(row).and_then(Planar::polygons);
        let (Some(shape), Some(resolution), Some(radius)) = (shape, resolution, radius) else { return Ok(None) };
        if radius > 0.0 {
            return exec_err!("{}: a radius is not supported; leave it out, or take geo_polygon_to_s2cells", call.name);
        }
        let polygons: Vec<Flat> = match shape {
            Planar::Polygon(rings) => vec![Flat::of(rings)],
            Planar::Polygons(polygons) => polygons.into_iter().map(Flat::of).collect(),
            Planar::Line(_) | Planar::Lines(_) => return Ok(None),
        };
        let step = resolution.edge_length_rads().to_degrees() / 4.0;
        if polygons.iter().map(|polygon| polygon.length() / step).sum::<f64>() > STEPS {
            return exec_err!("{}: the polygon has too long an edge for this resolution; take a lower one", call.name);
        }
        Ok(fill(&polygons, resolution, step).map(|cells| push_tokens(cells, out)))
    })
}

/// A polygon on the map; one across the 180th meridian goes on to the east of it.
struct Flat {
    rings: Vec<Vec<Place>>,
    is_across: bool,
}

impl Flat {
    fn of(rings: Vec<Vec<Place>>) -> Self {
        let is_far = |ring: &Vec<Place>| edges(ring).any(|(from, to)| (from.0 - to.0).abs() > 180.0);
        let mut flat = Self { is_across: rings.iter().any(is_far), rings };
        if flat.is_across {
            flat.rings.iter_mut().flatten().for_each(|place| place.0 = east(place.0));
        }
        flat
    }

    fn length(&self) -> f64 {
        let lengths = self.rings.iter().flat_map(|ring| edges(ring)).map(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1));
        lengths.sum()
    }

    /// Whether a place is inside: an odd number of edges is to the east of it.
    fn holds(&self, (longitude, latitude): Place) -> bool {
        let x = if self.is_across { east(longitude) } else { longitude };
        let is_east = |(from, to): &(Place, Place)| {
            (from.1 > latitude) != (to.1 > latitude)
                && x < (to.0 - from.0) * (latitude - from.1) / (to.1 - from.1) + from.0
        };
        self.rings.iter().flat_map(|ring| edges(ring)).filter(is_east).count() % 2 == 1
    }

    /// Places along the edges, no farther from each other than a step.
    fn walk(&self, step: f64) -> impl Iterator<Item = Place> {
        self.rings.iter().flat_map(|ring| edges(ring)).flat_map(move |(from, to)| {
            let steps = ((to.0 - from.0).hypot(to.1 - from.1) / step).ceil().max(1.0) as u32;
            (0..steps).map(move |at| {
                let part = f64::from(at) / f64::from(steps);
                (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
            })
        })
    }
}

/// A longitude from 0 to 360.
fn east(longitude: f64) -> f64 {
    if longitude < 0.0 { longitude + 360.0 } else { longitude }
}

fn edges(ring: &[Place]) -> impl Iterator<Item = (Place, Place)> {
    ring.iter().copied().zip(ring.iter().copied().skip(1))
}

/// The cells, by their tokens; `None` if they are too many.
///
/// From the cells on the edges the search goes on to the cells around them, and from every cell inside to those around
/// it. The way between the middles of two cells of which one is inside crosses an edge in one of them, and steps of a
/// quarter of a cell's side do not step over both.
fn fill(polygons: &[Flat], resolution: Resolution, step: f64) -> Option<Vec<CellIndex>> {
    let on_edges = polygons.iter().flat_map(|polygon| polygon.walk(step));
    let seeds: HashSet<CellIndex> = on_edges
        .filter_map(|(longitude, latitude)| Some(LatLng::new(latitude, longitude).ok()?.to_cell(resolution)))
        .collect();
    let mut seen: HashSet<CellIndex> = HashSet::new();
    let mut open: Vec<CellIndex> = Vec::new();
    for cell in seeds.iter().flat_map(|seed| seed.grid_disk_safe(1)) {
        if seen.insert(cell) {
            open.push(cell);
        }
    }
    let mut inside = Vec::new();
    while let Some(cell) = open.pop() {
        let middle = LatLng::from(cell);
        if !polygons.iter().any(|polygon| polygon.holds((middle.lng(), middle.lat()))) {
            continue;
        }
        inside.push(cell);
        if inside.len() > MOST {
            return None;
        }
        open.extend(cell.grid_disk_safe(1).filter(|around| seen.insert(*around)));
    }
    inside.sort_unstable_by_key(|cell| u64::from(*cell));
    Some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::{answers, fails};

    fn square(west: f64, south: f64, side: f64) -> Vec<Place> {
        vec![(west, south), (west + side, south), (west + side, south + side), (west, south + side), (west, south)]
    }

    /// Every cell of a polygon lies in a cell of a lower resolution that is near it, and has its middle inside.
    #[test]
    fn exactly_the_cells_whose_middle_is_inside() {
        let holed = Flat::of(vec![square(2.0, 47.0, 1.0), square(2.3, 47.3, 0.4)]);
        let found = fill(&[holed], Resolution::Six, 0.005).unwrap();
        let all = fill(&[Flat::of(vec![square(1.5, 46.5, 2.0)])], Resolution::Three, 0.1).unwrap();
        let around: HashSet<CellIndex> = all.iter().flat_map(|cell| cell.grid_disk_safe(2)).collect();
        let is_in = |cell: &CellIndex| {
            let at = LatLng::from(*cell);
            let within = |west: f64, south: f64, side: f64| {
                (west..west + side).contains(&at.lng()) && (south..south + side).contains(&at.lat())
            };
            within(2.0, 47.0, 1.0) && !within(2.3, 47.3, 0.4)
        };
        let mut wanted: Vec<CellIndex> =
            around.iter().flat_map(|cell| cell.children(Resolution::Six)).filter(is_in).collect();
        wanted.sort_unstable_by_key(|cell| u64::from(*cell));
        assert!(found.len() > 100);
        assert_eq!(found, wanted);
    }

    #[tokio::test]
    async fn polygons() {
        const ACROSS: &str =
            r#"parse_json('{"type":"Polygon","coordinates":[[[179,1],[-179,1],[-179,2],[179,2],[179,1]]]}')"#;
        const TWO: &str = r#"parse_json('{"type":"MultiPolygon","coordinates":[[[[179,1],[179.9,1],[179.9,2],[179,2],[179,1]]],[[[-179.9,1],[-179,1],[-179,2],[-179.9,2],[-179.9,1]]]]}')"#;
        for (expression, answer) in [
            (
                format!(
                    "kusto_array_length(geo_polygon_to_h3cells({ACROSS}, 5)) > kusto_array_length(geo_polygon_to_h3cells({TWO}, 5)), kusto_array_length(geo_polygon_to_h3cells({TWO}, 5)) > 50"
                ),
                "true, true",
            ),
            (
                format!(
                    "geo_polygon_to_h3cells({ACROSS}, 12), geo_polygon_to_h3cells({ACROSS}, 16), geo_polygon_to_h3cells({ACROSS}, 5, -1), geo_polygon_to_h3cells(parse_json('1'))"
                ),
                "NULL, NULL, NULL, NULL",
            ),
            (format!("geo_polygon_to_h3cells({ACROSS}, 0, 0)"), "[]"),
        ] {
            answers(&expression, answer).await;
        }
        fails(&format!("geo_polygon_to_h3cells({ACROSS}, 5, 10)"), "geo_polygon_to_h3cells: a radius is not supported")
            .await;
        fails(&format!("geo_polygon_to_h3cells({ACROSS}, 15)"), "too long an edge for this resolution").await;
    }
}
