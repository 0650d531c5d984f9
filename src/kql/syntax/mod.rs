//! KQL text to tree and diagnostics. Knows no catalogue and no engine.

pub mod ast;
mod diagnostic;
mod lexer;
pub mod value;
mod words;

pub use diagnostic::{Diagnostic, Severity, render, suggest};
