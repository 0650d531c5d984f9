//! What most scalar functions share: a [`Function`] checks its arguments against a list of [`Param`]s while the query
//! is planned, and computes a batch at a time through a [`Call`], which reads arguments and builds the answer.
//!
//! A family's file is then a table of functions with what they compute, row by row, from values already typed. This is
//! no framework for functions that need more of DataFusion (orderings, pre-images): those implement its trait
//! themselves.

mod build;
mod cell;
mod column;
mod param;

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use ::regex::Regex;
use datafusion::{
    arrow::{
        array::{Array, ArrayRef},
        datatypes::{DataType, Field, FieldRef, TimeUnit},
    },
    common::{Result, ScalarValue, internal_datafusion_err, internal_err},
    logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl},
};
use datafusion_functions_json::json_field_metadata;

pub(super) use self::{
    cell::{Cell, Cells, lists_as_json, push_real_json},
    column::{Column, Json, Patterns},
    param::{Kind, Param},
};
use super::{
    arguments::{Text, all_constant, constant_text},
    definition::{Definition, Section, Words, defined},
    prepared::Prepared,
    regex::compile,
    span::SPAN,
    timespan::UTC,
};

/// The type of what a function answers, as Kusto names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Bool,
    Int,
    Long,
    Real,
    Decimal,
    /// A whole decimal of up to 38 digits.
    Whole,
    Text,
    Dynamic,
    Moment,
    Span,
    /// A list of texts, none of them null.
    Texts,
    /// Several answers by name, as a struct.
    Several(&'static [(&'static str, Answer)]),
}

/// The digits, and those behind the point, of Kusto's `decimal` as it is kept here.
pub(super) const DECIMAL: (u8, i8) = (38, 18);

/// The type of a moment: that of every datetime column.
pub(super) fn moment() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some(UTC.into()))
}

impl Answer {
    /// The field of an answer.
    pub fn field(self, name: &str) -> Field {
        let kind = match self {
            Answer::Bool => DataType::Boolean,
            Answer::Int => DataType::Int32,
            Answer::Long => DataType::Int64,
            Answer::Real => DataType::Float64,
            Answer::Decimal => DataType::Decimal128(DECIMAL.0, DECIMAL.1),
            Answer::Whole => DataType::Decimal128(DECIMAL.0, 0),
            Answer::Text | Answer::Dynamic => DataType::Utf8View,
            Answer::Moment => moment(),
            Answer::Span => SPAN,
            Answer::Texts => DataType::List(text_item()),
            Answer::Several(answers) => {
                DataType::Struct(answers.iter().map(|(name, answer)| answer.field(name)).collect())
            }
        };
        let field = Field::new(name, kind, true);
        if self == Answer::Dynamic { field.with_metadata(json_field_metadata()) } else { field }
    }
}

/// The items of [`Answer::Texts`].
fn text_item() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Utf8View, true))
}

/// Whether a field holds JSON and not mere text.
pub(super) fn is_dynamic(field: &Field) -> bool {
    json_field_metadata().iter().all(|(key, value)| field.metadata().get(key) == Some(value))
}

/// Computes the answer of one batch, a row each, of the type promised.
pub(super) type Run = fn(&Call) -> Result<ArrayRef>;

/// A function of typed arguments, the same for the same arguments.
#[derive(Debug)]
pub(super) struct Function {
    definition: Definition,
    params: &'static [Param],
    answer: Answer,
    run: Run,
    check: Option<Check>,
    patterns: Prepared<Regex>,
}

impl Function {
    /// A function as [`Words`] describe it, of such arguments and such an answer.
    pub fn new(words: Words, params: &'static [Param], answer: Answer, run: Run) -> Self {
        let definition = Definition::new(words, param::arity(params));
        Self { definition, params, answer, run, check: None, patterns: Prepared::default() }
    }

    /// The same, known by further names.
    pub fn aliases(self, aliases: &[&str]) -> Self {
        Self { definition: self.definition.aliases(aliases), ..self }
    }

    /// The same, asking more of its arguments.
    pub fn checked(self, check: Check) -> Self {
        Self { check: Some(check), ..self }
    }
}

/// What a function asks of its arguments beyond their types: refuses them by its name, while the query is planned.
pub(super) type Check = fn(&str, &[FieldRef]) -> Result<()>;

/// Makes the functions of one family, which stand under one heading.
#[derive(Clone, Copy)]
pub(super) struct Family(pub Section);

