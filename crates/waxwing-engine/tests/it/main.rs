//! The engine from the inside: a store that fails on demand, a Graph API that does as it is told, and agents that are held.

#![expect(clippy::unwrap_used, reason = "the test support fails by panicking as well")]

mod addressing;
mod conversations;
mod failures;
mod faults;
mod guards;
mod handoff;
mod interruptions;
mod media;
mod model;
mod rate_limit;
mod reloading;
mod resumption;
mod retention;
mod sending;
mod sessions;
mod stale;
mod support;
mod taps;
