#![doc = include_str!("../README.md")]

mod agent_os;
mod database;
mod error;
mod event_webhook;
#[cfg(feature = "flows")]
mod flow_routes;
mod http_settings;
mod listen_address;
#[cfg(feature = "log")]
mod logging;
mod memory_ceiling;
mod open_files;
mod process_metrics;
mod server;
mod server_metrics;
mod settings;
mod shutdown;
#[cfg(feature = "sqlite")]
mod store_times;
pub mod terminal;
mod trace_export;
mod whatsapp;

pub use agent_os::AgentOs;
pub use database::Database;
pub use error::{ConfigError, Error};
pub use event_webhook::{EventWebhook, event_types};
pub use http_settings::HttpSettings;
pub use memory_ceiling::MemoryCeiling;
pub use server::Server;
pub use server_metrics::ServerMetrics;
pub use settings::{
    ApiSettings, Environment, GraphSettings, MetricsSettings, Mode, SETTINGS, Setting, Settings, SettingsSource,
    TracesSettings, WebhookSecrets, is_placeholder, number_texts, system_messages,
};
pub use shutdown::shutdown_signal;
pub use whatsapp::{WhatsApp, WhatsAppBuilder};

pub use waxwing_agent as agent;
pub use waxwing_axum::{ConnectionLimits, HttpServer, Prefix};
#[cfg(feature = "flows")]
pub use waxwing_axum::{FlowHandler, FlowHandlerError, FlowHandlerFn, flow_handler_fn};
pub use waxwing_client as client;
pub use waxwing_engine as engine;
pub use waxwing_event_sender as event_sender;
#[cfg(feature = "flows")]
pub use waxwing_flow as flow;
#[cfg(feature = "http-agent")]
pub use waxwing_http_agent as http_agent;
#[cfg(feature = "llm")]
pub use waxwing_llm as llm;
pub use waxwing_metrics as metrics;
pub use waxwing_network::NetworkPolicy;
pub use waxwing_store as store;
pub use waxwing_traces as traces;
pub use waxwing_types as types;
pub use waxwing_webhook as webhook;
