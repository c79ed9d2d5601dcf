//! The crate through its public API, on webhooks as Meta sends them.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests as well")]

mod echoes;
mod fixture;
mod identities;
mod messages;
mod others;
mod properties;
mod statuses;
