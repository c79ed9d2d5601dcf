//! Tests of the public API.
#![expect(clippy::unwrap_used, reason = "helpers of tests may unwrap")]

mod caught_mistakes;
mod documented;
mod example;
mod example_models;
mod mistakes;
mod models;
mod named_files;
mod numbers;
mod stickers;
