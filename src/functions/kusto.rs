//! Kusto's name of a scalar function to the function: what a KQL planner asks. It is built from the functions as they
//! are registered, so that there is no second list to keep.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use datafusion::logical_expr::ScalarUDF;

use super::scalar_functions;

/// What Kusto's functions are called in SQL where DataFusion has a function of the same name and another meaning.
const PREFIX: &str = "kusto_";

static BY_NAME: LazyLock<HashMap<String, Arc<ScalarUDF>>> = LazyLock::new(|| {
    let mut by_name = HashMap::new();
    for function in scalar_functions() {
        let names = function.aliases().iter().cloned().chain([function.name().to_owned()]);
        for name in names {
            // A name with the prefix wins over one without, whichever comes first.
            match name.strip_prefix(PREFIX) {
                Some(plain) => by_name.insert(plain.to_owned(), Arc::clone(&function)),
                None => Some(Arc::clone(by_name.entry(name).or_insert_with(|| Arc::clone(&function)))),
            };
        }
    }
    by_name
});

/// The function that Kusto calls by a name, `None` if there is none here.
pub fn kusto(name: &str) -> Option<Arc<ScalarUDF>> {
    BY_NAME.get(name).map(Arc::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kustos_names_win() {
        let name = |name| kusto(name).map(|function| function.name().to_owned());
        assert_eq!(name("substring").as_deref(), Some("kusto_substring"));
        assert_eq!(name("tostring").as_deref(), Some("tostring"));
        assert_eq!(name("toboolean").as_deref(), Some("tobool"));
        assert_eq!(name("bin").as_deref(), Some("bin"));
        assert_eq!(name("kusto_substring"), None);
        assert_eq!(name("coalesce"), None);
    }
}
