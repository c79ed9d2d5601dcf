//! Tests of the facade.

#![expect(clippy::unwrap_used, reason = "test support fails by panicking")]

mod hosting;
mod refusals;
mod support;
mod what_agents_see;
