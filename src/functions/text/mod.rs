//! Kusto's functions of text. Characters are counted, not bytes, unless a function says otherwise.

mod extract;
mod guid;
mod join;
mod measure;
mod position;
mod replace;
mod slice;
mod trim;

use datafusion::logical_expr::ScalarUDF;

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let families = [
        extract::functions(),
        guid::functions(),
        join::functions(),
        measure::functions(),
        position::functions(),
        replace::functions(),
        slice::functions(),
        trim::functions(),
    ];
    families.into_iter().flatten().collect()
}
