//! Percent signs in URLs.

use std::borrow::Cow;

use datafusion::logical_expr::ScalarUDF;
use percent_encoding::percent_decode_str;

use crate::functions::{
    call::{Answer, Family, Kind::Text, Param::Need},
    definition::Section,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Decode);
    let functions = [
        family.function(
            "url_encode(text)",
            "The text as a form sends it: blanks as plus signs, other characters than letters, digits and -_.!*() as \
             %xx.",
            ("SELECT url_encode('https://a.b/hello world')", "https%3a%2f%2fa.b%2fhello+world"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.write(|row, out| {
                    encode(text.get(row)?, b"-_.!*()", Some('+'), out);
                    Some(())
                })
            },
        ),
        family.function(
            "url_encode_component(text)",
            "The text as part of a URL: other characters than letters, digits and -_.!*() as %xx, blanks too.",
            ("SELECT url_encode_component('https://a.b/hello world')", "https%3a%2f%2fa.b%2fhello%20world"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.write(|row, out| {
                    encode(text.get(row)?, b"-_.!*()", None, out);
                    Some(())
                })
            },
        ),
        family.function(
            "kusto_url_decode(text)",
            "The text with %xx and plus signs replaced by what they stand for. Bytes that are no UTF-8 become U+FFFD.",
            ("SELECT kusto_url_decode('https%3a%2f%2fa.b%2fhello+world')", "https://a.b/hello world"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.texts(|row| Some(decode(text.get(row)?)))
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

fn encode(text: &str, kept: &[u8], blank: Option<char>, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half & 15)]);
    for byte in text.bytes() {
        match (byte, blank) {
            (b' ', Some(blank)) => out.push(blank),
            _ if byte.is_ascii_alphanumeric() || kept.contains(&byte) => out.push(char::from(byte)),
            _ => out.extend(['%', digit(byte >> 4), digit(byte)]),
        }
    }
}

fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('+') {
        return percent_decode_str(text).decode_utf8_lossy();
    }
    let blanks = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&blanks).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::every_text_type;

    #[tokio::test]
    async fn both_ways() {
        let texts = [Some("é&=~"), None, Some("a b"), Some("")];
        every_text_type(&texts, "url_encode(t)", &["%c3%a9%26%3d%7e", "NULL", "a+b", ""]).await;
        every_text_type(&texts, "kusto_url_decode(url_encode(t))", &["é&=~", "NULL", "a b", ""]).await;
        every_text_type(&texts, "kusto_url_decode(url_encode_component(t))", &["é&=~", "NULL", "a b", ""]).await;
        every_text_type(&[Some("%ff%zz%"), Some("a+b%2B")], "kusto_url_decode(t)", &["\u{fffd}%zz%", "a b+"]).await;
    }
}
