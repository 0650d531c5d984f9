//! The functions of the language that the planner cannot lower: exactly these.

use crate::functions::kusto;
use crate::kql::facts::{Function, FunctionClass, functions};

use super::super::expr::aggregate_call;

fn missing(class: FunctionClass, has: fn(&Function) -> bool) -> Vec<&'static str> {
    let all = functions().iter().filter(|function| function.class == class && function.refused.is_none());
    let mut names: Vec<&str> = all.filter(|function| !has(function)).map(|function| function.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What the binder or the planner makes something else of.
const SPECIAL: [&str; 12] = [
    "iff",
    "iif",
    "case",
    "coalesce",
    "not",
    "now",
    "ago",
    "around",
    "column_ifexists",
    "columnifexists",
    "iscolumnexists",
    "ingestion_time",
];

#[test]
fn scalar_functions() {
    let has = |function: &Function| {
        let name = function.same_as.unwrap_or(function.name);
        SPECIAL.contains(&name) || SPECIAL.contains(&function.name) || kusto(name).is_some()
    };
    assert_eq!(missing(FunctionClass::Scalar, has), Vec::<&str>::new());
}

#[test]
fn aggregates() {
    let has = |function: &Function| {
        let name = function.same_as.unwrap_or(function.name);
        aggregate_call(name, Vec::new()).is_ok()
    };
    assert_eq!(missing(FunctionClass::Aggregate, has), Vec::<&str>::new());
}
