//! Percentiles by nearest rank: the least value with at least so many per cent of all values at or below it. Kusto
//! answers the same for few values and estimates for many; here they are exact, and all values of a group are kept.
//!
//! Numbers, moments and time spans are kept as whole numbers that are in the same order.

use std::{any::Any, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, ListArray},
        buffer::OffsetBuffer,
        compute::cast,
        datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type},
    },
    common::{Result, ScalarValue, internal_err, plan_err},
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator,
        function::{AccumulatorArgs, StateFieldsArgs},
        utils::{AggregateOrderSensitivity, format_state_name},
    },
    physical_expr::{PhysicalExpr, expressions::Literal},
};

use super::json::json_field;
use crate::{
    functions::{
        call::lists_as_json,
        definition::{Definition, Section, Words, defined},
        rows::{Groups, OneGroup},
    },
    json::value::Value,
};

/// The functions of this family.
pub(super) fn functions() -> Vec<AggregateUDF> {
    const ROWS: &str = "FROM (VALUES (10, 8), (20, 6), (30, 3), (40, 1)) AS t(x, n)";
    let function = |syntax, description, example: (&str, &str), shape| {
        let (name, query) = (example.0.split('(').next().unwrap_or_default(), format!("SELECT {} {ROWS}", example.0));
        let weighted = name.ends_with("w") || name.ends_with("w_array");
        let least = if weighted { 3 } else { 2 };
        let most = if shape == Shape::One { Some(least) } else { None };
        let words = Words { section: Section::Aggregate, syntax, description, example: (&query, example.1) };
        AggregateUDF::from(Percentiles { definition: Definition::new(words, (least, most)), weighted, shape })
    };
    vec![
        function(
            "percentile(value, percent)",
            "The least value with at least so many per cent of the values at or below it.",
            ("percentile(x, 50)", "20"),
            Shape::One,
        ),
        function(
            "percentiles(value, percent, …)",
            "Several percentiles as a list.",
            ("percentiles(x, 25, 99.9)", "[10, 40]"),
            Shape::List,
        ),
        function(
            "percentiles_array(value, percent, …)",
            "Several percentiles as a JSON array. The percents may be one JSON array too.",
            ("percentiles_array(x, 25, 50)", "[10,20]"),
            Shape::Json,
        ),
        function(
            "percentilew(value, weight, percent)",
            "The percentile of values that stand for as many as their weight says.",
            ("percentilew(x, n, 50)", "20"),
            Shape::One,
        ),
        function(
            "percentilesw(value, weight, percent, …)",
            "Several percentiles of weighted values as a list.",
            ("percentilesw(x, n, 25, 99.9)", "[10, 40]"),
            Shape::List,
        ),
        function(
            "percentilesw_array(value, weight, percent, …)",
            "Several percentiles of weighted values as a JSON array. The percents may be one JSON array too.",
            ("percentilesw_array(x, n, '[50, 75, 99.9]')", "[20,20,40]"),
            Shape::Json,
        ),
    ]
}

/// What several answers are put into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Shape {
    One,
    List,
    Json,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Percentiles {
    definition: Definition,
    weighted: bool,
    shape: Shape,
}

impl Percentiles {
    /// How many arguments are columns; those behind are percents.
    fn columns(&self) -> usize {
        if self.weighted { 2 } else { 1 }
    }

    fn ranked(&self, args: &AccumulatorArgs) -> Result<Ranked> {
        let name = self.definition.name;
        let Some(value) = args.expr_fields.first() else { return plan_err!("{name}: the value is missing") };
        let mut percents = Vec::new();
        for expr in args.exprs.iter().skip(self.columns()) {
            percents.extend(constants(name, expr)?);
        }
        if let Some(wrong) = percents.iter().find(|percent| !(0.0..=100.0).contains(*percent)) {
            return plan_err!("{name}: a percent must be from 0 to 100, not {wrong}");
        }
        if percents.is_empty() {
            return plan_err!("{name}: the percent is missing");
        }
        let kind = answer_type(name, value.data_type())?;
        Ok(Ranked { kind, shape: self.shape, weighted: self.weighted, percents, groups: Vec::new(), held: 0 })
    }

    fn answer(&self, types: &[DataType]) -> Result<DataType> {
        let name = self.name();
        let [value, rest @ ..] = types else { return plan_err!("{name}: the value is missing") };
        if let (true, Some(weight)) = (self.weighted, rest.first())
            && !weight.is_integer()
            && !weight.is_null()
        {
            return plan_err!("{name}: argument 2, the weight, must be a whole number, but it is {weight}");
        }
        let kind = answer_type(name, value)?;
        Ok(match self.shape {
            Shape::One => kind,
            Shape::List => DataType::List(Arc::new(Field::new_list_field(kind, true))),
            Shape::Json => DataType::Utf8View,
        })
    }
}

