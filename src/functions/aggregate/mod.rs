//! Kusto's aggregates that DataFusion lacks or means otherwise.
//!
//! | file | functions |
//! |---|---|
//! | `neutral` | DataFusion's with Kusto's answer for nothing: `kusto_sum`, `kusto_avg`, `stdev`, `covariance`, … |
//! | `filtered` | `sumif`, `countif`, `make_list_if`, …: an aggregate of the rows for which a predicate holds |
//! | `json` | those that answer JSON arrays: `kusto_make_list`, `kusto_make_set`, `make_list_with_nulls` |
//! | `percentile` | `percentile`, `percentiles`, `percentilesw_array`, … |
//! | `any` | `take_any` |
//! | `sketch` | `hll`, `hll_merge`, `tdigest`, `tdigest_merge` |
//! | `gather` | what keeps one JSON value a group; no function |
//! | `bag` | `make_bag` |
//! | `schema` | `buildschema` |
//!
//! `arg_max`, `arg_min`, `dcount`, `make_list` and `make_set` are older and lie beside this room.

mod any;
mod bag;
mod filtered;
mod gather;
mod json;
mod neutral;
mod percentile;
mod schema;
mod sketch;

use datafusion::logical_expr::AggregateUDF;

/// The functions of these families.
pub(super) fn functions() -> Vec<AggregateUDF> {
    [
        any::functions,
        bag::functions,
        filtered::functions,
        json::functions,
        neutral::functions,
        percentile::functions,
        schema::functions,
        sketch::functions,
    ]
    .into_iter()
    .flat_map(|family| family())
    .collect()
}
