//! Text packed by gzip or zlib, in base64.

use std::io::{Read, Write};

use ::base64::{Engine, engine::general_purpose::STANDARD};
use datafusion::logical_expr::ScalarUDF;
use flate2::{
    Compression,
    read::{GzDecoder, ZlibDecoder},
    write::{GzEncoder, ZlibEncoder},
};

use crate::functions::{
    call::{Answer, Family, Kind::Text, Param::Need},
    definition::Section,
};

/// How many bytes a text unpacks to at most; more is taken for an attack on memory, and nothing comes of it.
const MOST: u64 = 16 << 20;

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Decode);
    let functions = [
        family.function(
            "gzip_compress_to_base64_string(text)",
            "The text packed by gzip, in base64.",
            ("SELECT gzip_decompress_from_base64_string(gzip_compress_to_base64_string('abc'))", "abc"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.texts(|row| {
                    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                    encoder.write_all(text.get(row)?.as_bytes()).ok()?;
                    encoder.finish().ok().map(|bytes| STANDARD.encode(bytes))
                })
            },
        ),
        family.function(
            "gzip_decompress_from_base64_string(text)",
            "The text that gzip has packed, out of base64. Empty if it is none, or has more than 16 MiB.",
            ("SELECT gzip_decompress_from_base64_string('x') = ''", "true"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.texts(|row| Some(unpack(text.get(row)?, |bytes| Box::new(GzDecoder::new(bytes)))))
            },
        ),
        family.function(
            "zlib_compress_to_base64_string(text)",
            "The text packed by zlib, in base64.",
            ("SELECT zlib_decompress_from_base64_string(zlib_compress_to_base64_string('abc'))", "abc"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.texts(|row| {
                    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
                    encoder.write_all(text.get(row)?.as_bytes()).ok()?;
                    encoder.finish().ok().map(|bytes| STANDARD.encode(bytes))
                })
            },
        ),
        family.function(
            "zlib_decompress_from_base64_string(text)",
            "The text that zlib has packed, out of base64. Empty if it is none, or has more than 16 MiB.",
            ("SELECT zlib_decompress_from_base64_string('eJwLSS0uUSguKcrMS1cwNDIGACxqBQ4=')", "Test string 123"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.texts(|row| Some(unpack(text.get(row)?, |bytes| Box::new(ZlibDecoder::new(bytes)))))
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

fn unpack(text: &str, decoder: for<'b> fn(&'b [u8]) -> Box<dyn Read + 'b>) -> String {
    let Ok(bytes) = STANDARD.decode(text) else { return String::new() };
    let mut unpacked = Vec::new();
    let read = decoder(&bytes).take(MOST + 1).read_to_end(&mut unpacked);
    match read {
        Ok(length) if length as u64 <= MOST => String::from_utf8(unpacked).unwrap_or_default(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::{answers, every_text_type};

    #[tokio::test]
    async fn there_and_back() {
        let texts = [Some("né né né"), Some(""), None];
        for kind in ["gzip", "zlib"] {
            let query = format!("{kind}_decompress_from_base64_string({kind}_compress_to_base64_string(t))");
            every_text_type(&texts, &query, &["né né né", "", "NULL"]).await;
        }
        answers(
            "zlib_decompress_from_base64_string('eAEBFADr/zEyMzQ1Njc4OTBxd2VydHl1aW9wOAkGdw==')",
            "1234567890qwertyuiop",
        )
        .await;
        answers("zlib_decompress_from_base64_string('x0x0x0'), gzip_decompress_from_base64_string('eJw=')", ", ").await;
    }

    #[test]
    fn a_bomb_comes_to_nothing() {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![b'a'; (MOST + 1) as usize]).unwrap();
        let bomb = STANDARD.encode(encoder.finish().unwrap());
        assert_eq!(unpack(&bomb, |bytes| Box::new(ZlibDecoder::new(bytes))), "");
    }
}
