//! DataFusion's aggregates with Kusto's types and its answer for nothing: a sum of no rows is 0, a mean NaN.
//!
//! The work is done by DataFusion's accumulators; here arguments are brought to their types, and nulls replaced once a
//! group is done. Time spans and moments are added up as decimals, for 64 bits hold the nanoseconds of 292 years only,
//! and a sum on the way to a mean is soon longer.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, BooleanArray, Scalar},
        compute::{cast, is_not_null, kernels::zip::zip},
        datatypes::{DataType, Field, FieldRef, TimeUnit},
    },
    common::{Result, ScalarValue, exec_err, plan_err},
    functions_aggregate::{
        average::avg_udaf,
        bit_and_or_xor::{bit_and_udaf, bit_or_udaf, bit_xor_udaf},
        covariance::{covar_pop_udaf, covar_samp_udaf},
        stddev::{stddev_pop_udaf, stddev_udaf},
        sum::sum_udaf,
        variance::{var_pop_udaf, var_samp_udaf},
    },
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
        function::{AccumulatorArgs, StateFieldsArgs},
        utils::AggregateOrderSensitivity,
    },
};

use crate::functions::definition::{Definition, Section, Words, defined};

/// The functions of this family.
pub(super) fn functions() -> Vec<AggregateUDF> {
    const NUMBERS: &str = "FROM (VALUES (1), (2), (3), (4), (5)) AS t(x)";
    const PAIRS: &str = "FROM (VALUES (1, 14), (2, 10), (3, 17), (4, 20), (5, 50)) AS t(x, y)";
    let rows = [
        (
            "kusto_sum(value)",
            "The sum, 0 if there is nothing to add. Whole numbers are counted in 64 bits.",
            format!("SELECT kusto_sum(x), kusto_sum(x) FILTER (WHERE x > 9) {NUMBERS}"),
            "15, 0",
            Kind::Sum,
        ),
        (
            "kusto_avg(value)",
            "The mean of numbers, time spans or moments. Of no numbers it is NaN.",
            format!("SELECT kusto_avg(x), kusto_avg(x) FILTER (WHERE x > 9) {NUMBERS}"),
            "3.0, NaN",
            Kind::Mean,
        ),
        (
            "stdev(value)",
            "The standard deviation of a sample, 0 of fewer than two values.",
            format!("SELECT round(stdev(x), 6), stdev(x) FILTER (WHERE x > 4) {NUMBERS}"),
            "1.581139, 0.0",
            Kind::Spread(stddev_udaf),
        ),
        (
            "stdevp(value)",
            "The standard deviation of a whole population, 0 of no values.",
            format!("SELECT round(stdevp(x), 6) {NUMBERS}"),
            "1.414214",
            Kind::Spread(stddev_pop_udaf),
        ),
        (
            "variance(value)",
            "The variance of a sample, 0 of fewer than two values.",
            format!("SELECT variance(x) {NUMBERS}"),
            "2.5",
            Kind::Spread(var_samp_udaf),
        ),
        (
            "variancep(value)",
            "The variance of a whole population, 0 of no values.",
            format!("SELECT variancep(x) {NUMBERS}"),
            "2.0",
            Kind::Spread(var_pop_udaf),
        ),
        (
            "covariance(x, y)",
            "The covariance of samples, 0 of fewer than two pairs.",
            format!("SELECT covariance(x, y) {PAIRS}"),
            "20.5",
            Kind::Spread(covar_samp_udaf),
        ),
        (
            "covariancep(x, y)",
            "The covariance of whole populations, 0 of no pairs.",
            format!("SELECT covariancep(x, y) {PAIRS}"),
            "16.4",
            Kind::Spread(covar_pop_udaf),
        ),
        (
            "binary_all_and(value)",
            "The bits that all numbers have.",
            "SELECT binary_all_and(x) FROM (VALUES (14), (11)) AS t(x)".to_owned(),
            "10",
            Kind::Bits(bit_and_udaf),
        ),
        (
            "binary_all_or(value)",
            "The bits that any of the numbers has.",
            "SELECT binary_all_or(x) FROM (VALUES (8), (3)) AS t(x)".to_owned(),
            "11",
            Kind::Bits(bit_or_udaf),
        ),
        (
            "binary_all_xor(value)",
            "The bits that an odd number of the numbers have.",
            "SELECT binary_all_xor(x) FROM (VALUES (6), (3)) AS t(x)".to_owned(),
            "5",
            Kind::Bits(bit_xor_udaf),
        ),
    ];
    rows.into_iter()
        .map(|(syntax, description, query, answer, kind)| {
            let words = Words { section: Section::Aggregate, syntax, description, example: (&query, answer) };
            AggregateUDF::from(Neutral::new(words, kind))
        })
        .collect()
}

