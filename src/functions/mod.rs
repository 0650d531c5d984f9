//! Hunting functions, scalar and aggregate, one file a family. SQL and KQL share them; where a name is Kusto's, so is
//! the meaning. This room knows values and types, no tables, no query text and no storage.
//!
//! | file | functions |
//! |---|---|
//! | [`term`] | `has`, `has_any`, `has_all`, `hasprefix`, `contains_ci`, … |
//! | `regex` | `matches_regex` |
//! | `ip` | `ip_in_cidr`, `ip_is_private`, and Kusto's: `ipv4_is_in_range`, `parse_ipv4`, … |
//! | `ago`, `bin` | the functions of their names |
//! | `convert`, `operator` | `tostring`, `tolong`, `parse_json`, …; `kql_divide`, `kql_equal`, … |
//! | `unit` | `convert_length`, `convert_temperature`, … |
//! | `text`, `dynamic`, `datetime` | Kusto's functions of text, of JSON values, of moments and time spans |
//! | `kusto` | Kusto's name of a function to the function |
//! | `parse` | `base64_decode_text`, `parse_url`, `parse_path`, `parse_command_line`, … |
//! | `list`, `set` | `make_list`, `make_set` |
//! | `count` | `dcount` |
//! | `extreme` | `arg_max`, `arg_min`, … |
//! | `aggregate`, `window` | Kusto's other aggregates and functions of rows in order |
//! | `math` | Kusto's functions of numbers |
//! | `hash` | `hash`, `hash_sha256`, … |
//! | `series` | Kusto's functions of series of numbers |
//! | `sketch` | `dcount_hll`, `percentile_tdigest`, … |
//! | `geo` | Kusto's functions of places on earth |
//!
//! Conventions: text comes in any of Arrow's three string types and goes out as `Utf8View`; JSON goes out as text whose
//! field is marked as JSON; null in gives null out unless a function says otherwise; a wrong argument is refused while
//! the query is planned, in a sentence that begins with the function's name. Where DataFusion has a function of Kusto's
//! name with another meaning, Kusto's is called `kusto_<name>` in SQL.

mod aggregate;
mod ago;
mod arguments;
mod bin;
mod call;
mod codec;
mod command_line;
mod convert;
mod count;
mod datetime;
mod definition;
mod dialect;
mod dynamic;
mod encoding;
mod extreme;
mod geo;
mod hash;
mod ip;
mod kusto;
mod list;
mod math;
mod moment_text;
mod operator;
mod parse;
mod path;
mod prepared;
mod regex;
mod rows;
mod series;
mod set;
pub mod shape;
mod sketch;
mod span;
pub mod term;
#[cfg(test)]
mod testing;
mod text;
mod text_form;
mod timespan;
mod unit;
mod url;
mod window;

use std::sync::Arc;

use datafusion::{
    common::Result,
    logical_expr::{AggregateUDF, ScalarUDF, WindowUDF, registry::FunctionRegistry},
};

pub use self::{
    ip::{Locate, Place, geo_info_from_ip_address},
    kusto::kusto,
    timespan::parse_timespan,
};

/// All scalar functions of this room.
pub fn scalar_functions() -> Vec<Arc<ScalarUDF>> {
    let families: &[fn() -> Vec<ScalarUDF>] = &[
        ago::functions,
        bin::functions,
        codec::functions,
        convert::functions,
        datetime::functions,
        dynamic::functions,
        geo::functions,
        hash::functions,
        ip::functions,
        math::functions,
        operator::functions,
        parse::functions,
        regex::functions,
        series::functions,
        sketch::functions,
        term::function::functions,
        text::functions,
        unit::functions,
    ];
    families.iter().flat_map(|family| family()).map(Arc::new).collect()
}

/// All aggregate functions of this room.
pub fn aggregate_functions() -> Vec<Arc<AggregateUDF>> {
    [aggregate::functions, count::functions, list::functions, set::functions, extreme::functions]
        .into_iter()
        .flat_map(|family| family())
        .map(Arc::new)
        .collect()
}

/// All window functions of this room.
pub fn window_functions() -> Vec<Arc<WindowUDF>> {
    window::functions().into_iter().map(Arc::new).collect()
}

/// Makes all functions known to a session.
///
/// None of them hides one of DataFusion's own, save for `make_list`: there it is a second name of the scalar
/// `make_array`, which keeps its first name.
///
/// # Errors
/// If the registry is read-only or cannot take names back; a `SessionState` can, a `SessionContext` cannot.
pub fn register_all(registry: &mut dyn FunctionRegistry) -> Result<()> {
    for function in scalar_functions() {
        registry.register_udf(function)?;
    }
    for function in aggregate_functions() {
        // Queries look a name up among the scalar functions first.
        if registry.udf(function.name()).is_ok() {
            registry.deregister_udf(function.name())?;
        }
        registry.register_udaf(function)?;
    }
    for function in window_functions() {
        registry.register_udwf(function)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use datafusion::prelude::SessionContext;

    use super::*;

    #[test]
    fn only_make_list_hides_another() -> Result<()> {
        let context = SessionContext::new();
        assert_eq!(context.udf("make_list")?.name(), "make_array");
        context.deregister_udf("make_list");
        assert!(context.udf("make_array").is_ok());
        let mut names: HashSet<String> =
            context.udfs().into_iter().chain(context.udafs()).chain(context.udwfs()).collect();
        let scalar = scalar_functions();
        let aggregate = aggregate_functions();
        let scalar = scalar.iter().flat_map(|f| f.aliases().iter().cloned().chain([f.name().to_owned()]));
        let aggregate = aggregate.iter().flat_map(|f| f.aliases().iter().cloned().chain([f.name().to_owned()]));
        let window = window_functions();
        let window = window.iter().flat_map(|f| f.aliases().iter().cloned().chain([f.name().to_owned()]));
        for name in scalar.chain(aggregate).chain(window) {
            assert!(names.insert(name.clone()), "{name}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn every_example_answers_what_it_says() {
        let (scalar, aggregate) = (scalar_functions(), aggregate_functions());
        let scalar = scalar.iter().map(|f| (f.name(), f.documentation()));
        let aggregate = aggregate.iter().map(|f| (f.name(), f.documentation()));
        let window = window_functions();
        let window = window.iter().map(|f| (f.name(), f.documentation()));
        for (name, documentation) in scalar.chain(aggregate).chain(window) {
            let documentation = documentation.unwrap_or_else(|| panic!("{name} has no documentation"));
            assert!(documentation.syntax_example.starts_with(&format!("{name}(")), "{name}");
            let example = documentation.sql_example.as_deref().unwrap_or_default();
            let (query, answer) = example.split_once(definition::ANSWER).unwrap_or_default();
            testing::answers(query.trim_start_matches("SELECT "), answer).await;
        }
    }
}
