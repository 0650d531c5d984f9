//! Functions of the sketches that rank.

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::digest::Digest;
use crate::{
    functions::{
        call::{
            Answer, Call, Cell, Family, Json,
            Kind::{Any, Dynamic, Number as Numeric},
            Param::{May, Need, Rest},
        },
        definition::Section,
    },
    json::value::{Number, Value, Writer},
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Dynamic);
    [
        family.function(
            "percentile_tdigest(digest, percent)",
            "The least value of a digest with at least so many per cent of the values at or below it.",
            ("SELECT percentile_tdigest(tdigest(x), 50) FROM (VALUES (7), (9), (8)) AS t(x)", "8"),
            (&[Need(Dynamic), Need(Numeric)], Answer::Dynamic),
            |call| {
                let (digest, percent) = (call.json(0)?, call.real(1)?);
                call.write(|row, out| Digest::read(digest.get(row)?)?.push_percentile(percent.get(row)?, out))
            },
        ),
        family.function(
            "percentiles_array_tdigest(digest, percent, … [, type])",
            "Several percentiles of a digest as a JSON array. The percents may be one JSON array too. With 'long' as type \
             they are cut to whole numbers.",
            ("SELECT percentiles_array_tdigest(tdigest(x), 0, 100) FROM (VALUES (7), (9), (8)) AS t(x)", "[7,9]"),
            (&[Need(Dynamic), Need(Any), Rest(Any)], Answer::Dynamic),
            percentiles,
        ),
        family.function(
            "rank_tdigest(digest, value)",
            "How many values of a digest are at or below a value.",
            ("SELECT rank_tdigest(tdigest(x), 8) FROM (VALUES (7), (9), (8)) AS t(x)", "2.0"),
            (&[Need(Dynamic), Need(Any)], Answer::Real),
            |call| {
                let (digest, value) = (call.json(0)?, call.cells(1)?);
                call.reals(|row| Digest::read(digest.get(row)?)?.rank(value.get(row)))
            },
        ),
        family.function(
            "percentrank_tdigest(digest, value)",
            "How many per cent of a digest's values are at or below a value.",
            ("SELECT percentrank_tdigest(tdigest(x), 8) FROM (VALUES (7), (9), (8), (6)) AS t(x)", "75.0"),
            (&[Need(Dynamic), Need(Any)], Answer::Real),
            |call| {
                let (digest, value) = (call.json(0)?, call.cells(1)?);
                call.reals(|row| Digest::read(digest.get(row)?)?.percent_rank(value.get(row)))
            },
        ),
        family
            .function(
                "kusto_tdigest_merge(digest, digest, …)",
                "One digest of the values of several; NULL if one is none, or their values are of several types.",
                (
                    "SELECT kusto_tdigest_merge(parse_json('[[7],[1],[2]]'), parse_json('[[7],[1,2],[1,1]]'))",
                    "[[7],[1,2],[3,1]]",
                ),
                (&[Need(Dynamic), Rest(Dynamic)], Answer::Dynamic),
                |call| {
                    let digests = (0..call.len()).map(|place| call.json(place)).collect::<Result<Vec<Json>>>()?;
                    call.write(|row, out| {
                        let mut merged = Digest::default();
                        for digest in &digests {
                            merged.merge(&Digest::read(digest.get(row)?)?).then_some(())?;
                        }
                        merged.write(out);
                        Some(())
                    })
                },
            )
            .aliases(&["kusto_merge_tdigest"]),
        family.function(
            "tdigest_isvalid(digest [, value])",
            "Whether a value is a digest of tdigest.",
            ("SELECT tdigest_isvalid(parse_json('[[7],[1],[1]]'))", "true"),
            (&[Need(Dynamic), May(Any)], Answer::Bool),
            |call| {
                let digest = call.json(0)?;
                call.truths(|row| Some(digest.get(row).and_then(Digest::read).is_some()))
            },
        ),
    ]
    .map(ScalarUDF::from)
    .into()
}

fn percentiles(call: &Call) -> Result<ArrayRef> {
    let (digest, percents) = (call.json(0)?, call.cells_from(1)?);
    call.write(|row, out| {
        let digest = Digest::read(digest.get(row)?)?;
        let whole = matches!(percents.last().map(|last| last.get(row)), Some(Cell::Text("int" | "long")));
        let mut answers = Writer::array(out);
        for percent in &percents {
            match percent.get(row) {
                Cell::Dynamic(Value::Array(array)) => Value::Array(array)
                    .items()?
                    .for_each(|item| answers.write(|out| push(&digest, Cell::Dynamic(Value::of(item)), whole, out))),
                Cell::Text(_) => {}
                percent => answers.write(|out| push(&digest, percent, whole, out)),
            }
        }
        answers.end();
        Some(())
    })
}

/// A percentile, null if the percent is none; cut to a whole number, if that is asked for.
fn push(digest: &Digest, percent: Cell, whole: bool, out: &mut String) {
    let percent = match percent {
        Cell::Long(long) => Some(long as f64),
        Cell::Real(real) => Some(real),
        Cell::Decimal(decimal) => Some(decimal as f64 / 1e18),
        Cell::Dynamic(value) => value.number().map(|number| number.real()),
        _ => None,
    };
    let start = out.len();
    if percent.and_then(|percent| digest.push_percentile(percent, out)).is_none() {
        out.push_str("null");
    } else if whole && let Some(Number::Real(real)) = out.get(start..).and_then(|text| Value::of(text).number()) {
        out.truncate(start);
        out.push_str(&(real as i64).to_string());
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn ranking() {
        const ROWS: &str = "FROM (VALUES ('a', 1, 1), ('a', 2, 2), ('b', 5, 0), ('b', NULL, 1)) AS t(g, x, w)";
        for (query, answer) in [
            (format!("tdigest(x), tdigest(x, w) {ROWS}"), "[[7],[1,2,5],[1,1,1]], [[7],[1,2],[1,2]]"),
            (format!("tdigest(x) {ROWS} WHERE x > 5"), "NULL"),
            (format!("percentile_tdigest(tdigest(x / 2.0), 50) {ROWS}"), "1.0"),
            (format!("tdigest_merge(d) FROM (SELECT tdigest(x) AS d {ROWS} GROUP BY g) AS t"), "[[7],[1,2,5],[1,1,1]]"),
            (format!("merge_tdigest(d) FROM (SELECT tdigest(x) AS d {ROWS} GROUP BY g) AS t"), "[[7],[1,2,5],[1,1,1]]"),
            (
                "percentile_tdigest(tdigest(t), 100) FROM (VALUES (TIMESTAMP '2024-01-01 00:00:00.5')) AS v(t)"
                    .to_owned(),
                "\"2024-01-01T00:00:00.5000000Z\"",
            ),
            (
                "percentiles_array_tdigest(tdigest(x), make_array(0, 50, 101)), rank_tdigest(tdigest(x), 2.5) \
                 FROM (VALUES (1), (2), (3)) AS t(x)"
                    .to_owned(),
                "[1,2,null], 2.0",
            ),
            ("percentiles_array_tdigest(parse_json('[[\"real\"],[1.5],[1]]'), 50, 'long')".to_owned(), "[1]"),
            ("percentile_tdigest(parse_json('[]'), 5), tdigest_isvalid(parse_json('7'))".to_owned(), "NULL, false"),
        ] {
            answers(&query, answer).await;
        }
    }
}
