//! `arg_max` and `arg_min`: a value of the row in which another is greatest or least.
//!
//! Rows whose `by` is null do not count; the value of the row may be null. Kusto's own rule, by which they lose to all
//! others but are there if there is no other, is that of `kusto_arg_max` and `kusto_arg_min`. Of rows that are level the
//! first seen wins, so two calls over one `by` in a query speak of the same row. Floats that are no number (NaN) are
//! above all others, as when sorted.

use std::{mem::size_of, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BooleanArray, UInt32Array},
        compute::{SortOptions, take},
        datatypes::{DataType, Field, FieldRef},
        row::OwnedRow,
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
    rows::{Column, Groups, OneGroup, check_kept},
};

/// The functions of this family.
pub(super) fn functions() -> Vec<AggregateUDF> {
    let function = |syntax, description, example, end, order, aliases: &[&str]| {
        let words = Words { section: Section::Aggregate, syntax, description, example };
        let definition = Definition::new(words, (2, Some(2))).aliases(aliases);
        AggregateUDF::from(ArgExtreme { definition, end, order, nulls: Nulls::of(syntax) })
    };
    vec![
        function(
            "arg_max(by, value)",
            "The value of the row in which by is greatest. Rows with by NULL do not count. For several values of that \
             row, take a struct: arg_max(Timestamp, named_struct('Name', DeviceName, 'User', AccountName)).",
            ("SELECT arg_max(t, v) FROM (VALUES (1, 'a'), (3, 'b'), (2, 'c'), (NULL, 'd')) AS x(t, v)", "b"),
            End::Greatest,
            Order::ByFirst,
            &["argmax"],
        ),
        function(
            "arg_min(by, value)",
            "The value of the row in which by is least. Rows with by NULL do not count.",
            ("SELECT arg_min(t, v) FROM (VALUES (2, 'a'), (1, 'b'), (NULL, 'c')) AS x(t, v)", "b"),
            End::Least,
            Order::ByFirst,
            &["argmin"],
        ),
        function(
            "kusto_arg_max(by, value)",
            "The value of the row in which by is greatest, as Kusto has it: a row with by NULL loses to any other, but \
             is answered if there is no other.",
            ("SELECT kusto_arg_max(t, v) FROM (VALUES (NULL::int, 'a')) AS x(t, v)", "a"),
            End::Greatest,
            Order::ByFirst,
            &[],
        ),
        function(
            "kusto_arg_min(by, value)",
            "The value of the row in which by is least, as Kusto has it: a row with by NULL loses to any other, but is \
             answered if there is no other.",
            ("SELECT kusto_arg_min(t, v) FROM (VALUES (NULL, 'a'), (2, 'b')) AS x(t, v)", "b"),
            End::Least,
            Order::ByFirst,
            &[],
        ),
        function(
            "max_by(value, by)",
            "The same as arg_max(by, value).",
            ("SELECT max_by(v, t) FROM (VALUES (1, 'a'), (3, 'b')) AS x(t, v)", "b"),
            End::Greatest,
            Order::ValueFirst,
            &[],
        ),
        function(
            "min_by(value, by)",
            "The same as arg_min(by, value).",
            ("SELECT min_by(v, t) FROM (VALUES (1, 'a'), (3, 'b')) AS x(t, v)", "a"),
            End::Least,
            Order::ValueFirst,
            &[],
        ),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum End {
    Greatest,
    Least,
}

/// What becomes of rows whose `by` is null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Nulls {
    /// They do not count.
    Out,
    /// Any other row is better.
    Lose,
}

impl Nulls {
    fn of(syntax: &str) -> Self {
        if syntax.starts_with("kusto_") { Nulls::Lose } else { Nulls::Out }
    }
}

/// The order of the two arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Order {
    ByFirst,
    ValueFirst,
}

