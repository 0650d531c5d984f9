//! `make_list`: the values of a group as a list. It is DataFusion's `array_agg` with Kusto's rules: nulls are left out,
//! and a group without values has an empty list and not null.
//!
//! The result is an Arrow list of the values' own type: it prints as `[a, b]`, can be unnested, and keeps its type in
//! Parquet. (Kusto answers JSON; a KQL front end converts.)

use std::{any::Any, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, new_empty_array},
        buffer::OffsetBuffer,
        datatypes::{DataType, FieldRef},
    },
    common::{Result, ScalarValue, internal_err, plan_err},
    functions_aggregate::array_agg::array_agg_udaf,
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator,
        function::{AccumulatorArgs, StateFieldsArgs},
        utils::AggregateOrderSensitivity,
    },
    physical_expr::expressions::Literal,
};

use super::definition::{Definition, Section, Words, defined};

/// The functions of this family.
pub(super) fn functions() -> Vec<AggregateUDF> {
    let words = Words {
        section: Section::Aggregate,
        syntax: "make_list(value [, most] [ORDER BY …])",
        description: "The values of the group as a list, at most so many of them. NULLs are left out; without \
                      values the list is empty.",
        example: ("SELECT make_list(x ORDER BY x DESC) FROM (VALUES (1), (3), (NULL), (3)) AS t(x)", "[3, 3, 1]"),
    };
    let definition = Definition::new(words, (1, Some(2))).aliases(&["makelist"]);
    vec![AggregateUDF::from(MakeList { definition, inner: array_agg_udaf() })]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MakeList {
    definition: Definition,
    /// `array_agg`, as it is or told that its input is ordered.
    inner: Arc<AggregateUDF>,
}

impl MakeList {
    /// Calls `array_agg` with the arguments as it wants them: only the values, and no nulls.
    fn with_inner<T>(&self, args: &AccumulatorArgs, call: impl FnOnce(AccumulatorArgs) -> Result<T>) -> Result<T> {
        call(AccumulatorArgs {
            return_field: Arc::clone(&args.return_field),
            schema: args.schema,
            ignore_nulls: true,
            order_bys: args.order_bys,
            is_reversed: args.is_reversed,
            name: args.name,
            is_distinct: args.is_distinct,
            exprs: args.exprs.get(..1).unwrap_or_default(),
            expr_fields: args.expr_fields.get(..1).unwrap_or_default(),
        })
    }
}

/// How many values a list may have: the second argument, if it is there.
pub(super) fn greatest_number(function: &str, args: &AccumulatorArgs) -> Result<Option<usize>> {
    let Some(most) = args.exprs.get(1) else { return Ok(None) };
    let constant = (most.as_ref() as &dyn Any).downcast_ref::<Literal>().map(Literal::value);
    match constant.map(|value| value.cast_to(&DataType::UInt64)) {
        Some(Ok(ScalarValue::UInt64(Some(most)))) => Ok(usize::try_from(most).ok()),
        _ => plan_err!("{function}: argument 2, the greatest number of values, must be a whole number"),
    }
}

impl AggregateUDFImpl for MakeList {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [value, ..] = types else { return plan_err!("{}: the value is missing", self.name()) };
        self.inner.return_type(std::slice::from_ref(value))
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn default_value(&self, kind: &DataType) -> Result<ScalarValue> {
        empty_list(kind)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let input_fields = args.input_fields.get(..1).unwrap_or_default();
        self.inner.state_fields(StateFieldsArgs { input_fields, ..args })
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.inner.order_sensitivity()
    }

    fn with_beneficial_ordering(self: Arc<Self>, ordered: bool) -> Result<Option<Arc<dyn AggregateUDFImpl>>> {
        let Some(inner) = self.inner.as_ref().clone().with_beneficial_ordering(ordered)? else { return Ok(None) };
        let definition = self.definition.clone();
        Ok(Some(Arc::new(Self { definition, inner: Arc::new(inner) })))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let most = greatest_number(self.name(), &args)?;
        let inner = self.with_inner(&args, |args| self.inner.accumulator(args))?;
        Ok(Box::new(Collector { inner, most, arguments: args.exprs.len() }))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        // Lists are shortened one group at a time only.
        args.exprs.len() == 1
            && self.with_inner(&args, |args| Ok(self.inner.groups_accumulator_supported(args))).unwrap_or(false)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        let inner = self.with_inner(&args, |args| self.inner.create_groups_accumulator(args))?;
        Ok(Box::new(GroupsCollector { inner }))
    }
}

/// `array_agg` of one group, with an empty list for null and a bound on its length.
#[derive(Debug)]
struct Collector {
    inner: Box<dyn Accumulator>,
    most: Option<usize>,
    /// How many of the columns are arguments; those behind are what to order by.
    arguments: usize,
}

impl Collector {
    /// The columns as `array_agg` wants them: the value, and what to order by.
    fn inner_columns(&self, columns: &[ArrayRef]) -> Vec<ArrayRef> {
        columns.iter().take(1).chain(columns.iter().skip(self.arguments)).map(Arc::clone).collect()
    }
}

impl Accumulator for Collector {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.update_batch(&self.inner_columns(values))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let list = empty_if_null(self.inner.evaluate()?)?;
        match (list, self.most) {
            (ScalarValue::List(list), Some(most)) if list.value(0).len() > most => {
                let DataType::List(item) = list.data_type() else { return Ok(ScalarValue::List(list)) };
                let values = list.value(0).slice(0, most);
                Ok(ScalarValue::List(Arc::new(one_list(item, values)?)))
            }
            (list, _) => Ok(list),
        }
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
        self.inner.retract_batch(&self.inner_columns(values))
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }
}

