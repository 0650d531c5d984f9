//! Lists of values as JSON arrays: `kusto_make_list`, `kusto_make_set`, `make_list_with_nulls`.
//!
//! They collect as `make_list`, `make_set` and `array_agg` do, and write the list as Kusto would: a datetime inside a
//! dynamic is a string. Of dynamic arrays `kusto_make_list` and `kusto_make_set` take the elements one by one, as Kusto does: its reference
//! prints so of sets, of H3 rings, and of polygons that are wrapped once more to outlast it.

use std::{cmp::Ordering, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, StringViewArray, StringViewBuilder, UInt32Array},
        buffer::{NullBuffer, OffsetBuffer},
        compute::take,
        datatypes::{DataType, Field, FieldRef},
    },
    common::{Result, ScalarValue, internal_datafusion_err, internal_err, plan_err},
    functions_aggregate::array_agg::array_agg_udaf,
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, EmitTo, GroupsAccumulator,
        function::{AccumulatorArgs, StateFieldsArgs},
        utils::AggregateOrderSensitivity,
    },
};
use datafusion_functions_json::json_field_metadata;

use crate::{
    functions::{
        call::{Cells, is_dynamic},
        definition::{Definition, Section, Words, defined},
        list, set,
    },
    json::value::{Value, Writer},
};

/// Kusto's greatest length of a list.
const MOST: usize = 1 << 20;

