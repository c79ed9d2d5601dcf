//! Tests of the public API with webhooks in the form that Meta sends.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests as well")]

mod accounts;
mod calls;
mod echoes;
mod fixture;
mod identities;
mod messages;
mod others;
mod properties;
mod standby;
mod statuses;
mod templates;
