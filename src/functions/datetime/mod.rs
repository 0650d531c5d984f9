//! Kusto's functions of moments and time spans. All moments are UTC, a week begins on Sunday, and a moment that 64 bits
//! of nanoseconds cannot hold (before 1677, after 2262) is the nearest that they can.

mod bin_at;
mod bounds;
mod calendar;
mod change;
mod format;
mod parts;
mod period;
mod zone;

use datafusion::logical_expr::ScalarUDF;

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let families = [
        bin_at::functions(),
        bounds::functions(),
        change::functions(),
        format::functions(),
        parts::functions(),
        zone::functions(),
    ];
    families.into_iter().flatten().collect()
}
