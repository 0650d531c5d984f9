//! KQL's operators where SQL's mean something else, as functions that a KQL planner calls and SQL may.

mod arithmetic;
mod assert;
mod class;
mod equality;
mod text;

pub(super) use self::equality::same as same_json;
use datafusion::logical_expr::ScalarUDF;

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let families = [arithmetic::functions(), assert::functions(), equality::functions(), text::functions()];
    families.into_iter().flatten().collect()
}
