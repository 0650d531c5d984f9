//! Functions of H3 cells, hexagons that cover the earth (and twelve pentagons), by the crate `h3o`.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};
use h3o::{CellIndex, LatLng, Resolution};

use super::line::{push_area, push_place};
use crate::{
    functions::{
        call::{Answer, Call, Family, Kind, Param, Param::May, Param::Need},
        definition::Section,
    },
    json::value::Writer,
};

/// The resolution of a cell where none is asked for.
pub(super) const USUAL: i64 = 6;

/// How many resolutions lower the cells within one may be, in Kusto.
const FARTHEST: u8 = 5;

/// How many rings around a cell Kusto gives at most.
const RINGS: u32 = 142;

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const CELL: (&[Param], Answer) = (&[Need(Kind::Text)], Answer::Dynamic);
    let geo = Family(Section::Geo);
    [
        geo.function(
            "geo_h3cell_children(h3cell [, resolution])",
            "The tokens of the H3 cells within one, of the next resolution or of one at most 5 finer, as a JSON array.",
            (
                "SELECT geo_h3cell_children('862a1072fffffff')",
                r#"["872a10728ffffff","872a10729ffffff","872a1072affffff","872a1072bffffff","872a1072cffffff","872a1072dffffff","872a1072effffff"]"#,
            ),
            (&[Need(Kind::Text), May(Kind::Whole)], Answer::Dynamic),
            children,
        ),
        geo.function(
            "geo_h3cell_level(h3cell)",
            "The resolution of an H3 cell, from 0 to 15.",
            ("SELECT geo_h3cell_level('862a1072fffffff')", "6"),
            (&[Need(Kind::Text)], Answer::Int),
            level,
        ),
        geo.function(
            "geo_h3cell_parent(h3cell [, resolution])",
            "The token of the H3 cell around one, of the resolution before or a coarser one; '' if there is none.",
            ("SELECT geo_h3cell_parent('862a1072fffffff')", "852a1073fffffff"),
            (&[Need(Kind::Text), May(Kind::Whole)], Answer::Text),
            parent,
        ),
        geo.function(
            "geo_h3cell_neighbors(h3cell)",
            "The tokens of the H3 cells around one, six of them or, around a pentagon, five, as a JSON array.",
            (
                "SELECT geo_h3cell_neighbors('8009fffffffffff')",
                r#"["801ffffffffffff","8011fffffffffff","8001fffffffffff","8007fffffffffff","8019fffffffffff"]"#,
            ),
            CELL,
            neighbors,
        ),
        geo.function(
            "geo_h3cell_rings(h3cell, distance)",
            "The tokens of the H3 cells up to a distance, 142 at most, from one: a JSON array of rings, the first of \
             which holds the cell itself.",
            (
                "SELECT geo_h3cell_rings('8009fffffffffff', 0)",
                r#"[["8009fffffffffff"]]"#,
            ),
            (&[Need(Kind::Text), Need(Kind::Whole)], Answer::Dynamic),
            rings,
        ),
        geo.function(
            "geo_h3cell_to_central_point(h3cell)",
            "The Point in the middle of an H3 cell.",
            ("SELECT json_get_str(geo_h3cell_to_central_point('862a1072fffffff'), 'type')", "Point"),
            CELL,
            central_point,
        ),
        geo.function(
            "geo_h3cell_to_polygon(h3cell)",
            "The area of an H3 cell as a Polygon.",
            ("SELECT json_get_str(geo_h3cell_to_polygon('862a1072fffffff'), 'type')", "Polygon"),
            CELL,
            polygon,
        ),
        geo.function(
            "geo_point_to_h3cell(longitude, latitude [, resolution])",
            "The token of the H3 cell around a point, of a resolution from 0 to 15 (6 if not said); '' if there is none.",
            ("SELECT geo_point_to_h3cell(-74.044504, 40.689251)", "862a1072fffffff"),
            (&[Need(Kind::Number), Need(Kind::Number), May(Kind::Whole)], Answer::Text),
            of_point,
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// The cell that a token names.
fn of_token(token: &str) -> Option<CellIndex> {
    // The crate would take a sign.
    if !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    token.parse().ok()
}

/// The resolution of a number, which may be none.
pub(super) fn resolution_of(number: i64) -> Option<Resolution> {
    u8::try_from(number).ok().and_then(|number| Resolution::try_from(number).ok())
}

/// Appends an array of the tokens of cells.
pub(super) fn push_tokens(cells: impl IntoIterator<Item = CellIndex>, out: &mut String) {
    let mut array = Writer::array(out);
    cells.into_iter().for_each(|cell| array.text(&cell.to_string()));
    array.end();
}

fn level(call: &Call) -> Result<ArrayRef> {
    let tokens = call.text(0)?;
    call.ints(|row| Some(i32::from(u8::from(of_token(tokens.get(row)?)?.resolution()))))
}

/// The resolution asked for in a row, as far as it is one, or that so many finer than the cell's.
fn resolution<'a>(call: &Call<'a>, step: i64) -> Result<impl Fn(usize, CellIndex) -> Option<Resolution> + use<'a>> {
    let asked = (call.len() > 1).then(|| call.long(1)).transpose()?;
    Ok(move |row, cell: CellIndex| {
        resolution_of(match &asked {
            Some(asked) => asked.get(row)?,
            None => i64::from(u8::from(cell.resolution())) + step,
        })
    })
}

