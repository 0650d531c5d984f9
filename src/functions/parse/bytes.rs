//! `format_bytes`: sizes for people.

use std::fmt::Write;

use datafusion::{
    arrow::array::ArrayRef,
    common::{Result, plan_err},
    logical_expr::ScalarUDF,
};

use crate::functions::{
    arguments::Text as Texts,
    call::{
        Answer, Call, Family,
        Kind::{Number, Text, Whole},
        Param::{May, Need},
    },
    definition::Section,
    text_form::push_real,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let function = Family(Section::Text).function(
        "format_bytes(size [, digits [, unit]])",
        "The number of bytes in the unit that suits it, or in the one given, with so many digits behind the point: \
         Bytes, KB, MB, GB, TB, PB, EB, each 1024 of the one before.",
        (
            "SELECT format_bytes(564), format_bytes(20010332, 2), format_bytes(20010332, 0, 'KB')",
            "564 Bytes, 19.08 MB, 19541 KB",
        ),
        (&[Need(Number), May(Whole), May(Text)], Answer::Text),
        format_bytes,
    );
    vec![ScalarUDF::from(function)]
}

const UNITS: [&str; 7] = ["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"];

fn format_bytes(call: &Call) -> Result<ArrayRef> {
    let (size, digits, units) = (call.real(0)?, call.long_or(1, 0)?, call.text_if_any(2)?);
    let place = |unit: &str| UNITS.iter().position(|known| known.eq_ignore_ascii_case(unit));
    if let Some(Texts::Constant(Some(unit))) = &units
        && !unit.is_empty()
        && place(unit).is_none()
    {
        return plan_err!("{}: '{unit}' is no unit; there are {}", call.name, UNITS.join(", "));
    }
    call.write(|row, out| {
        let size = size.get(row)?;
        let digits = u32::try_from(digits.get(row)?.clamp(0, 15)).ok()?;
        let unit = match &units {
            Some(units) => Some(units.get(row)?).filter(|unit| !unit.is_empty()),
            None => None,
        };
        let place = match unit {
            Some(unit) => place(unit)?,
            None => (1..UNITS.len()).take_while(|&place| size.abs() >= scale(place)).last().unwrap_or_default(),
        };
        let factor = 10_f64.powi(i32::try_from(digits).ok()?);
        push_real((size / scale(place) * factor).round() / factor, out);
        write!(out, " {}", UNITS.get(place)?).ok()
    })
}

fn scale(place: usize) -> f64 {
    1024_f64.powi(i32::try_from(place).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, fails};

    #[tokio::test]
    async fn sizes() {
        for (arguments, expected) in [
            ("10332, 1", "10.1 KB"),
            ("20010332", "19 MB"),
            ("0", "0 Bytes"),
            ("-2048", "-2 KB"),
            ("1023.4", "1023 Bytes"),
            ("1e30", "867361737988 EB"),
            ("1024, 0, ''", "1 KB"),
            ("1024, 0, 'bytes'", "1024 Bytes"),
            ("NULL", "NULL"),
        ] {
            answers(&format!("format_bytes({arguments})"), expected).await;
        }
        fails("format_bytes(1, 0, 'KiB')", "format_bytes: 'KiB' is no unit; there are Bytes, KB, MB").await;
    }
}
