//! The items of an array in another order: `array_reverse`, `array_rotate_left`, `array_shift_left` and their kin.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::write_items;
use crate::functions::{
    call::{
        Answer, Call, Family,
        Kind::{Any, Dynamic, Whole},
        Param::{May, Need},
    },
    definition::Section,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Dynamic);
    let functions = [
        family.function(
            "kusto_array_reverse(array)",
            "The items of the JSON array in opposite order.",
            ("SELECT kusto_array_reverse(parse_json('[1,[2,3],4]'))", "[4,[2,3],1]"),
            (&[Need(Dynamic)], Answer::Dynamic),
            |call| {
                let array = call.json(0)?;
                call.write(|row, out| {
                    let items: Vec<&str> = array.get(row)?.items()?.collect();
                    write_items(items.into_iter().rev(), out);
                    Some(())
                })
            },
        ),
        family.function(
            "array_rotate_left(array, count)",
            "The JSON array with so many items moved from its start to its end; the other way for a negative number.",
            ("SELECT array_rotate_left(parse_json('[1,2,3,4,5]'), 2)", "[3,4,5,1,2]"),
            (&[Need(Dynamic), Need(Whole)], Answer::Dynamic),
            |call| rotate(call, 1),
        ),
        family.function(
            "array_rotate_right(array, count)",
            "The JSON array with so many items moved from its end to its start; the other way for a negative number.",
            ("SELECT array_rotate_right(parse_json('[1,2,3,4,5]'), 2)", "[4,5,1,2,3]"),
            (&[Need(Dynamic), Need(Whole)], Answer::Dynamic),
            |call| rotate(call, -1),
        ),
        family.function(
            "array_shift_left(array, count [, filler])",
            "The JSON array without so many items at its start, and as many fillers (null) at its end; the other way \
             for a negative number.",
            (
                "SELECT array_shift_left(parse_json('[1,2,3]'), 2), array_shift_left(parse_json('[1,2,3]'), -1, 0)",
                "[3,null,null], [0,1,2]",
            ),
            (&[Need(Dynamic), Need(Whole), May(Any)], Answer::Dynamic),
            |call| shift(call, 1),
        ),
        family.function(
            "array_shift_right(array, count [, filler])",
            "The JSON array without so many items at its end, and as many fillers (null) at its start; the other way \
             for a negative number.",
            ("SELECT array_shift_right(parse_json('[1,2,3]'), 2)", "[null,null,1]"),
            (&[Need(Dynamic), Need(Whole), May(Any)], Answer::Dynamic),
            |call| shift(call, -1),
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

fn rotate(call: &Call, sign: i64) -> Result<ArrayRef> {
    let (array, count) = (call.json(0)?, call.long(1)?);
    call.write(|row, out| {
        let mut items: Vec<&str> = array.get(row)?.items()?.collect();
        let length = i64::try_from(items.len()).ok()?.max(1);
        let by = count.get(row)?.wrapping_rem(length) * sign;
        items.rotate_left(usize::try_from(by.rem_euclid(length)).ok()?);
        write_items(items, out);
        Some(())
    })
}

fn shift(call: &Call, sign: i64) -> Result<ArrayRef> {
    let (array, count) = (call.json(0)?, call.long(1)?);
    let filler = if call.len() > 2 { Some(call.cells(2)?) } else { None };
    call.write(|row, out| {
        let items: Vec<&str> = array.get(row)?.items()?.collect();
        let count = count.get(row)?.saturating_mul(sign);
        let by = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(items.len());
        let mut with = String::new();
        match &filler {
            Some(filler) => filler.get(row).push_json(&mut with),
            None => with.push_str("null"),
        }
        let fillers = std::iter::repeat_n(with.as_str(), by);
        match count < 0 {
            true => write_items(fillers.chain(items.iter().copied().take(items.len() - by)), out),
            false => write_items(items.iter().copied().skip(by).chain(fillers), out),
        }
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn orders() {
        let array = "parse_json('[1,2,3,4,5]')";
        for (query, expected) in [
            (format!("array_rotate_left({array}, -2)"), "[4,5,1,2,3]"),
            (format!("array_rotate_right({array}, -2)"), "[3,4,5,1,2]"),
            (format!("array_rotate_left({array}, 7)"), "[3,4,5,1,2]"),
            (format!("array_rotate_left({array}, -9223372036854775808)"), "[3,4,5,1,2]"),
            (format!("array_shift_left({array}, 9)"), "[null,null,null,null,null]"),
            (format!("array_shift_left({array}, 2, 'x')"), r#"[3,4,5,"x","x"]"#),
            (format!("array_shift_right({array}, -2, -1)"), "[3,4,5,-1,-1]"),
            (format!("array_shift_right({array}, NULL)"), "NULL"),
            ("array_rotate_left(parse_json('[]'), 1), kusto_array_reverse(parse_json('{}'))".into(), "[], NULL"),
        ] {
            answers(&query, expected).await;
        }
    }
}
