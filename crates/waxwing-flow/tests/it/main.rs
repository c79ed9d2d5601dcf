//! Tests of the public API.

#![expect(clippy::unwrap_used, reason = "test support fails by panicking")]

mod exchange;
mod flow_json;
mod untrusted;