type Udaf = fn() -> Arc<AggregateUDF>;

/// What is computed, which decides types and the answer for nothing.
enum Kind {
    Sum,
    Mean,
    /// Of doubles, 0 for nothing.
    Spread(Udaf),
    /// Of whole numbers, null for nothing.
    Bits(Udaf),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Rule {
    Sum,
    Mean,
    Spread,
    Bits,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Neutral {
    definition: Definition,
    rule: Rule,
    inner: Arc<AggregateUDF>,
}

impl Neutral {
    fn new(words: Words, kind: Kind) -> Self {
        let (rule, inner) = match kind {
            Kind::Sum => (Rule::Sum, sum_udaf()),
            Kind::Mean => (Rule::Mean, avg_udaf()),
            Kind::Spread(inner) => (Rule::Spread, inner()),
            Kind::Bits(inner) => (Rule::Bits, inner()),
        };
        let arity = words.syntax.matches(',').count() + 1;
        let mut definition = Definition::new(words, (arity, Some(arity)));
        // Arguments are cast in the plan: DataFusion's accumulators know few types.
        definition.signature = Signature::user_defined(Volatility::Immutable);
        Self { definition, rule, inner }
    }

    /// The type in which an argument is taken.
    fn argument(&self, given: &DataType) -> Option<DataType> {
        let is_number = given.is_numeric() || given.is_null();
        Some(match (self.rule, given) {
            (Rule::Spread, _) if is_number => DataType::Float64,
            (Rule::Bits | Rule::Sum, _) if given.is_integer() || given.is_null() => DataType::Int64,
            (Rule::Mean, _) if given.is_integer() || given.is_null() => DataType::Float64,
            (Rule::Sum | Rule::Mean, _) if given.is_floating() => DataType::Float64,
            (Rule::Sum | Rule::Mean, _) if given.is_decimal() => given.clone(),
            (Rule::Sum | Rule::Mean, DataType::Duration(_)) => DataType::Duration(TimeUnit::Nanosecond),
            (Rule::Mean, DataType::Timestamp(_, zone)) => DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()),
            _ => return None,
        })
    }

    /// What stands for null in an answer of this type.
    fn neutral(&self, kind: &DataType) -> Result<ScalarValue> {
        match (self.rule, kind) {
            (Rule::Bits, _) => ScalarValue::try_from(kind),
            (Rule::Mean, DataType::Float64) => Ok(ScalarValue::Float64(Some(f64::NAN))),
            (Rule::Mean, _) => ScalarValue::try_from(kind),
            (Rule::Sum | Rule::Spread, _) => ScalarValue::new_zero(kind),
        }
    }

    fn finish(&self, args: &AccumulatorArgs) -> Result<Finish> {
        let kind = args.return_field.data_type().clone();
        Ok(Finish { neutral: self.neutral(&kind)?, kind })
    }

    /// The arguments as DataFusion's aggregate wants them.
    fn with_inner<T>(&self, args: &AccumulatorArgs, call: impl FnOnce(AccumulatorArgs) -> Result<T>) -> Result<T> {
        let fields: Vec<FieldRef> = args.expr_fields.iter().map(inner_field).collect();
        call(AccumulatorArgs {
            return_field: self.inner.return_field(&fields)?,
            schema: args.schema,
            ignore_nulls: args.ignore_nulls,
            order_bys: args.order_bys,
            is_reversed: args.is_reversed,
            name: args.name,
            is_distinct: args.is_distinct,
            exprs: args.exprs,
            expr_fields: &fields,
        })
    }
}

/// Nanoseconds as decimals of no digits behind the point.
const NANOSECONDS: DataType = DataType::Decimal128(19, 0);

fn is_time(kind: &DataType) -> bool {
    matches!(kind, DataType::Duration(_) | DataType::Timestamp(..))
}

fn inner_field(field: &FieldRef) -> FieldRef {
    match is_time(field.data_type()) {
        true => Arc::new(Field::new(field.name(), NANOSECONDS, field.is_nullable())),
        false => Arc::clone(field),
    }
}

fn inner_columns(columns: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
    let column = |column: &ArrayRef| match is_time(column.data_type()) {
        true => Ok(cast(&cast(column, &DataType::Int64)?, &NANOSECONDS)?),
        false => Ok(Arc::clone(column)),
    };
    columns.iter().map(column).collect()
}

impl AggregateUDFImpl for Neutral {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [kind] if is_time(kind) => Ok(kind.clone()),
            types => self.inner.return_type(types),
        }
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let (name, arity) = (self.name(), self.definition.documentation.syntax_example.matches(',').count() + 1);
        if types.len() != arity {
            return plan_err!("{name}: {arity} arguments are needed, not {}", types.len());
        }
        let wanted = match self.rule {
            Rule::Bits => "a whole number",
            Rule::Spread => "a number",
            Rule::Sum => "a number or a time span",
            Rule::Mean => "a number, a time span or a time",
        };
        let kind = |(place, given): (usize, &DataType)| match self.argument(given) {
            Some(kind) => Ok(kind),
            None => plan_err!("{name}: argument {} must be {wanted}, but it is {given}", place + 1),
        };
        types.iter().enumerate().map(kind).collect()
    }

    fn is_nullable(&self) -> bool {
        !matches!(self.rule, Rule::Sum | Rule::Spread)
    }

    fn default_value(&self, kind: &DataType) -> Result<ScalarValue> {
        self.neutral(kind)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let fields: Vec<FieldRef> = args.input_fields.iter().map(inner_field).collect();
        let return_field = self.inner.return_field(&fields)?;
        self.inner.state_fields(StateFieldsArgs { input_fields: &fields, return_field, ..args })
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.inner.order_sensitivity()
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let inner = self.with_inner(&args, |args| self.inner.accumulator(args))?;
        Ok(Box::new(One { inner, finish: self.finish(&args)? }))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let inner = self.with_inner(&args, |args| self.inner.create_sliding_accumulator(args))?;
        Ok(Box::new(One { inner, finish: self.finish(&args)? }))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        self.with_inner(&args, |args| Ok(self.inner.groups_accumulator_supported(args))).unwrap_or(false)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        let inner = self.with_inner(&args, |args| self.inner.create_groups_accumulator(args))?;
        Ok(Box::new(Many { inner, finish: self.finish(&args)? }))
    }
}

