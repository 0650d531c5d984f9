//! `==` and `!=` as KQL means them where a side is null: against a value, null is not equal and is unequal; against
//! null, both are null.

use datafusion::logical_expr::ScalarUDF;

use crate::{
    functions::{
        call::{Answer, Cell, DECIMAL, Family, Kind::Any, Param::Need},
        definition::Section,
    },
    json::value::Value,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Operator);
    let functions = [
        family.function(
            "kql_equal(a, b)",
            "Whether the two are equal. One NULL is false, two are NULL. A JSON string equals the text that it holds.",
            ("SELECT kql_equal(1, 1.0), kql_equal(1, NULL), kql_equal(NULL, NULL)", "true, false, NULL"),
            (&[Need(Any), Need(Any)], Answer::Bool),
            |call| {
                let (a, b) = (call.cells(0)?, call.cells(1)?);
                call.truths(|row| equal(a.get(row), b.get(row)))
            },
        ),
        family.function(
            "kql_not_equal(a, b)",
            "Whether the two differ. One NULL is true, two are NULL.",
            ("SELECT kql_not_equal('a', 'A'), kql_not_equal(1, NULL), kql_not_equal(NULL, NULL)", "true, true, NULL"),
            (&[Need(Any), Need(Any)], Answer::Bool),
            |call| {
                let (a, b) = (call.cells(0)?, call.cells(1)?);
                call.truths(|row| equal(a.get(row), b.get(row)).map(|equal| !equal))
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

fn equal(a: Cell, b: Cell) -> Option<bool> {
    Some(match (a, b) {
        (Cell::Null, Cell::Null) => return None,
        (Cell::Text(a), Cell::Text(b)) => a == b,
        (Cell::Dynamic(a), Cell::Dynamic(b)) => same(a, b),
        (Cell::Dynamic(value), Cell::Text(text)) | (Cell::Text(text), Cell::Dynamic(value)) => value.text() == text,
        (Cell::Dynamic(value), other) | (other, Cell::Dynamic(value)) => match (value, other) {
            (Value::Bool(a), Cell::Bool(b)) => a == b,
            (Value::Number(_), Cell::Long(_) | Cell::Real(_)) => numbers_equal(value, other),
            _ => false,
        },
        (Cell::Bool(a), Cell::Bool(b)) => a == b,
        // A number beside a truth counts as one.
        (Cell::Bool(truth), Cell::Long(number)) | (Cell::Long(number), Cell::Bool(truth)) => truth == (number != 0),
        (Cell::Long(a), Cell::Long(b)) => a == b,
        (Cell::Real(a), Cell::Real(b)) => a == b,
        (Cell::Long(a), Cell::Real(b)) | (Cell::Real(b), Cell::Long(a)) => a as f64 == b,
        (Cell::Decimal(a), Cell::Decimal(b)) | (Cell::Whole(a), Cell::Whole(b)) => a == b,
        (Cell::Decimal(units), other) | (other, Cell::Decimal(units)) => decimal_equal(units, other),
        (Cell::Whole(a), Cell::Long(b)) | (Cell::Long(b), Cell::Whole(a)) => a == i128::from(b),
        (Cell::Whole(a), Cell::Real(b)) | (Cell::Real(b), Cell::Whole(a)) => a as f64 == b,
        (Cell::Moment(a), Cell::Moment(b)) | (Cell::Span(a), Cell::Span(b)) => a == b,
        _ => false,
    })
}

/// Whether a decimal, in units of its last digit, is the same number as another value.
fn decimal_equal(units: i128, other: Cell) -> bool {
    let one = 10_i128.pow(u32::try_from(DECIMAL.1).unwrap_or_default());
    match other {
        Cell::Long(long) => units == i128::from(long) * one,
        Cell::Whole(whole) => whole.checked_mul(one) == Some(units),
        Cell::Real(real) => units as f64 / one as f64 == real,
        _ => false,
    }
}

fn numbers_equal(value: Value, cell: Cell) -> bool {
    match (value.number(), cell) {
        (Some(number), Cell::Real(real)) => number.real() == real,
        (Some(number), Cell::Long(long)) => same_number(number, crate::json::value::Number::Long(long)),
        _ => false,
    }
}

fn same_number(a: crate::json::value::Number, b: crate::json::value::Number) -> bool {
    use crate::json::value::Number::Long;
    match (a, b) {
        (Long(a), Long(b)) => a == b,
        (a, b) => a.real() == b.real(),
    }
}

/// Whether two JSON values are the same: numbers by what they count, all else by its canonical text.
pub(in crate::functions) fn same(a: Value, b: Value) -> bool {
    match (a.number(), b.number()) {
        (Some(a), Some(b)) => same_number(a, b),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn values_of_all_types() {
        for (sides, expected) in [
            ("'a', 'a'", "true, false"),
            ("true, 1", "true, false"),
            ("9223372036854775807, 9223372036854775806", "false, true"),
            ("0e0/0, 0e0/0", "false, true"),
            ("todecimal('1.5'), 1.5", "true, false"),
            ("1, todecimal(1)", "true, false"),
            ("parse_version('1.0'), parse_version('1')", "true, false"),
            ("arrow_cast(7, 'UInt64'), 7", "true, false"),
            ("now(), now()", "true, false"),
            ("totimespan('60m'), totimespan('1h')", "true, false"),
            ("parse_json('\"a\"'), 'a'", "true, false"),
            ("parse_json('[1]'), '[1]'", "true, false"),
            ("parse_json('1'), 1", "true, false"),
            ("parse_json('1'), 1.0", "true, false"),
            ("parse_json('1'), parse_json('1.0')", "true, false"),
            ("parse_json('true'), true", "true, false"),
            ("parse_json('null'), NULL", "NULL, NULL"),
            ("parse_json('{}'), 1", "false, true"),
            ("'a', NULL", "false, true"),
        ] {
            answers(&format!("kql_equal({sides}), kql_not_equal({sides})"), expected).await;
        }
    }

    #[tokio::test]
    async fn columns_with_nulls() {
        let rows = "FROM (VALUES (1, 1), (1, 2), (1, NULL), (NULL, NULL)) AS t(a, b)";
        answers(
            &format!("kql_equal(a, b), kql_not_equal(a, b) {rows}"),
            "true, false; false, true; false, true; NULL, NULL",
        )
        .await;
    }
}
