//! Tests of the phone page: the real program, driven through a headless Chromium.
//!
//! `cargo xtask test -p waxwing-browser-tests` runs them alone. A test waits for what it wants to see, never for a time.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "support of tests: a panic is how a test fails")]

mod chromium;
mod conduct;
mod dev;
mod phone;

use std::fmt::Display;
use std::time::Duration;

pub use dev::Dev;
pub use phone::{Phone, Watch};

/// How long anything may take that a test waits for.
const DEADLINE: Duration = Duration::from_secs(20);

/// What something comes to, which has to be within the deadline.
async fn in_time<T, E: Display>(what: &str, work: impl Future<Output = Result<T, E>>) -> T {
    let done = tokio::time::timeout(DEADLINE, work).await;
    let done = done.unwrap_or_else(|_| panic!("cannot {what}: it takes too long"));
    done.unwrap_or_else(|error| panic!("cannot {what}: {error}"))
}
