//! Functions of the bits of whole numbers. All count in 64 bits, whatever the type of the argument.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use crate::functions::{
    call::{Answer, Call, Family, Kind, Param, Param::Need},
    definition::Section,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const ONE: (&[Param], Answer) = (&[Need(Kind::Whole)], Answer::Long);
    const TWO: (&[Param], Answer) = (&[Need(Kind::Whole), Need(Kind::Whole)], Answer::Long);
    let math = Family(Section::Math);
    [
        math.function(
            "binary_and(a, b)",
            "The bits that both numbers have.",
            ("SELECT binary_and(12, 10)", "8"),
            TWO,
            |call| two(call, |a, b| Some(a & b)),
        ),
        math.function(
            "binary_not(a)",
            "All bits of the number turned over.",
            ("SELECT binary_not(100)", "-101"),
            ONE,
            |call| one(call, |a| !a),
        ),
        math.function(
            "binary_or(a, b)",
            "The bits that either number has.",
            ("SELECT binary_or(5, 3)", "7"),
            TWO,
            |call| two(call, |a, b| Some(a | b)),
        ),
        math.function(
            "binary_shift_left(a, bits)",
            "The number shifted left, by the remainder of bits by 64. NULL if bits is negative.",
            ("SELECT binary_shift_left(1, 2), binary_shift_left(1, -1)", "4, NULL"),
            TWO,
            |call| two(call, |a, bits| Some(a << distance(bits)?)),
        ),
        math.function(
            "binary_shift_right(a, bits)",
            "The number shifted right, by the remainder of bits by 64; it keeps its sign. NULL if bits is negative.",
            ("SELECT binary_shift_right(-8, 1), binary_shift_right(1, 2)", "-4, 0"),
            TWO,
            |call| two(call, |a, bits| Some(a >> distance(bits)?)),
        ),
        math.function(
            "binary_xor(a, b)",
            "The bits that one of the numbers has and the other has not.",
            ("SELECT binary_xor(6, 3)", "5"),
            TWO,
            |call| two(call, |a, b| Some(a ^ b)),
        ),
        math.function(
            "bitset_count_ones(a)",
            "How many bits of the number are 1.",
            ("SELECT bitset_count_ones(42), bitset_count_ones(-1)", "3, 64"),
            ONE,
            |call| one(call, |a| i64::from(a.count_ones())),
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

fn distance(bits: i64) -> Option<u32> {
    u32::try_from(bits % 64).ok().filter(|_| bits >= 0)
}

fn one(call: &Call, function: impl Fn(i64) -> i64) -> Result<ArrayRef> {
    let numbers = call.long(0)?;
    call.longs(|row| numbers.get(row).map(&function))
}

fn two(call: &Call, function: impl Fn(i64, i64) -> Option<i64>) -> Result<ArrayRef> {
    let (left, right) = (call.long(0)?, call.long(1)?);
    call.longs(|row| function(left.get(row)?, right.get(row)?))
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, refuses};

    #[tokio::test]
    async fn at_the_ends_of_the_range() {
        for (expression, answer) in [
            (
                "binary_shift_left(1, 64), binary_shift_left(1, 63), binary_shift_right(-1, 200)",
                "1, -9223372036854775808, -1",
            ),
            ("binary_shift_left(arrow_cast(1, 'Int32'), 40)", "1099511627776"),
            ("binary_and(NULL, 1), binary_not(NULL), binary_shift_right(1, NULL)", "NULL, NULL, NULL"),
            ("bitset_count_ones(0), bitset_count_ones(-9223372036854775808)", "0, 1"),
            ("binary_xor(x, 1) FROM (VALUES (1), (2), (NULL)) AS t(x)", "0; 3; NULL"),
        ] {
            answers(expression, answer).await;
        }
        refuses("binary_and(1.5, 1)", "binary_and: argument 1 must be a whole number").await;
    }
}
