//! S2 cells that cover lines and polygons: all cells of one level that have a point of the shape, or one no farther from
//! it than a radius. Kusto's come of S2's region coverer, whose least and greatest level are this one.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::{
    line, polygon,
    s2::{DEEPEST, S2Cell},
    s2cell::USUAL,
    shape::{Line, Polygon, lines},
    sphere::{Arc, NEAR, Point, RADIUS},
};
use crate::{
    functions::{
        call::{Answer, Call, Column, Family, Kind, Param, Param::May, Param::Need},
        definition::Section,
    },
    json::value::Writer,
};

/// How many cells Kusto gives for a shape at most; if there were more, it gives null.
const MOST: usize = 65_536;

/// No cell of level 0 has points farther apart, or more area, and each level halves the one and quarters the other: what
/// S2 has for its cells.
const LONGEST: f64 = 2.438_654_594_434_022;
const LARGEST: f64 = 2.635_799_256_963_162;

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const COVER: (&[Param], Answer) = (&[Need(Kind::Dynamic), May(Kind::Whole), May(Kind::Number)], Answer::Dynamic);
    let geo = Family(Section::Geo);
    [
        geo.function(
            "geo_line_to_s2cells(line [, level [, radius]])",
            "The tokens of the S2 cells of a level (11 if not said) that a line, or a point no farther from it than a radius in metres, lies in, as a JSON array. NULL if they were more than 65536.",
            (
                r#"SELECT geo_line_to_s2cells(parse_json('{"type":"LineString","coordinates":[[0.2,0.2],[0.3,0.3]]}'), 7)"#,
                r#"["10004"]"#,
            ),
            COVER,
            of_line,
        ),
        geo.function(
            "geo_polygon_to_s2cells(polygon [, level [, radius]])",
            "The tokens of the S2 cells of a level (11 if not said) that have a point of a polygon, or one no farther from it than a radius in metres, as a JSON array. NULL if they were more than 65536.",
            (
                r#"SELECT geo_polygon_to_s2cells(parse_json('{"type":"Polygon","coordinates":[[[1,1],[80,1],[1,80],[1,1]]]}'), 0)"#,
                r#"["1","3","5"]"#,
            ),
            COVER,
            of_polygon,
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// The level and the radius (as an angle) of each row.
fn options<'a>(call: &Call<'a>) -> Result<impl Fn(usize) -> Option<(u32, f64)> + use<'a>> {
    let levels = call.long_or(1, USUAL)?;
    let radii = if call.len() > 2 { call.real(2)? } else { Column::constant(0.0) };
    Ok(move |row| {
        let level = u32::try_from(levels.get(row)?).ok().filter(|level| *level <= DEEPEST)?;
        let radius = radii.get(row).filter(|radius| *radius >= 0.0 && radius.is_finite())?;
        Some((level, radius / RADIUS))
    })
}

fn of_line(call: &Call) -> Result<ArrayRef> {
    let (lines, options) = (line::shapes(call, 0, lines)?, options(call)?);
    call.write(|row, out| {
        let (lines, (level, radius)) = (lines(row)?, options(row)?);
        is_small(lines.iter().flat_map(Line::edges), &[], level).then_some(())?;
        let edges: Vec<Arc> = lines.iter().flat_map(Line::edges).collect();
        push_cells(Cover { polygons: &[], level, radius, cells: Vec::new() }.of(&edges)?, out);
        Some(())
    })
}

fn of_polygon(call: &Call) -> Result<ArrayRef> {
    let (polygons, options) = (polygon::shapes(call, 0)?, options(call)?);
    call.write(|row, out| {
        let (polygons, (level, radius)) = (polygons(row)?, options(row)?);
        is_small(polygons.iter().flat_map(Polygon::edges), &polygons, level).then_some(())?;
        let edges: Vec<Arc> = polygons.iter().flat_map(Polygon::edges).collect();
        push_cells(Cover { polygons: &polygons, level, radius, cells: Vec::new() }.of(&edges)?, out);
        Some(())
    })
}

/// Whether a shape may do with [`MOST`] cells. Most of those for which it is false would take long to find it out.
fn is_small(mut edges: impl Iterator<Item = Arc>, polygons: &[Polygon], level: u32) -> bool {
    let (longest, largest) =
        (LONGEST / f64::from(1_u32 << level), LARGEST / f64::from(1_u32 << level) / f64::from(1_u32 << level));
    let most = MOST as f64;
    edges.all(|edge| edge.length() <= most * longest) && polygons.iter().all(|one| one.area() <= most * largest)
}

fn push_cells(mut cells: Vec<S2Cell>, out: &mut String) {
    cells.sort_unstable_by_key(|cell| cell.id());
    let mut array = Writer::array(out);
    for cell in cells {
        array.write(|out| {
            out.push('"');
            cell.push_token(out);
            out.push('"');
        });
    }
    array.end();
}

/// A cover that is being made.
struct Cover<'p> {
    /// Whose insides are covered, too.
    polygons: &'p [Polygon],
    level: u32,
    radius: f64,
    cells: Vec<S2Cell>,
}

