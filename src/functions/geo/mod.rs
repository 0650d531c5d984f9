//! Kusto's functions of places on earth, which is a sphere here, as there if not asked for otherwise: edges of lines and polygons are its shortest
//! ways, distances are metres.
//!
//! | file | functions |
//! |---|---|
//! | `sphere` | the mathematics of points and arcs; no function |
//! | `shape` | lines and polygons as they are read from GeoJSON; no function |
//! | `point` | `geo_distance_2points`, `geo_azimuth`, `geo_angle`, `geo_point_in_circle` |
//! | `line` | `geo_line_length`, `geo_distance_point_to_line`, `geo_line_interpolate_point`, … |
//! | `polygon` | `geo_point_in_polygon`, `geo_polygon_area`, … |
//! | `relation` | `geo_intersects_2lines`, `geo_closest_point_on_line`, … |
//! | `geohash` | `geo_point_to_geohash`, … |
//! | `s2` | the mathematics of S2 cells; no function |
//! | `s2cell` | `geo_point_to_s2cell`, … |
//! | `h3` | `geo_point_to_h3cell`, `geo_h3cell_parent`, … |
//! | `wkt` | `geo_from_wkt` |
//! | `spheroid` | distances on WGS 84; no function |
//!
//! Not there: S2 cells of lines and polygons, buffers, unions, intersections as shapes. A place, a line or a polygon that is
//! none gives null, or `''` where the answer is a text.

mod geohash;
mod h3;
mod line;
mod point;
mod polygon;
mod relation;
mod s2;
mod s2cell;
mod shape;
mod sphere;
mod spheroid;
mod wkt;

use datafusion::logical_expr::ScalarUDF;

/// The functions of these families.
pub(super) fn functions() -> Vec<ScalarUDF> {
    [
        geohash::functions,
        h3::functions,
        line::functions,
        point::functions,
        polygon::functions,
        relation::functions,
        s2cell::functions,
        wkt::functions,
    ]
    .into_iter()
    .flat_map(|family| family())
    .collect()
}