/// `array_agg` of many groups, with empty lists for nulls.
struct GroupsCollector {
    inner: Box<dyn GroupsAccumulator>,
}

impl GroupsAccumulator for GroupsCollector {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.inner.update_batch(values, groups, filter, total)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let lists = self.inner.evaluate(emit_to)?;
        let Some(lists) = lists.as_list_opt::<i32>().cloned() else { return Ok(lists) };
        let (item, offsets, values, _) = lists.into_parts();
        // A null of `array_agg` is a group without values, so its place holds none.
        Ok(Arc::new(ListArray::try_new(item, offsets, values, None)?))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.inner.merge_batch(states, groups, total)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        self.inner.convert_to_state(values, filter)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}

fn empty_if_null(list: ScalarValue) -> Result<ScalarValue> {
    if list.is_null() { empty_list(&list.data_type()) } else { Ok(list) }
}

/// A list type's list of no values.
pub(super) fn empty_list(kind: &DataType) -> Result<ScalarValue> {
    let DataType::List(item) = kind else { return internal_err!("a type of lists was expected, not {kind}") };
    Ok(ScalarValue::List(Arc::new(one_list(item, new_empty_array(item.data_type()))?)))
}

fn one_list(item: &FieldRef, values: ArrayRef) -> Result<ListArray> {
    let offsets = OffsetBuffer::from_lengths([values.len()]);
    Ok(ListArray::try_new(Arc::clone(item), offsets, values, None)?)
}

#[cfg(test)]
mod tests {
    use datafusion::{
        arrow::array::{Int64Array, RecordBatch},
        datasource::MemTable,
    };

    use super::*;
    use crate::functions::testing::{answers, context_without_rows, fails, rows};

    const ROWS: &str = "FROM (VALUES (1, 'b'), (1, 'a'), (2, NULL), (1, 'b'), (1, NULL)) AS t(g, v)";

    #[tokio::test]
    async fn values_in_order_without_nulls() {
        answers(&format!("make_list(v), makelist(g) {ROWS}"), "[b, a, b], [1, 1, 2, 1, 1]").await;
        answers(&format!("g, make_list(v) {ROWS} GROUP BY g ORDER BY g"), "1, [b, a, b]; 2, []").await;
        answers(
            &format!("make_list(v ORDER BY v DESC), make_list(v, 2 ORDER BY g DESC, v) {ROWS}"),
            "[b, b, a], [a, b]",
        )
        .await;
        answers(&format!("make_list(v) FILTER (WHERE v = 'a') {ROWS}"), "[a]").await;
        answers(&format!("make_list(DISTINCT g ORDER BY g) {ROWS}"), "[1, 2]").await;
        answers("make_list(x), make_list(x, 2) FROM (SELECT 1 AS x) WHERE x > 1", "[], []").await;
    }

    #[tokio::test]
    async fn a_greatest_number_of_values() {
        answers(&format!("make_list(v, 2), make_list(v, 9), make_list(v, 0) {ROWS}"), "[b, a], [b, a, b], []").await;
        answers(&format!("g, make_list(v, 1) {ROWS} GROUP BY g ORDER BY g"), "1, [b]; 2, []").await;
        fails(&format!("make_list(v, -1) {ROWS}"), "make_list: argument 2, the greatest number of values, must be")
            .await;
    }

    #[tokio::test]
    async fn partitions_are_merged() -> Result<()> {
        let column = |values: std::ops::Range<i64>| -> ArrayRef { Arc::new(values.collect::<Int64Array>()) };
        let batch = |values| RecordBatch::try_from_iter([("x", column(values))]);
        let parts =
            (0..4).map(|n| Ok(vec![batch(n..n + 30)?, batch(n * 10..n * 10 + 20)?])).collect::<Result<Vec<_>>>()?;
        let context = context_without_rows();
        context.register_table("t", Arc::new(MemTable::try_new(parts[0][0].schema(), parts)?))?;
        for query in [
            "SELECT make_list(x ORDER BY x DESC) = array_agg(x ORDER BY x DESC) FROM t",
            "SELECT bool_and(a = b)
             FROM (SELECT x % 3, array_sort(make_list(x)) a, array_sort(array_agg(x)) b FROM t GROUP BY 1)",
            "SELECT cardinality(make_list(x, 7)) = 7 FROM t",
        ] {
            assert_eq!(rows(&context, query).await?, ["true"], "{query}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn over_a_window() {
        answers(
            "make_list(x) OVER (ORDER BY x ROWS 1 PRECEDING) FROM (VALUES (1), (2), (3)) AS t(x)",
            "[1]; [1, 2]; [2, 3]",
        )
        .await;
    }
}
