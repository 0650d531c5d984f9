//! Shapes written as well-known text, read as GeoJSON.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::line::push_coordinates;
use crate::{
    functions::{
        call::{Answer, Call, Family, Kind, Param::Need},
        definition::Section,
    },
    json::value::Writer,
};

/// How deep collections may lie within each other.
const DEEPEST: usize = 32;

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    let function = Family(Section::Geo).function(
        "geo_from_wkt(wkt)",
        "A shape in well-known text, with longitude before latitude, as GeoJSON.",
        ("SELECT geo_from_wkt('POINT (1 2)')", r#"{"type":"Point","coordinates":[1.0,2.0]}"#),
        (&[Need(Kind::Text)], Answer::Dynamic),
        from_wkt,
    );
    vec![ScalarUDF::from(function)]
}

fn from_wkt(call: &Call) -> Result<ArrayRef> {
    let texts = call.text(0)?;
    call.write(|row, out| {
        let mut rest = Rest(texts.get(row)?);
        rest.shape(DEEPEST, out)?;
        rest.0.trim_start().is_empty().then_some(())
    })
}

/// What of a text is not read yet. A method that finds something else than it should gives `None`, and what it has
/// written by then is to be thrown away.
struct Rest<'t>(&'t str);

/// What stands between parentheses.
#[derive(Debug, Clone, Copy)]
enum Parts {
    /// A pair of numbers.
    Pair,
    /// Pairs, each of which may stand in parentheses of its own.
    LoosePairs,
    /// Lists in lists, so many deep, of at least so many pairs.
    Lists { depth: usize, pairs: usize },
}

impl<'t> Rest<'t> {
    /// Whether the next sign is this, which is then read.
    fn takes(&mut self, sign: char) -> bool {
        let rest = self.0.trim_start().strip_prefix(sign);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// The longest next piece of such characters.
    fn piece(&mut self, of: impl Fn(char) -> bool) -> &'t str {
        let text = self.0.trim_start();
        let (piece, rest) = text.split_at(text.find(|sign| !of(sign)).unwrap_or(text.len()));
        self.0 = rest;
        piece
    }

    fn shape(&mut self, depth: usize, out: &mut String) -> Option<()> {
        let name = self.piece(|sign| sign.is_ascii_alphabetic()).to_ascii_uppercase();
        let (kind, parts) = match name.as_str() {
            "POINT" => ("Point", Parts::Pair),
            "MULTIPOINT" => ("MultiPoint", Parts::LoosePairs),
            "LINESTRING" => ("LineString", Parts::Lists { depth: 0, pairs: 2 }),
            "MULTILINESTRING" => ("MultiLineString", Parts::Lists { depth: 1, pairs: 2 }),
            "POLYGON" => ("Polygon", Parts::Lists { depth: 1, pairs: 4 }),
            "MULTIPOLYGON" => ("MultiPolygon", Parts::Lists { depth: 2, pairs: 4 }),
            "GEOMETRYCOLLECTION" => return self.collection(depth.checked_sub(1)?, out),
            _ => return None,
        };
        let mut read = None;
        let mut shape = Writer::object(out);
        shape.member("type", |out| {
            out.push('"');
            out.push_str(kind);
            out.push('"');
        });
        shape.member("coordinates", |out| read = self.parts(parts, out));
        shape.end();
        read
    }

    fn collection(&mut self, depth: usize, out: &mut String) -> Option<()> {
        let mut read = None;
        let mut collection = Writer::object(out);
        collection.member("type", |out| out.push_str("\"GeometryCollection\""));
        collection.member("geometries", |out| read = self.list(out, |rest, out| rest.shape(depth, out)).map(drop));
        collection.end();
        read
    }

    fn parts(&mut self, parts: Parts, out: &mut String) -> Option<()> {
        match parts {
            Parts::Pair => {
                self.takes('(').then_some(())?;
                self.pair(out)?;
                self.takes(')').then_some(())
            }
            Parts::LoosePairs => self
                .list(out, |rest, out| match rest.takes('(') {
                    true => rest.pair(out).filter(|()| rest.takes(')')),
                    false => rest.pair(out),
                })
                .map(drop),
            Parts::Lists { depth: 0, pairs } => self.list(out, Self::pair).filter(|found| *found >= pairs).map(drop),
            Parts::Lists { depth, pairs } => {
                self.list(out, |rest, out| rest.parts(Parts::Lists { depth: depth - 1, pairs }, out)).map(drop)
            }
        }
    }