impl Order {
    /// Two arguments as (by, value).
    fn sort<'a, T>(self, name: &str, arguments: &'a [T]) -> Result<(&'a T, &'a T)> {
        match (self, arguments) {
            (Order::ByFirst, [by, value]) | (Order::ValueFirst, [value, by]) => Ok((by, value)),
            _ => plan_err!("{name}: two arguments were expected"),
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ArgExtreme {
    definition: Definition,
    end: End,
    order: Order,
    nulls: Nulls,
}

impl ArgExtreme {
    fn best_rows(&self, args: &AccumulatorArgs) -> Result<BestRows> {
        let (by, value) = self.order.sort(self.definition.name, args.expr_fields)?;
        BestRows::new(self.end, self.order, self.nulls, by.data_type(), value.data_type())
    }
}

impl AggregateUDFImpl for ArgExtreme {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let (by, value) = self.order.sort(self.name(), types)?;
        check_kept(self.name(), &[by, value])?;
        Ok(value.clone())
    }

    /// The value's field, so that JSON stays marked as such.
    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        let (by, value) = self.order.sort(self.name(), fields)?;
        check_kept(self.name(), &[by.data_type(), value.data_type()])?;
        Ok(Arc::new(value.as_ref().clone().with_name(self.name()).with_nullable(true)))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let (by, value) = self.order.sort(args.name, args.input_fields)?;
        Ok(state_fields(args.name, by.data_type(), value.data_type()))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(self.best_rows(&args)?)))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.best_rows(&args)?))
    }
}

/// What [`BestRows`] hands from one part of a plan to the next.
pub(super) fn state_fields(name: &str, by: &DataType, value: &DataType) -> Vec<FieldRef> {
    let field = |part, kind: &DataType| Arc::new(Field::new(format_state_name(name, part), kind.clone(), true));
    vec![field("by", by), field("value", value), field("found", &DataType::Boolean)]
}

/// The best row of each group so far.
///
/// Both columns are kept as rows of bytes whose order is that of the values: any type can be held, a comparison is one
/// of bytes, and only the best rows of a batch have their value looked at.
pub(super) struct BestRows {
    order: Order,
    nulls: Nulls,
    by: Column,
    value: Column,
    best: Vec<Option<Best>>,
    /// The row of the batch at hand that is best, by group; [`NO_ROW`] between batches.
    winners: Vec<u32>,
    /// Bytes held by `best` beyond its own length.
    held: usize,
}

const NO_ROW: u32 = u32::MAX;

struct Best {
    by: OwnedRow,
    value: OwnedRow,
}

impl Best {
    fn held(&self) -> usize {
        self.by.as_ref().len() + self.value.as_ref().len()
    }
}

impl BestRows {
    pub fn new(end: End, order: Order, nulls: Nulls, by: &DataType, value: &DataType) -> Result<Self> {
        // Rows of bytes are compared for greatest whatever the end, so that nulls, which are first, always lose.
        let by = Column::new(by, SortOptions { descending: end == End::Least, nulls_first: true })?;
        let value = Column::new(value, SortOptions::default())?;
        Ok(Self { order, nulls, by, value, best: Vec::new(), winners: Vec::new(), held: 0 })
    }

    fn absorb(
        &mut self,
        by: &ArrayRef,
        values: &ArrayRef,
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.best.resize_with(total, || None);
        self.winners.resize(total, NO_ROW);
        let (keys, nulls) = (self.by.rows(by)?, by.logical_nulls().filter(|_| self.nulls == Nulls::Out));
        let mut improved = Vec::new();
        for (row, &group) in groups.iter().enumerate() {
            let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            if is_null || filter.is_some_and(|filter| !passes(filter, row)) {
                continue;
            }
            let (key, winner) = (keys.row(row), &mut self.winners[group]);
            let wins = match *winner {
                NO_ROW => self.best[group].as_ref().is_none_or(|best| key > best.by.row()),
                at => key > keys.row(at as usize),
            };
            if wins {
                if *winner == NO_ROW {
                    improved.push(group);
                }
                *winner = row as u32;
            }
        }
        let rows: UInt32Array = improved.iter().map(|&group| self.winners[group]).collect();
        let values = self.value.rows(&take(values, &rows, None)?)?;
        for (place, group) in improved.into_iter().enumerate() {
            let row = std::mem::replace(&mut self.winners[group], NO_ROW);
            let best = Best { by: keys.row(row as usize).owned(), value: values.row(place).owned() };
            self.held += best.held();
            self.held -= self.best[group].replace(best).map_or(0, |old| old.held());
        }
        Ok(())
    }

