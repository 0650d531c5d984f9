//! `kql_text`: text that KQL may see. KQL's text has no null.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, StringViewArray},
        compute::cast,
        datatypes::DataType,
    },
    common::Result,
    logical_expr::ScalarUDF,
};

use crate::functions::{
    call::{Answer, Call, Family, Kind::Text, Param::Need},
    definition::Section,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let function = Family(Section::Operator).function(
        "kql_text(text)",
        "The text, and the empty text for NULL: KQL's text is never NULL. Scans look through it.",
        ("SELECT kql_text('a'), kql_text(NULL)", "a, "),
        (&[Need(Text)], Answer::Text),
        text,
    );
    vec![ScalarUDF::from(function)]
}

/// The same texts where none is null; else the same bytes under views of which some are empty.
fn text(call: &Call) -> Result<ArrayRef> {
    let Some(value) = call.args.first() else { return Ok(Arc::new(StringViewArray::new_null(call.rows))) };
    let texts = cast(&value.to_array(call.rows)?, &DataType::Utf8View)?;
    if texts.null_count() == 0 {
        return Ok(texts);
    }
    let texts = texts.as_string_view();
    let views =
        (0..texts.len()).map(|row| if texts.is_null(row) { 0 } else { texts.views().get(row).copied().unwrap_or(0) });
    Ok(Arc::new(StringViewArray::try_new(views.collect(), texts.data_buffers().to_vec(), None)?))
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::every_text_type;

    #[tokio::test]
    async fn null_is_the_empty_text() {
        let long = "a text of more than twelve bytes";
        every_text_type(&[Some("a"), None, Some(""), Some(long)], "kql_text(t)", &["a", "", "", long]).await;
        every_text_type(&[Some("a"), Some(long)], "kql_text(t)", &["a", long]).await;
    }
}
