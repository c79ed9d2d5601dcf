//! Tests of the crate as its users see it.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests as well")]

mod documented;
mod example;
mod mistakes;
