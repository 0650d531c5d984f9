//! Kusto's functions of numbers that DataFusion lacks or means otherwise.
//!
//! | file | functions |
//! |---|---|
//! | `real` | functions of doubles: `exp2`, `gamma`, `erf`, `kusto_sqrt`, … |
//! | `number` | those that keep their argument's type: `kusto_abs`, `kusto_round` |
//! | `extreme` | `max_of`, `min_of` |
//! | `bits` | `binary_and`, `binary_shift_left`, `bitset_count_ones`, … |
//! | `beta` | the beta distribution, `welch_test` |
//! | `random` | `kusto_rand` |
//! | `special` | the mathematics behind them; it knows no Arrow |
//!
//! `atan`, `atan2`, `cos`, `cot`, `degrees`, `exp`, `pi`, `radians`, `sin` and `tan` are DataFusion's: they mean the
//! same there.

mod beta;
mod bits;
mod extreme;
mod number;
mod random;
mod real;
mod special;

use datafusion::logical_expr::ScalarUDF;

/// The functions of these families.
pub(super) fn functions() -> Vec<ScalarUDF> {
    [beta::functions, bits::functions, extreme::functions, number::functions, random::functions, real::functions]
        .into_iter()
        .flat_map(|family| family())
        .collect()
}
