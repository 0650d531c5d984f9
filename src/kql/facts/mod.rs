//! What KQL has: functions with their signatures, operators, words. One table for the binder, completion, help and documentation.
//!
//! Facts only. What a function does to values is in `functions`, which knows nothing of this; what a query means is the binder's matter.

mod function;
pub mod operators;
mod reader;
#[cfg(test)]
mod tests;
pub mod words;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use function::{ArgumentForm, Function, FunctionClass, Naming, Parameter, Returns, Signature, TypeClass};

const FILES: [(&str, FunctionClass); 7] = [
    (include_str!("data/scalar.txt"), FunctionClass::Scalar),
    (include_str!("data/series.txt"), FunctionClass::Scalar),
    (include_str!("data/geo.txt"), FunctionClass::Scalar),
    (include_str!("data/window.txt"), FunctionClass::Window),
    (include_str!("data/aggregate.txt"), FunctionClass::Aggregate),
    (include_str!("data/plugin.txt"), FunctionClass::Plugin),
    (include_str!("data/table.txt"), FunctionClass::Table),
];

/// All functions, read once.
struct Table {
    functions: Vec<Function>,
    /// By name. A name may be a scalar function and an aggregate (`hll_merge`, `any`).
    by_name: HashMap<&'static str, Vec<usize>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let functions: Vec<Function> = FILES.iter().flat_map(|(text, class)| reader::read(text, *class).0).collect();
    let mut by_name: HashMap<&'static str, Vec<usize>> = HashMap::new();
    for (index, function) in functions.iter().enumerate() {
        by_name.entry(function.name).or_default().push(index);
    }
    Table { functions, by_name }
});

/// All functions of the language, by class and family.
pub fn functions() -> &'static [Function] {
    &TABLE.functions
}

/// The functions of this name: none, one, or a scalar function and an aggregate.
pub fn named(name: &str) -> impl Iterator<Item = &'static Function> + use<> {
    TABLE.by_name.get(name).into_iter().flatten().filter_map(|index| TABLE.functions.get(*index))
}

/// The function of this name that may be called as a scalar, window functions included.
pub fn scalar(name: &str) -> Option<&'static Function> {
    named(name).find(|function| matches!(function.class, FunctionClass::Scalar | FunctionClass::Window))
}

/// The function of this name and class.
pub fn of_class(name: &str, class: FunctionClass) -> Option<&'static Function> {
    named(name).find(|function| function.class == class)
}

impl Function {
    /// The function that this one means: itself, or what it is `same as`.
    pub fn canonical(&'static self) -> &'static Function {
        self.same_as.and_then(|name| of_class(name, self.class)).unwrap_or(self)
    }
}
