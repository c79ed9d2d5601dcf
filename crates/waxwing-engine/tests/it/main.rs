//! Tests of the engine with a store that fails on demand, a fake Graph API, and agents that the tests control.

#![expect(clippy::unwrap_used, reason = "the test support fails by panicking as well")]

mod addressing;
mod agent_control;
mod backends;
mod bad_recipients;
mod calls;
mod campaigns;
mod changes;
mod conversations;
mod earlier_media;
mod events;
mod failures;
mod faults;
mod first_contact;
mod groups;
mod guards;
mod handoff;
mod handoff_notices;
mod interruptions;
mod media;
mod memory;
mod metrics;
mod model;
mod opening_hours;
mod outages;
mod outgoing;
mod quotes;
mod rate_limit;
mod reloading;
mod replay;
mod reply_rules;
mod resumption;
mod retention;
mod sending;
mod sessions;
mod stale;
mod standby;
mod stuck_agents;
mod support;
mod taps;
mod window;
