//! Fuzzer of the target `message`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| waxwing_fuzz::message::run(input));
