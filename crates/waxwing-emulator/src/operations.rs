//! Operations of the emulated world that change several of its parts.

pub(crate) mod account_events;
pub(crate) mod action_targets;
pub(crate) mod actions;
pub(crate) mod arrival;
pub(crate) mod block_list;
pub(crate) mod business_assets;
pub(crate) mod business_username;
pub(crate) mod flow_session;
pub(crate) mod flows;
pub(crate) mod group_actions;
pub(crate) mod group_status;
pub(crate) mod groups;
pub(crate) mod identity_change;
pub(crate) mod inbound;
pub(crate) mod message_echo;
pub(crate) mod read_receipt;
pub(crate) mod scenario;
pub(crate) mod send;
pub(crate) mod send_checks;
pub(crate) mod status;
pub(crate) mod template_review;
pub(crate) mod timers;
pub(crate) mod user_content;
pub(crate) mod user_phone;
pub(crate) mod webhook_attempts;
