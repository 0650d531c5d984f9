//! Lines and polygons whose edges are straight on the map, in degrees, for what Kusto reads or makes of such. No function.

use super::shape;
use crate::json::value::{Value, Writer};

/// Longitude and latitude in degrees.
pub(super) type Place = (f64, f64);

/// A shape of GeoJSON as its coordinates are written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Planar {
    Line(Vec<Place>),
    Lines(Vec<Vec<Place>>),
    Polygon(Vec<Vec<Place>>),
    Polygons(Vec<Vec<Vec<Place>>>),
}

impl Planar {
    /// A LineString or MultiLineString that [`shape::lines`] takes for one.
    pub fn lines(value: Value) -> Option<Self> {
        shape::lines(value)?;
        let (kind, coordinates) = shape::parts(value)?;
        match kind {
            "LineString" => Some(Planar::Line(places(coordinates)?)),
            _ => Some(Planar::Lines(list(coordinates, places)?)),
        }
    }

    /// A Polygon or MultiPolygon that [`shape::polygons`] takes for one.
    pub fn polygons(value: Value) -> Option<Self> {
        shape::polygons(value)?;
        let (kind, coordinates) = shape::parts(value)?;
        let rings = |json| list(json, places);
        match kind {
            "Polygon" => Some(Planar::Polygon(rings(coordinates)?)),
            _ => Some(Planar::Polygons(list(coordinates, rings)?)),
        }
    }

    /// All lines, or rings, which end where they begin.
    pub fn ways(&self) -> Vec<&[Place]> {
        match self {
            Planar::Line(way) => vec![way],
            Planar::Lines(ways) | Planar::Polygon(ways) => ways.iter().map(Vec::as_slice).collect(),
            Planar::Polygons(polygons) => polygons.iter().flatten().map(Vec::as_slice).collect(),
        }
    }

    /// The same with every line, or ring, made another.
    pub fn map(&self, way: impl Fn(&[Place]) -> Vec<Place>) -> Self {
        let ways = |ways: &Vec<Vec<Place>>| ways.iter().map(|one| way(one)).collect();
        match self {
            Planar::Line(one) => Planar::Line(way(one)),
            Planar::Lines(lines) => Planar::Lines(ways(lines)),
            Planar::Polygon(rings) => Planar::Polygon(ways(rings)),
            Planar::Polygons(polygons) => Planar::Polygons(polygons.iter().map(ways).collect()),
        }
    }

    /// Appends the shape as GeoJSON.
    pub fn push(&self, out: &mut String) {
        let kind = match self {
            Planar::Line(_) => "LineString",
            Planar::Lines(_) => "MultiLineString",
            Planar::Polygon(_) => "Polygon",
            Planar::Polygons(_) => "MultiPolygon",
        };
        let mut object = Writer::object(out);
        object.member("type", |out| {
            out.push('"');
            out.push_str(kind);
            out.push('"');
        });
        object.member("coordinates", |out| match self {
            Planar::Line(way) => push_way(way, out),
            Planar::Lines(ways) | Planar::Polygon(ways) => push_list(ways, out, |way, out| push_way(way, out)),
            Planar::Polygons(polygons) => {
                push_list(polygons, out, |rings, out| push_list(rings, out, |way, out| push_way(way, out)));
            }
        });
        object.end();
    }
}

fn push_list<T>(items: &[T], out: &mut String, push: impl Fn(&T, &mut String)) {
    let mut list = Writer::array(out);
    items.iter().for_each(|item| list.write(|out| push(item, out)));
    list.end();
}

fn push_way(way: &[Place], out: &mut String) {
    push_list(way, out, |(longitude, latitude), out| super::line::push_coordinates(*longitude, *latitude, out));
}

fn list<'a, T>(json: &'a str, item: impl Fn(&'a str) -> Option<T>) -> Option<Vec<T>> {
    Value::of(json).items()?.map(item).collect()
}

fn places(json: &str) -> Option<Vec<Place>> {
    list(json, |place| {
        let degree = |axis| Some(Value::of(Value::of(place).at(axis)?).number()?.real());
        Some((degree(0)?, degree(1)?))
    })
}
