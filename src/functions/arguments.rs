//! Arguments of functions as the functions read them: text in any of Arrow's three forms, constant or a column, and
//! lists of text. Results the other way: a truth or a text a row.

use std::{borrow::Cow, sync::Arc};

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, AsArray, BooleanArray, LargeStringArray, ListArray, StringArray, StringArrayType,
            StringViewArray, StringViewBuilder,
        },
        buffer::BooleanBuffer,
        compute::cast,
        datatypes::{DataType, Field, FieldRef},
    },
    common::{Result, ScalarValue, internal_datafusion_err, internal_err, plan_err},
    logical_expr::ColumnarValue,
};

/// Refuses an argument that is not text. Dictionaries of text and a bare NULL count as text.
///
/// `place` counts from 1.
pub(super) fn check_text(function: &str, place: usize, kind: &DataType) -> Result<()> {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => Ok(()),
        DataType::Dictionary(_, value) => check_text(function, place, value),
        DataType::Union(..) => plan_err!(
            "{function}: argument {place} must be text, but it is a JSON value of any type; \
             take it out of its column with ->> instead of -> to have it as text"
        ),
        other => plan_err!(
            "{function}: argument {place} must be text, but it is {other}; write CAST(… AS VARCHAR) to search its text"
        ),
    }
}

/// Refuses an argument that is neither text nor a list of text.
pub(super) fn check_text_or_list(function: &str, place: usize, kind: &DataType) -> Result<()> {
    match kind {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            check_text(function, place, item.data_type())
        }
        other => check_text(function, place, other),
    }
}

/// Refuses arguments that are not a text and, behind it, texts or lists of text, one at least; `what` they are, in words.
pub(super) fn check_text_and_texts(function: &str, what: &str, syntax: &str, args: &[FieldRef]) -> Result<()> {
    let [text, others @ ..] = args else { return plan_err!("{function}: the text is missing") };
    if others.is_empty() {
        return plan_err!("{function}: the {what} are missing; write {syntax}");
    }
    check_text(function, 1, text.data_type())?;
    for (index, other) in others.iter().enumerate() {
        check_text_or_list(function, index + 2, other.data_type())?;
    }
    Ok(())
}

/// The field of a truth that is null only if an argument is.
pub(super) fn truth(function: &str, args: &[FieldRef]) -> FieldRef {
    Arc::new(Field::new(function, DataType::Boolean, args.iter().any(|arg| arg.is_nullable())))
}

/// The text of a constant, `None` if it is null or not text.
pub(super) fn constant_text(value: &ScalarValue) -> Option<&str> {
    value.try_as_str().flatten()
}

/// Whether all arguments are constants, so that the answer is one too.
pub(super) fn all_constant(args: &[ColumnarValue]) -> bool {
    args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)))
}

