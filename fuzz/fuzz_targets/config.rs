//! Fuzzer of the target `config`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| waxwing_fuzz::config::run(input));