fn parent(call: &Call) -> Result<ArrayRef> {
    let (tokens, resolution) = (call.text(0)?, resolution(call, -1)?);
    call.write(|row, out| {
        let parent = || {
            let cell = of_token(tokens.get(row)?)?;
            cell.parent(resolution(row, cell)?)
        };
        if let Some(parent) = parent() {
            out.push_str(&parent.to_string());
        }
        Some(())
    })
}

fn children(call: &Call) -> Result<ArrayRef> {
    let (tokens, resolution) = (call.text(0)?, resolution(call, 1)?);
    call.write(|row, out| {
        let cell = of_token(tokens.get(row)?)?;
        let finer = resolution(row, cell)?;
        let steps = u8::from(finer).checked_sub(u8::from(cell.resolution()))?;
        (steps <= FARTHEST).then(|| push_tokens(cell.children(finer), out))
    })
}

/// The cells around one at a distance, in the order of the H3 library, which turns around the cell and ends where it
/// came upon the ring. Where a pentagon is near, the library has no order to be kept.
fn ring(cell: CellIndex, distance: u32) -> Vec<CellIndex> {
    let mut ring: Vec<CellIndex> = match cell.grid_ring_fast(distance).collect() {
        Some(ring) => ring,
        None => {
            let cells = cell.grid_disk_distances_safe(distance);
            return cells.filter(|(_, at)| *at == distance).map(|(cell, _)| cell).collect();
        }
    };
    if !ring.is_empty() {
        ring.rotate_left(1);
    }
    ring
}

fn neighbors(call: &Call) -> Result<ArrayRef> {
    let tokens = call.text(0)?;
    call.write(|row, out| {
        push_tokens(ring(of_token(tokens.get(row)?)?, 1), out);
        Some(())
    })
}

fn rings(call: &Call) -> Result<ArrayRef> {
    let (tokens, distances) = (call.text(0)?, call.long(1)?);
    call.write(|row, out| {
        let cell = of_token(tokens.get(row)?)?;
        let last = u32::try_from(distances.get(row)?).ok().filter(|distance| *distance <= RINGS)?;
        let mut rings = Writer::array(out);
        (0..=last).for_each(|distance| rings.write(|out| push_tokens(ring(cell, distance), out)));
        rings.end();
        Some(())
    })
}

fn central_point(call: &Call) -> Result<ArrayRef> {
    let tokens = call.text(0)?;
    call.write(|row, out| {
        let middle = LatLng::from(of_token(tokens.get(row)?)?);
        push_place(middle.lng(), middle.lat(), out);
        Some(())
    })
}

fn polygon(call: &Call) -> Result<ArrayRef> {
    let tokens = call.text(0)?;
    call.write(|row, out| {
        let boundary = of_token(tokens.get(row)?)?.boundary();
        push_area(boundary.iter().map(|corner| (corner.lng(), corner.lat())), out);
        Some(())
    })
}

