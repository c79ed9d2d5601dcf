//! Tests of the phone page: the real program, driven through a headless Chromium.
//!
//! `cargo xtask test -p waxwing-browser-tests` runs them alone. Tests wait for conditions, never for a fixed time, and rely on web
//! standards only: the same tests pass with every current version of Chromium.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "support of tests: a panic is how a test fails")]

mod axe;
mod chromium;
mod dev;
mod phone;
mod problems;

use std::fmt::Display;
use std::time::Duration;

pub use dev::Dev;
pub use phone::{Phone, Watch};

/// Longest time that a test waits for a condition.
const DEADLINE: Duration = Duration::from_secs(20);

/// Waits for `work`, at most until the deadline. `what` names the work in the panic message.
async fn in_time<T, E: Display>(what: &str, work: impl Future<Output = Result<T, E>>) -> T {
    let done = tokio::time::timeout(DEADLINE, work).await;
    let done = done.unwrap_or_else(|_| panic!("cannot {what}: it takes too long"));
    done.unwrap_or_else(|error| panic!("cannot {what}: {error}"))
}
