//! Text packed by gzip or zlib, in base64.
//!
//! The frames are those that Kusto writes. A text so short that packing makes it no smaller is kept as it is, in one stored block, and
//! there the bytes are Kusto's; longer ones unpack alike, and are packed by another library.

use std::io::{Read, Write};

use ::base64::{Engine, engine::general_purpose::STANDARD};
use datafusion::logical_expr::ScalarUDF;
use flate2::{
    Compression, Crc,
    read::{GzDecoder, ZlibDecoder},
    write::DeflateEncoder,
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
                call.texts(|row| gzip(text.get(row)?.as_bytes()).map(|bytes| STANDARD.encode(bytes)))
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
                call.texts(|row| zlib(text.get(row)?.as_bytes()).map(|bytes| STANDARD.encode(bytes)))
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

/// Texts of up to so many bytes are stored: the tables that come before packed bytes take more than could be saved.
const STORED: usize = 100;

/// No name, no time, and a system that nobody told.
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// A window of 32 KiB, packed by the fastest way.
const ZLIB_HEAD: [u8; 2] = [0x78, 0x01];

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut packed = GZIP_HEAD.to_vec();
    packed.extend(deflate(bytes)?);
    let mut sum = Crc::new();
    sum.update(bytes);
    packed.extend(sum.sum().to_le_bytes());
    packed.extend(sum.amount().to_le_bytes());
    Some(packed)
}

fn zlib(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut packed = ZLIB_HEAD.to_vec();
    packed.extend(deflate(bytes)?);
    packed.extend(adler(bytes).to_be_bytes());
    Some(packed)
}

fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    match u16::try_from(bytes.len()) {
        Ok(length) if bytes.len() <= STORED => {
            let mut block = vec![1];
            block.extend(length.to_le_bytes());
            block.extend((!length).to_le_bytes());
            block.extend(bytes);
            Some(block)
        }
        _ => {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes).ok()?;
            encoder.finish().ok()
        }
    }
}

/// Adler's checksum.
fn adler(bytes: &[u8]) -> u32 {
    const BASE: u32 = 65_521;
    let (mut low, mut high) = (1, 0);
    for byte in bytes {
        low = (low + u32::from(*byte)) % BASE;
        high = (high + low) % BASE;
    }
    (high << 16) | low
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
        let long = "né ".repeat(200);
        let texts = [Some("né né né"), Some(""), Some(long.as_str()), None];
        for kind in ["gzip", "zlib"] {
            let query = format!("{kind}_decompress_from_base64_string({kind}_compress_to_base64_string(t))");
            every_text_type(&texts, &query, &["né né né", "", &long, "NULL"]).await;
        }
        answers("gzip_compress_to_base64_string('abcabc')", "H4sIAAAAAAAA/wEGAPn/YWJjYWJjTJlucgYAAAA=").await;
        answers("zlib_compress_to_base64_string('abcabc')", "eAEBBgD5/2FiY2FiYwgMAk0=").await;
        answers(
            "zlib_decompress_from_base64_string('eAEBFADr/zEyMzQ1Njc4OTBxd2VydHl1aW9wOAkGdw==')",
            "1234567890qwertyuiop",
        )
        .await;
        answers("zlib_decompress_from_base64_string('x0x0x0'), gzip_decompress_from_base64_string('eJw=')", ", ").await;
    }

    #[test]
    fn a_bomb_comes_to_nothing() {
        let bomb = STANDARD.encode(zlib(&vec![b'a'; (MOST + 1) as usize]).unwrap());
        assert_eq!(unpack(&bomb, |bytes| Box::new(ZlibDecoder::new(bytes))), "");
    }
}
