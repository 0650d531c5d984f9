//! Numbers as text, the same in every format.

use std::fmt::Debug;
use std::io::Write;

/// Writes an integer. A row holds many of them and std's formatting machinery costs several times as much as the digits.
pub(in crate::output) fn integer(value: i128, out: &mut Vec<u8>) {
    if let Ok(small) = i64::try_from(value) {
        if small < 0 {
            out.push(b'-');
        }
        return digits(small.unsigned_abs(), out);
    }
    // Writing into a `Vec` cannot fail.
    let _ = write!(out, "{value}");
}

fn digits(mut value: u64, out: &mut Vec<u8>) {
    let mut buffer = [0u8; 20];
    let mut start = buffer.len();
    loop {
        start -= 1;
        // A remainder by ten fits.
        buffer[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&buffer[start..]);
}

/// Writes `value` with leading zeros up to `width` digits (nine at most).
pub(in crate::output) fn padded(mut value: u32, width: usize, out: &mut Vec<u8>) {
    let mut buffer = [b'0'; 9];
    let start = buffer.len().saturating_sub(width);
    for digit in buffer[start..].iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.extend_from_slice(&buffer[start..]);
}

/// Writes the shortest digits that read back as the same float of the same width: `1.0`, `0.1`, `1e16`, `NaN`, `-Infinity`.
pub(in crate::output) fn float(value: impl Copy + Debug + Into<f64>, out: &mut Vec<u8>) {
    let wide: f64 = value.into();
    if wide.is_infinite() {
        out.extend_from_slice(if wide > 0.0 { b"Infinity" } else { b"-Infinity" });
    } else {
        let _ = write!(out, "{value:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn integers_are_exact_at_both_ends() {
        for value in
            [0, 7, -1, 10, 99, 100, i128::from(i64::MIN), i128::from(i64::MAX), i128::from(u64::MAX), i128::MIN]
        {
            assert_eq!(written(|out| integer(value, out)), value.to_string());
        }
        assert_eq!(written(|out| padded(7, 2, out)), "07");
        assert_eq!(written(|out| padded(120, 7, out)), "0000120");
    }

    #[test]
    fn floats_are_short_and_read_back() {
        let texts = [1.0, 0.1, -0.0, 1e16, 1.5e-7, f64::MAX, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]
            .map(|value| written(|out| float(value, out)));
        insta::assert_snapshot!(texts.join(" "), @"1.0 0.1 -0.0 1e16 1.5e-7 1.7976931348623157e308 NaN Infinity -Infinity");
        assert_eq!(written(|out| float(0.1f32, out)), "0.1");
    }
}
