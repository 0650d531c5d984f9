//! Geohashes: rectangles of longitude and latitude, halved in turn, named by digits of five bits.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::line::{push_area, push_place};
use crate::{
    functions::{
        call::{Answer, Call, Family, Kind, Param, Param::May, Param::Need},
        definition::Section,
    },
    json::value::Writer,
};

const DIGITS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

/// Kusto's longest geohash.
const LONGEST: usize = 18;

/// The length of a geohash where none is asked for.
const USUAL: i64 = 5;

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const HASH: (&[Param], Answer) = (&[Need(Kind::Text)], Answer::Dynamic);
    let geo = Family(Section::Geo);
    [
        geo.function(
            "geo_geohash_neighbors(geohash)",
            "The geohashes around one, as a JSON array.",
            (
                "SELECT geo_geohash_neighbors('sunny')",
                r#"["sunnt","sunpj","sunnx","sunpn","sunnv","sunpp","sunnz","sunnw"]"#,
            ),
            HASH,
            neighbors,
        ),
        geo.function(
            "geo_geohash_to_central_point(geohash)",
            "The Point in the middle of a geohash.",
            (
                "SELECT geo_geohash_to_central_point('sunny')",
                r#"{"type":"Point","coordinates":[42.47314453125,23.70849609375]}"#,
            ),
            HASH,
            central_point,
        ),
        geo.function(
            "geo_geohash_to_polygon(geohash)",
            "The area of a geohash as a Polygon.",
            (
                "SELECT geo_geohash_to_polygon('s')",
                r#"{"type":"Polygon","coordinates":[[[0.0,0.0],[45.0,0.0],[45.0,45.0],[0.0,45.0],[0.0,0.0]]]}"#,
            ),
            HASH,
            polygon,
        ),
        geo.function(
            "geo_point_to_geohash(longitude, latitude [, length])",
            "The geohash of a point, of 1 to 18 digits (5 if not said); '' if there is none.",
            ("SELECT geo_point_to_geohash(-80.195829, 25.802215, 8)", "dhwfz15h"),
            (&[Need(Kind::Number), Need(Kind::Number), May(Kind::Whole)], Answer::Text),
            of_point,
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// A rectangle: its column and row among all of its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Geohash {
    length: usize,
    column: u64,
    row: u64,
}

impl Geohash {
    /// How many bits of longitude and of latitude a length has.
    fn bits(self) -> (usize, usize) {
        (self.length * 5 - self.length * 5 / 2, self.length * 5 / 2)
    }

    fn of_point(longitude: f64, latitude: f64, length: usize) -> Option<Self> {
        let is_place = longitude.abs() <= 180.0 && latitude.abs() <= 90.0;
        if !is_place || !(1..=LONGEST).contains(&length) {
            return None;
        }
        let (columns, rows) = Self { length, column: 0, row: 0 }.bits();
        // The last rectangle has its far edge too.
        let at = |part: f64, bits: usize| ((part * (1_u64 << bits) as f64) as u64).min((1 << bits) - 1);
        Some(Self {
            length,
            column: at((longitude + 180.0) / 360.0, columns),
            row: at((latitude + 90.0) / 180.0, rows),
        })
    }

    fn of_text(text: &str) -> Option<Self> {
        if !(1..=LONGEST).contains(&text.len()) {
            return None;
        }
        let (mut column, mut row, mut of_longitude) = (0_u64, 0_u64, true);
        for byte in text.bytes() {
            let digit = DIGITS.iter().position(|digit| *digit == byte.to_ascii_lowercase())?;
            for bit in (0..5).rev() {
                let axis = if of_longitude { &mut column } else { &mut row };
                *axis = *axis << 1 | (digit as u64 >> bit & 1);
                of_longitude = !of_longitude;
            }
        }
        Some(Self { length: text.len(), column, row })
    }

    fn push_text(self, out: &mut String) {
        let (mut columns, mut rows) = self.bits();
        let mut of_longitude = true;
        for _ in 0..self.length {
            let mut digit = 0;
            for _ in 0..5 {
                let (axis, left) = if of_longitude { (self.column, &mut columns) } else { (self.row, &mut rows) };
                *left -= 1;
                digit = digit << 1 | (axis >> *left & 1) as usize;
                of_longitude = !of_longitude;
            }
            out.push(char::from(DIGITS[digit]));
        }
    }

    /// Degrees from west to east and from south to north.
    fn edges(self) -> ([f64; 2], [f64; 2]) {
        let (columns, rows) = self.bits();
        let degrees = |at: u64, bits: usize, all: f64| at as f64 / (1_u64 << bits) as f64 * all - all / 2.0;
        let longitude = |at| degrees(at, columns, 360.0);
        let latitude = |at| degrees(at, rows, 180.0);
        ([longitude(self.column), longitude(self.column + 1)], [latitude(self.row), latitude(self.row + 1)])
    }

    /// The rectangle so many to the east and north; around the earth, but not beyond a pole.
    fn beside(self, east: i64, north: i64) -> Option<Self> {
        let (columns, rows) = self.bits();
        let column = self.column.wrapping_add_signed(east) & ((1 << columns) - 1);
        let row = self.row.checked_add_signed(north).filter(|row| *row < 1 << rows)?;
        Some(Self { column, row, ..self })
    }
}

/// In the order in which Kusto names them.
const AROUND: [(i64, i64); 8] = [(-1, -1), (-1, 1), (1, -1), (0, 1), (-1, 0), (1, 1), (1, 0), (0, -1)];

fn of_point(call: &Call) -> Result<ArrayRef> {
    let (longitudes, latitudes, lengths) = (call.real(0)?, call.real(1)?, call.long_or(2, USUAL)?);
    call.write(|row, out| {
        let hash = || {
            let length = usize::try_from(lengths.get(row)?).ok()?;
            Geohash::of_point(longitudes.get(row)?, latitudes.get(row)?, length)
        };
        if let Some(hash) = hash() {
            hash.push_text(out);
        }
        Some(())
    })
}

fn neighbors(call: &Call) -> Result<ArrayRef> {
    let texts = call.text(0)?;
    call.write(|row, out| {
        let hash = Geohash::of_text(texts.get(row)?)?;
        let mut array = Writer::array(out);
        for neighbor in AROUND.iter().filter_map(|(east, north)| hash.beside(*east, *north)) {
            array.write(|out| {
                out.push('"');
                neighbor.push_text(out);
                out.push('"');
            });
        }
        array.end();
        Some(())
    })
}

fn central_point(call: &Call) -> Result<ArrayRef> {
    let texts = call.text(0)?;
    call.write(|row, out| {
        let ([west, east], [south, north]) = Geohash::of_text(texts.get(row)?)?.edges();
        push_place((west + east) / 2.0, (south + north) / 2.0, out);
        Some(())
    })
}

fn polygon(call: &Call) -> Result<ArrayRef> {
    let texts = call.text(0)?;
    call.write(|row, out| {
        let ([west, east], [south, north]) = Geohash::of_text(texts.get(row)?)?.edges();
        let corners = [(west, south), (east, south), (east, north), (west, north)];
        push_area(corners.into_iter(), out);
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn geohashes() {
        for (expression, answer) in [
            (
                "geo_point_to_geohash(-122.303404, 47.570482), geo_point_to_geohash(-122.278156, 47.566936)",
                "c23n8, c23n9",
            ),
            (
                "geo_point_to_geohash(200, 1, 8) = '', geo_point_to_geohash(1, 1, NULL) = '', geo_point_to_geohash(1, 1, 19) = '', geo_point_to_geohash(1, 1, 0) = ''",
                "true, true, true, true",
            ),
            ("geo_point_to_geohash(180, 90, 3), geo_point_to_geohash(-180, -90, 18)", "zzz, 000000000000000000"),
            (
                "geo_geohash_neighbors('a'), geo_geohash_to_central_point(''), geo_geohash_to_polygon('0000000000000000000')",
                "NULL, NULL, NULL",
            ),
            ("geo_geohash_neighbors('z')", r#"["w","8","y","b","x"]"#),
            (
                "geo_geohash_to_polygon('dr5ru')",
                r#"{"type":"Polygon","coordinates":[[[-74.00390625,40.7373046875],[-73.9599609375,40.7373046875],[-73.9599609375,40.78125],[-74.00390625,40.78125],[-74.00390625,40.7373046875]]]}"#,
            ),
        ] {
            answers(expression, answer).await;
        }
    }

    #[test]
    fn a_geohash_holds_its_middle() {
        for text in ["s", "ez", "u09tvw0f", "zzzzzzzzzzzzzzzzzz", "DR5RU"] {
            let hash = Geohash::of_text(text).unwrap();
            let ([west, east], [south, north]) = hash.edges();
            assert_eq!(Geohash::of_point((west + east) / 2.0, (south + north) / 2.0, text.len()), Some(hash));
            let mut out = String::new();
            hash.push_text(&mut out);
            assert_eq!(out, text.to_ascii_lowercase());
        }
    }
}
