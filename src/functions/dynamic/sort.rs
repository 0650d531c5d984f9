//! `array_sort_asc` and `array_sort_desc`: an array in order, and others that follow it.

use std::cmp::Ordering;

use datafusion::{
    arrow::{array::ArrayRef, datatypes::DataType},
    common::Result,
    logical_expr::ScalarUDF,
};

use super::write_items;
use crate::{
    functions::{
        call::{
            Answer, Call, Family, Json,
            Kind::{Any, Dynamic},
            Param::{Need, Rest},
        },
        definition::Section,
    },
    json::value::{Number, Value, Writer},
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Dynamic);
    let functions = [
        family.function(
            "array_sort_asc(array, [follower, …,] [nulls_last])",
            "The JSON array in ascending order: numbers, then strings, then other values; nulls last unless the last \
             argument is false. With followers, arrays that are reordered along with it, the answer is an array of all \
             the arrays; a follower of another length becomes null.",
            (
                "SELECT array_sort_asc(parse_json('[3,null,1]')), array_sort_asc(parse_json('[3,1]'), ['c', 'a'])",
                r#"[1,3,null], [[1,3],["a","c"]]"#,
            ),
            (&[Need(Dynamic), Rest(Any)], Answer::Dynamic),
            |call| sort(call, |order| order),
        ),
        family.function(
            "array_sort_desc(array, [follower, …,] [nulls_last])",
            "The same as array_sort_asc in descending order; nulls are last here, too.",
            (
                "SELECT array_sort_desc(parse_json('[3,null,4]')), array_sort_desc(parse_json('[3,null,4]'), false)",
                "[4,3,null], [null,4,3]",
            ),
            (&[Need(Dynamic), Rest(Any)], Answer::Dynamic),
            |call| sort(call, Ordering::reverse),
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

fn sort(call: &Call, direct: fn(Ordering) -> Ordering) -> Result<ArrayRef> {
    let has_switch = call.len() > 1 && call.fields.last().is_some_and(|field| *field.data_type() == DataType::Boolean);
    let nulls_last = if has_switch { Some(call.truth(call.len() - 1)?) } else { None };
    let arrays = call.len() - usize::from(has_switch);
    let arrays = (0..arrays).map(|place| call.json(place)).collect::<Result<Vec<Json>>>()?;
    let Some((first, followers)) = arrays.split_first() else { return call.texts(|_| None::<&str>) };
    call.write(|row, out| {
        let nulls_last = nulls_last.as_ref().is_none_or(|switch| switch.get(row).unwrap_or(true));
        let items: Vec<Value> = first.get(row)?.items()?.map(Value::of).collect();
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by(|&a, &b| match (items[a] == Value::Null, items[b] == Value::Null) {
            (false, false) => direct(compare(items[a], items[b])),
            (a, b) if nulls_last => a.cmp(&b),
            (a, b) => b.cmp(&a),
        });
        if followers.is_empty() {
            write_ordered(first.get(row)?, &order, out);
            return Some(());
        }
        let mut all = Writer::array(out);
        for array in &arrays {
            let follows = array.get(row).and_then(Value::items).is_some_and(|items| items.count() == order.len());
            match array.get(row).filter(|_| follows) {
                Some(array) => all.write(|out| write_ordered(array, &order, out)),
                None => all.item("null"),
            }
        }
        all.end();
        Some(())
    })
}

fn write_ordered(array: Value, order: &[usize], out: &mut String) {
    let items: Vec<&str> = array.items().into_iter().flatten().collect();
    write_items(order.iter().filter_map(|&place| items.get(place).copied()), out);
}

fn compare(a: Value, b: Value) -> Ordering {
    match (a.number(), b.number()) {
        (Some(Number::Long(a)), Some(Number::Long(b))) => return a.cmp(&b),
        (Some(a), Some(b)) => return a.real().total_cmp(&b.real()),
        _ => {}
    }
    let rank = |value| match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        _ => 2,
    };
    rank(a).cmp(&rank(b)).then_with(|| a.text().cmp(&b.text()))
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn orders_of_values() {
        for (arguments, expected) in [
            (r#"parse_json('["b",2,"a",null,true,1.5]')"#, r#"[1.5,2,"a","b",true,null]"#),
            (r#"parse_json('["b",null,"a"]'), false"#, r#"[null,"a","b"]"#),
            (r#"parse_json('["b",null,"a"]'), true"#, r#"["a","b",null]"#),
            ("parse_json('[9007199254740993,9007199254740992]')", "[9007199254740992,9007199254740993]"),
            ("parse_json('{}')", "NULL"),
            ("NULL", "NULL"),
        ] {
            answers(&format!("array_sort_asc({arguments})"), expected).await;
        }
        answers(r#"array_sort_desc(parse_json('["b",2,"a",null]'))"#, r#"["b","a",2,null]"#).await;
    }

    #[tokio::test]
    async fn followers() {
        answers(
            r#"array_sort_asc(parse_json('[1,3,4,5,2]'), parse_json('["a","b","c","d","e"]'), parse_json('[1]'), NULL, true)"#,
            r#"[[1,2,3,4,5],["a","e","b","c","d"],null,null]"#,
        )
        .await;
    }
}