    fn emit(&mut self, emit_to: EmitTo) -> Vec<Option<Best>> {
        let best = emit_to.take_needed(&mut self.best);
        self.winners.truncate(self.best.len());
        self.held -= best.iter().flatten().map(Best::held).sum::<usize>();
        best
    }
}

fn passes(filter: &BooleanArray, row: usize) -> bool {
    filter.is_valid(row) && filter.value(row)
}

impl GroupsAccumulator for BestRows {
    fn update_batch(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        let (by, value) = self.order.sort("update", arguments)?;
        self.absorb(by, value, groups, filter, total)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        let [by, value, found] = states else { return internal_err!("a state of three columns was expected") };
        self.absorb(by, value, groups, found.as_boolean_opt(), total)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let best = self.emit(emit_to);
        self.value.values_or_null(best.iter().map(|best| best.as_ref().map(|best| &best.value)))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let best = self.emit(emit_to);
        let by = self.by.values_or_null(best.iter().map(|best| best.as_ref().map(|best| &best.by)))?;
        let value = self.value.values_or_null(best.iter().map(|best| best.as_ref().map(|best| &best.value)))?;
        let found: BooleanArray = best.iter().map(|best| Some(best.is_some())).collect();
        Ok(vec![by, value, Arc::new(found)])
    }

    fn convert_to_state(&self, arguments: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let (by, value) = self.order.sort("convert_to_state", arguments)?;
        let found: BooleanArray =
            (0..by.len()).map(|row| Some(filter.is_none_or(|filter| passes(filter, row)))).collect();
        Ok(vec![Arc::clone(by), Arc::clone(value), Arc::new(found)])
    }

    fn size(&self) -> usize {
        self.held
            + self.best.capacity() * size_of::<Option<Best>>()
            + self.winners.capacity() * size_of::<u32>()
            + self.by.size()
            + self.value.size()
    }
}

