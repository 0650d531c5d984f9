//! Hashes of values: `hash`, `hash_xxhash64`, `hash_many`, `hash_combine`; `hash_md5`, `hash_sha1`, `hash_sha256`.
//!
//! `hash` is XXH64 of a text's bytes, and of the eight bytes of any other value: of a datetime its ticks since
//! 0001-01-01. Kusto's hashes of texts and datetimes are the same. How Kusto combines hashes is not documented; here it
//! is done in another way, so `hash_combine` and `hash_many` are good for comparisons within one query, which is all
//! that Kusto promises of them. The cryptographic hashes are of a value's text form.

mod digest;
mod quick;
mod sha1;
mod xxhash;

use datafusion::logical_expr::ScalarUDF;

pub(super) use self::quick::hash_of;

/// The functions of these families.
pub(super) fn functions() -> Vec<ScalarUDF> {
    [digest::functions, quick::functions].into_iter().flat_map(|family| family()).collect()
}
