//! Kusto's functions of dynamics: arrays, property bags, and ways into them. A value of another kind than the function
//! is for gives null.

mod array;
mod bag;
mod make;
mod path;
mod reorder;
mod sets;
mod sort;
mod steps;
mod texts;
mod walk;

use datafusion::logical_expr::ScalarUDF;

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let families = [
        array::functions(),
        bag::functions(),
        make::functions(),
        path::functions(),
        reorder::functions(),
        sets::functions(),
        sort::functions(),
        texts::functions(),
        walk::functions(),
    ];
    families.into_iter().flatten().collect()
}

/// Appends an array of items that are JSON already.
fn write_items<'i>(items: impl IntoIterator<Item = &'i str>, out: &mut String) {
    let mut array = crate::json::value::Writer::array(out);
    items.into_iter().for_each(|item| array.item(item));
    array.end();
}
