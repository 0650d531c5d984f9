//! See `huntql_fuzz::line`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| huntql_fuzz::line::check(data));
