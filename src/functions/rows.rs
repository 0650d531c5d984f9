//! What aggregates keep of values of any type: rows of bytes (Arrow's row format), which compare like the values.

use std::{fmt, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, new_null_array},
        compute::{SortOptions, cast},
        datatypes::DataType,
        row::{OwnedRow, Row, RowConverter, Rows, SortField},
    },
    common::{Result, ScalarValue, internal_err, plan_err},
    logical_expr::{Accumulator, EmitTo, GroupsAccumulator},
};

/// Refuses types that have no row format.
pub(super) fn check_kept(function: &str, kinds: &[&DataType]) -> Result<()> {
    let fields: Vec<SortField> = kinds.iter().map(|&kind| SortField::new(kind.clone())).collect();
    if RowConverter::supports_fields(&fields) {
        return Ok(());
    }
    plan_err!(
        "{function}: cannot work on values of type {}",
        kinds.iter().map(|kind| kind.to_string()).collect::<Vec<_>>().join(" and ")
    )
}

/// A column as rows of bytes, and back.
pub(super) struct Column {
    kind: DataType,
    converter: RowConverter,
    null: OwnedRow,
}

impl Column {
    pub fn new(kind: &DataType, options: SortOptions) -> Result<Self> {
        let converter = RowConverter::new(vec![SortField::new_with_options(kind.clone(), options)])?;
        let null = converter.convert_columns(&[new_null_array(kind, 1)])?.row(0).owned();
        Ok(Self { kind: kind.clone(), converter, null })
    }

    pub fn kind(&self) -> &DataType {
        &self.kind
    }

    /// The values as rows.
    pub fn rows(&self, values: &ArrayRef) -> Result<Rows> {
        Ok(self.converter.convert_columns(&[Arc::clone(values)])?)
    }

    /// Rows of this column as values.
    pub fn values<'r>(&self, rows: impl Iterator<Item = Row<'r>>) -> Result<ArrayRef> {
        let Some(array) = self.converter.convert_rows(rows)?.pop() else {
            return internal_err!("one column of rows gave none");
        };
        // Dictionaries come back as the values they stand for.
        if *array.data_type() == self.kind { Ok(array) } else { Ok(cast(&array, &self.kind)?) }
    }

    /// The same, where a row may be missing.
    pub fn values_or_null<'r>(&'r self, rows: impl Iterator<Item = Option<&'r OwnedRow>>) -> Result<ArrayRef> {
        self.values(rows.map(|row| row.unwrap_or(&self.null).row()))
    }

    /// Bytes of [`Row`]s of this column as values.
    pub fn values_of_bytes<'r>(&self, rows: impl Iterator<Item = &'r [u8]>) -> Result<ArrayRef> {
        let parser = self.converter.parser();
        let rows: Vec<&[u8]> = rows.collect();
        self.values(rows.into_iter().map(|bytes| parser.parse(bytes)))
    }

    pub fn size(&self) -> usize {
        self.converter.size()
    }
}

/// An aggregate of many groups that can also show the first of them and go on.
pub(super) trait Groups: GroupsAccumulator + Sync {
    /// The name, for messages.
    fn name(&self) -> &'static str;

    /// What `evaluate` would give for the first group, without giving it up. There may be no group yet.
    fn first(&self) -> Result<ScalarValue>;
}

/// An aggregate of one group, made of one of many.
pub(super) struct OneGroup<G>(pub G);

impl<G: Groups> fmt::Debug for OneGroup<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl<G: Groups> Accumulator for OneGroup<G> {
    fn update_batch(&mut self, arguments: &[ArrayRef]) -> Result<()> {
        let rows = arguments.first().map_or(0, |array| array.len());
        self.0.update_batch(arguments, &vec![0; rows], None, 1)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = states.first().map_or(0, |array| array.len());
        self.0.merge_batch(states, &vec![0; rows], 1)
    }

    /// Asked again after more rows by a window that grows.
    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.first()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        // Without rows there is no group yet.
        let none: Vec<ArrayRef> = self.0.state(EmitTo::First(0))?;
        self.0.merge_batch(&none, &[], 1)?;
        let state = self.0.state(EmitTo::All)?;
        state.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}
