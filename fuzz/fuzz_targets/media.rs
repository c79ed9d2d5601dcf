//! Fuzzer of the target `media`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| waxwing_fuzz::media::run(input));
