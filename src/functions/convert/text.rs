//! To text: `tostring`, `tohex`, `toguid`.

use std::fmt::Write;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef},
        compute::cast,
        datatypes::DataType,
    },
    common::Result,
    logical_expr::{ColumnarValue, ScalarUDF},
};

use super::convert;
use crate::functions::{
    call::{
        Answer, Call, Cell, Family,
        Kind::{Any, Whole},
        Param::{May, Need},
        is_dynamic,
    },
    definition::Section,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Convert);
    let functions = [
        family.function(
            "tostring(value)",
            "The value as text, as Kusto writes it: True and False, 2026-10-01T13:45:07.0000000Z, 1.02:03:04; a string \
             inside JSON without its quotes. NULL becomes the empty text.",
            (
                "SELECT tostring(1.5), tostring(true), tostring(parse_json('{\"a\": 1}')), tostring(NULL) = ''",
                "1.5, True, {\"a\":1}, true",
            ),
            (&[Need(Any)], Answer::Text),
            to_text,
        ),
        family.function(
            "tohex(number [, least])",
            "The number in hexadecimal digits, with zeros in front up to so many of them (16 at most). Negative \
             numbers are two's complements.",
            ("SELECT tohex(256), tohex(-256), tohex(256, 8)", "100, ffffffffffffff00, 00000100"),
            (&[Need(Whole), May(Whole)], Answer::Text),
            |call| {
                let is_int = call.fields.first().is_some_and(|field| *field.data_type() == DataType::Int32);
                let (number, least) = (call.long(0)?, call.long_or(1, 0)?);
                call.write(|row, out| {
                    let (number, least) = (number.get(row)?, least.get(row)?.clamp(0, 16) as usize);
                    let bits = if is_int { u64::from(number as u32) } else { number as u64 };
                    write!(out, "{bits:0least$x}").ok()
                })
            },
        ),
        family.function(
            "toguid(value)",
            "The text as a GUID in small letters with dashes. NULL if it is none.",
            (
                "SELECT toguid('AE3133F2-6E22-49AE-B06A-16E6A9B212EB'), toguid('x')",
                "ae3133f2-6e22-49ae-b06a-16e6a9b212eb, NULL",
            ),
            (&[Need(Any)], Answer::Text),
            |call| {
                let value = call.cells(0)?;
                call.texts(|row| {
                    convert(value.get(row), |cell| if let Cell::Text(text) = cell { guid_of(text) } else { None })
                })
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

fn to_text(call: &Call) -> Result<ArrayRef> {
    // Text without nulls is what it is.
    if let (Some(ColumnarValue::Array(array)), Some(field)) = (call.args.first(), call.fields.first())
        && array.data_type().is_string()
        && array.null_count() == 0
        && !is_dynamic(field)
    {
        return Ok(cast(array, &DataType::Utf8View)?);
    }
    let value = call.cells(0)?;
    call.write(|row, out| {
        value.get(row).push_text(out);
        Some(())
    })
}

/// The first 32 hexadecimal digits, dashes where they belong passed over, in the usual form.
pub(in crate::functions) fn guid_of(text: &str) -> Option<String> {
    const DASHES: [usize; 4] = [8, 12, 16, 20];
    let mut guid = String::with_capacity(36);
    let mut digits = 0;
    let mut dash_passed = false;
    for c in text.trim().chars() {
        if c == '-' && DASHES.contains(&digits) && !dash_passed {
            dash_passed = true;
            continue;
        }
        if !c.is_ascii_hexdigit() {
            return None;
        }
        if DASHES.contains(&digits) {
            guid.push('-');
        }
        guid.push(c.to_ascii_lowercase());
        dash_passed = false;
        digits += 1;
        if digits == 32 {
            return Some(guid);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type};

    #[tokio::test]
    async fn text_of_every_type() {
        for (value, text) in [
            ("'a'", "a"),
            ("-7", "-7"),
            ("1e0", "1"),
            ("0e0 / 0", "NaN"),
            ("false", "False"),
            ("TIMESTAMP '2020-01-02T03:04:05.6Z'", "2020-01-02T03:04:05.6000000Z"),
            ("DATE '2020-01-02'", "2020-01-02T00:00:00.0000000Z"),
            ("arrow_cast(90061, 'Duration(Second)')", "1.01:01:01"),
            ("todecimal('1.50')", "1.5"),
            ("[1, NULL, 2]", "[1,null,2]"),
            ("['a\"b']", r#"["a\"b"]"#),
            ("parse_json('\"a\\\"b\"')", "a\"b"),
            ("parse_json('true')", "true"),
            ("parse_json('1.0')", "1.0"),
            ("parse_json('[ 1, \"x\" ]')", r#"[1,"x"]"#),
            ("parse_json('null')", ""),
            ("NULL", ""),
            ("CAST(NULL AS BIGINT)", ""),
        ] {
            answers(&format!("tostring({value})"), text).await;
        }
        every_text_type(&[Some("a"), None, Some("")], "tostring(t)", &["a", "", ""]).await;
        every_text_type(&[Some("a"), Some("")], "tostring(t)", &["a", ""]).await;
        every_text_type(&[Some("a"), Some("")], "tostring(dynamic_of(t))", &["a", ""]).await;
    }

    #[tokio::test]
    async fn hexadecimal_digits() {
        answers(
            "tohex(toint(-256)), tohex(toint(-256), 8), tohex(255, 2), tohex(1, 99)",
            "ffffff00, ffffff00, ff, 0000000000000001",
        )
        .await;
        answers("tohex(NULL), tohex(1, NULL)", "NULL, NULL").await;
    }

    #[tokio::test]
    async fn guids() {
        answers("toguid('70fc66f7727949a4aea4986cabb8efc3 and more')", "70fc66f7-7279-49a4-aea4-986cabb8efc3").await;
        answers("toguid('70fc-66f7727949a4aea4986cabb8efc3'), toguid(''), toguid(5)", "NULL, NULL, NULL").await;
    }
}
