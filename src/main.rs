//! The binary: arguments in, exit code out.

use std::process::ExitCode;

/// Scans make many short-lived strings on many threads, which this allocator serves better than most systems' own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    huntql::cli::main(std::env::args_os())
}
