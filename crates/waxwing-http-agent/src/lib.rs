#![doc = include_str!("../README.md")]

mod agent;
mod answer;
mod call;
mod endpoint;
mod event_stream;
mod limits;
mod media_kind;
mod signature;
mod turn;
mod unknown_fields;
pub mod wire;

pub use agent::{HttpAgent, HttpAgentBuilder, InvalidHttpAgent};
pub use signature::{SharedSecret, SignatureError};
pub use waxwing_network::NetworkPolicy;
