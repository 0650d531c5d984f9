//! Constants.

use std::sync::Arc;

/// A constant. Which type of null [`Value::Null`] is, its expression or column says; text has no null in Kusto and is `""`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// `bool`.
    Bool(bool),
    /// `int`.
    Int(i32),
    /// `long`.
    Long(i64),
    /// `real`; may be NaN or infinite.
    Real(f64),
    /// `decimal`, as digits with sign, point and exponent.
    Decimal(Arc<str>),
    /// `string`.
    String(Arc<str>),
    /// `datetime`: ticks of 100 ns since 0001-01-01T00:00Z, to the end of 9999. Not every one fits Arrow's nanoseconds.
    DateTime(i64),
    /// `timespan`: ticks of 100 ns.
    Timespan(i64),
    /// `guid`: lower case with dashes.
    Guid(Arc<str>),
    /// `dynamic`: compact JSON text. JSON's `null` is [`Value::Null`].
    Dynamic(Arc<str>),
}

impl Value {
    /// The text of a [`Value::String`].
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number of a [`Value::Int`] or [`Value::Long`].
    pub fn as_long(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(i64::from(*number)),
            Self::Long(number) => Some(*number),
            _ => None,
        }
    }
}
