//! To numbers and truths.

use std::sync::Arc;

use datafusion::{
    arrow::array::{ArrayRef, Decimal128Array},
    common::Result,
    logical_expr::ScalarUDF,
};

use super::convert;
use crate::functions::{
    call::{Answer, Call, Cell, DECIMAL, Family, Kind::Any, Param::Need},
    definition::Section,
    moment_text::EPOCH_TICKS,
    text_form::TICK,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Convert);
    let functions = [
        family.function(
            "toint(value)",
            "The value as a 32-bit integer. Integers beyond wrap around, doubles stop at the ends and lose their \
             fraction; text must be digits or 0x…. NULL if it is none.",
            ("SELECT toint(' 42 '), toint(2.9), toint('5.7'), toint(9999999999)", "42, 2, NULL, 1410065407"),
            (&[Need(Any)], Answer::Int),
            |call| {
                let value = call.cells(0)?;
                call.ints(|row| convert(value.get(row), to_int))
            },
        ),
        family.function(
            "tolong(value)",
            "The value as a 64-bit integer: doubles lose their fraction, times and time spans are counted in ticks of \
             100 ns, text must be digits or 0x…. NULL if it is none.",
            ("SELECT tolong('0xff'), tolong(-5.7), tolong('1e3'), tolong(true)", "255, -5, NULL, 1"),
            (&[Need(Any)], Answer::Long),
            |call| {
                let value = call.cells(0)?;
                call.longs(|row| convert(value.get(row), to_long))
            },
        ),
        family
            .function(
                "toreal(value)",
                "The value as a double. NULL if it is none.",
                ("SELECT toreal('1.5e3'), toreal(2), toreal('1,5')", "1500.0, 2.0, NULL"),
                (&[Need(Any)], Answer::Real),
                |call| {
                    let value = call.cells(0)?;
                    call.reals(|row| convert(value.get(row), to_real))
                },
            )
            .aliases(&["todouble"]),
        family.function(
            "todecimal(value)",
            "The value as an exact decimal with 18 digits behind the point. NULL if it is none.",
            ("SELECT todecimal('123.45678')", "123.456780000000000000"),
            (&[Need(Any)], Answer::Decimal),
            |call| {
                let value = call.cells(0)?;
                let decimals = (0..call.rows).map(|row| convert(value.get(row), to_decimal)).collect();
                decimal_array(decimals)
            },
        ),
        family
            .function(
                "tobool(value)",
                "The value as a truth: true and false in any letter case, or a number, which is true unless it is 0. \
                 NULL if it is none.",
                ("SELECT tobool('TRUE'), tobool(2), tobool('0'), tobool('yes')", "true, true, false, NULL"),
                (&[Need(Any)], Answer::Bool),
                |call: &Call| {
                    let value = call.cells(0)?;
                    call.truths(|row| convert(value.get(row), to_bool))
                },
            )
            .aliases(&["toboolean"]),
    ];
    functions.map(ScalarUDF::from).into()
}

fn decimal_array(decimals: Decimal128Array) -> Result<ArrayRef> {
    Ok(Arc::new(decimals.with_precision_and_scale(DECIMAL.0, DECIMAL.1)?))
}

fn to_int(cell: Cell) -> Option<i32> {
    match cell {
        // Text that a 32-bit integer does not hold is none; a number wraps.
        Cell::Text(text) => i32::try_from(parse_long(text)?).ok(),
        Cell::Real(real) if real.is_nan() => None,
        Cell::Real(real) => Some(real as i32),
        other => to_long(other).map(|long| long as i32),
    }
}

fn to_long(cell: Cell) -> Option<i64> {
    match cell {
        Cell::Bool(truth) => Some(truth.into()),
        Cell::Long(long) => Some(long),
        Cell::Real(real) if real.is_nan() => None,
        Cell::Real(real) => Some(real as i64),
        Cell::Decimal(units) => i64::try_from(units / ONE).ok(),
        Cell::Whole(whole) => i64::try_from(whole).ok(),
        Cell::Text(text) => parse_long(text),
        Cell::Moment(moment) => Some(moment.div_euclid(TICK) + EPOCH_TICKS),
        Cell::Span(span) => Some(span / TICK),
        Cell::Null | Cell::Dynamic(_) => None,
    }
}

/// Digits with or without a sign, or `0x` and hexadecimal digits, blanks around them allowed.
fn parse_long(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
            u64::from_str_radix(digits, 16).ok().map(|long| long as i64)
        }
        Some(_) => None,
        None => text.parse().ok(),
    }
}

fn to_real(cell: Cell) -> Option<f64> {
    match cell {
        Cell::Real(real) => Some(real),
        Cell::Decimal(units) => Some(units as f64 / ONE as f64),
        Cell::Whole(whole) => Some(whole as f64),
        Cell::Text(text) => text.trim().parse().ok(),
        other => to_long(other).map(|long| long as f64),
    }
}

/// One, in units of the last digit of a decimal.
const ONE: i128 = 10_i128.pow(DECIMAL.1 as u32);

