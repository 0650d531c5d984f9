//! Kusto's functions of places on earth, which is a sphere here, as there: edges of lines and polygons are its shortest
//! ways, distances are metres.
//!
//! | file | functions |
//! |---|---|
//! | `sphere` | the mathematics of points and arcs; no function |
//! | `shape` | lines and polygons as they are read from GeoJSON; no function |
//! | `point` | `geo_distance_2points`, `geo_azimuth`, `geo_angle`, `geo_point_in_circle` |
//! | `line` | `geo_line_length`, `geo_distance_point_to_line`, `geo_line_interpolate_point`, … |
//! | `polygon` | `geo_point_in_polygon`, `geo_polygon_area`, … |
//! | `geohash` | `geo_point_to_geohash`, … |
//!
//! Not there: spheroids, cells of H3 and S2, buffers, unions and intersections. A place, a line or a polygon that is
//! none gives null, or `''` where the answer is a text.

mod geohash;
mod line;
mod point;
mod polygon;
mod s2;
mod s2cell;
mod shape;
mod sphere;

use datafusion::logical_expr::ScalarUDF;

/// The functions of these families.
pub(super) fn functions() -> Vec<ScalarUDF> {
    [geohash::functions, line::functions, point::functions, polygon::functions, s2cell::functions]
        .into_iter()
        .flat_map(|family| family())
        .collect()
}
