//! `make_set`: the different values of a group as a list.
//!
//! As in Kusto, nulls are left out, and a group without values has an empty list and not null. Unlike there, a set
//! comes sorted, so that two runs of a hunt print the same. It is an Arrow list of the values' own type, as
//! [`super::list`] says. (`array_agg(DISTINCT …)` keeps nulls, and gives null for no rows.)

use std::{collections::BTreeSet, mem::size_of, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BooleanArray, ListArray},
        buffer::{NullBuffer, OffsetBuffer},
        compute::SortOptions,
        datatypes::{DataType, Field, FieldRef},
    },
    common::{Result, ScalarValue, internal_err, plan_err},
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator,
        function::{AccumulatorArgs, StateFieldsArgs},
        utils::{AggregateOrderSensitivity, format_state_name},
    },
};

use super::{
    definition::{Definition, Section, Words, defined},
    list::{empty_list, greatest_number},
    rows::{Column, Groups, OneGroup, check_kept},
};

/// The functions of this family.
pub(super) fn functions() -> Vec<AggregateUDF> {
    let words = Words {
        section: Section::Aggregate,
        syntax: "make_set(value [, most])",
        description: "The different values of the group as a sorted list, at most so many of them. NULLs are left out; \
                      without values the list is empty.",
        example: ("SELECT make_set(x) FROM (VALUES ('b'), ('a'), (NULL), ('b')) AS t(x)", "[a, b]"),
    };
    vec![AggregateUDF::from(MakeSet { definition: Definition::new(words, (1, Some(2))).aliases(&["makeset"]) })]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MakeSet {
    definition: Definition,
}

impl MakeSet {
    fn sets(&self, args: &AccumulatorArgs) -> Result<Sets> {
        let [value, ..] = args.expr_fields else { return plan_err!("{}: the value is missing", self.definition.name) };
        let most = greatest_number(self.definition.name, args)?;
        let column = Column::new(value.data_type(), SortOptions::default())?;
        Ok(Sets { column, most, sets: Vec::new(), held: 0 })
    }
}

impl AggregateUDFImpl for MakeSet {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [value, ..] = types else { return plan_err!("{}: the value is missing", self.name()) };
        check_kept(self.name(), &[value])?;
        Ok(DataType::List(item(value)))
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn default_value(&self, kind: &DataType) -> Result<ScalarValue> {
        empty_list(kind)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let kind = args.return_field.data_type().clone();
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "set"), kind, true))])
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(self.sets(&args)?)))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.sets(&args)?))
    }
}

fn item(kind: &DataType) -> FieldRef {
    Arc::new(Field::new_list_field(kind.clone(), true))
}

/// The different values of each group so far, as rows of bytes, which sort like the values.
struct Sets {
    column: Column,
    /// How many values a list may have.
    most: Option<usize>,
    sets: Vec<BTreeSet<Box<[u8]>>>,
    /// Bytes held by `sets` beyond its own length.
    held: usize,
}

impl Sets {
    fn absorb(&mut self, values: &ArrayRef, groups: impl Iterator<Item = (usize, usize)>, total: usize) -> Result<()> {
        self.sets.resize_with(total, BTreeSet::new);
        let (rows, nulls) = (self.column.rows(values)?, values.logical_nulls());
        for (row, group) in groups.filter(|&(row, _)| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row))) {
            let (value, set) = (rows.row(row), &mut self.sets[group]);
            if !set.contains(value.as_ref()) {
                self.held += held(value.as_ref());
                set.insert(value.as_ref().into());
            }
        }
        Ok(())
    }

    /// Sets as lists of no more than so many values.
    fn lists(&self, sets: &[BTreeSet<Box<[u8]>>], most: Option<usize>) -> Result<ListArray> {
        let most = most.unwrap_or(usize::MAX);
        let offsets = OffsetBuffer::from_lengths(sets.iter().map(|set| set.len().min(most)));
        let values = sets.iter().flat_map(|set| set.iter().take(most).map(AsRef::as_ref));
        Ok(ListArray::try_new(item(self.column.kind()), offsets, self.column.values_of_bytes(values)?, None)?)
    }

    fn emit(&mut self, emit_to: EmitTo) -> Vec<BTreeSet<Box<[u8]>>> {
        let sets = emit_to.take_needed(&mut self.sets);
        self.held -= sets.iter().flatten().map(|value| held(value)).sum::<usize>();
        sets
    }
}

