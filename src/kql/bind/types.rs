//! How Kusto's types relate: which is wider, what two have in common.

use crate::catalog::KustoType;
use crate::kql::syntax::ast::ScalarType;

/// The type that a written name means.
pub(super) fn kind_of(scalar: ScalarType) -> KustoType {
    match scalar {
        ScalarType::Bool => KustoType::Bool,
        ScalarType::Int => KustoType::Int,
        ScalarType::Long => KustoType::Long,
        ScalarType::Real => KustoType::Real,
        ScalarType::Decimal => KustoType::Decimal,
        ScalarType::String => KustoType::String,
        ScalarType::DateTime => KustoType::DateTime,
        ScalarType::Timespan => KustoType::Timespan,
        ScalarType::Guid => KustoType::Guid,
        ScalarType::Dynamic => KustoType::Dynamic,
    }
}

/// Whether every value of `from` is one of `to` as well: numbers to wider ones, dynamic to text.
pub(super) fn widens(from: KustoType, to: KustoType) -> bool {
    use KustoType::{Decimal, Dynamic, Int, Long, Real, String};
    matches!((from, to), (Int, Long | Real | Decimal) | (Long, Real | Decimal) | (Real, Decimal) | (Dynamic, String))
}

/// The common type of two, by widening; dynamic takes in everything.
pub(super) fn common(a: KustoType, b: KustoType) -> Option<KustoType> {
    if a == KustoType::Dynamic || b == KustoType::Dynamic {
        Some(KustoType::Dynamic)
    } else if a == b || widens(b, a) {
        Some(a)
    } else {
        widens(a, b).then_some(b)
    }
}

/// The common type of many; none if there are none.
pub(super) fn common_of(kinds: impl IntoIterator<Item = KustoType>) -> Option<KustoType> {
    let mut kinds = kinds.into_iter();
    let first = kinds.next()?;
    kinds.try_fold(first, common)
}

/// The type of two numbers together: the wider one, but never `int`.
pub(super) fn widest(a: KustoType, b: KustoType) -> KustoType {
    promoted(if widens(a, b) { b } else { a })
}

/// `long` for `int`, as all arithmetic gives.
pub(super) fn promoted(kind: KustoType) -> KustoType {
    if kind == KustoType::Int { KustoType::Long } else { kind }
}

/// `int`, `long`.
pub(super) fn is_integer(kind: KustoType) -> bool {
    matches!(kind, KustoType::Int | KustoType::Long)
}

/// `int`, `long`, `real`, `decimal`.
pub(super) fn is_number(kind: KustoType) -> bool {
    is_integer(kind) || matches!(kind, KustoType::Real | KustoType::Decimal)
}

/// Numbers, `datetime` and `timespan`.
pub(super) fn is_summable(kind: KustoType) -> bool {
    is_number(kind) || matches!(kind, KustoType::DateTime | KustoType::Timespan)
}

/// What has an order.
pub(super) fn is_orderable(kind: KustoType) -> bool {
    !matches!(kind, KustoType::Dynamic | KustoType::Guid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use KustoType::{Bool, DateTime, Decimal, Dynamic, Int, Long, Real, String};

    #[test]
    fn numbers_widen_and_dynamic_takes_in_everything() {
        assert_eq!(common(Int, Long), Some(Long));
        assert_eq!(common(Real, Int), Some(Real));
        assert_eq!(common(Decimal, Real), Some(Decimal));
        assert_eq!(common(String, Dynamic), Some(Dynamic));
        assert_eq!(common(Dynamic, DateTime), Some(Dynamic));
        assert_eq!(common(Bool, Long), None);
        assert_eq!(common_of([Int, Int, Real]), Some(Real));
        assert_eq!(common_of([Int, String]), None);
        assert_eq!(widest(Int, Int), Long);
        assert_eq!(widest(Long, Real), Real);
    }
}
