//! Text as code points, and back.

use datafusion::logical_expr::ScalarUDF;

use crate::{
    functions::{
        call::{
            Answer, Call, Cell, Family,
            Kind::{Any, Text},
            Param::{Need, Rest},
        },
        definition::Section,
    },
    json::value::{Number, Value, Writer},
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Text);
    let functions = [
        family
            .function(
                "unicode_codepoints_from_string(text)",
                "The code points of the text as a JSON array.",
                ("SELECT unicode_codepoints_from_string('né')", "[110,233]"),
                (&[Need(Text)], Answer::Dynamic),
                |call| {
                    let text = call.text(0)?;
                    call.write(|row, out| {
                        let text = text.get(row)?;
                        let mut array = Writer::array(out);
                        text.chars().for_each(|c| array.item(&u32::from(c).to_string()));
                        array.end();
                        Some(())
                    })
                },
            )
            .aliases(&["to_utf8"]),
        family
            .function(
                "unicode_codepoints_to_string(points, …)",
                "The text of code points, given as numbers, as arrays of them, or both. NULL if one is no code point.",
                ("SELECT unicode_codepoints_to_string([75, 117], 115, 116, 111)", "Kusto"),
                (&[Need(Any), Rest(Any)], Answer::Text),
                |call: &Call| {
                    let points = call.cells_from(0)?;
                    call.write(|row, out| {
                        for cells in &points {
                            match cells.get(row) {
                                Cell::Long(point) => out.push(character(point)?),
                                Cell::Dynamic(value @ Value::Number(_)) => out.push(character_of(value)?),
                                Cell::Dynamic(value) => {
                                    for item in value.items()? {
                                        out.push(character_of(Value::of(item))?);
                                    }
                                }
                                _ => return None,
                            }
                        }
                        Some(())
                    })
                },
            )
            .aliases(&["make_string"]),
    ];
    functions.map(ScalarUDF::from).into()
}

fn character(point: i64) -> Option<char> {
    u32::try_from(point).ok().and_then(char::from_u32)
}

fn character_of(value: Value) -> Option<char> {
    match value.number()? {
        Number::Long(point) => character(point),
        Number::Real(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type};

    #[tokio::test]
    async fn there_and_back() {
        let texts = [Some("קוסטו 🔥"), Some(""), None];
        every_text_type(&texts, "make_string(to_utf8(t))", &["קוסטו 🔥", "", "NULL"]).await;
        answers("make_string(75, parse_json('[10]'), [117]) = concat('K', chr(10), 'u')", "true").await;
        answers(
            "make_string(-1), make_string(55296), make_string('a'), make_string(parse_json('[1.5]'))",
            "NULL, NULL, NULL, NULL",
        )
        .await;
    }
}
