//! Fuzzer of the target `event_stream`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| waxwing_fuzz::event_stream::run(input));
