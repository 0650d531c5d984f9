//! Functions of the sketches that count.

use datafusion::{
    common::{Result, plan_err},
    logical_expr::ScalarUDF,
};

use super::hll::Hll;
use crate::{
    functions::{
        call::{Answer, Call, Family, Json, Kind::Any, Kind::Dynamic, Param::May, Param::Need, Param::Rest},
        definition::Section,
    },
    json::value::Value,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    const SKETCH: &str = "SELECT dcount_hll(hll(x)) FROM (VALUES (1), (2), (1)) AS t(x)";
    let family = Family(Section::Dynamic);
    [
        family.function(
            "dcount_hll(sketch)",
            "How many different values a sketch of hll has seen: exact up to 1024, an estimate beyond.",
            (SKETCH, "2"),
            (&[Need(Dynamic)], Answer::Long),
            |call| {
                let sketch = call.json(0)?;
                call.longs(|row| Some(Hll::read(sketch.get(row)?)?.count()))
            },
        ),
        family.function(
            "kusto_hll_merge(sketch, sketch, …)",
            "One sketch of what several have seen; NULL if one is none, or they are of several accuracies.",
            (
                "SELECT dcount_hll(kusto_hll_merge(parse_json('[[1024,14],[\"1\"],[]]'), \
                 parse_json('[[1024,14],[\"2\"],[]]')))",
                "2",
            ),
            (&[Need(Dynamic), Rest(Dynamic)], Answer::Dynamic),
            |call| {
                let sketches = sketches(call)?;
                call.write(|row, out| {
                    let mut all = read(&sketches, row)?.into_iter();
                    let mut merged = all.next()?;
                    if !all.all(|other| merged.merge(&other)) {
                        return None;
                    }
                    merged.write(out);
                    Some(())
                })
            },
        ),
        family.function(
            "hll_isvalid(sketch [, value])",
            "Whether a value is a sketch of hll.",
            ("SELECT hll_isvalid(parse_json('[[1024,14],[],[]]'))", "true"),
            (&[Need(Dynamic), May(Any)], Answer::Bool),
            |call| {
                let sketch = call.json(0)?;
                call.truths(|row| Some(sketch.get(row).and_then(Hll::read).is_some()))
            },
        ),
        family
            .function(
                "dcount_common(sketch, …)",
                "How many different values all of the sketches have seen: exact up to 1024, an estimate beyond. NULL if \
                 one is none, or they are of several accuracies. Of at most 16 sketches.",
                (
                    "SELECT dcount_common(parse_json('[[1024,14],[\"1\",\"2\"],[]]'), \
                     parse_json('[[1024,14],[\"2\"],[]]'))",
                    "1",
                ),
                (&[Need(Dynamic), Rest(Dynamic)], Answer::Long),
                |call| {
                    let sketches = sketches(call)?;
                    call.longs(|row| Hll::count_common(&read(&sketches, row)?))
                },
            )
            .checked(|function, fields| match fields.len() {
                0..=16 => Ok(()),
                many => plan_err!("{function}: at most 16 sketches are compared, not {many}"),
            }),
    ]
    .map(ScalarUDF::from)
    .into()
}

fn sketches<'a>(call: &Call<'a>) -> Result<Vec<Json<'a>>> {
    (0..call.len()).map(|place| call.json(place)).collect()
}

fn read(sketches: &[Json], row: usize) -> Option<Vec<Hll>> {
    sketches.iter().map(|sketch| sketch.get(row).and_then(|sketch: Value| Hll::read(sketch))).collect()
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, fails};

    #[tokio::test]
    async fn counting() {
        const ROWS: &str = "FROM (VALUES ('a', 1), ('a', 2), ('b', 2), ('b', NULL)) AS t(g, x)";
        for (query, answer) in [
            (format!("hll(x) {ROWS}"), r#"[[1024,14],["-6977822845260490347","-1529185102714098256"],[]]"#),
            (format!("g, dcount_hll(hll(x)) {ROWS} GROUP BY g ORDER BY g"), "a, 2; b, 1"),
            (format!("dcount_hll(hll(x)) {ROWS} WHERE x > 5"), "NULL"),
            (format!("dcount_hll(hll_if(x, g = 'a')) {ROWS}"), "2"),
            (format!("dcount_hll(hll_merge(h)) FROM (SELECT hll(x) AS h {ROWS} GROUP BY g) AS t"), "2"),
            ("dcount_hll(hll(x)) BETWEEN 49000 AND 51000 FROM generate_series(1, 50000) AS t(x)".to_owned(), "true"),
            (
                "dcount_hll(parse_json('[]')), hll_isvalid(parse_json('[]')), hll_isvalid(NULL)".to_owned(),
                "NULL, false, false",
            ),
            ("kusto_hll_merge(parse_json('[[1024,14],[],[]]'), parse_json('[[1024,16],[],[]]'))".to_owned(), "NULL"),
        ] {
            answers(&query, answer).await;
        }
        fails("hll(x, 9) FROM (VALUES (1)) AS t(x)", "hll: the accuracy is a whole number from 0 to 4").await;
    }
}