    /// Things in parentheses, parted by commas: how many there are.
    fn list(&mut self, out: &mut String, mut item: impl FnMut(&mut Self, &mut String) -> Option<()>) -> Option<usize> {
        self.takes('(').then_some(())?;
        let mut list = Writer::array(out);
        let mut items = 0;
        loop {
            let mut read = None;
            list.write(|out| read = item(self, out));
            read?;
            items += 1;
            if !self.takes(',') {
                break;
            }
        }
        list.end();
        self.takes(')').then_some(items)
    }

    /// A longitude and a latitude; heights and measures are not read.
    fn pair(&mut self, out: &mut String) -> Option<()> {
        let (longitude, latitude) = (self.number()?, self.number()?);
        push_coordinates(longitude, latitude, out);
        Some(())
    }

    fn number(&mut self) -> Option<f64> {
        let digits = self.piece(|sign| sign.is_ascii_digit() || matches!(sign, '.' | '-' | '+' | 'e' | 'E'));
        digits.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let (mut rest, mut out) = (Rest(text), String::new());
        rest.shape(DEEPEST, &mut out)?;
        rest.0.trim_start().is_empty().then_some(out)
    }

    #[test]
    fn shapes() {
        for (text, kind, rest) in [
            ("linestring(1 2,3 -4.5e0) ", "LineString", r#""coordinates":[[1.0,2.0],[3.0,-4.5]]"#),
            (
                "POLYGON ((0 0, 2 0, 2 2, 0 0))",
                "Polygon",
                r#""coordinates":[[[0.0,0.0],[2.0,0.0],[2.0,2.0],[0.0,0.0]]]"#,
            ),
            ("MULTIPOINT (1 1, (2 2))", "MultiPoint", r#""coordinates":[[1.0,1.0],[2.0,2.0]]"#),
            (
                "MULTILINESTRING ((1 1, 2 2), (4 4, 5 5))",
                "MultiLineString",
                r#""coordinates":[[[1.0,1.0],[2.0,2.0]],[[4.0,4.0],[5.0,5.0]]]"#,
            ),
            (
                "MULTIPOLYGON (((0 0, 2 0, 2 2, 0 0)))",
                "MultiPolygon",
                r#""coordinates":[[[[0.0,0.0],[2.0,0.0],[2.0,2.0],[0.0,0.0]]]]"#,
            ),
            (
                "GEOMETRYCOLLECTION (POINT (1 1), LINESTRING (2 2, 3 3))",
                "GeometryCollection",
                r#""geometries":[{"type":"Point","coordinates":[1.0,1.0]},{"type":"LineString","coordinates":[[2.0,2.0],[3.0,3.0]]}]"#,
            ),
        ] {
            assert_eq!(read(text), Some(format!(r#"{{"type":"{kind}",{rest}}}"#)), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_shape() {
        for text in [
            "",
            "LINESTRING",
            "LINESTRING (1 2)",
            "LINESTRING EMPTY",
            "POINT (1 2",
            "POINT (1 2 3)",
            "POINT (1)",
            "POINT (1 1e999)",
            "POINT (nan 1)",
            "POINT (1 2) POINT (1 2)",
            "POINT Z (1 2 3)",
            "CIRCLE (1 2)",
            "POLYGON ((0 0, 1 1, 0 0))",
            "POLYGON (0 0, 1 1, 2 3, 0 0)",
            "é",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let deep = |depth: usize| format!("{}POINT (1 2){}", "GEOMETRYCOLLECTION (".repeat(depth), ")".repeat(depth));
        assert!(read(&deep(DEEPEST)).is_some());
        assert!(read(&deep(DEEPEST + 1)).is_none() && read(&deep(100_000)).is_none());
    }
}
