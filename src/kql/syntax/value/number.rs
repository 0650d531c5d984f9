//! Numbers and GUIDs.

/// A 64-bit integer: digits with or without a sign, or `0x` and hexadecimal digits, whose bits are taken as they are.
pub fn long(text: &str) -> Option<i64> {
    match hexadecimal(text) {
        Some(digits) => u64::from_str_radix(digits, 16).ok().map(u64::cast_signed),
        None => signed(text)?.parse().ok(),
    }
}

/// A 32-bit integer, in the forms of [`long`].
pub fn int(text: &str) -> Option<i32> {
    match hexadecimal(text) {
        Some(digits) => u32::from_str_radix(digits, 16).ok().map(u32::cast_signed),
        None => signed(text)?.parse().ok(),
    }
}

/// The digits behind `0x`.
fn hexadecimal(text: &str) -> Option<&str> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
}

/// The text, if it is digits with or without a sign.
fn signed(text: &str) -> Option<&str> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// A real: a decimal number with or without a sign, point and exponent, or `nan`, `inf`, `+inf`, `-inf`.
pub fn real(text: &str) -> Option<f64> {
    match text {
        "nan" | "NaN" => Some(f64::NAN),
        "inf" | "+inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        _ => decimal(text)?.parse().ok(),
    }
}

/// The text, if it is a decimal number with or without a sign, point and exponent.
pub fn decimal(text: &str) -> Option<&str> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    (mantissa && exponent.is_none_or(|exponent| signed(exponent).is_some())).then_some(text)
}

/// A GUID, with or without dashes and braces; lower case with dashes.
pub fn guid(text: &str) -> Option<String> {
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let digits: String = match inner.len() {
        32 => inner.to_ascii_lowercase(),
        36 => {
            let dashes = inner.bytes().enumerate().all(|(i, byte)| (byte == b'-') == matches!(i, 8 | 13 | 18 | 23));
            dashes.then(|| inner.replace('-', "").to_ascii_lowercase())?
        }
        _ => return None,
    };
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    Some([part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-"))
}
