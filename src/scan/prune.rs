//! From a query's filters to the range of event time that can matter, and to a guess at how many rows are left.
//!
//! Conservative by construction: a filter that is not understood leaves the range open. The filters themselves are always evaluated
//! on the rows as well.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

use crate::catalog::HuntingTable;
use crate::source::TimeRange;

/// The range of the table's event time outside of which no row can pass all filters.
pub fn time_range(table: &HuntingTable, filters: &[Expr]) -> TimeRange {
    filters.iter().fold(TimeRange::default(), |range, filter| intersect(range, of_filter(table, filter)))
}

/// The tenants that a row must be of to pass all filters; none if that cannot be told.
pub fn tenants(filters: &[Expr]) -> Option<Vec<String>> {
    filters.iter().find_map(tenants_of)
}

fn tenants_of(filter: &Expr) -> Option<Vec<String>> {
    let is_tenant = |expr: &Expr| matches!(expr, Expr::Column(column) if column.name == "TenantId");
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            tenants_of(left).or_else(|| tenants_of(right))
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            Some([tenants_of(left)?, tenants_of(right)?].concat())
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is_tenant(left) => Some(vec![text(right)?]),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is_tenant(right) => Some(vec![text(left)?]),
        Expr::InList(list) if !list.negated && is_tenant(&list.expr) => list.list.iter().map(text).collect(),
        _ => None,
    }
}

/// A literal text.
fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Literal(
            ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)) | ScalarValue::LargeUtf8(Some(text)),
            _,
        ) => Some(text.clone()),
        Expr::Cast(cast) => text(&cast.expr),
        _ => None,
    }
}

/// A guess at the share of rows that pass all filters, between 0 and 1. Only the order of joins hangs on it.
pub fn share_of_rows(filters: &[Expr]) -> f64 {
    filters.iter().map(share).product()
}

/// Searches for a text find little; of anything else DataFusion's own guess is taken.
fn share(filter: &Expr) -> f64 {
    const FOUND: f64 = 0.01;
    const PASSED: f64 = 0.2;
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => share(left) * share(right),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => (share(left) + share(right)).min(1.0),
        Expr::BinaryExpr(BinaryExpr { op: Operator::Eq, .. }) => FOUND,
        Expr::Like(like) if !like.negated => FOUND,
        Expr::InList(list) if !list.negated => (FOUND * list.list.len() as f64).min(1.0),
        Expr::ScalarFunction(_) => FOUND,
        _ => PASSED,
    }
}

fn of_filter(table: &HuntingTable, filter: &Expr) -> TimeRange {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            intersect(of_filter(table, left), of_filter(table, right))
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            hull(of_filter(table, left), of_filter(table, right))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => comparison(table, left, *op, right),
        Expr::Between(between) if !between.negated && is_event_time(table, &between.expr) => {
            TimeRange { start: nanos(&between.low), end: nanos(&between.high) }
        }
        Expr::InList(list) if !list.negated && is_event_time(table, &list.expr) => {
            let times: Option<Vec<i64>> = list.list.iter().map(nanos).collect();
            let times = times.unwrap_or_default();
            TimeRange { start: times.iter().min().copied(), end: times.iter().max().copied() }
        }
        _ => TimeRange::default(),
    }
}

fn comparison(table: &HuntingTable, left: &Expr, op: Operator, right: &Expr) -> TimeRange {
    let (op, time) = if is_event_time(table, left) {
        (op, nanos(right))
    } else if is_event_time(table, right) {
        (op.swap().unwrap_or(Operator::NotEq), nanos(left))
    } else {
        return TimeRange::default();
    };
    match op {
        Operator::Eq => TimeRange { start: time, end: time },
        Operator::Gt | Operator::GtEq => TimeRange { start: time, end: None },
        Operator::Lt | Operator::LtEq => TimeRange { start: None, end: time },
        _ => TimeRange::default(),
    }
}

fn is_event_time(table: &HuntingTable, expr: &Expr) -> bool {
    match expr {
        Expr::Column(column) => table.is_event_time(&column.name),
        Expr::Cast(cast) => is_event_time(table, &cast.expr),
        _ => false,
    }
}

/// A literal time in nanoseconds.
fn nanos(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Literal(value, _) => scalar_nanos(value),
        Expr::Cast(cast) => nanos(&cast.expr),
        _ => None,
    }
}

/// A time in nanoseconds since 1970.
pub fn scalar_nanos(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::TimestampNanosecond(Some(time), _) => Some(*time),
        ScalarValue::TimestampMicrosecond(Some(time), _) => time.checked_mul(1_000),
        ScalarValue::TimestampMillisecond(Some(time), _) => time.checked_mul(1_000_000),
        ScalarValue::TimestampSecond(Some(time), _) => time.checked_mul(1_000_000_000),
        _ => None,
    }
}

fn intersect(a: TimeRange, b: TimeRange) -> TimeRange {
    TimeRange { start: a.start.max(b.start), end: min_some(a.end, b.end) }
}

fn hull(a: TimeRange, b: TimeRange) -> TimeRange {
    TimeRange { start: a.start.zip(b.start).map(|(a, b)| a.min(b)), end: a.end.zip(b.end).map(|(a, b)| a.max(b)) }
}

fn min_some(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}
