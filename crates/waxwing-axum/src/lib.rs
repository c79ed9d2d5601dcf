#![doc = include_str!("../README.md")]

pub mod health;
pub mod prefix;
pub mod webhook;

mod body;
mod response;

pub use health::health_router;
pub use prefix::{InvalidPrefix, Prefix};
pub use webhook::{Verification, Webhook};
