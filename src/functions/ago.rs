//! `ago`: a moment counted back from the query's clock.

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::{DataType, Field, FieldRef, TimeUnit},
    common::{Result, ScalarValue, exec_err, plan_err},
    logical_expr::{
        ColumnarValue, Expr, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, binary_expr,
        cast, lit,
        simplify::{ExprSimplifyResult, SimplifyContext},
    },
};

use super::{
    arguments::constant_text,
    definition::{Definition, Section, Words, defined},
    timespan::{UTC, parse_argument},
};

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let words = Words {
        section: Section::Time,
        syntax: "ago(span)",
        description: "The moment that lies a time span before now. The span is a text such as '7d', '1h', '30m' or \
                      '1.12:30:00', or an interval. The clock stands still during a query.",
        example: ("SELECT ago('7d') = now() - INTERVAL '7 days'", "true"),
    };
    vec![ScalarUDF::from(Ago { definition: Definition::new(words, (1, Some(1))).stable() })]
}

/// The type of a moment: that of every datetime column.
fn moment() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some(UTC.into()))
}

const NOT_CONSTANT: &str =
    "the time span must be a constant; to count back by a column, subtract an interval from now()";

/// `ago(span)`. It is worked out while the query is planned, so that a comparison with it prunes like one with a
/// constant.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Ago {
    definition: Definition,
}

impl ScalarUDFImpl for Ago {
    defined!();

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(moment())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let ([span], [constant]) = (args.arg_fields, args.scalar_arguments) else {
            return plan_err!("{}: one argument was expected", self.name());
        };
        match span.data_type() {
            DataType::Interval(_) | DataType::Duration(_) | DataType::Null => {}
            kind if kind.is_string() => {
                if let Some(text) = constant.and_then(constant_text) {
                    parse_argument(self.name(), text)?;
                }
            }
            other => {
                return plan_err!(
                    "{}: a time span was expected, not {other}; write one such as ago('7d')",
                    self.name()
                );
            }
        }
        Ok(Arc::new(Field::new(self.name(), moment(), span.is_nullable())))
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let now = info.query_execution_start_time().and_then(|now| now.timestamp_nanos_opt());
        let ([span], Some(now)) = (args.as_slice(), now) else { return Ok(ExprSimplifyResult::Original(args)) };
        let at = |moment| lit(ScalarValue::TimestampNanosecond(moment, Some(UTC.into())));
        let earlier = match span {
            Expr::Literal(constant, _) if constant.is_null() => at(None),
            Expr::Literal(constant, _) if constant.data_type().is_string() => {
                let text = constant_text(constant).unwrap_or_default();
                let span = parse_argument(self.name(), text)?;
                let Some(moment) = now.checked_sub(span) else {
                    return plan_err!(
                        "{}: '{text}' before now is out of the range of times, 1677 to 2262",
                        self.name()
                    );
                };
                at(Some(moment))
            }
            other if info.get_data_type(other)?.is_string() => return plan_err!("{}: {NOT_CONSTANT}", self.name()),
            other => {
                // Types are no longer coerced at this stage.
                let span = match info.get_data_type(other)? {
                    DataType::Duration(_) => cast(other.clone(), DataType::Duration(TimeUnit::Nanosecond)),
                    _ => other.clone(),
                };
                binary_expr(at(Some(now)), Operator::Minus, span)
            }
        };
        Ok(ExprSimplifyResult::Simplified(earlier))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        exec_err!("{}: {NOT_CONSTANT}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::TimestampNanosecondArray;

    use super::*;
    use crate::functions::testing::{answers, plan, refuses};

    #[tokio::test]
    async fn ago_counts_back_from_the_clock_of_the_query() {
        answers(
            "ago('7d') = now() - INTERVAL '7 days', ago('1h') = ago('60m'), ago('-1h') > now()",
            "true, true, true",
        )
        .await;
        answers("ago(INTERVAL '1 day') = ago('1d'), ago(INTERVAL '1 month') < ago('27d')", "true, true").await;
        answers("ago(NULL), arrow_typeof(ago('1h'))", r#"NULL, Timestamp(ns, "UTC")"#).await;
        answers("ago('1' || 'h') = ago('1h'), ago(arrow_cast(3600, 'Duration(Second)')) = ago('60m')", "true, true")
            .await;
        answers("ago(s) = ago('1m') FROM (SELECT arrow_cast(60, 'Duration(Second)') AS s)", "true").await;
    }

    #[tokio::test]
    async fn ago_is_a_constant_of_the_plan() {
        let plan = plan("SELECT t FROM t WHERE t > ago('7d')", Arc::new(TimestampNanosecondArray::from(vec![1]))).await;
        assert!(!plan.contains("ago") && plan.contains("TimestampNanosecond("), "{plan}");
    }

    #[tokio::test]
    async fn ago_refuses_what_is_no_span() {
        refuses("ago('7w')", "ago: '7w' is no time span; write one such as '7d'").await;
        refuses("ago(7)", "ago: a time span was expected, not Int64; write one such as ago('7d')").await;
        refuses("ago('-100000d')", "ago: '-100000d' before now is out of the range of times").await;
        refuses("ago(t) FROM (VALUES ('1h')) AS v(t)", "ago: the time span must be a constant").await;
    }
}
