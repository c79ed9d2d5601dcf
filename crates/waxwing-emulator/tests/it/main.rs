//! Everything that goes through the public API.
#![expect(clippy::unwrap_used, reason = "the support code of tests fails by panicking")]

mod account;
mod actions;
mod acts;
mod control;
mod expectations;
mod faults;
mod graph;
mod groups;
mod identities;
mod kit;
mod media;
mod modes;
mod pace;
mod phone;
mod presence;
mod rules;
mod scenarios;
mod support;
mod templates;
mod webhook_faults;
mod webhooks;
