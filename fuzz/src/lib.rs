#![doc = include_str!("../README.md")]

#[cfg(feature = "config")]
mod config;
#[cfg(feature = "event-stream")]
mod event_stream;
#[cfg(feature = "markdown")]
mod markdown;
#[cfg(feature = "media")]
mod media;
#[cfg(feature = "message")]
mod message;
#[cfg(feature = "webhook")]
mod notification;
#[cfg(feature = "webhook")]
mod signature;
#[cfg(feature = "markdown")]
mod split;
#[cfg(feature = "store")]
mod store;
#[cfg(feature = "template")]
mod template;

#[cfg(feature = "config")]
pub use config::config;
#[cfg(feature = "event-stream")]
pub use event_stream::event_stream;
#[cfg(feature = "markdown")]
pub use markdown::markdown;
#[cfg(feature = "media")]
pub use media::media;
#[cfg(feature = "message")]
pub use message::message;
#[cfg(feature = "webhook")]
pub use notification::notification;
#[cfg(feature = "webhook")]
pub use signature::signature;
#[cfg(feature = "markdown")]
pub use split::split;
#[cfg(feature = "store")]
pub use store::store;
#[cfg(feature = "template")]
pub use template::template;
