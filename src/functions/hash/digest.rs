//! Cryptographic hashes of a value's text form, as lower-case hexadecimal digits. Of `''` Kusto's answer is `''`, and so
//! it is of a null that is no text.

use std::{fmt::Write, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray},
        compute::cast,
        datatypes::{DataType, Field},
    },
    common::{Result, ScalarValue, config::ConfigOptions},
    functions::crypto,
    logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF},
};

use super::sha1::sha1;
use crate::functions::{
    call::{Answer, Call, Cell, Family, Kind, Param, Param::Need},
    definition::Section,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const ANY: (&[Param], Answer) = (&[Need(Kind::Any)], Answer::Text);
    let family = Family(Section::Hash);
    [
        family.function(
            "hash_md5(value)",
            "The MD5 hash of the value's text as hexadecimal digits.",
            ("SELECT hash_md5('World')", "f5a7924e621e84c9280a9a27e1bcb7f6"),
            ANY,
            |call| stock(call, "md5"),
        ),
        family.function(
            "hash_sha1(value)",
            "The SHA-1 hash of the value's text as hexadecimal digits.",
            ("SELECT hash_sha1('World')", "70c07ec18ef89c5309bbb0937f3a6342411e1fdd"),
            ANY,
            with_sha1,
        ),
        family.function(
            "hash_sha256(value)",
            "The SHA-256 hash of the value's text as hexadecimal digits.",
            ("SELECT hash_sha256('World')", "78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524"),
            ANY,
            |call| stock(call, "sha256"),
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// The texts of the values.
fn texts(call: &Call) -> Result<ArrayRef> {
    let values = call.cells(0)?;
    let is_text = call.fields.first().is_none_or(|field| field.data_type().is_string() || field.data_type().is_null());
    call.write(|row, out| {
        let value = values.get(row);
        value.push_text(out);
        (!is_text || !matches!(value, Cell::Null)).then_some(())
    })
}

fn write_hex(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        // Writing to a string does not fail.
        write!(out, "{byte:02x}").unwrap_or_default();
    }
}

fn with_sha1(call: &Call) -> Result<ArrayRef> {
    let texts = texts(call)?;
    let texts = texts.as_string_view();
    call.write(|row, out| {
        let text = texts.is_valid(row).then(|| texts.value(row))?;
        if !text.is_empty() {
            write_hex(&sha1(text.as_bytes()), out);
        }
        Some(())
    })
}

/// By an algorithm that DataFusion has.
fn stock(call: &Call, algorithm: &str) -> Result<ArrayRef> {
    let texts = texts(call)?;
    let field = |kind| Arc::new(Field::new("value", kind, true));
    let digests = crypto::digest().invoke_with_args(ScalarFunctionArgs {
        args: vec![
            ColumnarValue::Array(Arc::clone(&texts)),
            ColumnarValue::Scalar(ScalarValue::Utf8View(Some(algorithm.to_owned()))),
        ],
        arg_fields: vec![field(DataType::Utf8View), field(DataType::Utf8View)],
        number_rows: call.rows,
        return_field: field(DataType::Binary),
        config_options: Arc::new(ConfigOptions::default()),
    })?;
    let digests = cast(&digests.to_array(call.rows)?, &DataType::Binary)?;
    let (texts, digests) = (texts.as_string_view(), digests.as_binary::<i32>());
    call.write(|row, out| {
        let text = texts.is_valid(row).then(|| texts.value(row))?;
        if !text.is_empty() && digests.is_valid(row) {
            write_hex(digests.value(row), out);
        }
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type};

    #[tokio::test]
    async fn of_the_text_form() {
        let texts = [Some("World"), Some(""), None];
        every_text_type(&texts, "hash_md5(t)", &["f5a7924e621e84c9280a9a27e1bcb7f6", "", "NULL"]).await;
        every_text_type(&texts, "hash_sha1(t)", &["70c07ec18ef89c5309bbb0937f3a6342411e1fdd", "", "NULL"]).await;
        for (expression, answer) in [
            ("hash_md5(TIMESTAMP '2020-01-01')", "786c530672d1f8db31fee25ea8a9390b"),
            ("hash_sha1(TIMESTAMP '2020-01-01')", "e903e533f4d636b4fc0dcf3cf81e7b7f330de776"),
            ("hash_sha256(TIMESTAMP '2020-01-01')", "ba666752dc1a20eb750b0eb64e780cc4c968bc9fb8813461c1d7e750f302d71d"),
            ("hash_md5(1) = hash_md5('1'), hash_sha256(arrow_cast(NULL, 'Int64')) = ''", "true, true"),
            ("hash_md5(true) = hash_md5('True')", "true"),
        ] {
            answers(expression, answer).await;
        }
    }
}
