#![doc = include_str!("../README.md")]

pub mod engine;
pub mod graph;
pub mod operator;
pub mod reloadable;
pub mod settings;
pub mod system_messages;
pub mod workers;

mod history;
mod inbound;
mod isolation;
mod lease_renewer;
mod log_once;
mod loop_guard;
mod outbound;
mod rate_limit;
mod retention;
mod shared;
mod shutdown;
mod timer_queue;
mod turn;
mod turn_signals;
mod typing_indicator;

pub use engine::{Engine, EngineBuilder};
pub use graph::{DownloadError, Downloaded, FailureKind, FailureScope, Graph, GraphError};
pub use inbound::accept::{AcceptError, Receipt};
pub use operator::{NextResponder, OperatorAction, OperatorError};
pub use reloadable::ReloadableConfig;
pub use settings::{
    CircuitBreakerSettings, Debounce, EngineSettings, MediaSettings, OnStale, RateLimitSettings, RetentionSettings,
    RetrySettings, WhileRunning,
};
pub use shared::Route;
pub use system_messages::{CustomCommand, MessageCatalog, SystemMessages};
pub use workers::Workers;
