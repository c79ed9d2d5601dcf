//! Fuzzer of the target `split`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| waxwing_fuzz::split::run(input));
