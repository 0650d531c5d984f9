//! `dcount`: how many different values there are.
//!
//! Kusto estimates it (HyperLogLog, exact up to some thousand values). Here it is always exact: it becomes
//! `count(DISTINCT …)`, so that a hunt run twice says the same twice, and a count that decides whether an alert is one
//! is right. Who wants an estimate of millions asks DataFusion's `approx_distinct`.

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::{DataType, FieldRef},
    common::{Result, ScalarValue, plan_err},
    functions_aggregate::count::count_udaf,
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, Expr,
        expr::{AggregateFunction, AggregateFunctionParams},
        function::{AccumulatorArgs, AggregateFunctionSimplification, StateFieldsArgs},
        utils::AggregateOrderSensitivity,
    },
};

use super::definition::{Definition, Section, Words, defined};

/// The functions of this family.
pub(super) fn functions() -> Vec<AggregateUDF> {
    let words = Words {
        section: Section::Aggregate,
        syntax: "dcount(value [, accuracy])",
        description: "How many different values there are, NULL not counted. It is exact, whatever accuracy is \
                      asked for; for an estimate use approx_distinct.",
        example: ("SELECT dcount(x) FROM (VALUES (1), (2), (1), (NULL)) AS t(x)", "2"),
    };
    let definition = Definition::new(words, (1, Some(2))).aliases(&["count_distinct"]);
    vec![AggregateUDF::from(DCount { definition, count: count_udaf() })]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DCount {
    definition: Definition,
    count: Arc<AggregateUDF>,
}

impl DCount {
    /// The arguments as `count(DISTINCT …)` wants them.
    fn as_count(args: AccumulatorArgs) -> AccumulatorArgs {
        AccumulatorArgs {
            is_distinct: true,
            exprs: args.exprs.get(..1).unwrap_or_default(),
            expr_fields: args.expr_fields.get(..1).unwrap_or_default(),
            ..args
        }
    }
}

impl AggregateUDFImpl for DCount {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [_] => Ok(DataType::Int64),
            [_, accuracy] if accuracy.is_integer() => Ok(DataType::Int64),
            _ => plan_err!("{}: the accuracy must be a whole number, as in {}(value, 2)", self.name(), self.name()),
        }
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn default_value(&self, _: &DataType) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(Some(0)))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    /// Becomes `count(DISTINCT value)`, for which the optimizer has further rules. Where it does not come by (in
    /// windows) the methods below do the same.
    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        let count = Arc::clone(&self.count);
        Some(Box::new(move |call, _| {
            let AggregateFunctionParams { mut args, filter, order_by, null_treatment, .. } = call.params;
            args.truncate(1);
            let params = AggregateFunctionParams { args, distinct: true, filter, order_by, null_treatment };
            Ok(Expr::AggregateFunction(AggregateFunction { func: Arc::clone(&count), params }))
        }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let input_fields = args.input_fields.get(..1).unwrap_or_default();
        self.count.state_fields(StateFieldsArgs { input_fields, is_distinct: true, ..args })
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        self.count.accumulator(Self::as_count(args))
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, plan, refuses};

    const ROWS: &str = "FROM (VALUES (1, 'b'), (1, 'a'), (2, NULL), (1, 'b')) AS t(g, v)";

    #[tokio::test]
    async fn counts_exactly() {
        answers(&format!("dcount(v), dcount(g), count_distinct(v), dcount(v, 2) {ROWS}"), "2, 2, 2, 2").await;
        answers(&format!("g, dcount(v) {ROWS} GROUP BY g ORDER BY g"), "1, 2; 2, 0").await;
        answers("dcount(x) FROM (SELECT 1 AS x) WHERE x > 1", "0").await;
        answers("dcount(x) FROM (SELECT unnest(range(0, 50000)) AS x)", "50000").await;
        answers(&format!("dcount(v) FILTER (WHERE v = 'a') {ROWS}"), "1").await;
    }

    #[tokio::test]
    async fn over_a_window() {
        answers(
            "dcount(x) OVER (ORDER BY t), dcount(x, 1) OVER () FROM (VALUES (1, 5), (2, 5), (3, 7)) AS v(t, x)",
            "1, 2; 1, 2; 2, 2",
        )
        .await;
    }

    #[tokio::test]
    async fn is_a_distinct_count_to_the_optimizer() {
        let column = std::sync::Arc::new(datafusion::arrow::array::Int64Array::from(vec![1]));
        let plan = plan("SELECT dcount(t) FROM t", column).await;
        assert!(!plan.contains("aggr=[[dcount"), "{plan}");
    }

    #[tokio::test]
    async fn an_accuracy_that_is_none_is_refused() {
        refuses(&format!("dcount(g, v) {ROWS}"), "dcount: the accuracy must be a whole number").await;
    }
}
