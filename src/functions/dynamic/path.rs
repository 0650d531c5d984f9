//! One value out of a dynamic: `dynamic_path`, which is what `d.a[0]` becomes, and `extract_json`.

use datafusion::{
    arrow::array::ArrayRef,
    common::{Result, plan_err},
    logical_expr::ScalarUDF,
};

use super::steps::{Step, follow, parse_path};
use crate::{
    functions::{
        call::{
            Answer, Call, Cell, Family,
            Kind::{Any, Dynamic, Text},
            Param::{Need, Rest},
        },
        definition::Section,
    },
    json::{
        canonical,
        value::{Number, Value},
    },
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Dynamic);
    let functions = [
        family.function(
            "dynamic_path(value, step, …)",
            "What lies in the JSON value along the steps: a text is a key, a whole number a place in an array, \
             counted from 0 or, if negative, from the end. NULL if nothing is there.",
            (
                r#"SELECT dynamic_path(parse_json('{"a":[{"b":1.0},2]}'), 'a', 0, 'b'), dynamic_path(parse_json('[1,2]'), -1)"#,
                "1.0, 2",
            ),
            (&[Need(Dynamic), Rest(Any)], Answer::Dynamic),
            |call| {
                let (value, steps) = (call.json(0)?, call.cells_from(1)?);
                call.texts(|row| {
                    let mut json = value.raw(row)?;
                    for step in &steps {
                        json = take(Value::of(json), step.get(row))?;
                    }
                    (json != "null").then_some(json)
                })
            },
        ),
        family
            .function(
                "extract_json(path, text)",
                "The text of what lies along a JSONPath, $.a['b'][0], in the text of a JSON document. Empty if nothing \
                 is there.",
                (r#"SELECT extract_json('$.a[0].b', '{"a": [{"b": "x"}]}')"#, "x"),
                (&[Need(Text), Need(Any)], Answer::Text),
                extract_json,
            )
            .aliases(&["extractjson"]),
    ];
    functions.map(ScalarUDF::from).into()
}

/// One step of a path. A key of digits is no place, nor a place a key.
fn take<'a>(value: Value<'a>, step: Cell) -> Option<&'a str> {
    match step {
        Cell::Text(key) => value.get(key),
        Cell::Long(place) => value.at(place),
        Cell::Dynamic(step @ Value::String(_)) => value.get(&step.text()),
        Cell::Dynamic(step) => match step.number()? {
            Number::Long(place) => value.at(place),
            Number::Real(_) => None,
        },
        _ => None,
    }
}

fn extract_json(call: &Call) -> Result<ArrayRef> {
    let (path, document) = (call.text(0)?, call.cells(1)?);
    let steps = |path: &str| match parse_path(path) {
        Some(steps) => Ok(steps),
        None => plan_err!("{}: '{path}' is no path to one value; write one such as $.name['other name'][0]", call.name),
    };
    // A wrong path is refused once, not passed over row by row.
    let paths: Vec<Option<Vec<Step>>> = match &path {
        crate::functions::arguments::Text::Constant(path) => vec![path.map(steps).transpose()?],
        path => (0..call.rows).map(|row| path.get(row).map(steps).transpose()).collect::<Result<_>>()?,
    };
    let path = |row| paths.get(if paths.len() == 1 { 0 } else { row }).and_then(Option::as_ref);
    call.write(|row, out| {
        let steps = path(row)?;
        let found = |json: &str, out: &mut String| {
            out.push_str(&follow(json, steps).map(|json| Value::of(json).text()).unwrap_or_default());
        };
        match document.get(row) {
            Cell::Null => return None,
            Cell::Text(text) => canonical(text).iter().for_each(|json| found(json, out)),
            Cell::Dynamic(Value::Array(json) | Value::Object(json)) => found(json, out),
            _ => {}
        }
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, fails, refuses};

    const OBJECT: &str = r#"parse_json('{"a":{"B":[10,"x",null,[]]},"n":18446744073709551616}')"#;

    #[tokio::test]
    async fn steps_never_fail() {
        for (steps, expected) in [
            ("'a', 'B', 0", "10"),
            ("'a', 'B', 1", r#""x""#),
            ("'a', 'B', -1", "[]"),
            ("'a', 'B', 2", "NULL"),
            ("'a', 'B', 4", "NULL"),
            ("'a', 'b'", "NULL"),
            ("'a', 0", "NULL"),
            ("'a', 'B', 'x'", "NULL"),
            ("'a', 'B', '0'", "NULL"),
            ("'a', NULL", "NULL"),
            ("'n'", "18446744073709551616"),
            ("parse_json('\"a\"'), 'B', parse_json('0')", "10"),
        ] {
            answers(&format!("dynamic_path({OBJECT}, {steps})"), expected).await;
        }
        answers(
            &format!("gettype(dynamic_path({OBJECT}, 'a')), gettype(dynamic_path({OBJECT}, 'n'))"),
            "dictionary, double",
        )
        .await;
        answers("dynamic_path(parse_json('\"{}\"'), 'a'), dynamic_path(NULL, 'a')", "NULL, NULL").await;
        refuses("dynamic_path('{}', 'a')", "dynamic_path: argument 1 must be dynamic (JSON), but it is text").await;
    }

    #[tokio::test]
    async fn columns_of_values_and_steps() {
        every_text_type(
            &[Some(r#"{"a":1}"#), Some("x"), None, Some(r#"{"a":"é"}"#)],
            "dynamic_path(parse_json(t), 'a')",
            &["1", "NULL", "NULL", r#""é""#],
        )
        .await;
        answers("dynamic_path(parse_json('[5,6]'), i) FROM (VALUES (0), (1), (NULL)) AS v(i)", "5; 6; NULL").await;
    }

    #[tokio::test]
    async fn paths_into_text() {
        for (arguments, expected) in [
            (r#"'$.name', '{"name": "John"}'"#, "John"),
            (r#"'$[''a b'']', '{"a b": [1, 2]}'"#, "[1,2]"),
            ("'$.a', 'no json'", ""),
            ("'$.a', ''", ""),
            ("'$.a', NULL", "NULL"),
            ("'$[0]', parse_json('[true]')", "true"),
        ] {
            answers(&format!("extract_json({arguments})"), expected).await;
        }
        fails("extractjson('$.a[*]', '{}')", "extract_json: '$.a[*]' is no path to one value").await;
    }
}
