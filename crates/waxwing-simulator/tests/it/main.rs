//! Everything that goes through the public API.
#![expect(clippy::unwrap_used, reason = "the support code of tests fails by panicking")]

mod account;
mod acts;
mod expectations;
mod faults;
mod graph;
mod kit;
mod media;
mod modes;
mod pace;
mod phone;
mod presence;
mod rules;
mod support;
mod templates;
mod webhook_faults;
mod webhooks;
