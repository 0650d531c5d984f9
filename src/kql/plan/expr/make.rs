//! Calls of functions by name, and the few shapes of expression that recur.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::logical_expr::{AggregateUDF, Expr as Plain, ScalarUDF, lit};

use super::super::error::{PlanError, Result};
use crate::catalog::KustoType;
use crate::functions;

/// What Kusto's functions are called where DataFusion has one of the same name and another meaning.
const PREFIX: &str = "kusto_";

static AGGREGATES: LazyLock<HashMap<String, Arc<AggregateUDF>>> = LazyLock::new(|| {
    let mut by_name: HashMap<String, Arc<AggregateUDF>> =
        [("count", count_udaf()), ("max", max_udaf()), ("min", min_udaf())]
            .map(|(name, function)| (name.to_owned(), function))
            .into();
    for function in functions::aggregate_functions() {
        for name in function.aliases().iter().chain([&function.name().to_owned()]) {
            match name.strip_prefix(PREFIX) {
                Some(plain) => by_name.insert(plain.to_owned(), Arc::clone(&function)),
                None => Some(Arc::clone(by_name.entry(name.clone()).or_insert_with(|| Arc::clone(&function)))),
            };
        }
    }
    by_name
});

/// The function of Kusto's name.
pub fn scalar(name: &str) -> Result<Arc<ScalarUDF>> {
    functions::kusto(name).ok_or_else(|| {
        PlanError::refused(format!("huntql does not have the function `{name}` yet; compute it another way"))
    })
}

/// A call of the function of Kusto's name.
pub fn call(name: &str, args: Vec<Plain>) -> Result<Plain> {
    Ok(scalar(name)?.call(args))
}

/// The aggregate of Kusto's name.
pub fn aggregate(name: &str) -> Result<Arc<AggregateUDF>> {
    AGGREGATES.get(name).map(Arc::clone).ok_or_else(|| {
        PlanError::refused(format!("huntql does not have the aggregate `{name}` yet; compute it another way"))
    })
}

/// A call of the aggregate of Kusto's name.
pub fn aggregate_call(name: &str, args: Vec<Plain>) -> Result<Plain> {
    Ok(aggregate(name)?.call(args))
}

/// A value as its type wants it between nodes: text that may be null becomes `""`, a dynamic is marked.
pub fn dress(value: Plain, kind: KustoType) -> Plain {
    let name = match kind {
        KustoType::String => "kql_text",
        KustoType::Dynamic => "as_dynamic",
        _ => return value,
    };
    // Both are there: see the tests.
    match call(name, vec![value.clone()]) {
        Ok(dressed) => dressed,
        Err(_) => value,
    }
}

/// Several values as one, by name.
pub fn record(fields: impl Iterator<Item = (String, Plain)>) -> Plain {
    let args = fields.flat_map(|(name, value)| [lit(name), value]).collect();
    datafusion::functions::core::named_struct().call(args)
}

/// One value of a record.
pub fn member(record: Plain, name: &str) -> Plain {
    datafusion::functions::core::get_field().call(vec![record, lit(name)])
}

/// A text.
pub fn text(value: &str) -> Plain {
    Plain::Literal(datafusion::common::ScalarValue::Utf8View(Some(value.to_owned())), None)
}

/// All of the conditions, or any of them; balanced, so that long lists do not nest deep.
pub fn all_of(all: bool, mut parts: Vec<Plain>) -> Plain {
    while parts.len() > 1 {
        let mut next = Vec::with_capacity(parts.len().div_ceil(2));
        let mut rest = parts.into_iter();
        while let Some(one) = rest.next() {
            next.push(match rest.next() {
                Some(other) if all => one.and(other),
                Some(other) => one.or(other),
                None => one,
            });
        }
        parts = next;
    }
    parts.pop().unwrap_or_else(|| lit(all))
}
