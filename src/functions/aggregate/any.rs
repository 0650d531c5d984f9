//! `take_any`: a value of the group, whichever. It is the first seen that is not null and not empty, so that one run
//! answers like the next as far as rows come in one order.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BooleanArray, Int8Array},
        compute::cast,
        datatypes::{DataType, FieldRef},
    },
    common::{Result, ScalarValue, internal_err, plan_err},
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator,
        function::{AccumulatorArgs, StateFieldsArgs},
        utils::AggregateOrderSensitivity,
    },
};

use crate::functions::{
    definition::{Definition, Section, Words, defined},
    extreme::{BestRows, End, Nulls, Order, state_fields},
    rows::{Groups, OneGroup, check_kept},
};

/// The functions of this family.
pub(super) fn functions() -> Vec<AggregateUDF> {
    let words = Words {
        section: Section::Aggregate,
        syntax: "take_any(value)",
        description: "A value of the group, whichever; one that is not NULL, and not '', if there is one. For several \
                      values of one row take a struct.",
        example: ("SELECT take_any(x) FROM (VALUES (NULL), (''), ('a')) AS t(x)", "a"),
    };
    vec![AggregateUDF::from(TakeAny { definition: Definition::new(words, (1, Some(1))) })]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TakeAny {
    definition: Definition,
}

impl TakeAny {
    fn rows(&self, args: &AccumulatorArgs) -> Result<Ranked> {
        let [value] = args.expr_fields else { return plan_err!("{}: the value is missing", self.definition.name) };
        BestRows::new(End::Greatest, Order::ByFirst, Nulls::Lose, &DataType::Int8, value.data_type()).map(Ranked)
    }
}

impl AggregateUDFImpl for TakeAny {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [value] = types else { return plan_err!("{}: the value is missing", self.name()) };
        check_kept(self.name(), &[value])?;
        Ok(value.clone())
    }

    /// The value's field, so that JSON stays marked as such.
    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        let [value] = fields else { return plan_err!("{}: the value is missing", self.name()) };
        check_kept(self.name(), &[value.data_type()])?;
        Ok(Arc::new(value.as_ref().clone().with_name(self.name()).with_nullable(true)))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let [value] = args.input_fields else { return plan_err!("{}: the value is missing", self.name()) };
        Ok(state_fields(args.name, &DataType::Int8, value.data_type()))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(self.rows(&args)?)))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.rows(&args)?))
    }
}

/// The best rows by how much a value says: null 0, an empty text 1, any other 2.
struct Ranked(BestRows);

fn ranked(values: &[ArrayRef]) -> Result<[ArrayRef; 2]> {
    let [value] = values else { return internal_err!("a value was expected") };
    let nulls = value.logical_nulls();
    let texts = if value.data_type().is_string() { Some(cast(value, &DataType::Utf8View)?) } else { None };
    let texts = texts.as_ref().map(|texts| texts.as_string_view());
    let rank = |row| match (&nulls, texts) {
        (Some(nulls), _) if nulls.is_null(row) => 0,
        (_, Some(texts)) if texts.value(row).is_empty() => 1,
        _ => 2_i8,
    };
    let ranks: Int8Array = (0..value.len()).map(|row| Some(rank(row))).collect();
    Ok([Arc::new(ranks), Arc::clone(value)])
}

impl GroupsAccumulator for Ranked {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.0.update_batch(&ranked(values)?, groups, filter, total)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        self.0.evaluate(emit_to)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.0.state(emit_to)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.0.merge_batch(states, groups, total)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        self.0.convert_to_state(&ranked(values)?, filter)
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}

impl Groups for Ranked {
    fn name(&self) -> &'static str {
        "take_any"
    }

    fn first(&self) -> Result<ScalarValue> {
        self.0.first()
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn a_value_that_says_most() {
        for (expression, answer) in [
            ("take_any(x) FROM (VALUES (NULL), (3), (4)) AS t(x)", "3"),
            ("take_any(x) FROM (VALUES (NULL), ('')) AS t(x)", ""),
            ("take_any(x) FROM (SELECT 1 AS x) WHERE x > 1", "NULL"),
            (
                "take_any(named_struct('a', x, 'b', y)) FROM (VALUES (NULL, 'p'), (3, 'q')) AS t(x, y)",
                "{a: NULL, b: p}",
            ),
            (
                "g, take_any(x) FROM (VALUES (1, NULL), (2, ''), (1, 'x'), (2, 'y'), (3, NULL)) AS t(g, x) GROUP BY g ORDER BY g",
                "1, x; 2, y; 3, NULL",
            ),
            ("take_any(x) FILTER (WHERE x > 3) FROM (VALUES (3), (4)) AS t(x)", "4"),
        ] {
            answers(expression, answer).await;
        }
    }
}