/// One text a row.
pub(super) enum Text<'a> {
    /// The same for every row.
    Constant(Option<&'a str>),
    Utf8(&'a StringArray),
    LargeUtf8(&'a LargeStringArray),
    Utf8View(&'a StringViewArray),
    /// What was a dictionary, spelled out.
    Owned(StringViewArray),
}

impl<'a> Text<'a> {
    /// Reads an argument that [`check_text`] let pass.
    pub fn of(value: &'a ColumnarValue) -> Result<Self> {
        match value {
            ColumnarValue::Scalar(ScalarValue::Null) => Ok(Text::Constant(None)),
            ColumnarValue::Scalar(scalar) => match scalar.try_as_str() {
                Some(text) => Ok(Text::Constant(text)),
                None => internal_err!("text was expected, not {}", scalar.data_type()),
            },
            ColumnarValue::Array(array) => match array.data_type() {
                DataType::Utf8 => Ok(Text::Utf8(array.as_string())),
                DataType::LargeUtf8 => Ok(Text::LargeUtf8(array.as_string())),
                DataType::Utf8View => Ok(Text::Utf8View(array.as_string_view())),
                DataType::Null => Ok(Text::Constant(None)),
                _ => Ok(Text::Owned(cast(array, &DataType::Utf8View)?.as_string_view().clone())),
            },
        }
    }

    /// The text of a row, `None` if it is null.
    pub fn get(&self, row: usize) -> Option<&str> {
        fn value<'s>(array: impl StringArrayType<'s>, row: usize) -> Option<&'s str> {
            array.is_valid(row).then(|| array.value(row))
        }
        match self {
            Text::Constant(text) => *text,
            Text::Utf8(array) => value(*array, row),
            Text::LargeUtf8(array) => value(*array, row),
            Text::Utf8View(array) => value(*array, row),
            Text::Owned(array) => value(array, row),
        }
    }

    /// The outcome of a test on every row; null where the text is null.
    pub fn test(&self, test: impl Fn(&str) -> bool) -> ColumnarValue {
        fn rows<'s>(array: impl StringArrayType<'s>, test: impl Fn(&str) -> bool) -> ColumnarValue {
            let hits = BooleanBuffer::collect_bool(array.len(), |row| test(array.value(row)));
            ColumnarValue::Array(Arc::new(BooleanArray::new(hits, array.nulls().cloned())))
        }
        match self {
            Text::Constant(text) => ColumnarValue::Scalar(ScalarValue::Boolean(text.map(test))),
            Text::Utf8(array) => rows(*array, test),
            Text::LargeUtf8(array) => rows(*array, test),
            Text::Utf8View(array) => rows(*array, test),
            Text::Owned(array) => rows(array, test),
        }
    }

    /// The same for a test that may have no outcome either.
    pub fn test_or_null(&self, rows: usize, test: impl Fn(&str) -> Option<bool>) -> ColumnarValue {
        if let Text::Constant(text) = self {
            return ColumnarValue::Scalar(ScalarValue::Boolean(text.and_then(test)));
        }
        let outcomes = (0..rows).map(|row| self.get(row).and_then(&test));
        ColumnarValue::Array(Arc::new(outcomes.collect::<BooleanArray>()))
    }

    /// Another text made of every row; null where the text is null or nothing is made of it.
    pub fn map(&self, rows: usize, make: impl Fn(&str) -> Option<Cow<'_, str>>) -> Result<ColumnarValue> {
        if let Text::Constant(text) = self {
            let made = text.and_then(make).map(Cow::into_owned);
            return Ok(ColumnarValue::Scalar(ScalarValue::Utf8View(made)));
        }
        let mut builder = StringViewBuilder::with_capacity(rows);
        for row in 0..rows {
            match self.get(row).and_then(&make) {
                Some(made) => builder.try_append_value(made)?,
                None => builder.append_null(),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }
}

/// Several texts a row, given as texts, as lists of text, or both: `has_any(t, 'a', 'b')`, `has_any(t, ['a', 'b'])`.
pub(super) struct Texts<'a>(Vec<Part<'a>>);

enum Part<'a> {
    Text(Text<'a>),
    /// The same list for every row.
    List(ListArray),
    /// A list a row.
    Lists(ListArray),
}

impl<'a> Texts<'a> {
    /// Reads arguments that [`check_text_or_list`] let pass.
    pub fn of(values: &'a [ColumnarValue]) -> Result<Self> {
        values.iter().map(Part::of).collect::<Result<_>>().map(Self)
    }

    /// Whether every row has the same texts.
    pub fn is_constant(&self) -> bool {
        self.0.iter().all(|part| matches!(part, Part::Text(Text::Constant(_)) | Part::List(_)))
    }

    /// The texts of a row, without those that are null; `None` if a whole list is null.
    pub fn get(&self, row: usize) -> Option<Vec<&str>> {
        let mut texts = Vec::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => texts.extend(text.get(row)),
                Part::List(list) => items(list, 0, &mut texts)?,
                Part::Lists(lists) => items(lists, row, &mut texts)?,
            }
        }
        Some(texts)
    }
}

impl<'a> Part<'a> {
    fn of(value: &'a ColumnarValue) -> Result<Self> {
        match value.data_type() {
            DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => match value {
                ColumnarValue::Scalar(scalar) => Ok(Part::List(lists(&scalar.to_array()?)?)),
                ColumnarValue::Array(array) => Ok(Part::Lists(lists(array)?)),
            },
            _ => Text::of(value).map(Part::Text),
        }
    }
}

fn lists(array: &ArrayRef) -> Result<ListArray> {
    let item = Field::new_list_field(DataType::Utf8View, true);
    Ok(cast(array, &DataType::List(Arc::new(item)))?.as_list().clone())
}

fn items<'l>(lists: &'l ListArray, row: usize, into: &mut Vec<&'l str>) -> Option<()> {
    if lists.is_null(row) {
        return None;
    }
    let (items, offsets) = (lists.values().as_string_view(), lists.value_offsets());
    let range = usize::try_from(offsets[row]).ok()?..usize::try_from(offsets[row + 1]).ok()?;
    into.extend(range.filter(|&item| items.is_valid(item)).map(|item| items.value(item)));
    Some(())
}

/// The arguments of a call as an array of known length; a signature that does not hold is a fault of this crate.
pub(super) fn exactly<const N: usize>(args: &[ColumnarValue]) -> Result<&[ColumnarValue; N]> {
    args.try_into().map_err(|_| internal_datafusion_err!("{N} arguments were expected, not {}", args.len()))
}
