//! Tests of the webhook router.

#![expect(clippy::unwrap_used, reason = "test support fails by panicking")]

mod attacks;
mod flows;
mod mounting;
mod responses;
mod stopping;
mod store;
mod streaming;
mod support;
