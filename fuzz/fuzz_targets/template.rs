//! Fuzzer of the target `template`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| waxwing_fuzz::template::run(input));
