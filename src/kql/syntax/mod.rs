//! KQL text to tree and diagnostics. Knows no catalogue and no engine.

pub mod ast;
