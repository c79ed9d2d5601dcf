//! Fuzzer of the target `signature`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| waxwing_fuzz::signature::run(input));
