//! What an H3 cell's token says by itself: its resolution, and the cells around it and in it. Where on earth a cell
//! lies is not known here.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use crate::{
    functions::{
        call::{Answer, Call, Family, Kind, Param::May, Param::Need},
        definition::Section,
    },
    json::value::Writer,
};

/// The resolution of the smallest cells.
const FINEST: u32 = 15;

/// How many resolutions lower the cells within one may be, in Kusto.
const FARTHEST: u32 = 5;

/// The cells of resolution 0 that have five sides and six parts, the others having six and seven.
const PENTAGONS: [u64; 12] = [4, 14, 24, 38, 49, 58, 63, 72, 83, 97, 107, 117];

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
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
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// A cell: four bits of 1, three of 0, four of the resolution, seven of the cell of resolution 0, then three for the
/// place at each of 15 resolutions, of 7 where it is finer than the cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct H3Cell(u64);

impl H3Cell {
    fn of_token(token: &str) -> Option<Self> {
        // The standard library would take a sign.
        if !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let cell = Self(u64::from_str_radix(token, 16).ok()?);
        let is_mode = cell.0 >> 59 == 1 && cell.0 >> 56 & 7 == 0;
        let is_base = cell.base() < 122;
        let are_places = (1..=FINEST).all(|at| (cell.place(at) == 7) == (at > cell.resolution()));
        // The part that a pentagon lacks.
        let is_gap = cell.is_on_pentagon()
            && (1..=cell.resolution()).map(|at| cell.place(at)).find(|place| *place != 0) == Some(1);
        (is_mode && is_base && are_places && !is_gap).then_some(cell)
    }

    fn resolution(self) -> u32 {
        (self.0 >> 52 & 15) as u32
    }

    fn base(self) -> u64 {
        self.0 >> 45 & 127
    }

    fn is_on_pentagon(self) -> bool {
        PENTAGONS.contains(&self.base())
    }

    /// The place at a resolution from 1 to 15.
    fn place(self, resolution: u32) -> u64 {
        self.0 >> (3 * (FINEST - resolution)) & 7
    }

    fn with_resolution(self, resolution: u32) -> Self {
        Self(self.0 & !(15 << 52) | u64::from(resolution) << 52)
    }

    fn with_place(self, resolution: u32, place: u64) -> Self {
        let shift = 3 * (FINEST - resolution);
        Self(self.0 & !(7 << shift) | place << shift)
    }

    /// The cell around this one, of a resolution no finer.
    fn parent(self, resolution: u32) -> Option<Self> {
        let finer = resolution + 1..=self.resolution();
        let parent = finer.fold(self, |cell, at| cell.with_place(at, 7)).with_resolution(resolution);
        (resolution <= self.resolution()).then_some(parent)
    }

    /// The cells of the next resolution.
    fn parts(self) -> impl Iterator<Item = Self> {
        let finer = self.resolution() + 1;
        let is_pentagon = self.is_on_pentagon() && (1..finer).all(|at| self.place(at) == 0);
        let places = (0..7).filter(move |place| !(is_pentagon && *place == 1));
        places.map(move |place| self.with_place(finer, place).with_resolution(finer))
    }

    /// The cells of a resolution no coarser.
    fn children(self, resolution: u32) -> Option<Vec<Self>> {
        let steps = resolution.checked_sub(self.resolution()).filter(|steps| *steps <= FARTHEST)?;
        Some((0..steps).fold(vec![self], |cells, _| cells.into_iter().flat_map(Self::parts).collect()))
    }
}

fn level(call: &Call) -> Result<ArrayRef> {
    let tokens = call.text(0)?;
    call.ints(|row| i32::try_from(H3Cell::of_token(tokens.get(row)?)?.resolution()).ok())
}

/// The resolution asked for in a row, as far as it is one, or that so many finer than the cell's.
fn resolution<'a>(call: &Call<'a>, step: i64) -> Result<impl Fn(usize, H3Cell) -> Option<u32> + use<'a>> {
    let asked = (call.len() > 1).then(|| call.long(1)).transpose()?;
    Ok(move |row, cell: H3Cell| {
        let resolution = match &asked {
            Some(asked) => asked.get(row)?,
            None => i64::from(cell.resolution()) + step,
        };
        u32::try_from(resolution).ok().filter(|resolution| *resolution <= FINEST)
    })
}

fn parent(call: &Call) -> Result<ArrayRef> {
    let (tokens, resolution) = (call.text(0)?, resolution(call, -1)?);
    call.write(|row, out| {
        let parent = || {
            let cell = H3Cell::of_token(tokens.get(row)?)?;
            cell.parent(resolution(row, cell)?)
        };
        if let Some(H3Cell(parent)) = parent() {
            out.push_str(&format!("{parent:x}"));
        }
        Some(())
    })
}

fn children(call: &Call) -> Result<ArrayRef> {
    let (tokens, resolution) = (call.text(0)?, resolution(call, 1)?);
    call.write(|row, out| {
        let cell = H3Cell::of_token(tokens.get(row)?)?;
        let mut array = Writer::array(out);
        for H3Cell(child) in cell.children(resolution(row, cell)?)? {
            array.text(&format!("{child:x}"));
        }
        array.end();
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
            // Every cell within one has it around.
            ("geo_h3cell_parent(json_get_str(geo_h3cell_children('862a1072fffffff', 10), 2000), 6)", "862a1072fffffff"),
        ] {
            answers(expression, answer).await;
        }
    }
}