fn held(value: &[u8]) -> usize {
    value.len() + size_of::<Box<[u8]>>()
}

impl GroupsAccumulator for Sets {
    fn update_batch(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        let [values, ..] = arguments else { return internal_err!("a value was expected") };
        let rows = groups.iter().copied().enumerate();
        self.absorb(values, rows.filter(|&(row, _)| filter.is_none_or(|f| f.is_valid(row) && f.value(row))), total)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        let Some(lists) = states.first().and_then(|state| state.as_list_opt::<i32>()) else {
            return internal_err!("a state of lists was expected");
        };
        let offsets = lists.value_offsets();
        let lists_of_groups = groups.iter().enumerate().filter(|&(row, _)| lists.is_valid(row));
        let rows = lists_of_groups.flat_map(|(row, &group)| {
            (offsets[row] as usize..offsets[row + 1] as usize).map(move |value| (value, group))
        });
        self.absorb(lists.values(), rows, total)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let sets = self.emit(emit_to);
        Ok(Arc::new(self.lists(&sets, self.most)?))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let sets = self.emit(emit_to);
        // Shortened too: the least values of all are among the least of each part.
        Ok(vec![Arc::new(self.lists(&sets, self.most)?)])
    }

    fn convert_to_state(&self, arguments: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let [values, ..] = arguments else { return internal_err!("a value was expected") };
        let passed = filter.map(|filter| NullBuffer::from_iter(filter.iter().map(|row| row == Some(true))));
        let offsets = OffsetBuffer::from_repeated_length(1, values.len());
        Ok(vec![Arc::new(ListArray::try_new(item(self.column.kind()), offsets, Arc::clone(values), passed)?)])
    }

    fn size(&self) -> usize {
        self.held + self.sets.capacity() * size_of::<BTreeSet<Box<[u8]>>>() + self.column.size()
    }
}

impl Groups for Sets {
    fn name(&self) -> &'static str {
        "make_set"
    }

    fn first(&self) -> Result<ScalarValue> {
        let none = BTreeSet::new();
        let list = self.lists(std::slice::from_ref(self.sets.first().unwrap_or(&none)), self.most)?;
        Ok(ScalarValue::List(Arc::new(list)))
    }
}

#[cfg(test)]
mod tests {
    use datafusion::{
        arrow::array::{Int64Array, RecordBatch, StringViewArray},
        datasource::MemTable,
    };

    use super::*;
    use crate::functions::testing::{answers, context_without_rows, fails, rows};

    const ROWS: &str = "FROM (VALUES (1, 'b'), (1, 'a'), (2, NULL), (1, 'b'), (1, NULL)) AS t(g, v)";

    #[tokio::test]
    async fn different_values_without_nulls() {
        answers(&format!("make_set(v), makeset(g), make_set(DISTINCT v) {ROWS}"), "[a, b], [1, 2], [a, b]").await;
        answers(&format!("g, make_set(v) {ROWS} GROUP BY g ORDER BY g"), "1, [a, b]; 2, []").await;
        answers(&format!("make_set(v) FILTER (WHERE v = 'a') {ROWS}"), "[a]").await;
        answers(&format!("g, make_set(v) FILTER (WHERE v = 'a') {ROWS} GROUP BY g ORDER BY g"), "1, [a]; 2, []").await;
        answers("make_set(x) FROM (SELECT 1 AS x) WHERE x > 1", "[]").await;
        answers(
            "g, (SELECT make_set(x) FROM (VALUES (1)) AS s(x) WHERE x = g) FROM (VALUES (1), (2)) AS t(g) ORDER BY g",
            "1, [1]; 2, []",
        )
        .await;
    }

