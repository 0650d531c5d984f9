//! Arrays as sets of values: each value counts once, in the order of first appearance.

use std::collections::HashSet;

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use crate::{
    functions::{
        call::{
            Answer, Call, Family, Json,
            Kind::{Any, Dynamic},
            Param::{Need, Rest},
        },
        definition::Section,
        operator::same_json,
    },
    json::value::{Number, Value, Writer},
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Dynamic);
    let functions = [
        family.function(
            "set_union(array, array, …)",
            "The values that are in any of the JSON arrays.",
            ("SELECT set_union(parse_json('[1,2,1]'), parse_json('[2,3]'))", "[1,2,3]"),
            (&[Need(Dynamic), Rest(Dynamic)], Answer::Dynamic),
            |call| combine(call, true, |_, _| true),
        ),
        family.function(
            "set_intersect(array, array, …)",
            "The values that are in all of the JSON arrays.",
            ("SELECT set_intersect(parse_json('[1,2,1]'), parse_json('[2,3]'))", "[2]"),
            (&[Need(Dynamic), Need(Dynamic), Rest(Dynamic)], Answer::Dynamic),
            |call| combine(call, false, |key, others| others.iter().all(|other| other.contains(key))),
        ),
        family.function(
            "set_difference(array, array, …)",
            "The values that are in the first JSON array and in no other.",
            ("SELECT set_difference(parse_json('[1,2,1]'), parse_json('[2,3]'))", "[1]"),
            (&[Need(Dynamic), Need(Dynamic), Rest(Dynamic)], Answer::Dynamic),
            |call| combine(call, false, |key, others| !others.iter().any(|other| other.contains(key))),
        ),
        family.function(
            "set_has_element(array, value)",
            "Whether the value is in the JSON array.",
            (
                r#"SELECT set_has_element(parse_json('["a", 1]'), 'a'), set_has_element(parse_json('["a"]'), 'A')"#,
                "true, false",
            ),
            (&[Need(Dynamic), Need(Any)], Answer::Bool),
            |call| {
                let (array, value) = (call.json(0)?, call.cells(1)?);
                call.truths(|row| {
                    let mut items = array.get(row)?.items()?;
                    let mut wanted = String::new();
                    value.get(row).push_json(&mut wanted);
                    Some(items.any(|item| same_json(Value::of(item), Value::of(&wanted))))
                })
            },
        ),
        family.function(
            "set_equals(a, b)",
            "Whether the same values are in both JSON arrays.",
            ("SELECT set_equals(parse_json('[1,2,1]'), parse_json('[2,1]'))", "true"),
            (&[Need(Dynamic), Need(Dynamic)], Answer::Bool),
            |call| {
                let (a, b) = (call.json(0)?, call.json(1)?);
                call.truths(|row| Some(keys(a.get(row)?)? == keys(b.get(row)?)?))
            },
        ),
        family.function(
            "jaccard_index(a, b)",
            "How alike two JSON arrays are as sets: the values in both through the values in any.",
            ("SELECT jaccard_index(parse_json('[1,2,3]'), parse_json('[1,2,3,4]'))", "0.75"),
            (&[Need(Dynamic), Need(Dynamic)], Answer::Real),
            |call| {
                let (a, b) = (call.json(0)?, call.json(1)?);
                call.reals(|row| {
                    let (a, b) = (keys(a.get(row)?)?, keys(b.get(row)?)?);
                    let shared = a.intersection(&b).count();
                    Some(shared as f64 / (a.len() + b.len() - shared) as f64)
                })
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

/// What makes two items the same: the count of a number, the canonical text of all else.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Long(i64),
    Bits(u64),
    Text(&'a str),
}

impl<'a> Key<'a> {
    fn of(item: &'a str) -> Self {
        match Value::of(item).number() {
            Some(Number::Long(long)) => Key::Long(long),
            // Whole doubles within 2^53 are exact integers.
            Some(Number::Real(real)) if real.fract() == 0.0 && real.abs() < 9_007_199_254_740_992.0 => {
                Key::Long(real as i64)
            }
            Some(Number::Real(real)) => Key::Bits(real.to_bits()),
            None => Key::Text(item),
        }
    }
}

fn keys(value: Value) -> Option<HashSet<Key>> {
    Some(value.items()?.map(Key::of).collect())
}

/// Writes the values of the first array, or of all, that belong.
fn combine(call: &Call, all: bool, belongs: fn(&Key, &[HashSet<Key>]) -> bool) -> Result<ArrayRef> {
    let arrays = (0..call.len()).map(|place| call.json(place)).collect::<Result<Vec<Json>>>()?;
    call.write(|row, out| {
        let arrays: Vec<Value> = arrays.iter().map(|array| array.get(row)).collect::<Option<_>>()?;
        let (first, others) = arrays.split_first()?;
        let sets = if all { Vec::new() } else { others.iter().map(|array| keys(*array)).collect::<Option<_>>()? };
        let mut seen = HashSet::new();
        let mut set = Writer::array(out);
        let sources = if all { arrays.as_slice() } else { std::slice::from_ref(first) };
        for array in sources {
            for item in array.items()? {
                let key = Key::of(item);
                if belongs(&key, &sets) && seen.insert(key) {
                    set.item(item);
                }
            }
        }
        set.end();
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, refuses};

    #[tokio::test]
    async fn sets_of_all_kinds() {
        for (query, expected) in [
            ("set_union(parse_json('[1,\"1\",1.0,null]'), ['1'])", r#"[1,"1",null]"#),
            ("set_union(parse_json('[]'))", "[]"),
            ("set_intersect(parse_json('[1,2]'), parse_json('[2,1]'), parse_json('[1]'))", "[1]"),
            ("set_difference(parse_json('[1,2,3,2]'), parse_json('[3]'), parse_json('[1]'))", "[2]"),
            ("set_difference(parse_json('[]'), parse_json('[1]'))", "[]"),
            ("set_difference(parse_json('{}'), parse_json('[1]')), set_union(NULL, parse_json('[1]'))", "NULL, NULL"),
            ("set_has_element(parse_json('[2]'), 2.0), set_has_element(NULL, 1)", "true, NULL"),
            ("set_has_element(parse_json('[\"a\\u0022\"]'), 'a\"')", "true"),
            (
                "set_equals(parse_json('[1]'), parse_json('[1,2]')), jaccard_index(parse_json('[]'), parse_json('[]'))",
                "false, NaN",
            ),
            ("jaccard_index(parse_json('[1,1]'), parse_json('[2]'))", "0.0"),
        ] {
            answers(query, expected).await;
        }
        refuses("set_union('a', 'b')", "set_union: argument 1 must be dynamic (JSON), but it is text").await;
    }
}
