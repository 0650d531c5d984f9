//! Constants, with their exact values.

use super::{Span, TypeOf};

/// A constant. `None` is the type's null: `int(null)`.
///
/// A time is counted in ticks of 100 ns.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `true`, `bool(false)`.
    Bool(Option<bool>),
    /// `int(5)`.
    Int(Option<i32>),
    /// `5`, `0xff`, `long(-5)`.
    Long(Option<i64>),
    /// `1.5`, `1e3`, `real(nan)`.
    Real(Option<f64>),
    /// `decimal(1.50)`: sign, digits, point and exponent as written.
    Decimal(Option<String>),
    /// `"text"` in all its spellings.
    String(StringLiteral),
    /// `datetime(2024-01-31)`: ticks since 0001-01-01T00:00Z, up to the end of the year 9999.
    DateTime(Option<i64>),
    /// `datetime()`: the time at which the query starts.
    Now,
    /// `datetime("9:00 AM")`: a time of day in ticks, on the day at which the query starts.
    TimeToday(i64),
    /// `1d`, `timespan(1.02:03:04.5)`: ticks, negative if it goes back.
    Timespan(Option<i64>),
    /// `guid(…)`: lower case with dashes.
    Guid(Option<String>),
    /// `dynamic(…)`.
    Dynamic(Box<DynamicValue>),
    /// `typeof(long)`.
    TypeOf(TypeOf),
}

/// A text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringLiteral {
    /// The text that is meant: without quotes, escapes resolved, adjacent literals joined.
    pub value: String,
    /// Whether any of its parts is written `h"…"`: not to be shown in logs.
    pub obfuscated: bool,
    /// The literal as written, from the first quote to the last.
    pub span: Span,
}

/// A value inside `dynamic(…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct DynamicValue {
    /// What it is.
    pub kind: DynamicKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a value inside `dynamic(…)`.
#[derive(Debug, Clone, PartialEq)]
pub enum DynamicKind {
    /// `null`.
    Null,
    /// A number, text, datetime and so on; never [`Literal::TypeOf`], and `dynamic(…)` within is unwrapped.
    Scalar(Literal),
    /// `[…]`.
    Array(Vec<DynamicValue>),
    /// `{…}`, in written order; keys may repeat.
    Bag(Vec<DynamicEntry>),
}

/// One `key: value` of a property bag.
#[derive(Debug, Clone, PartialEq)]
pub struct DynamicEntry {
    /// The key.
    pub key: StringLiteral,
    /// The value.
    pub value: DynamicValue,
}
