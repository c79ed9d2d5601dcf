//! Tests of the public API.
#![allow(clippy::unwrap_used, reason = "tests")]

mod answers;
mod contract;
mod examples;
mod failures;
mod repetition;
mod templates;
mod test_run;
mod trace;
