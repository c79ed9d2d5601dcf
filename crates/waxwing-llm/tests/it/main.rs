//! The public API.
#![allow(clippy::unwrap_used, reason = "tests")]

mod agent;
mod approval;
mod bad_days;
mod conversation;
mod given;
mod mcp;
mod memory;
mod provider;
mod resumed;
mod summary;
mod team;
mod tools;
mod typed;
mod voice;
mod wire;
mod world;
