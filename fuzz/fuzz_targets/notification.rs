//! Fuzzer of the target `notification`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| waxwing_fuzz::notification::run(input));