fn of_point(call: &Call) -> Result<ArrayRef> {
    let (longitudes, latitudes, resolutions) = (call.real(0)?, call.real(1)?, call.long_or(2, USUAL)?);
    call.write(|row, out| {
        let cell = || {
            let resolution = resolution_of(resolutions.get(row)?)?;
            let (longitude, latitude) = (longitudes.get(row)?, latitudes.get(row)?);
            let is_place = longitude.abs() <= 180.0 && latitude.abs() <= 90.0;
            Some(LatLng::new(latitude, longitude).ok().filter(|_| is_place)?.to_cell(resolution))
        };
        if let Some(cell) = cell() {
            out.push_str(&cell.to_string());
        }
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn cells() {
        for (expression, answer) in [
            (
                "geo_h3cell_parent('862a1072fffffff', 1), geo_h3cell_parent('862a1072fffffff', 6)",
                "812a3ffffffffff, 862a1072fffffff",
            ),
            (
                "geo_h3cell_parent('123') = '', geo_h3cell_parent('862a1072fffffff', 100) = '', geo_h3cell_parent('862a1072fffffff', 15) = '', geo_h3cell_parent('862a1072fffffff', -1) = '', geo_h3cell_parent('862a1072fffffff', NULL) = '', geo_h3cell_parent('802bfffffffffff') = ''",
                "true, true, true, true, true, true",
            ),
            (
                "geo_h3cell_level('abc'), geo_h3cell_level(NULL), geo_h3cell_level('+62a1072fffffff')",
                "NULL, NULL, NULL",
            ),
            ("geo_h3cell_level('802bfffffffffff'), geo_h3cell_level(geo_h3cell_parent('862a1072fffffff'))", "0, 5"),
            (
                "kusto_array_length(geo_h3cell_children('862a1072fffffff', 9)), kusto_array_length(geo_h3cell_children('862a1072fffffff', 11)), kusto_array_length(geo_h3cell_children('862a1072fffffff', 6))",
                "343, 16807, 1",
            ),
            (
                "geo_h3cell_children('abc'), geo_h3cell_children('862a1072fffffff', 12), geo_h3cell_children('862a1072fffffff', 5)",
                "NULL, NULL, NULL",
            ),
            // A pentagon has six parts, one of which is a pentagon again, and no part 1.
            (
                "kusto_array_length(geo_h3cell_children('8009fffffffffff')), kusto_array_length(geo_h3cell_children('8009fffffffffff', 2)), geo_h3cell_level('81087ffffffffff')",
                "6, 41, NULL",
            ),
            (
                "geo_point_to_h3cell(2.35, 48.85, 9), geo_point_to_h3cell(-180, 90, 0) = geo_point_to_h3cell(180, 90, 0)",
                "891fb46624bffff, true",
            ),
            (
                "geo_point_to_h3cell(200, 1) = '', geo_point_to_h3cell(1, 91) = '', geo_point_to_h3cell(1, 1, 16) = '', geo_point_to_h3cell(1, 1, NULL) = '', geo_point_to_h3cell(NULL, 1) = ''",
                "true, true, true, true, true",
            ),
            // The middle of a cell is in it.
            (
                "geo_point_to_h3cell(json_get_float(json_get_json(geo_h3cell_to_central_point('851fb467fffffff'), 'coordinates'), 0), json_get_float(json_get_json(geo_h3cell_to_central_point('851fb467fffffff'), 'coordinates'), 1), 5)",
                "851fb467fffffff",
            ),
            // Six corners and the first again; the pentagon has five, with more where edges cross the solid's.
            (
                "kusto_array_length(json_get_json(json_get_json(geo_h3cell_to_polygon('851fb467fffffff'), 'coordinates'), 0)), kusto_array_length(json_get_json(json_get_json(geo_h3cell_to_polygon('8009fffffffffff'), 'coordinates'), 0))",
                "7, 6",
            ),
            (
                "kusto_array_length(geo_h3cell_rings('851fb467fffffff', 3)), kusto_array_length(json_get_json(geo_h3cell_rings('851fb467fffffff', 3), 3)), kusto_array_length(geo_h3cell_rings('8009fffffffffff', 142))",
                "4, 18, 143",
            ),
            (
                "geo_h3cell_rings('851fb467fffffff', 143), geo_h3cell_rings('851fb467fffffff', -1), geo_h3cell_rings('x', 1), geo_h3cell_neighbors('x'), geo_h3cell_to_polygon('x'), geo_h3cell_to_central_point(NULL)",
                "NULL, NULL, NULL, NULL, NULL, NULL",
            ),
            (
                "json_get_json(geo_h3cell_rings('851fb467fffffff', 2), 1) = geo_h3cell_neighbors('851fb467fffffff')",
                "true",
            ),
            // Every cell within one has it around.
            ("geo_h3cell_parent(json_get_str(geo_h3cell_children('862a1072fffffff', 10), 2000), 6)", "862a1072fffffff"),
        ] {
            answers(expression, answer).await;
        }
    }
}