/// The type of percentiles of values of a type.
fn answer_type(name: &str, value: &DataType) -> Result<DataType> {
    match value {
        kind if kind.is_integer() || kind.is_null() => Ok(DataType::Int64),
        kind if kind.is_numeric() => Ok(DataType::Float64),
        DataType::Timestamp(..) | DataType::Duration(_) => Ok(value.clone()),
        other => plan_err!("{name}: argument 1 must be a number, a time or a time span, but it is {other}"),
    }
}

/// The numbers of a constant argument: itself, or the items of a JSON array.
fn constants(name: &str, expr: &Arc<dyn PhysicalExpr>) -> Result<Vec<f64>> {
    let constant = (expr.as_ref() as &dyn Any).downcast_ref::<Literal>().map(Literal::value);
    let numbers = constant.and_then(|constant| match constant.try_as_str() {
        Some(json) => {
            Value::of(json?).items()?.map(|item| Value::of(item).number().map(|number| number.real())).collect()
        }
        None => match constant.cast_to(&DataType::Float64) {
            Ok(ScalarValue::Float64(Some(number))) => Some(vec![number]),
            _ => None,
        },
    });
    match numbers {
        Some(numbers) => Ok(numbers),
        None => plan_err!("{name}: a percent must be a constant number, such as 95"),
    }
}

impl AggregateUDFImpl for Percentiles {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.answer(types)
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        let types: Vec<DataType> = fields.iter().map(|field| field.data_type().clone()).collect();
        let kind = self.answer(&types)?;
        Ok(match self.shape {
            Shape::Json => json_field(self.name()),
            _ => Arc::new(Field::new(self.name(), kind, true)),
        })
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = DataType::List(Arc::new(Field::new_list_field(DataType::Int64, true)));
        let field = |part| Arc::new(Field::new(format_state_name(args.name, part), list.clone(), true));
        Ok(vec![field("ranks"), field("weights")])
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(self.ranked(&args)?)))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.ranked(&args)?))
    }
}

/// The values of one group, with their weights if they have any.
#[derive(Debug, Clone, Default)]
struct Values {
    ranks: Vec<i64>,
    weights: Vec<i64>,
}

impl Values {
    fn held(&self) -> usize {
        (self.ranks.capacity() + self.weights.capacity()) * size_of::<i64>()
    }

    /// For each percent the value of that rank.
    fn answer(&self, percents: &[f64]) -> Vec<Option<i64>> {
        let weights = self.weights.iter().copied().chain(std::iter::repeat(1));
        let mut sorted: Vec<(i64, i64)> = self.ranks.iter().copied().zip(weights).collect();
        sorted.sort_unstable();
        let mut total = 0_i128;
        let below: Vec<i128> = sorted
            .iter()
            .map(|(_, weight)| {
                total += i128::from(*weight);
                total
            })
            .collect();
        let answer = |percent: &f64| {
            let least = percent * total as f64 / 100.0;
            let place = below.partition_point(|below| (*below as f64) < least);
            sorted.get(place).map(|(rank, _)| *rank)
        };
        percents.iter().map(answer).collect()
    }
}

/// The values of each group.
struct Ranked {
    kind: DataType,
    shape: Shape,
    weighted: bool,
    percents: Vec<f64>,
    groups: Vec<Values>,
    /// Bytes held by `groups` beyond its own length.
    held: usize,
}

impl Ranked {
    fn add(&mut self, group: usize, rank: i64, weight: i64) {
        if let Some(values) = self.groups.get_mut(group) {
            let before = values.held();
            values.ranks.push(rank);
            if self.weighted {
                values.weights.push(weight);
            }
            self.held = (self.held + values.held()).saturating_sub(before);
        }
    }

    fn emit(&mut self, emit_to: EmitTo) -> Vec<Values> {
        let groups = emit_to.take_needed(&mut self.groups);
        self.held = self.held.saturating_sub(groups.iter().map(Values::held).sum());
        groups
    }

    fn answers(&self, groups: &[Values]) -> Result<ArrayRef> {
        let ranks: Int64Array = groups.iter().flat_map(|values| values.answer(&self.percents)).collect();
        let values = from_ranks(&ranks, &self.kind)?;
        if self.shape == Shape::One {
            return Ok(values);
        }
        let item = Arc::new(Field::new_list_field(self.kind.clone(), true));
        let offsets = OffsetBuffer::from_repeated_length(self.percents.len(), groups.len());
        let lists: ArrayRef = Arc::new(ListArray::try_new(item, offsets, values, None)?);
        match self.shape {
            Shape::Json => Ok(Arc::new(lists_as_json(&lists)?)),
            _ => Ok(lists),
        }
    }
}

