#![doc = include_str!("../README.md")]

pub mod accept;
pub mod engine;
pub mod graph;
pub mod operator;
pub mod reloadable;
pub mod settings;
pub mod system_messages;
pub mod workers;

mod cloud;
mod compile;
mod context;
mod history;
mod inbound;
mod isolation;
mod lease_renewer;
mod log_once;
mod loop_guard;
mod media;
mod rate_limit;
mod retention;
mod retry;
mod send;
mod shared;
mod shutdown;
mod timer_queue;
mod turn;
mod turn_signals;
mod typing_indicator;

pub use accept::{AcceptError, Receipt};
pub use engine::{Engine, EngineBuilder};
pub use graph::{DownloadError, Downloaded, FailureKind, FailureScope, Graph, GraphError};
pub use operator::{NextResponder, OperatorAction, OperatorError};
pub use reloadable::ReloadableConfig;
pub use settings::{
    CircuitBreakerSettings, Debounce, EngineSettings, MediaSettings, OnStale, RateLimitSettings, RetentionSettings,
    RetrySettings, WhileRunning,
};
pub use shared::Route;
pub use system_messages::{CustomCommand, MessageCatalog, SystemMessages};
pub use workers::Workers;
