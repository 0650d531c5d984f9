//! Of arrays: how long, what is where, parts of them, their sum.

use datafusion::logical_expr::ScalarUDF;

use super::write_items;
use crate::{
    functions::{
        call::{
            Answer, Cell, Family, Function,
            Kind::{Any, Dynamic, Whole},
            Param::{May, Need, Rest},
        },
        definition::Section,
        operator::same_json,
    },
    json::value::{Number, Value, Writer},
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Dynamic);
    let functions = [whole(family), parts(family)];
    functions.into_iter().flatten().map(ScalarUDF::from).collect()
}

fn whole(family: Family) -> Vec<Function> {
    vec![
        family.function(
            "kusto_array_length(array)",
            "How many items the JSON array has. NULL if it is none.",
            (
                r#"SELECT kusto_array_length(parse_json('[1, [2, 3]]')), kusto_array_length(parse_json('{}'))"#,
                "2, NULL",
            ),
            (&[Need(Dynamic)], Answer::Long),
            |call| {
                let array = call.json(0)?;
                call.longs(|row| i64::try_from(array.get(row)?.items()?.count()).ok())
            },
        ),
        family.function(
            "kusto_array_concat(array, …)",
            "The items of all the JSON arrays in one. Values that are no arrays are items themselves.",
            (
                "SELECT kusto_array_concat(parse_json('[1]'), parse_json('[2,3]'), parse_json('\"x\"'))",
                r#"[1,2,3,"x"]"#,
            ),
            (&[Need(Dynamic), Rest(Dynamic)], Answer::Dynamic),
            |call| {
                let arrays = (0..call.len()).map(|place| call.json(place)).collect::<Result<Vec<_>, _>>()?;
                call.write(|row, out| {
                    let mut whole = Writer::array(out);
                    for json in arrays.iter().filter_map(|array| array.raw(row)) {
                        match Value::of(json).items() {
                            Some(items) => items.for_each(|item| whole.item(item)),
                            None => whole.item(json),
                        }
                    }
                    whole.end();
                    Some(())
                })
            },
        ),
        family.function(
            "kusto_array_sum(array)",
            "The sum of the numbers in the JSON array, a double. NULL if an item is no number.",
            ("SELECT kusto_array_sum(parse_json('[1, 2.5]')), kusto_array_sum(parse_json('[1, \"2\"]'))", "3.5, NULL"),
            (&[Need(Dynamic)], Answer::Real),
            |call| {
                let array = call.json(0)?;
                call.reals(|row| {
                    let mut items = array.get(row)?.items()?;
                    items.try_fold(0.0, |sum, item| Some(sum + Value::of(item).number()?.real()))
                })
            },
        ),
        family.function(
            "array_index_of(array, value [, start [, length [, occurrence]]])",
            "The place of the value in the JSON array, counted from 0; -1 if it is not there. A negative start counts \
             from the end; -1 as length means the whole rest.",
            (
                r#"SELECT array_index_of(parse_json('["a", "b", "a"]'), 'a', 1), array_index_of(parse_json('[1]'), 2)"#,
                "2, -1",
            ),
            (&[Need(Dynamic), Need(Any), May(Whole), May(Whole), May(Whole)], Answer::Long),
            |call| {
                let (array, value) = (call.json(0)?, call.cells(1)?);
                let (start, length, occurrence) = (call.long_or(2, 0)?, call.long_or(3, -1)?, call.long_or(4, 1)?);
                call.longs(|row| {
                    let items = array.get(row)?.items()?;
                    let (start, length, occurrence) = (start.get(row)?, length.get(row)?, occurrence.get(row)?);
                    if length < -1 || occurrence < 0 {
                        return None;
                    }
                    let count = i64::try_from(items.clone().count()).ok()?;
                    let start = usize::try_from(if start < 0 { (count + start).max(0) } else { start }).ok()?;
                    let most = usize::try_from(length).unwrap_or(usize::MAX);
                    let mut wanted = String::new();
                    value.get(row).push_json(&mut wanted);
                    let wanted = Value::of(&wanted);
                    let mut hits =
                        items.enumerate().skip(start).take(most).filter(|(_, item)| same_json(Value::of(item), wanted));
                    let nth = usize::try_from(occurrence.checked_sub(1)?).unwrap_or_default();
                    hits.nth(nth).map_or(Some(-1), |(place, _)| i64::try_from(place).ok())
                })
            },
        ),
        family
            .function(
                "array_iff(conditions, when_true, when_false)",
                "Of every truth in the JSON array the item at its place in when_true or in when_false, which may be \
                 single values. Numbers are true unless they are 0; a condition of another kind gives null.",
                ("SELECT array_iff(parse_json('[true, 0, \"x\"]'), parse_json('[1, 2, 3]'), 'no')", r#"[1,"no",null]"#),
                (&[Need(Dynamic), Need(Any), Need(Any)], Answer::Dynamic),
                |call| {
                    let (conditions, yes, no) = (call.json(0)?, call.cells(1)?, call.cells(2)?);
                    call.write(|row, out| {
                        let (mut yes, mut no) = (choices(yes.get(row)), choices(no.get(row)));
                        let mut chosen = Writer::array(out);
                        for condition in conditions.get(row)?.items()? {
                            let (yes, no) = (yes(), no());
                            let is_true = match Value::of(condition) {
                                Value::Bool(truth) => Some(truth),
                                value => value.number().map(|number| number.real() != 0.0),
                            };
                            chosen.item(match is_true {
                                Some(true) => &yes,
                                Some(false) => &no,
                                None => "null",
                            });
                        }
                        chosen.end();
                        Some(())
                    })
                },
            )
            .aliases(&["array_iif"]),
    ]
}

/// The items of an array one by one, then nulls; of a single value always that.
fn choices(cell: Cell) -> impl FnMut() -> String {
    let items: Option<Vec<String>> = match cell {
        Cell::Dynamic(value) => value.items().map(|items| items.map(str::to_owned).collect()),
        _ => None,
    };
    let mut single = String::new();
    cell.push_json(&mut single);
    let mut place = 0;
    move || {
        place += 1;
        match &items {
            Some(items) => items.get(place - 1).cloned().unwrap_or_else(|| "null".to_owned()),
            None => single.clone(),
        }
    }
}

fn parts(family: Family) -> Vec<Function> {
    vec![
        family.function(
            "kusto_array_slice(array, start, end)",
            "The items of the JSON array from one place to another, both included. Negative places count from the end.",
            ("SELECT kusto_array_slice(parse_json('[1,2,3,4,5]'), 2, -1), kusto_array_slice(parse_json('[1,2]'), 1, 9)", "[3,4,5], [2]"),
            (&[Need(Dynamic), Need(Whole), Need(Whole)], Answer::Dynamic),
            |call| {
                let (array, start, end) = (call.json(0)?, call.long(1)?, call.long(2)?);
                call.write(|row, out| {
                    let items: Vec<&str> = array.get(row)?.items()?.collect();
                    let (start, last) = (place(start.get(row)?, items.len()), end.get(row)?);
                    // The end is included: one after the last item is the length itself.
                    let end = if last == -1 { items.len() } else { place(last.saturating_add(1), items.len()) };
                    write_items(items.get(start..end).unwrap_or_default().iter().copied(), out);
                    Some(())
                })
            },
        ),
        family.function(
            "array_split(array, places)",
            "The JSON array cut in pieces before the places, given as a number or an array of them; negative ones count \
             from the end.",
            ("SELECT array_split(parse_json('[1,2,3,4,5]'), 2), array_split(parse_json('[1,2,3]'), [1, -1])", "[[1,2],[3,4,5]], [[1],[2],[3]]"),
            (&[Need(Dynamic), Need(Any)], Answer::Dynamic),
            |call| {
                let (array, places) = (call.json(0)?, call.cells(1)?);
                call.write(|row, out| {
                    let items: Vec<&str> = array.get(row)?.items()?.collect();
                    let places = match places.get(row) {
                        Cell::Long(at) => vec![at],
                        Cell::Dynamic(value) if value.number().is_some() => vec![long_of(value)?],
                        Cell::Dynamic(value) => {
                            value.items()?.map(|item| long_of(Value::of(item))).collect::<Option<_>>()?
                        }
                        _ => return None,
                    };
                    let mut from = 0;
                    let mut pieces = Writer::array(out);
                    for at in places.iter().map(|&at| place(at, items.len())).chain([items.len()]) {
                        let piece = items.get(from..at).unwrap_or_default();
                        pieces.write(|out| write_items(piece.iter().copied(), out));
                        from = from.max(at);
                    }
                    pieces.end();
                    Some(())
                })
            },
        ),
    ]
}

fn long_of(value: Value) -> Option<i64> {
    match value.number()? {
        Number::Long(long) => Some(long),
        Number::Real(_) => None,
    }
}

/// A place within an array or at its end; negative ones count from the end.
fn place(place: i64, length: usize) -> usize {
    let from_end = || length.saturating_sub(usize::try_from(place.unsigned_abs()).unwrap_or(usize::MAX));
    usize::try_from(place).map_or_else(|_| from_end(), |place| place.min(length))
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, refuses};

    #[tokio::test]
    async fn lengths_and_sums() {
        every_text_type(
            &[Some("[1,2]"), Some("[]"), Some("x"), None],
            "kusto_array_length(parse_json(t))",
            &["2", "0", "NULL", "NULL"],
        )
        .await;
        answers(
            "kusto_array_length([1, 2, 3]), kusto_array_sum(parse_json('[]')), kusto_array_sum(['a'])",
            "3, 0.0, NULL",
        )
        .await;
        answers("kusto_array_length(parse_json('\"[1]\"')), kusto_array_concat(NULL, parse_json('[]'))", "NULL, []")
            .await;
        refuses("kusto_array_length('[1]')", "kusto_array_length: argument 1 must be dynamic (JSON), but it is text")
            .await;
    }

    #[tokio::test]
    async fn places_of_values() {
        let array = r#"parse_json('["this","is","an","example","an","example"]')"#;
        for (arguments, expected) in [
            ("'an'", "2"),
            ("'example', 1, 3", "3"),
            ("'example', 1, 2", "-1"),
            ("'is', 2, 4", "-1"),
            ("'example', 2, -1", "3"),
            ("'an', -3", "4"),
            ("'example', 0, -1, 2", "5"),
            ("'an', 0, -1, 3", "-1"),
            ("'an', 0, -2", "NULL"),
            ("'an', 0, -1, -1", "NULL"),
        ] {
            answers(&format!("array_index_of({array}, {arguments})"), expected).await;
        }
        answers("array_index_of(parse_json('[1,2.0]'), 2), array_index_of(parse_json('[\"1\"]'), 1)", "1, -1").await;
        answers(
            "array_index_of(parse_json('[\"2020-01-01T00:00:00.0000000Z\"]'), TIMESTAMP '2020-01-01T00:00:00Z')",
            "0",
        )
        .await;
        answers("array_index_of(parse_json('{}'), 1)", "NULL").await;
    }

    #[tokio::test]
    async fn parts_of_arrays() {
        let array = "parse_json('[1,2,3,4,5]')";
        for (query, expected) in [
            (format!("kusto_array_slice({array}, -3, -2)"), "[3,4]"),
            (format!("kusto_array_slice({array}, 1, 2)"), "[2,3]"),
            (format!("kusto_array_slice({array}, 3, 1)"), "[]"),
            (format!("kusto_array_slice({array}, -9, 0)"), "[1]"),
            (format!("array_split({array}, [1, 3])"), "[[1],[2,3],[4,5]]"),
            (format!("array_split({array}, [3, 1])"), "[[1,2,3],[],[4,5]]"),
            (format!("array_split({array}, 'x')"), "NULL"),
            (
                "array_iff(parse_json('[true,true,true]'), parse_json('[1,2]'), parse_json('[3,4]'))".into(),
                "[1,2,null]",
            ),
            ("array_iff(parse_json('[false]'), 1, totimespan('1h'))".into(), r#"["01:00:00"]"#),
        ] {
            answers(&query, expected).await;
        }
    }
}
