#![doc = include_str!("../README.md")]

mod error;
mod resolver;
mod secret;
mod sender;

pub use error::EventSenderError;
pub use secret::WebhookSecret;
pub use sender::{EventSender, EventSenderBuilder, SendResult};
