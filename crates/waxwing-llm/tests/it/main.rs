//! The public API.
#![allow(clippy::unwrap_used, reason = "tests")]

mod agent;
mod approval;
mod conversation;
mod given;
mod memory;
mod provider;
mod resumed;
mod tools;
mod typed;
mod voice;
mod wire;
mod world;
