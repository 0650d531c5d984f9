//! An embedded query engine for Microsoft Defender streaming data.

pub mod catalog;
pub mod cli;
pub mod complete;
pub mod engine;
pub mod functions;
pub mod hunt;
pub mod json;
pub mod kql;
#[cfg(target_arch = "x86_64")]
mod lanes;
pub mod output;
pub mod sample;
pub mod scan;
pub mod shell;
pub mod source;
pub mod sql;