/// The functions of this family.
pub(super) fn functions() -> Vec<AggregateUDF> {
    let only = |mut family: Vec<AggregateUDF>| family.pop().map_or_else(array_agg_udaf, Arc::new);
    let function = |syntax, description, example, arity, kind, inner| {
        let definition =
            Definition::new(Words { section: Section::Aggregate, syntax, description, example }, (1, Some(arity)));
        AggregateUDF::from(AsJson { definition, kind, inner })
    };
    vec![
        function(
            "kusto_make_list(value [, most] [ORDER BY …])",
            "The values of the group as a JSON array, at most so many of them and never more than 1048576. NULLs are \
             left out; of JSON arrays the elements are taken.",
            ("SELECT kusto_make_list(x ORDER BY x) FROM (VALUES ('b'), ('a'), (NULL)) AS t(x)", r#"["a","b"]"#),
            2,
            Kind::List,
            only(list::functions()),
        ),
        function(
            "kusto_make_set(value [, most])",
            "The different values of the group as a sorted JSON array, at most so many of them and never more than \
             1048576. NULLs are left out; of JSON arrays the elements are taken.",
            ("SELECT kusto_make_set(x) FROM (VALUES (2), (1), (NULL), (2)) AS t(x)", "[1,2]"),
            2,
            Kind::Set,
            only(set::functions()),
        ),
        function(
            "make_list_with_nulls(value [ORDER BY …])",
            "The values of the group as a JSON array, NULLs included.",
            ("SELECT make_list_with_nulls(x ORDER BY x) FROM (VALUES (2), (1), (NULL)) AS t(x)", "[1,2,null]"),
            1,
            Kind::ListWithNulls,
            array_agg_udaf(),
        ),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    List,
    ListWithNulls,
    Set,
}

/// An aggregate that answers a list, written as JSON.
#[derive(Debug, PartialEq, Eq, Hash)]
struct AsJson {
    definition: Definition,
    kind: Kind,
    inner: Arc<AggregateUDF>,
}

impl AsJson {
    /// What is done to go into the aggregate and to come out of it.
    fn way(&self, fields: &[FieldRef]) -> Way {
        let dynamic = fields.first().is_some_and(|field| is_dynamic(field));
        Way {
            dynamic,
            elements: dynamic && self.kind != Kind::ListWithNulls,
            sorted: dynamic && self.kind == Kind::Set,
        }
    }

    fn with_inner<T>(&self, args: &AccumulatorArgs, call: impl FnOnce(AccumulatorArgs) -> Result<T>) -> Result<T> {
        call(AccumulatorArgs {
            return_field: self.inner.return_field(args.expr_fields.get(..1).unwrap_or_default())?,
            schema: args.schema,
            ignore_nulls: args.ignore_nulls,
            order_bys: args.order_bys,
            is_reversed: args.is_reversed,
            name: args.name,
            is_distinct: args.is_distinct,
            exprs: args.exprs,
            expr_fields: args.expr_fields,
        })
    }
}

/// The field of a JSON array that is never null.
pub(super) fn json_field(name: &str) -> FieldRef {
    Arc::new(Field::new(name, DataType::Utf8View, false).with_metadata(json_field_metadata()))
}

impl AggregateUDFImpl for AsJson {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [value, ..] = types else { return plan_err!("{}: the value is missing", self.name()) };
        self.inner.return_type(std::slice::from_ref(value))?;
        Ok(DataType::Utf8View)
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        let types: Vec<DataType> = fields.iter().map(|field| field.data_type().clone()).collect();
        self.return_type(&types)?;
        Ok(json_field(self.name()))
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn default_value(&self, _: &DataType) -> Result<ScalarValue> {
        Ok(ScalarValue::Utf8View(Some("[]".to_owned())))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let return_field = self.inner.return_field(args.input_fields.get(..1).unwrap_or_default())?;
        self.inner.state_fields(StateFieldsArgs { return_field, ..args })
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.inner.order_sensitivity()
    }

    fn with_beneficial_ordering(self: Arc<Self>, ordered: bool) -> Result<Option<Arc<dyn AggregateUDFImpl>>> {
        let Some(inner) = self.inner.as_ref().clone().with_beneficial_ordering(ordered)? else { return Ok(None) };
        let definition = self.definition.clone();
        Ok(Some(Arc::new(Self { definition, kind: self.kind, inner: Arc::new(inner) })))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let inner = self.with_inner(&args, |args| self.inner.accumulator(args))?;
        Ok(Box::new(One { inner, way: self.way(args.expr_fields) }))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        self.with_inner(&args, |args| Ok(self.inner.groups_accumulator_supported(args))).unwrap_or(false)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        let inner = self.with_inner(&args, |args| self.inner.create_groups_accumulator(args))?;
        Ok(Box::new(Many { inner, way: self.way(args.expr_fields) }))
    }
}

#[derive(Debug, Clone, Copy)]
struct Way {
    /// Values are JSON already.
    dynamic: bool,
    /// Arrays are taken element by element.
    elements: bool,
    /// The list is written in the order of its elements.
    sorted: bool,
}

impl Way {
    /// Lists as JSON arrays.
    fn write(self, lists: &ListArray) -> Result<StringViewArray> {
        let values = ColumnarValue::Array(Arc::clone(lists.values()));
        let cells = Cells::of("a list", &values, self.dynamic)?;
        let (mut builder, mut json) = (StringViewBuilder::with_capacity(lists.len()), String::new());
        for (row, bounds) in lists.value_offsets().windows(2).enumerate() {
            json.clear();
            let mut array = Writer::array(&mut json);
            if let (true, &[start, end]) = (lists.is_valid(row), bounds) {
                let mut items: Vec<usize> = (start as usize..end as usize).take(MOST).collect();
                if let (true, Some(texts)) = (self.sorted, lists.values().as_string_view_opt()) {
                    items.sort_by(|a, b| element_order(texts.value(*a), texts.value(*b)));
                }
                items.into_iter().for_each(|item| array.write(|out| cells.get(item).push_json(out)));
            }
            array.end();
            builder.try_append_value(&json)?;
        }
        Ok(builder.finish())
    }

    /// The elements of arrays, and for each the row it comes from.
    fn elements(values: &ArrayRef) -> Result<(StringViewArray, UInt32Array)> {
        let arrays = datafusion::arrow::compute::cast(values, &DataType::Utf8View)?;
        let (mut texts, mut rows) = (StringViewBuilder::new(), Vec::new());
        for (row, json) in (0_u32..).zip(arrays.as_string_view()).filter_map(|(row, json)| Some((row, json?))) {
            let value = Value::of(json);
            let items: Vec<&str> = value.items().map_or_else(|| vec![json], Iterator::collect);
            for item in items.into_iter().filter(|item| Value::of(item) != Value::Null) {
                texts.try_append_value(item)?;
                rows.push(row);
            }
        }
        Ok((texts.finish(), rows.into()))
    }

    /// The arguments as the aggregate inside wants them, and the rows they come from if they are other rows.
    fn enter(self, columns: &[ArrayRef]) -> Result<(Vec<ArrayRef>, Option<UInt32Array>)> {
        let (Some((values, others)), true) = (columns.split_first(), self.elements) else {
            return Ok((columns.to_vec(), None));
        };
        let (elements, rows) = Self::elements(values)?;
        let elements: ArrayRef = Arc::new(elements);
        let others = others.iter().map(|column| Ok(take(column, &rows, None)?));
        let columns = std::iter::once(Ok(elements)).chain(others).collect::<Result<_>>()?;
        Ok((columns, Some(rows)))
    }
}

/// Numbers by their size before all others by their text.
fn element_order(a: &str, b: &str) -> Ordering {
    let number = |text| Value::of(text).number().map(|number| number.real());
    match (number(a), number(b)) {
        (Some(left), Some(right)) => left.total_cmp(&right).then_with(|| a.cmp(b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

fn as_list(lists: &ArrayRef) -> Result<&ListArray> {
    lists.as_list_opt().ok_or_else(|| internal_datafusion_err!("lists were expected, not {}", lists.data_type()))
}

#[derive(Debug)]
struct One {
    inner: Box<dyn Accumulator>,
    way: Way,
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.update_batch(&self.way.enter(values)?.0)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let lists = self.inner.evaluate()?.to_array()?;
        ScalarValue::try_from_array(&self.way.write(as_list(&lists)?)?, 0)
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

struct Many {
    inner: Box<dyn GroupsAccumulator>,
    way: Way,
}

impl GroupsAccumulator for Many {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        let (columns, rows) = self.way.enter(values)?;
        let Some(rows) = rows else { return self.inner.update_batch(&columns, groups, filter, total) };
        let groups: Option<Vec<usize>> = rows.values().iter().map(|row| groups.get(*row as usize).copied()).collect();
        let Some(groups) = groups else { return internal_err!("a group for each row was expected") };
        let filter = filter.map(|filter| take(filter, &rows, None)).transpose()?;
        self.inner.update_batch(&columns, &groups, filter.as_ref().and_then(|filter| filter.as_boolean_opt()), total)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let lists = self.inner.evaluate(emit_to)?;
        Ok(Arc::new(self.way.write(as_list(&lists)?)?))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.inner.merge_batch(states, groups, total)
    }

    /// Elements become lists of their rows: the state is a list a row.
    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let (columns, rows) = self.way.enter(values)?;
        let (Some(rows), Some(elements)) = (rows, columns.first()) else {
            return self.inner.convert_to_state(values, filter);
        };
        let mut lengths = vec![0; values.first().map_or(0, |column| column.len())];
        for row in rows.values() {
            if let Some(length) = lengths.get_mut(*row as usize) {
                *length += 1;
            }
        }
        let passed = filter.map(|filter| NullBuffer::from_iter(filter.iter().map(|row| row == Some(true))));
        let item = Arc::new(Field::new_list_field(DataType::Utf8View, true));
        let lists = ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), Arc::clone(elements), passed)?;
        Ok(vec![Arc::new(lists)])
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}

#[cfg(test)]
mod tests {
    use datafusion::{
        arrow::array::{Int64Array, RecordBatch},
        arrow::datatypes::Schema,
        datasource::MemTable,
    };

    use super::*;
    use crate::functions::testing::{answers, context_without_rows, fails, rows};

    #[tokio::test]
    async fn values_are_written_as_in_dynamics() {
        for (expression, answer) in [
            ("kusto_make_list(x) FROM (VALUES (true)) AS t(x)", "[true]"),
            ("kusto_make_list(x) FROM (VALUES (1.5)) AS t(x)", "[1.5]"),
            ("kusto_make_list(x) FROM (VALUES (2.0::double)) AS t(x)", "[2.0]"),
            ("kusto_make_list(x) FROM (VALUES ('a\"b')) AS t(x)", r#"["a\"b"]"#),
            (
                "kusto_make_set(x) FROM (VALUES (TIMESTAMP '2024-01-02 03:04:05')) AS t(x)",
                r#"["2024-01-02T03:04:05.0000000Z"]"#,
            ),
            (
                "kusto_make_list(x) FROM (SELECT arrow_cast(86400000000000, 'Duration(Nanosecond)') AS x)",
                r#"["1.00:00:00"]"#,
            ),
            ("arrow_typeof(kusto_make_list(x)) FROM (VALUES (1)) AS t(x)", "Utf8View"),
        ] {
            answers(expression, answer).await;
        }
    }

    #[tokio::test]
    async fn nulls_bounds_and_nothing() {
        const ROWS: &str = "FROM (VALUES ('a', 3), ('a', 1), ('a', 3), ('b', NULL)) AS t(g, x)";
        for (expression, answer) in [
            (
                "kusto_make_list(x ORDER BY x), kusto_make_set(x), make_list_with_nulls(x ORDER BY x)",
                "[1,3,3], [1,3], [1,3,3,null]",
            ),
            ("kusto_make_list(x, 2 ORDER BY x), kusto_make_set(x, 1), kusto_make_list(x, 0)", "[1,3], [1], []"),
            (
                "kusto_make_list(x) FILTER (WHERE x > 9), kusto_make_set(x) FILTER (WHERE x > 9), make_list_with_nulls(x) FILTER (WHERE x > 9)",
                "[], [], []",
            ),
        ] {
            answers(&format!("{expression} {ROWS}"), answer).await;
        }
        answers(
            &format!("g, kusto_make_list(x), kusto_make_set(x), make_list_with_nulls(x) {ROWS} GROUP BY g ORDER BY g"),
            "a, [3,1,3], [1,3], [3,1,3]; b, [], [], [null]",
        )
        .await;
        fails(&format!("kusto_make_list(x, x) {ROWS}"), "argument 2, the greatest number of values").await;
    }

    /// A table of two columns, `g` and the JSON `j`, in two partitions of one-row batches.
    async fn over_json(query: &str, values: &[(i64, Option<&str>)]) -> Result<Vec<String>> {
        let fields = vec![
            Field::new("g", DataType::Int64, false),
            Field::new("j", DataType::Utf8View, true).with_metadata(json_field_metadata()),
        ];
        let schema = Arc::new(Schema::new(fields));
        let batch = |(g, j): &(i64, Option<&str>)| {
            let columns: Vec<ArrayRef> =
                vec![Arc::new(Int64Array::from(vec![*g])), Arc::new(StringViewArray::from(vec![*j]))];
            Ok(RecordBatch::try_new(Arc::clone(&schema), columns)?)
        };
        let batches = values.iter().map(batch).collect::<Result<Vec<_>>>()?;
        let (left, right) = batches.split_at(batches.len() / 2);
        let context = context_without_rows();
        let table = MemTable::try_new(Arc::clone(&schema), vec![left.to_vec(), right.to_vec()])?;
        context.register_table("t", Arc::new(table))?;
        rows(&context, query).await
    }

    #[tokio::test]
    async fn sets_of_arrays_are_sets_of_their_elements() -> Result<()> {
        let values = [
            (1, Some(r#"["A1","A2","A3"]"#)),
            (2, Some("[10,2,null]")),
            (1, Some(r#"["A2","C1"]"#)),
            (2, Some("2")),
            (1, None),
            (2, Some(r#"{"k":[1]}"#)),
        ];
        let expected = [r#"1, ["A1","A2","A3","C1"]"#, r#"2, [2,10,{"k":[1]}]"#];
        assert_eq!(over_json("SELECT g, kusto_make_set(j) FROM t GROUP BY g ORDER BY g", &values).await?, expected);
        assert_eq!(
            over_json("SELECT kusto_make_set(j) FILTER (WHERE g = 1) FROM t", &values).await?,
            [r#"["A1","A2","A3","C1"]"#]
        );
        Ok(())
    }

    #[tokio::test]
    async fn lists_of_arrays_are_lists_of_their_elements() -> Result<()> {
        let values =
            [(1, Some("[10,2,null]")), (2, Some(r#"{"k":[1]}"#)), (3, None), (4, Some("[[2],2]")), (5, Some("[]"))];
        for (call, expected) in [
            ("kusto_make_list(j ORDER BY g)", r#"[10,2,{"k":[1]},[2],2]"#),
            ("kusto_make_list(j ORDER BY g DESC)", r#"[[2],2,{"k":[1]},10,2]"#),
            ("kusto_make_list(j, 2)", "[10,2]"),
            ("make_list_with_nulls(j ORDER BY g)", r#"[[10,2,null],{"k":[1]},null,[[2],2],[]]"#),
        ] {
            assert_eq!(over_json(&format!("SELECT {call} FROM t"), &values).await?, [expected], "{call}");
        }
        Ok(())
    }

    #[test]
    fn a_state_a_row_is_as_good_as_the_rows() -> Result<()> {
        let schema = Schema::empty();
        let make = || -> Result<Box<dyn GroupsAccumulator>> {
            let Some(set) = functions().into_iter().find(|function| function.name() == "kusto_make_set") else {
                return internal_err!("kusto_make_set");
            };
            let field: FieldRef =
                Arc::new(Field::new("j", DataType::Utf8View, true).with_metadata(json_field_metadata()));
            set.create_groups_accumulator(AccumulatorArgs {
                return_field: set.return_field(&[Arc::clone(&field)])?,
                schema: &schema,
                ignore_nulls: false,
                order_bys: &[],
                is_reversed: false,
                name: "s",
                is_distinct: false,
                exprs: &[],
                expr_fields: &[field],
            })
        };
        let values: [ArrayRef; 1] =
            [Arc::new(StringViewArray::from(vec![Some("[1,2]"), None, Some("[3]"), Some("[2]")]))];
        let (groups, filter) = ([0, 0, 1, 0], BooleanArray::from(vec![Some(true), Some(true), None, Some(true)]));
        let (mut whole, mut converted) = (make()?, make()?);
        whole.update_batch(&values, &groups, Some(&filter), 2)?;
        let states = make()?.convert_to_state(&values, Some(&filter))?;
        converted.merge_batch(&states, &groups, 2)?;
        let expected: ArrayRef = Arc::new(StringViewArray::from(vec!["[1,2]", "[]"]));
        assert_eq!(&whole.evaluate(EmitTo::All)?, &expected);
        assert_eq!(&converted.evaluate(EmitTo::All)?, &expected);
        Ok(())
    }
}
