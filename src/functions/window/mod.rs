//! Kusto's functions of rows in order, as window functions.
//!
//! | file | functions |
//! |---|---|
//! | `neighbour` | `prev`, `next` |
//! | `running` | `kusto_row_number`, `row_cumsum`, `row_rank_dense`, `row_rank_min`, `row_window_session` |
//!
//! In SQL the order is that of `OVER (ORDER BY …)`. None of them looks at the window's frame, and none starts anew by
//! itself: where Kusto says `restart`, so does an argument here, and `PARTITION BY` does the same.

mod neighbour;
mod running;

use datafusion::logical_expr::WindowUDF;

/// The functions of these families.
pub(super) fn functions() -> Vec<WindowUDF> {
    [neighbour::functions, running::functions].into_iter().flat_map(|family| family()).collect()
}
