//! `assert`: a query that stops where something does not hold.

use datafusion::{common::exec_err, logical_expr::ScalarUDF};

use crate::functions::{
    call::{
        Answer, Family,
        Kind::{Text, Truth},
        Param::Need,
    },
    definition::Section,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let function = Family(Section::Operator).function(
        "assert(predicate, message)",
        "TRUE where the predicate holds. Elsewhere, and where it is NULL, the query stops with the message.",
        ("SELECT assert(1 < 2, 'numbers have no order')", "true"),
        (&[Need(Truth), Need(Text)], Answer::Bool),
        |call| {
            let (holds, message) = (call.truth(0)?, call.text(1)?);
            if let Some(row) = (0..call.rows).find(|&row| holds.get(row) != Some(true)) {
                return exec_err!("assert: {}", message.get(row).unwrap_or("a condition does not hold"));
            }
            call.truths(|_| Some(true))
        },
    );
    vec![ScalarUDF::from(function)]
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::fails;

    #[tokio::test]
    async fn what_does_not_hold_stops_the_query() {
        fails("assert(1 > 2, 'no order')", "assert: no order").await;
        fails("assert(NULL, 'nothing')", "assert: nothing").await;
        fails("assert(x > 1, 'small') FROM (VALUES (2), (1)) AS t(x)", "assert: small").await;
    }
}
