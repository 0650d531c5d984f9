//! Operators that are no others' spelling, one file each.

pub mod apply;
pub mod expand;
pub mod external;
pub mod make_series;
pub mod parse;
pub mod parse_kv;
pub mod pattern_scan;
pub mod plugin;
pub mod reduce;
pub mod top_nested;
pub mod window;