    #[tokio::test]
    async fn a_greatest_number_of_values() {
        answers(&format!("make_set(v, 1), make_set(v, 9), make_set(v, 0) {ROWS}"), "[a], [a, b], []").await;
        answers(&format!("g, make_set(v, 1) {ROWS} GROUP BY g ORDER BY g"), "1, [a]; 2, []").await;
        fails(&format!("make_set(v, v) {ROWS}"), "make_set: argument 2, the greatest number of values, must be").await;
    }

    #[tokio::test]
    async fn sets_are_of_the_values_type() {
        answers("arrow_typeof(make_set(arrow_cast(x, 'Utf8View'))) FROM (VALUES ('a')) AS t(x)", "List(Utf8View)")
            .await;
        answers("unnest(make_set(x)) FROM (VALUES (2), (1)) AS t(x)", "1; 2").await;
        answers("make_set(x) FROM (VALUES ([1, 2]), ([1, 2]), ([1])) AS t(x)", "[[1], [1, 2]]").await;
        answers("make_set(x) FROM (VALUES (1.5), ('NaN'::double), (-1.0)) AS t(x)", "[-1.0, 1.5, NaN]").await;
        answers("make_set(arrow_cast(x, 'Dictionary(Int8, Utf8)')) FROM (VALUES ('a')) AS t(x)", "[a]").await;
    }

    #[tokio::test]
    async fn over_a_window_that_grows() {
        answers("make_set(x) OVER (ORDER BY t) FROM (VALUES (1, 5), (2, 4), (3, 5)) AS v(t, x)", "[5]; [4, 5]; [4, 5]")
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
            "SELECT make_set(x) = array_agg(DISTINCT x ORDER BY x) FROM t",
            "SELECT make_set(x, 3) = [0, 1, 2] FROM t",
            "SELECT bool_and(a = b)
             FROM (SELECT x % 3, make_set(x) a, array_agg(DISTINCT x ORDER BY x) b FROM t GROUP BY 1)",
        ] {
            assert_eq!(rows(&context, query).await?, ["true"], "{query}");
        }
        Ok(())
    }

    #[test]
    fn states_are_as_good_as_rows_and_sizes_are_given_back() -> Result<()> {
        let make = || -> Result<Sets> {
            let column = Column::new(&DataType::Utf8View, SortOptions::default())?;
            Ok(Sets { column, most: None, sets: Vec::new(), held: 0 })
        };
        let values: [ArrayRef; 1] =
            [Arc::new(StringViewArray::from(vec![Some("b"), Some("a"), None, Some("c"), Some("b")]))];
        let (groups, filter) =
            ([0, 0, 1, 0, 2], BooleanArray::from(vec![Some(true), Some(true), Some(true), None, Some(true)]));
        let (mut whole, mut converted, mut merged) = (make()?, make()?, make()?);
        whole.update_batch(&values, &groups, Some(&filter), 3)?;
        converted.merge_batch(&make()?.convert_to_state(&values, Some(&filter))?, &groups, 3)?;
        let text = |lists: ArrayRef| {
            format!("{:?}", lists.as_list::<i32>().iter().flatten().map(|l| l.len()).collect::<Vec<_>>())
        };
        assert_eq!(text(converted.evaluate(EmitTo::All)?), "[2, 0, 1]");
        merged.merge_batch(&whole.state(EmitTo::First(2))?, &[0, 1], 2)?;
        merged.merge_batch(&whole.state(EmitTo::All)?, &[1], 2)?;
        assert_eq!(whole.held, 0);
        assert_eq!(text(merged.evaluate(EmitTo::All)?), "[2, 1]");
        assert_eq!(merged.held, 0);
        Ok(())
    }
}