/// Values as whole numbers in their order; what has no place in it, null and NaN, is null.
fn to_ranks(values: &ArrayRef, kind: &DataType) -> Result<Int64Array> {
    let values = cast(values, kind)?;
    Ok(match kind {
        DataType::Float64 => {
            let numbers = values.as_primitive::<Float64Type>().iter();
            numbers.map(|number| number.filter(|number| !number.is_nan()).map(rank_of)).collect()
        }
        _ => cast(&values, &DataType::Int64)?.as_primitive::<Int64Type>().clone(),
    })
}

fn from_ranks(ranks: &Int64Array, kind: &DataType) -> Result<ArrayRef> {
    Ok(match kind {
        DataType::Float64 => Arc::new(ranks.iter().map(|rank| rank.map(number_of)).collect::<Float64Array>()),
        kind => cast(ranks, kind)?,
    })
}

/// The bits of a double, those below the sign turned over where it is negative.
fn rank_of(number: f64) -> i64 {
    let bits = number.to_bits() as i64;
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

fn number_of(rank: i64) -> f64 {
    f64::from_bits((if rank < 0 { rank ^ i64::MAX } else { rank }) as u64)
}

impl GroupsAccumulator for Ranked {
    fn update_batch(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.groups.resize_with(total, Values::default);
        let Some(values) = arguments.first() else { return internal_err!("a value was expected") };
        let ranks = to_ranks(values, &self.kind)?;
        let weights = match arguments.get(1) {
            Some(weights) if self.weighted => Some(cast(weights, &DataType::Int64)?),
            _ => None,
        };
        let weights = weights.as_ref().map(|weights| weights.as_primitive::<Int64Type>());
        for (row, &group) in groups.iter().enumerate() {
            let weight = weights.map_or(1, |weights| if weights.is_valid(row) { weights.value(row) } else { 0 });
            let passes = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            if passes && ranks.is_valid(row) && weight > 0 {
                self.add(group, ranks.value(row), weight);
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.groups.resize_with(total, Values::default);
        let [ranks, weights] = states else { return internal_err!("a state of two columns was expected") };
        let (Some(ranks), Some(weights)) = (ranks.as_list_opt::<i32>(), weights.as_list_opt::<i32>()) else {
            return internal_err!("a state of lists was expected");
        };
        for (row, &group) in groups.iter().enumerate().filter(|(row, _)| ranks.is_valid(*row)) {
            let (ranks, weights) = (ranks.value(row), weights.value(row));
            let weights = weights.as_primitive::<Int64Type>().values().iter().copied().chain(std::iter::repeat(1));
            for (rank, weight) in ranks.as_primitive::<Int64Type>().values().iter().zip(weights) {
                self.add(group, *rank, weight);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let groups = self.emit(emit_to);
        self.answers(&groups)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let groups = self.emit(emit_to);
        let item = Arc::new(Field::new_list_field(DataType::Int64, true));
        let lists = |part: fn(&Values) -> &Vec<i64>| -> Result<ArrayRef> {
            let offsets = OffsetBuffer::from_lengths(groups.iter().map(|values| part(values).len()));
            let numbers: Int64Array = groups.iter().flat_map(|values| part(values).iter().copied()).map(Some).collect();
            Ok(Arc::new(ListArray::try_new(Arc::clone(&item), offsets, Arc::new(numbers), None)?))
        };
        Ok(vec![lists(|values| &values.ranks)?, lists(|values| &values.weights)?])
    }

    fn convert_to_state(&self, arguments: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let rows = arguments.first().map_or(0, |column| column.len());
        let (kind, percents) = (self.kind.clone(), self.percents.clone());
        let mut one_a_row =
            Self { kind, shape: self.shape, weighted: self.weighted, percents, groups: Vec::new(), held: 0 };
        one_a_row.update_batch(arguments, &(0..rows).collect::<Vec<_>>(), filter, rows)?;
        one_a_row.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.held + self.groups.capacity() * size_of::<Values>()
    }
}

impl Groups for Ranked {
    fn name(&self) -> &'static str {
        "percentile"
    }

    fn first(&self) -> Result<ScalarValue> {
        let nothing = Values::default();
        let first = self.groups.first().unwrap_or(&nothing);
        ScalarValue::try_from_array(&self.answers(std::slice::from_ref(first))?, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::{answers, fails, refuses};

    #[tokio::test]
    async fn nearest_ranks() {
        const ROWS: &str = "FROM (VALUES (1.5::double), (2.25), ('NaN'::double), (NULL)) AS t(x)";
        for (expression, answer) in [
            (format!("percentile(x, 50), percentile(x, 51), percentile(x, 0), percentile(x, 100) {ROWS}"), "1.5, 2.25, 1.5, 2.25"),
            ("percentiles(x, 5, 7, 99.9) FROM generate_series(1, 1000) AS t(x)".to_owned(), "[50, 70, 999]"),
            ("percentile(x, 50), percentiles(x, 50, 90), percentiles_array(x, 50, 90) FROM (SELECT 1 AS x) WHERE x > 1".to_owned(), "NULL, [NULL, NULL], [null,null]"),
            ("percentile(-x, 30), percentile(-x / 2.0, 30) FROM generate_series(1, 10) AS t(x)".to_owned(), "-8, -4.0"),
            ("percentile(t, 50) FROM (VALUES (TIMESTAMP '2024-01-01'), (TIMESTAMP '2024-01-03')) AS t(t)".to_owned(), "2024-01-01T00:00:00"),
            ("percentiles_array(t, 50) FROM (VALUES (TIMESTAMP '2024-01-01')) AS t(t)".to_owned(), r#"["2024-01-01T00:00:00.0000000Z"]"#),
            ("arrow_typeof(percentile(arrow_cast(1, 'Int32'), 5)), arrow_typeof(percentile(1.5, 5))".to_owned(), "Int64, Float64"),
            ("g, percentile(x, 50) FROM (VALUES ('a', 1), ('a', 9), ('b', NULL)) AS t(g, x) GROUP BY g ORDER BY g".to_owned(), "a, 1; b, NULL"),
        ] {
            answers(&expression, answer).await;
        }
    }

    #[tokio::test]
    async fn weights() {
        const ROWS: &str = "FROM (VALUES (10, 8), (20, 6), (30, 3), (40, 1), (50, 0), (60, -5), (70, NULL)) AS t(x, n)";
        answers(&format!("percentilesw(x, n, 50, 75, 99.9), percentilew(x, n, 100) {ROWS}"), "[20, 20, 40], 40").await;
        answers("percentilew(x, 9223372036854775807, 50) FROM (VALUES (1), (2), (3)) AS t(x)", "2").await;
    }

    #[tokio::test]
    async fn wrong_arguments_are_refused() {
        refuses("percentile('a', 5)", "percentile: argument 1 must be a number, a time or a time span").await;
        refuses("percentilew(1, 1.5, 5)", "percentilew: argument 2, the weight, must be a whole number").await;
        fails("percentile(x, 101) FROM (VALUES (1)) AS t(x)", "percentile: a percent must be from 0 to 100, not 101")
            .await;
        fails("percentile(x, x) FROM (VALUES (1)) AS t(x)", "percentile: a percent must be a constant number").await;
    }

    #[test]
    fn ranks_are_in_the_order_of_numbers() {
        let numbers = [f64::NEG_INFINITY, -1e300, -1.5, -0.0, 0.0, 1e-300, 2.0, f64::INFINITY];
        assert!(numbers.windows(2).all(|pair| rank_of(pair[0]) < rank_of(pair[1])));
        assert!(numbers.iter().all(|number| number_of(rank_of(*number)).to_bits() == number.to_bits()));
    }

    #[test]
    fn states_are_as_good_as_rows_and_sizes_are_given_back() -> Result<()> {
        let make = || Ranked {
            kind: DataType::Int64,
            shape: Shape::One,
            weighted: true,
            percents: vec![50.0],
            groups: Vec::new(),
            held: 0,
        };
        let values: [ArrayRef; 2] =
            [Arc::new(Int64Array::from(vec![3, 1, 2, 7])), Arc::new(Int64Array::from(vec![1, 1, 5, 1]))];
        let (groups, filter) = ([0, 0, 0, 1], BooleanArray::from(vec![Some(true), Some(true), Some(true), None]));
        let (mut whole, mut merged, mut converted) = (make(), make(), make());
        whole.update_batch(&values, &groups, Some(&filter), 2)?;
        converted.merge_batch(&make().convert_to_state(&values, Some(&filter))?, &groups, 2)?;
        merged.merge_batch(&whole.state(EmitTo::First(1))?, &[0], 2)?;
        merged.merge_batch(&whole.state(EmitTo::All)?, &[1], 2)?;
        let expected: ArrayRef = Arc::new(Int64Array::from(vec![Some(2), None]));
        assert_eq!(&converted.evaluate(EmitTo::All)?, &expected);
        assert_eq!(&merged.evaluate(EmitTo::All)?, &expected);
        assert_eq!((whole.held, merged.held, converted.held), (0, 0, 0));
        Ok(())
    }
}
