//! The public API.
#![allow(clippy::unwrap_used, reason = "tests")]

mod agent;
mod agent_over_http;
mod approval;
mod context;
mod conversation;
mod crash_recovery;
mod discarded_responses;
mod earlier_media;
mod extract;
mod files;
mod mcp;
mod memory;
mod model_circuits;
mod provider;
mod provider_outages;
mod reports;
mod stable_prefix;
mod summary;
mod support;
mod team;
mod tool_output;
mod tools;
mod transcription;
mod written_calls;
