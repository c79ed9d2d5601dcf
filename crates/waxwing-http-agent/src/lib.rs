#![doc = include_str!("../README.md")]

pub mod agent;
pub mod settings;
pub mod signature;
pub mod wire;

mod answer;
mod exchange;
mod sse;
mod turn;

pub use agent::HttpAgent;
pub use settings::{HttpAgentBuilder, InvalidHttpAgent};
pub use signature::{SharedSecret, SignatureError};
