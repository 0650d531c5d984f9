//! Dynamics made of values: `pack_array`, `bag_pack`, `bag_zip`, `range`, `repeat`.

use datafusion::{
    arrow::{array::ArrayRef, datatypes::FieldRef},
    common::{Result, plan_err},
    logical_expr::ScalarUDF,
};

use crate::{
    functions::{
        call::{
            Answer, Call, Cell, Cells, Family, Function,
            Kind::{Any, Dynamic, Whole},
            Param::{May, Need, Rest},
        },
        definition::Section,
        moment_text::saturate,
    },
    json::value::{Value, Writer},
};

/// How many items a made array has at most.
const MOST: usize = 1 << 20;
const HOUR: i64 = 3_600_000_000_000;

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Dynamic);
    arrays(family).into_iter().chain(bags(family)).map(ScalarUDF::from).collect()
}

fn arrays(family: Family) -> [Function; 3] {
    [
        family.function(
            "pack_array(value, …)",
            "The values as a JSON array.",
            ("SELECT pack_array(1, 'a', NULL, 1.0, parse_json('[2]'))", r#"[1,"a",null,1.0,[2]]"#),
            (&[Need(Any), Rest(Any)], Answer::Dynamic),
            |call| {
                let values = call.cells_from(0)?;
                call.write(|row, out| {
                    let mut array = Writer::array(out);
                    values.iter().for_each(|value| array.write(|out| value.get(row).push_json(out)));
                    array.end();
                    Some(())
                })
            },
        ),
        family.function(
            "kusto_range(start, stop [, step])",
            "The values from start to stop, which is included if it is hit, as a JSON array of 1,048,576 at most. The \
             step is 1, or an hour, if it is left out. Numbers, times and time spans are taken.",
            (
                "SELECT kusto_range(1, 8, 3), kusto_range(totimespan('1h'), totimespan('2h'), totimespan('30m'))",
                r#"[1,4,7], ["01:00:00","01:30:00","02:00:00"]"#,
            ),
            (&[Need(Any), Need(Any), May(Any)], Answer::Dynamic),
            range,
        ),
        family.function(
            "kusto_repeat(value, count)",
            "A JSON array of the value so many times, 1,048,576 at most. NULL if the number is negative.",
            ("SELECT kusto_repeat('a', 3), kusto_repeat(1, 0), kusto_repeat(1, -1)", r#"["a","a","a"], [], NULL"#),
            (&[Need(Any), Need(Whole)], Answer::Dynamic),
            |call| {
                let (value, count) = (call.cells(0)?, call.long(1)?);
                call.write(|row, out| {
                    let count = usize::try_from(count.get(row)?).ok()?.min(MOST);
                    let mut array = Writer::array(out);
                    (0..count).for_each(|_| array.write(|out| value.get(row).push_json(out)));
                    array.end();
                    Some(())
                })
            },
        ),
    ]
}

fn bags(family: Family) -> [Function; 3] {
    [
        family
            .function(
                "bag_pack(key, value, …)",
                "A JSON object of the keys and values.",
                ("SELECT bag_pack('Level', 'Information', 'Count', 1)", r#"{"Level":"Information","Count":1}"#),
                (&[Rest(Any)], Answer::Dynamic),
                |call| pack(call, |_| true),
            )
            .aliases(&["pack", "pack_dictionary"])
            .checked(in_pairs),
        family
            .function(
                "bag_pack_present(key, value, …)",
                "The same as bag_pack without the members whose value is NULL or the empty text: what pack_all(true) \
                 of KQL makes.",
                ("SELECT bag_pack_present('a', 1, 'b', '', 'c', NULL)", r#"{"a":1}"#),
                (&[Rest(Any)], Answer::Dynamic),
                |call| {
                    pack(call, |value| match value {
                        Cell::Null => false,
                        Cell::Text(text) => !text.is_empty(),
                        Cell::Dynamic(value) => !value.text().is_empty(),
                        _ => true,
                    })
                },
            )
            .checked(in_pairs),
        family.function(
            "bag_zip(keys, values)",
            "A JSON object of an array of keys and an array of values. Keys that are no strings are passed over, and \
             null stands for values that are missing, as all are where there is no array of values.",
            (r#"SELECT bag_zip(parse_json('["a", 1, "b"]'), parse_json('[1, 2]'))"#, r#"{"a":1,"b":null}"#),
            (&[Need(Dynamic), Need(Dynamic)], Answer::Dynamic),
            |call| {
                let (keys, values) = (call.json(0)?, call.json(1)?);
                call.write(|row, out| {
                    let (keys, values) = (keys.get(row)?.items()?, values.get(row)?);
                    let mut values = values.items();
                    let mut bag = Writer::object(out);
                    for key in keys {
                        let value = values.as_mut().and_then(Iterator::next).unwrap_or("null");
                        if let Value::String(name) = Value::of(key) {
                            bag.raw_member(name, |out| out.push_str(value));
                        }
                    }
                    bag.end();
                    Some(())
                })
            },
        ),
    ]
}

fn in_pairs(function: &str, fields: &[FieldRef]) -> Result<()> {
    match fields.len() % 2 {
        0 => Ok(()),
        _ => plan_err!("{function}: keys and values come in pairs, but there are {} arguments", fields.len()),
    }
}

fn pack(call: &Call, is_kept: fn(Cell) -> bool) -> Result<ArrayRef> {
    let values = call.cells_from(0)?;
    let pairs: Vec<(&Cells, &Cells)> =
        values.chunks_exact(2).filter_map(|pair| pair.first().zip(pair.get(1))).collect();
    call.write(|row, out| {
        let mut bag = Writer::object(out);
        for (key, value) in pairs.iter().map(|(key, value)| (key.get(row), value.get(row))) {
            if is_kept(value) {
                let mut name = String::new();
                key.push_text(&mut name);
                bag.member(&name, |out| value.push_json(out));
            }
        }
        bag.end();
        Some(())
    })
}

fn range(call: &Call) -> Result<ArrayRef> {
    let (start, stop) = (call.cells(0)?, call.cells(1)?);
    let step = if call.len() > 2 { Some(call.cells(2)?) } else { None };
    call.write(|row, out| {
        let start = number(start.get(row))?;
        let default = if matches!(start, Cell::Moment(_) | Cell::Span(_)) { Cell::Span(HOUR) } else { Cell::Long(1) };
        let step = step.as_ref().map_or(Some(default), |step| number(step.get(row)))?;
        write_range(start, number(stop.get(row))?, step, out)
    })
}

/// A number inside a dynamic is one.
fn number(cell: Cell) -> Option<Cell> {
    match cell {
        Cell::Dynamic(value) => Some(match value.number()? {
            crate::json::value::Number::Long(long) => Cell::Long(long),
            crate::json::value::Number::Real(real) => Cell::Real(real),
        }),
        cell => Some(cell),
    }
}

fn write_range(start: Cell, stop: Cell, step: Cell, out: &mut String) -> Option<()> {
    let whole = |make: fn(i64) -> Cell<'static>, start: i64, stop: i64, step: i64, out: &mut String| {
        let (start, stop, step) = (i128::from(start), i128::from(stop), i128::from(step));
        // A step of nothing, or away from the stop, leads nowhere.
        let steps = (stop - start).checked_div(step)?;
        let count = usize::try_from(steps + 1).unwrap_or_default().min(MOST);
        let is_away = (stop - start).signum() * step.signum() < 0;
        let mut array = Writer::array(out);
        for place in 0..if is_away { 0 } else { count } {
            let value = start + step * i128::try_from(place).ok()?;
            array.write(|out| make(saturate_long(value)).push_json(out));
        }
        array.end();
        Some(())
    };
    match (start, stop, step) {
        (Cell::Long(start), Cell::Long(stop), Cell::Long(step)) => whole(Cell::Long, start, stop, step, out),
        (Cell::Moment(start), Cell::Moment(stop), Cell::Span(step)) => whole(Cell::Moment, start, stop, step, out),
        (Cell::Span(start), Cell::Span(stop), Cell::Span(step)) => whole(Cell::Span, start, stop, step, out),
        (start, stop, step) => {
            let (start, stop, step) = (real(start)?, real(stop)?, real(step)?);
            let steps = ((stop - start) / step).floor();
            if step == 0.0 || !steps.is_finite() {
                return None;
            }
            let count = (steps + 1.0).clamp(0.0, MOST as f64) as usize;
            let mut array = Writer::array(out);
            (0..count).for_each(|place| array.write(|out| Cell::Real(start + step * place as f64).push_json(out)));
            array.end();
            Some(())
        }
    }
}

fn saturate_long(value: i128) -> i64 {
    i64::try_from(value).unwrap_or_else(|_| saturate(value))
}

fn real(cell: Cell) -> Option<f64> {
    match cell {
        Cell::Long(long) => Some(long as f64),
        Cell::Real(real) => Some(real),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, refuses};

    #[tokio::test]
    async fn arrays_of_values() {
        every_text_type(&[Some("a\"b"), None], "pack_array(t, 1)", &[r#"["a\"b",1]"#, "[null,1]"]).await;
        answers(
            "pack_array(totimespan('2s'), TIMESTAMP '2020-01-01T00:00:00Z', true, parse_json('{\"a\":1}'), [1])",
            r#"["00:00:02","2020-01-01T00:00:00.0000000Z",true,{"a":1},[1]]"#,
        )
        .await;
    }

    #[tokio::test]
    async fn ranges() {
        for (arguments, expected) in [
            ("1, 3", "[1,2,3]"),
            ("3, 1, -1", "[3,2,1]"),
            ("1, 3, -1", "[]"),
            ("3, 1", "[]"),
            ("1, 1", "[1]"),
            ("1, 3, 0", "NULL"),
            ("1, 2, 0.5", "[1.0,1.5,2.0]"),
            ("2.0, 1", "[]"),
            (
                "TIMESTAMP '2020-01-01T00:00:00Z', TIMESTAMP '2020-01-01T01:30:00Z'",
                r#"["2020-01-01T00:00:00.0000000Z","2020-01-01T01:00:00.0000000Z"]"#,
            ),
            ("'a', 'b'", "NULL"),
            ("NULL, 1", "NULL"),
            (
                "-9223372036854775808, 9223372036854775807, 9223372036854775807",
                "[-9223372036854775808,-1,9223372036854775806]",
            ),
        ] {
            answers(&format!("kusto_range({arguments})"), expected).await;
        }
        answers(
            "kusto_array_length(kusto_range(1, 1000000000)), kusto_array_length(kusto_repeat(1, 99999999))",
            "1048576, 1048576",
        )
        .await;
    }

    #[tokio::test]
    async fn bags_of_values() {
        answers("bag_pack('a', bag_pack('b', 'c'), 5, NULL)", r#"{"a":{"b":"c"},"5":null}"#).await;
        answers("pack('k', t) FROM (VALUES ('x'), (NULL)) AS v(t)", r#"{"k":"x"}; {"k":null}"#).await;
        answers("bag_pack_present('a', parse_json('[]'), 'b', 0, 'c', parse_json('\"\"'))", r#"{"a":[],"b":0}"#).await;
        answers("bag_zip(parse_json('[\"a\"]'), parse_json('{}')), bag_zip(['a'], [1, 2])", r#"{"a":null}, {"a":1}"#)
            .await;
        answers("bag_zip(parse_json('\"a\"'), parse_json('[1]'))", "NULL").await;
        refuses("bag_pack('a')", "bag_pack: keys and values come in pairs, but there are 1 arguments").await;
    }
}
