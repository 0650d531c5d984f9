//! Hashes to compare and to count with: 64 bits as a long.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::xxhash::xxh64;
use crate::functions::{
    call::{Answer, Call, Cell, Column, Family, Kind, Param, Param::May, Param::Need, Param::Rest},
    definition::Section,
    text_form::TICK,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const HASH: (&[Param], Answer) = (&[Need(Kind::Any), May(Kind::Whole)], Answer::Long);
    let family = Family(Section::Hash);
    [
        family
            .function(
                "hash(value [, modulus])",
                "A hash of the value (XXH64), or its remainder by a number, which is never negative. NULL of NULL.",
                ("SELECT hash('World'), hash('World', 100)", "1846988464401551951, 51"),
                HASH,
                hash,
            )
            .aliases(&["hash_xxhash64"]),
        family.function(
            "hash_combine(hash, hash, …)",
            "One hash of several, whose order counts.",
            ("SELECT hash_combine(1, 2) = hash_combine(2, 1)", "false"),
            (&[Need(Kind::Whole), Need(Kind::Whole), Rest(Kind::Whole)], Answer::Long),
            hash_combine,
        ),
        family.function(
            "hash_many(value, …)",
            "One hash of several values, as hash_combine(hash(…), …) makes it.",
            ("SELECT hash_many('a', 1) = hash_combine(hash('a'), hash(1))", "true"),
            (&[Need(Kind::Any), Rest(Kind::Any)], Answer::Long),
            hash_many,
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// Ticks from 0001-01-01 to 1970-01-01.
const EPOCH: i64 = 621_355_968_000_000_000;

/// The hash of a value, `None` of null.
pub(in crate::functions) fn hash_of(value: Cell) -> Option<i64> {
    let word = match value {
        Cell::Null => return None,
        Cell::Text(text) => return Some(xxh64(text.as_bytes()) as i64),
        Cell::Dynamic(value) => return Some(xxh64(value.text().as_bytes()) as i64),
        Cell::Bool(truth) => i64::from(truth),
        Cell::Long(long) => long,
        // Zeros of both signs are equal.
        Cell::Real(real) => (if real == 0.0 { 0.0 } else { real }).to_bits() as i64,
        Cell::Decimal(decimal) | Cell::Whole(decimal) => return Some(xxh64(&decimal.to_le_bytes()) as i64),
        Cell::Moment(moment) => moment.div_euclid(TICK).saturating_add(EPOCH),
        Cell::Span(span) => span.div_euclid(TICK),
    };
    Some(xxh64(&word.to_le_bytes()) as i64)
}

/// Adds a hash to those before.
fn combine(before: i64, hash: i64) -> i64 {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&before.to_le_bytes());
    bytes[8..].copy_from_slice(&hash.to_le_bytes());
    xxh64(&bytes) as i64
}

fn hash(call: &Call) -> Result<ArrayRef> {
    let (values, moduli) = (call.cells(0)?, if call.len() > 1 { Some(call.long(1)?) } else { None });
    call.longs(|row| {
        let hash = hash_of(values.get(row))?;
        moduli.as_ref().map_or(Some(hash), |moduli| hash.checked_rem_euclid(moduli.get(row)?))
    })
}

fn hash_many(call: &Call) -> Result<ArrayRef> {
    let values = call.cells_from(0)?;
    call.longs(|row| all(values.iter().map(|values| hash_of(values.get(row)))))
}

fn hash_combine(call: &Call) -> Result<ArrayRef> {
    let hashes = (0..call.len()).map(|place| call.long(place)).collect::<Result<Vec<Column<_>>>>()?;
    call.longs(|row| all(hashes.iter().map(|hashes| hashes.get(row))))
}

/// One hash of several; null counts as 0, for a row of several values is not null because one of them is.
fn all(hashes: impl Iterator<Item = Option<i64>>) -> Option<i64> {
    hashes.map(Option::unwrap_or_default).reduce(combine)
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn values_of_any_type() {
        for (expression, answer) in [
            ("hash_xxhash64('World'), hash('Hello')", "1846988464401551951, 753694413698530628"),
            ("hash(TIMESTAMP '2015-01-01')", "1380966698541616202"),
            (
                "hash(1) = hash(arrow_cast(1, 'Int32')), hash(1) = hash('1'), hash(0.0::double) = hash(-0.0::double)",
                "true, false, true",
            ),
            ("hash(NULL), hash('a', 0), hash('a', NULL), hash('Hello', -7) >= 0", "NULL, NULL, NULL, true"),
            (
                "hash_many('a', NULL) = hash_many('a', 'b'), hash_many(NULL), hash_many('a') = hash('a')",
                "false, 0, true",
            ),
            ("hash_combine(1, 2, 3) = hash_combine(hash_combine(1, 2), 3)", "true"),
            (
                "count(DISTINCT hash(x)), min(hash(x, 10)) >= 0, max(hash(x, 10)) < 10 FROM generate_series(1, 1000) AS t(x)",
                "1000, true, true",
            ),
        ] {
            answers(expression, answer).await;
        }
    }
}
