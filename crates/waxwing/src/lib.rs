#![doc = include_str!("../README.md")]

pub mod agent_os;
pub mod config;
pub mod database;
pub mod error;
pub mod server;
pub mod whatsapp;

pub use agent_os::AgentOs;
pub use config::{Mode, Setting, Settings, SettingsSource};
pub use database::Database;
pub use error::{ConfigError, Error};
pub use server::Server;
pub use whatsapp::WhatsApp;

pub use waxwing_agent::{
    Agent, AgentError, Choice, Contact, Echo, Fact, HistoryEntry, HumanHandoff, IdempotencyKey, Link, Location, Media,
    MediaKind, Memory, Question, Reply, ReplyPart, Role, Router, Rule, RunContext, Session, SessionState, Step, Turn,
    Undelivered, User, UserMessage, agent_fn, guardrail,
};
pub use waxwing_axum::Prefix;
pub use waxwing_client as client;
pub use waxwing_engine as engine;
#[cfg(feature = "http-agent")]
pub use waxwing_http_agent as http_agent;
#[cfg(feature = "llm")]
pub use waxwing_llm as llm;
pub use waxwing_store as store;
pub use waxwing_types as types;
pub use waxwing_webhook as webhook;

#[cfg(feature = "demo")]
pub use waxwing_agent::Demo;
