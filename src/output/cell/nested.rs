//! Lists, objects, maps and unions: values made of columns, written as JSON.

use std::ops::Range;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::buffer::ScalarBuffer;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::arrow::error::ArrowError;

use super::Column;
use super::escape::json_key;

/// The cells of a nested type.
pub(super) enum Nested {
    /// For each row its items' places in a column.
    List { rows: Vec<Range<usize>>, items: Box<Column> },
    /// For each field its key, as JSON with a colon, and its column.
    Object(Vec<(Vec<u8>, Column)>),
    /// For each row its entries' places in two columns.
    Map { rows: Vec<Range<usize>>, keys: Box<Column>, values: Box<Column> },
    /// For each row the type and place of its value. A union should not get here, but a value has to be shown if one does.
    Union { types: ScalarBuffer<i8>, places: Option<ScalarBuffer<i32>>, columns: Vec<(i8, Column)> },
}

impl Nested {
    /// # Errors
    /// Arrow's, also for a type that is not nested.
    pub(super) fn new(array: &ArrayRef) -> Result<Self, ArrowError> {
        match array.data_type() {
            DataType::List(item) => {
                let list = array.as_list::<i32>();
                Self::list(from_offsets(list.value_offsets()), item, list.values())
            }
            DataType::LargeList(item) => {
                let list = array.as_list::<i64>();
                Self::list(from_offsets(list.value_offsets()), item, list.values())
            }
            DataType::ListView(item) => {
                let list = array.as_list_view::<i32>();
                Self::list(from_sizes(list.value_offsets(), list.value_sizes()), item, list.values())
            }
            DataType::LargeListView(item) => {
                let list = array.as_list_view::<i64>();
                Self::list(from_sizes(list.value_offsets(), list.value_sizes()), item, list.values())
            }
            DataType::FixedSizeList(item, _) => {
                let list = array.as_fixed_size_list();
                let size = place(list.value_length());
                let rows = (0..list.len()).map(|row| row * size..(row + 1) * size).collect();
                Self::list(rows, item, list.values())
            }
            DataType::Struct(fields) => {
                let columns = fields.iter().zip(array.as_struct().columns());
                columns
                    .map(|(field, column)| Ok((json_key(field.name()), Column::new(field, column)?)))
                    .collect::<Result<_, _>>()
                    .map(Self::Object)
            }
            DataType::Map(_, _) => {
                let map = array.as_map();
                let (key_field, value_field) = map.entries_fields();
                Ok(Self::Map {
                    rows: from_offsets(map.value_offsets()),
                    keys: Box::new(Column::new(key_field, map.keys())?),
                    values: Box::new(Column::new(value_field, map.values())?),
                })
            }
            DataType::Union(fields, _) => {
                let union = array.as_union();
                let columns = fields.iter().map(|(id, field)| Ok((id, Column::new(field, union.child(id))?)));
                Ok(Self::Union {
                    types: union.type_ids().clone(),
                    places: union.offsets().cloned(),
                    columns: columns.collect::<Result<_, ArrowError>>()?,
                })
            }
            other => Err(ArrowError::NotYetImplemented(format!("text for values of type {other}"))),
        }
    }

    fn list(rows: Vec<Range<usize>>, item: &Field, items: &ArrayRef) -> Result<Self, ArrowError> {
        Ok(Self::List { rows, items: Box::new(Column::new(item, items)?) })
    }

    /// Writes the cell as JSON, or a union's text as text.
    pub(super) fn text(&self, row: usize, out: &mut Vec<u8>) {
        match self.union_cell(row) {
            Some((column, place)) => column.text(place, out),
            None => self.json(row, out),
        }
    }

    pub(super) fn json(&self, row: usize, out: &mut Vec<u8>) {
        match self {
            Self::List { rows, items } => {
                sequence(b"[]", rows[row].clone(), out, |item, out| items.json(item, out));
            }
            Self::Object(fields) => sequence(b"{}", fields, out, |(key, column), out| {
                out.extend_from_slice(key);
                column.json(row, out);
            }),
            Self::Map { rows, keys, values } => sequence(b"{}", rows[row].clone(), out, |entry, out| {
                let mut text = Vec::new();
                keys.text(entry, &mut text);
                out.extend_from_slice(&json_key(&String::from_utf8_lossy(&text)));
                values.json(entry, out);
            }),
            Self::Union { .. } => match self.union_cell(row) {
                Some((column, place)) => column.json(place, out),
                None => out.extend_from_slice(b"null"),
            },
        }
    }

    fn union_cell(&self, row: usize) -> Option<(&Column, usize)> {
        let Self::Union { types, places, columns } = self else { return None };
        let (_, column) = columns.iter().find(|(id, _)| *id == types[row])?;
        Some((column, places.as_ref().map_or(row, |places| place(places[row]))))
    }
}

/// Writes items between brackets and commas.
fn sequence<T>(
    brackets: &[u8; 2],
    items: impl IntoIterator<Item = T>,
    out: &mut Vec<u8>,
    mut put: impl FnMut(T, &mut Vec<u8>),
) {
    out.push(brackets[0]);
    for (index, item) in items.into_iter().enumerate() {
        if index != 0 {
            out.push(b',');
        }
        put(item, out);
    }
    out.push(brackets[1]);
}

fn from_offsets<O: Copy + TryInto<usize>>(offsets: &[O]) -> Vec<Range<usize>> {
    offsets.windows(2).map(|pair| place(pair[0])..place(pair[1])).collect()
}

fn from_sizes<O: Copy + TryInto<usize>>(offsets: &[O], sizes: &[O]) -> Vec<Range<usize>> {
    offsets.iter().zip(sizes).map(|(&start, &size)| place(start)..place(start) + place(size)).collect()
}

/// Arrow keeps places as signed numbers and guarantees that they are not negative.
fn place(value: impl TryInto<usize>) -> usize {
    value.try_into().unwrap_or(0)
}
