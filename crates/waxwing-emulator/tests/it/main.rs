//! Tests of the public API.
#![expect(clippy::unwrap_used, reason = "the support code of tests fails by panicking")]

mod account;
mod actions;
mod analytics;
mod breadth;
mod calls;
mod control;
mod control_account;
mod control_state;
mod direct_send;
mod exchanges;
mod expectations;
mod faults;
mod flow_server;
mod flows;
mod graph;
mod group_management;
mod groups;
#[cfg(feature = "https-proxy")]
mod https_proxy;
mod identities;
mod inspector;
mod json_schema;
mod leniency;
mod marketing;
mod media;
mod message_history;
mod modes;
mod number_settings;
mod openapi;
mod person_actions;
mod phone;
mod phone_chats;
mod presence;
mod rate_limits;
mod rules;
mod scenarios;
mod support;
mod templates;
mod test_kit;
mod thread_control;
mod uploads;
mod user_actions;
mod webhook_faults;
mod webhook_shapes;
mod webhooks;
