//! Answers, a row at a time: null where there is none.

use std::{borrow::Cow, sync::Arc};

use datafusion::{
    arrow::array::{
        ArrayRef, BooleanArray, DurationNanosecondArray, Float64Array, Int32Array, Int64Array, ListBuilder,
        StringViewBuilder, TimestampNanosecondArray,
    },
    common::Result,
};

use super::{Call, text_item};
use crate::functions::timespan::UTC;

impl Call<'_> {
    /// Texts that exist somewhere, or are made one by one.
    pub fn texts<T: AsRef<str>>(&self, text: impl Fn(usize) -> Option<T>) -> Result<ArrayRef> {
        let mut builder = StringViewBuilder::with_capacity(self.rows);
        for row in 0..self.rows {
            match text(row) {
                Some(text) => builder.try_append_value(text.as_ref())?,
                None => builder.append_null(),
            }
        }
        Ok(Arc::new(builder.finish()))
    }

    /// Texts, or JSON, written into one buffer that serves every row.
    pub fn write(&self, write: impl Fn(usize, &mut String) -> Option<()>) -> Result<ArrayRef> {
        self.try_write(|row, out| Ok(write(row, out)))
    }

    /// The same where a row may be refused, and the query with it.
    pub fn try_write(&self, write: impl Fn(usize, &mut String) -> Result<Option<()>>) -> Result<ArrayRef> {
        let mut builder = StringViewBuilder::with_capacity(self.rows);
        let mut buffer = String::new();
        for row in 0..self.rows {
            buffer.clear();
            match write(row, &mut buffer)? {
                Some(()) => builder.try_append_value(&buffer)?,
                None => builder.append_null(),
            }
        }
        Ok(Arc::new(builder.finish()))
    }

    pub fn truths(&self, truth: impl Fn(usize) -> Option<bool>) -> Result<ArrayRef> {
        Ok(Arc::new((0..self.rows).map(truth).collect::<BooleanArray>()))
    }

    pub fn ints(&self, int: impl Fn(usize) -> Option<i32>) -> Result<ArrayRef> {
        Ok(Arc::new((0..self.rows).map(int).collect::<Int32Array>()))
    }

    pub fn longs(&self, long: impl Fn(usize) -> Option<i64>) -> Result<ArrayRef> {
        Ok(Arc::new((0..self.rows).map(long).collect::<Int64Array>()))
    }

    pub fn reals(&self, real: impl Fn(usize) -> Option<f64>) -> Result<ArrayRef> {
        Ok(Arc::new((0..self.rows).map(real).collect::<Float64Array>()))
    }

    /// Moments in nanoseconds since 1970.
    pub fn moments(&self, moment: impl Fn(usize) -> Option<i64>) -> Result<ArrayRef> {
        Ok(Arc::new((0..self.rows).map(moment).collect::<TimestampNanosecondArray>().with_timezone(UTC)))
    }

    /// Lists of texts.
    pub fn lists<'t>(&self, list: impl Fn(usize) -> Option<Vec<Cow<'t, str>>>) -> Result<ArrayRef> {
        let mut builder = ListBuilder::new(StringViewBuilder::new()).with_field(text_item());
        for row in 0..self.rows {
            let list = list(row);
            for text in list.iter().flatten() {
                builder.values().try_append_value(text)?;
            }
            builder.append(list.is_some());
        }
        Ok(Arc::new(builder.finish()))
    }

    /// Time spans in nanoseconds.
    pub fn spans(&self, span: impl Fn(usize) -> Option<i64>) -> Result<ArrayRef> {
        Ok(Arc::new((0..self.rows).map(span).collect::<DurationNanosecondArray>()))
    }
}
