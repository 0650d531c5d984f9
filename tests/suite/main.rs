//! The integration tests: real bytes in the wire format, through the library and through the binary.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod azurite;
mod batch;
mod browser;
mod cache;
mod cli;
mod faults;
mod faulty;
mod frames;
mod fuzz;
mod graphs;
#[cfg(unix)]
mod interrupts;
mod kql;
mod lake;
mod limits;
mod listings;
mod loopback;
mod packs;
mod prefilter;
mod queries;
mod remote;
mod s3;
mod secrets;
#[cfg(unix)]
mod shell;
#[cfg(unix)]
mod shell_answers;
mod shell_commands;
#[cfg(unix)]
mod shell_tmux;
mod shortcuts;
#[cfg(unix)]
mod tmux;
mod traps;
mod wire;
