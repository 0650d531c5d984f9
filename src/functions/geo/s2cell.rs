//! Functions of S2 cells.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::{
    line::{push_area, push_point},
    point::point,
    s2::S2Cell,
};
use crate::{
    functions::{
        call::{Answer, Call, Family, Kind, Param, Param::May, Param::Need},
        definition::Section,
    },
    json::value::Writer,
};

/// The level of a cell where none is asked for.
pub(super) const USUAL: i64 = 11;

/// In the order in which Kusto names them: columns and rows away.
const AROUND: [(i64, i64); 8] = [(1, 1), (-1, -1), (1, -1), (0, -1), (0, 1), (1, 0), (-1, 0), (-1, 1)];

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const CELL: (&[Param], Answer) = (&[Need(Kind::Text)], Answer::Dynamic);
    let geo = Family(Section::Geo);
    [
        geo.function(
            "geo_point_to_s2cell(longitude, latitude [, level])",
            "The token of the S2 cell around a point, of a level from 0 to 30 (11 if not said); '' if there is none.",
            ("SELECT geo_point_to_s2cell(-80.195829, 25.802215, 8)", "88d9b"),
            (&[Need(Kind::Number), Need(Kind::Number), May(Kind::Whole)], Answer::Text),
            of_point,
        ),
        geo.function(
            "geo_s2cell_neighbors(s2cell)",
            "The tokens of the S2 cells around one, each once, as a JSON array.",
            (
                "SELECT geo_s2cell_neighbors('89c259')",
                r#"["89c25d","89c2f9","89c251","89c257","89c25f","89c25b","89c2f7","89c2f5"]"#,
            ),
            CELL,
            neighbors,
        ),
        geo.function(
            "geo_s2cell_to_central_point(s2cell)",
            "The Point in the middle of an S2 cell.",
            ("SELECT geo_s2cell_to_central_point('1')", r#"{"type":"Point","coordinates":[0.0,0.0]}"#),
            CELL,
            central_point,
        ),
        geo.function(
            "geo_s2cell_to_polygon(s2cell)",
            "The area of an S2 cell as a Polygon.",
            ("SELECT json_get_str(geo_s2cell_to_polygon('89c259'), 'type')", "Polygon"),
            CELL,
            polygon,
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

fn of_point(call: &Call) -> Result<ArrayRef> {
    let (point, levels) = (point(call, 0)?, call.long_or(2, USUAL)?);
    call.write(|row, out| {
        let cell = || S2Cell::of_point(point(row)?, u32::try_from(levels.get(row)?).ok()?);
        if let Some(cell) = cell() {
            cell.push_token(out);
        }
        Some(())
    })
}

fn neighbors(call: &Call) -> Result<ArrayRef> {
    let tokens = call.text(0)?;
    call.write(|row, out| {
        let cell = S2Cell::of_token(tokens.get(row)?)?;
        let mut cells: Vec<S2Cell> = Vec::with_capacity(AROUND.len());
        // At a corner of the cube only three cells meet: two ways lead to one of them.
        for neighbor in AROUND.map(|(columns, rows)| cell.beside(columns, rows)) {
            if neighbor != cell && !cells.contains(&neighbor) {
                cells.push(neighbor);
            }
        }
        let mut array = Writer::array(out);
        for cell in cells {
            array.write(|out| {
                out.push('"');
                cell.push_token(out);
                out.push('"');
            });
        }
        array.end();
        Some(())
    })
}

fn central_point(call: &Call) -> Result<ArrayRef> {
    let tokens = call.text(0)?;
    call.write(|row, out| {
        push_point(S2Cell::of_token(tokens.get(row)?)?.centre(), out);
        Some(())
    })
}

fn polygon(call: &Call) -> Result<ArrayRef> {
    let tokens = call.text(0)?;
    call.write(|row, out| {
        let corners = S2Cell::of_token(tokens.get(row)?)?.corners();
        push_area(corners.into_iter().map(super::sphere::Point::degrees), out);
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn cells() {
        const RING: &str = "json_get_json(json_get_json(geo_s2cell_to_polygon('89c259'), 'coordinates'), 0)";
        let corner =
            |place: usize, axis: usize| format!("round(json_get_float(json_get_json({RING}, {place}), {axis}), 9)");
        for (expression, answer) in [
            (
                "geo_point_to_s2cell(10.1234, 53, 8), geo_point_to_s2cell(10.3579, 53, 8), geo_point_to_s2cell(10.6842, 53, 8)"
                    .to_owned(),
                "47b1d, 47b1d, 47ae3",
            ),
            (
                "geo_point_to_s2cell(300, 1, 8) = '', geo_point_to_s2cell(1, 1, 35) = '', geo_point_to_s2cell(1, 1, -1) = '', geo_point_to_s2cell(1, 1, NULL) = '', geo_point_to_s2cell(NULL, 1) = ''"
                    .to_owned(),
                "true, true, true, true, true",
            ),
            ("geo_point_to_s2cell(1, 1) = geo_point_to_s2cell(1, 1, 11), geo_point_to_s2cell(0.5, 0.5, 0)".to_owned(), "true, 1"),
            (
                "geo_s2cell_to_central_point('a'), geo_s2cell_to_polygon('a'), geo_s2cell_neighbors('a'), geo_s2cell_neighbors(NULL)"
                    .to_owned(),
                "NULL, NULL, NULL, NULL",
            ),
            (
                "round(json_get_float(json_get_json(geo_s2cell_to_central_point('1234567'), 'coordinates'), 0), 9), round(json_get_float(json_get_json(geo_s2cell_to_central_point('1234567'), 'coordinates'), 1), 9)"
                    .to_owned(),
                "9.868307319, 27.468392926",
            ),
            (
                [corner(0, 0), corner(0, 1), corner(1, 1), corner(2, 1), corner(3, 1), corner(4, 1)].join(", "),
                "-74.03001225, 40.801268434, 40.722226292, 40.70888049, 40.787917135, 40.801268434",
            ),
            ("geo_s2cell_neighbors('1')".to_owned(), r#"["5","b","3","9"]"#),
        ] {
            answers(&expression, answer).await;
        }
    }
}
