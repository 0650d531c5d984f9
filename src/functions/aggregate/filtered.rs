//! Aggregates of the rows for which a predicate holds: `sumif(value, predicate)` is `kusto_sum(value)` with a filter,
//! and becomes just that while the query is optimised. A predicate that is null does not hold.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, AsArray},
        compute::filter,
        datatypes::{DataType, FieldRef},
    },
    common::{Result, ScalarValue, internal_err, plan_err},
    functions_aggregate::{
        count::count_udaf,
        min_max::{max_udaf, min_udaf},
    },
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, TypeSignature, Volatility,
        expr::{AggregateFunction, AggregateFunctionParams},
        function::{AccumulatorArgs, AggregateFunctionSimplification, StateFieldsArgs},
        lit,
        utils::AggregateOrderSensitivity,
    },
};

use super::{any, bag, json, neutral, sketch};
use crate::functions::{
    count,
    definition::{Definition, Section, Words, defined},
};

/// The functions of this family.
pub(super) fn functions() -> Vec<AggregateUDF> {
    const ROWS: &str = r#"FROM (VALUES (1, 'a', '{"k":1}'), (2, 'b', '{"m":2}'), (3, 'a', '{"n":3}')) AS t(x, s, b)"#;
    let ours: Vec<AggregateUDF> =
        [any::functions, bag::functions, count::functions, json::functions, neutral::functions, sketch::functions]
            .into_iter()
            .flat_map(|family| family())
            .collect();
    let function = |syntax: &'static str, of: &str, example: (&str, &str)| {
        let name = syntax.split('(').next().unwrap_or(syntax);
        let inner = match of {
            "count" => count_udaf(),
            "max" => max_udaf(),
            "min" => min_udaf(),
            of => Arc::new(ours.iter().find(|function| function.name() == of)?.clone()),
        };
        let description =
            format!("The same as {of} of the rows for which the predicate holds. A predicate that is NULL does not.");
        let words = Words {
            section: Section::Aggregate,
            syntax,
            description: &description,
            example: (&format!("SELECT {name}{} {ROWS}", example.0), example.1),
        };
        let arguments = syntax.split(['(', ',']).skip(1);
        let place = arguments.clone().position(|argument| argument.contains("predicate"))?;
        let least = arguments.filter(|argument| !argument.contains(']')).count();
        let mut definition = Definition::new(words, (least, None));
        definition.signature = Signature::user_defined(Volatility::Immutable);
        Some(AggregateUDF::from(If { definition, inner, place, least }))
    };
    [
        function("avgif(value, predicate)", "kusto_avg", ("(x, s = 'a')", "2.0")),
        function("count_distinctif(value, predicate)", "dcount", ("(s, x > 2)", "1")),
        function("countif(predicate)", "count", ("(x > 1)", "2")),
        function("covarianceif(x, y, predicate)", "covariance", ("(x, -x, s = 'a')", "-2.0")),
        function("covariancepif(x, y, predicate)", "covariancep", ("(x, -x, s = 'a')", "-1.0")),
        function("dcountif(value, predicate [, accuracy])", "dcount", ("(s, x < 2)", "1")),
        function(
            "hll_if(value, predicate [, accuracy])",
            "hll",
            ("(s, x > 2)", r#"[[1024,14],["-3292477735350538661"],[]]"#),
        ),
        function("make_bag_if(bag, predicate [, most])", "make_bag", ("(b, x > 1)", r#"{"m":2,"n":3}"#)),
        function("make_list_if(value, predicate [, most])", "kusto_make_list", ("(x, s = 'a')", "[1,3]")),
        function("make_set_if(value, predicate [, most])", "kusto_make_set", ("(s, x > 1)", "[\"a\",\"b\"]")),
        function("maxif(value, predicate)", "max", ("(x, s = 'b')", "2")),
        function("minif(value, predicate)", "min", ("(x, x > 1)", "2")),
        function("stdevif(value, predicate)", "stdev", ("(x, x > 2)", "0.0")),
        function("sumif(value, predicate)", "kusto_sum", ("(x, s = 'a')", "4")),
        function("take_anyif(value, predicate)", "take_any", ("(x, x > 2)", "3")),
        function("varianceif(value, predicate)", "variance", ("(x, s = 'a')", "2.0")),
        function("variancepif(value, predicate)", "variancep", ("(x, s = 'a')", "1.0")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct If {
    definition: Definition,
    /// The aggregate of the rows that pass.
    inner: Arc<AggregateUDF>,
    /// Where the predicate stands among the arguments.
    place: usize,
    /// How many arguments are needed.
    least: usize,
}

impl If {
    /// All but the predicate.
    fn others<T: Clone>(&self, arguments: &[T]) -> Vec<T> {
        let others = arguments.iter().enumerate().filter(|(place, _)| *place != self.place);
        others.map(|(_, argument)| argument.clone()).collect()
    }
}

impl AggregateUDFImpl for If {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(&self.others(types))
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        self.inner.return_field(&self.others(fields))
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let name = self.name();
        if types.len() < self.least {
            return plan_err!("{name}: {} arguments are needed, not {}", self.least, types.len());
        }
        match types.get(self.place) {
            Some(DataType::Boolean | DataType::Null) => {}
            given => {
                let given = given.map_or("missing".to_owned(), ToString::to_string);
                return plan_err!("{name}: argument {} must be true or false, but it is {given}", self.place + 1);
            }
        }
        let mut coerced = self.others(types);
        if self.inner.signature().type_signature == TypeSignature::UserDefined {
            coerced = self.inner.coerce_types(&coerced)?;
        }
        coerced.insert(self.place, DataType::Boolean);
        Ok(coerced)
    }

    fn is_nullable(&self) -> bool {
        self.inner.is_nullable()
    }

    fn default_value(&self, kind: &DataType) -> Result<ScalarValue> {
        self.inner.default_value(kind)
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.inner.order_sensitivity()
    }

    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        let (inner, place) = (Arc::clone(&self.inner), self.place);
        Some(Box::new(move |call, _| {
            let AggregateFunctionParams { mut args, distinct, filter, order_by, null_treatment } = call.params;
            let predicate = args.remove(place);
            if args.is_empty() {
                // `countif`, which counts rows.
                args.push(lit(1_i64));
            }
            let filter = match filter {
                Some(filter) => Expr::and(*filter, predicate),
                None => predicate,
            };
            let filter = Some(Box::new(filter));
            let params = AggregateFunctionParams { args, distinct, filter, order_by, null_treatment };
            Ok(Expr::AggregateFunction(AggregateFunction { func: Arc::clone(&inner), params }))
        }))
    }

    // Windows are not simplified; for them the methods below do the same.

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        self.inner.state_fields(StateFieldsArgs { input_fields: &self.others(args.input_fields), ..args })
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let (exprs, expr_fields) = (self.others(args.exprs), self.others(args.expr_fields));
        let inner = self.inner.accumulator(AccumulatorArgs { exprs: &exprs, expr_fields: &expr_fields, ..args })?;
        Ok(Box::new(Passing { inner, place: self.place }))
    }
}

/// An accumulator of the rows that pass.
#[derive(Debug)]
struct Passing {
    inner: Box<dyn Accumulator>,
    place: usize,
}

impl Accumulator for Passing {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let Some(predicate) = values.get(self.place).and_then(|column| column.as_boolean_opt()) else {
            return internal_err!("a predicate was expected");
        };
        let mut columns = Vec::with_capacity(values.len());
        for (place, column) in values.iter().enumerate() {
            // A predicate alone is counted itself: it is true where it passes.
            if place != self.place || values.len() == 1 {
                columns.push(filter(column, predicate)?);
            }
        }
        self.inner.update_batch(&columns)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.inner.evaluate()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.inner.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.inner.merge_batch(states)
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, refuses};

    const ROWS: &str =
        "FROM (VALUES ('a', 1, true), ('a', 2, NULL), ('b', 3, false), ('b', 4, true), ('c', 5, false)) AS t(g, x, p)";

    #[tokio::test]
    async fn only_rows_that_pass_count() {
        for (expression, answer) in [
            ("countif(p), sumif(x, p), avgif(x, p), minif(x, p), maxif(x, p)", "2, 5, 2.5, 1, 4"),
            (
                "countif(NULL), sumif(x, NULL), avgif(x, false), maxif(x, false), dcountif(x, false, 2)",
                "0, 0, NaN, NULL, 0",
            ),
            ("make_list_if(x, p, 1), make_set_if(g, p), count_distinctif(g, p)", "[1], [\"a\",\"b\"], 2"),
            ("sumif(x, p) FILTER (WHERE g = 'b')", "4"),
        ] {
            answers(&format!("{expression} {ROWS}"), answer).await;
        }
        answers(
            &format!("g, countif(p), sumif(x, p), maxif(x, p), take_anyif(x, p) {ROWS} GROUP BY g ORDER BY g"),
            "a, 1, 1, 1, 1; b, 1, 4, 4, 4; c, 0, 0, NULL, NULL",
        )
        .await;
    }

    #[tokio::test]
    async fn over_windows() {
        answers(
            &format!("sumif(x, p) OVER (ORDER BY x), countif(p) OVER (ORDER BY x) {ROWS}"),
            "1, 1; 1, 1; 1, 1; 5, 2; 5, 2",
        )
        .await;
    }

    #[tokio::test]
    async fn what_is_no_predicate_is_refused() {
        refuses("sumif(1, 2)", "sumif: argument 2 must be true or false, but it is Int64").await;
        refuses("sumif(1)", "sumif: 2 arguments are needed, not 1").await;
        refuses("sumif('a', true)", "kusto_sum: argument 1 must be a number or a time span").await;
    }
}
