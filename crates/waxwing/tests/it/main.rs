//! The facade: several interfaces in one process, and the ways in which a host can be put together.

#![expect(clippy::unwrap_used, reason = "what the tests are written with fails by panicking, too")]

mod hosting;
mod refusals;
mod support;
