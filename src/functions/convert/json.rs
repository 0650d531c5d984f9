//! To and from dynamics: `parse_json`, `gettype`, `dynamic_to_json`, and the marks that tell JSON from text.

use datafusion::{
    arrow::{array::ArrayRef, compute::cast, datatypes::DataType},
    common::Result,
    logical_expr::{ColumnarValue, ScalarUDF},
};

use crate::{
    functions::{
        call::{
            Answer, Call, Cell, Family,
            Kind::{Any, Dynamic},
            Param::Need,
            is_dynamic,
        },
        definition::Section,
    },
    json::{
        canonical, push_quoted,
        value::{Number, Value, Writer},
    },
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Dynamic);
    let mut functions = vec![
        family
            .function(
                "parse_json(text)",
                "The JSON value that the text holds. Text that is no JSON becomes a JSON string, the empty text NULL.",
                (r#"SELECT parse_json('{ "a": [1, 2.0] }'), parse_json('[x')"#, r#"{"a":[1,2.0]}, "[x""#),
                (&[Need(Any)], Answer::Dynamic),
                parse_json,
            )
            .aliases(&["todynamic", "parsejson", "toobject"]),
        family.function(
            "dynamic_of(value)",
            "The value inside a JSON value: a text becomes a JSON string, whatever it holds.",
            ("SELECT dynamic_of('[1]'), dynamic_of(1.0), dynamic_of(['a'])", r#""[1]", 1.0, ["a"]"#),
            (&[Need(Any)], Answer::Dynamic),
            |call| {
                let value = call.cells(0)?;
                call.write(|row, out| {
                    let cell = value.get(row);
                    cell.push_json(out);
                    (!cell.is_null()).then_some(())
                })
            },
        ),
        family.function(
            "as_dynamic(json)",
            "The same text, marked as JSON again where an expression lost the mark. The text is trusted; lists become \
             arrays.",
            ("SELECT as_dynamic(coalesce(parse_json('[1]'), NULL)), as_dynamic([1, 2])", "[1], [1,2]"),
            (&[Need(Any)], Answer::Dynamic),
            |call| match call.args.first() {
                Some(value) if value.data_type().is_string() => unchanged(value, call.rows),
                _ => {
                    let value = call.cells(0)?;
                    call.write(|row, out| {
                        let cell = value.get(row);
                        cell.push_json(out);
                        (!cell.is_null()).then_some(())
                    })
                }
            },
        ),
        family.function(
            "as_string(json)",
            "The JSON text as mere text, brackets and quotes included.",
            (r#"SELECT as_string(parse_json('"a"')), as_string(parse_json('[ 1 ]'))"#, r#""a", [1]"#),
            (&[Need(Dynamic)], Answer::Text),
            |call| match call.args.first() {
                Some(value) if value.data_type().is_string() => unchanged(value, call.rows),
                _ => {
                    let value = call.json(0)?;
                    call.texts(|row| value.raw(row))
                }
            },
        ),
    ];
    functions.extend([
        family.function(
            "gettype(value)",
            "The type of the value as Kusto names it; of JSON that of what it holds: array, dictionary, string, long, \
             double, bool, null.",
            ("SELECT gettype(1), gettype(parse_json('1.0')), gettype(parse_json('[]'))", "long, double, array"),
            (&[Need(Any)], Answer::Text),
            |call| {
                let value = call.cells(0)?;
                let is_int = call.fields.first().is_some_and(|field| *field.data_type() == DataType::Int32);
                call.texts(|row| {
                    Some(match value.get(row) {
                        Cell::Long(_) if is_int => "int",
                        cell => type_of(cell),
                    })
                })
            },
        ),
        family.function(
            "dynamic_to_json(value)",
            "The JSON text with the members of every object in the order of their names, so that equal objects are \
             equal texts.",
            (r#"SELECT dynamic_to_json(parse_json('{"b":1,"a":{"d":2,"c":3}}'))"#, r#"{"a":{"c":3,"d":2},"b":1}"#),
            (&[Need(Dynamic)], Answer::Text),
            |call| {
                let value = call.json(0)?;
                call.write(|row, out| {
                    sorted(value.raw(row)?, out, DEEPEST);
                    Some(())
                })
            },
        ),
    ]);
    functions.into_iter().map(ScalarUDF::from).collect()
}

/// A text as it is, in the one type of text that answers have.
fn unchanged(value: &ColumnarValue, rows: usize) -> Result<ArrayRef> {
    Ok(cast(&value.to_array(rows)?, &DataType::Utf8View)?)
}

fn parse_json(call: &Call) -> Result<ArrayRef> {
    if let (Some(value), Some(field)) = (call.args.first(), call.fields.first())
        && value.data_type().is_string()
        && is_dynamic(field)
    {
        return unchanged(value, call.rows);
    }
    let value = call.cells(0)?;
    call.write(|row, out| match value.get(row) {
        Cell::Null | Cell::Dynamic(Value::Null) => None,
        Cell::Text(text) => parse(text, out),
        other => {
            other.push_json(out);
            Some(())
        }
    })
}

fn parse(text: &str, out: &mut String) -> Option<()> {
    match canonical(text) {
        Some(json) if json == "null" => return None,
        Some(json) => out.push_str(&json),
        None if text.trim().is_empty() => return None,
        None => push_quoted(text, out),
    }
    Some(())
}

fn type_of(cell: Cell) -> &'static str {
    match cell {
        Cell::Null | Cell::Dynamic(Value::Null) => "null",
        Cell::Bool(_) | Cell::Dynamic(Value::Bool(_)) => "bool",
        Cell::Long(_) => "long",
        Cell::Real(_) => "real",
        Cell::Decimal(_) | Cell::Whole(_) => "decimal",
        Cell::Text(_) | Cell::Dynamic(Value::String(_)) => "string",
        Cell::Moment(_) => "datetime",
        Cell::Span(_) => "timespan",
        Cell::Dynamic(Value::Array(_)) => "array",
        Cell::Dynamic(Value::Object(_)) => "dictionary",
        Cell::Dynamic(Value::Number(digits)) => match Number::of(digits) {
            Some(Number::Long(_)) => "long",
            _ => "double",
        },
    }
}

/// How deep objects are put in order; what lies deeper keeps its order, so that depth costs a bounded stack.
const DEEPEST: usize = 128;

fn sorted(json: &str, out: &mut String, depth: usize) {
    let value = Value::of(json);
    if depth == 0 {
        return out.push_str(json);
    }
    if let Some(items) = value.items() {
        let mut array = Writer::array(out);
        items.for_each(|item| array.write(|out| sorted(item, out, depth - 1)));
        array.end();
    } else if let Some(members) = value.members() {
        let mut members: Vec<_> = members.collect();
        members.sort_by_key(|(name, _)| *name);
        let mut object = Writer::object(out);
        members.iter().for_each(|(name, item)| object.raw_member(name, |out| sorted(item, out, depth - 1)));
        object.end();
    } else {
        out.push_str(json);
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, refuses};

    #[tokio::test]
    async fn text_becomes_json_once() {
        every_text_type(
            &[Some(" [1, 2] "), Some("abc"), Some("'a'"), Some(""), Some("null"), None, Some("640236721980338696")],
            "parse_json(t)",
            &["[1,2]", r#""abc""#, r#""'a'""#, "NULL", "NULL", "NULL", "640236721980338696"],
        )
        .await;
        answers(r#"parse_json(parse_json('"[1]"'))"#, r#""[1]""#).await;
        answers("parse_json(5), todynamic(true), parsejson(NULL)", "5, true, NULL").await;
    }

    #[tokio::test]
    async fn types() {
        answers(
            "gettype('a'), gettype(toint(1)), gettype(1.5), gettype(true), gettype(now())",
            "string, int, real, bool, datetime",
        )
        .await;
        answers("gettype(NULL), gettype(parse_json('null')), gettype(parse_json('{}'))", "null, null, dictionary")
            .await;
        answers(
            "gettype(parse_json('1')), gettype(parse_json('\"1\"')), gettype(parse_json('true'))",
            "long, string, bool",
        )
        .await;
        answers("gettype([1]), gettype(totimespan('1h')), gettype(todecimal(1))", "array, timespan, decimal").await;
    }

    #[tokio::test]
    async fn marks_are_put_on_and_taken_off() {
        answers("gettype(as_dynamic('[1]')), gettype(as_string(parse_json('[1]')))", "array, string").await;
        answers("as_dynamic(t) FROM (VALUES ('[1]'), (NULL)) AS v(t)", "[1]; NULL").await;
        answers("as_dynamic(5), as_dynamic(NULL), dynamic_of(NULL)", "5, NULL, NULL").await;
        refuses("as_string('a')", "as_string: argument 1 must be dynamic (JSON), but it is text; write parse_json")
            .await;
    }

    #[tokio::test]
    async fn order_of_members() {
        answers(
            r#"dynamic_to_json(parse_json('[{"b":[{"z":1,"y":2}],"a":1.0}]'))"#,
            r#"[{"a":1.0,"b":[{"y":2,"z":1}]}]"#,
        )
        .await;
        answers(r#"dynamic_to_json(parse_json('"a"')), dynamic_to_json(parse_json('null'))"#, "\"a\", NULL").await;
        let deep = format!("dynamic_to_json(parse_json('{}{}'))", "[".repeat(50_000), "]".repeat(50_000));
        answers(&format!("length({deep})"), "100000").await;
    }
}
