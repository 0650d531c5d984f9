//! Functions with several answers a row: a struct of them, or one JSON object.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, Float64Array, Int64Array, StringViewBuilder, StructArray},
        buffer::NullBuffer,
        datatypes::DataType,
    },
    common::{Result, internal_err},
};

use super::numbers::{push_items, push_reals};
use crate::{
    functions::call::{Answer, Call, Cell},
    json::value::{Number, Writer},
};

/// The names and types of a row's answers.
pub(super) type Names = &'static [(&'static str, Answer)];

/// One of a row's answers.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Real(f64),
    Long(i64),
    /// A series of doubles.
    Reals(Vec<f64>),
    /// A series of whole numbers.
    Longs(Vec<i64>),
}

impl Part {
    fn push_json(&self, out: &mut String) {
        match self {
            Part::Real(real) => Cell::Real(*real).push_json(out),
            Part::Long(long) => Cell::Long(*long).push_json(out),
            Part::Reals(reals) => push_reals(reals.iter().copied(), out),
            Part::Longs(longs) => push_items(longs.iter().map(|long| Some(Number::Long(*long))), out),
        }
    }
}

/// The answers of each row as one JSON object a row; null where there are none.
pub(super) fn objects<const N: usize>(
    call: &Call,
    names: Names,
    parts: impl Fn(usize) -> Option<[Part; N]>,
) -> Result<ArrayRef> {
    call.write(|row, out| {
        let parts = parts(row)?;
        let mut object = Writer::object(out);
        for ((name, _), part) in names.iter().zip(&parts) {
            object.member(name, |out| part.push_json(out));
        }
        object.end();
        Some(())
    })
}

/// The answers of each row as a struct; null where there are none.
pub(super) fn structs<const N: usize>(
    call: &Call,
    names: Names,
    parts: impl Fn(usize) -> Option<[Part; N]>,
) -> Result<ArrayRef> {
    let rows: Vec<Option<[Part; N]>> = (0..call.rows).map(parts).collect();
    let DataType::Struct(fields) = Answer::Several(names).field(call.name).data_type().clone() else {
        return internal_err!("{}: a struct was expected", call.name);
    };
    let columns = (0..names.len()).map(|place| {
        let parts = rows.iter().map(|row| row.as_ref().and_then(|row| row.get(place)));
        column(names[place].1, parts)
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let nulls = NullBuffer::from_iter(rows.iter().map(Option::is_some));
    Ok(Arc::new(StructArray::try_new(fields, columns, Some(nulls))?))
}

fn column<'p>(answer: Answer, parts: impl Iterator<Item = Option<&'p Part>>) -> Result<ArrayRef> {
    Ok(match answer {
        Answer::Real => Arc::new(Float64Array::from_iter(parts.map(|part| match part {
            Some(Part::Real(real)) => Some(*real),
            _ => None,
        }))),
        Answer::Long => Arc::new(Int64Array::from_iter(parts.map(|part| match part {
            Some(Part::Long(long)) => Some(*long),
            _ => None,
        }))),
        _ => {
            let (mut builder, mut json) = (StringViewBuilder::new(), String::new());
            for part in parts {
                json.clear();
                match part {
                    Some(part) => {
                        part.push_json(&mut json);
                        builder.try_append_value(&json)?;
                    }
                    None => builder.append_null(),
                }
            }
            Arc::new(builder.finish())
        }
    })
}