impl Groups for BestRows {
    fn name(&self) -> &'static str {
        "arg_max or arg_min"
    }

    fn first(&self) -> Result<ScalarValue> {
        let best = self.best.first().and_then(Option::as_ref).map(|best| &best.value);
        ScalarValue::try_from_array(&self.value.values_or_null([best].into_iter())?, 0)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::{
        array::{Float64Array, Int64Array, RecordBatch, StringViewArray, TimestampNanosecondArray},
        datatypes::Schema,
    };
    use proptest::{prelude::*, strategy::ValueTree};

    use super::*;
    use crate::functions::testing::{answers, context_without_rows, rows};

    const ROWS: &str =
        "FROM (VALUES (2, 'x', 'a'), (3, NULL, 'a'), (1, 'z', 'a'), (NULL, 'n', 'a'), (NULL, 'm', 'b')) AS t(t, v, g)";

    #[tokio::test]
    async fn the_row_decides_even_if_its_value_is_null() {
        answers(
            &format!("arg_max(t, v), arg_min(t, v), argmax(t, t), max_by(v, t), min_by(v, t) {ROWS}"),
            "NULL, z, 3, NULL, z",
        )
        .await;
        answers(&format!("g, arg_max(t, v), arg_min(t, v) {ROWS} GROUP BY g ORDER BY g"), "a, NULL, z; b, NULL, NULL")
            .await;
        answers(&format!("arg_max(t, v) FILTER (WHERE t < 3) {ROWS}"), "x").await;
        answers(&format!("g, arg_min(t, v) FILTER (WHERE t > 1) {ROWS} GROUP BY g ORDER BY g"), "a, x; b, NULL").await;
    }

    #[tokio::test]
    async fn no_rows_and_level_rows() {
        answers("arg_max(t, t) FROM (SELECT 1 AS t) WHERE t > 1", "NULL").await;
        answers("arg_max(t, v), arg_min(t, v) FROM (VALUES (1, 'first'), (1, 'second')) AS t(t, v)", "first, first")
            .await;
    }

    #[tokio::test]
    async fn kustos_nulls_lose_but_are_there() {
        const FRUIT: &str = "FROM (VALUES ('Apple', 'Green', NULL), ('Apple', 'Red', 1), ('Banana', 'Yellow', NULL), \
                             ('Banana', 'Green', NULL), ('Pear', 'Brown', 1), ('Pear', 'Green', 2)) AS t(f, c, v)";
        answers(
            &format!("f, kusto_arg_max(v, c), kusto_arg_min(v, c) {FRUIT} GROUP BY f ORDER BY f"),
            "Apple, Red, Red; Banana, Yellow, Yellow; Pear, Green, Brown",
        )
        .await;
        answers(&format!("kusto_arg_max(v, named_struct('v', v, 'c', c)) {FRUIT}"), "{v: 2, c: Green}").await;
        answers(&format!("kusto_arg_max(v, c) FILTER (WHERE f = 'Kiwi') {FRUIT}"), "NULL").await;
        answers(
            &format!("f, kusto_arg_max(v, c) FILTER (WHERE c = 'Green') {FRUIT} GROUP BY f ORDER BY f"),
            "Apple, Green; Banana, Green; Pear, Green",
        )
        .await;
    }

    #[tokio::test]
    async fn any_type_of_value() {
        answers("arg_max(t, named_struct('a', t, 'b', 'x')) FROM (VALUES (1), (2)) AS t(t)", "{a: 2, b: x}").await;
        answers(
            "g, arg_max(t, named_struct('a', t)) FROM (VALUES (1, 1), (NULL, 2)) AS t(t, g) GROUP BY g ORDER BY g",
            "1, {a: 1}; 2, NULL",
        )
        .await;
        answers("arg_max(t, [t, t]) FROM (VALUES (1), (2)) AS t(t)", "[2, 2]").await;
        answers("arg_max(t, arrow_cast(t, 'Dictionary(Int32, Utf8)')) FROM (VALUES ('a'), ('b')) AS t(t)", "b").await;
        answers("arg_max(named_struct('a', 1, 'b', t), t) FROM (VALUES (1), (2)) AS t(t)", "2").await;
        answers("arg_min(t, interval '1 day') FROM (VALUES (true), (false)) AS t(t)", "1 days").await;
    }

    #[tokio::test]
    async fn over_a_window() {
        let query = "arg_max(v, t) OVER (ORDER BY t) FROM (VALUES (1, 5), (2, 9), (3, 7)) AS x(t, v)";
        answers(query, "1; 2; 2").await;
    }

    #[test]
    fn sizes_are_given_back() -> Result<()> {
        let mut best = BestRows::new(End::Greatest, Order::ByFirst, Nulls::Out, &DataType::Int64, &DataType::Utf8View)?;
        let by: ArrayRef = Arc::new(Int64Array::from(vec![1, 5, 3, 4]));
        let values: ArrayRef = Arc::new(StringViewArray::from(vec!["a", "bbbbbbbbbbbbbbbbbbbb", "c", "d"]));
        best.update_batch(&[by, values], &[0, 1, 1, 2], None, 3)?;
        let before = best.held;
        let first = best.evaluate(EmitTo::First(2))?;
        assert_eq!(first.as_ref(), &StringViewArray::from(vec!["a", "bbbbbbbbbbbbbbbbbbbb"]) as &dyn Array);
        assert!(best.held < before);
        assert_eq!(best.evaluate(EmitTo::All)?.as_ref(), &StringViewArray::from(vec!["d"]) as &dyn Array);
        assert_eq!(best.held, 0);
        Ok(())
    }

    #[test]
    fn a_state_is_as_good_as_the_rows() -> Result<()> {
        let make = || BestRows::new(End::Least, Order::ByFirst, Nulls::Out, &DataType::Float64, &DataType::Int64);
        let columns = || -> [ArrayRef; 2] {
            let by = Float64Array::from(vec![Some(1.5), None, Some(f64::NAN), Some(-0.5), Some(-9.0)]);
            [Arc::new(by), Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5]))]
        };
        let (groups, filter) =
            ([0, 0, 1, 0, 0], BooleanArray::from(vec![Some(true), Some(true), Some(true), Some(true), None]));
        let (mut whole, mut converted, mut merged) = (make()?, make()?, make()?);
        whole.update_batch(&columns(), &groups, Some(&filter), 3)?;
        converted.merge_batch(&make()?.convert_to_state(&columns(), Some(&filter))?, &groups, 3)?;
        let expected: ArrayRef = Arc::new(Int64Array::from(vec![Some(4), Some(3), None]));
        assert_eq!(&converted.evaluate(EmitTo::All)?, &expected);
        merged.merge_batch(&whole.state(EmitTo::All)?, &[0, 1, 2], 3)?;
        assert_eq!(&merged.evaluate(EmitTo::All)?, &expected);
        Ok(())
    }

    #[tokio::test]
    async fn partitions_and_batches_agree_with_a_plain_search() -> Result<()> {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let input = prop::collection::vec((0..7_i64, prop::option::of(-20..20_i64)), 0..300);
        for _ in 0..20 {
            let input = input.new_tree(&mut runner).map(|tree| tree.current()).unwrap_or_default();
            // The value is unique and a level `by` is made unequal by it, so that there is one answer.
            let batch = |rows: &[(usize, (i64, Option<i64>))]| {
                let group: ArrayRef = Arc::new(rows.iter().map(|(_, (g, _))| Some(*g)).collect::<Int64Array>());
                let by = rows.iter().map(|(n, (_, by))| by.map(|by| by * 1000 + *n as i64));
                let by: ArrayRef = Arc::new(by.collect::<TimestampNanosecondArray>());
                let value: ArrayRef =
                    Arc::new(rows.iter().map(|(n, _)| Some(format!("v{n}"))).collect::<StringViewArray>());
                RecordBatch::try_from_iter_with_nullable([("g", group, false), ("t", by, true), ("v", value, true)])
            };
            let numbered: Vec<_> = input.iter().copied().enumerate().collect();
            let batches = numbered.chunks(16).map(batch).collect::<Result<Vec<_>, _>>()?;
            let schema = batch(&[]).map(|batch| batch.schema()).unwrap_or_else(|_| Arc::new(Schema::empty()));
            let context = context_without_rows();
            let parts = batches.chunks(3).map(<[_]>::to_vec).collect::<Vec<_>>();
            let table =
                datafusion::datasource::MemTable::try_new(schema, if parts.is_empty() { vec![vec![]] } else { parts })?;
            context.register_table("x", Arc::new(table))?;
            let found = rows(&context, "SELECT g, arg_max(t, v) FROM x GROUP BY g ORDER BY g").await?;
            let expected: Vec<String> = (0..7)
                .filter(|g| input.iter().any(|(group, _)| group == g))
                .map(|g| {
                    let of_group = numbered.iter().filter(|(_, (group, by))| *group == g && by.is_some());
                    let best = of_group.max_by_key(|(n, (_, by))| (*by, *n));
                    format!("{g}, {}", best.map_or("NULL".to_owned(), |(n, _)| format!("v{n}")))
                })
                .collect();
            assert_eq!(found, expected);
        }
        Ok(())
    }
}
