//! Everything that goes through the public API.
#![expect(clippy::unwrap_used, reason = "the support code of tests fails by panicking")]

mod acts;
mod expectations;
mod faults;
mod graph;
mod kit;
mod media;
mod modes;
mod phone;
mod support;
mod webhooks;
