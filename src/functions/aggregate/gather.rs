//! Aggregates that keep one value a group which has a JSON form: that form is the state which parts of a plan hand on,
//! and the answer. What is kept and how it grows is a [`Gathered`] of its family.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray, StringViewBuilder},
        compute::cast,
        datatypes::{DataType, Field, FieldRef},
    },
    common::{Result, ScalarValue, internal_err},
    logical_expr::{ColumnarValue, EmitTo, GroupsAccumulator, utils::format_state_name},
};

use crate::functions::{
    call::{Cell, Cells},
    rows::Groups,
};

/// What is kept of one group.
pub(super) trait Gathered: Clone + Send + Sync + 'static {
    /// The aggregate's name, for messages.
    const NAME: &'static str;

    /// Takes in a row: the values of its columns.
    fn absorb(&mut self, values: &[Cell]);

    /// Takes in what another of the kind wrote.
    fn merge(&mut self, state: &str);

    /// Appends itself as JSON.
    fn write(&self, out: &mut String);

    /// Whether it is null, and not written.
    fn is_nothing(&self) -> bool {
        false
    }

    /// Bytes held beyond its own size.
    fn held(&self) -> usize;
}

/// What is kept of each group.
pub(super) struct Gather<T> {
    groups: Vec<T>,
    /// Which arguments are JSON.
    dynamic: Vec<bool>,
    /// How many of the arguments are values of rows.
    columns: usize,
    held: usize,
    /// What a group begins with.
    nothing: T,
}

/// The state: one JSON text.
pub(super) fn state_fields(name: &str) -> Vec<FieldRef> {
    vec![Arc::new(Field::new(format_state_name(name, "gathered"), DataType::Utf8View, true))]
}

impl<T: Gathered> Gather<T> {
    /// No group yet; each begins with `nothing`. `dynamic` says for each value of a row whether it is JSON.
    pub fn new(nothing: T, dynamic: Vec<bool>) -> Self {
        Self { groups: Vec::new(), columns: dynamic.len(), dynamic, held: 0, nothing }
    }

    fn resize(&mut self, total: usize) {
        let nothing = &self.nothing;
        self.groups.resize_with(total, || nothing.clone());
    }

    fn change(&mut self, group: usize, change: impl FnOnce(&mut T)) {
        if let Some(kept) = self.groups.get_mut(group) {
            let before = kept.held();
            change(kept);
            self.held = (self.held + kept.held()).saturating_sub(before);
        }
    }

    fn write(groups: &[T]) -> Result<StringViewArray> {
        let (mut builder, mut json) = (StringViewBuilder::with_capacity(groups.len()), String::new());
        for group in groups {
            if group.is_nothing() {
                builder.append_null();
                continue;
            }
            json.clear();
            group.write(&mut json);
            builder.try_append_value(&json)?;
        }
        Ok(builder.finish())
    }

    fn cells<'a>(&self, values: &'a [ColumnarValue]) -> Result<Vec<Cells<'a>>> {
        let cells = |(place, value)| Cells::of(T::NAME, value, self.dynamic.get(place).copied().unwrap_or_default());
        values.iter().enumerate().map(cells).collect()
    }

    fn columns(&self, values: &[ArrayRef]) -> Vec<ColumnarValue> {
        values.iter().take(self.columns).map(|column| ColumnarValue::Array(Arc::clone(column))).collect()
    }
}

impl<T: Gathered> GroupsAccumulator for Gather<T> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.resize(total);
        let columns = self.columns(values);
        let cells = self.cells(&columns)?;
        for (row, &group) in groups.iter().enumerate() {
            if filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row)) {
                let values: Vec<Cell> = cells.iter().map(|cells| cells.get(row)).collect();
                self.change(group, |kept| kept.absorb(&values));
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.resize(total);
        let [states] = states else { return internal_err!("a state of one column was expected") };
        let states = cast(states, &DataType::Utf8View)?;
        for (state, &group) in states.as_string_view().iter().zip(groups) {
            if let Some(state) = state {
                self.change(group, |kept| kept.merge(state));
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let groups = emit_to.take_needed(&mut self.groups);
        self.held = self.held.saturating_sub(groups.iter().map(T::held).sum());
        Ok(Arc::new(Self::write(&groups)?))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit_to)?])
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, |column| column.len());
        let mut one_a_row = Self::new(self.nothing.clone(), self.dynamic.clone());
        one_a_row.update_batch(values, &(0..rows).collect::<Vec<_>>(), filter, rows)?;
        one_a_row.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.held + self.groups.capacity() * size_of::<T>()
    }
}

impl<T: Gathered> Groups for Gather<T> {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn first(&self) -> Result<ScalarValue> {
        let first = self.groups.first().unwrap_or(&self.nothing);
        ScalarValue::try_from_array(&Self::write(std::slice::from_ref(first))?, 0)
    }
}
