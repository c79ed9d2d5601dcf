//! Fuzzer of the target `markdown`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| waxwing_fuzz::markdown::run(input));