impl Cover<'_> {
    /// The cells; `None` if they are too many.
    fn of(mut self, edges: &[Arc]) -> Option<Vec<S2Cell>> {
        let edges: Vec<&Arc> = edges.iter().collect();
        S2Cell::faces().into_iter().try_for_each(|face| self.add(face, &edges))?;
        Some(self.cells)
    }

    /// Adds what of a cell is covered. The edges are those that may be near it. It goes down 30 levels at most.
    fn add(&mut self, cell: S2Cell, edges: &[&Arc]) -> Option<()> {
        let area = Area::of(cell);
        let near: Vec<&Arc> = edges.iter().copied().filter(|edge| area.is_near(**edge, self.radius)).collect();
        // Without an edge near it, a cell is whole inside or whole outside.
        if near.is_empty() {
            let is_inside = self.polygons.iter().any(|polygon| polygon.contains(area.centre));
            return if is_inside { self.fill(cell) } else { Some(()) };
        }
        if cell.level() == self.level {
            return self.push(cell);
        }
        cell.quarters().into_iter().try_for_each(|quarter| self.add(quarter, &near))
    }

    /// Adds all of a cell.
    fn fill(&mut self, cell: S2Cell) -> Option<()> {
        match cell.level() == self.level {
            true => self.push(cell),
            false => cell.quarters().into_iter().try_for_each(|quarter| self.fill(quarter)),
        }
    }

    fn push(&mut self, cell: S2Cell) -> Option<()> {
        self.cells.push(cell);
        (self.cells.len() <= MOST).then_some(())
    }
}

/// Where a cell lies.
struct Area {
    centre: Point,
    edges: [Arc; 4],
    /// The angle from the centre to the farthest corner.
    reach: f64,
}

impl Area {
    fn of(cell: S2Cell) -> Self {
        let centre = cell.centre().unit();
        let [a, b, c, d] = cell.corners().map(Point::unit);
        let edges = [(a, b), (b, c), (c, d), (d, a)].map(|(from, to)| Arc { from, to });
        let reach = [a, b, c, d].into_iter().map(|corner| corner.angle(centre)).fold(0.0, f64::max);
        Self { centre, edges, reach }
    }

    /// Whether an arc has a point no farther from the cell than a radius; edges are the cell's.
    fn is_near(&self, arc: Arc, radius: f64) -> bool {
        let radius = radius.max(NEAR);
        arc.distance(self.centre) <= self.reach + radius
            && (self.holds(arc.from)
                || self.edges.iter().any(|edge| edge.crosses(arc))
                || self.edges.iter().any(|edge| {
                    edge.distance(arc.from) <= radius
                        || edge.distance(arc.to) <= radius
                        || arc.distance(edge.from) <= radius
                }))
    }

    fn holds(&self, point: Point) -> bool {
        self.edges.iter().all(|edge| edge.from.cross(edge.to).dot(point) >= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::answers;

    fn of(edges: &[Arc], polygons: &[Polygon], level: u32, radius: f64) -> Option<Vec<S2Cell>> {
        Cover { polygons, level, radius, cells: Vec::new() }.of(edges)
    }

    fn arc(from: (f64, f64), to: (f64, f64)) -> Arc {
        Arc { from: Point::at(from.0, from.1).unwrap(), to: Point::at(to.0, to.1).unwrap() }
    }

    #[test]
    fn every_point_of_a_line_is_covered() {
        let way = arc((-73.0, 40.0), (17.0, -35.0));
        for level in [0, 3, 7, 10] {
            let cells = of(&[way], &[], level, 0.0).unwrap();
            for part in 0..=1000 {
                let cell = S2Cell::of_point(way.point(f64::from(part) / 1000.0), level).unwrap();
                assert!(cells.contains(&cell));
            }
        }
    }

    #[test]
    fn cells_are_no_farther_than_the_radius() {
        let way = arc((10.0, 50.0), (10.2, 50.1));
        let radius = 5_000.0 / RADIUS;
        let cells = of(&[way], &[], 11, radius).unwrap();
        let near = of(&[way], &[], 11, 0.0).unwrap();
        assert!(near.len() < cells.len() && near.iter().all(|cell| cells.contains(cell)));
        // A cell beside the cover is nowhere nearer; a corner is a point of it.
        for cell in &cells {
            for (column, row) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
                let beside = cell.beside(column, row);
                let is_near = beside.corners().iter().any(|corner| way.distance(corner.unit()) < radius);
                assert!(cells.contains(&beside) || !is_near);
            }
        }
    }

    #[tokio::test]
    async fn shapes() {
        const SQUARE: &str = r#"parse_json('{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,2],[1,1]],[[1.4,1.4],[1.6,1.4],[1.6,1.6],[1.4,1.6],[1.4,1.4]]]}')"#;
        const WAY: &str = r#"parse_json('{"type":"LineString","coordinates":[[1.1,1.1],[1.9,1.1]]}')"#;
        for (expression, answer) in [
            // The hole is not covered, but its edges are.
            (
                format!(
                    "has(tostring(geo_polygon_to_s2cells({SQUARE}, 14)), geo_point_to_s2cell(1.5, 1.5, 14)), has(tostring(geo_polygon_to_s2cells({SQUARE}, 14)), geo_point_to_s2cell(1.2, 1.2, 14))"
                ),
                "false, true",
            ),
            (
                format!(
                    "has(tostring(geo_polygon_to_s2cells({SQUARE}, 12)), geo_point_to_s2cell(1.5, 1.5, 12)), has(tostring(geo_polygon_to_s2cells({SQUARE}, 12)), geo_point_to_s2cell(1.2, 1.2, 12))"
                ),
                "false, true",
            ),
            (
                format!(
                    "geo_polygon_to_s2cells({SQUARE}, 30), geo_line_to_s2cells({WAY}, 30), geo_line_to_s2cells({WAY}, 31), geo_line_to_s2cells({WAY}, 3, -1)"
                ),
                "NULL, NULL, NULL, NULL",
            ),
            (
                format!(
                    "geo_line_to_s2cells({WAY}) = geo_line_to_s2cells({WAY}, 11, 0), geo_line_to_s2cells(parse_json('1'), 3)"
                ),
                "true, NULL",
            ),
        ] {
            answers(&expression, answer).await;
        }
    }
}