/// What is done with an answer of DataFusion's.
#[derive(Debug)]
struct Finish {
    kind: DataType,
    neutral: ScalarValue,
}

impl Finish {
    /// The answers in the type promised.
    ///
    /// # Errors
    /// If time spans add up to more than 64 bits of nanoseconds.
    fn array(&self, answers: ArrayRef) -> Result<ArrayRef> {
        let answers = match answers.data_type() {
            kind if *kind == self.kind => answers,
            _ if is_time(&self.kind) => {
                let nanoseconds = cast(&answers, &DataType::Int64)?;
                if nanoseconds.null_count() > answers.null_count() {
                    return exec_err!("kusto_sum: the time spans add up to more than 292 years");
                }
                cast(&nanoseconds, &self.kind)?
            }
            _ => cast(&answers, &self.kind)?,
        };
        if answers.null_count() == 0 || self.neutral.is_null() {
            return Ok(answers);
        }
        Ok(zip(&is_not_null(&answers)?, &answers, &Scalar::new(self.neutral.to_array()?))?)
    }

    fn scalar(&self, answer: ScalarValue) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&self.array(answer.to_array()?)?, 0)
    }
}

#[derive(Debug)]
struct One {
    inner: Box<dyn Accumulator>,
    finish: Finish,
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.update_batch(&inner_columns(values)?)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.finish.scalar(self.inner.evaluate()?)
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

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.retract_batch(&inner_columns(values)?)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }
}

struct Many {
    inner: Box<dyn GroupsAccumulator>,
    finish: Finish,
}

