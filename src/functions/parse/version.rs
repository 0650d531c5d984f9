//! `parse_version`: versions as numbers that compare as versions do.

use std::sync::Arc;

use datafusion::{arrow::array::Decimal128Array, logical_expr::ScalarUDF};

use crate::functions::{
    call::{Answer, DECIMAL, Family, Kind::Text, Param::Need},
    definition::Section,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let function = Family(Section::Decode).function(
        "parse_version(text)",
        "The version as a number, so that versions compare: one to four parts of at most eight digits, missing ones \
         being 0. NULL if it is none.",
        (
            "SELECT parse_version('1.2.3.4'), parse_version('1.10') > parse_version('1.9'), parse_version('1.x')",
            "1000000020000000300000004, true, NULL",
        ),
        (&[Need(Text)], Answer::Whole),
        |call| {
            let text = call.text(0)?;
            let versions = (0..call.rows).map(|row| text.get(row).and_then(version));
            Ok(Arc::new(versions.collect::<Decimal128Array>().with_precision_and_scale(DECIMAL.0, 0)?))
        },
    );
    vec![ScalarUDF::from(function)]
}

const PARTS: usize = 4;
const DIGITS: usize = 8;

fn version(text: &str) -> Option<i128> {
    let mut parts = text.trim().split('.');
    let mut version = 0;
    for _ in 0..PARTS {
        let part = parts.next().unwrap_or("0");
        let is_part = (1..=DIGITS).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        version = version * 10_i128.pow(DIGITS as u32) + part.parse::<i128>().ok().filter(|_| is_part)?;
    }
    parts.next().is_none().then_some(version)
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type};

    #[tokio::test]
    async fn versions() {
        every_text_type(
            &[Some("0.0.0.5"), Some("0.0.7.0"), Some("0.2"), Some("1"), Some("99999999.0.0.1"), None],
            "tostring(parse_version(t))",
            &[
                "5",
                "700000000",
                "20000000000000000",
                "1000000000000000000000000",
                "99999999000000000000000000000001",
                "",
            ],
        )
        .await;
        for text in ["", "1.2.3.4.5", "100000000", "1..2", "-1", "1.", "v1"] {
            answers(&format!("parse_version('{text}')"), "NULL").await;
        }
    }
}
