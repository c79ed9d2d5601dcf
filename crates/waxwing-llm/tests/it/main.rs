//! The public API.
#![allow(clippy::unwrap_used, reason = "tests")]

mod provider;
