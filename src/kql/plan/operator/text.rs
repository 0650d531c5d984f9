//! Text that becomes a value, as the operators that take values out of text do it.

use datafusion::logical_expr::Expr;

use super::super::error::Result;
use super::super::expr::call;
use crate::catalog::KustoType;

/// Text as a value of a type: null where it is none of it.
pub fn converted(text: Expr, kind: KustoType) -> Result<Expr> {
    match conversion(kind) {
        Some(function) => call(function, vec![text]),
        None => Ok(text),
    }
}

/// The function that reads a value of a type; none for text, which is read already.
pub fn conversion(kind: KustoType) -> Option<&'static str> {
    match kind {
        KustoType::Bool => Some("tobool"),
        KustoType::Int => Some("toint"),
        KustoType::Long => Some("tolong"),
        KustoType::Real => Some("toreal"),
        KustoType::Decimal => Some("todecimal"),
        KustoType::DateTime => Some("todatetime"),
        KustoType::Timespan => Some("totimespan"),
        KustoType::Guid => Some("toguid"),
        KustoType::Dynamic => Some("parse_json"),
        KustoType::String => None,
    }
}
