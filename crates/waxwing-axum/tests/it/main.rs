//! The webhook as a Router: every answer that it gives, where it can be mounted, and what a store that fails makes of it.

#![expect(clippy::unwrap_used, reason = "what the tests are written with fails by panicking, too")]

mod answers;
mod mounting;
mod store;
mod support;