impl Family {
    /// A function by its words (see [`Words`]), the types of its arguments and its answer.
    pub fn function(
        self,
        syntax: &'static str,
        description: &'static str,
        example: (&'static str, &'static str),
        types: (&'static [Param], Answer),
        run: Run,
    ) -> Function {
        Function::new(Words { section: self.0, syntax, description, example }, types.0, types.1, run)
    }
}

impl ScalarUDFImpl for Function {
    defined!();

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.answer.field(self.name()).data_type().clone())
    }

    /// Refuses arguments of other types, and constant patterns that are none.
    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        param::check(self.name(), self.params, args.arg_fields)?;
        if let Some(check) = self.check {
            check(self.name(), args.arg_fields)?;
        }
        for (place, constant) in args.scalar_arguments.iter().enumerate() {
            let is_pattern = param::kind(self.params, place) == Some(Kind::Pattern);
            if let Some(pattern) = constant.filter(|_| is_pattern).and_then(constant_text) {
                compile(self.name(), &self.patterns, pattern)?;
            }
        }
        Ok(Arc::new(self.answer.field(self.name())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = all_constant(&args.args);
        let rows = if constant { 1 } else { args.number_rows };
        let call =
            Call { name: self.name(), args: &args.args, fields: &args.arg_fields, rows, patterns: &self.patterns };
        let answer = (self.run)(&call)?;
        if answer.len() != rows {
            return internal_err!("{}: {} answers to {rows} rows", self.name(), answer.len());
        }
        match constant {
            true => ScalarValue::try_from_array(&answer, 0).map(ColumnarValue::Scalar),
            false => Ok(ColumnarValue::Array(answer)),
        }
    }
}

// The definition says all: there are no two functions of one definition.

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.definition == other.definition
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.definition.hash(state);
    }
}

/// One batch of a call: the arguments, and how many rows they have.
pub(super) struct Call<'a> {
    pub name: &'a str,
    pub args: &'a [ColumnarValue],
    pub fields: &'a [FieldRef],
    /// How many answers are wanted: 1 if all arguments are constants.
    pub rows: usize,
    patterns: &'a Prepared<Regex>,
}

impl<'a> Call<'a> {
    /// How many arguments there are.
    pub fn len(&self) -> usize {
        self.args.len()
    }

    fn arg(&self, place: usize) -> Result<&'a ColumnarValue> {
        self.args.get(place).ok_or_else(|| internal_datafusion_err!("{}: no argument {}", self.name, place + 1))
    }

    /// A text. Places count from 0.
    pub fn text(&self, place: usize) -> Result<Text<'a>> {
        Text::of(self.arg(place)?)
    }

    /// A text that may be left out.
    pub fn text_if_any(&self, place: usize) -> Result<Option<Text<'a>>> {
        self.args.get(place).map(Text::of).transpose()
    }

    /// A regular expression.
    pub fn pattern(&self, place: usize) -> Result<Patterns> {
        let pattern = self.text(place)?;
        Patterns::of(&pattern, self.rows, |text| compile(self.name, self.patterns, text))
    }

    /// A regular expression made of the one given.
    pub fn pattern_as(&self, place: usize, make: impl Fn(&str) -> String) -> Result<Patterns> {
        let pattern = self.text(place)?;
        Patterns::of(&pattern, self.rows, |text| compile(self.name, self.patterns, &make(text)))
    }

    /// A whole number.
    pub fn long(&self, place: usize) -> Result<Column<datafusion::arrow::datatypes::Int64Type>> {
        Column::cast(self.arg(place)?, &DataType::Int64)
    }

    /// A whole number with what stands for it where the argument is left out.
    pub fn long_or(&self, place: usize, default: i64) -> Result<Column<datafusion::arrow::datatypes::Int64Type>> {
        match self.args.get(place) {
            Some(value) => Column::cast(value, &DataType::Int64),
            None => Ok(Column::constant(default)),
        }
    }

    /// A number as a double.
    pub fn real(&self, place: usize) -> Result<Column<datafusion::arrow::datatypes::Float64Type>> {
        Column::cast(self.arg(place)?, &DataType::Float64)
    }

    /// A moment in nanoseconds since 1970.
    pub fn moment(&self, place: usize) -> Result<Column<datafusion::arrow::datatypes::TimestampNanosecondType>> {
        Column::cast(self.arg(place)?, &moment())
    }

    /// A time span in nanoseconds.
    pub fn span(&self, place: usize) -> Result<Column<datafusion::arrow::datatypes::Int64Type>> {
        Column::span(self.name, self.arg(place)?)
    }

    /// A truth that does not change from row to row, or the default where it is null or left out.
    pub fn truth(&self, place: usize) -> Result<column::Truths> {
        column::Truths::of(self.arg(place)?)
    }

    /// A dynamic.
    pub fn json(&self, place: usize) -> Result<Json<'a>> {
        Json::of(self.arg(place)?)
    }

    /// A value of any type.
    pub fn cells(&self, place: usize) -> Result<Cells<'a>> {
        let field = self.fields.get(place);
        Cells::of(self.name, self.arg(place)?, field.is_some_and(|field| is_dynamic(field)))
    }

    /// All values from a place on.
    pub fn cells_from(&self, place: usize) -> Result<Vec<Cells<'a>>> {
        (place..self.len()).map(|place| self.cells(place)).collect()
    }
}
