#![doc = include_str!("../README.md")]

mod body;
mod body_budget;
mod body_buffer;
mod connection;
mod connection_table;
#[cfg(feature = "flows")]
mod flow_endpoint;
#[cfg(feature = "flows")]
mod flow_handler;
mod health;
mod http_server;
mod limits;
mod log_throttle;
mod prefix;
mod request_body;
mod response;
mod response_body;
mod signed_body;
mod verified_body;
mod webhook;
mod webhook_result;

pub use body_budget::BodyBudget;
pub use connection_table::ConnectionStats;
#[cfg(feature = "flows")]
pub use flow_endpoint::FlowEndpoint;
#[cfg(feature = "flows")]
pub use flow_handler::{FlowHandler, FlowHandlerError, FlowHandlerFn, flow_handler_fn};
pub use health::health_router;
pub use http_server::{ConnectionMonitor, HttpServer};
pub use limits::ConnectionLimits;
pub use prefix::{InvalidPrefix, Prefix};
pub use signed_body::Verification;
pub use webhook::Webhook;