fn to_decimal(cell: Cell) -> Option<i128> {
    match cell {
        Cell::Decimal(units) => Some(units),
        Cell::Whole(whole) => {
            whole.checked_mul(ONE).filter(|units| units.unsigned_abs() < 10_u128.pow(DECIMAL.0.into()))
        }
        Cell::Real(real) if real.is_finite() => parse_decimal(&real.to_string()),
        Cell::Real(_) => None,
        Cell::Text(text) => parse_decimal(text.trim()),
        other => to_long(other).map(|long| i128::from(long) * ONE),
    }
}

/// `[-]digits[.digits][e±digits]`; digits beyond the eighteenth behind the point are cut off.
fn parse_decimal(text: &str) -> Option<i128> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    if !are_digits || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    // The digits, and how many of them stand before the point.
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let wanted = usize::try_from(point.checked_add(i32::from(DECIMAL.1))?).ok();
    let Some(wanted) = wanted else { return Some(0) };
    let significant = format!("{whole}{fraction}");
    let leading_zeros = significant.len() - significant.trim_start_matches('0').len();
    if wanted.saturating_sub(leading_zeros) > usize::from(DECIMAL.0) {
        return significant.bytes().all(|b| b == b'0').then_some(0);
    }
    let padded: String = significant.chars().chain(std::iter::repeat('0')).take(wanted).collect();
    let units: i128 = if padded.is_empty() { 0 } else { padded.parse().ok()? };
    Some(sign * units)
}

fn to_bool(cell: Cell) -> Option<bool> {
    match cell {
        Cell::Bool(truth) => Some(truth),
        Cell::Real(real) if !real.is_nan() => Some(real != 0.0),
        Cell::Decimal(units) | Cell::Whole(units) => Some(units != 0),
        Cell::Text(text) => {
            let text = text.trim();
            match text {
                _ if text.eq_ignore_ascii_case("true") => Some(true),
                _ if text.eq_ignore_ascii_case("false") => Some(false),
                _ => parse_long(text).map(|long| long != 0),
            }
        }
        Cell::Long(long) => Some(long != 0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, refuses};

    #[tokio::test]
    async fn integers() {
        answers("tolong('9223372036854775807'), tolong('9223372036854775808')", "9223372036854775807, NULL").await;
        answers("tolong('+7'), tolong('-0x1'), tolong('0x'), tolong('')", "7, NULL, NULL, NULL").await;
        answers("tolong('5.7'), tolong('5.'), tolong('1,000'), tolong('x')", "NULL, NULL, NULL, NULL").await;
        answers("toint('9999999999'), toint(1e20), toint(-1e20)", "NULL, 2147483647, -2147483648").await;
        answers("tolong(arrow_cast(86400, 'Duration(Second)'))", "864000000000").await;
        answers("tolong(TIMESTAMP '1970-01-01T00:00:00Z')", "621355968000000000").await;
        answers("tolong(NULL), toint(1e0 / 0), tolong(0e0 / 0)", "NULL, 2147483647, NULL").await;
        answers("tolong(arrow_cast(5, 'UInt64')), tolong(arrow_cast('7', 'Dictionary(Int32, Utf8)'))", "5, 7").await;
    }

    #[tokio::test]
    async fn what_a_dynamic_holds() {
        for (json, expected) in [
            ("7", "7, 7, 7.0, true"),
            ("7.9", "7, 7, 7.9, true"),
            ("\"8\"", "8, 8, 8.0, true"),
            ("false", "0, 0, 0.0, false"),
            ("\"a\"", "NULL, NULL, NULL, NULL"),
            ("[1]", "NULL, NULL, NULL, NULL"),
            ("null", "NULL, NULL, NULL, NULL"),
            ("640236721980338696", "640236721980338696, 298611208, 6.402367219803387e17, true"),
        ] {
            let value = format!("parse_json('{json}')");
            answers(&format!("tolong({value}), toint({value}), todouble({value}), tobool({value})"), expected).await;
        }
    }

    #[tokio::test]
    async fn reals_truths_and_decimals() {
        answers("toreal(' -2.5 '), toreal('x'), toreal(true)", "-2.5, NULL, 1.0").await;
        answers("tobool('1.5'), tobool('-3'), tobool(''), toboolean(0.0)", "NULL, true, NULL, false").await;
        answers(
            "todecimal(1.5), todecimal('1e-3'), todecimal('-2.5E2')",
            "1.500000000000000000, 0.001000000000000000, -250.000000000000000000",
        )
        .await;
        answers(
            "todecimal('1e20'), todecimal('1e19'), todecimal('.'), todecimal('0.0000000000000000019')",
            "NULL, 10000000000000000000.000000000000000000, NULL, 0.000000000000000001",
        )
        .await;
        answers(
            "todecimal('1e-99'), todecimal('0e99'), todecimal(7)",
            "0.000000000000000000, 0.000000000000000000, 7.000000000000000000",
        )
        .await;
    }

    #[tokio::test]
    async fn every_row_of_a_column() {
        answers("tolong(v) FROM (VALUES ('1'), (NULL), ('x'), ('-2')) AS t(v)", "1; NULL; NULL; -2").await;
    }

    #[tokio::test]
    async fn what_is_no_scalar_is_refused() {
        refuses("tolong(named_struct('a', 1))", "tolong: argument 1 cannot be Struct").await;
        refuses("tolong()", "tolong").await;
    }
}
