//! Base64 of the standard alphabet, padded, as Kusto takes and makes it.

use ::base64::{Engine, engine::general_purpose::STANDARD};
use datafusion::logical_expr::ScalarUDF;

use crate::{
    functions::{
        call::{
            Answer, Family,
            Kind::{Dynamic, Text},
            Param::Need,
        },
        convert::guid_of,
        definition::Section,
    },
    json::value::{Number, Value, Writer},
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Decode);
    let functions = [
        family
            .function(
                "base64_encode_tostring(text)",
                "The text's bytes of UTF-8 in base64.",
                ("SELECT base64_encode_tostring('Kusto')", "S3VzdG8="),
                (&[Need(Text)], Answer::Text),
                |call| {
                    let text = call.text(0)?;
                    call.texts(|row| Some(STANDARD.encode(text.get(row)?)))
                },
            )
            .aliases(&["base64_encodestring"]),
        family
            .function(
                "base64_decode_tostring(text)",
                "The text in base64. Empty if it is no base64, or no UTF-8; base64_decode_text takes UTF-16 as well.",
                ("SELECT base64_decode_tostring('S3VzdG8='), base64_decode_tostring('?') = ''", "Kusto, true"),
                (&[Need(Text)], Answer::Text),
                |call| {
                    let text = call.text(0)?;
                    call.texts(|row| {
                        let bytes = STANDARD.decode(text.get(row)?).ok();
                        Some(bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default())
                    })
                },
            )
            .aliases(&["base64_decodestring"]),
        family
            .function(
                "base64_decode_toarray(text)",
                "The bytes in base64 as a JSON array. NULL if it is none.",
                ("SELECT base64_decode_toarray('S3VzdG8=')", "[75,117,115,116,111]"),
                (&[Need(Text)], Answer::Dynamic),
                |call| {
                    let text = call.text(0)?;
                    call.write(|row, out| {
                        let bytes = STANDARD.decode(text.get(row)?).ok()?;
                        let mut array = Writer::array(out);
                        bytes.iter().for_each(|byte| array.item(&byte.to_string()));
                        array.end();
                        Some(())
                    })
                },
            )
            .aliases(&["base64_decodetoarray"]),
        family.function(
            "base64_encode_fromarray(bytes)",
            "The bytes of a JSON array in base64. Empty if an item is no byte.",
            ("SELECT base64_encode_fromarray([75, 117, 115, 116, 111])", "S3VzdG8="),
            (&[Need(Dynamic)], Answer::Text),
            |call| {
                let bytes = call.json(0)?;
                call.texts(|row| {
                    let items = bytes.get(row)?.items();
                    let bytes = items.and_then(|mut items| {
                        items.try_fold(Vec::new(), |mut bytes, item| {
                            bytes.push(byte_of(item)?);
                            Some(bytes)
                        })
                    });
                    Some(bytes.map(|bytes| STANDARD.encode(bytes)).unwrap_or_default())
                })
            },
        ),
        family.function(
            "base64_encode_fromguid(guid)",
            "The 16 bytes of a GUID, as .NET lays them out, in base64. Empty if it is none.",
            ("SELECT base64_encode_fromguid('ae3133f2-6e22-49ae-b06a-16e6a9b212eb')", "8jMxriJurkmwahbmqbIS6w=="),
            (&[Need(Text)], Answer::Text),
            |call| {
                let guid = call.text(0)?;
                call.texts(|row| {
                    Some(bytes_of_guid(guid.get(row)?).map(|bytes| STANDARD.encode(bytes)).unwrap_or_default())
                })
            },
        ),
        family.function(
            "base64_decode_toguid(text)",
            "The GUID whose 16 bytes are in base64. NULL if it is none.",
            ("SELECT base64_decode_toguid('8jMxriJurkmwahbmqbIS6w==')", "ae3133f2-6e22-49ae-b06a-16e6a9b212eb"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.texts(|row| {
                    let bytes: [u8; 16] = STANDARD.decode(text.get(row)?).ok()?.try_into().ok()?;
                    guid_of(&format!("{:032x}", u128::from_be_bytes(swapped(bytes))))
                })
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

fn byte_of(item: &str) -> Option<u8> {
    match Value::of(item).number()? {
        Number::Long(long) => u8::try_from(long).ok(),
        Number::Real(_) => None,
    }
}

fn bytes_of_guid(text: &str) -> Option<[u8; 16]> {
    let digits = guid_of(text)?.replace('-', "");
    Some(swapped(u128::from_str_radix(&digits, 16).ok()?.to_be_bytes()))
}

/// .NET keeps the first three groups of a GUID in little-endian order.
fn swapped(mut bytes: [u8; 16]) -> [u8; 16] {
    bytes[..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
    bytes
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, refuses};

    #[tokio::test]
    async fn text() {
        every_text_type(
            &[Some("S3VzdG8="), Some("S3VzdG8"), Some(""), None, Some("//8=")],
            "base64_decode_tostring(t)",
            &["Kusto", "", "", "NULL", ""],
        )
        .await;
        answers("base64_decodestring(base64_encodestring('né')), base64_encode_tostring(NULL)", "né, NULL").await;
    }

    #[tokio::test]
    async fn bytes_and_guids() {
        answers("base64_decode_toarray('?'), base64_encode_fromarray(parse_json('[256]')), base64_encode_fromarray(parse_json('{}'))", "NULL, , ").await;
        answers(
            "base64_encode_fromarray(base64_decode_toarray('//8=')), base64_encode_fromarray(parse_json('[1.5]'))",
            "//8=, ",
        )
        .await;
        answers(
            "base64_encode_fromguid('x'), base64_decode_toguid('S3VzdG8='), base64_encode_fromguid(NULL)",
            ", NULL, NULL",
        )
        .await;
        refuses("base64_encode_fromarray('[1]')", "must be dynamic (JSON), but it is text").await;
    }
}
