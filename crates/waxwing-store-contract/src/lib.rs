#![doc = include_str!("../README.md")]
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a case fails by panicking")]

pub mod accept;
pub mod account;
pub mod agent_control;
pub mod calls;
pub mod campaign_reports;
pub mod campaigns;
mod cases;
pub mod discards;
pub mod events;
mod fixture;
pub mod handoff;
pub mod identity;
pub mod in_doubt;
pub mod log;
pub mod marketing;
pub mod media;
#[cfg(feature = "model")]
pub mod model;
pub mod monitor;
pub mod notices;
pub mod outages;
pub mod outbox;
pub mod proactive;
pub mod quarantine;
pub mod received_media;
pub mod refusals;
pub mod retention;
pub mod runs;
pub mod scheduled;
pub mod sending;
pub mod sessions;
pub mod standby;
pub mod statuses;
pub mod turns;
pub mod usage;
pub mod users;
pub mod window;
pub mod withdrawals;

pub use fixture::Fixture;
