//! The functions of the language that the planner cannot lower: exactly these.

use crate::kql::facts::{Function, FunctionClass, functions};

use super::super::expr::{aggregate_call, is_known};

fn missing(class: FunctionClass, has: fn(&Function) -> bool) -> Vec<&'static str> {
    let all = functions().iter().filter(|function| function.class == class && function.refused.is_none());
    let mut names: Vec<&str> = all.filter(|function| !has(function)).map(|function| function.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What the binder makes something else of, so that no call reaches the planner.
const BOUND: [&str; 21] = [
    "all",
    "any",
    "bag_pack_columns",
    "bin_auto",
    "case",
    "column_ifexists",
    "columnifexists",
    "column_names_of",
    "current_principal",
    "current_principal_details",
    "current_principal_is_member_of",
    "iff",
    "iif",
    "ingestion_time",
    "inner_nodes",
    "iscolumnexists",
    "labels",
    "map",
    "node_degree_in",
    "node_degree_out",
    "node_id",
];

#[test]
fn scalar_functions() {
    let has =
        |function: &Function| BOUND.contains(&function.name) || is_known(function.same_as.unwrap_or(function.name));
    let expected: Vec<&str> = include_str!("missing.txt").split_whitespace().collect();
    assert_eq!(missing(FunctionClass::Scalar, has), expected);
}

#[test]
fn aggregates() {
    let has = |function: &Function| {
        let name = function.same_as.unwrap_or(function.name);
        is_known(name) || aggregate_call(name, Vec::new()).is_ok()
    };
    assert_eq!(missing(FunctionClass::Aggregate, has), Vec::<&str>::new());
}
