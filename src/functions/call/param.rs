//! What arguments a function takes, and the sentences that refuse others.

use datafusion::{
    arrow::datatypes::{DataType, FieldRef},
    common::{Result, plan_err},
};

use super::{cell::check_any, is_dynamic};
use crate::functions::arguments::check_text;

/// The type of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::functions) enum Kind {
    /// Any of Kusto's types, and lists of them.
    Any,
    Text,
    /// A text that is a regular expression.
    Pattern,
    Whole,
    Number,
    Truth,
    /// JSON, or a list. Mere text is none: what it says may not be meant as JSON.
    Dynamic,
    Moment,
    Span,
}

/// An argument of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::functions) enum Param {
    Need(Kind),
    /// May be left out.
    May(Kind),
    /// Any number of them, none included. It stands last.
    Rest(Kind),
}

/// The least and the greatest number of arguments.
pub(super) fn arity(params: &[Param]) -> (usize, Option<usize>) {
    let least = params.iter().filter(|param| matches!(param, Param::Need(_))).count();
    let most = if let Some(Param::Rest(_)) = params.last() { None } else { Some(params.len()) };
    (least, most)
}

/// The type of the argument at a place, counted from 0.
pub(super) fn kind(params: &[Param], place: usize) -> Option<Kind> {
    match (params.get(place), params.last()) {
        (Some(Param::Need(kind) | Param::May(kind) | Param::Rest(kind)), _) | (None, Some(Param::Rest(kind))) => {
            Some(*kind)
        }
        _ => None,
    }
}

/// Refuses what does not fit, with a sentence that says what does.
pub(super) fn check(function: &str, params: &[Param], fields: &[FieldRef]) -> Result<()> {
    let (least, _) = arity(params);
    if fields.len() < least {
        return plan_err!("{function}: {least} arguments are needed, not {}", fields.len());
    }
    for (place, field) in fields.iter().enumerate() {
        match kind(params, place) {
            Some(kind) => check_one(function, place + 1, kind, field)?,
            None => return plan_err!("{function}: {} arguments are too many", fields.len()),
        }
    }
    Ok(())
}

fn check_one(function: &str, place: usize, kind: Kind, field: &FieldRef) -> Result<()> {
    let given = field.data_type();
    let (fits, wanted) = match kind {
        _ if given.is_null() => return Ok(()),
        Kind::Any => return check_any(function, place, given),
        Kind::Text | Kind::Pattern => return check_text(function, place, given),
        Kind::Whole => (given.is_integer(), "a whole number"),
        Kind::Number => (given.is_numeric(), "a number"),
        Kind::Truth => (*given == DataType::Boolean, "true or false"),
        Kind::Dynamic if is_list(given) => return check_any(function, place, given),
        Kind::Dynamic if given.is_string() && !is_dynamic(field) => {
            return plan_err!(
                "{function}: argument {place} must be dynamic (JSON), but it is text; write parse_json(…), or \
                 as_dynamic(…) where an expression has lost the mark"
            );
        }
        Kind::Dynamic => (given.is_string(), "dynamic (JSON)"),
        Kind::Moment if given.is_string() => {
            return plan_err!(
                "{function}: argument {place} must be a time, but it is text; write TIMESTAMP '…' or todatetime(…)"
            );
        }
        Kind::Moment => (matches!(given, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64), "a time"),
        Kind::Span => (
            matches!(given, DataType::Duration(_) | DataType::Interval(_)) || given.is_string(),
            "a time span such as '1h'",
        ),
    };
    if fits { Ok(()) } else { plan_err!("{function}: argument {place} must be {wanted}, but it is {given}") }
}

/// Whether a type is one of Arrow's lists.
pub(super) fn is_list(kind: &DataType) -> bool {
    matches!(kind, DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..))
}
