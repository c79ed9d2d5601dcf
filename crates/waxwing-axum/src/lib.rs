#![doc = include_str!("../README.md")]

mod body;
mod body_budget;
mod body_buffer;
mod connection;
mod connection_table;
mod health;
mod http_server;
mod limits;
mod log_throttle;
mod prefix;
mod request_body;
mod response;
mod verified_body;
mod webhook;

pub use body_budget::BodyBudget;
pub use connection_table::ConnectionStats;
pub use health::health_router;
pub use http_server::{ConnectionMonitor, HttpServer};
pub use limits::ConnectionLimits;
pub use prefix::{InvalidPrefix, Prefix};
pub use webhook::{Verification, Webhook};
