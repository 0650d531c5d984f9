//! Of property bags: their keys, and bags made of bags.

use std::collections::HashSet;

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::steps::{Step, follow, parse_path};
use crate::{
    functions::{
        call::{
            Answer, Call, Family, Function, Json,
            Kind::{Any, Dynamic, Text},
            Param::{Need, Rest},
        },
        definition::Section,
    },
    json::{
        unescape,
        value::{Value, Writer, is_key},
    },
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Dynamic);
    let functions = [
        family.function(
            "bag_keys(bag)",
            "The keys of the JSON object as an array.",
            (r#"SELECT bag_keys(parse_json('{"a":1,"b":{"c":2}}'))"#, r#"["a","b"]"#),
            (&[Need(Dynamic)], Answer::Dynamic),
            |call| {
                let bag = call.json(0)?;
                call.write(|row, out| {
                    let members = bag.get(row)?.members()?;
                    let mut keys = Writer::array(out);
                    let mut seen = HashSet::new();
                    members.filter(|(name, _)| seen.insert(*name)).for_each(|(name, _)| keys.text(&unescape(name)));
                    keys.end();
                    Some(())
                })
            },
        ),
        family.function(
            "bag_has_key(bag, key)",
            "Whether the JSON object has the key, or what a path such as $.a.b leads to.",
            (r#"SELECT bag_has_key(parse_json('{"a":{"b":null}}'), '$.a.b'), bag_has_key(parse_json('{"a":1}'), 'b')"#, "true, false"),
            (&[Need(Dynamic), Need(Text)], Answer::Bool),
            |call| {
                let (bag, key) = (call.json(0)?, call.text(1)?);
                call.truths(|row| {
                    let json = bag.raw(row)?;
                    Value::of(json).members()?;
                    Some(follow(json, &way(key.get(row)?)).is_some())
                })
            },
        ),
        family.function(
            "bag_merge(bag, bag, …)",
            "The members of all the JSON objects in one. Where a key comes again, the first value stays.",
            (r#"SELECT bag_merge(parse_json('{"a":1}'), parse_json('{"a":2,"b":3}'))"#, r#"{"a":1,"b":3}"#),
            (&[Need(Dynamic), Rest(Dynamic)], Answer::Dynamic),
            merge,
        ),
    ];
    functions.into_iter().chain(changes(family)).map(ScalarUDF::from).collect()
}

fn changes(family: Family) -> [Function; 2] {
    [
        family.function(
            "bag_remove_keys(bag, keys)",
            "The JSON object without the keys in the array; a path such as $.a.b removes within.",
            (
                r#"SELECT bag_remove_keys(parse_json('{"a":1,"b":{"c":2,"d":3}}'), ['a', '$.b.c'])"#,
                r#"{"b":{"d":3}}"#,
            ),
            (&[Need(Dynamic), Need(Dynamic)], Answer::Dynamic),
            |call| {
                let (bag, keys) = (call.json(0)?, call.json(1)?);
                call.write(|row, out| {
                    let bag = bag.get(row)?;
                    bag.members()?;
                    let keys = keys.get(row)?.items()?.map(|item| way(&Value::of(item).text())).collect::<Vec<_>>();
                    without(bag, &keys.iter().map(Vec::as_slice).collect::<Vec<_>>(), out);
                    Some(())
                })
            },
        ),
        family.function(
            "bag_set_key(bag, key, value)",
            "The JSON object with the value at the key, or at the end of a path such as $.a.b.",
            (
                r#"SELECT bag_set_key(parse_json('{"a":1}'), 'a', 'x'), bag_set_key(parse_json('{"a":1}'), '$.b.c', 2)"#,
                r#"{"a":"x"}, {"a":1,"b":{"c":2}}"#,
            ),
            (&[Need(Dynamic), Need(Text), Need(Any)], Answer::Dynamic),
            |call| {
                let (bag, key, value) = (call.json(0)?, call.text(1)?, call.cells(2)?);
                call.write(|row, out| {
                    let bag = bag.get(row)?;
                    bag.members()?;
                    let mut json = String::new();
                    value.get(row).push_json(&mut json);
                    with(bag, &way(key.get(row)?), &json, out)
                })
            },
        ),
    ]
}

/// A path if the key is written as one, else the key itself.
fn way(key: &str) -> Vec<Step> {
    let path = if key.starts_with("$.") || key.starts_with("$[") { parse_path(key) } else { None };
    path.unwrap_or_else(|| vec![Step::Key(key.to_owned())])
}

fn merge(call: &Call) -> Result<ArrayRef> {
    let bags = (0..call.len()).map(|place| call.json(place)).collect::<Result<Vec<Json>>>()?;
    call.write(|row, out| {
        let mut members = bags.iter().filter_map(|bag| bag.get(row)?.members()).peekable();
        members.peek()?;
        let mut seen = HashSet::new();
        let mut merged = Writer::object(out);
        for (name, value) in members.flatten() {
            if seen.insert(name) {
                merged.raw_member(name, |out| out.push_str(value));
            }
        }
        merged.end();
        Some(())
    })
}

/// Writes a bag without what the ways lead to. It goes as deep as the longest way, which a query wrote.
fn without(bag: Value, ways: &[&[Step]], out: &mut String) {
    let mut kept = Writer::object(out);
    for (name, json) in bag.members().into_iter().flatten() {
        let here = |step: &Step| matches!(step, Step::Key(key) if is_key(name, key));
        let within: Vec<&[Step]> = ways
            .iter()
            .filter_map(|way| way.split_first())
            .filter(|(step, _)| here(step))
            .map(|(_, rest)| rest)
            .collect();
        if within.iter().any(|rest| rest.is_empty()) {
            continue;
        }
        let value = Value::of(json);
        match value {
            Value::Object(_) if !within.is_empty() => kept.raw_member(name, |out| without(value, &within, out)),
            _ => kept.raw_member(name, |out| out.push_str(json)),
        }
    }
    kept.end();
}

/// Writes a bag with a value at the end of a way, of which every step is a key. What is no bag on the way becomes one.
fn with(bag: Value, way: &[Step], json: &str, out: &mut String) -> Option<()> {
    let (Step::Key(key), rest) = way.split_first()? else { return None };
    if !rest.iter().all(|step| matches!(step, Step::Key(_))) {
        return None;
    }
    let mut is_set = false;
    let write = |old: Value, out: &mut String| match rest {
        [] => out.push_str(json),
        rest => with(old, rest, json, out).unwrap_or_default(),
    };
    let mut changed = Writer::object(out);
    for (name, old) in bag.members().into_iter().flatten() {
        if !is_key(name, key) {
            changed.raw_member(name, |out| out.push_str(old));
        } else if !is_set {
            is_set = true;
            changed.raw_member(name, |out| write(Value::of(old), out));
        }
    }
    if !is_set {
        changed.member(key, |out| write(Value::Null, out));
    }
    changed.end();
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type};

    #[tokio::test]
    async fn keys() {
        every_text_type(
            &[Some(r#"{"a":1,"b\"":[]}"#), Some("{}"), Some("[1]"), Some("a"), None],
            "bag_keys(parse_json(t))",
            &[r#"["a","b\""]"#, "[]", "NULL", "NULL", "NULL"],
        )
        .await;
        let bag = r#"parse_json('{"a":{"b":[1]},"$.x":2}')"#;
        answers(
            &format!("bag_has_key({bag}, 'A'), bag_has_key({bag}, '$.a.b'), bag_has_key({bag}, '$')"),
            "false, true, false",
        )
        .await;
        answers("bag_has_key(parse_json('[]'), 'a'), bag_has_key(NULL, 'a')", "NULL, NULL").await;
    }

    #[tokio::test]
    async fn bags_of_bags() {
        let bag = r#"parse_json('{"a":1,"b":{"c":2,"d":{"e":3}}}')"#;
        for (query, expected) in [
            (
                format!("bag_merge({bag}, NULL, parse_json('{{\"b\":9,\"z\":null}}'))"),
                r#"{"a":1,"b":{"c":2,"d":{"e":3}},"z":null}"#,
            ),
            ("bag_merge(NULL, parse_json('[1]'))".into(), "NULL"),
            (format!("bag_remove_keys({bag}, ['$.b.d.e', '$.a.x', 'zzz'])"), r#"{"a":1,"b":{"c":2,"d":{}}}"#),
            (format!("bag_remove_keys({bag}, ['b', 'a'])"), "{}"),
            (format!("bag_remove_keys({bag}, NULL)"), "NULL"),
            (format!("bag_set_key({bag}, '$.b.d.e', true)"), r#"{"a":1,"b":{"c":2,"d":{"e":true}}}"#),
            (format!("bag_set_key({bag}, '$.a.x', NULL)"), r#"{"a":{"x":null},"b":{"c":2,"d":{"e":3}}}"#),
            (format!("bag_set_key({bag}, '$.b[0]', 1), bag_set_key(parse_json('[]'), 'a', 1)"), "NULL, NULL"),
            ("bag_set_key(parse_json('{}'), 'a\"', [1])".into(), r#"{"a\"":[1]}"#),
        ] {
            answers(&query, expected).await;
        }
    }
}
