//! Kusto's functions of series: arrays of numbers that stand for equal steps of time.
//!
//! | file | functions |
//! |---|---|
//! | `numbers` | a series as it is read from JSON and written back; no function |
//! | `elementwise` | `series_abs`, `series_add`, `series_less`, …: one answer an element |
//! | `measure` | `series_sum`, `series_dot_product`, `series_pearson_correlation`, …: one number a series |
//! | `stats` | `series_stats`, `series_stats_dynamic` |
//! | `fill` | `series_fill_const`, `series_fill_linear`, … |
//! | `filter` | `series_fir`, `series_iir` |
//! | `fit` | `series_fit_line`, `series_fit_2lines`, `series_fit_poly` |
//! | `fourier` | `series_fft`, `series_ifft` |
//! | `outlier` | `series_outliers` |
//! | `period` | `series_periods_detect`, `series_periods_validate`, `series_seasonal` |
//! | `decompose` | `series_decompose`, `series_decompose_anomalies`, `series_decompose_forecast` |
//!
//! What has several answers in Kusto answers a struct here, with Kusto's names of its fields; a `…_dynamic` function
//! answers the same as a JSON object. A series that is no array gives null.

mod decompose;
mod elementwise;
mod fill;
mod filter;
mod fit;
mod fourier;
mod line;
mod measure;
mod numbers;
mod outlier;
mod period;
mod several;
mod stats;

use datafusion::logical_expr::ScalarUDF;

/// The functions of these families.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let families: [fn() -> Vec<ScalarUDF>; 10] = [
        decompose::functions,
        elementwise::functions,
        fill::functions,
        filter::functions,
        fit::functions,
        fourier::functions,
        measure::functions,
        outlier::functions,
        period::functions,
        stats::functions,
    ];
    families.into_iter().flat_map(|family| family()).collect()
}
