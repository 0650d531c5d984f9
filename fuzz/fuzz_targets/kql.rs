//! See `huntql_fuzz::kql`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| huntql_fuzz::kql::check(data));
