//! What operators take and give.
//!
//! Each function here says to which types the operands of an operator are brought, and what comes out, or that the operator is not defined
//! for them. A `dynamic` beside another type is taken as that type.

use super::types::{is_integer, is_number, widest};
use crate::catalog::KustoType;
use crate::catalog::KustoType::{Bool, DateTime, Dynamic, Guid, Long, Real, String, Timespan};
use crate::kql::syntax::ast::Arithmetic::{self, Add, Divide, Modulo, Multiply, Subtract};

/// The types of two operands, and of what comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Typed {
    pub left: KustoType,
    pub right: KustoType,
    pub result: KustoType,
}

fn typed(left: KustoType, right: KustoType, result: KustoType) -> Option<Typed> {
    Some(Typed { left, right, result })
}

/// `+ - * / %`.
pub(super) fn arithmetic(operator: Arithmetic, left: KustoType, right: KustoType) -> Option<Typed> {
    match (left, right) {
        (a, b) if is_number(a) && is_number(b) => {
            let both = widest(a, b);
            typed(both, both, both)
        }
        (Dynamic, Dynamic) => typed(Dynamic, Dynamic, Dynamic),
        (Dynamic, other) => arithmetic_with_dynamic(operator, other, true),
        (other, Dynamic) => arithmetic_with_dynamic(operator, other, false),
        (Timespan, Timespan) => typed(
            left,
            right,
            match operator {
                Add | Subtract | Modulo => Timespan,
                Divide => Real,
                Multiply => return None,
            },
        ),
        (DateTime, DateTime) => typed(
            left,
            right,
            match operator {
                Subtract | Modulo => Timespan,
                Divide => Real,
                Add | Multiply => return None,
            },
        ),
        (DateTime, Timespan) => typed(
            left,
            right,
            match operator {
                Add | Subtract => DateTime,
                Divide => Real,
                Modulo => Timespan,
                Multiply => return None,
            },
        ),
        (Timespan, DateTime) if matches!(operator, Add | Subtract) => typed(left, right, DateTime),
        (Timespan, number) if is_number(number) && matches!(operator, Multiply | Divide | Modulo) => {
            typed(Timespan, factor(number), Timespan)
        }
        (number, Timespan) if is_number(number) && operator == Multiply => typed(factor(number), Timespan, Timespan),
        _ => None,
    }
}

/// The type of a number beside a timespan.
fn factor(number: KustoType) -> KustoType {
    if is_integer(number) { Long } else { Real }
}

fn arithmetic_with_dynamic(operator: Arithmetic, other: KustoType, dynamic_left: bool) -> Option<Typed> {
    match other {
        number if is_number(number) => {
            let both = widest(number, number);
            typed(both, both, both)
        }
        DateTime if operator == Subtract => typed(DateTime, DateTime, Timespan),
        DateTime if operator == Add && dynamic_left => typed(Timespan, DateTime, DateTime),
        DateTime if operator == Add => typed(DateTime, Timespan, DateTime),
        Timespan if matches!(operator, Add | Subtract) => typed(Timespan, Timespan, Timespan),
        _ => None,
    }
}

/// `< <= > >=`: the type to which both are brought.
pub(super) fn ordering(left: KustoType, right: KustoType) -> Option<KustoType> {
    match (left, right) {
        (a, b) if is_number(a) && is_number(b) => Some(widest(a, b)),
        (Bool, b) if is_number(b) => Some(widest(Long, b)),
        (a, Bool) if is_number(a) => Some(widest(a, Long)),
        (Bool, Bool) => Some(Bool),
        (DateTime, DateTime) => Some(DateTime),
        (Timespan, Timespan) => Some(Timespan),
        (Dynamic, Dynamic) => Some(Real),
        (Dynamic, b) if is_number(b) => Some(widest(b, b)),
        (a, Dynamic) if is_number(a) => Some(widest(a, a)),
        _ => None,
    }
}

/// How two values are compared for equality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Equality {
    /// As values of this type.
    As(KustoType),
    /// As text, which is not what Kusto's types suggest: worth a warning.
    AsText,
}

