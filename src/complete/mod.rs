//! Completion: which words may stand at a place in a text that is still being typed.
//!
//! This room knows neither the line editor nor the engine.

mod command;

pub use command::{CommandFacts, Takes, first_word};
