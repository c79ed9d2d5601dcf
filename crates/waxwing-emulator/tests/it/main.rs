//! Tests of the public API.
#![expect(clippy::unwrap_used, reason = "the support code of tests fails by panicking")]

mod account;
mod actions;
mod breadth;
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
mod identities;
mod inspector;
mod leniency;
mod media;
mod modes;
mod number_settings;
mod person_actions;
mod phone;
mod presence;
mod rate_limits;
mod rules;
mod scenarios;
mod support;
mod templates;
mod test_kit;
mod thread_control;
mod user_actions;
mod webhook_faults;
mod webhook_shapes;
mod webhooks;