/// `== != in`. `left_literal` and `right_literal` say whether an operand is a constant.
pub(super) fn equality(
    (left, left_literal): (KustoType, bool),
    (right, right_literal): (KustoType, bool),
) -> Option<Equality> {
    Some(match (left, right) {
        (Dynamic, Dynamic) => Equality::AsText,
        (a, b) if a == b => Equality::As(a),
        (a, b) if is_number(a) && is_number(b) => Equality::As(widest(a, b)),
        (Bool, b) if is_number(b) => Equality::As(Bool),
        (a, Bool) if is_number(a) => Equality::As(Bool),
        (Dynamic, other) | (other, Dynamic) => Equality::As(other),
        // A constant text is read as the other type.
        (other, String) if right_literal => Equality::As(other),
        (String, other) if left_literal => Equality::As(other),
        (Guid, String) | (String, Guid) => Equality::As(Guid),
        (_, String) | (String, _) => Equality::AsText,
        _ => return None,
    })
}

/// `between`: the type to which all three are brought. A timespan as the upper end of datetimes is not seen here.
pub(super) fn between(value: KustoType, low: KustoType, high: KustoType) -> Option<KustoType> {
    if value == Bool && low == Bool && high == Bool {
        return Some(Bool);
    }
    let ends = ordering(low, high)
        .or_else(|| (low == Dynamic).then_some(high))
        .or_else(|| (high == Dynamic).then_some(low))?;
    let both = match (value, ends) {
        (Dynamic, ends) => ends,
        (value, Dynamic) => value,
        (value, ends) => ordering(value, ends)?,
    };
    (is_number(both) || matches!(both, DateTime | Timespan)).then_some(both)
}

/// `-x`, `+x`: the type of operand and result.
pub(super) fn signed(kind: KustoType) -> Option<KustoType> {
    match kind {
        number if is_number(number) => Some(widest(number, number)),
        Timespan | Dynamic => Some(kind),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::KustoType::{Decimal, Int};

    #[test]
    fn arithmetic_follows_kustos_tables() {
        for (operator, left, right, result) in [
            (Add, Int, Int, Some(Long)),
            (Divide, Long, Real, Some(Real)),
            (Add, Decimal, Real, Some(Decimal)),
            (Subtract, DateTime, DateTime, Some(Timespan)),
            (Add, DateTime, DateTime, None),
            (Add, Timespan, DateTime, Some(DateTime)),
            (Divide, Timespan, Timespan, Some(Real)),
            (Multiply, Long, Timespan, Some(Timespan)),
            (Divide, Long, Timespan, None),
            (Modulo, DateTime, Timespan, Some(Timespan)),
            (Add, Dynamic, Int, Some(Long)),
            (Subtract, DateTime, Dynamic, Some(Timespan)),
            (Add, String, String, None),
            (Add, Bool, Long, None),
        ] {
            assert_eq!(arithmetic(operator, left, right).map(|t| t.result), result, "{operator:?} {left} {right}");
        }
    }

    #[test]
    fn equality_reads_constant_text_as_the_other_type() {
        assert_eq!(equality((DateTime, false), (String, true)), Some(Equality::As(DateTime)));
        assert_eq!(equality((Long, false), (String, false)), Some(Equality::AsText));
        assert_eq!(equality((Bool, false), (Long, true)), Some(Equality::As(Bool)));
        assert_eq!(equality((String, false), (Dynamic, false)), Some(Equality::As(String)));
        assert_eq!(equality((DateTime, false), (Long, true)), None);
    }

    #[test]
    fn between_takes_what_has_a_length() {
        assert_eq!(between(Long, Int, Real), Some(Real));
        assert_eq!(between(DateTime, DateTime, DateTime), Some(DateTime));
        assert_eq!(between(Dynamic, Long, Long), Some(Long));
        assert_eq!(between(String, String, String), None);
        assert_eq!(between(DateTime, Long, Long), None);
    }
}
