#![doc = include_str!("../README.md")]

mod body;
mod health;
mod log_throttle;
mod prefix;
mod response;
mod webhook;

pub use health::health_router;
pub use prefix::{InvalidPrefix, Prefix};
pub use webhook::{Verification, Webhook};
