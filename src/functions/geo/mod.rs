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
//! | `planar` | lines and polygons that are straight on the map; no function |
//! | `h3fill` | `geo_polygon_to_h3cells` |
//! | `cover` | `geo_line_to_s2cells`, `geo_polygon_to_s2cells` |
//! | `densify` | `geo_line_densify`, `geo_polygon_densify` |
//! | `cut`, `ways`, `overlay` | the mathematics of lines and polygons that meet; no function |
//! | `combine` | `geo_intersection_2lines`, `geo_union_polygons_array`, … |
//! | `buffer` | `geo_point_buffer`, `geo_line_buffer`, `geo_polygon_buffer` |
//! | `simplify` | `geo_line_simplify`, `geo_polygon_simplify`, `geo_simplify_polygons_array` |
//! | `wkt` | `geo_from_wkt` |
//! | `spheroid` | distances on WGS 84; no function |
//!
//! The corners of buffers and of simplified shapes are chosen here and not by S2. A place, a line or a polygon that is none gives null, or `''`
//! where the answer is a text.

mod buffer;
mod combine;
mod cover;
mod cut;
mod densify;
mod geohash;
mod h3;
mod h3fill;
mod line;
mod overlay;
mod planar;
mod point;
mod polygon;
mod relation;
mod s2;
mod s2cell;
mod shape;
mod simplify;
mod sphere;
mod spheroid;
mod ways;
mod wkt;

use datafusion::logical_expr::ScalarUDF;

/// The functions of these families.
pub(super) fn functions() -> Vec<ScalarUDF> {
    [
        buffer::functions,
        combine::functions,
        cover::functions,
        densify::functions,
        geohash::functions,
        h3::functions,
        h3fill::functions,
        line::functions,
        point::functions,
        polygon::functions,
        relation::functions,
        s2cell::functions,
        simplify::functions,
        wkt::functions,
    ]
    .into_iter()
    .flat_map(|family| family())
    .collect()
}