impl GroupsAccumulator for Many {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.inner.update_batch(&inner_columns(values)?, groups, filter, total)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        self.finish.array(self.inner.evaluate(emit_to)?)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.inner.merge_batch(states, groups, total)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        self.inner.convert_to_state(&inner_columns(values)?, filter)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, fails, refuses};

    const NOTHING: &str = "FROM (SELECT 1 AS x) WHERE x > 1";
    const GROUPS: &str = "FROM (VALUES ('a', 1), ('a', 4), ('b', NULL), ('c', 7)) AS t(g, x) GROUP BY g ORDER BY g";

    #[tokio::test]
    async fn nothing_has_a_neutral_answer() {
        for (expression, answer) in [
            (format!("kusto_sum(x), kusto_sum(x * 1.5), kusto_avg(x) {NOTHING}"), "0, 0.0, NaN"),
            (
                format!(
                    "stdev(x), stdevp(x), variance(x), variancep(x), covariance(x, x), covariancep(x, x) {NOTHING}"
                ),
                "0.0, 0.0, 0.0, 0.0, 0.0, 0.0",
            ),
            (format!("binary_all_and(x), binary_all_or(x), binary_all_xor(x) {NOTHING}"), "NULL, NULL, NULL"),
            (
                format!("g, kusto_sum(x), kusto_avg(x), stdev(x), variancep(x) {GROUPS}"),
                "a, 5, 2.5, 2.1213203435596424, 2.25; b, 0, NaN, 0.0, 0.0; c, 7, 7.0, 0.0, 0.0",
            ),
            (
                format!("g, kusto_sum(x) FILTER (WHERE x > 1), kusto_sum(DISTINCT x) {GROUPS}"),
                "a, 4, 5; b, 0, 0; c, 7, 7",
            ),
        ] {
            answers(&expression, answer).await;
        }
    }

    #[tokio::test]
    async fn types_are_kustos() {
        for (expression, answer) in [
            (
                "arrow_typeof(kusto_sum(arrow_cast(x, 'Int32'))), arrow_typeof(kusto_avg(x)), kusto_sum(NULL) FROM (VALUES (1)) AS t(x)",
                "Int64, Float64, 0",
            ),
            (
                "kusto_sum(x) FROM (VALUES (arrow_cast(2147483647, 'Int32')), (arrow_cast(1, 'Int32'))) AS t(x)",
                "2147483648",
            ),
            (
                "kusto_sum(d) = arrow_cast(3000000000, 'Duration(Nanosecond)'), kusto_avg(d) = arrow_cast(1500000000, 'Duration(Nanosecond)') FROM (SELECT arrow_cast(x * 1000000000, 'Duration(Nanosecond)') AS d FROM (VALUES (1), (2)) AS t(x))",
                "true, true",
            ),
            (
                "kusto_avg(t) FROM (VALUES (TIMESTAMP '2024-01-01'), (TIMESTAMP '2024-01-03'), (NULL)) AS t(t)",
                "2024-01-02T00:00:00",
            ),
            ("kusto_avg(t) FROM (SELECT TIMESTAMP '2024-01-01' AS t) WHERE t IS NULL", "NULL"),
            (
                "arrow_typeof(kusto_avg(t)) FROM (VALUES (arrow_cast('2024-01-01', 'Timestamp(Nanosecond, Some(\"UTC\"))'))) AS t(t)",
                "Timestamp(ns, \"UTC\")",
            ),
            // The spans add up to more than 64 bits hold; their mean does not.
            (
                "kusto_avg(d) = arrow_cast(9000000000000000000, 'Duration(Nanosecond)') FROM (SELECT arrow_cast(9000000000000000000, 'Duration(Nanosecond)') AS d FROM generate_series(1, 3))",
                "true",
            ),
        ] {
            answers(expression, answer).await;
        }
        fails("kusto_sum(d) FROM (SELECT arrow_cast(9000000000000000000, 'Duration(Nanosecond)') AS d FROM generate_series(1, 3))", "kusto_sum: the time spans add up to more than 292 years").await;
        refuses("kusto_sum('a')", "kusto_sum: argument 1 must be a number or a time span").await;
        refuses("binary_all_and(1.5)", "binary_all_and: argument 1 must be a whole number").await;
        refuses("covariance(1)", "covariance: 2 arguments are needed, not 1").await;
    }

    #[tokio::test]
    async fn over_windows() {
        answers("kusto_sum(x) OVER (ORDER BY x ROWS 1 PRECEDING) FROM (VALUES (1), (2), (3)) AS t(x)", "1; 3; 5").await;
    }
}
