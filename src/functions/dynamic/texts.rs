//! A dynamic as an Arrow list of text, for what takes lists: `has_any`, `IN`.

use datafusion::logical_expr::ScalarUDF;

use crate::{
    functions::{
        call::{Answer, Family, Kind::Dynamic, Param::Need},
        definition::Section,
    },
    json::value::Value,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Dynamic);
    let function = family.function(
        "dynamic_to_texts(value)",
        "The texts of a JSON array's items as a list, for has_any, has_all and the like, nulls left out. Another value \
         is a list of one.",
        (r#"SELECT has_any('net use', dynamic_to_texts(parse_json('["x", "use"]')))"#, "true"),
        (&[Need(Dynamic)], Answer::Texts),
        |call| {
            let value = call.json(0)?;
            call.lists(|row| {
                let value = value.get(row)?;
                let text = |item| Some(Value::of(item)).filter(|value| *value != Value::Null).map(|value| value.text());
                Some(match value.items() {
                    Some(items) => items.filter_map(text).collect(),
                    None => vec![value.text()],
                })
            })
        },
    );
    vec![ScalarUDF::from(function)]
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type};

    #[tokio::test]
    async fn items_as_texts() {
        every_text_type(
            &[Some(r#"["a",1,null,[2]]"#), Some("[]"), Some("x"), None],
            "dynamic_to_texts(parse_json(t))",
            &["[a, 1, [2]]", "[]", "[x]", "NULL"],
        )
        .await;
        answers("array_has(dynamic_to_texts(parse_json('[\"a\"]')), 'a')", "true").await;
    }
}
