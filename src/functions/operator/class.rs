//! Which types may stand on the sides of an arithmetic operator, and what type comes of it.

use datafusion::arrow::datatypes::DataType;

use crate::functions::call::Answer;

/// An arithmetic operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// A type as arithmetic sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Null,
    Long,
    Real,
    Decimal,
    Moment,
    Span,
}

impl Class {
    /// `None` for types that arithmetic does not know.
    pub fn of(kind: &DataType) -> Option<Self> {
        Some(match kind {
            DataType::Null => Class::Null,
            DataType::UInt64 | DataType::Decimal32(..) | DataType::Decimal64(..) => Class::Decimal,
            DataType::Decimal128(..) | DataType::Decimal256(..) => Class::Decimal,
            kind if kind.is_integer() => Class::Long,
            kind if kind.is_floating() => Class::Real,
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Class::Moment,
            DataType::Duration(_) | DataType::Interval(_) => Class::Span,
            _ => return None,
        })
    }
}

impl Operation {
    /// The type of the answer, `None` if the operator does not take such sides. A side that is a bare NULL takes the
    /// type of the other.
    pub fn answer(self, left: Class, right: Class) -> Option<Answer> {
        use Class::{Decimal, Long, Moment, Null, Real, Span};
        use Operation::{Add, Divide, Modulo, Multiply, Subtract};
        Some(match (self, left, right) {
            (_, Null, Null) | (_, Long, Null | Long) | (_, Null, Long) => Answer::Long,
            (_, Null | Long | Real | Decimal, Real) | (_, Real, Null | Long | Decimal) => Answer::Real,
            (_, Null | Long | Decimal, Decimal) | (_, Decimal, Null | Long) => Answer::Decimal,
            (Add | Subtract | Modulo, Span, Null | Span) | (Add | Subtract | Modulo, Null, Span) => Answer::Span,
            (Add | Subtract, Moment, Span | Null) | (Add, Span | Null, Moment) => Answer::Moment,
            (Subtract, Moment | Null, Moment) | (Modulo, Moment, Span | Null) => Answer::Span,
            (Multiply, Span, Null | Long | Real | Decimal) | (Multiply, Null | Long | Real | Decimal, Span) => {
                Answer::Span
            }
            (Divide, Span, Long | Real | Decimal) => Answer::Span,
            (Divide, Span, Span | Null) | (Divide, Null, Span) => Answer::Real,
            _ => return None,
        })
    }
}
